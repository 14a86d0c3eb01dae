// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Interrupt delivery on a PC: the two 8259s route the UART, the local APIC
 * (or the PIT, where there is none) is the alarm.
 */
#include <arch/pc.h>
#include <kernel/kernel.h>
#include <native/native.h>

void __init native_start_irqs(void)
{
	bool pic = pic_init(), uart = uart_start_irq();

	/* Whoever sits before a screen has to know where to type. */
	printk("console: output on %s%s, %s\n", uart ? "COM1" : "no COM1",
	       vga_present() ? " and the screen" : "",
	       !uart ? "no input" : !pic ? "no input: there is no 8259" :
	       "input from COM1 (115200 8N1)");
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
