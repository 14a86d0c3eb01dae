// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Signals that stop a process and let it go on, what its parent is told of
 * that, and the group of processes that has the terminal.
 */
#include "sig.h"

#define WUNTRACED	2
#define WCONTINUED	8
#define SA_NOCLDSTOP	1
#define STOPPED_BY(sig)	((sig) << 8 | 0x7f)
#define CONTINUED	0xffff

static volatile int *shared;
static volatile int calls;
static struct siginfo info;
static int fds[2];

static void note(int sig, struct siginfo *i, void *context)
{
	(void)sig;
	(void)context;
	calls++;
	info = *i;
}

static int start(void (*fn)(void))
{
	int pid = fork();

	if (!pid) {
		fn();
		exit(0);
	}
	sleep_ms(10);
	return pid;
}

static void expect(int pid, int options, int want)
{
	int status = -1;

	EQ(waitpid(pid, &status, options), pid);
	EQ(status, want);
}

static void run(void)
{
	for (;;)
		++*shared;
}

static void test_running(void)
{
	int pid = start(run), at;

	EQ(kill(pid, SIGSTOP), 0);
	expect(pid, WUNTRACED, STOPPED_BY(SIGSTOP));
	EQ(waitpid(pid, NULL, WUNTRACED | WNOHANG), 0);
	at = *shared;
	sleep_ms(30);
	EQ(*shared, at);
	EQ(kill(pid, SIGCONT), 0);
	EQ(waitpid(pid, NULL, WUNTRACED | WNOHANG), 0);
	expect(pid, WCONTINUED, CONTINUED);
	sleep_ms(30);
	CHECK(*shared != at);
	EQ(kill(pid, SIGTSTP), 0);
	expect(pid, WUNTRACED, STOPPED_BY(SIGTSTP));
	EQ(kill(pid, SIGKILL), 0);
	expect(pid, 0, SIGKILL);
}

static void test_ended(void)
{
	int pid = start(run);

	kill(pid, SIGTTIN);
	expect(pid, WUNTRACED, STOPPED_BY(SIGTTIN));
	EQ(kill(pid, SIGTERM), 0);
	sleep_ms(10);
	EQ(waitpid(pid, NULL, WNOHANG), 0);
	EQ(kill(pid, SIGCONT), 0);
	expect(pid, 0, SIGTERM);
}

static void sleep_long(void)
{
	struct timespec ts = { 0, 60000000 };

	exit(nanosleep(&ts, NULL) ? 1 : 7);
}

static void read_one(void)
{
	char c;

	exit(read(fds[0], &c, 1) == 1 ? 8 : 1);
}

/* What comes meanwhile is there afterwards; no call sees that it stopped. */
static void test_waiting(void)
{
	int pid;

	pipe(fds);
	pid = start(sleep_long);
	kill(pid, SIGSTOP);
	expect(pid, WUNTRACED, STOPPED_BY(SIGSTOP));
	sleep_ms(80);
	EQ(waitpid(pid, NULL, WNOHANG), 0);
	kill(pid, SIGCONT);
	expect(pid, 0, 7 << 8);
	pid = start(read_one);
	kill(pid, SIGSTOP);
	expect(pid, WUNTRACED, STOPPED_BY(SIGSTOP));
	EQ(write(fds[1], "x", 1), 1);
	sleep_ms(10);
	EQ(waitpid(pid, NULL, WNOHANG), 0);
	kill(pid, SIGCONT);
	expect(pid, 0, 8 << 8);
	close(fds[0]);
	close(fds[1]);
}

/* Ignored, with a handler, blocked and then not wanted any more. */
static void not_stopped(void)
{
	action(SIGTSTP, SIG_IGN, 0);
	raise(SIGTSTP);
	action(SIGTSTP, (void *)note, SA_SIGINFO);
	raise(SIGTSTP);
	EQ(calls, 1);
	action(SIGTSTP, SIG_DFL, 0);
	set_mask(SIG_BLOCK, SIGTSTP);
	raise(SIGTSTP);
	raise(SIGCONT);
	set_mask(SIG_UNBLOCK, SIGTSTP);
}

static void test_not(void)
{
	calls = 0;
	EQ(in_child(not_stopped), 0);
}

static void test_told(void)
{
	int pid;

	calls = 0;
	action(SIGCHLD, (void *)note, SA_SIGINFO | SA_RESTART);
	pid = start(run);
	kill(pid, SIGSTOP);
	expect(pid, WUNTRACED, STOPPED_BY(SIGSTOP));
	EQ(calls, 1);
	EQ(info.code, 5);
	EQ(info.pid, pid);
	EQ(info.status, SIGSTOP);
	action(SIGCHLD, (void *)note, SA_SIGINFO | SA_NOCLDSTOP);
	kill(pid, SIGCONT);
	sleep_ms(10);
	kill(pid, SIGSTOP);
	expect(pid, WUNTRACED, STOPPED_BY(SIGSTOP));
	EQ(calls, 1);
	action(SIGCHLD, SIG_DFL, 0);
	kill(pid, SIGKILL);
	expect(pid, 0, SIGKILL);
}

static void leave_session(void)
{
	int tty = open("/dev/console", O_RDONLY), group = 1;

	EQ(syscall(66), getpid());
	EQ(ioctl(tty, TIOCGPGRP, &group), -ENOTTY);
	EQ(ioctl(tty, TIOCSPGRP, &group), -ENOTTY);
}

static void test_foreground(void)
{
	int tty = open("/dev/console", O_RDONLY), before, pid, got;

	if (!on_pv86()) {
		skip("this terminal is another's");
		return;
	}
	EQ(ioctl(tty, TIOCSCTTY, NULL), 0);
	EQ(ioctl(tty, TIOCGPGRP, &before), 0);
	pid = start(run);
	EQ(ioctl(tty, TIOCSPGRP, &pid), -EPERM);
	EQ(syscall(57, pid, 0), 0);		/* setpgid */
	EQ(ioctl(tty, TIOCSPGRP, &pid), 0);
	EQ(ioctl(tty, TIOCGPGRP, &got), 0);
	EQ(got, pid);
	got = -1;
	EQ(ioctl(tty, TIOCSPGRP, &got), -EINVAL);
	EQ(ioctl(tty, TIOCSPGRP, NULL), -EFAULT);
	EQ(in_child(leave_session), 0);
	EQ(ioctl(tty, TIOCSPGRP, &before), 0);
	kill(pid, SIGKILL);
	expect(pid, 0, SIGKILL);
	close(tty);
}

static const struct test tests[] = {
	{ "a process that stops does not run until SIGCONT", test_running },
	{ "a stopped process ends when it goes on, by SIGKILL at once",
	  test_ended },
	{ "a system call that waits goes on after a stop", test_waiting },
	{ "a stop is ignored, caught, blocked, and undone by SIGCONT",
	  test_not },
	{ "SIGCHLD tells of a stop, but for SA_NOCLDSTOP", test_told },
	{ "the terminal has a foreground group, of its session",
	  test_foreground },
};

int main(void)
{
	shared = mmap2(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return run_tests(tests, ARRAY_SIZE(tests));
}
