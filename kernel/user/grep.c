// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * grep: the lines of files or of standard input that contain a text, or with
 * -v those that do not.  The text is no pattern: "grep cli /proc/pv/sites".
 * Lines beyond the buffer's size are treated in pieces.
 */
#include "lib.h"

static char buf[4096];
static int inverse, found;

/* Returns where the first unfinished line begins. */
static size_t match_lines(const char *text, size_t len, int last)
{
	size_t start = 0, end;

	while (start < len) {
		for (end = start; end < len && buf[end] != '\n'; end++)
			;
		if (end == len && !last)
			break;
		buf[end] = '\0';
		if ((strstr(buf + start, text) == NULL) == inverse) {
			found = 1;
			buf[end] = '\n';
			writeall(1, buf + start, end + 1 - start);
		}
		start = end + 1;
	}
	return start < len ? start : len;
}

static int grep(const char *text, const char *name, int fd)
{
	size_t len = 0, done;
	int n;

	while ((n = read(fd, buf + len, sizeof(buf) - 1 - len)) > 0) {
		len += n;
		done = match_lines(text, len, 0);
		if (!done && len == sizeof(buf) - 1)
			done = match_lines(text, len, 1);
		len -= done;
		memmove(buf, buf + done, len);
	}
	match_lines(text, len, 1);
	return n < 0 ? complain("grep", name, n) : 0;
}

int main(int argc, char **argv)
{
	int i = 1, fd, failed = 0;
	const char *text;

	if (argc > 1 && !strcmp(argv[1], "-v")) {
		inverse = 1;
		i++;
	}
	if (i >= argc)
		return complain("grep", "text", EINVAL) + 1;
	text = argv[i++];
	if (i == argc)
		failed = grep(text, "-", 0);
	for (; i < argc; i++) {
		fd = open(argv[i], O_RDONLY);
		if (fd < 0) {
			failed = complain("grep", argv[i], fd);
			continue;
		}
		failed |= grep(text, argv[i], fd);
		close(fd);
	}
	return failed ? 2 : !found;
}
