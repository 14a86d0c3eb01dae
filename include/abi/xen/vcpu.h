/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Running, waiting, ending: vcpu_op and sched_op. xen-pv-abi 3.3, 8, 10.
 */
#ifndef ABI_XEN_VCPU_H
#define ABI_XEN_VCPU_H

#include <kernel/types.h>

#define XEN_VCPU_DOWN		2	/* of the last one: power off */
#define XEN_VCPU_REGISTER_RUNSTATE	5
#define XEN_VCPU_STOP_PERIODIC_TIMER	7
#define XEN_VCPU_SEND_NMI		11

struct xen_runstate {
	s32 state;
	u64 since;		/* ns */
	u64 time[4];		/* running, runnable, blocked, offline */
} __packed __aligned(4);
#define XEN_RUNSTATE_RUNNABLE	1

_Static_assert(sizeof(struct xen_runstate) == 44, "runstate");

#define XEN_SCHED_YIELD		0
#define XEN_SCHED_BLOCK		1	/* unmask and wait, in one step */
#define XEN_SCHED_SHUTDOWN	2	/* pointer to the u32 reason */

#define XEN_SHUTDOWN_POWEROFF	0
#define XEN_SHUTDOWN_REBOOT	1
#define XEN_SHUTDOWN_CRASH	3

#endif
