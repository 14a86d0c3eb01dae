// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The formats of kernel/vsnprintf.c: where the host's printf knows one, the text
 * must be the same. Buffers have their exact size, so that the sanitizer sees
 * a write past their end.
 */
#include "klib.h"

/* Without the attribute that would have the compiler refuse %pS. */
static int format(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = k_vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return len;
}

static void differs(const char *fmt, const char *got, const char *want)
{
	printf("#   \"%s\": \"%s\", should be \"%s\"\n", fmt, got, want);
}

#define SAME(fmt, ...) do {						\
	char got[128], want[128];					\
	int len = snprintf(want, sizeof(want), fmt, __VA_ARGS__);	\
	bool ok = EQ(format(got, sizeof(got), fmt, __VA_ARGS__), len);	\
									\
	if (!EQ(strcmp(got, want), 0) || !ok)				\
		differs(fmt, got, want);				\
} while (0)

#define BECOMES(want, ...) do {						\
	char got[128];							\
	bool ok = EQ(format(got, sizeof(got), __VA_ARGS__), strlen(want)); \
									\
	if (!EQ(strcmp(got, want), 0) || !ok)				\
		differs(#__VA_ARGS__, got, want);			\
} while (0)

static void edges(void)
{
	SAME("%d %d %d", 0, -1, 1);
	SAME("%d %d", 0x7fffffff, (int)0x80000000);
	SAME("%u %x %X", 0xffffffff, 0xdeadbeef, 0xdeadbeef);
	SAME("%lld %lld", 0x7fffffffffffffffll, (long long)(1ull << 63));
	SAME("%llu %llx %llX", ~0ull, 0x123456789abcdefull, ~0ull - 1);
	SAME("%05d|%5d|%-5d|%1d", -42, -42, -42, -12345);
	SAME("%c%c%c", 'a', '%', 'z');
	SAME("%3c|%-3c|", 'a', 'b');
	SAME("100%% of %s", "it");
	SAME("%s|%7s|%-7s|%2s", "text", "text", "text", "text");
	SAME("%s", "");
	SAME("plain%s", "");
}

/* Every flag, width, length and conversion of a number, with random values. */
static void random_numbers(void)
{
	for (u32 n = 0; n < 50000; n++) {
		u64 value = ((u64)rnd() << 32 | rnd()) >> rnd() % 64;
		bool wide = rnd() % 2;
		char fmt[32], got[128], want[128];
		char width[8] = "";
		int len;

		if (rnd() % 2)
			snprintf(width, sizeof(width), "%u", 1 + rnd() % 40);
		if (rnd() % 4 == 0)
			value = -value;
		snprintf(fmt, sizeof(fmt), "<%%%s%s%s%s%c>",
			 n & 1 ? "0" : "", n & 2 ? "-" : "", width,
			 wide ? "ll" : "", "duxX"[n / 4 % 4]);
		if (wide) {
			len = snprintf(want, sizeof(want), fmt, value);
			EQ(format(got, sizeof(got), fmt, value), len);
		} else {
			len = snprintf(want, sizeof(want), fmt, (u32)value);
			EQ(format(got, sizeof(got), fmt, (u32)value), len);
		}
		if (!EQ(strcmp(got, want), 0))
			differs(fmt, got, want);
	}
}

/* Whatever the size: no byte after it, an end, and the whole length. */
static void every_size(void)
{
	static const char *const whole = "<0000abcd|  -7|word|%>";
	size_t len = strlen(whole);

	for (size_t size = 0; size <= len + 2; size++) {
		char *buf = malloc(size);

		EQ(format(buf, size, "<%08x|%4d|%s|%%>", 0xabcd, -7, "word"),
		   len);
		if (size) {
			size_t n = size <= len ? size - 1 : len;

			EQ(memcmp(buf, whole, n), 0);
			EQ(buf[n], '\0');
		}
		free(buf);
	}
	EQ(format(NULL, 0, "%d", 12345), 5);
}

static void arguments_keep_step(void)
{
	SAME("%d %llx %c %s %llu %u", -1, 1ull << 40, 'c', "s", ~0ull, 2u);
}

static void pointers(void)
{
	BECOMES("c0101234", "%p", (void *)0xc0101234);
	BECOMES("00000000 0000001f", "%p %p", (void *)NULL, (void *)0x1f);
	BECOMES("c0101010 S", "%p S", (void *)0xc0101010);
}

static void symbols(void)
{
	BECOMES("one_function+0x0", "%pS", (void *)0xc0101000);
	BECOMES("[one_function+0xff]", "[%pS]", (void *)0xc01010ff);
	BECOMES("0xc0101100 5", "%pS %d", (void *)0xc0101100, 5);
}

static void odd_formats(void)
{
	BECOMES("", "%s", "");
	BECOMES("(null)", "%s", (char *)NULL);
	BECOMES("50", "50%");
}

static bool console_is(const char *want)
{
	bool same = console_len == strlen(want) &&
		    !memcmp(console, want, console_len);

	console_len = 0;
	return same;
}

static void lines_end_in_cr_lf(void)
{
	console_len = 0;
	printk("no end");
	CHECK(console_is("no end"));
	printk("\n");
	CHECK(console_is("\r\n"));
	printk("%d\n\n%s\nrest", 1, "two");
	CHECK(console_is("1\r\n\r\ntwo\r\nrest"));
	printk("%s", "");
	CHECK(console_is(""));
}

/* A line may be cut; memory after the buffer may not be printed. */
static void long_lines(void)
{
	char text[600];

	for (u32 len = 200; len < sizeof(text); len++) {
		memset(text, 'x', len);
		text[len] = '\0';
		console_len = 0;
		printk("%s", text);
		CHECK(console_len == len || console_len >= 200);
		CHECK(console_len <= len);
		EQ(memcmp(console, text, console_len), 0);
	}
}

static const struct tap_test tests[] = {
	{ "printk: numbers, characters and strings look like the host's",
	  edges },
	{ "printk: all flags and widths with random numbers", random_numbers },
	{ "printk: a buffer of any size is kept to and ended", every_size },
	{ "printk: arguments of all sizes are taken in step",
	  arguments_keep_step },
	{ "printk: %p has eight digits", pointers },
	{ "printk: %pS is function+offset, or the bare address", symbols },
	{ "printk: no format reads what is not there", odd_formats },
	{ "printk: lines end in CR LF", lines_end_in_cr_lf },
	{ "printk: a line that is too long is cut", long_lines },
};

TAP_MAIN(tests)
