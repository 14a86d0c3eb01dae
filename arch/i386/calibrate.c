// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How fast the TSC is. A host may stop this machine at any time and for long,
 * and a device may lie or be missing. So nothing that is read is believed at
 * once:
 *  - a change of a counter is put between two readings of the TSC;
 *  - a span whose ends are not known well enough is dropped;
 *  - two spans have to agree, and then two sources.
 * Every loop ends. A host test (tests/host/calibrate.c) runs this file on
 * clocks of its own.
 */
#include <arch/calibrate.h>
#include <kernel/kernel.h>
#include <kernel/time.h>
#include <pv/pv.h>

#define CYCLES_MAX	(1ull << 34)	/* seconds, on any CPU */
#define SPINS		(1u << 22)	/* if the TSC stands still */
#define TRIES		30
#define KHZ_MIN		1000		/* an emulator's TSC may be as slow */
#define KHZ_MAX		100000000
#define SOURCES_MAX	8
#define TICKS_MIN	1024		/* of a reliable comparison */
#define HYPERVISOR	(1u << 31)	/* CPUID 1, ECX */

/* Waits for a change of the count. False: none within so many cycles. */
static bool __init next_count(const struct counter *c, u64 cycles,
			      struct moment *m)
{
	u64 start = rdtsc(), at = start;
	u32 was = c->read(), spins = SPINS;

	do {
		m->lo = at;
		at = rdtsc();
		m->count = c->read();
		m->hi = rdtsc();
		if (m->hi - start > cycles || !--spins)
			return m->count != was;
	} while (m->count == was);
	return true;
}

bool __init measure(const struct counter *c, u32 ticks, u64 cycles,
		    struct span *s)
{
	struct moment a, b;

	if (!c->start() || !next_count(c, cycles, &a))
		return false;
	do {
		if (!next_count(c, cycles, &b))
			return false;
		s->ticks = (b.count - a.count) & c->mask;
		s->lo = b.lo - a.hi;
		s->hi = b.hi - a.lo;
	} while (s->ticks < ticks && s->lo < cycles);
	return true;
}

static u32 __init khz(u64 cycles, u32 ticks, u32 hz)
{
	return (u32)div64(div64(cycles * hz, ticks, NULL), 1000, NULL);
}

/*
 * Within 1/64. A span of more than half the counter's range is dropped: the
 * counter may have gone round unseen.
 */
static bool __init tight(const struct counter *c, const struct span *s)
{
	return s->ticks <= c->mask / 2 && s->hi - s->lo <= s->hi / 64;
}

u32 __init measure_khz(const struct counter *c)
{
	u32 last_lo = 0, last_hi = 0;
	struct span s;

	for (u32 tries = TRIES; tries; tries--) {
		/* 20, 10, 5 ms: one of them fits between a host's stops. */
		u32 ticks = max(c->hz / (50u << tries % 3), 1u);
		u32 lo, hi;

		if (!measure(c, ticks, CYCLES_MAX, &s))
			return 0;
		if (!tight(c, &s))
			continue;
		lo = khz(s.lo, s.ticks, c->hz);
		hi = khz(s.hi, s.ticks, c->hz);
		/* The rate lies in both ranges if both spans are right. */
		if (max(lo, last_lo) <= min(hi, last_hi))
			return max(lo, last_lo) / 2 + min(hi, last_hi) / 2;
		last_lo = lo - lo / 1024;
		last_hi = hi + hi / 1024;
	}
	return 0;
}

static bool __init near(u32 a, u32 b)
{
	return max(a, b) - min(a, b) <= max(a, b) / 100;
}

struct rate __init choose_rate(const struct source *sources, u32 count)
{
	struct rate known[SOURCES_MAX] = { { 0 } };
	u32 n = 0;

	for (const struct source *s = sources; s < sources + count; s++) {
		u32 khz;

		/* Measuring by a clock of seconds takes seconds: if needed. */
		if (n == 1 && s->counter && s->counter->hz == 1)
			break;
		khz = s->khz(s->counter);
		if (khz < KHZ_MIN || khz > KHZ_MAX)
			continue;
		for (u32 i = 0; i < n; i++)
			if (near(known[i].khz, khz))
				return (struct rate){ khz, s->name,
						      known[i].by };
		if (n)
			printk("clock: TSC at %u kHz by %s, but %u kHz by %s\n",
			       known[0].khz, known[0].by, khz, s->name);
		known[n++] = (struct rate){ khz, s->name, NULL };
	}
	return known[0];
}

u32 __init cpuid_khz(const struct counter *unused)
{
	u32 r[4], leaves;

	cpuid(0, 0, r);
	leaves = r[0];
	if (leaves >= 0x15) {
		/* The TSC is r[1] / r[0] times the crystal's r[2] Hz. */
		cpuid(0x15, 0, r);
		if (r[0] && r[1] && r[2])
			return khz(r[1], r[0], r[2]);
	}
	cpuid(1, 0, r);
	if (r[2] & HYPERVISOR) {
		cpuid(0x40000000, 0, r);
		if (r[0] >= 0x40000010) {
			cpuid(0x40000010, 0, r);
			return r[0];
		}
	}
	/* The nominal frequency in MHz. */
	cpuid(0x16, 0, r);
	return leaves >= 0x16 ? (r[0] & 0xffff) * 1000 : 0;
}

/* How many ticks there are in so many cycles. */
static u64 ticks_in(u64 cycles, u32 khz, u32 hz)
{
	u32 rest;
	u64 ms = div64(cycles, khz, &rest);

	return div64(ms * hz + div64((u64)rest * hz, khz, NULL), 1000, NULL);
}

bool still_agrees(const struct counter *c, u32 khz, struct moment *last)
{
	struct moment now, was = *last;
	u64 least, most, slack;
	u32 went;

	now.lo = rdtsc();
	now.count = c->read();
	now.hi = rdtsc();
	least = ticks_in(now.lo - was.hi, khz, c->hz);
	most = ticks_in(now.hi - was.lo, khz, c->hz);
	slack = most / 64 + 2;
	went = (now.count - was.count) & c->mask;
	if (!was.hi || most > TICKS_MIN)
		*last = now;
	/*
	 * went must be from least - slack to most + slack, modulo the counter's
	 * range: the counter may have gone round.
	 */
	if (!was.hi || ((went - (u32)least + (u32)slack) & c->mask) <=
		       most - least + 2 * slack)
		return true;
	printk("clock: %s: %u ticks, but by the TSC %u; times are wrong\n",
	       c->name, went, (u32)least);
	*last = now;
	return false;
}

u64 clock_count(u64 ns, u32 khz)
{
	struct clock_scale to_ns = clock_scale_make(khz, NSEC_PER_MSEC);
	struct clock_scale to_count = clock_scale_make(NSEC_PER_MSEC, khz);
	u64 count = 0, got;

	/* Both scales round down: the second step makes up for that. */
	while ((got = clock_scale(count, to_ns)) < ns)
		count += clock_scale(ns - got, to_count) + 1;
	return count;
}

struct clock_scale clock_scale_make(u32 from, u32 to)
{
	u64 mul = div64((u64)to << 32, from, NULL);
	int shift = 0;

	for (; mul >> 32; mul >>= 1)
		shift++;
	for (; !(mul >> 31); mul <<= 1)
		shift--;
	/* The left shifts brought in zeros: this divides for those bits too. */
	if (shift < 0)
		mul = div64(((u64)to << 32) << -shift, from, NULL);
	return (struct clock_scale){ (u32)mul, shift };
}
