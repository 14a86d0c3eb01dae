// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Time as programs are told it, in both widths, and what happens when it is
 * over: the calls that end then, and SIGALRM.
 */
#include "sig.h"

#define ABSTIME		1
#define TIMES		1000000000

struct timespec64 {
	int32_t sec, high, nsec, unused;
};

struct itimerval {
	struct timeval every, left;
};

static int64_t ns_of(int clock)
{
	struct timespec ts = { 0, 0 };

	EQ(clock_gettime(clock, &ts), 0);
	return (int64_t)ts.tv_sec * TIMES + ts.tv_nsec;
}

static int64_t now(void)
{
	return ns_of(CLOCK_MONOTONIC);
}

static void test_widths(void)
{
	struct timespec narrow;
	struct timespec64 wide = { -1, -1, -1, -1 };
	int seconds = 0, told;

	for (int clock = 0; clock < 8; clock++) {
		EQ(clock_gettime(clock, &narrow), 0);
		EQ(syscall(403, clock, &wide), 0);
		CHECK(wide.sec - narrow.tv_sec <= 1);
		EQ(wide.high, 0);
		CHECK((uint32_t)wide.nsec < TIMES);
		EQ(syscall(266, clock, &narrow), 0);
		EQ(syscall(406, clock, &wide), 0);
		EQ(narrow.tv_sec, 0);
		EQ(wide.nsec, narrow.tv_nsec);
	}
	EQ(syscall(403, 1000, &wide), -EINVAL);
	EQ(syscall(403, 0, KERNEL_ADDRESS), -EFAULT);
	told = syscall(13, &seconds);
	EQ(told, seconds);
	CHECK(seconds > 1000000000);
}

static void test_sleeps(void)
{
	int64_t start = now();
	struct timespec64 wide = { 0, 0, 20000000, 0 };
	struct timespec until, bad = { 0, TIMES };

	EQ(syscall(407, CLOCK_MONOTONIC, 0, &wide, NULL), 0);
	CHECK(now() - start >= 20000000);
	start = now();
	until.tv_nsec = start % 1 + 30000000;
	EQ(clock_gettime(CLOCK_MONOTONIC, &until), 0);
	until.tv_nsec += 30000000;
	if (until.tv_nsec >= TIMES) {
		until.tv_nsec -= TIMES;
		until.tv_sec++;
	}
	EQ(syscall(267, CLOCK_MONOTONIC, ABSTIME, &until, NULL), 0);
	CHECK(now() - start >= 30000000);
	start = now();
	EQ(syscall(267, CLOCK_MONOTONIC, ABSTIME, &until, NULL), 0);
	CHECK(now() - start < TIMES);
	EQ(syscall(267, CLOCK_MONOTONIC, 0, &bad, NULL), -EINVAL);
	EQ(syscall(267, 1000, 0, &until, NULL), -EINVAL);
	wide.high = -1;
	EQ(syscall(407, CLOCK_MONOTONIC, 0, &wide, NULL), -EINVAL);
}

static volatile int alarms;

static void on_alarm(int sig)
{
	alarms++;
}

static void test_interrupted(void)
{
	struct itimerval soon = { { 0, 0 }, { 0, 30000 } };
	struct timespec want = { 100, 0 }, left = { 0, 0 };

	action(SIGALRM, on_alarm, SA_RESTART);
	alarms = 0;
	EQ(syscall(104, 0, &soon, NULL), 0);
	EQ(syscall(267, CLOCK_MONOTONIC, 0, &want, &left), -EINTR);
	EQ(alarms, 1);
	CHECK(left.tv_sec >= 90 && left.tv_sec < 100);
}

static void test_timer(void)
{
	struct itimerval often = { { 0, 10000 }, { 0, 10000 } };
	struct itimerval none = { { 0, 0 }, { 0, 0 } }, old;

	action(SIGALRM, on_alarm, SA_RESTART);
	alarms = 0;
	EQ(syscall(104, 0, &often, &old), 0);
	EQ(old.left.tv_sec + old.left.tv_usec, 0);
	while (alarms < 3)
		sigsuspend(0);
	EQ(syscall(104, 0, &none, &old), 0);
	CHECK(old.left.tv_usec > 0 && old.left.tv_usec <= 10000);
	EQ(old.every.tv_usec, 10000);
	EQ(syscall(104, 0, &none, &old), 0);
	EQ(old.left.tv_usec, 0);
	often.left.tv_usec = 1000000;
	EQ(syscall(104, 0, &often, NULL), -EINVAL);
	EQ(syscall(104, 9, &none, NULL), -EINVAL);
	EQ(syscall(27, 100), 0);
	EQ(syscall(27, 0), 100);
}

static void dies_of_alarm(void)
{
	syscall(27, 1);
	for (;;)
		;
}

static void no_alarm(void)
{
	EQ(syscall(27, 0), 0);
}

static void test_alarm(void)
{
	action(SIGALRM, SIG_DFL, 0);
	EQ(in_child(dies_of_alarm), SIGALRM);
	syscall(27, 100);
	EQ(in_child(no_alarm), 0);	/* fork leaves it to the parent */
	EQ(syscall(27, 0), 100);
}

static void burn_ms(int ms)
{
	int64_t end = ns_of(2) + ms * (int64_t)1000000;

	while (ns_of(2) < end)
		;
}

static int ms(const struct timeval *tv)
{
	return tv->tv_sec * 1000 + tv->tv_usec / 1000;
}

static int burnt(int who)
{
	struct rusage usage;

	EQ(syscall(77, who, &usage), 0);
	return ms(&usage.ru_utime) + ms(&usage.ru_stime);
}

static void burn_60(void)
{
	burn_ms(60);
}

static void test_usage(void)
{
	int before = burnt(0), ticks[4], pid;
	struct rusage usage;

	burn_ms(60);
	CHECK(burnt(0) - before >= 50);
	before = burnt(-1);
	EQ(in_child(burn_60), 0);
	CHECK(burnt(-1) - before >= 50);
	CHECK(syscall(43, ticks) > 0);
	CHECK(ticks[2] + ticks[3] >= 4);
	pid = fork();
	if (!pid) {
		burn_ms(60);
		exit(0);
	}
	EQ(wait4(pid, NULL, 0, &usage), pid);
	CHECK(ms(&usage.ru_utime) + ms(&usage.ru_stime) >= 50);
	EQ(syscall(77, 5, &usage), -EINVAL);
}

static void test_futex(void)
{
	int word = 5;
	struct timespec wait = { 0, 20000000 };
	int64_t start = now();

	EQ(syscall(240, &word, 0, 4, &wait), -EAGAIN);
	EQ(syscall(240, &word, 0, 5, &wait), -110);	/* ETIMEDOUT */
	CHECK(now() - start >= 20000000);
	EQ(syscall(240, &word, 0x81, 1, NULL), 0);
	EQ(syscall(240, KERNEL_ADDRESS, 1, 1, NULL), -EFAULT);
}

int main(void)
{
	static const struct test tests[] = {
		{ "clocks: the same in 32 and in 64 bits", test_widths },
		{ "clock_nanosleep: for a time and until one", test_sleeps },
		{ "clock_nanosleep: a signal leaves the rest", test_interrupted },
		{ "setitimer: once and again, and what is left", test_timer },
		{ "alarm: ends its process and no child", test_alarm },
		{ "times, getrusage, wait4: who used the CPU", test_usage },
		{ "futex: waits in vain, and not at all", test_futex },
	};

	return run_tests(tests, ARRAY_SIZE(tests));
}
