// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Interrupt delivery on a PC: the two 8259s route the UART, the local APIC
 * (or the PIT, where there is none) is the alarm.
 */
#include <arch/pc.h>
#include <kernel/kernel.h>
#include <pv/pv.h>
#include <native/insn.h>

/* Whoever sits before a screen has to know where to type. */
static void __init say_where(bool pic, bool uart, bool vga)
{
	printk("console: output on %s%s%s, ", uart ? "COM1" : "",
	       uart && vga ? " and " : "", vga ? "the screen" : "");
	if (pic && uart)
		printk("input from COM1 (115200 8N1)\n");
	else
		printk("no input: there is no %s\n", uart ? "8259" : "COM1");
}

void __init native_start_irqs(void)
{
	bool pic = pic_init(), uart = uart_start_irq();

	say_where(pic, uart, vga_present());
	pic_unmask(UART_IRQ);
}
