/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The trace that our own monitor keeps for a guest that asks: by the hypercall
 * self_check of its Xen face, the call Trace of its ROM. Both take a command, and
 * for READ the number of an event and where it is to be stored; -ENOENT: the
 * last is before it, -E2BIG: it is overwritten.
 */
#ifndef ABI_MONITOR_H
#define ABI_MONITOR_H

#include <kernel/types.h>

#define MONITOR_TRACE_ON	1
#define MONITOR_TRACE_OFF	2
#define MONITOR_TRACE_READ	3

#define MONITOR_TRAP		0x100	/* what: a call, or this and a vector */

struct monitor_event {
	u64 start, end;		/* TSC, as the guest reads it */
	u32 what, a, b;		/* first argument, result; EIP, CR2 or EAX */
	u32 unused;
};

#endif
