// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The 8254 timer: channel 0 as a one-shot alarm for machines without a local
 * APIC, channel 2, gated through port 0x61, to measure other clocks against.
 * Intel 8254 data sheet.
 */
#include <arch/pc.h>
#include <kernel/kernel.h>
#include <pv/pv.h>

#define CHANNEL(n)	(0x40 + (n))
#define CONTROL		0x43
#define MODE0(n)	((n) << 6 | 0x30)	/* one-shot, both bytes */
#define GATE_PORT	0x61
#define GATE_ENABLE	0x01
#define SPEAKER		0x02
#define OUTPUT		0x20
#define HZ		1193182

static __noinline void load(u32 channel, u32 ticks)
{
	outb(ticks & 0xff, CHANNEL(channel));
	outb(ticks >> 8, CHANNEL(channel));
}

static u32 ticks(u32 ns)
{
	return max((u32)div64((u64)ns * HZ, 1000000000, NULL), 1u);
}

/* The count starts with the second byte, which here never comes. */
void __noinline pit_stop(void)
{
	outb(MODE0(0), CONTROL);
}

void pit_one_shot(u32 ns)
{
	pit_stop();
	load(0, ticks(ns));
}

void __init pit_gate_start(u32 ns)
{
	outb((inb(GATE_PORT) & ~SPEAKER) | GATE_ENABLE, GATE_PORT);
	outb(MODE0(2), CONTROL);
	load(2, ticks(ns));
}

void __init pit_gate_wait(void)
{
	while (!(inb(GATE_PORT) & OUTPUT))
		;
}
