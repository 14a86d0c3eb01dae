// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * wc: counts the lines, words and bytes of files or of standard input.
 */
#include "lib.h"

static uint32_t total[3];

static int count(const char *name, int fd)
{
	static char buf[4096];
	uint32_t lines = 0, words = 0, bytes = 0;
	int n, i, inside = 0;

	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		bytes += n;
		for (i = 0; i < n; i++) {
			int was = inside;

			inside = !strchr(" \t\n\v\f\r", buf[i]) || !buf[i];
			words += inside && !was;
			lines += buf[i] == '\n';
		}
	}
	if (n < 0)
		return complain("wc", name, n);
	printf("%7u %7u %7u%s%s\n", lines, words, bytes, *name ? " " : "",
	       name);
	total[0] += lines;
	total[1] += words;
	total[2] += bytes;
	return 0;
}

int main(int argc, char **argv)
{
	int i, fd, failed = 0;

	if (argc < 2)
		return count("", 0);
	for (i = 1; i < argc; i++) {
		fd = open(argv[i], O_RDONLY);
		if (fd < 0) {
			failed = complain("wc", argv[i], fd);
			continue;
		}
		failed |= count(argv[i], fd);
		close(fd);
	}
	if (argc > 2)
		printf("%7u %7u %7u total\n", total[0], total[1], total[2]);
	return failed;
}
