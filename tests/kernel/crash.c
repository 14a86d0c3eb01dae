// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * crash=KIND on the command line: bugs on purpose, to show what the kernel
 * does about one. tests/matrix boots each and checks the report.
 */
#include <kernel/kernel.h>
#include <kernel/sections.h>
#include <kernel/selftest.h>
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

#ifndef PV_OFF
static void crash_missing(void)
{
	pv_op_info[PV_NR_wbinvd].missing();
}

/* The second of two calls in a batch: machine frame 0 is not ours. */
static void crash_hypercall(void)
{
	lazy_mmu_begin();
	flush_tlb_user();
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
#ifndef PV_OFF
	{ "missing", crash_missing }, { "hypercall", crash_hypercall },
#endif
};

void crash(const char *kind)
{
	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kind, kinds[i].kind))
			kinds[i].crash();
	panic("crash=%s: no such kind, or it did no harm", kind);
}
