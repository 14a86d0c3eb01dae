/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Self-tests that run inside the kernel (tests/kernel/). A test is a function
 * with the property it shows as its name; it fails by EXPECT, which prints the
 * failing condition, and goes on. tests/kernel/selftest.c runs and reports them.
 */
#ifndef KERNEL_SELFTEST_H
#define KERNEL_SELFTEST_H

#include <kernel/kernel.h>
#include <pv/pv.h>

struct selftest {
	const char *name;	/* "area: property" */
	void (*run)(void);
};

extern const struct selftest __selftests[], __selftests_end[];

#define SELFTEST(fn, property)						\
	static void fn(void);						\
	static const struct selftest selftest_##fn			\
		__used __section(".selftests") = { property, fn };	\
	static void fn(void)

/* A test of the hook layer: in the unhooked build it is skipped, by name. */
#ifdef PV_OFF
#define SELFTEST_HOOKS(fn, property)					\
	static void fn(void) __unused;					\
	static const struct selftest selftest_##fn			\
		__used __section(".selftests") = {			\
			property, selftest_skip_unhooked };		\
	static void fn(void)
#else
#define SELFTEST_HOOKS	SELFTEST
#endif

void selftest_fail(const char *what, int line, const char *file);
void selftest_fail_eq(const char *what, u32 a, u32 b, int line,
		      const char *file);

/*
 * Tests have hundreds of these. So they are short calls, and the name of the
 * file stands once, in two functions that each file has for itself.
 */
static __noinline __unused void expected(const char *what, int line)
{
	selftest_fail(what, line, __BASE_FILE__);
}

static __noinline __unused void expect_eq(u32 a, u32 b, const char *what,
					  int line)
{
	if (a != b)
		selftest_fail_eq(what, a, b, line, __BASE_FILE__);
}

/* What is missing, in words. */
#define FAIL(what)		expected(what, __LINE__)

#define EXPECT(cond) do {						\
	if (!(cond))							\
		FAIL(#cond);						\
} while (0)

/* Both values are shown, as unsigned 32-bit numbers. */
#define EXPECT_EQ(a, b)							\
	expect_eq((u32)(a), (u32)(b), #a " == " #b, __LINE__)

/* The running test is reported as skipped, with the reason. */
void selftest_skip(const char *reason);
void selftest_skip_unhooked(void);

/* Whether what the bare instruction does is what the backend does. */
__inline_always bool on_a_pc(void)
{
	return strncmp(pv_name(), "xen", 3);
}

/*
 * Gives the running kernel thread an address space of its own, as those have
 * who get signals, and takes it away. tests/kernel/tasks.c; false: failed, and
 * said so.
 */
bool become_process(void);
void leave_process(void);

#endif
