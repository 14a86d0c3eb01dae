/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the host-side tests share. A test program is a table of properties,
 * each with a function that shows it, and ends with TAP_MAIN(table): that is
 * main(), which prints the results as TAP version 13. Inside a function, EQ and
 * CHECK record a failure and go on, and both say whether they held.
 */
#ifndef HOST_TAP_H
#define HOST_TAP_H

#include <stdio.h>
#include <stdlib.h>
#include <kernel/types.h>

#define TAP_LINES	10	/* failures shown of one test */

struct tap_test {
	const char *name;	/* the property */
	void (*run)(void);
};

static u32 tap_failures;
static const char *tap_skipped;

/* True if a line about the failure is to follow. */
static inline bool tap_fail(const char *file, int line, const char *what)
{
	if (++tap_failures > TAP_LINES)
		return false;
	printf("# %s:%d: %s\n", file, line, what);
	return true;
}

static inline bool tap_check(bool ok, const char *file, int line,
			     const char *what)
{
	if (!ok)
		tap_fail(file, line, what);
	return ok;
}

static inline bool tap_eq(u64 got, u64 want, const char *file, int line,
			  const char *what)
{
	if (got != want && tap_fail(file, line, what))
		printf("#   is %#llx, should be %#llx\n",
		       (unsigned long long)got, (unsigned long long)want);
	return got == want;
}

#define CHECK(cond) \
	tap_check(!!(cond), __FILE__, __LINE__, #cond)
#define EQ(got, want) \
	tap_eq((u64)(got), (u64)(want), __FILE__, __LINE__, #got " == " #want)

/* The test ends with this; what it checked until then still counts. */
static inline void tap_skip(const char *reason)
{
	tap_skipped = reason;
}

/* The kernel's. Here the program ends by it, and the tests after that one too. */
void __noreturn panic(const char *fmt, ...);
void __noreturn panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("Bail out! panic: ");
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
	exit(1);
}

/* Returns the exit status. */
static inline int tap_run(const struct tap_test *tests, u32 count)
{
	u32 failed = 0;

	printf("TAP version 13\n");
	for (u32 i = 0; i < count; i++) {
		tap_failures = 0;
		tap_skipped = NULL;
		tests[i].run();
		failed += tap_failures != 0;
		printf("%sok %u - %s", tap_failures ? "not " : "", i + 1,
		       tests[i].name);
		if (tap_skipped)
			printf(" # SKIP %s", tap_skipped);
		printf("\n");
		fflush(stdout);
	}
	printf("1..%u\n", count);
	return failed != 0;
}

/* main(), and with what has to happen before the first and after the last. */
#define TAP_MAIN(tests)		TAP_MAIN_AROUND(tests, (void)0, (void)0)
#define TAP_MAIN_AROUND(tests, before, after)				\
int main(void)								\
{									\
	int status;							\
									\
	before;								\
	status = tap_run(tests, ARRAY_SIZE(tests));			\
	after;								\
	return status;							\
}

#endif
