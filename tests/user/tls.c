// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Segments that belong to a process: the three thread-local storage entries
 * of the GDT, the LDT, and what may be loaded into segment registers at all.
 * I/O privilege is here too, being the other state that travels with a
 * process and not with its memory.
 */
#include "test.h"

#define ENTRIES		3

static char *self;
static uint32_t storage[8];
static int first;		/* the first of the three entries */

static uint32_t read_gs(uint32_t selector)
{
	uint32_t value;

	asm volatile("movw %w1, %%gs\n\t"
		     "movl %%gs:0, %0" : "=r" (value) : "r" (selector));
	return value;
}

static uint32_t get_gs(void)
{
	uint32_t selector;

	asm volatile("movl %%gs, %0" : "=r" (selector));
	return selector & 0xffff;
}

static struct user_desc describe(int entry, void *base)
{
	struct user_desc desc = {
		.entry_number = entry, .base_addr = (uint32_t)base,
		.limit = 0xfffff, .seg_32bit = 1, .limit_in_pages = 1,
		.useable = 1,
	};

	return desc;
}

static int set_tls(int entry, void *base)
{
	struct user_desc desc = describe(entry, base);

	return set_thread_area(&desc);
}

/* There are two ways to say it: an empty one, and all zero. */
static void clear_tls(int entry, int zero)
{
	struct user_desc desc = {
		.entry_number = entry, .read_exec_only = !zero,
		.seg_not_present = !zero,
	};

	EQ(set_thread_area(&desc), 0);
}

static uint32_t tls_selector(int i)
{
	return (first + i) << 3 | 3;
}

static uint32_t selector;

static void load_gs(void)
{
	asm volatile("movw %w0, %%gs" : : "r" (selector));
	sched_yield();
}

static void test_entries(void)
{
	struct user_desc desc;
	int i;

	for (i = 0; i < ENTRIES; i++) {
		storage[i] = 1000 + i;
		desc = describe(-1, &storage[i]);
		EQ(set_thread_area(&desc), 0);
		if (!i)
			first = desc.entry_number;
		EQ(desc.entry_number, first + i);
	}
	if (on_pv86())
		EQ(first, 6);
	EQ(set_tls(-1, storage), -ESRCH);
	for (i = 0; i < ENTRIES; i++)
		EQ(read_gs(tls_selector(i)), 1000 + i);
	EQ(set_tls(first + 1, &storage[2]), 0);
	EQ(read_gs(tls_selector(1)), 1002);
	for (i = 0; i < 2; i++) {
		clear_tls(first + 2, i);
		selector = tls_selector(2);
		EQ(in_child(load_gs), SIGSEGV);
		desc = describe(-1, &storage[0]);
		EQ(set_thread_area(&desc), 0);
		EQ(desc.entry_number, first + 2);
		EQ(read_gs(tls_selector(2)), 1000);
	}
}

static void test_bad_entries(void)
{
	static const int entries[] = {
		0, 1, 2, 3, 4, 5, 15, 16, 31, 32, 99, 8192, -2, INT32_MIN,
		INT32_MAX,
	};
	struct user_desc desc;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(entries); i++)
		EQ(set_tls(entries[i], storage), -EINVAL);
	desc = describe(first, storage);
	desc.contents = 2;
	EQ(set_thread_area(&desc), -EINVAL);
	desc.contents = 3;
	EQ(set_thread_area(&desc), -EINVAL);
	desc = describe(first, storage);
	desc.seg_32bit = 0;
	EQ(set_thread_area(&desc), -EINVAL);
	desc = describe(first, storage);
	desc.seg_not_present = 1;
	EQ(set_thread_area(&desc), -EINVAL);
}

static void keep_mine(int who)
{
	uint32_t mine = 500 + who, value;
	int i, bad = 0;

	EQ(set_tls(first, &mine), 0);
	EQ(read_gs(tls_selector(0)), mine);
	for (i = 0; i < 100; i++) {
		sched_yield();
		asm volatile("movl %%gs:0, %0" : "=r" (value));
		bad += value != mine || get_gs() != tls_selector(0);
		if (i % 10 == 9)
			sleep_ms(1);
	}
	EQ(bad, 0);
	exit(test_failed);
}

static void test_isolated(void)
{
	int i, status;

	EQ(set_tls(first, &storage[0]), 0);
	for (i = 0; i < 3; i++)
		if (!fork())
			keep_mine(i);
	for (i = 0; i < 50; i++) {
		sched_yield();
		EQ(read_gs(tls_selector(0)), storage[0]);
	}
	while (waitpid(-1, &status, 0) > 0)
		EQ(status, 0);
}

static void check_inherited(void)
{
	uint32_t value;

	EQ(get_gs(), tls_selector(0));
	asm volatile("movl %%gs:0, %0" : "=r" (value));
	EQ(value, storage[0]);
	EQ(read_gs(tls_selector(1)), storage[2]);
	EQ(set_tls(first + 1, &storage[0]), 0);
}

static void test_inherited(void)
{
	EQ(set_tls(first, &storage[0]), 0);
	EQ(set_tls(first + 1, &storage[2]), 0);
	EQ(read_gs(tls_selector(0)), storage[0]);
	EQ(in_child(check_inherited), 0);
	EQ(read_gs(tls_selector(1)), storage[2]);
}

static void exec_self(void)
{
	char *argv[] = { self, (char *)"fresh", NULL };

	read_gs(tls_selector(0));
	EQ(execve(self, argv, argv + 2), 0);
}

/* In a new program: 1 if anything is left of the old one's segments. */
static int is_stale(void)
{
	return get_gs() != 0 || set_tls(-1, storage) != 0;
}

static void test_exec(void)
{
	EQ(set_tls(first, &storage[0]), 0);
	EQ(in_child(exec_self), 0);
}

static void load_ss(void)
{
	asm volatile("movw %w0, %%ss" : : "r" (selector));
}

/* On pv86 the null selector, the TLS entries and the user's segments load. */
static int may_load(int entry)
{
	return !on_pv86() || !entry || (entry >= 6 && entry <= 8) ||
		entry == 14 || entry == 15;
}

static void test_selectors(void)
{
	int entry, rpl, status;

	for (entry = 0; entry < 40; entry++)
		for (rpl = 0; rpl < 4; rpl += 3) {
			selector = entry << 3 | rpl;
			status = in_child(load_gs);
			CHECK(!status || status == SIGSEGV ||
			      status == SIGBUS);
			if (!may_load(entry))
				EQ(status, SIGSEGV);
			status = in_child(load_ss);
			CHECK(!status || status == SIGSEGV ||
			      status == SIGBUS);
		}
	selector = 0xffff;
	EQ(in_child(load_gs), SIGSEGV);
	selector = 0xfffc;
	EQ(in_child(load_gs), SIGSEGV);
}

static void use_null(void)
{
	read_gs(0);
}

static void test_null_selector(void)
{
	EQ(in_child(use_null), SIGSEGV);
}

static int set_ldt(int entry, void *base)
{
	struct user_desc desc = describe(entry, base);

	return modify_ldt(0x11, &desc, sizeof(desc));
}

static void check_ldt(void)
{
	EQ(read_gs(7), storage[3]);
	EQ(set_ldt(0, &storage[4]), 0);
	EQ(read_gs(7), storage[4]);
	sched_yield();
	EQ(read_gs(7), storage[4]);
}

static void test_ldt_of_another(void)
{
	int i, status, pid = fork();

	if (!pid) {
		set_ldt(0, &storage[3]);
		for (;;)
			sched_yield();
	}
	selector = 7;
	for (i = 0; i < 10; i++) {
		sched_yield();
		EQ(in_child(load_gs), SIGSEGV);
	}
	EQ(kill(pid, SIGKILL), 0);
	EQ(waitpid(pid, &status, 0), pid);
}

static void test_ldt(void)
{
	struct user_desc desc = describe(8192, storage);
	uint32_t buf[16];

	EQ(modify_ldt(0, buf, sizeof(buf)), 0);
	selector = 7;
	EQ(in_child(load_gs), SIGSEGV);
	storage[3] = 3003;
	storage[4] = 4004;
	if (set_ldt(0, &storage[3]) == -ENOSYS) {
		skip("modify_ldt is not there");
		return;
	}
	EQ(read_gs(7), storage[3]);
	EQ(in_child(check_ldt), 0);
	EQ(read_gs(7), storage[3]);
	CHECK(modify_ldt(0, buf, sizeof(buf)) >= 8);
	EQ(buf[0], 0xffff | (uint32_t)&storage[3] << 16);
	EQ(modify_ldt(0x11, &desc, sizeof(desc)), -EINVAL);
	desc.entry_number = 1;
	EQ(modify_ldt(0x11, &desc, 4), -EINVAL);
	EQ(modify_ldt(99, &desc, sizeof(desc)), -ENOSYS);
	EQ(modify_ldt(0x11, KERNEL_ADDRESS, sizeof(desc)), -EFAULT);
	/* A 16-bit stack would show a part of the kernel's ESP. */
	desc.seg_32bit = 0;
	if (on_pv86())
		EQ(modify_ldt(0x11, &desc, sizeof(desc)), -EINVAL);
	desc.seg_32bit = 1;
	desc.seg_not_present = 1;
	EQ(modify_ldt(0x11, &desc, sizeof(desc)), 0);
	selector = 0xf;
	EQ(in_child(load_gs), SIGBUS);
	/* One byte at 0 is a segment, but the old call clears with it. */
	desc = (struct user_desc){ .entry_number = 1, .seg_32bit = 1 };
	EQ(modify_ldt(0x11, &desc, sizeof(desc)), 0);
	EQ(in_child(load_gs), 0);
	EQ(modify_ldt(1, &desc, sizeof(desc)), 0);
	EQ(in_child(load_gs), SIGSEGV);
	selector = 0x17;
	EQ(in_child(load_gs), SIGSEGV);
}

/* The selector goes while it is in a register: nothing is left to return to. */
#define LOSE(seg, use)							\
static void lose_##seg(void)						\
{									\
	struct user_desc desc = describe(0, NULL);			\
	long result;							\
									\
	EQ(modify_ldt(0x11, &desc, sizeof(desc)), 0);			\
	desc.seg_not_present = 1;					\
	asm volatile("movw %w5, %%" #seg "\n\t"				\
		     "int $0x80\n\t"					\
		     use						\
		     : "=a" (result)					\
		     : "0" (123), "b" (0x11), "c" (&desc),		\
		       "d" (sizeof(desc)), "r" (7) : "memory");		\
}
LOSE(ds, "movl %%ds:(%%ecx), %%eax")
LOSE(es, "movl %%es:(%%ecx), %%eax")
LOSE(ss, "popl %%eax; pushl %%eax")

static void test_lost(void)
{
	static void (*const lose[])(void) = { lose_ds, lose_es, lose_ss };
	int status;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lose); i++) {
		status = in_child(lose[i]);
		CHECK(status == SIGSEGV || status == SIGBUS);
	}
}

static void write_port(void)
{
	asm volatile("outb %b0, $0x80" : : "a" (0));
}

static void test_iopl(void)
{
	int err = iopl(3);

	if (err == -ENOSYS || err == -EPERM) {
		skip("iopl is not allowed");
		return;
	}
	EQ(err, 0);
	write_port();
	sched_yield();
	EQ(in_child(write_port), 0);
	write_port();
	EQ(iopl(4), -EINVAL);
	EQ(iopl(0), 0);
	EQ(in_child(write_port), SIGSEGV);
}

static const struct test tests[] = {
	{ "set_thread_area: three entries, each with its base",
	  test_entries },
	{ "set_thread_area: EINVAL for what is no data segment of it",
	  test_bad_entries },
	{ "TLS entries are a process's own", test_isolated },
	{ "fork: the child has the same TLS, as a copy", test_inherited },
	{ "execve: a new program has no TLS and an empty gs", test_exec },
	{ "any selector in gs or ss: loaded, or SIGSEGV", test_selectors },
	{ "a use of the null selector is SIGSEGV", test_null_selector },
	{ "modify_ldt: nobody sees another's entries", test_ldt_of_another },
	{ "modify_ldt: an entry of one's own", test_ldt },
	{ "modify_ldt: who takes a segment from under itself dies of it",
	  test_lost },
	{ "iopl: ports are open to this process alone", test_iopl },
};

int main(int argc, char **argv)
{
	if (argc > 1)
		return is_stale();
	self = argv[0];
	return run_tests(tests, ARRAY_SIZE(tests));
}
