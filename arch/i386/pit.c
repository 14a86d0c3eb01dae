// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The 8254 timer: channel 0 counts to measure other clocks by, and is the
 * one-shot alarm of a machine without a local APIC. Intel 8254 data sheet.
 */
#include <arch/pc.h>
#include <kernel/kernel.h>
#include <pv/pv.h>

#define CHANNEL0	0x40
#define CONTROL		0x43
#define MODE0		0x30		/* one-shot, both bytes */
#define READ_STATUS	0xe2
#define READ_BOTH	0xc2		/* the status, then the count */
#define STATUS_OUT	0x80		/* it has come to 0 */
#define STATUS_MODE	0x3f
#define HZ		1193182
#define MAX_NS		50000000

static __noinline void load(u32 ticks)
{
	outb(ticks & 0xff, CHANNEL0);
	outb(ticks >> 8, CHANNEL0);
}

static u32 ticks(u64 ns)
{
	ns = min(ns, (u64)MAX_NS);
	return max((u32)div64(ns * HZ, 1000000000, NULL), 1u);
}

/* The count starts with its second byte, which does not follow here. */
void __noinline pit_stop(void)
{
	outb(MODE0, CONTROL);
}

void pit_one_shot(u64 wait_ns)
{
	pit_stop();
	load(ticks(wait_ns));
}

/* Counts down from 65536. A port without a device reads as another mode. */
static bool __init pit_start(void)
{
	pit_stop();
	load(0);
	outb(READ_STATUS, CONTROL);
	return (inb(CHANNEL0) & STATUS_MODE) == MODE0;
}

/*
 * A count that goes up: 0x10000 minus the PIT's, modulo 0x10000. Once the PIT
 * has come to 0 another 0x10000 is added.
 */
static u32 __init pit_read(void)
{
	u32 status, count;

	outb(READ_BOTH, CONTROL);
	status = inb(CHANNEL0);
	count = inb(CHANNEL0);
	count |= inb(CHANNEL0) << 8;
	return (-count & 0xffff) | (status & STATUS_OUT ? 0x10000 : 0);
}

const struct counter pit_counter = {
	.name = "PIT",
	.hz = HZ,
	.mask = 0x1ffff,
	.start = pit_start,
	.read = pit_read,
};
