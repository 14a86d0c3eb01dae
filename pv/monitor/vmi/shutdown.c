// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The end. A triple fault of the guest is a reset of the machine, as on bare
 * hardware; what should not happen is told on the serial line first.
 */
#include <arch/pc.h>
#include <kernel/irq.h>
#include <monitor/vmi/vmi.h>

void console_write(const char *s, u32 len)
{
	uart_write(s, len);
}

const char *kallsyms_find(u32 addr, u32 *offset)
{
	return NULL;
}

/* By the BIOS from the start, whatever the guest has asked it for. */
void __noreturn machine_reset(void)
{
	outb(SHUTDOWN_CODE, CMOS_INDEX);
	outb(0, CMOS_DATA);
	triple_fault();
}

void __noreturn guest_die(const struct regs *regs)
{
	machine_reset();
}

void __noreturn monitor_die(const char *why, const struct regs *r)
{
	printk("monitor: %s: vector %u, error %x, rip %llx, rsp %llx, cr2 %llx\n",
	       why, (u32)r->vector, (u32)r->error, r->eip, r->esp, read_cr2());
	machine_reset();
}
