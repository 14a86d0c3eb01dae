// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * echo: prints its arguments with a space between them and, without -n, a
 * newline after them.  One write for the whole line, so that lines of several
 * processes do not mix; hence the limit of its length.
 */
#include "lib.h"

static char line[4096];

int main(int argc, char **argv)
{
	int i, newline = 1;
	size_t len = 0, n;

	i = 1;
	if (argc > 1 && !strcmp(argv[1], "-n")) {
		newline = 0;
		i++;
	}
	for (; i < argc; i++) {
		n = strlen(argv[i]);
		if (n > sizeof(line) - len - 2)
			return complain("echo", "line", E2BIG);
		memcpy(line + len, argv[i], n);
		len += n;
		if (i + 1 < argc)
			line[len++] = ' ';
	}
	if (newline)
		line[len++] = '\n';
	return writeall(1, line, len) < 0;
}
