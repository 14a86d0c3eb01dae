/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stubs.S and trace.c know of each other. */
#ifndef PV_TRACE_H
#define PV_TRACE_H

#include <arch/page.h>

#define TRACE_EVENTS	(TRACE_SIZE / 64)	/* a power of two */

/* Offsets into struct task. */
#define TASK_PID	44
#define TASK_COMM	60

/*
 * Stubs have numbers. The first ones are those of operations; then come those of
 * hypercalls, then those of the CPU's vectors.
 */
#define TRACE_STUB	8		/* bytes of each */
#define TRACE_CALL_STUBS 4		/* of one hypercall: 32 bytes */
#define TRACE_CALL	128
#define TRACE_ENTER	(TRACE_CALL + 64 * TRACE_CALL_STUBS)
#define TRACE_UPCALL	(TRACE_ENTER + 256)
#define TRACE_IRET	(TRACE_ENTER + 257)

/* Instructions from RDTSC, with it, to the function; from there to RDTSC. */
#define TRACE_BEFORE	8
#define TRACE_AFTER	6

#endif
