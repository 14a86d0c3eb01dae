// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The life of processes: fork, what a child inherits, how it ends and what
 * its parent learns of that, waiting, orphans, vfork.  What a fault or a
 * signal does is in signals.c; exec in detail is in exec.c.
 */
#include "test.h"

#define CROWD		200
#define MANY		1000

static const char *null_path;

static int wait_for(int pid)
{
	int status = -1;

	EQ(waitpid(pid, &status, 0), pid);
	return status;
}

static void test_status(void)
{
	static const int codes[] = { 0, 1, 2, 127, 128, 254, 255, 256, -1 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(codes); i++) {
		int pid = fork();

		if (!pid)
			exit(codes[i]);
		EQ(wait_for(pid), (codes[i] & 0xff) << 8);
	}
}

static void test_old_exit(void)
{
	int pid = fork();

	if (!pid)
		syscall(1, 77);
	EQ(wait_for(pid), 77 << 8);
}

/* How many processes this one and its descendants are. */
static int tree(int levels)
{
	int i, sum = 1;

	for (i = 0; i < 2 && levels > 1; i++) {
		int pid = fork();

		if (!pid)
			exit(tree(levels - 1));
		sum += WEXITSTATUS(wait_for(pid));
	}
	return sum;
}

static void test_tree(void)
{
	EQ(tree(6), 63);
}

static void test_wait_any(void)
{
	int pids[10], seen[10] = { 0 }, i, pid, status;

	for (i = 0; i < 10; i++) {
		pids[i] = fork();
		if (!pids[i])
			exit(i + 1);
	}
	while ((pid = waitpid(-1, &status, 0)) > 0) {
		i = WEXITSTATUS(status) - 1;
		CHECK(i >= 0 && i < 10);
		EQ(pid, pids[i]);
		seen[i]++;
	}
	EQ(pid, -ECHILD);
	for (i = 0; i < 10; i++)
		EQ(seen[i], 1);
}

static void test_wait_one(void)
{
	int first = fork(), second;

	if (!first)
		exit(1);
	second = fork();
	if (!second)
		exit(2);
	EQ(wait_for(second), 2 << 8);
	EQ(waitpid(second, NULL, 0), -ECHILD);
	EQ(waitpid(0, NULL, 0), first);
	EQ(waitpid(first, NULL, 0), -ECHILD);
}

static void test_wait_nohang(void)
{
	int fds[2], pid, status = 99;
	struct rusage ru;
	char c;

	pipe(fds);
	pid = fork();
	if (!pid) {
		close(fds[1]);
		read(fds[0], &c, 1);
		exit(3);
	}
	EQ(waitpid(pid, &status, WNOHANG), 0);
	EQ(wait4(-1, &status, WNOHANG, NULL), 0);
	EQ(status, 99);
	close(fds[0]);
	close(fds[1]);
	memset(&ru, 0xff, sizeof(ru));
	EQ(wait4(pid, &status, 0, &ru), pid);
	EQ(status, 3 << 8);
	CHECK(ru.ru_utime.tv_sec >= 0 && ru.ru_stime.tv_sec >= 0);
}

static void grandchild(void)
{
	int pid = fork();

	if (!pid) {
		sleep_ms(1);
		exit(0);
	}
	EQ(waitpid(getppid(), NULL, 0), -ECHILD);
	wait_for(pid);
}

static void test_wait_strangers(void)
{
	EQ(in_child(grandchild), 0);
	EQ(waitpid(-1, NULL, 0), -ECHILD);
}

/* The state letter in /proc/PID/stat; 0 if there is no such process. */
static char state_of(int pid)
{
	char path[32] = "/proc/", buf[200], *p = path + 6;
	int fd, n, unit = 1;

	while (unit <= pid / 10)
		unit *= 10;
	for (; unit; unit /= 10)
		*p++ = '0' + pid / unit % 10;
	memcpy(p, "/stat", 6);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return 0;
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	buf[n < 0 ? 0 : n] = '\0';
	p = strstr(buf, ") ");
	return p ? p[2] : '?';
}

static void test_zombie(void)
{
	int pid = fork();

	if (!pid)
		exit(5);
	while (state_of(pid) != 'Z')
		sleep_ms(1);
	EQ(kill(pid, SIGKILL), 0);
	EQ(wait_for(pid), 5 << 8);
	EQ(state_of(pid), 0);
	EQ(kill(pid, 0), -ESRCH);
}

static void test_orphan(void)
{
	int fds[2], pid, parent = 0;

	pipe(fds);
	pid = fork();
	if (!pid) {
		if (!fork()) {
			pid = getppid();
			while (getppid() == pid)
				sleep_ms(1);
			parent = getppid();
			write(fds[1], &parent, sizeof(parent));
		} else {
			/* The grandchild asks for its parent meanwhile. */
			sleep_ms(5);
		}
		exit(0);
	}
	close(fds[1]);
	EQ(wait_for(pid), 0);
	EQ(read(fds[0], &parent, sizeof(parent)), sizeof(parent));
	CHECK(parent != pid && parent > 0);
	if (on_pv86())
		EQ(parent, 1);
	EQ(waitpid(-1, NULL, 0), -ECHILD);
	close(fds[0]);
}

static void test_vfork(void)
{
	int fds[2], pid;
	char c[2];

	pipe(fds);
	pid = vfork();
	if (!pid) {
		sleep_ms(20);
		write(fds[1], "c", 1);
		exit(9);
	}
	write(fds[1], "p", 1);
	EQ(wait_for(pid), 9 << 8);
	EQ(read(fds[0], c, 2), 2);
	EQ(c[0], 'c');
	EQ(c[1], 'p');
	close(fds[0]);
	close(fds[1]);
}

static int vfork_exec(void)
{
	char *argv[] = { (char *)null_path, NULL };
	int pid = vfork();

	if (!pid) {
		execve(null_path, argv, argv + 1);
		exit(1);
	}
	return pid;
}

static void test_vfork_exec(void)
{
	for (int i = 0; i < 20; i++)
		EQ(wait_for(vfork_exec()), 0);
}

static void test_vfork_killed(void)
{
	int fds[2], pid, child;

	pipe(fds);
	pid = fork();
	if (!pid) {
		if (!vfork()) {
			child = getpid();
			write(fds[1], &child, sizeof(child));
			sleep_ms(1000000);
			exit(0);
		}
		exit(0);
	}
	EQ(read(fds[0], &child, sizeof(child)), sizeof(child));
	EQ(kill(pid, SIGKILL), 0);
	EQ(wait_for(pid), SIGKILL);
	EQ(kill(child, SIGKILL), 0);
	close(fds[1]);
	EQ(read(fds[0], &child, 1), 0);
	close(fds[0]);
}

static void test_files(void)
{
	int fd = open(null_path, O_RDONLY), fds[2], pid;
	char c = 0;

	pipe(fds);
	lseek(fd, 1, SEEK_SET);
	pid = fork();
	if (!pid) {
		EQ(read(fd, &c, 1), 1);
		EQ(c, 'E');
		EQ(close(fd), 0);
		EQ(dup2(fds[1], fd), fd);
		EQ(write(fd, "x", 1), 1);
		exit(test_failed);
	}
	EQ(wait_for(pid), 0);
	EQ(read(fd, &c, 1), 1);
	EQ(c, 'L');
	EQ(read(fds[0], &c, 1), 1);
	EQ(c, 'x');
	close(fd);
	close(fds[0]);
	close(fds[1]);
}

static void check_cwd(void)
{
	char cwd[16];

	EQ(getcwd(cwd, sizeof(cwd)), 5);
	EQ(strcmp(cwd, "/dev"), 0);
	EQ(chdir("/"), 0);
	EQ(getcwd(cwd, sizeof(cwd)), 2);
}

static void test_cwd(void)
{
	char cwd[16];

	EQ(chdir("/dev"), 0);
	EQ(in_child(check_cwd), 0);
	EQ(getcwd(cwd, sizeof(cwd)), 5);
	chdir("/");
}

static void test_crowd(void)
{
	int fds[2], i, n, pid;
	char c;

	pipe(fds);
	for (n = 0; n < CROWD; n++) {
		pid = fork();
		if (pid < 0)
			break;
		if (!pid) {
			close(fds[1]);
			read(fds[0], &c, 1);
			exit(0);
		}
	}
	CHECK(n == CROWD || pid == -EAGAIN || pid == -ENOMEM);
	CHECK(n > 20);
	EQ(waitpid(-1, NULL, WNOHANG), 0);
	close(fds[0]);
	close(fds[1]);
	for (i = 0; waitpid(-1, NULL, 0) > 0; i++)
		;
	EQ(i, n);
}

/* KiB of memory that are free, as /proc/meminfo says in its second line. */
static int free_memory(void)
{
	char buf[200] = "", *p;
	int fd = open("/proc/meminfo", O_RDONLY);

	read(fd, buf, sizeof(buf) - 1);
	close(fd);
	p = strstr(buf, "MemFree:") + 8;
	while (*p == ' ')
		p++;
	return atoi(p);
}

static void test_full(void)
{
	static int n;		/* not in a register: vfork */
	int fds[2], i, pid;
	char c;

	if (!on_pv86() || free_memory() < 100000) {
		skip("needs pv86 and 100 MB");
		return;
	}
	pipe(fds);
	while ((pid = fork()) > 0)
		n++;
	if (!pid) {
		close(fds[1]);
		read(fds[0], &c, 1);
		exit(0);
	}
	EQ(pid, -EAGAIN);
	if (pid == -EAGAIN)
		EQ(vfork(), -EAGAIN);
	CHECK(n > 1300 && n < 1365);
	close(fds[0]);
	close(fds[1]);
	for (i = 0; waitpid(-1, NULL, 0) > 0; i++)
		;
	EQ(i, n);
}

static void test_many(void)
{
	char *argv[] = { (char *)null_path, NULL };
	int i, pid, status, bad = 0;

	for (i = 0; i < MANY && !bad; i++) {
		pid = fork();
		if (!pid) {
			execve(null_path, argv, argv + 1);
			exit(1);
		}
		bad = waitpid(pid, &status, 0) != pid || status;
	}
	EQ(i, MANY);
	EQ(bad, 0);
}

static const struct test tests[] = {
	{ "exit: the low eight bits of the status reach the parent",
	  test_status },
	{ "exit: the call of one thread ends the process too", test_old_exit },
	{ "fork: a tree of 63 processes", test_tree },
	{ "waitpid: any child, each of ten exactly once", test_wait_any },
	{ "waitpid: one child before another", test_wait_one },
	{ "wait4: WNOHANG while the child lives, rusage", test_wait_nohang },
	{ "waitpid: neither parents nor grandchildren",
	  test_wait_strangers },
	{ "a child that ended is a zombie until waited for", test_zombie },
	{ "an orphan gets another parent, on pv86 process 1", test_orphan },
	{ "vfork: the parent goes on when the child has ended", test_vfork },
	{ "vfork and execve, 20 in a row", test_vfork_exec },
	{ "vfork: the parent can be killed before the child has ended",
	  test_vfork_killed },
	{ "fork: files are inherited with their position", test_files },
	{ "fork: the working directory is inherited", test_cwd },
	{ "fork: 200 children at once, or a clean refusal", test_crowd },
	{ "fork: 1,300 children at once; EAGAIN when there is no room for more",
	  test_full },
	{ "1,000 times fork, execve, exit, wait", test_many },
};

int main(int argc, char **argv)
{
	(void)argc;
	null_path = beside(argv[0], "null");
	return run_tests(tests, ARRAY_SIZE(tests));
}
