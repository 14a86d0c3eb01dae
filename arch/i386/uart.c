// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The first serial port, a 16550: the console of a machine without a
 * hypervisor. It works from the first instruction on, since writing only polls
 * the port that firmware or power-on left usable. TI PC16550D data sheet.
 */
#include <arch/pc.h>
#include <pv/pv.h>

#define COM1		0x3f8
#define DATA		(COM1 + 0)
#define IRQ_ENABLE	(COM1 + 1)
#define FIFO		(COM1 + 2)
#define LINE_CONTROL	(COM1 + 3)
#define MODEM_CONTROL	(COM1 + 4)
#define LINE_STATUS	(COM1 + 5)

#define DIVISOR_115200	1
#define LINE_8N1	0x03
#define LINE_DIVISOR	0x80
#define FIFO_ON		0x07		/* and clear both */
#define MODEM_ON	0x0b		/* DTR, RTS, OUT2: the interrupt line */
#define IRQ_RECEIVED	0x01
#define STATUS_RECEIVED	0x01
#define STATUS_EMPTY	0x20
#define NO_PORT		0xff
#define FIFO_SIZE	16
#define SPINS		100000

static u32 burst = 1;		/* bytes that an empty transmitter takes */

static void wait_empty(void)
{
	u32 spins = SPINS;

	while (!(inb(LINE_STATUS) & STATUS_EMPTY) && --spins)
		;
}

void uart_write(const char *s, u32 len)
{
	while (len) {
		u32 n = min(len, burst), flags = irq_save();

		/* An interrupt may echo: not between these two. */
		wait_empty();
		outsb(s, DATA, n);
		restore_fl(flags);
		s += n;
		len -= n;
	}
}

u32 uart_read(char *buf, u32 len)
{
	u32 n = 0;

	while (n < len) {
		u8 status = inb(LINE_STATUS);

		if (status == NO_PORT || !(status & STATUS_RECEIVED))
			break;
		buf[n++] = inb(DATA);
	}
	return n;
}

void __init uart_start_irq(void)
{
	static const struct {
		u8 value;
		u16 port;
	} setup[] = {
		{ 0, IRQ_ENABLE },
		{ LINE_DIVISOR, LINE_CONTROL },
		{ DIVISOR_115200, DATA },
		{ 0, IRQ_ENABLE },
		{ LINE_8N1, LINE_CONTROL },
		{ FIFO_ON, FIFO },
		{ MODEM_ON, MODEM_CONTROL },
		{ IRQ_RECEIVED, IRQ_ENABLE },
	};

	wait_empty();
	for (u32 i = 0; i < ARRAY_SIZE(setup); i++)
		outb(setup[i].value, setup[i].port);
	burst = FIFO_SIZE;
}
