// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A wrapper that measures how long interrupts are off; only `bench=longest`
 * installs it. Each operation that turns interrupts on or off takes the time; a
 * gate turns them off too, and of those the first operation after it does: less
 * than a hundred instructions are missing, and the watching itself adds some.
 */
#include <arch/cpu.h>
#include <pv/backend.h>
#include "pv_test.h"

#ifndef PV_OFF

static u32 under[PV_OPS];	/* the functions of the backend that was booted */
static u32 passes;		/* of the patcher so far */
static u32 off_since __used;	/* TSC; 0: interrupts are on */
static u32 longest;

u32 longest_irqs_off(void)
{
	return longest;
}

/* No site may stand here: the patcher comes through. */
void watch_irqs(u32 op, u32 argument);

void watch_irqs(u32 op, u32 argument)
{
	u32 now = ((u32 (*)(void))under[PV_NR_rdtsc])();

	if (((u32 (*)(void))under[PV_NR_save_fl])() & EFLAGS_IF)
		return;
	if (!off_since)
		off_since = now;
	/* A pass tells itself how long it takes. */
	if (passes == pv_patch_stats.passes)
		longest = max(longest, now - off_since);
	passes = pv_patch_stats.passes;
	if (op == PV_NR_irq_enable || op == PV_NR_safe_halt ||
	    (op == PV_NR_restore_fl && argument & EFLAGS_IF))
		off_since = 0;
}

/* Keeps all registers, whatever the operation's class; then it is its turn. */
#define STUB(name)							\
static __attribute__((naked)) void watch_##name(void)			\
{									\
	asm volatile("pushal\n\t"					\
		     "mov	%%eax, %%edx\n\t"			\
		     "mov	%0, %%eax\n\t"				\
		     "call	watch_irqs\n\t"				\
		     "popal\n\t"					\
		     "jmp	*%c1"					\
		     : : "i" (PV_NR_##name), "i" (&under[PV_NR_##name])); \
}
STUB(irq_enable)
STUB(restore_fl)
STUB(safe_halt)
/* The first code after a gate. */
STUB(read_cr2)
STUB(clock_ns)
STUB(inb)

static __attribute__((naked)) void watch_irq_disable(void)
{
	asm volatile("pushal\n\t"
		     "call	*%c1\n\t"
		     "mov	%0, %%eax\n\t"
		     "call	watch_irqs\n\t"
		     "popal\n\t"
		     "ret"
		     : : "i" (PV_NR_irq_disable),
		     "i" (&under[PV_NR_irq_disable]));
}

/* DS may be the user's here. The irq_disable before it has taken the time. */
static __attribute__((naked)) void watch_iret(void)
{
	asm volatile("testl	%0, 8(%%esp)\n\t"
		     "jz	1f\n\t"
		     "movl	$0, %%ss:off_since\n"
		     "1:	jmp	*%%cs:%c1"
		     : : "i" (EFLAGS_IF), "i" (&under[PV_NR_iret]));
}

static void fill(struct pv_impl impl[PV_OPS])
{
	static const struct {
		u32 op;
		void (*fn)(void);
	} watched[] = {
		{ PV_NR_irq_enable, watch_irq_enable },
		{ PV_NR_restore_fl, watch_restore_fl },
		{ PV_NR_safe_halt, watch_safe_halt },
		{ PV_NR_read_cr2, watch_read_cr2 },
		{ PV_NR_clock_ns, watch_clock_ns },
		{ PV_NR_inb, watch_inb },
		{ PV_NR_irq_disable, watch_irq_disable },
		{ PV_NR_iret, watch_iret },
	};

	for (u32 op = 0; op < PV_OPS; op++)
		under[op] = impl[op].fn;
	for (u32 i = 0; i < ARRAY_SIZE(watched); i++)
		impl[watched[i].op] = (struct pv_impl){
			.fn = (u32)watched[i].fn
		};
}

static const struct pv_backend watcher = {
	.name = "watch", .wrapper = true, .fill = fill,
};
PV_BACKEND(watcher);

#endif /* PV_OFF */
