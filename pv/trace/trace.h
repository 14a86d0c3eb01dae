/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stubs.S and trace.c know of each other. */
#ifndef PV_TRACE_H
#define PV_TRACE_H

#include <arch/page.h>

#define TRACE_EVENTS	(TRACE_SIZE / 64)	/* a power of two */

/* Offsets into struct task. */
#define TASK_PID	44
#define TASK_COMM	60

/* What an event is: its place among the stubs, in bytes, and one of these. */
#define TRACE_CALL	0x1000
#define TRACE_ENTER	0x2000
#define TRACE_STUB	8		/* bytes; of an operation, of a vector */
#define TRACE_CALL_STUB	32		/* as a hypervisor has them */
/* After the vectors of the CPU. */
#define TRACE_UPCALL	256
#define TRACE_IRET	257
/* Instructions from RDTSC, with it, to the function; from there to RDTSC. */
#define TRACE_BEFORE	7
#define TRACE_AFTER	2

#ifndef __ASSEMBLY__
struct pv_hypervisor;
struct seq;
void peer_show(const struct pv_hypervisor *hv, struct seq *s);	/* peer.c */
#endif

#endif
