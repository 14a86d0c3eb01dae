// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What becomes of a signal that does not end a process at once: it is blocked
 * and pends, or it is ignored, or a handler was recorded for it; and what the
 * process is told of these settings. How signals end processes is in
 * signals.c.
 */
#include "test.h"

#define SA_NOCLDWAIT	2
#define SA_RESTORER	0x04000000
#define SA_RESTART	0x10000000

static const char *self;

/* No 64-bit shift: some compilers call a library for it. */
static uint64_t bit(int sig)
{
	uint32_t word = 1u << ((sig - 1) & 31);

	return sig > 32 ? (uint64_t)word << 32 : word;
}

static void block(int sig)
{
	uint64_t set = bit(sig);

	EQ(rt_sigprocmask(SIG_BLOCK, &set, NULL, 8), 0);
}

static void unblock(int sig)
{
	uint64_t set = bit(sig);

	EQ(rt_sigprocmask(SIG_UNBLOCK, &set, NULL, 8), 0);
}

static void action(int sig, void *handler, int flags)
{
	struct sigaction act = { .handler = handler, .flags = flags };

	EQ(rt_sigaction(sig, &act, NULL, 8), 0);
}

static void send_blocked(int sig)
{
	block(sig);
	EQ(kill(getpid(), sig), 0);
	EQ(getppid() > 0, 1);
}

static void let_in(void)
{
	send_blocked(SIGTERM);
	unblock(SIGTERM);
}

static void let_in_by_mask(void)
{
	uint64_t none = 0;

	send_blocked(SIGTERM);
	rt_sigprocmask(SIG_SETMASK, &none, NULL, 8);
}

static void lowest_first(void)
{
	uint64_t none = 0;

	send_blocked(SIGTERM);
	send_blocked(SIGHUP);
	send_blocked(SIGUSR1);
	rt_sigprocmask(SIG_SETMASK, &none, NULL, 8);
}

static void stay_blocked(void)
{
	send_blocked(SIGTERM);
	block(SIGHUP);
	unblock(SIGHUP);
}

static void after_exec(void)
{
	char *argv[] = { (char *)self, (char *)"unblock", NULL };

	send_blocked(SIGTERM);
	execve(self, argv, argv + 2);
}

/* What a parent has pending is not its child's. */
static void not_after_fork(void)
{
	send_blocked(SIGTERM);
	EQ(in_child(let_in), SIGTERM);
	if (!fork()) {
		unblock(SIGTERM);
		exit(7);
	}
	waitpid(-1, &test_failed, 0);
	EQ(test_failed, 7 << 8);
	test_failed = test_failed != 7 << 8;
}

static void ignored_later(void)
{
	send_blocked(SIGTERM);
	action(SIGTERM, SIG_IGN, 0);
	action(SIGTERM, SIG_DFL, 0);
	unblock(SIGTERM);
}

/* While it is blocked nobody knows yet what will be done with it. */
static void ignored_before(void)
{
	action(SIGTERM, SIG_IGN, 0);
	send_blocked(SIGTERM);
	action(SIGTERM, SIG_DFL, 0);
	unblock(SIGTERM);
}

static void ignored_still(void)
{
	action(SIGTERM, SIG_IGN, 0);
	send_blocked(SIGTERM);
	unblock(SIGTERM);
	action(SIGTERM, SIG_DFL, 0);
	send_blocked(SIGCHLD);
	unblock(SIGCHLD);
}

static void broken_pipe(void)
{
	int fds[2];

	pipe(fds);
	close(fds[0]);
	block(SIGPIPE);
	EQ(write(fds[1], "x", 1), -EPIPE);
	if (!test_failed)
		unblock(SIGPIPE);
}

static void sleep_through(void)
{
	struct timespec ts = { 0, 50000000 };

	block(SIGTERM);
	EQ(nanosleep(&ts, &ts), 0);
	if (!test_failed)
		unblock(SIGTERM);
}

static void test_pending(void)
{
	int pid, status;

	EQ(in_child(let_in), SIGTERM);
	EQ(in_child(let_in_by_mask), SIGTERM);
	EQ(in_child(lowest_first), SIGHUP);
	EQ(in_child(stay_blocked), 0);
	EQ(in_child(after_exec), SIGTERM);
	EQ(in_child(not_after_fork), 0);
	EQ(in_child(broken_pipe), SIGPIPE);
	pid = fork();
	if (!pid) {
		sleep_through();
		exit(1);
	}
	sleep_ms(10);
	EQ(kill(pid, SIGTERM), 0);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, SIGTERM);
}

static void test_ignored(void)
{
	EQ(in_child(ignored_later), 0);
	EQ(in_child(ignored_before), SIGTERM);
	EQ(in_child(ignored_still), 0);
}

static void handler(void)
{
}

static void set_all(void)
{
	struct sigaction act = {
		.handler = (void *)handler,
		.restorer = (void *)test_ignored, .mask = ~0ull,
	}, old;
	int sig;

	for (sig = 1; sig <= 64; sig++) {
		memset(&old, 0xff, sizeof(old));
		if (sig == SIGKILL || sig == SIGSTOP)
			continue;
		act.flags = SA_RESTORER | (sig & 1 ? SA_RESTART : 0);
		EQ(rt_sigaction(sig, &act, &old, 8), 0);
		EQ(old.handler, SIG_DFL);
		EQ(old.flags, 0);
		EQ(old.mask, 0);
	}
	EQ(rt_sigaction(SIGUSR2, NULL, &old, 8), 0);
	EQ(old.handler, act.handler);
	EQ(old.flags, SA_RESTORER);
	EQ(old.restorer, act.restorer);
	EQ(old.mask == ~(bit(SIGKILL) | bit(SIGSTOP)), 1);
	action(SIGUSR2, SIG_IGN, 0);
	EQ(rt_sigaction(SIGUSR2, NULL, &old, 8), 0);
	EQ(old.handler, SIG_IGN);
	EQ(old.flags, 0);
	EQ(old.mask, 0);
	EQ(rt_sigaction(SIGTERM, NULL, &old, 8), 0);
	EQ(old.handler, act.handler);
	EQ(old.flags, SA_RESTORER | SA_RESTART);
}

static void test_action(void)
{
	EQ(in_child(set_all), 0);
}

/* A child changes its own. */
static void check_inherited(void)
{
	struct sigaction old;

	EQ(rt_sigaction(SIGUSR1, NULL, &old, 8), 0);
	EQ(old.handler, handler);
	EQ(old.mask, 5);
	action(SIGUSR1, (void *)test_ignored, 0);
	EQ(rt_sigaction(SIGTERM, NULL, &old, 8), 0);
	EQ(old.handler, SIG_IGN);
	action(SIGTERM, SIG_DFL, 0);
	kill(getpid(), SIGTERM);
}

static void exec_check(void)
{
	char *argv[] = { (char *)self, (char *)"check", NULL };

	execve(self, argv, argv + 2);
}

/* A new program: what was ignored is, the rest is as if never set. */
static int check_exec(void)
{
	struct sigaction old;

	EQ(rt_sigaction(SIGUSR1, NULL, &old, 8), 0);
	EQ(old.handler, SIG_DFL);
	EQ(old.flags, 0);
	EQ(old.mask, 0);
	EQ(rt_sigaction(SIGTERM, NULL, &old, 8), 0);
	EQ(old.handler, SIG_IGN);
	EQ(kill(getpid(), SIGTERM), 0);
	return test_failed;
}

static void test_inherited(void)
{
	struct sigaction act = { .handler = (void *)handler, .mask = 5 };
	struct sigaction old;

	EQ(rt_sigaction(SIGUSR1, &act, NULL, 8), 0);
	action(SIGTERM, SIG_IGN, 0);
	EQ(in_child(check_inherited), SIGTERM);
	EQ(in_child(exec_check), 0);
	EQ(rt_sigaction(SIGUSR1, NULL, &old, 8), 0);
	EQ(old.handler, handler);
	EQ(old.mask, 5);
	EQ(kill(getpid(), SIGTERM), 0);
	action(SIGTERM, SIG_DFL, 0);
}

static int gone(int pid)
{
	int i;

	for (i = 0; i < 1000 && !kill(pid, 0); i++)
		sleep_ms(1);
	return kill(pid, 0) == -ESRCH;
}

static void no_zombies(void)
{
	int pid = fork(), i;

	if (!pid)
		exit(3);
	CHECK(gone(pid));
	EQ(waitpid(pid, NULL, 0), -ECHILD);
	for (i = 0; i < 3; i++) {
		pid = fork();
		if (!pid) {
			sleep_ms(5 * i);
			exit(3);
		}
	}
	EQ(waitpid(-1, NULL, 0), -ECHILD);
	CHECK(gone(pid));
	for (i = 0; i < 300; i++) {
		pid = fork();
		if (!pid)
			exit(3);
		CHECK(pid > 0);
	}
	EQ(waitpid(-1, NULL, 0), -ECHILD);
}

static void child_ignored(void)
{
	action(SIGCHLD, SIG_IGN, 0);
	no_zombies();
}

static void child_not_waited(void)
{
	action(SIGCHLD, SIG_DFL, SA_NOCLDWAIT);
	no_zombies();
}

/* The zombie that is there stays; later ones are zombies again. */
static void child_wanted(void)
{
	int pid = fork(), status;

	if (!pid)
		exit(4);
	sleep_ms(20);
	action(SIGCHLD, SIG_IGN, 0);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 4 << 8);
	action(SIGCHLD, SIG_DFL, 0);
	pid = fork();
	if (!pid)
		exit(5);
	sleep_ms(20);
	EQ(kill(pid, 0), 0);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 5 << 8);
}

static void test_zombies(void)
{
	EQ(in_child(child_ignored), 0);
	EQ(in_child(child_not_waited), 0);
	EQ(in_child(child_wanted), 0);
}

static const struct test tests[] = {
	{ "a blocked signal pends until it is let in", test_pending },
	{ "a pending signal is ignored only if it is then", test_ignored },
	{ "rt_sigaction: all that was set is told again", test_action },
	{ "rt_sigaction: fork copies, execve keeps what is ignored",
	  test_inherited },
	{ "SIGCHLD ignored, or SA_NOCLDWAIT: no zombie is left",
	  test_zombies },
};

int main(int argc, char **argv)
{
	self = argv[0];
	if (argc > 1 && !strcmp(argv[1], "check"))
		return check_exec();
	if (argc > 1) {
		unblock(SIGTERM);
		return 1;
	}
	return run_tests(tests, ARRAY_SIZE(tests));
}
