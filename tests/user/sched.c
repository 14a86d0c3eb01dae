// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The scheduler and the clock, seen from programs: that nobody starves, that
 * sleepers wake in order and not early, that time never goes back.  How late
 * anything may be is not asked: the machine under the kernel may be slow.
 */
#include "test.h"

#define SPINNERS	4

/* Milliseconds; it wraps, so only differences mean anything. */
static int32_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000u + ts.tv_nsec / 1000000;
}

static void spin(int n)
{
	while (n--)
		asm volatile("");
}

/*
 * A machine that stands still for a while spoils what programs see of each
 * other: then for twice as long. Only what never comes out right is wrong.
 */
static int sooner_or_later(int (*works)(int ms), int ms)
{
	int tries = 6;

	while (tries && !works(ms)) {
		ms *= 2;
		tries--;
	}
	return tries > 0;
}

static void test_sleep(void)
{
	static const int lengths[] = { 0, 1, 10, 30, 999, 1001, 20000, 50000 };
	struct timespec want = { 0 }, a, b, left = { 77, 77 };
	int32_t us;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		want.tv_nsec = lengths[i] * 1000;
		clock_gettime(CLOCK_MONOTONIC, &a);
		EQ(nanosleep(&want, &left), 0);
		clock_gettime(CLOCK_MONOTONIC, &b);
		us = (b.tv_sec - a.tv_sec) * 1000000 +
			(b.tv_nsec - a.tv_nsec) / 1000;
		CHECK(us >= lengths[i]);
	}
	EQ(left.tv_sec, 77);
}

/* Each sleeps until its own moment and then says its number. */
static int wake_in_order(int gap)
{
	static const char order[] = "3140256";
	int32_t start = now_ms() + gap, left;
	char said[sizeof(order)] = "";
	int fds[2], i;

	pipe(fds);
	for (i = 0; order[i]; i++) {
		if (fork())
			continue;
		left = start + (order[i] - '0') * gap - now_ms();
		if (left > 0)
			sleep_ms(left);
		write(fds[1], order + i, 1);
		exit(0);
	}
	close(fds[1]);
	for (i = 0; order[i]; i++)
		read(fds[0], said + i, 1);
	while (waitpid(-1, NULL, 0) > 0)
		;
	close(fds[0]);
	return !strcmp(said, "0123456");
}

static void test_order(void)
{
	CHECK(sooner_or_later(wake_in_order, 20));
}

static int before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec < b->tv_sec ||
		(a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

static void watch_clock(void)
{
	struct timespec old[2] = { { 0, 0 }, { 0, 0 } }, new;
	struct timeval tv, old_tv = { 0, 0 };
	int i, clock;

	for (i = 0; i < 500; i++) {
		for (clock = 0; clock < 2; clock++) {
			EQ(clock_gettime(clock, &new), 0);
			CHECK(!before(&new, &old[clock]));
			CHECK(new.tv_nsec >= 0 && new.tv_nsec < 1000000000);
			old[clock] = new;
		}
		EQ(gettimeofday(&tv, NULL), 0);
		CHECK(tv.tv_sec > old_tv.tv_sec ||
		      (tv.tv_sec == old_tv.tv_sec &&
		       tv.tv_usec >= old_tv.tv_usec));
		old_tv = tv;
		if (i % 100 == 99)
			sleep_ms(1);
	}
}

static void test_monotonic(void)
{
	int i, status;

	for (i = 0; i < 3; i++) {
		if (fork())
			continue;
		watch_clock();
		exit(test_failed);
	}
	while (waitpid(-1, &status, 0) > 0)
		EQ(status, 0);
}

static void test_passes(void)
{
	int32_t start = now_ms();

	while (now_ms() == start)
		spin(1000);
	CHECK(now_ms() - start > 0);
}

/* Spins until it is over; how often is its share of the CPU. */
static void spinner(int begin, int result, int ms)
{
	int32_t start;
	int work = 0;
	char c;

	read(begin, &c, 1);
	start = now_ms();
	while (now_ms() - start < ms) {
		spin(5000);
		work++;
	}
	write(result, &work, sizeof(work));
	exit(0);
}

static int share_alike(int ms)
{
	int begin[2], result[2], i, work, min = INT32_MAX, max = 0;

	pipe(begin);
	pipe(result);
	for (i = 0; i < SPINNERS; i++)
		if (!fork())
			spinner(begin[0], result[1], ms);
	write(begin[1], "1234", SPINNERS);
	for (i = 0; i < SPINNERS; i++) {
		EQ(read(result[0], &work, sizeof(work)), sizeof(work));
		if (work < min)
			min = work;
		if (work > max)
			max = work;
	}
	while (waitpid(-1, NULL, 0) > 0)
		;
	for (i = 0; i < 2; i++) {
		close(begin[i]);
		close(result[i]);
	}
	return min > 0 && max / 4 <= min;
}

static void test_fair(void)
{
	CHECK(sooner_or_later(share_alike, 240));
}

/* Spinners make no system call: only the clock can take the CPU from them. */
static void test_preempt(void)
{
	int pids[3], i;

	for (i = 0; i < 3; i++) {
		pids[i] = fork();
		while (!pids[i])
			spin(1000);
	}
	for (i = 0; i < 10; i++) {
		sleep_ms(2);
		sched_yield();
	}
	for (i = 0; i < 3; i++) {
		EQ(kill(pids[i], SIGKILL), 0);
		EQ(waitpid(pids[i], NULL, 0), pids[i]);
	}
}

static void test_yield(void)
{
	int pid, i, status;

	pid = fork();
	for (i = 0; i < 200; i++)
		EQ(sched_yield(), 0);
	if (!pid)
		exit(test_failed);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
}

/* Pairs that wake each other make progress while others spin. */
static void test_ping(void)
{
	int a[2], b[2], pid, partner, i;
	char c = 'x';

	pipe(a);
	pipe(b);
	pid = fork();
	while (!pid)
		spin(1000);
	partner = fork();
	if (!partner) {
		close(a[1]);
		while (read(a[0], &c, 1) == 1)
			write(b[1], &c, 1);
		exit(0);
	}
	for (i = 0; i < 20; i++) {
		EQ(write(a[1], &c, 1), 1);
		EQ(read(b[0], &c, 1), 1);
	}
	kill(pid, SIGKILL);
	EQ(waitpid(pid, NULL, 0), pid);
	close(a[1]);
	EQ(waitpid(partner, NULL, 0), partner);
	close(a[0]);
	close(b[0]);
	close(b[1]);
}

static const struct test tests[] = {
	{ "nanosleep: at least the time asked for", test_sleep },
	{ "nanosleep: seven sleepers wake in order", test_order },
	{ "the clocks never go back, in any process", test_monotonic },
	{ "time passes while a program computes", test_passes },
	{ "four CPU-bound processes do similar amounts of work", test_fair },
	{ "a process without system calls does not keep the CPU",
	  test_preempt },
	{ "sched_yield: all who yield get to the end", test_yield },
	{ "two that wake each other run beside one that spins", test_ping },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
