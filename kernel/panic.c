// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The end after a bug: what happened, what a trap left (arch/i386/dump.c), a
 * backtrace, and a failing status. It relies on little more than the console,
 * since memory or tasks may be what is broken.
 */
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/task.h>

/* Interrupts are off since enter_panic(). */
static void __noreturn stop(void)
{
	printk("pv86: stopped\n");
	shutdown(SHUTDOWN_CRASH, STATUS_PANIC);
	for (;;)
		halt();
}

/* A second panic, while the first is told, says so and no more. */
static void enter_panic(void)
{
	static bool panicking;

	irq_disable();
	if (panicking) {
		console_write("\r\npanic in panic\r\n", 18);
		stop();
	}
	panicking = true;
}

void panic(const char *fmt, ...)
{
	char text[160];
	va_list ap;

	enter_panic();
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	printk("\npanic: %s\n", text);
	backtrace((u32)__builtin_frame_address(0));
	stop();
}

void die(const char *what, struct regs *regs)
{
	enter_panic();
	printk("\nkernel bug: %s, in %s[%d]\n", what, current->comm,
	       current->pid);
	show_trap(regs);
	stop();
}

/* The trap has the registers: it ends in die(). */
void bug(const char *cond, const char *file, int line)
{
	printk("\nBUG: %s at %s:%d\n", cond, file, line);
	__builtin_trap();
}
