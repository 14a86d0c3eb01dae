// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs the self-tests of the booted kernel and reports them in KTAP version 1:
 * first the functions marked SELFTEST, then each program in /tests of the
 * initrd, whose own results are a nested report. After each of them as many
 * pages must be free as before.
 */
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/selftest.h>
#include <kernel/task.h>
#include <pv/pv.h>

#define PROGRAMS	"/tests"

extern const struct selftest __selftests[], __selftests_end[];

static bool failed;
static const char *skipped;
static u32 number, failures;

void selftest_fail(const char *what, int line, const char *file)
{
	failed = true;
	printk("# %s:%d: expected %s\n", file, line, what);
}

void selftest_fail_eq(const char *what, u32 a, u32 b, int line,
		      const char *file)
{
	failed = true;
	printk("# %s:%d: expected %s: %u (0x%x), %u (0x%x)\n", file, line,
	       what, a, a, b, b);
}

void selftest_skip(const char *reason)
{
	skipped = reason;
}

void selftest_skip_unhooked(void)
{
	selftest_skip("this build has no hooks");
}

static void report(const char *name)
{
	failures += failed;
	printk("%sok %u %s%s%s\n", failed ? "not " : "", ++number, name,
	       skipped ? " # SKIP " : "", skipped ? skipped : "");
}

/* Orphans of a test may still be on their way out. */
static void reap_all(void)
{
	int status;

	while (do_wait(-1, 0, &status) > 0)
		;
}

static void run_one(const char *name, void (*run)(const void *),
		    const void *arg)
{
	u32 before, after;

	failed = false;
	skipped = NULL;
	drain_caches();
	before = pages_free();
	run(arg);
	reap_all();
	drain_caches();
	after = pages_free();
	if (before != after) {
		printk("# pages free before: %u, after: %u\n", before, after);
		failed = true;
	}
	report(name);
}

static void run_function(const void *arg)
{
	((const struct selftest *)arg)->run();
}

static void exec_program(void *arg)
{
	const char *const argv[] = { arg, NULL };

	files_open_console();
	do_exit(kernel_exec(arg, argv) ? 127 << 8 : 0);
}

static void run_program(const void *arg)
{
	const struct entry *program = arg;
	char path[64];
	int status;
	struct task *t;

	snprintf(path, sizeof(path), PROGRAMS "/%s", program->name);
	t = kthread_create(program->name, exec_program, path);
	if (!t || do_wait(t->pid, 0, &status) < 0) {
		FAIL("the program starts");
		return;
	}
	EXPECT_EQ(status, 0);
}

/* Three serve other purposes; links and directories are data. */
static bool is_test(const struct entry *e)
{
	return S_ISREG(e->inode->mode) && (e->inode->mode & 0111) &&
	       strcmp(e->name, "bench") && strcmp(e->name, "null") &&
	       strcmp(e->name, "stalls");
}

static struct list *programs(void)
{
	static struct list none = LIST_INIT(none);
	int err;
	struct inode *dir = lookup(PROGRAMS, true, &err);

	return dir ? &dir->children : &none;
}

static u32 plan(const char *glob)
{
	const struct selftest *t;
	struct entry *e;
	u32 n = 0;

	for (t = __selftests; t < __selftests_end; t++)
		n += glob_match(glob, t->name);
	list_for_each(e, programs(), link)
		n += is_test(e) && glob_match(glob, e->name);
	return n + list_empty(programs());
}

static void selftest_main(const char *all_or_glob)
{
	const struct selftest *t;
	struct entry *e;
	char glob[64];

	strlcpy(glob, *all_or_glob ? all_or_glob : "*", sizeof(glob));
	printk("KTAP version 1\n1..%u\n", plan(glob));
	for (t = __selftests; t < __selftests_end; t++)
		if (glob_match(glob, t->name))
			run_one(t->name, run_function, t);
	list_for_each(e, programs(), link)
		if (is_test(e) && glob_match(glob, e->name))
			run_one(e->name, run_program, e);
	if (list_empty(programs())) {
		failed = false;
		skipped = "no " PROGRAMS " in the initrd";
		report("user programs");
	}
	if (!number)
		printk("# no test has a name that matches %s\n", glob);
	printk("# %u tests, %u failed\n", number, failures);
	shutdown(SHUTDOWN_POWEROFF,
		 failures || !number ? STATUS_TESTS_FAILED : STATUS_OK);
	panic("shutdown returned");
}
BOOT_WORD("selftest", selftest_main);
