// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cat: copies files, or standard input, to standard output.  The way to look
 * at /proc; "-" stands for standard input.
 */
#include "lib.h"

static char buf[4096];

static int copy(const char *name, int fd)
{
	int n, err;

	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		err = writeall(1, buf, n);
		if (err < 0)
			exit(complain("cat", "write", err));
	}
	return n < 0 ? complain("cat", name, n) : 0;
}

int main(int argc, char **argv)
{
	int i, fd, failed = 0;

	if (argc < 2)
		return copy("-", 0);
	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-")) {
			failed |= copy("-", 0);
			continue;
		}
		fd = open(argv[i], O_RDONLY);
		if (fd < 0) {
			failed |= complain("cat", argv[i], fd);
			continue;
		}
		failed |= copy(argv[i], fd);
		close(fd);
	}
	return failed;
}
