// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ps: the processes, from the first four fields of /proc/PID/stat, which are
 * "pid (name) state parent".  The name may contain anything, so the last
 * bracket ends it.
 */
#include "lib.h"

static void show(const char *pid)
{
	char path[32] = "/proc/", buf[256], *name, *end, *p;
	size_t len = strlen(pid);
	int fd, n;

	if (len > 10)
		return;
	memcpy(path + 6, pid, len);
	memcpy(path + 6 + len, "/stat", 6);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return;		/* it has ended since */
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	buf[n < 0 ? 0 : n] = '\0';
	name = strchr(buf, '(');
	end = NULL;
	for (p = name; p && *p; p++)
		if (*p == ')')
			end = p;
	if (!end || strlen(end) < 5)
		return;
	*end = '\0';
	printf("%5s %5d %c %s\n", pid, atoi(end + 4), end[2], name + 1);
}

int main(void)
{
	static char buf[2048];
	int fd = open("/proc", O_RDONLY | O_DIRECTORY), n, pos;
	struct dirent64 *d;

	if (fd < 0)
		return complain("ps", "/proc", fd);
	printf("  PID  PPID S NAME\n");
	while ((n = getdents64(fd, buf, sizeof(buf))) > 0) {
		for (pos = 0; pos < n; pos += d->d_reclen) {
			d = (struct dirent64 *)(buf + pos);
			if (d->d_name[0] >= '0' && d->d_name[0] <= '9')
				show(d->d_name);
		}
	}
	return 0;
}
