// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The first serial port, a 16550: the console of a machine without a
 * hypervisor. Writing works from the first moment on: it polls the port, which
 * firmware or power-on has left usable. TI PC16550D data sheet.
 */
#include <arch/pc.h>
#include <kernel/irq.h>
#include <pv/pv.h>

#define COM1		0x3f8
#define DATA		(COM1 + 0)
#define IRQ_ENABLE	(COM1 + 1)
#define FIFO		(COM1 + 2)
#define LINE_CONTROL	(COM1 + 3)
#define MODEM_CONTROL	(COM1 + 4)
#define LINE_STATUS	(COM1 + 5)
#define SCRATCH		(COM1 + 7)

#define DIVISOR_115200	1
#define LINE_8N1	0x03
#define LINE_DIVISOR	0x80
#define FIFO_ON		0x01		/* clears both if it was off */
#define MODEM_ON	0x0b		/* DTR, RTS, OUT2: the interrupt line */
#define IRQ_RECEIVED	0x01
#define STATUS_RECEIVED	0x01
#define STATUS_EMPTY	0x20
#define NO_PORT		0xff
#define FIFO_SIZE	16
#define SCRATCH_VALUE	0x5a
#define SPINS		100000

static u32 burst = 1;		/* bytes that an empty transmitter takes */

/* False: the transmitter stays full. Later calls do not wait for it again. */
static bool wait_empty(void)
{
	static bool stuck;
	u32 spins = stuck ? 1 : SPINS;

	while (!(inb(LINE_STATUS) & STATUS_EMPTY) && --spins)
		;
	stuck = !spins;
	return spins;
}

void uart_write(const char *s, u32 len)
{
	while (len) {
		bool ready = wait_empty();
		u32 n = min(len, burst), flags = irq_save();

		/* An interrupt may have echoed since: then it waits again. */
		if (!ready || inb(LINE_STATUS) & STATUS_EMPTY) {
			outsb(s, DATA, n);
			s += n;
			len -= n;
		}
		restore_fl(flags);
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

bool __init uart_start_irq(void)
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
		{ MODEM_ON, MODEM_CONTROL },
		{ IRQ_RECEIVED, IRQ_ENABLE },
	};

	wait_empty();
	/* Turning the FIFO on clears it: what was typed so far is read first. */
	tty_receive();
	outb(FIFO_ON, FIFO);
	for (u32 i = 0; i < ARRAY_SIZE(setup); i++)
		outb(setup[i].value, setup[i].port);
	burst = FIFO_SIZE;
	outb(SCRATCH_VALUE, SCRATCH);
	return inb(SCRATCH) == SCRATCH_VALUE;
}
