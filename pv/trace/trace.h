/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The trace: one event, as the ring has it, and what stubs.S and the two C files
 * know of each other. trace.c tells how it works.
 */
#ifndef PV_TRACE_H
#define PV_TRACE_H

#include <arch/page.h>

#define TRACE_EVENTS	(TRACE_SIZE / 64)	/* a power of two */

/* Offsets into struct trace_event, and into struct task. */
#define TRACE_NUMBER	0
#define TRACE_WHAT	4
#define TRACE_CALLER	8
#define TRACE_PID	12
#define TRACE_COMM	16
#define TRACE_ARGS	24
#define TRACE_RESULT	40
#define TRACE_START	48
#define TRACE_END	56
#define TASK_PID	44
#define TASK_COMM	60

/* The kind of an event, to which its place among the stubs is added. */
#define TRACE_OP	0x0000
#define TRACE_CALL	0x1000
#define TRACE_ENTER	0x2000
#define TRACE_STUB	8		/* bytes: of an operation, of a vector */
#define TRACE_CALL_STUB	32		/* as a hypervisor has them */
#define TRACE_CALLS	64
#define TRACE_UPCALL	256		/* a vector that no CPU has */
/*
 * The stubs' own instructions from one RDTSC, itself included, to the function,
 * and from there to the next.
 */
#define TRACE_OP_BEFORE		7
#define TRACE_OP_AFTER		3
#define TRACE_CALL_BEFORE	13
#define TRACE_CALL_AFTER	4

#ifndef __ASSEMBLY__
#include <pv/backend.h>

struct trace_event {
	u32 number;		/* of this event since the trace began */
	u32 what;
	u32 caller;		/* of an entry: where the CPU's frame is */
	s32 pid;
	char comm[8];		/* without a NUL if longer */
	u32 arg[4];
	u64 result;
	u64 start, end;		/* TSC; end 0: not over, or it has none */
};

/* What is recorded: each operation, and these. */
enum { WANT_ENTER = PV_OPS, WANT_CALL, WANTS };
extern bool trace_wanted[WANTS];

extern u32 trace_count;		/* events since the trace began */
extern u32 trace_end;		/* of them, when it was taken off */
extern u32 trace_ends_lost;	/* overwritten before they ended */
extern const struct pv_backend trace_wrapper;

void trace_report(void);	/* report.c: /proc/pv/trace */

#endif
#endif
