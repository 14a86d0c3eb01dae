/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Running, waiting, ending: vcpu_op and sched_op. xen-pv-abi 3.3, 8, 10.
 */
#ifndef ABI_XEN_VCPU_H
#define ABI_XEN_VCPU_H

#include <kernel/types.h>

#define XEN_VCPU_INITIALISE	0
#define XEN_VCPU_UP		1
#define XEN_VCPU_DOWN		2	/* of the last one: power off */
#define XEN_VCPU_IS_UP		3
#define XEN_VCPU_GET_RUNSTATE	4
#define XEN_VCPU_REGISTER_RUNSTATE	5
#define XEN_VCPU_SET_PERIODIC_TIMER	6
#define XEN_VCPU_STOP_PERIODIC_TIMER	7
#define XEN_VCPU_SET_SINGLESHOT_TIMER	8
#define XEN_VCPU_STOP_SINGLESHOT_TIMER	9
#define XEN_VCPU_REGISTER_INFO		10
#define XEN_VCPU_SEND_NMI		11
#define XEN_VCPU_REGISTER_TIME		13

struct xen_runstate {
	s32 state;
	u64 since;		/* ns */
	u64 time[4];		/* running, runnable, blocked, offline */
} __packed __aligned(4);
#define XEN_RUNSTATE_RUNNING	0
#define XEN_RUNSTATE_RUNNABLE	1
#define XEN_RUNSTATE_BLOCKED	2

_Static_assert(sizeof(struct xen_runstate) == 44, "runstate");

#define XEN_SCHED_YIELD		0
#define XEN_SCHED_BLOCK		1	/* unmask and wait, in one step */
#define XEN_SCHED_SHUTDOWN	2	/* pointer to the u32 reason */

#define XEN_SCHED_POLL		3
#define XEN_SCHED_SHUTDOWN_CODE	5
#define XEN_SCHED_WATCHDOG	6

struct xen_sched_poll {
	u32 ports;		/* address of u32[nr] */
	u32 nr;
	u64 timeout;		/* absolute ns; 0: none */
} __packed __aligned(4);

#define XEN_SHUTDOWN_POWEROFF	0
#define XEN_SHUTDOWN_REBOOT	1
#define XEN_SHUTDOWN_CRASH	3
#define XEN_SHUTDOWN_WATCHDOG	4

#endif
