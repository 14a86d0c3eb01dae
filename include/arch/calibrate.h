/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How fast the TSC is, and whether it stays so: arch/i386/calibrate.c. */
#ifndef ARCH_CALIBRATE_H
#define ARCH_CALIBRATE_H

#include <arch/pc.h>

/* `count` appeared when the TSC was between lo and hi. */
struct moment {
	u64 lo, hi;
	u32 count;
};

/* `ticks` of a counter took the TSC between lo and hi cycles. */
struct span {
	u64 lo, hi;
	u32 ticks;
};

/* A source of the rate of the TSC, in kHz; 0: it does not know. */
struct source {
	const char *name;
	u32 (*khz)(const struct counter *c);
	const struct counter *counter;	/* NULL: the CPU's own word */
};

/* The source of that rate, and one that agrees; NULL: none does. */
struct rate {
	u32 khz;
	const char *by, *confirmed;
};

/*
 * At least so many ticks, or so many cycles, whichever comes first. False:
 * the counter is not there or does not count.
 */
bool measure(const struct counter *c, u32 ticks, u64 cycles, struct span *s);

/* The rate by one counter, from spans that agree; 0: no two of them do. */
u32 measure_khz(const struct counter *c);

/*
 * The rate that two of at most 8 sources agree on within 1 %: the second one's.
 * If no two agree the console says so, and the first one's counts. khz 0: none
 * knows.
 */
struct rate choose_rate(const struct source *sources, u32 count);

/* The rate by CPUID leaf 0x15, 0x40000010 or 0x16; 0: this CPU does not say. */
u32 cpuid_khz(const struct counter *unused);

/*
 * Has as much time gone by since `last` by the counter as by the TSC, of so
 * many kHz? If not the console says so. Keeps a moment in `last`, which must be
 * zeros at first.
 */
bool still_agrees(const struct counter *c, u32 khz, struct moment *last);

#endif
