/*
 * clock_sleep.so, preloaded before libfaketime where the monotonic clock is
 * left as it is (FAKETIME_DONT_FAKE_MONOTONIC=1). libfaketime 0.9.10, Debian
 * 12's, takes a sleep until a time of the monotonic clock for one until a time
 * of the faked clock, and it fails with EINVAL (its issue 426, mended in
 * 0.9.11); Python's time.sleep() sleeps so since 3.11. Such a sleep goes to the
 * kernel here, every other to libfaketime.
 *
 * Linked with no library, so that containers with another libc take it.
 */
#include <dlfcn.h>
#include <errno.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

typedef int sleep_function(clockid_t clock, int flags,
			   const struct timespec *until,
			   struct timespec *left);

sleep_function clock_nanosleep;

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *until,
		    struct timespec *left)
{
	union {
		void *found;
		sleep_function *call;
	} next = { NULL };

	if (clock != CLOCK_MONOTONIC)
		next.found = dlsym(RTLD_NEXT, "clock_nanosleep");
	if (next.found)
		return next.call(clock, flags, until, left);
	return syscall(SYS_clock_nanosleep, clock, flags, until, left) < 0
		? errno : 0;
}
