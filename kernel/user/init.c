// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * init: the first process.  The kernel starts it; it gives itself a console,
 * keeps one shell running on it and collects every child whose parent died.
 * It must never end: without process 1 nobody would wait for the rest.
 * What the user sees next is sh.c.
 */
#include "lib.h"

static char *const env[] = { "HOME=/", "PATH=/bin", "TERM=vt100", NULL };

static void open_console(void)
{
	struct stat64 st;
	int fd;

	while (fstat64(0, &st) < 0 || fstat64(1, &st) < 0 ||
	       fstat64(2, &st) < 0) {
		fd = open("/dev/console", O_RDWR);
		if (fd < 0)
			return;
		if (fd > 2) {
			close(fd);
			return;
		}
	}
}

static int start_shell(void)
{
	static char *const argv[] = { "sh", NULL };
	int pid = fork();

	if (!pid)
		exit(complain("init", "/bin/sh", execve("/bin/sh", argv, env)));
	return pid;
}

int main(void)
{
	static const struct timespec second = { 1, 0 };
	struct utsname uts;
	int pid, shell, status;

	open_console();
	uname(&uts);
	printf("%s %s on %s: init is process %d, starting /bin/sh\n",
	       uts.sysname, uts.release, uts.machine, getpid());

	for (;;) {
		shell = start_shell();
		status = 1;
		do {
			pid = waitpid(-1, &status, 0);
		} while (pid > 0 && pid != shell);
		/* A shell that cannot start must not eat all the time. */
		if (shell < 0 || status)
			nanosleep(&second, NULL);
	}
}
