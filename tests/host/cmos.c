// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * arch/i386/cmos.c with a clock made up here: each way to write a date down
 * that an MC146818 knows, against the host's calendar.
 */
#include <string.h>
#include <time.h>
#include "tap.h"

/* Instead of the operations, whose sites are i386 code. */
#define PV_PV_H
static void outb(u32 value, u32 port);
static u8 inb(u32 port);
#include "../../arch/i386/cmos.c"

static u8 ram[128];
static u32 selected, reads;
static time_t now;
static bool ticking;		/* a second passes with each reading */

static u8 written(u32 n, bool binary)
{
	return binary ? n : n / 10 << 4 | n % 10;
}

static void set_clock(time_t t, u8 status)
{
	struct tm tm;
	bool binary = status & BINARY;
	u32 hour;

	gmtime_r(&t, &tm);
	hour = tm.tm_hour;
	if (!(status & HOURS_24))
		hour = (hour + 11) % 12 + 1;
	ram[0] = written(tm.tm_sec, binary);
	ram[2] = written(tm.tm_min, binary);
	ram[4] = written(hour, binary);
	if (!(status & HOURS_24) && tm.tm_hour >= 12)
		ram[4] |= PM;
	ram[7] = written(tm.tm_mday, binary);
	ram[8] = written(tm.tm_mon + 1, binary);
	ram[9] = written(tm.tm_year % 100, binary);
	ram[STATUS_B] = status;
	ram[STATUS_D] = VALID;
	now = t;
}

static void outb(u32 value, u32 port)
{
	EQ(port, PORTS);
	selected = value;
}

static u8 inb(u32 port)
{
	EQ(port, PORTS + 1);
	EQ(selected < sizeof(ram), true);
	if (ticking && reads++ % 10 == 9)
		set_clock(now + 1, ram[STATUS_B]);
	return ram[selected];
}

/* Dates from 1970 on, a prime number of seconds apart. */
static void dates(void)
{
	for (u64 t = 0; t < 3155760000; t += 86111 * 7) {
		u8 status = t & (BINARY | HOURS_24);

		set_clock(t, status);
		EQ(cmos_seconds(), t);
	}
}

static void centuries(void)
{
	const struct {
		u8 year, want;		/* since 1900 */
	} years[] = { { 0x00, 100 }, { 0x69, 169 }, { 0x70, 70 }, { 0x99, 99 } };

	for (u32 i = 0; i < ARRAY_SIZE(years); i++) {
		struct tm tm = { .tm_year = years[i].want, .tm_mday = 1 };

		memset(ram, 0, sizeof(ram));
		ram[STATUS_B] = HOURS_24;
		ram[STATUS_D] = VALID;
		ram[7] = ram[8] = 1;
		ram[9] = years[i].year;
		EQ(cmos_seconds(), timegm(&tm));
	}
}

static void changes(void)
{
	ticking = true;
	for (u32 i = 0; i < 1000; i++) {
		u64 got;

		set_clock(951782390 + i, HOURS_24);	/* 2000-02-28 */
		reads = i % 10;
		got = cmos_seconds();
		CHECK(got + 30 > (u64)now && got <= (u64)now);
	}
	ticking = false;
}

static void stuck(void)
{
	set_clock(951782400, HOURS_24);
	ram[STATUS_A] = UPDATING;
	EQ(cmos_seconds(), 951782400);
	memset(ram, 0xff, sizeof(ram));
	cmos_seconds();
	memset(ram, 0, sizeof(ram));
}

static const struct tap_test tests[] = {
	{ "cmos: dates of a hundred years, BCD and binary, 12 and 24 hours",
	  dates },
	{ "cmos: years from 70 on are of the last century", centuries },
	{ "cmos: a clock that moves on meanwhile", changes },
	{ "cmos: one that is for ever updating, or not there, ends too", stuck },
};

TAP_MAIN(tests)
