// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * World switches and calls with their times, for a guest that asks. Until then
 * the pointer run_trap leads past this file, and nobody has set ATTENTION_TRACE.
 * A guest that reads the TSC can put these events among its own: pv/trace.
 */
#include <monitor/monitor.h>

#define EVENTS	2048

static struct monitor_event events[EVENTS];
static u32 count;

void trace_record(u64 start, u32 what, u32 a, u32 b)
{
	events[count++ % EVENTS] = (struct monitor_event){
		.start = start, .end = rdtsc(), .what = what, .a = a, .b = b,
	};
}

static void traced_trap(struct regs *regs)
{
	u64 start = rdtsc();
	u32 vector = regs->vector, eip = regs->eip, eax = regs->eax;
	u32 cr2 = vector == TRAP_PAGE_FAULT ? read_cr2() : 0;

	trap(regs);
	trace_record(start, MONITOR_TRAP + vector, eip,
		     vector == TRAP_PAGE_FAULT ? cr2 : eax);
}

/* With ATTENTION_TRACE no system call takes the short way. */
static s32 turn(bool on)
{
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

s32 trace_command(u32 command, u32 number, u32 to)
{
	switch (command) {
	case MONITOR_TRACE_ON:
		count = 0;
		return turn(true);
	case MONITOR_TRACE_OFF:
		return turn(false);
	case MONITOR_TRACE_READ:
		return read(number, to);
	}
	return -EINVAL;
}
