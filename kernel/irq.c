// SPDX-License-Identifier: GPL-2.0-or-later
/* What an interrupt means to the kernel, whichever way it was delivered. */
#include <kernel/irq.h>
#include <kernel/time.h>
#include <pv/pv.h>

u32 irq_count[IRQ_KINDS];
const char *const irq_name[IRQ_KINDS] = {
	[IRQ_TIMER] = "timer",
	[IRQ_CONSOLE] = "console",
	[IRQ_SPURIOUS] = "spurious",
	[IRQ_OTHER] = "other",
	[IRQ_NMI] = "NMI",
};

/*
 * Called with interrupts off, between any two instructions that have them on. A
 * handler may wake tasks and set user_work. It may not sleep, allocate memory
 * or change page tables: the code that it interrupts may be doing so.
 */
void irq_deliver(enum irq_kind kind)
{
	irq_count[kind]++;
	if (kind == IRQ_TIMER)
		timer_interrupt();
	else if (kind == IRQ_CONSOLE)
		tty_receive();
}
