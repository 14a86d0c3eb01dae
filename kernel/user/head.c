// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * head: the first ten lines, or those of -NUMBER, of a file or of standard
 * input.
 */
#include "lib.h"

static char buf[4096];

int main(int argc, char **argv)
{
	int i = 1, left = 10, fd = 0, n, len;

	if (argc > 1 && argv[1][0] == '-') {
		left = atoi(argv[1] + 1);
		i++;
	}
	if (i < argc) {
		fd = open(argv[i], O_RDONLY);
		if (fd < 0)
			return complain("head", argv[i], fd);
	}
	while (left > 0 && (n = read(fd, buf, sizeof(buf))) > 0) {
		for (len = 0; len < n && left > 0; len++)
			left -= buf[len] == '\n';
		if (writeall(1, buf, len) < 0)
			return 1;
	}
	return 0;
}
