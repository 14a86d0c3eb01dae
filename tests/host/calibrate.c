// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * arch/i386/calibrate.c on clocks of a world that is made up: a host stops us
 * at random moments for random times, counters lie or stand still. Whatever is
 * found has to be right, or be refused, in bounded time.
 */
#include "klib.h"
#include <abi/errno.h>

/* Instead of the operations. */
#define PV_PV_H
static u64 rdtsc(void);
static void cpuid(u32 leaf, u32 subleaf, u32 *out);
#include "../../arch/i386/calibrate.c"

#define WORLDS		400
#define MS		1000000ull
#define SEC		(1000 * MS)

/* The time in nanoseconds, and when the host stops us next. */
static struct {
	u64 ns, next_stop;
	u32 run_ns, stop_ns;	/* on average; stop 0: never */
	u32 khz;		/* of the TSC; 0: it stands still */
	u32 read_ns;		/* what reading a counter costs */
	u32 pit_hz, acpi_hz;	/* as they really are; 0: stands still */
	u64 pit_started;
	bool regular;		/* always run_ns and stop_ns */
	bool idle_stops_tsc;
	u64 idle_ns;		/* in which the TSC stood still */
} w;

/* Mostly about `mean`, sometimes up to three times as much. */
static u64 about(u32 mean)
{
	u64 n = w.regular ? mean : mean / 2 + rnd() % (mean + 1);

	return w.regular || rnd() % 8 ? n : 2 * n;
}

static void pass(u64 ns)
{
	w.ns += ns;
	if (!w.stop_ns || w.ns < w.next_stop)
		return;
	w.ns += about(w.stop_ns);
	w.next_stop = w.ns + about(w.run_ns);
}

static u64 rdtsc(void)
{
	pass(20);
	return (u64)((unsigned __int128)(w.ns - w.idle_ns) * w.khz / 1000000);
}

static u64 count(u32 hz, u64 since)
{
	u64 n;

	pass(w.read_ns / 2);
	n = (u64)((unsigned __int128)(w.ns - since) * hz / SEC);
	pass(w.read_ns - w.read_ns / 2);
	return n;
}

static bool start(void)
{
	pass(w.read_ns);
	w.pit_started = w.ns;
	return true;
}

static bool start_absent(void)
{
	return false;
}

static u32 pit_read(void)
{
	u64 n = count(w.pit_hz, w.pit_started);

	return (u32)(n & 0xffff) | (n > 0xffff ? 0x10000 : 0);
}

static u32 acpi_read(void)
{
	return (u32)count(w.acpi_hz, 0) & 0xffffff;
}

static u32 rtc_read(void)
{
	return (u32)count(1, 0) + 1700000000u;
}

static const struct counter pit = { "PIT", 1193182, 0x1ffff, start, pit_read };
static const struct counter acpi_timer = {
	"ACPI timer", 3579545, 0xffffff, start, acpi_read };
static const struct counter rtc = { "RTC", 1, ~0u, start, rtc_read };
static const struct counter absent = {
	"absent", 1193182, 0xffff, start_absent, NULL };

/* A machine of any speed; from idle to what is left beside ten loops. */
static void new_world(void)
{
	static const u32 stops[] = { 0, MS / 2, 4 * MS, 12 * MS, 30 * MS, 90 * MS };

	memset(&w, 0, sizeof(w));
	w.ns = rnd() * 1000ull;
	w.khz = rnd() % 4 ? 500000 + rnd() % 5000000 : 4000 + rnd() % 100000;
	w.stop_ns = stops[rnd() % ARRAY_SIZE(stops)];
	w.run_ns = w.stop_ns > 12 * MS ? 12 * MS : MS + rnd() % (8 * MS);
	w.read_ns = w.khz < 500000 ? 8000 : 200 + rnd() % 6000;
	w.pit_hz = 1193182;
	w.acpi_hz = 3579545;
	console_len = 0;
}

static bool within_1_percent(u32 khz)
{
	u32 off = khz > w.khz ? khz - w.khz : w.khz - khz;

	if (!CHECK((u64)off * 100 <= w.khz))
		printf("# %u kHz, but really %u; stops of %u us\n", khz, w.khz,
		       w.stop_ns / 1000);
	return (u64)off * 100 <= w.khz;
}

static bool console_has(const char *text)
{
	console[min(console_len, CONSOLE_SIZE - 1u)] = '\0';
	return strstr(console, text);
}

/*
 * However often we are stopped: a right rate, and not none. Seconds cannot be
 * told well by one who is away for a tenth of one most of the time.
 */
static void stopped_at_any_time(void)
{
	for (u32 i = 0; i < WORLDS; i++) {
		u64 began;

		new_world();
		began = w.ns;
		within_1_percent(measure_khz(&pit));
		within_1_percent(measure_khz(&acpi_timer));
		CHECK(w.ns - began < 10 * SEC);
	}
	/* Each time so long that the PIT goes round once more. */
	for (u32 i = 0; i < 20; i++) {
		new_world();
		w.regular = true;
		w.run_ns = 8 * MS;
		w.stop_ns = (115 + 5 * i) * MS;
		within_1_percent(measure_khz(&pit));
	}
	for (u32 i = 0; i < 20; i++) {
		new_world();
		w.stop_ns = min(w.stop_ns, 12 * (u32)MS);
		within_1_percent(measure_khz(&rtc));
	}
}

/* Seconds of a CPU, and of a device: that is what "bounded" means here. */
static void standing_still(void)
{
	for (u32 i = 0; i < 3; i++) {
		u64 began;

		new_world();
		w.stop_ns = 0;
		w.pit_hz = 0;
		w.khz = i ? 3000000 : 0;
		began = w.ns;
		EQ(measure_khz(&pit), 0);
		EQ(measure_khz(&absent), 0);
		CHECK(w.ns - began < (w.khz ? 7 : 60) * SEC);
	}
	new_world();
	w.khz = 0;
	EQ(measure_khz(&acpi_timer), 0);
}

static u32 said;

static u32 says(const struct counter *unused)
{
	return said;
}

static const struct source all[] = {
	{ "PIT", measure_khz, &pit },
	{ "ACPI timer", measure_khz, &acpi_timer },
	{ "RTC", measure_khz, &rtc },
};

static void agreement(void)
{
	static const struct source cpu[] = {
		{ "CPUID", says, NULL }, { "PIT", measure_khz, &pit },
	};
	struct rate r;

	new_world();
	r = choose_rate(all, 3);
	within_1_percent(r.khz);
	CHECK(r.by == all[1].name && r.confirmed == all[0].name);
	EQ(console_len, 0);
	new_world();
	w.khz = 2990000;
	said = 3000000;
	r = choose_rate(cpu, 2);
	within_1_percent(r.khz);
	CHECK(r.by == cpu[1].name && r.confirmed == cpu[0].name);
	w.khz = 2850000;
	r = choose_rate(cpu, 2);
	CHECK(r.by == cpu[0].name && !r.confirmed);
	said = 200000000;
	r = choose_rate(cpu, 2);
	CHECK(r.by == cpu[1].name && !r.confirmed);
}

/* One that lies is outvoted, and it is said; nobody is believed unasked. */
static void disagreement(void)
{
	struct rate r;

	new_world();
	w.pit_hz /= 2;
	r = choose_rate(all, 3);
	within_1_percent(r.khz);
	CHECK(r.by == all[2].name && r.confirmed == all[1].name);
	CHECK(console_has("by PIT, but"));
	new_world();
	w.acpi_hz *= 3;
	r = choose_rate(all, 3);
	within_1_percent(r.khz);
	CHECK(r.by == all[2].name && r.confirmed == all[0].name);
	new_world();
	w.acpi_hz *= 3;
	r = choose_rate(all, 2);
	CHECK(r.by == all[0].name && !r.confirmed);
	CHECK(console_has("by ACPI timer"));
}

/* No second is waited for if one other knows; else it is all there is. */
static void only_one(void)
{
	struct rate r;
	u64 began;

	new_world();
	w.acpi_hz = 0;
	began = w.ns;
	w.stop_ns = 0;
	w.khz = 3000000;
	r = choose_rate(all, 3);
	within_1_percent(r.khz);
	CHECK(r.by == all[0].name && !r.confirmed);
	CHECK(w.ns - began < 7 * SEC);	/* most of it for a dead timer */
	new_world();
	w.acpi_hz = w.pit_hz = 0;
	r = choose_rate(all, 3);
	within_1_percent(r.khz);
	CHECK(r.by == all[2].name);
	new_world();
	w.khz = 0;
	EQ(choose_rate(all, 3).khz, 0);
	new_world();
	w.khz = 15;
	EQ(choose_rate(all, 3).khz, 0);
}

/* Each leaf is asked for only if the CPU says that it has it. */
static u32 leaf_max, hypervisor, hv_max, leaf_15[3], hv_khz;

static void cpuid(u32 leaf, u32 subleaf, u32 *out)
{
	memset(out, 0, 16);
	if (leaf == 0)
		out[0] = leaf_max;
	else if (leaf == 1)
		out[2] = hypervisor;
	else if (leaf == 0x15)
		memcpy(out, leaf_15, sizeof(leaf_15));
	else if (leaf == 0x16)
		out[0] = 0xabcd0000 | 2600;
	else if (leaf == 0x40000000)
		out[0] = hv_max;
	else if (leaf == 0x40000010)
		out[0] = hv_khz;
}

static void word_of_the_cpu(void)
{
	leaf_15[0] = 2, leaf_15[1] = 216, leaf_15[2] = 24000000;
	hv_max = 0x40000010, hv_khz = 2445428;
	leaf_max = 0x14;
	EQ(cpuid_khz(NULL), 0);
	leaf_max = 0x15;
	EQ(cpuid_khz(NULL), 2592000);
	leaf_15[2] = 0;
	EQ(cpuid_khz(NULL), 0);
	leaf_max = 0x16;
	EQ(cpuid_khz(NULL), 2600000);
	hypervisor = 0x80000000;
	for (u32 i = 0; i < 3; i++) {
		leaf_15[0] = leaf_15[1] = leaf_15[2] = 24000000;
		leaf_15[i] = 0;
		EQ(cpuid_khz(NULL), hv_khz);
	}
	leaf_max = 0xd;
	EQ(cpuid_khz(NULL), hv_khz);
	hv_max = 0x4000000f;
	EQ(cpuid_khz(NULL), 0);
}

/* From now on, at times that nobody chooses. */
static u32 complaints(const struct counter *c, u32 khz, u32 checks, u64 apart)
{
	struct moment last = { 0 };
	u32 n = 0;

	for (u32 i = 0; i < checks; i++) {
		u64 idle = about(apart);

		w.ns += idle;
		if (w.idle_stops_tsc)
			w.idle_ns += idle / 2;
		console_len = 0;
		n += !still_agrees(c, khz, &last);
	}
	return n;
}

static void no_false_alarm(void)
{
	for (u32 i = 0; i < WORLDS; i++) {
		new_world();
		EQ(complaints(&acpi_timer, w.khz, 20, SEC), 0);
		EQ(complaints(&acpi_timer, w.khz, 20, 4 * SEC), 0);
		EQ(complaints(&rtc, w.khz, 20, SEC), 0);
		w.ns += 86400 * SEC;
		EQ(complaints(&acpi_timer, w.khz, 2, 86400 * SEC / 1000), 0);
		EQ(complaints(&rtc, w.khz, 20, 4 * SEC), 0);
	}
}

static void goes_wrong(void)
{
	for (u32 i = 0; i < WORLDS; i++) {
		new_world();
		CHECK(complaints(&acpi_timer, w.khz * 19 / 20, 20, SEC / 2) > 9);
		CHECK(complaints(&acpi_timer, w.khz * 21 / 20, 20, SEC / 2) > 9);
		CHECK(complaints(&rtc, w.khz * 2, 20, 4 * SEC) > 0);
		CHECK(complaints(&rtc, w.khz / 2, 20, 4 * SEC) > 0);
		CHECK(complaints(&rtc, w.khz * 20 / 19, 2000, SEC) > 0);
		w.idle_stops_tsc = true;
		CHECK(complaints(&acpi_timer, w.khz, 20, SEC / 2) > 9);
	}
	CHECK(console_has("clock: "));
}

static const struct tap_test tests[] = {
	{ "clock: stopped at any time, each counter gives the rate within 1 %",
	  stopped_at_any_time },
	{ "clock: a counter or a TSC that stands still ends in bounded time",
	  standing_still },
	{ "clock: what two know is taken, the second one's", agreement },
	{ "clock: one that lies is outvoted, and it is said", disagreement },
	{ "clock: seconds are waited for only if nobody else knows; what cannot "
	  "be is refused", only_one },
	{ "clock: CPUID's leaves, where they exist", word_of_the_cpu },
	{ "clock: no false alarm, however long between two looks",
	  no_false_alarm },
	{ "clock: a TSC that goes wrong later is seen", goes_wrong },
};

TAP_MAIN(tests)
