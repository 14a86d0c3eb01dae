/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hypercall hc_<name>() gets the call and returns its result: 0, positive or
 * a negative errno. It decodes and checks all of its arguments first, and acts
 * after: a refused call has changed nothing. xen-pv-abi 3.
 */
#ifndef MONITOR_HYPERCALL_H
#define MONITOR_HYPERCALL_H

#include <monitor/xen/xen.h>

/*
 * One that would take long changes the arguments to what is left and returns
 * RESTART. The guest makes it again, after the events that came meanwhile.
 */
struct call {
	u32 nr;
	u32 args[6];
	struct regs *regs;	/* for those that change them */
};
#define RESTART		(-85)

/*
 * A hypercall that is several: each operation gets a copy of its structure, may
 * change it, and returns its result. If that is no error, what has changed is
 * written back.
 */
struct operation {
	s32 (*run)(void *arg);
	u8 in, out;		/* bytes to read before, to write after */
};
#define OPERATION_MAX	48	/* bytes */

/* -ENOSYS: there is no such; -EFAULT: its structure is not there. */
s32 operate(const struct operation *list, u32 count, u32 cmd, u32 at);
#define OPERATE(list, cmd, at)	operate(list, ARRAY_SIZE(list), cmd, at)

/* After a bounded piece of work: is something due that the guest should see? */
bool preempt(void);

/* The calls of old, still in use, point to {sub-operation, its argument}. */
bool old_form(struct call *c);

/* emulate.c: CPUID after ud2; "xen"; SYSCALL after a #UD, as it is not enabled. */
bool emulate_cpuid(struct regs *regs);
bool emulate_syscall(struct regs *regs);

/* ptwr.c: at the entry after an instruction on trial. */
bool ptwr_step(struct regs *regs);

/* grant.c: NULL if there is no such; grantmap.c. */
struct xen_grant_entry *grant_at(u32 ref);
s32 grant_mappings(struct call *c);

#define XEN_HYPERCALL(nr, name) s32 hc_##name(struct call *c);
#include <abi/xen/hypercalls.def>
#undef XEN_HYPERCALL

#endif
