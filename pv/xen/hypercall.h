/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls to Xen, and the list in which they wait: what a lazy section delays
 * goes to Xen in one multicall. hypercall.c.
 */
#ifndef PV_XEN_HYPERCALL_H
#define PV_XEN_HYPERCALL_H

#include <abi/xen/hypercall.h>
#include <abi/xen/mmu.h>

/*
 * One call, counted by name. Result: 0 or positive, or a negative errno.
 * xen_must panics with the name and the error where xen_call returns one.
 */
s32 xen_call(u32 nr, u32 a, u32 b, u32 c, u32 d);
s32 xen_must(u32 nr, u32 a, u32 b, u32 c, u32 d);

#define hypercall_1(name, a)		xen_call(XEN_NR_##name, a, 0, 0, 0)
#define hypercall_2(name, a, b)		xen_call(XEN_NR_##name, a, b, 0, 0)
#define hypercall_3(name, a, b, c)	xen_call(XEN_NR_##name, a, b, c, 0)
#define hypercall_4(name, a, b, c, d)	xen_call(XEN_NR_##name, a, b, c, d)

/*
 * The list. xen_flush has Xen execute calls and updates in the order in which
 * they came; xen_commit does so if no lazy section is open. What an argument
 * points to must stay until then.
 *
 * A failure is a panic. What a process can make us call (mmu_update, mmuext_op,
 * update_descriptor, stack_switch, fpu_taskswitch, set_iopl, set_timer_op,
 * console_io and multicalls of these) allocates nothing in Xen 4.17 for a PV
 * guest, but for the timer, which goes on without. So an error is a bug of ours
 * and never -ENOMEM. The test "xen: all that processes need goes on when Xen
 * has no memory left" shows it.
 */
void xen_queue(u32 nr, u32 a, u32 b, u32 c, u32 d);
void xen_queue_ext(u32 cmd, u32 arg1, u32 arg2);	/* one mmuext_op */
void xen_queue_update(u64 ptr, u64 val);		/* one mmu_update */
void xen_flush(void);
void xen_commit(void);
extern u32 xen_waiting;		/* calls in the list */

/*
 * How many lazy sections are open. Calls wait while it is above 0. Where
 * nothing may wait, with xen.lazy=off and in an event handler, it starts from a
 * number so low that counting never gets to 0:
 *
 *	XEN_LAZY_NEVER			-0x40000000	no section is open
 *	XEN_LAZY_NEVER + n		below 0		n are: still no waiting
 *	XEN_LAZY_NEVER / 2		-0x20000000	up to here it is meant
 *	0, 1, 2, ...			>= 0		sections count
 *
 * So lazy_mmu_begin is `incl xen_lazy` in all cases.
 */
#define XEN_LAZY_NEVER	(-0x40000000)
extern s32 xen_lazy;

struct seq;
extern u32 xen_calls;			/* where the stubs are */
extern const char *const xen_call_name[];	/* by number */
u32 pv_hypercalls(void);		/* made so far */
void xen_show_calls(struct seq *s);	/* the counters, for /proc/pv/stats */

#endif
