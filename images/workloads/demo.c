/* The demo's pod: greets from its host, shows the file it was given, then waits to be told to end. */
#include "syscall.h"

static void put(const char *text, long length) {
  while (length > 0) {
    long done = call3(WRITE, 1, (long)text, length);
    if (done <= 0) return;
    text += done;
    length -= done;
  }
}

static long length_of(const char *text) {
  long n = 0;
  while (text[n]) n++;
  return n;
}

static void say(const char *text) { put(text, length_of(text)); }

static int show(const char *path) {
  char buffer[512];
  long file = call3(OPEN, (long)path, 0, 0);
  if (file < 0) {
    say("cannot open ");
    say(path);
    say("\n");
    return 1;
  }
  for (long n; (n = call3(READ, file, (long)buffer, sizeof buffer)) > 0;) put(buffer, n);
  return 0;
}

__attribute__((used)) int demo_main(word *stack) {
  word argc = stack[0], set = BIT(SIG_INT) | BIT(SIG_TERM);
  char **argv = (char **)(stack + 1);
  struct { char sysname[65], nodename[65], rest[4][65]; } host;
  block(set);
  call3(UNAME, (long)&host, 0, 0);
  say("hello from ");
  say(host.nodename);
  say("\n");
  if (argc > 1 && show(argv[1])) return 1;
  while (next_signal(set) < 0) {}
  return 0;
}

ENTRY(demo_main);
