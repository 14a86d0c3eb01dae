// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Process groups: who belongs to which, and the calls that mean a group by 0
 * or a negative number.
 */
#include "test.h"

static const char *null_path;

static int setpgid(int pid, int group)
{
	return syscall(57, pid, group);
}

static int getpgid(int pid)
{
	return syscall(132, pid);
}

/* A child that waits to be killed, in a group: 0 is its own. */
static int sleeper(int group)
{
	int pid = fork();

	if (!pid) {
		sleep_ms(100000);
		exit(1);
	}
	EQ(setpgid(pid, group), 0);
	return pid;
}

static void wait_killed(int pid, int sig)
{
	int status = -1;

	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, sig);
}

static void inherit(void)
{
	EQ(getpgid(0), getpgid(getppid()));
	EQ(syscall(65), getpgid(0));
	EQ(setpgid(0, 0), 0);
	EQ(getpgid(0), getpid());
	EQ(getpgid(getpid()), getpid());
	EQ(setpgid(getpid(), getpid()), 0);
}

static void test_inherit(void)
{
	int group = getpgid(0);

	EQ(in_child(inherit), 0);
	EQ(getpgid(0), group);
}

static void test_set(void)
{
	char *argv[] = { (char *)null_path, NULL };
	int group = getpgid(0), a = sleeper(0), b = sleeper(a), pid;

	EQ(getpgid(a), a);
	EQ(getpgid(b), a);
	EQ(setpgid(b, group), 0);
	EQ(getpgid(b), group);
	EQ(setpgid(a, -1), -EINVAL);
	EQ(setpgid(INT32_MAX, -1), -EINVAL);
	EQ(setpgid(INT32_MAX, 0), -ESRCH);
	EQ(setpgid(-5, 0), -EINVAL);
	EQ(setpgid(getppid(), 0), -ESRCH);
	EQ(setpgid(a, INT32_MAX), -EPERM);
	EQ(getpgid(INT32_MAX), -ESRCH);
	EQ(getpgid(-5), -ESRCH);
	kill(a, SIGKILL);
	kill(b, SIGKILL);
	wait_killed(a, SIGKILL);
	wait_killed(b, SIGKILL);
	/* A child that runs another program is on its own. */
	pid = vfork();
	if (!pid) {
		execve(null_path, argv, argv + 1);
		exit(1);
	}
	EQ(setpgid(pid, 0), -EACCES);
	wait_killed(pid, 0);
}

static void kill_own_group(void)
{
	int other = sleeper(0), pid;

	EQ(setpgid(0, 0), 0);
	pid = sleeper(getpid());
	EQ(kill(0, 0), 0);
	EQ(getpgid(pid), getpid());
	kill(other, SIGKILL);
	wait_killed(other, SIGKILL);
	if (!test_failed)
		kill(0, SIGUSR1);
}

static void test_kill(void)
{
	int a = sleeper(0), b = sleeper(a), c = sleeper(0);

	EQ(kill(-a, 0), 0);
	EQ(kill(-b, SIGKILL), -ESRCH);
	EQ(kill(-a, SIGTERM), 0);
	wait_killed(a, SIGTERM);
	wait_killed(b, SIGTERM);
	EQ(kill(-a, SIGTERM), -ESRCH);
	EQ(waitpid(c, NULL, WNOHANG), 0);
	EQ(kill(-c, SIGKILL), 0);
	wait_killed(c, SIGKILL);
	EQ(in_child(kill_own_group), SIGUSR1);
}

static void test_wait(void)
{
	int a = sleeper(0), b = sleeper(a), c = sleeper(getpgid(0)), status;

	EQ(waitpid(-a, NULL, WNOHANG), 0);
	EQ(waitpid(0, NULL, WNOHANG), 0);
	EQ(waitpid(-b, NULL, WNOHANG), -ECHILD);
	kill(a, SIGKILL);
	kill(c, SIGTERM);
	EQ(waitpid(0, &status, 0), c);
	EQ(status, SIGTERM);
	EQ(waitpid(0, NULL, 0), -ECHILD);
	EQ(waitpid(-a, &status, 0), a);
	EQ(waitpid(-a, NULL, WNOHANG), 0);
	kill(b, SIGKILL);
	EQ(waitpid(-a, &status, 0), b);
	EQ(waitpid(-a, NULL, 0), -ECHILD);
}

static void test_all(void)
{
	int a, b;

	if (!on_pv86() || getppid() != 1) {
		skip("others are here too");
		return;
	}
	a = sleeper(0);
	b = sleeper(a);
	EQ(kill(-1, 0), 0);
	EQ(kill(-1, SIGTERM), 0);
	wait_killed(a, SIGTERM);
	wait_killed(b, SIGTERM);
	EQ(kill(-1, SIGTERM), -ESRCH);
}

static const struct test tests[] = {
	{ "fork: the child is in its parent's group, and may leave it",
	  test_inherit },
	{ "setpgid: of oneself and of children, to groups that there are",
	  test_set },
	{ "kill: -1 is everybody but process 1 and the caller", test_all },
	{ "kill: a group, and one's own", test_kill },
	{ "waitpid: children of a group, and of one's own", test_wait },
};

int main(int argc, char **argv)
{
	(void)argc;
	null_path = beside(argv[0], "null");
	return run_tests(tests, ARRAY_SIZE(tests));
}
