/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The trace: one event, as the ring has it, and what stubs.S and the two C files
 * know of each other. trace.c tells how it works.
 */
#ifndef PV_TRACE_H
#define PV_TRACE_H

#include <arch/page.h>

#define TRACE_EVENTS	(TRACE_SIZE / 64)	/* a power of two */

/* Offsets into struct trace_event and struct task, for assembly. */
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

/* What an event is: the kind, and which of the kind times its stubs' size. */
#define TRACE_OP	0x0000
#define TRACE_CALL	0x1000
#define TRACE_ENTER	0x2000
#define TRACE_KIND	0xf000
#define TRACE_STUB	8		/* of an operation, of a vector */
#define TRACE_CALL_STUB	32		/* as a hypervisor's are */
#define TRACE_CALLS	64
/* Instructions of the stubs from one RDTSC to the function, and to the next. */
#define TRACE_OP_BEFORE		5
#define TRACE_OP_AFTER		3
#define TRACE_CALL_BEFORE	8
#define TRACE_CALL_AFTER	3
#define TRACE_UPCALL	256		/* a vector that no CPU has */

#ifndef __ASSEMBLY__
#include <pv/backend.h>

struct trace_event {
	u32 number;		/* of this event since the trace began */
	u32 what;
	u32 caller;
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
extern u32 trace_ends_lost;	/* overwritten before they ended */
extern const struct pv_backend trace_wrapper;

__inline_always struct trace_event *trace_event(u32 number)
{
	return (struct trace_event *)TRACE_VA + number % TRACE_EVENTS;
}

/* report.c: /proc/pv/trace. */
void trace_report(void);

#endif
#endif
