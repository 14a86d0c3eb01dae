// SPDX-License-Identifier: GPL-2.0-or-later
/* The battery-backed clock of a PC, an MC146818 at ports 0x70 and 0x71. */
#include <arch/pc.h>
#include <kernel/kernel.h>
#include <pv/pv.h>

#define PORTS		0x70
#define STATUS_A	10
#define UPDATING	0x80
#define STATUS_B	11
#define BINARY		0x04
#define HOURS_24	0x02
#define PM		0x80
#define STATUS_D	13
#define VALID		0x80		/* with the bit below it always 0 */
#define SPINS		10000		/* an update takes two milliseconds */

enum { SECOND, MINUTE, HOUR, DAY, MONTH, YEAR, FIELDS };
static const u8 reg_of[FIELDS] = { 0, 2, 4, 7, 8, 9 };

__noinline u8 port_indexed(u32 port, u32 index)
{
	outb(index, port);
	return inb(port + 1);
}

static u8 cmos(u32 reg)
{
	return port_indexed(PORTS, reg);
}

static void read_fields(u8 *field)
{
	u32 spins = SPINS;

	while ((cmos(STATUS_A) & UPDATING) && --spins)
		;
	for (int i = 0; i < FIELDS; i++)
		field[i] = cmos(reg_of[i]);
}

/*
 * Days from 1970-01-01 to a date of the Gregorian calendar. With March as month
 * 0 the months before month m have (153 * m + 2) / 5 days: 0, 31, 61, 92, ...
 * 719468 is what the formula gives for 1970-01-01.
 */
static u32 days(u32 year, u32 month, u32 day)
{
	/* Years begin in March here, so that the leap day comes last. */
	u32 y = month > 2 ? year : year - 1;
	u32 m = month > 2 ? month - 3 : month + 9;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 +
	       day - 1 - 719468;
}

/* A port without a device reads as all ones, which is no valid status. */
static bool present(void)
{
	return (cmos(STATUS_D) & (VALID | VALID >> 1)) == VALID;
}

static bool is_date(const u8 *f)
{
	return f[SECOND] < 60 && f[MINUTE] < 60 && f[HOUR] < 24 &&
	       f[DAY] - 1u < 31 && f[MONTH] - 1u < 12 && f[YEAR] < 100;
}

u64 cmos_seconds(void)
{
	u8 f[FIELDS], again[FIELDS], status = cmos(STATUS_B);
	u32 tries = 100;
	bool pm;

	if (!present())
		return 0;
	do {
		read_fields(f);
		read_fields(again);
	} while (memcmp(f, again, FIELDS) && --tries);
	pm = !(status & HOURS_24) && (f[HOUR] & PM);
	f[HOUR] &= ~PM;
	for (int i = 0; i < FIELDS && !(status & BINARY); i++)
		f[i] = (f[i] >> 4) * 10 + (f[i] & 15);
	if (!(status & HOURS_24))
		f[HOUR] = f[HOUR] % 12 + (pm ? 12 : 0);
	if (!is_date(f))
		return 0;
	f[YEAR] += f[YEAR] < 70 ? 100 : 0;	/* none is before 1970 */
	return days(1900 + f[YEAR], f[MONTH], f[DAY]) * 86400ull +
	       f[HOUR] * 3600 + f[MINUTE] * 60 + f[SECOND];
}

static u32 rtc_read(void)
{
	return (u32)cmos_seconds();
}

const struct counter rtc_counter = {
	.name = "RTC",
	.hz = 1,
	.mask = ~0u,
	.start = present,
	.read = rtc_read,
};
