// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A signal with a handler comes while a system call waits: the handler runs,
 * and the call ends with EINTR, is made again, or was not to be disturbed. And
 * the signals that the kernel itself sends: SIGCHLD and SIGPIPE.
 */
#include "sig.h"

static volatile int calls, last;
static struct siginfo info;
static int fds[2];

static void note(int sig, struct siginfo *i, void *context)
{
	(void)context;
	calls++;
	last = sig;
	info = *i;
}

/* A child that sends `sig` after some time, then runs `then`, if any. */
static int sender(int sig, void (*then)(void))
{
	int parent = getpid(), pid = fork();

	if (!pid) {
		sleep_ms(10);
		kill(parent, sig);
		sleep_ms(10);
		if (then)
			then();
		exit(0);
	}
	return pid;
}

static void reap(int pid)
{
	int status = -1;

	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
}

static void write_byte(void)
{
	write(fds[1], "x", 1);
}

static void test_read(void)
{
	char c = 0;
	int pid;

	pipe(fds);
	calls = 0;
	action(SIGUSR1, (void *)note, SA_SIGINFO);
	pid = sender(SIGUSR1, NULL);
	EQ(read(fds[0], &c, 1), -EINTR);
	EQ(calls, 1);
	EQ(info.pid, pid);
	reap(pid);
	action(SIGUSR1, (void *)note, SA_SIGINFO | SA_RESTART);
	pid = sender(SIGUSR1, write_byte);
	EQ(read(fds[0], &c, 1), 1);
	EQ(c, 'x');
	EQ(calls, 2);
	reap(pid);
	close(fds[0]);
	close(fds[1]);
}

static char many[3 * PAGE_SIZE];

static void read_all(void)
{
	size_t n = 0;

	while (n < sizeof(many))
		n += read(fds[0], many, sizeof(many) - n);
}

static void test_write(void)
{
	int pid;

	pipe(fds);
	EQ(write(fds[1], many, PAGE_SIZE), PAGE_SIZE);
	calls = 0;
	action(SIGUSR1, (void *)note, SA_SIGINFO);
	if (on_pv86()) {
		/* A pipe holds 4096 bytes: a write has done a part, or none. */
		pid = sender(SIGUSR1, NULL);
		EQ(write(fds[1], many, 1), -EINTR);
		reap(pid);
		EQ(read(fds[0], many, 100), 100);
		pid = sender(SIGUSR1, NULL);
		EQ(write(fds[1], many, 2 * PAGE_SIZE), 100);
		reap(pid);
		EQ(calls, 2);
	}
	action(SIGUSR1, (void *)note, SA_SIGINFO | SA_RESTART);
	pid = sender(SIGUSR1, read_all);
	EQ(write(fds[1], many, 2 * PAGE_SIZE), 2 * PAGE_SIZE);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(fds[0]);
	close(fds[1]);
}

static void test_wait(void)
{
	int pid, other;

	calls = 0;
	action(SIGUSR1, (void *)note, SA_SIGINFO);
	other = fork();
	if (!other) {
		sleep_ms(100);
		exit(0);
	}
	pid = sender(SIGUSR1, NULL);
	EQ(waitpid(other, NULL, 0), -EINTR);
	reap(pid);
	action(SIGUSR1, (void *)note, SA_SIGINFO | SA_RESTART);
	pid = sender(SIGUSR1, NULL);
	reap(other);
	reap(pid);
	EQ(calls, 2);
}

static void test_sleep(void)
{
	struct timespec ts = { 10, 0 };
	int pid;

	calls = 0;
	action(SIGUSR1, (void *)note, SA_SIGINFO | SA_RESTART);
	pid = sender(SIGUSR1, NULL);
	EQ(nanosleep(&ts, &ts), -EINTR);
	CHECK(ts.tv_sec == 9 && ts.tv_nsec > 0);
	reap(pid);
	pid = sender(SIGUSR1, NULL);
	EQ(syscall(29), -EINTR);		/* pause */
	reap(pid);
	EQ(calls, 2);
	/* A signal that does nothing wakes nobody. */
	action(SIGUSR1, SIG_IGN, 0);
	pid = sender(SIGUSR1, NULL);
	ts = (struct timespec){ 0, 30000000 };
	EQ(nanosleep(&ts, &ts), 0);
	reap(pid);
}

static void see_mask(int sig)
{
	calls++;
	last = sig;
	EQ(blocked() == (bit(SIGUSR2) | bit(SIGUSR1)), 1);
}

static void test_suspend(void)
{
	int pid;

	calls = 0;
	action(SIGUSR1, (void *)see_mask, SA_RESTART);
	set_mask(SIG_BLOCK, SIGUSR1);
	EQ(raise(SIGUSR1), 0);
	EQ(calls, 0);
	EQ(sigsuspend(bit(SIGUSR2)), -EINTR);
	EQ(calls, 1);
	EQ(blocked() == bit(SIGUSR1), 1);
	pid = sender(SIGUSR1, NULL);
	EQ(sigsuspend(bit(SIGUSR2)), -EINTR);
	EQ(calls, 2);
	EQ(blocked() == bit(SIGUSR1), 1);
	reap(pid);
	set_mask(SIG_UNBLOCK, SIGUSR1);
	EQ(calls, 2);
}

static void test_child(void)
{
	int pid, status;

	calls = 0;
	action(SIGCHLD, (void *)note, SA_SIGINFO | SA_RESTART);
	pid = fork();
	if (!pid)
		exit(7);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(calls, 1);
	EQ(info.signo, SIGCHLD);
	EQ(info.code, 1);
	EQ(info.pid, pid);
	EQ(info.status, 7);
	pid = fork();
	if (!pid) {
		sleep_ms(5);
		kill(getpid(), SIGTERM);
	}
	EQ(syscall(29), -EINTR);
	EQ(calls, 2);
	EQ(info.code, 2);
	EQ(info.pid, pid);
	EQ(info.status, SIGTERM);
	EQ(waitpid(pid, &status, WNOHANG), pid);
	/* It is told of all, and then nobody is left to wait for. */
	action(SIGCHLD, (void *)note, SA_SIGINFO | SA_NOCLDWAIT);
	pid = fork();
	if (!pid) {
		sleep_ms(5);
		exit(0);
	}
	EQ(syscall(29), -EINTR);
	EQ(calls, 3);
	EQ(waitpid(pid, &status, 0), -ECHILD);
	action(SIGCHLD, SIG_DFL, 0);
}

static void test_pipe(void)
{
	pipe(fds);
	close(fds[0]);
	calls = 0;
	action(SIGPIPE, (void *)note, SA_SIGINFO);
	EQ(write(fds[1], "x", 1), -EPIPE);
	EQ(calls, 1);
	EQ(last, SIGPIPE);
	close(fds[1]);
	action(SIGPIPE, SIG_DFL, 0);
}

/* Its stack is in use: the handler waits for the child. */
static void test_vfork(void)
{
	static const struct timespec ts = { 0, 20000000 };
	static volatile int early;
	int pid;

	calls = 0;
	action(SIGUSR1, (void *)note, SA_SIGINFO);
	pid = vfork();
	if (!pid) {
		kill(getppid(), SIGUSR1);
		nanosleep(&ts, NULL);
		early = calls;
		exit(0);
	}
	EQ(early, 0);
	EQ(calls, 1);
	reap(pid);
}

static void in_fork(void)
{
	calls = 0;
	EQ(raise(SIGUSR1), 0);
	EQ(calls, 1);
	EQ(info.pid, getpid());
}

static void test_fork(void)
{
	calls = 0;
	action(SIGUSR1, (void *)note, SA_SIGINFO);
	set_mask(SIG_BLOCK, SIGUSR2);
	EQ(in_child(in_fork), 0);
	EQ(calls, 0);
	set_mask(SIG_UNBLOCK, SIGUSR2);
}

static const struct test tests[] = {
	{ "read: EINTR, or made again with SA_RESTART", test_read },
	{ "write: EINTR, what was written so far, or made again", test_write },
	{ "waitpid: EINTR, or made again", test_wait },
	{ "nanosleep, pause: EINTR even with SA_RESTART, but only after a "
	  "handler", test_sleep },
	{ "sigsuspend: the handler has its mask, the program then its own",
	  test_suspend },
	{ "SIGCHLD: the handler is told who ended and how", test_child },
	{ "SIGPIPE: the handler runs, and write is EPIPE", test_pipe },
	{ "vfork: a handler of the parent waits for the child", test_vfork },
	{ "fork: the child has its parent's handlers", test_fork },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
