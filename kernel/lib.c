// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory and strings: what a C library would give. arch/i386/lib.c has those
 * parts of it for which the CPU has an instruction.
 */
#include <kernel/kernel.h>

void *memmove(void *dst, const void *src, size_t n)
{
	u8 *d = dst;
	const u8 *s = src;

	if (d <= s || d >= s + n)
		return memcpy(dst, src, n);
	while (n--)
		d[n] = s[n];
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	for (size_t i = 0; i < n; i++)
		if (x[i] != y[i])
			return x[i] - y[i];
	return 0;
}

size_t strlen(const char *s)
{
	const char *end = s;

	while (*end)
		end++;
	return end - s;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, ~(size_t)0);
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++)
		if (*a != *b || !*a)
			return (u8)*a - (u8)*b;
	return 0;
}

char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++)
		if (!*s)
			return NULL;
	return (char *)s;
}

size_t strlcpy(char *dst, const char *src, size_t size)
{
	size_t len = strlen(src), n = min(len, size - 1);

	memcpy(dst, src, n);
	dst[n] = '\0';
	return len;
}

bool glob_match(const char *glob, const char *s)
{
	const char *star = NULL, *retry = NULL;

	while (*s) {
		if (*glob == '*') {
			star = ++glob;
			retry = s;
		} else if (*glob == *s) {
			glob++;
			s++;
		} else if (star) {
			glob = star;
			s = ++retry;
		} else {
			return false;
		}
	}
	while (*glob == '*')
		glob++;
	return !*glob;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

u32 parse_u32(const char *s, const char **end)
{
	int base = 10;
	u32 n = 0;

	if (s[0] == '0' && (s[1] | 0x20) == 'x' && digit(s[2]) < 16) {
		base = 16;
		s += 2;
	}
	for (; digit(*s) < base; s++)
		n = n * base + digit(*s);
	if (end)
		*end = s;
	return n;
}

#ifdef __OPTIMIZE_SIZE__
/*
 * What clang -Oz calls for shifts of 64 bits by 0 to 63. In halves, or they
 * would call themselves.
 */
u64 __ashldi3(u64 n, u32 by);
u64 __lshrdi3(u64 n, u32 by);

u64 __ashldi3(u64 n, u32 by)
{
	u32 lo = (u32)n, hi = (u32)(n >> 32);

	if (by >= 32)
		return (u64)(lo << (by - 32)) << 32;
	return (u64)(hi << by | lo >> 1 >> (31 - by)) << 32 | lo << by;
}

u64 __lshrdi3(u64 n, u32 by)
{
	u32 lo = (u32)n, hi = (u32)(n >> 32);

	if (by >= 32)
		return hi >> (by - 32);
	return (u64)(hi >> by) << 32 | (lo >> by | hi << 1 << (31 - by));
}
#endif
