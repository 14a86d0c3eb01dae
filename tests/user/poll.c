// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * poll and select: what is ready, and waiting for what is not.
 */
#include "test.h"
#include "sig.h"

#define POLLIN		1
#define POLLOUT		4
#define POLLERR		8
#define POLLHUP		0x10
#define POLLNVAL	0x20

struct pollfd {
	int fd;
	short events, revents;
};

static int poll(struct pollfd *fds, int count, int ms)
{
	return syscall(168, fds, count, ms);
}

static int select(int n, uint32_t *in, uint32_t *out, struct timeval *tv)
{
	return syscall(142, n, in, out, NULL, tv);
}

static int a[2], b[2];

static void open_pipes(void)
{
	pipe(a);
	pipe(b);
}

static void close_pipes(void)
{
	for (int i = 0; i < 2; i++) {
		close(a[i]);
		close(b[i]);
	}
}

static int now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void test_states(void)
{
	struct pollfd p[6];

	open_pipes();
	write(a[1], "x", 1);
	p[0] = (struct pollfd){ a[0], POLLIN, -1 };
	p[1] = (struct pollfd){ a[1], POLLIN, -1 };
	p[2] = (struct pollfd){ b[0], POLLIN, -1 };
	p[3] = (struct pollfd){ b[1], POLLOUT, -1 };
	p[4] = (struct pollfd){ -1, POLLIN, -1 };
	p[5] = (struct pollfd){ 31, POLLIN, -1 };
	EQ(poll(p, 6, 0), 3);
	EQ(p[0].revents, POLLIN);
	EQ(p[1].revents, 0);
	EQ(p[2].revents, 0);
	EQ(p[3].revents, POLLOUT);
	EQ(p[4].revents, 0);
	EQ(p[5].revents, POLLNVAL);
	close(a[1]);
	close(b[0]);
	EQ(poll(p, 1, -1), 1);
	EQ(p[0].revents, POLLIN | POLLHUP);
	EQ(poll(p + 3, 1, -1), 1);
	CHECK(p[3].revents & POLLERR);
	EQ(poll(KERNEL_ADDRESS, 1, 0), -EFAULT);
	EQ(poll(p, -1, 0), -EINVAL);
	close_pipes();
}

/* What a child does in 50 ms; the parent waits for both pipes meanwhile. */
static int wait_for(void (*later)(void), struct pollfd p[2])
{
	int pid = fork(), found, status = -1;

	if (!pid) {
		sleep_ms(50);
		later();
		exit(0);
	}
	p[0] = (struct pollfd){ a[0], POLLIN, 0 };
	p[1] = (struct pollfd){ b[0], POLLIN, 0 };
	close(b[1]);
	found = poll(p, 2, 100000);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
	return found;
}

static void write_a(void)
{
	write(a[1], "x", 1);
	sleep_ms(50);		/* keeps b open */
}

static void close_b(void)
{
	close(b[1]);
	sleep_ms(50);
}

static void test_waits(void)
{
	struct pollfd p[2];

	open_pipes();
	EQ(wait_for(write_a, p), 1);
	EQ(p[0].revents, POLLIN);
	EQ(p[1].revents, 0);
	close_pipes();
	open_pipes();
	EQ(wait_for(close_b, p), 1);
	EQ(p[0].revents, 0);
	EQ(p[1].revents, POLLHUP);
	close_pipes();
}

static void test_room(void)
{
	static char buf[4096];
	struct pollfd p;
	int pid, start;

	open_pipes();
	syscall(221, a[1], 4, 04000);		/* F_SETFL, O_NONBLOCK */
	while (write(a[1], buf, sizeof(buf)) > 0)
		;
	p = (struct pollfd){ a[1], POLLOUT, 0 };
	EQ(poll(&p, 1, 0), 0);
	start = now_ms();
	pid = fork();
	if (!pid) {
		sleep_ms(50);
		while (read(a[0], buf, sizeof(buf)) == sizeof(buf))
			;
		exit(0);
	}
	EQ(poll(&p, 1, 100000), 1);
	EQ(p.revents, POLLOUT);
	CHECK(now_ms() - start >= 49);
	EQ(write(a[1], buf, 4096), 4096);
	kill(pid, SIGKILL);
	EQ(waitpid(pid, NULL, 0), pid);
	close_pipes();
}

static void test_limit(void)
{
	struct pollfd p;
	struct timeval tv = { 0, 60000 };
	uint32_t in;
	int start = now_ms(), taken;

	open_pipes();
	p = (struct pollfd){ a[0], POLLIN, -1 };
	EQ(poll(&p, 1, 60), 0);
	EQ(p.revents, 0);
	CHECK(now_ms() - start >= 60);
	EQ(poll(NULL, 0, 20), 0);
	start = now_ms();
	in = 1u << a[0];
	EQ(select(32, &in, NULL, &tv), 0);
	taken = now_ms() - start;
	CHECK(taken >= 59);
	EQ(in, 0);
	EQ(tv.tv_sec, 0);
	EQ(tv.tv_usec, 0);
	tv = (struct timeval){ 0, -1 };
	EQ(select(0, NULL, NULL, &tv), -EINVAL);
	tv = (struct timeval){ 50, 0 };
	write(a[1], "x", 1);
	in = 1u << a[0];
	EQ(select(a[0] + 1, &in, NULL, &tv), 1);
	CHECK(tv.tv_sec >= 40 && tv.tv_sec < 50);
	close_pipes();
}

static void test_select(void)
{
	uint32_t in, out;

	open_pipes();
	write(b[1], "x", 1);
	in = 1u << a[0] | 1u << b[0];
	out = 1u << a[1];
	EQ(select(32, &in, &out, NULL), 2);
	EQ(in, 1u << b[0]);
	EQ(out, 1u << a[1]);
	in = 1u << a[0] | 1u << b[0];
	EQ(select(b[0] + 1, &in, NULL, NULL), 1);
	in = 1u << 31;
	EQ(select(32, &in, NULL, NULL), -EBADF);
	EQ(in, 1u << 31);
	EQ(select(-1, &in, NULL, NULL), -EINVAL);
	EQ(select(32, KERNEL_ADDRESS, NULL, NULL), -EFAULT);
	close_pipes();
}

static volatile int caught;

static void handler(int sig)
{
	caught = sig;
}

static void test_masks(void)
{
	uint64_t usr1 = 1ull << (SIGUSR1 - 1), none = 0, now = 0;
	struct { uint64_t *set; uint32_t size; } mask = { &none, 8 };

	action(SIGUSR1, handler, 0);
	rt_sigprocmask(SIG_BLOCK, &usr1, NULL, 8);
	caught = 0;
	kill(getpid(), SIGUSR1);
	EQ(syscall(309, NULL, 0, NULL, &none, 8), -EINTR);
	EQ(caught, SIGUSR1);
	caught = 0;
	kill(getpid(), SIGUSR1);
	EQ(caught, 0);
	EQ(syscall(308, 0, NULL, NULL, NULL, NULL, &mask), -EINTR);
	EQ(caught, SIGUSR1);
	rt_sigprocmask(SIG_BLOCK, NULL, &now, 8);
	CHECK(now == usr1);
	rt_sigprocmask(SIG_UNBLOCK, &usr1, NULL, 8);
	EQ(syscall(309, NULL, 0, NULL, &none, 4), -EINVAL);
}

int main(void)
{
	static const struct test tests[] = {
		{ "poll: what each file is ready for", test_states },
		{ "poll: waits for one of two pipes to say or end something",
		  test_waits },
		{ "poll: waits for room in a pipe, which is there then",
		  test_room },
		{ "poll, select: the time they take, and what is left",
		  test_limit },
		{ "select: sets of what is ready", test_select },
		{ "ppoll, pselect6: a signal that is let in ends them",
		  test_masks },
	};

	return run_tests(tests, ARRAY_SIZE(tests));
}
