// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Interrupt delivery on a PC. The two 8259s deliver those of the UART. The
 * alarm is the local APIC or, where there is none, the PIT (time.c).
 */
#include <arch/pc.h>
#include <kernel/kernel.h>
#include <native/native.h>

void __init native_start_irqs(void)
{
	bool pic = pic_init(), uart = uart_start_irq();

	/* A user at the screen has to know where input comes from. */
	printk("console: output on %s%s, %s\n", uart ? "COM1" : "no COM1",
	       vga_present() ? " and the screen" : "",
	       !uart ? "no input" : !pic ? "no input: there is no 8259" :
	       "input from COM1 (115200 8N1)");
	pic_unmask(UART_IRQ);
}

/* STI takes effect after the next instruction: no interrupt gets between. */
void native_safe_halt(void)
{
	asm volatile("sti\n\thlt" : : : "memory");
}

void native_halt(void)
{
	asm volatile("hlt" : : : "memory");
}
