/*
 * What a test uses to reach into a node that has no shell: a privileged pod in the host's namespaces. It takes one command per
 * TCP connection and closes it when the answer is out.
 *   cat PATH              the file's bytes; the host's root is /proc/1/root
 *   ls PATH               names, one per line
 *   create PATH           makes an empty file; answers the number of the kernel's error, 0 for none
 *   processes             the line /proc/PID/stat of every process
 *   kill NAME SIGNAL      signals every process of that name
 *   mount TYPE TARGET     mounts a file system without a source in the pod's own view
 *   flood NAME LINES      writes that many lines of 100 bytes into the standard error of that process
 *   loop PATH             makes the file a loop device, which holds its file system for as long as the kernel lives
 *   ask ADDRESS COMMAND   what the agent at that address answers
 * With arguments it is a pod that does not stop at once:
 *   linger SECONDS PATH   on SIGTERM waits that long, then writes the file and ends
 *   ignore                goes on, whatever SIGTERM says
 * or a program that somebody executes in the pod:
 *   do COMMAND            one of the commands above, here
 *   ask ADDRESS COMMAND   the same at the agent of another pod; ends with 1 if nobody is there
 */
#include "../../../images/workloads/syscall.h"

enum { CLOSE = 3, IOCTL = 16, NANOSLEEP = 35, SOCKET = 41, CONNECT = 42, ACCEPT = 43, BIND = 49, LISTEN = 50, SETSOCKOPT = 54, KILL = 62, MOUNT = 165, GETDENTS = 217 };
enum { SOL_SOCKET = 1, SO_REUSEADDR = 2, SO_SNDTIMEO = 21 };
enum { PORT = 10999, LINE = 100, LOOP_SET_FD = 0x4C00, LOOP_CTL_GET_FREE = 0x4C82 };

static int same(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}

static long number(const char *text) {
  long value = 0;
  while (*text >= '0' && *text <= '9') value = value * 10 + (*text++ - '0');
  return value;
}

static char *append(char *to, const char *from) {
  while (*from) *to++ = *from++;
  *to = 0;
  return to;
}

static void put(int to, const char *text, long length) {
  while (length > 0) {
    long done = call3(WRITE, to, (long)text, length);
    if (done <= 0) return;
    text += done;
    length -= done;
  }
}

static void say(int to, const char *text) {
  long n = 0;
  while (text[n]) n++;
  put(to, text, n);
}

static void cat(int to, const char *path) {
  char buffer[4096];
  long file = call3(OPEN, (long)path, 0, 0), n;
  if (file < 0) return say(to, "cannot open\n");
  while ((n = call3(READ, file, (long)buffer, sizeof buffer)) > 0) put(to, buffer, n);
  call3(CLOSE, file, 0, 0);
}

struct entry { unsigned long inode, offset; unsigned short length; unsigned char kind; char name[]; };

/* Calls back for each name in a directory. */
static void each(const char *path, void (*take)(const char *name, void *with), void *with) {
  char buffer[4096];
  long dir = call3(OPEN, (long)path, 0, 0), n;
  while (dir >= 0 && (n = call3(GETDENTS, dir, (long)buffer, sizeof buffer)) > 0)
    for (long at = 0; at < n; at += ((struct entry *)(buffer + at))->length) take(((struct entry *)(buffer + at))->name, with);
  if (dir >= 0) call3(CLOSE, dir, 0, 0);
}

static void print_name(const char *name, void *to) {
  say(*(int *)to, name);
  say(*(int *)to, "\n");
}

/* 0301: O_WRONLY | O_CREAT | O_EXCL */
static void create(int to, const char *path) {
  char digits[] = "000\n";
  long file = call3(OPEN, (long)path, 0301, 0644);
  long error = file < 0 ? -file : 0;
  for (int i = 2; i >= 0; i--, error /= 10) digits[i] = '0' + error % 10;
  if (file >= 0) call3(CLOSE, file, 0, 0);
  say(to, digits);
}

static void print_process(const char *name, void *to) {
  char path[64];
  if (name[0] < '1' || name[0] > '9') return;
  append(append(append(path, "/proc/"), name), "/stat");
  cat(*(int *)to, path);
}

struct search { const char *comm; int to; long signal, lines; };

/* Writes into a file like standard error of another process: what init reads from its pipe. */
static void flood(const char *path, long lines) {
  char line[LINE];
  for (int i = 0; i < LINE; i++) line[i] = '=';
  line[LINE - 1] = '\n';
  long file = call3(OPEN, (long)path, 1, 0);
  while (file >= 0 && lines-- > 0) put(file, line, LINE);
  if (file >= 0) call3(CLOSE, file, 0, 0);
}

static void act_on(const char *name, void *with) {
  struct search *search = with;
  char path[64], comm[32] = {0};
  if (name[0] < '1' || name[0] > '9') return;
  append(append(append(path, "/proc/"), name), "/comm");
  long file = call3(OPEN, (long)path, 0, 0), n;
  if (file < 0) return;
  n = call3(READ, file, (long)comm, sizeof comm - 1);
  call3(CLOSE, file, 0, 0);
  if (n < 1) return;
  comm[n - 1] = 0;
  if (!same(comm, search->comm)) return;
  if (search->signal) call3(KILL, number(name), search->signal, 0);
  append(append(append(path, "/proc/"), name), "/fd/2");
  if (search->lines) flood(path, search->lines);
  say(search->to, name);
  say(search->to, "\n");
}

/* Nobody detaches the device: that its opener dies changes nothing. */
static void hold(int to, const char *path) {
  char device[] = "/proc/1/root/dev/loop0";
  long control = call3(OPEN, (long)"/proc/1/root/dev/loop-control", 2, 0);
  long free = call3(IOCTL, control, LOOP_CTL_GET_FREE, 0);
  if (free < 0 || free > 9) return say(to, "no free loop device\n");
  device[sizeof device - 2] += free;
  long loop = call3(OPEN, (long)device, 2, 0), file = call3(OPEN, (long)path, 2, 0);
  say(to, call3(IOCTL, loop, LOOP_SET_FD, file) ? "refused\n" : "held\n");
  call3(CLOSE, file, 0, 0);
  call3(CLOSE, loop, 0, 0);
  call3(CLOSE, control, 0, 0);
}

/* mount(2) has a fifth argument: the kernel would read options from wherever its register happens to point. */
static long mount(const char *type, const char *target) {
  register long flags __asm__("r10") = 0;
  register long options __asm__("r8") = 0;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"((long)MOUNT), "D"(type), "S"(target), "d"(type), "r"(flags), "r"(options)
                   : "rcx", "r11", "memory");
  return result;
}

static int ask(int to, const char *address, const char *command);

static void execute(int to, char *command) {
  char *words[3] = {command, "", ""};
  for (int i = 1; i < 3 && *command; i++) {
    while (*command && *command != ' ') command++;
    if (*command) *command++ = 0, words[i] = command;
  }
  struct search search = {words[1], to, same(words[0], "kill") ? number(words[2]) : 0, same(words[0], "flood") ? number(words[2]) : 0};
  if (same(words[0], "cat")) cat(to, words[1]);
  else if (same(words[0], "mount")) say(to, mount(words[1], words[2]) ? "refused\n" : "");
  else if (same(words[0], "loop")) hold(to, words[1]);
  else if (same(words[0], "ask")) say(to, ask(to, words[1], words[2]) ? "nobody is there\n" : "");
  else if (same(words[0], "create")) create(to, words[1]);
  else if (same(words[0], "processes")) each("/proc", print_process, &to);
  else if (same(words[0], "ls")) each(words[1], print_name, &to);
  else if (search.signal || search.lines) each("/proc", act_on, &search);
  else say(to, "unknown command\n");
}

static void serve(int connection) {
  char command[512];
  long n = 0, got;
  while (n < (long)sizeof command - 1 && (got = call3(READ, connection, (long)command + n, sizeof command - 1 - n)) > 0) {
    n += got;
    if (command[n - 1] != '\n') continue;
    command[n - 1] = 0;
    return execute(connection, command);
  }
}

/* A pod that is told to stop: ends late, with a file as the proof that it could finish, or never. */
static int stop_late(char **words) {
  word set = BIT(SIG_INT) | BIT(SIG_TERM);
  block(set);
  say(1, "waiting\n");
  while (next_signal(set) < 0 || same(words[0], "ignore")) {}
  struct { long seconds, nanoseconds; } pause = {number(words[1]), 0};
  call3(NANOSLEEP, (long)&pause, 0, 0);
  long file = call3(OPEN, (long)words[2], 0101 /* O_WRONLY | O_CREAT */, 0644);
  if (file < 0) return 1;
  say(file, "stopped in order\n");
  return 0;
}

/* An address and port of the Internet, of IPv6, which has those of IPv4 in itself, as the kernel takes it. */
struct place { unsigned short family, port; unsigned flow; unsigned char address[16]; unsigned scope; };

static long hexadecimal(const char **text) {
  long value = 0;
  for (;; (*text)++) {
    char c = **text | 32;
    if (c >= '0' && c <= '9') value = value * 16 + c - '0';
    else if (c >= 'a' && c <= 'f') value = value * 16 + c - 'a' + 10;
    else return value;
  }
}

static void put_ipv4(unsigned char *to, const char *text) {
  to[10] = to[11] = 255;
  for (int i = 12; i < 16 && *text; i++) {
    to[i] = number(text);
    while (*text && *text++ != '.') {}
  }
}

/* Groups before the two colons are at the beginning, and those after them at the end. */
static void put_ipv6(unsigned char *to, const char *text) {
  int at = 0, gap = 16;
  while (*text && at < 16) {
    if (text[0] == ':' && text[1] == ':') gap = at, text += 2;
    else if (*text == ':') text++;
    else {
      long group = hexadecimal(&text);
      to[at++] = group >> 8, to[at++] = group;
    }
  }
  for (int end = 15; gap < at; end--) to[end] = to[--at], to[at] = 0;
}

static struct place agent_at(const char *address) {
  struct place place = {10, PORT >> 8 | (PORT & 255) << 8, 0, {0}, 0};
  const char *c = address;
  while (*c && *c != ':') c++;
  if (*c) put_ipv6(place.address, address);
  else if (*address) put_ipv4(place.address, address);
  return place;
}

/* setsockopt(2) has five arguments too. */
static long set_option(long socket, long option, const void *value, long size) {
  register long r10 __asm__("r10") = (long)value;
  register long r8 __asm__("r8") = size;
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(SETSOCKOPT), "D"(socket), "S"(SOL_SOCKET), "d"(option), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
  return result;
}

static int ask(int to, const char *address, const char *command) {
  struct place there = agent_at(address);
  struct { long seconds, microseconds; } timeout = {10, 0};
  long connection = call3(SOCKET, 10, 1, 0), n;
  if (set_option(connection, SO_SNDTIMEO, &timeout, sizeof timeout)) return 2;
  long failed = call3(CONNECT, connection, (long)&there, sizeof there);
  if (!failed) {
    say(connection, command);
    say(connection, "\n");
    char buffer[4096];
    while ((n = call3(READ, connection, (long)buffer, sizeof buffer)) > 0) put(to, buffer, n);
  }
  call3(CLOSE, connection, 0, 0);
  return failed != 0;
}

static int repeated(char **words) {
  if (same(words[0], "ask")) return ask(1, words[1], words[2]);
  if (!same(words[0], "do")) return stop_late(words);
  execute(1, words[1]);
  return 0;
}

__attribute__((used)) int agent_main(word *stack) {
  if (stack[0] > 1) return repeated((char **)(stack + 2));
  struct place here = agent_at("");
  int on = 1, server = call3(SOCKET, 10, 1, 0);
  if (set_option(server, SO_REUSEADDR, &on, sizeof on)) return 1;
  if (call3(BIND, server, (long)&here, sizeof here) || call3(LISTEN, server, 8, 0)) return 1;
  for (;;) {
    int connection = call3(ACCEPT, server, 0, 0);
    if (connection < 0) continue;
    serve(connection);
    call3(CLOSE, connection, 0, 0);
  }
}

ENTRY(agent_main);
