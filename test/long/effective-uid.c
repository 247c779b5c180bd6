/* What Kubernetes' image `nonewprivs` does: it tells by which user's rights it runs. Its file has the setuid bit. */
#include <stdio.h>
#include <unistd.h>

int main(void) {
  return printf("Effective uid: %u\n", geteuid()) < 0;
}
