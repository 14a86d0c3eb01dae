// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * World switches and hypercalls with their times, for a guest that asks: our own
 * hypercall self_check, with a command. Until then the pointers run_trap and
 * run_call lead past this file. A guest that reads the TSC can put these events
 * among its own: pv/xen/peer.c.
 */
#include <hypercall.h>

#define EVENTS	2048

static struct xen_trace_event events[EVENTS];
static u32 count;

static void record(u64 start, u32 what, u32 a, u32 b)
{
	events[count++ % EVENTS] = (struct xen_trace_event){
		.start = start, .end = rdtsc(), .what = what, .a = a, .b = b,
	};
}

static s32 traced_call(struct call *c)
{
	u64 start = rdtsc();
	u32 nr = c->nr, a = c->args[0];
	s32 result = dispatch(c);

	record(start, nr, a, result);
	return result;
}

static void traced_trap(struct regs *regs)
{
	u64 start = rdtsc();
	u32 vector = regs->vector, eip = regs->eip, eax = regs->eax;
	u32 cr2 = vector == TRAP_PAGE_FAULT ? read_cr2() : 0;

	trap(regs);
	record(start, XEN_TRACE_TRAP + vector, eip,
	       vector == TRAP_PAGE_FAULT ? cr2 : eax);
}

/* With ATTENTION_TRACE no system call takes the short way. */
static s32 turn(bool on)
{
	run_call = on ? traced_call : dispatch;
	run_trap = on ? traced_trap : trap;
	guest.attention &= ~ATTENTION_TRACE;
	if (on)
		guest.attention |= ATTENTION_TRACE;
	return 0;
}

static s32 read(u32 number, u32 to)
{
	if (number >= count)
		return -ENOENT;
	if (count - number > EVENTS)
		return -E2BIG;
	return guest_write(to, &events[number % EVENTS], sizeof(*events)) ?
	       0 : -EFAULT;
}

s32 hc_self_check(struct call *c)
{
	switch (c->args[0]) {
	case XEN_TRACE_ON:
		count = 0;
		return turn(true);
	case XEN_TRACE_OFF:
		return turn(false);
	case XEN_TRACE_READ:
		return read(c->args[1], c->args[2]);
	}
	return selfcheck();
}
