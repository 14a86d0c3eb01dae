// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The two 8259 interrupt controllers, and what follows an interrupt of a PC.
 * Intel 8259A data sheet.
 */
#include <arch/cpu.h>
#include <arch/pc.h>
#include <kernel/irq.h>
#include <kernel/kernel.h>
#include <pv/pv.h>

#define MASTER		0x20
#define SLAVE		0xa0
#define CASCADE		2
#define ICW1		0x11		/* edge, cascade, ICW4 follows */
#define ICW4		0x01		/* 8086 mode, normal EOI */
#define EOI		0x20
#define READ_ISR	0x0b
#define LINES		16

static u16 mask = ~(1 << CASCADE);

static __noinline void set_mask(u16 lines)
{
	outb(lines & 0xff, MASTER + 1);
	outb(lines >> 8, SLAVE + 1);
}

static void __init init_chip(u32 port, u32 vector, u32 cascade)
{
	u32 icw[] = { vector, cascade, ICW4 };

	outb(ICW1, port);
	for (u32 i = 0; i < ARRAY_SIZE(icw); i++) {
		io_delay();
		outb(icw[i], port + 1);
	}
}

bool __init pic_init(void)
{
	init_chip(MASTER, VECTOR_IRQ0, 1 << CASCADE);
	init_chip(SLAVE, VECTOR_IRQ0 + 8, CASCADE);
	set_mask(mask);
	return inb(MASTER + 1) == (mask & 0xff);
}

void pic_unmask(u32 line)
{
	mask &= ~(1 << line);
	set_mask(mask);
}

void pic_hold(bool hold)
{
	set_mask(hold ? 0xffff : mask);
}

/* A line that is low again by then shows as 7 or 15, and is not in service. */
static __noinline bool spurious(u32 line)
{
	u32 port = line < 8 ? MASTER : SLAVE;

	if ((line & 7) != 7)
		return false;
	outb(READ_ISR, port);
	return !(inb(port) & 0x80);
}

static __noinline void eoi(u32 port)
{
	outb(EOI, port);
}

/* A spurious interrupt of the slave still needs the EOI of the master. */
static enum irq_kind pic_interrupt(u32 line)
{
	bool real = !spurious(line);

	if (line >= 8 && real)
		eoi(SLAVE);
	if (line >= 8 || real)
		eoi(MASTER);
	return !real ? IRQ_SPURIOUS : line == PIT_IRQ ? IRQ_TIMER :
	       line == UART_IRQ ? IRQ_CONSOLE : IRQ_OTHER;
}

void pc_interrupt(u32 vector)
{
	enum irq_kind kind = IRQ_SPURIOUS;

	if (vector < VECTOR_IRQ0 + LINES) {
		kind = pic_interrupt(vector - VECTOR_IRQ0);
	} else if (vector == VECTOR_TIMER) {
		lapic_eoi();
		kind = IRQ_TIMER;
	}
	irq_deliver(kind);
}
