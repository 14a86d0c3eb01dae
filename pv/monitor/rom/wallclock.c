// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The wall clock, from the battery-backed one of a PC, an MC146818 at ports
 * 0x70 and 0x71, taken as UTC. It counts seconds.
 */
#include "rom.h"

enum { SECOND = 0, MINUTE = 2, HOUR = 4, DAY = 7, MONTH = 8, YEAR = 9 };

#define STATUS_A	10
#define UPDATING	0x80
#define STATUS_B	11
#define BINARY		0x04
#define HOURS_24	0x02
#define PM		0x80
#define SPINS		100000

/* A handler of the client may read the clock too. */
static u8 cmos(u8 reg)
{
	u8 value;

	asm volatile("pushf\n\tcli\n\toutb %1, $0x70\n\tinb $0x71, %0\n\tpopf"
		     : "=a" (value) : "0" (reg) : "memory", "cc");
	return value;
}

static u32 number(u8 field)
{
	if (cmos(STATUS_B) & BINARY)
		return field;
	return (field >> 4) * 10 + (field & 15);
}

/* Days from 1970-01-01 to a date of the Gregorian calendar. */
static u32 days(u32 year, u32 month, u32 day)
{
	/* Years begin in March here, so the leap day comes last. */
	u32 y = month > 2 ? year : year - 1;
	u32 m = month > 2 ? month - 3 : month + 9;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 +
	       day - 1 - 719468;
}

/* Seconds since 1970; 0 if the clock tells no time. */
static u32 seconds(void)
{
	u8 hours = cmos(HOUR);
	u32 second = number(cmos(SECOND)), minute = number(cmos(MINUTE));
	u32 hour = number(hours & ~PM), day = number(cmos(DAY));
	u32 month = number(cmos(MONTH)), year = number(cmos(YEAR));

	if (!(cmos(STATUS_B) & HOURS_24))
		hour = hour % 12 + (hours & PM ? 12 : 0);
	if (second > 59 || minute > 59 || hour > 23 || day - 1 > 30 ||
	    month - 1 > 11 || year > 99)
		return 0;
	return days(2000 + year, month, day) * 86400 + hour * 3600 +
	       minute * 60 + second;
}

u64 GetWallclockTime(void)
{
	u32 now = seconds(), before, tries = 100;

	do {
		for (u32 spins = SPINS; spins; spins--)
			if (!(cmos(STATUS_A) & UPDATING))
				break;
		before = now;
		now = seconds();
	} while (now != before && --tries);
	return (u64)now * 1000000000;
}
