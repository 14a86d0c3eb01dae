// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kernel/lib.c, next to the host's C library: same arguments, same results.
 * Where that has no such function (glob_match, strlcpy, div64, parse_u32), a
 * plain one here stands in. Strings lie in heap blocks of their exact size, so
 * that the sanitizer sees a read past their end. printk.c goes on with
 * formatted output.
 */
#include "klib.h"

/* A string of up to `max` letters of `alphabet`. */
static char *random_string(const char *alphabet, u32 max)
{
	u32 len = rnd() % (max + 1);
	char *s = malloc(len + 1);

	for (u32 i = 0; i < len; i++)
		s[i] = alphabet[rnd() % strlen(alphabet)];
	s[len] = '\0';
	return s;
}

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

/* Any two places in a block, any length: the result and nothing else. */
static void memory_moves(void)
{
	u8 got[64], want[64];

	for (u32 n = 0; n < 20000; n++) {
		u32 len = rnd() % 33, to = rnd() % 32, from = rnd() % 32;

		for (u32 i = 0; i < sizeof(got); i++)
			got[i] = want[i] = (u8)rnd();
		switch (n % 3) {
		case 0:
			CHECK(k_memmove(got + to, got + from, len) == got + to);
			memmove(want + to, want + from, len);
			break;
		case 1:
			len %= 17;
			to %= 16;
			from = 32 + from % 16;
			CHECK(k_memcpy(got + to, got + from, len) == got + to);
			memcpy(want + to, want + from, len);
			break;
		case 2:
			CHECK(k_memset(got + to, (int)(from * 0x155), len) ==
			      got + to);
			memset(want + to, (int)(from * 0x155), len);
			break;
		}
		EQ(memcmp(got, want, sizeof(got)), 0);
	}
}

static void memory_compares(void)
{
	for (u32 n = 0; n < 20000; n++) {
		size_t len = rnd() % 9;
		u8 *a = malloc(len), *b = malloc(len);

		for (u32 i = 0; i < len; i++) {
			a[i] = (u8)rnd();
			b[i] = rnd() % 8 ? a[i] : (u8)rnd();
		}
		EQ(sign(k_memcmp(a, b, len)), sign(memcmp(a, b, len)));
		free(a);
		free(b);
	}
}

static void strings_compare(void)
{
	for (u32 n = 0; n < 20000; n++) {
		char *a = random_string("ab\xff", 6);
		char *b = random_string("ab\xff", 6);
		size_t len = rnd() % 9;
		int c = "abx\xff"[rnd() % 5];

		EQ(k_strlen(a), strlen(a));
		EQ(sign(k_strcmp(a, b)), sign(strcmp(a, b)));
		EQ(sign(k_strncmp(a, b, len)), sign(strncmp(a, b, len)));
		CHECK(k_strchr(a, c) == strchr(a, c));
		free(a);
		free(b);
	}
}

/* No byte after the first difference, or after n, is read. */
static void strncmp_stops(void)
{
	char a[2] = { 'a', 'b' }, b[2] = { 'a', 'b' };

	EQ(k_strncmp(a, b, 2), 0);
	EQ(k_strncmp(a, b, 0), 0);
	b[1] = 'c';
	CHECK(k_strncmp(a, b, 100) < 0);
}

static void strlcpy_ends(void)
{
	for (u32 n = 0; n < 20000; n++) {
		char *s = random_string("abc", 8);
		size_t size = 1 + rnd() % 11, len = strlen(s), copied;
		char *to = malloc(size);

		memset(to, 'x', size);
		EQ(k_strlcpy(to, s, size), len);
		copied = len < size ? len : size - 1;
		EQ(memcmp(to, s, copied), 0);
		EQ(to[copied], '\0');
		for (size_t i = copied + 1; i < size; i++)
			EQ(to[i], 'x');
		free(to);
		free(s);
	}
}

/* Tries all that a star could stand for. */
static bool matches(const char *glob, const char *s)
{
	if (!*glob)
		return !*s;
	if (*glob == '*')
		return matches(glob + 1, s) || (*s && matches(glob, s + 1));
	return *glob == *s && matches(glob + 1, s + 1);
}

static void globs(void)
{
	u32 matched = 0;

	for (u32 n = 0; n < 50000; n++) {
		char *glob = random_string("aab**", 6);
		char *s = random_string("aab", 8);
		bool want = matches(glob, s);

		matched += want;
		if (!EQ(glob_match(glob, s), want))
			printf("#   glob \"%s\", text \"%s\"\n", glob, s);
		free(glob);
		free(s);
	}
	CHECK(matched > 5000 && matched < 45000);
}

static void number(const char *s, u32 want, u32 used)
{
	char *copy = strdup(s);
	const char *end = NULL;
	bool ok;

	ok = EQ(parse_u32(copy, &end), want);
	ok = EQ(end - copy, used) && ok;
	if (!ok)
		printf("#   of \"%s\"\n", s);
	free(copy);
}

static void numbers(void)
{
	char text[32];

	number("0", 0, 1);
	number("1", 1, 1);
	number("0x1f", 0x1f, 4);
	number("0xDEADbeef", 0xdeadbeef, 10);
	number("4294967295", 0xffffffff, 10);
	number("0xffffffff", 0xffffffff, 10);
	number("12ab", 12, 2);
	number("0x12g", 0x12, 4);
	number("7,8", 7, 1);
	number("9 ", 9, 1);
	for (u32 n = 0; n < 20000; n++) {
		u32 value = rnd() >> rnd() % 32;
		int len = snprintf(text, sizeof(text), n % 2 ? "%u" : "0x%x",
				   value);

		number(text, value, (u32)len);
	}
}

/* The caller sees that nothing was a number. */
static void no_numbers(void)
{
	number("", 0, 0);
	number("abc", 0, 0);
	number("-1", 0, 0);
	number(" 1", 0, 0);
}

static void divides(void)
{
	static const u32 edges[] = {
		1, 2, 3, 10, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe,
		0xffffffff,
	};

	for (u32 n = 0; n < 200000; n++) {
		u64 num = ((u64)rnd() << 32 | rnd()) >> rnd() % 64;
		u32 d = rnd() >> rnd() % 32, rem = 0;

		if (n % 2)
			d = edges[rnd() % ARRAY_SIZE(edges)];
		if (n % 4 == 1)
			num = (u64)edges[rnd() % ARRAY_SIZE(edges)] << 32 |
			      edges[rnd() % ARRAY_SIZE(edges)];
		if (n == 1)
			num = ~0ull;
		d += !d;
		EQ(div64(num, d, &rem), num / d);
		EQ(rem, num % d);
		EQ(div64(num, d, NULL), num / d);
	}
}

static const struct tap_test tests[] = {
	{ "lib: memcpy, memmove and memset change those bytes alone",
	  memory_moves },
	{ "lib: memcmp compares unsigned bytes", memory_compares },
	{ "lib: string functions agree with the host's", strings_compare },
	{ "lib: strncmp reads no further than it must", strncmp_stops },
	{ "lib: strlcpy cuts, ends the string and tells the whole length",
	  strlcpy_ends },
	{ "lib: a star stands for any run of characters", globs },
	{ "lib: numbers have the base that their prefix says", numbers },
	{ "lib: where no number begins none is taken", no_numbers },
	{ "lib: div64 gives quotient and remainder of all sizes", divides },
};

TAP_MAIN(tests)
