// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * crash=KIND on the command line: bugs on purpose, to show what the kernel
 * does about one. tests/matrix boots each and checks the report.
 */
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/sections.h>
#include <kernel/selftest.h>
#include <kernel/task.h>
#include <kernel/time.h>
#include <pv/pv.h>
#ifndef PV_OFF
#include <pv/backend.h>
#include <xen/hypercall.h>
#endif

static volatile u32 forever = ~0u;	/* the compiler must not know */

static void crash_null(void)
{
	volatile u32 *null = (void *)(forever + 1);

	null[2] = 1;
}

static void crash_bug(void)
{
	BUG_ON("asked for on the command line");
}

static void crash_text(void)
{
	*(volatile u8 *)__text_start = 0;
}

static void crash_rodata(void)
{
	*(volatile u8 *)__rodata_start = 0;
}

static void crash_undef(void)
{
	asm volatile("ud2");
}

static u8 __noinline deeper(volatile u8 *above)
{
	volatile u8 here[256];

	here[0] = above[0] + 1;
	return forever ? deeper(here) + here[0] : 0;
}

static void crash_stack(void)
{
	volatile u8 zero = 0;

	deeper(&zero);
}

/* What only a build with assertions finds. */
#ifdef DEBUG
static struct waitq nobody = WAITQ_INIT(nobody);

static void crash_irqs_on(void)
{
	schedule();
}

static void crash_lazy_open(void)
{
	irq_disable();
	lazy_mmu_begin();
	schedule();
}

static void crash_awake(void)
{
	u64 end = clock_ns() + NSEC_PER_SEC;

	irq_disable();
	timer_add(current, 0);
	irq_enable();
	while (clock_ns() < end)
		;
}

static void crash_queued_twice(void)
{
	irq_disable();
	list_add_tail(&nobody.sleepers, &current->wait.link);
	sleep_on(&nobody);
}

static void crash_irqs_off(void)
{
	irq_disable();
	wake_all(&nobody);
}
#endif

#ifndef PV_OFF
static void crash_missing(void)
{
	((void (*)(void))&pv_missing_stubs[PV_STUB_BYTES * PV_NR_wbinvd])();
}

/* The second of two calls in a batch: machine frame 0 is not ours. */
static void crash_hypercall(void)
{
	lazy_mmu_begin();
	flush_user();
	xen_queue_update(0, 0);
	lazy_mmu_end();
}
#endif

static const struct {
	const char *kind;
	void (*crash)(void);
} kinds[] = {
	{ "null", crash_null }, { "bug", crash_bug }, { "text", crash_text },
	{ "rodata", crash_rodata }, { "undef", crash_undef },
	{ "stack", crash_stack },
#ifdef DEBUG
	{ "irqs-on", crash_irqs_on }, { "irqs-off", crash_irqs_off },
	{ "lazy-open", crash_lazy_open }, { "awake", crash_awake },
	{ "queued-twice", crash_queued_twice },
#endif
#ifndef PV_OFF
	{ "missing", crash_missing }, { "hypercall", crash_hypercall },
#endif
};

static void crash(const char *kind)
{
	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kind, kinds[i].kind))
			kinds[i].crash();
	panic("crash=%s: no such kind, or it did no harm", kind);
}
BOOT_WORD("crash", crash);
