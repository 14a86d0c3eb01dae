// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Interrupt delivery on a PC: the two 8259s route the UART, the local APIC
 * (or the PIT, where there is none) is the alarm.
 */
#include <arch/pc.h>
#include <native/native.h>

void __init native_start_irqs(void)
{
	pic_init();
	uart_start_irq();
	pic_unmask(UART_IRQ);
}

/* STI lets no interrupt in before the next instruction is done. */
void native_safe_halt(void)
{
	asm volatile("sti\n\thlt" : : : "memory");
}

void native_halt(void)
{
	asm volatile("hlt" : : : "memory");
}
