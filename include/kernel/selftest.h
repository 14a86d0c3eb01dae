/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Self-tests that run inside the kernel (tests/kernel/). A test is a function
 * with the property it shows as its name; it fails by EXPECT, which prints the
 * failing condition, and goes on. tests/kernel/selftest.c runs and reports them.
 */
#ifndef KERNEL_SELFTEST_H
#define KERNEL_SELFTEST_H

#include <kernel/kernel.h>

struct selftest {
	const char *name;	/* "area: property" */
	void (*run)(void);
};

#define SELFTEST(fn, property)						\
	static void fn(void);						\
	static const struct selftest selftest_##fn			\
		__used __section(".selftests") = { property, fn };	\
	static void fn(void)

/* A test of the hook layer: in the unhooked build it is skipped, by name. */
#ifdef PV_OFF
#define SELFTEST_HOOKS(fn, property)					\
	static void fn(void) __attribute__((unused));			\
	static const struct selftest selftest_##fn			\
		__used __section(".selftests") = {			\
			property, selftest_skip_unhooked };		\
	static void fn(void)
#else
#define SELFTEST_HOOKS	SELFTEST
#endif

#define EXPECT(cond) do {						\
	if (!(cond))							\
		selftest_fail(#cond, __FILE__, __LINE__);		\
} while (0)

/* Both values are shown, as unsigned 32-bit numbers. */
#define EXPECT_EQ(a, b) do {						\
	u32 __a = (u32)(a), __b = (u32)(b);				\
	if (__a != __b)							\
		selftest_fail_eq(#a " == " #b, __a, __b, __FILE__, __LINE__);\
} while (0)

void selftest_fail(const char *cond, const char *file, int line);
void selftest_fail_eq(const char *cond, u32 a, u32 b, const char *file,
		      int line);
/* The running test is reported as skipped, with the reason. */
void selftest_skip(const char *reason);
void selftest_skip_unhooked(void);

/*
 * Gives the running kernel thread an address space of its own, as those have
 * who get signals. tests/kernel/tasks.c; false: failed, and said so.
 */
bool become_process(void);

/*
 * What the command line asks for instead of init: tests/kernel/. Each ends the
 * machine, with a verdict where there is one.
 */
void __noreturn selftest_main(const char *glob);	/* "": all of them */
void __noreturn bench_main(void);
void __noreturn crash(const char *kind);

#endif
