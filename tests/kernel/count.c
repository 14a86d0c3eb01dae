// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A backend that counts how often each interrupt operation is called. All else
 * is as in native, its base. `pv=count` boots on it, /proc/pv/stats has the
 * counts. Sites call these functions at every level: a function that counts
 * can't be replaced by the bare instruction. Lab 1 (scripts/labs) is to write it.
 */
#ifndef PV_OFF
#include <kernel/file.h>
#include <native/native.h>
#include "pv_test.h"

#define PV_OP(group, name, class, ret, params)			\
	PV_TYPE_##class(ret) ret counting_##name(PV_PROTO_##params);
#include <pv/ops.def>

static u32 called[PV_OPS];	/* since boot */

u32 __pv_keeps counting_save_fl(void)
{
	called[PV_NR_save_fl]++;
	return native_save_fl();
}

void __pv_keeps counting_restore_fl(u32 flags)
{
	called[PV_NR_restore_fl]++;
	native_restore_fl(flags);
}

void __pv_keeps counting_irq_disable(void)
{
	called[PV_NR_irq_disable]++;
	native_irq_disable();
}

void __pv_keeps counting_irq_enable(void)
{
	called[PV_NR_irq_enable]++;
	native_irq_enable();
}

void counting_safe_halt(void)
{
	called[PV_NR_safe_halt]++;
	native_safe_halt();
}

void counting_halt(void)
{
	called[PV_NR_halt]++;
	native_halt();
}

static const struct pv_ops counting_ops = {
	.save_fl = counting_save_fl,
	.restore_fl = counting_restore_fl,
	.irq_disable = counting_irq_disable,
	.irq_enable = counting_irq_enable,
	.safe_halt = counting_safe_halt,
	.halt = counting_halt,
};

static void fill(struct pv_impl impl[PV_OPS])
{
	pv_fill(impl, &counting_ops);
}

static void show_counts(struct seq *s)
{
	for (u32 op = 0; op < PV_OPS; op++)
		if (((const u32 *)&counting_ops)[op])
			seq_printf(s, "called_%s %u\n", pv_op_info[op].name,
				   called[op]);
}

static const struct pv_backend counting = {
	.name = "count", .base = &pv_native, .fill = fill, .stats = show_counts,
};
PV_BACKEND(counting);

SELFTEST(count_table, "count: the backend has functions of its own for the "
	 "interrupt operations alone")
{
	static struct pv_impl native[PV_OPS], impl[PV_OPS];

	pv_native.fill(native);
	pv_native.fill(impl);
	counting.fill(impl);
	for (u32 op = 0; op < PV_OPS; op++) {
		bool irq = !strcmp(pv_op_info[op].group, "irq");

		EXPECT_OP(op, irq == (impl[op].fn != native[op].fn));
		EXPECT_OP(op, impl[op].inlined == (irq ? PV_CALLED : PV_NATIVE));
	}
}

/* With interrupts off nobody else calls any. A failure that is printed does. */
static void check_counts(void)
{
	u32 before[PV_OPS], after[PV_OPS], flags;

	pend_timer();
	memcpy(before, called, sizeof(before));
	flags = save_fl();
	irq_disable();
	irq_disable();
	restore_fl(flags);
	memcpy(after, called, sizeof(after));
	safe_halt();
	irq_enable();
	EXPECT_EQ(after[PV_NR_save_fl], before[PV_NR_save_fl] + 1);
	EXPECT_EQ(after[PV_NR_irq_disable], before[PV_NR_irq_disable] + 2);
	EXPECT_EQ(after[PV_NR_restore_fl], before[PV_NR_restore_fl] + 1);
	EXPECT(called[PV_NR_safe_halt] > before[PV_NR_safe_halt]);
	EXPECT(called[PV_NR_irq_enable] > before[PV_NR_irq_enable]);
}

SELFTEST(count_calls, "count: each call of an interrupt operation is counted, "
	 "at every level")
{
	if (pv_backend == &counting && !pv_wrapper)
		at_each_level(check_counts);
	else
		selftest_skip("another backend, or a wrapper");
}

#endif /* PV_OFF */
