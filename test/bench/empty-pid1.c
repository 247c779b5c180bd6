/* An empty PID 1: the baseline of every boot figure. It says when it was started, then turns the machine off. */
#include <stdio.h>
#include <sys/reboot.h>
#include <time.h>
#include <unistd.h>

int main(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	printf("empty-pid1 %lld\n", (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000);
	fflush(stdout);
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}
