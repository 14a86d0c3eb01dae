// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The trace, where the kernel itself can count: no event is lost in silence, and
 * no register. What the lines say is for the rows trace of tests/matrix.
 */
#include <trace/trace.h>
#include "pv_test.h"

#define MANY		(TRACE_EVENTS + 100)

extern u32 trace_count, trace_ends_lost, trace_below[TRACE_IRET + 1][2];

#ifndef PV_OFF
/* The ring is taken when it is first needed, and stays: not in a test. */
static void take_ring(const char *value)
{
	const struct pv_backend *was = pv_wrapper ?: pv_backend;

	pv_set_backend(pv_find_installable("trace"));
	pv_set_backend(was);
}
BOOT_WORD("selftest", take_ring);
#endif

/* Interrupts would add events of their own. */
static u32 events_of(u32 calls)
{
	u32 flags = irq_save(), before = trace_count;

	while (calls--)
		read_cr0();
	before = trace_count - before;
	restore_fl(flags);
	return before;
}

SELFTEST_HOOKS(trace_counts, "trace: each call of an operation is an event, and "
	       "while it is off none is")
{
	const char *name = in_use();

	go_to_backend("trace");
	EXPECT_EQ(events_of(1), 1);
	EXPECT_EQ(events_of(MANY), MANY);
	go_to_backend(pv_backend->name);
	EXPECT_EQ(events_of(MANY), 0);
	go_to_backend(name);
}

static u64 long_wall_clock(void)
{
	events_of(MANY);
	return 0;
}

SELFTEST_HOOKS(trace_ends, "trace: an event that is overwritten before it ends is "
	       "counted, and spoils no other")
{
	const char *name = in_use();
	u32 below;

	go_to_backend("trace");
	below = trace_below[PV_NR_wall_clock][0];
	trace_below[PV_NR_wall_clock][0] = (u32)long_wall_clock;
	wall_clock();
	EXPECT_EQ(trace_ends_lost, 1);
	trace_below[PV_NR_wall_clock][0] = below;
	EXPECT(wall_clock() > 0);
	EXPECT_EQ(trace_ends_lost, 1);
	go_to_backend(name);
}

/* Those that do the same each time and may lose none but their result. */
static const u8 quiet[] = {
	PV_NR_save_fl, PV_NR_irq_enable, PV_NR_get_pte, PV_NR_pte_frame,
};

SELFTEST_HOOKS(trace_registers, "trace: no operation loses a register by it, nor "
	       "its result")
{
	const char *name = in_use();

	for (u32 i = 0; i < ARRAY_SIZE(quiet); i++) {
		struct cpu_regs regs[2];

		for (u32 on = 0; on < 2; on++) {
			go_to_backend(on ? "trace" : pv_backend->name);
			regs[on] = (struct cpu_regs){
				(u32)kernel_pte(DATA_VA), 2, 3, 4, 5, 6, 7
			};
			run_code(((const u32 *)&pv_ops)[quiet[i]], &regs[on]);
			regs[on].eax &= quiet[i] == PV_NR_save_fl ? EFLAGS_IF : ~0u;
		}
		EXPECT_OP(quiet[i], !memcmp(&regs[0], &regs[1], sizeof(*regs)));
	}
	go_to_backend(name);
}
