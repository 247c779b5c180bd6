/* Holds a pod's namespaces: reaps what is re-parented to it and ends on SIGTERM or SIGINT. */
#include "syscall.h"

__attribute__((used)) int pause_main(word *stack) {
  (void)stack;
  word set = BIT(SIG_INT) | BIT(SIG_TERM) | BIT(SIG_CHLD);
  block(set);
  for (;;) {
    long signal = next_signal(set);
    if (signal == SIG_INT || signal == SIG_TERM) return 0;
    while (signal == SIG_CHLD && call4(WAIT4, -1, 0, 1 /* WNOHANG */, 0) > 0) {}
  }
}

ENTRY(pause_main);
