// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench on the command line: what the hot operations cost at their sites,
 * and then the program /tests/bench. bench=longest: how long interrupts are off
 * and a task keeps the CPU in the kernel while others wait, in the program
 * /tests/stalls. One TSC cycle is one instruction under QEMU's -icount shift=0;
 * scripts/bench.sh makes the table.
 */
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/selftest.h>
#include <kernel/task.h>
#include <kernel/time.h>
#include <kernel/uaccess.h>
#ifdef PV_OFF
#include "pv_test.h"
#else
#include "xen_test.h"
#endif

#define CALLS		4		/* in a row, without a loop */
#define ROUNDS		20
#define SHORT_SLICE_NS	10000

/* Made so far. */
static u32 hypercalls(void)
{
#ifdef PV_OFF
	return 0;
#else
	return pv_backend->hypercalls ? pv_backend->hypercalls() : 0;
#endif
}

static pte_t scratch[2];
static u32 word;

/* Each row: a name, and one call of the operation. */
#define HOT_OPS(row)							\
	row(irq_disable, irq_disable())					\
	row(irq_enable, irq_enable())					\
	row(save_fl, word = save_fl())					\
	row(restore_fl, restore_fl(word))				\
	row(read_cr0, word = read_cr0())				\
	row(write_cr0, write_cr0(word))					\
	row(read_cr2, word = read_cr2())				\
	row(read_cr3, word = read_cr3())				\
	row(write_cr3, write_cr3(word))					\
	row(read_cr4, word = read_cr4())				\
	row(clts, clts())						\
	row(rdtsc, word = (u32)rdtsc())					\
	row(inb, word = inb(0x61))					\
	row(outb, outb(0, 0x80))					\
	row(get_pte, word = (u32)get_pte(&scratch[0]))			\
	row(set_pte, set_pte(&scratch[0], 0))				\
	row(clear_pte, clear_pte(&scratch[0]))				\
	row(flush_tlb_page, flush_tlb_page(PATCH_VA))			\
	row(load_esp0, load_esp0(word, 0))					\
	row(lazy_mmu, lazy_mmu_begin(); lazy_mmu_end())

#define REPEAT(x)	x; x; x; x

/* Arguments stay in registers; a result costs the store to `word`. */
#define DEFINE(name, call)						\
static void __noinline run_##name(u32 rounds)				\
{									\
	while (rounds--) {						\
		REPEAT(call);					\
	}								\
}
HOT_OPS(DEFINE)
DEFINE(nothing, barrier())

static const struct row {
	const char *name;
	void (*run)(u32 rounds);
} rows[] = {
#define ROW(name, call) { #name, run_##name },
	HOT_OPS(ROW)
};

/* What each operation needs to find in `word`, to do no harm. */
static u32 harmless(const char *name)
{
	if (!strcmp(name, "write_cr0"))
		return read_cr0();
	if (!strcmp(name, "write_cr3"))
		return read_cr3();
	return !strcmp(name, "load_esp0") ? current->stack + KSTACK_SIZE : 0;
}

/* Cycles of CALLS calls: two lengths of loop, so that the rest cancels out. */
static u32 measure(const struct row *row)
{
	u64 start, one, many;

	row->run(1);
	start = rdtsc();
	row->run(1);
	one = rdtsc() - start;
	start = rdtsc();
	row->run(1 + ROUNDS);
	many = rdtsc() - start;
	/* With nothing in it, the compiler may leave the loop away. */
	return many > one ? (u32)div64(many - one, ROUNDS, NULL) : 0;
}

static void bench_ops(void)
{
	static const struct row nothing = { "nothing", run_nothing };
	u32 loop = measure(&nothing);

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		u32 flags = irq_save(), best = ~0u, total = 0;
		u32 calls = hypercalls();

		word = harmless(rows[i].name);
		for (int n = 0; n < 4; n++) {
			u32 cost = measure(&rows[i]);

			/* A call that is not there lets the loop be shorter. */
			cost = cost > loop ? cost - loop : 0;

			best = min(best, cost);
			total += cost;
		}
		calls = (hypercalls() - calls) * 100 /
			(4 * CALLS * (3 + ROUNDS));
		irq_disable();
		restore_fl(flags);
		printk("BENCH op_%s %u.%02u %u.%02u\n", rows[i].name,
		       best / CALLS, best % CALLS * 100 / CALLS,
		       total / 4 / CALLS, total / 4 % CALLS * 100 / CALLS);
		if (hypercalls())
			printk("HYPERCALLS op_%s %u.%02u\n", rows[i].name,
			       calls / 100, calls % 100);
	}
}

#ifndef PV_OFF
/* A machine entry for the page that is there already: nothing changes. */
static void run_update_va_mapping(u32 rounds)
{
	u64 value = xen_maddr(&word) & ~(u64)(PAGE_SIZE - 1);

	value |= PTE_P | PTE_W | PTE_A | PTE_D | pte_nx;
	while (rounds--) {
		REPEAT(xen_call(XEN_NR_update_va_mapping, (u32)&word,
				(u32)value, (u32)(value >> 32), XEN_UVMF_NONE));
	}
}

static void run_xen_version(u32 rounds)
{
	while (rounds--) {
		REPEAT(xen_call(XEN_NR_xen_version, 0, 0, 0, 0));
	}
}

/* The kernel reads where nothing is, and is told so: the fault and its return. */
static void run_fault_bounce(u32 rounds)
{
	u32 value;

	while (rounds--) {
		REPEAT(copy_from_user(&value, (const void *)PAGE_SIZE, 4));
	}
}

/* What the hypervisor takes for it; a fault has its price without one too. */
static void bench_hypercalls(void)
{
	static const struct row calls[] = {
		{ "fault_bounce", run_fault_bounce },
		{ "xen_version", run_xen_version },
		{ "update_va_mapping", run_update_va_mapping },
	};

	for (u32 i = 0; i < (on_xen() ? ARRAY_SIZE(calls) : 1); i++) {
		u32 flags = irq_save(), cost = measure(&calls[i]);

		restore_fl(flags);
		printk("COST %s %u\n", calls[i].name, cost / CALLS);
	}
}
#else
static void bench_hypercalls(void)
{
}
#endif

static void exec_bench(void *path)
{
	const char *const argv[] = { path, NULL };

	files_open_console();
	do_exit(kernel_exec(argv[0], argv) ? 127 << 8 : 0);
}

static int run_program(char *path)
{
	struct task *t = kthread_create("bench", exec_bench, path);
	int status = -1;

	if (t)
		do_wait(t->pid, 0, &status);
	return status;
}

#ifndef PV_OFF
static u32 longest;		/* wait for the CPU, in cycles */

/* It always wants to run, and is not pre-empted itself. */
static void wait_for_turns(void *unused)
{
	for (;;) {
		u32 before = (u32)rdtsc();

		yield();
		longest = max(longest, (u32)rdtsc() - before);
	}
}

static void show_longest(struct seq *s)
{
	seq_printf(s, "%u\n", longest);
	longest = 0;
}

/*
 * Slices are short: a wait is then little more than the most that a task does
 * in the kernel before it lets others run. An idle CPU ends the old slice.
 */
static int bench_longest(void)
{
	int status;

	slice_ns = SHORT_SLICE_NS;
	sleep_until(clock_ns() + NSEC_PER_MSEC);
	pv_set_backend(pv_find_installable("watch"));
	if (!proc_add("longest", show_longest) ||
	    !kthread_create("turns", wait_for_turns, NULL))
		return -ENOMEM;
	status = run_program("/tests/stalls");
	printk("LONGEST irqs_off %u\n", longest_irqs_off());
	pv_set_backend(pv_backend);
	pv_set_level(PV_LEVEL_OFF);
	pv_set_level(PV_LEVEL_INLINE);
	printk("LONGEST patch_pass %u\n", (u32)pv_patch_stats.cycles);
	return status;
}
#else
static int bench_longest(void)
{
	return -1;
}
#endif

static void bench_main(const char *what)
{
	int status;

	if (!strcmp(what, "longest")) {
		status = bench_longest();
	} else {
		bench_ops();
		bench_hypercalls();
		status = run_program("/tests/bench");
	}
	shutdown(SHUTDOWN_POWEROFF,
		 status ? STATUS_TESTS_FAILED : STATUS_OK);
	panic("shutdown returned");
}
BOOT_WORD("bench", bench_main);
