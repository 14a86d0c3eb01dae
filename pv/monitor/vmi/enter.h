/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first and the last steps of the monitor under a client of VMI: launch.c.
 */
#ifndef MONITOR_VMI_ENTER_H
#define MONITOR_VMI_ENTER_H

#include "launch.h"

extern struct trampoline *trampoline;	/* in the direct map */
extern struct vmi_state *launch_state;

/*
 * First of all: the monitor's paging, with T still where the IDT in force has
 * its gate for NMI. desc_init() is next.
 */
void launch_begin(struct trampoline *t);

/*
 * From here on an NMI is counted in trampoline->nmis, and raised in ring 0 once
 * the monitor is left. The client's addresses mean nothing any more.
 */
void leave_begin(void);

/* Back to ring 0 with launch_state, at its EIP. */
void __noreturn vmi_leave(void);

#endif
