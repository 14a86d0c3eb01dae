// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hexdump: the bytes of a file or of standard input, sixteen a line, as
 * numbers and as text.
 */
#include "lib.h"

static void dump(uint32_t offset, const uint8_t *p, int n)
{
	char hex[16 * 3 + 1], text[17];
	int i;

	for (i = 0; i < 16; i++) {
		hex[i * 3] = i < n ? "0123456789abcdef"[p[i] >> 4] : ' ';
		hex[i * 3 + 1] = i < n ? "0123456789abcdef"[p[i] & 15] : ' ';
		hex[i * 3 + 2] = ' ';
		text[i] = i >= n ? '\0' : p[i] < 32 || p[i] > 126 ? '.' : p[i];
	}
	hex[16 * 3] = '\0';
	text[16] = '\0';
	printf("%08x  %s |%s|\n", offset, hex, text);
}

int main(int argc, char **argv)
{
	uint32_t offset = 0;
	uint8_t buf[16];
	int fd = 0, len = 0, n;

	if (argc > 1) {
		fd = open(argv[1], O_RDONLY);
		if (fd < 0)
			return complain("hexdump", argv[1], fd);
	}
	while ((n = read(fd, buf + len, sizeof(buf) - len)) > 0) {
		len += n;
		if (len < (int)sizeof(buf))
			continue;
		dump(offset, buf, len);
		offset += len;
		len = 0;
	}
	if (len)
		dump(offset, buf, len);
	return n < 0;
}
