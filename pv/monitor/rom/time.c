// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Time as VMI tells it (vmi-abi 7): real and available time are the TSC,
 * nothing is stolen. An alarm is the timer of the local APIC (LVTT) or channel
 * 0 of the PIT (IRQ 0), and the timer is all that remembers it. So there is one
 * alarm, not one for each counter, which are the same anyway; a wait that is
 * longer than the timer counts ends early, after 55 ms by the PIT; and ticks of
 * a periodic one begin at once, if its expiry is past, else a period from now.
 */
#include "rom.h"

/* Control words of channel 0. In mode 0 the line is low until the count is 0,
 * in mode 2 it is low for the last tick of a period, in mode 3 for its second
 * half. An interrupt comes when it rises. */
#define PIT_ONE_SHOT		0x30
#define PIT_RATE		0x34
#define PIT_SQUARE		0x36
#define PIT_STOP		0x10	/* mode 0, and no count follows */
#define PIT_READ_BACK		0xe2	/* the control word and the line */
#define PIT_WORD		0x3f
#define PIT_HIGH		0x80
#define PIT_MOST		0x10000

#define APIC_SELF		0x44000	/* ICR: to this CPU, asserted */
#define APIC_MODES		0x60000	/* LVTT: how the timer counts */
#define APIC_VECTOR		0xff

/* Cycles in ticks of a timer; a wait is rounded up, so as not to end early. */
static u32 ticks(u64 cycles, bool wait, u32 mul, u32 most)
{
	u64 n = (cycles >> 32) * mul + ((u64)(u32)cycles * mul >> 32) + wait;

	return n > most ? most : n ? (u32)n : 1;
}

static void pit_start(u8 word, u32 count)
{
	outb(word, PIT_CONTROL);
	outb(count & 0xff, PIT_CHANNEL(0));
	outb(count >> 8 & 0xff, PIT_CHANNEL(0));
}

static void pit_alarm(bool periodic, bool past, u32 count)
{
	u8 word = !periodic ? PIT_ONE_SHOT : past ? PIT_SQUARE : PIT_RATE;

	if (word == PIT_SQUARE)
		pit_start(PIT_ONE_SHOT, PIT_MOST);	/* low, to rise */
	pit_start(word, count);
}

static void apic_alarm(volatile u32 *apic, bool periodic, bool past, u32 count)
{
	u32 lvtt = APIC(apic, APIC_LVTT) & ~APIC_MODES;

	APIC(apic, APIC_LVTT) = lvtt | (periodic ? APIC_PERIODIC : 0);
	APIC(apic, APIC_DIVIDE) = APIC_DIVIDE_BY_32;
	APIC(apic, APIC_INITIAL) = count;
	if (periodic && past && !(lvtt & APIC_MASKED))
		APIC(apic, APIC_ICR) = APIC_SELF | (lvtt & APIC_VECTOR);
}

/* Stops the alarm. True if there was one that had not fired. */
static bool cancel(volatile u32 *apic)
{
	bool armed = false;
	u8 status;

	if (apic && APIC(apic, APIC_DIVIDE) == APIC_DIVIDE_BY_32) {
		armed = APIC(apic, APIC_CURRENT) != 0;
		APIC(apic, APIC_INITIAL) = 0;
	}
	outb(PIT_READ_BACK, PIT_CONTROL);
	status = inb(PIT_CHANNEL(0)) & (PIT_HIGH | PIT_WORD);
	if (status == PIT_ONE_SHOT || (status & PIT_WORD) == PIT_RATE ||
	    (status & PIT_WORD) == PIT_SQUARE) {
		outb(PIT_STOP, PIT_CONTROL);
		armed = true;
	}
	return armed;
}

void SetAlarm(u32 flags, u32 expiry, u32 expiry_high, u32 period,
	      u32 period_high)
{
	const struct rom_facts *facts = rom_facts();
	u64 when = (u64)expiry_high << 32 | expiry, now = rdtsc();
	u64 cycles = (u64)period_high << 32 | period;
	bool periodic = (flags & VMI_ALARM_PERIODIC) && cycles;
	bool past = when <= now;
	volatile u32 *apic = rom_apic();

	if ((flags & VMI_ALARM_COUNTER) > VMI_CYCLES_AVAILABLE)
		return;
	cancel(apic);
	if (!periodic)
		cycles = past ? 0 : when - now;
	if (!(flags & VMI_ALARM_LVTT))
		pit_alarm(periodic, past,
			  ticks(cycles, !periodic, facts->pit_mul, PIT_MOST));
	else if (apic && facts->apic_mul)
		apic_alarm(apic, periodic, past,
			   ticks(cycles, !periodic, facts->apic_mul, ~0u));
}

u32 CancelAlarm(u32 flags)
{
	if ((flags & VMI_ALARM_COUNTER) > VMI_CYCLES_AVAILABLE)
		return 0;
	return cancel(rom_apic());
}
