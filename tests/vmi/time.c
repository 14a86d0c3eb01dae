// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The local APIC and time: vmi-abi 6.5 and 7, both wirings of the alarm.
 * Nothing is tested against how fast the host runs: an alarm must not come
 * early, and has to come at all.
 */
#include "test.h"

#define APIC_ID		0x20
#define APIC_SVR	0xf0
#define APIC_LVTT	0x320
#define APIC_LINT0	0x350
#define MASKED		0x10000
#define PIT_OFF		0x3a
#define PIT_CONTROL	0x43
#define PIT_2		0x42
#define GATE_PORT	0x61
#define MEASURE		29829		/* PIT ticks: 1/40 second */

static u64 unit;			/* cycles, 1/64 second */
static u32 base;
static bool have_apic;

static const struct wiring {
	u32 flag, vector;
} wirings[] = {
	{ 0, VECTOR_IRQ(0) }, { VMI_ALARM_LVTT, VECTOR_LVTT },
};

static u64 now(void)
{
	return vmi(GetCycleCounter, VMI_CYCLES_REAL);
}

static void set_alarm(u32 flags, u64 expiry, u64 period)
{
	vmi(SetAlarm, flags, (u32)expiry, (u32)(expiry >> 32), (u32)period,
	    (u32)(period >> 32));
}

static u32 cancel_alarm(u32 flags)
{
	return (u32)vmi(CancelAlarm, flags);
}

static void begin(const struct wiring *w)
{
	base = interrupts[w->vector];
}

/* Ticks since begin(), as soon as there are `count`, or after that time. */
static u32 ticks(const struct wiring *w, u32 count, u64 cycles)
{
	u64 end = now() + cycles;

	while (interrupts[w->vector] - base < count && now() < end) {
		site_irq_enable();
		asm volatile("pause");
		site_irq_disable();
	}
	return interrupts[w->vector] - base;
}

#define LONG		(256 * unit)	/* a loaded host takes its time */

/* Was the last tick not before that? The clocks of QEMU differ a little. */
static void not_before(const struct wiring *w, u64 when)
{
	check(interrupt_at[w->vector] + unit / 64 >= when, "not early");
}

/* After that, none comes. QEMU's PIT ends the count that was stopped. */
static void quiet(const struct wiring *w)
{
	u32 most = w->flag ? 0 : 1;

	site_irq_enable();		/* what has come */
	site_irq_disable();
	begin(w);
	check(ticks(w, most + 1, 4 * unit) <= most, "no tick comes");
}

static bool no_time(void)
{
	if (!answers[VMI_GetCycleFrequency])
		skip("the ROM leaves time to the kernel");
	return !answers[VMI_GetCycleFrequency];
}

/* Cycles in so many ticks of the PIT; 0 if nobody saw when they were over. */
static u32 measure(u32 pit)
{
	u64 start, low, next;

	outb((inb(GATE_PORT) & ~2) | 1, GATE_PORT);
	outb(0xb0, PIT_CONTROL);
	outb(pit & 0xff, PIT_2);
	low = now();
	outb(pit >> 8, PIT_2);
	next = start = now();
	if (start - low > unit / 1024)
		return 0;
	do {
		low = next;
		next = now();
	} while (!(inb(GATE_PORT) & 0x20));
	return now() - low > unit / 1024 ? 0 : (u32)(next - start);
}

static void t_frequency(void)
{
	u32 cycles = 0;
	u64 hz;

	if (no_time())
		return;
	hz = vmi(GetCycleFrequency);
	unit = hz >> 6;
	for (u32 i = 0; i < 200 && !cycles; i++)
		cycles = measure(MEASURE >> (i & 3)) << (i & 3);
	say("# %u kHz, by the PIT %u\n", (u32)(hz >> 3) / 125,
	    cycles / 25);
	/* hz = cycles * 40, within 1 %. */
	check((u64)cycles * 4040 > hz * 100 && (u64)cycles * 3960 < hz * 100,
	      "cycles are those of the counter");
	CHECK(vmi(GetCycleFrequency) == hz);
}

static void t_counters(void)
{
	u64 real, available;

	if (no_time())
		return;
	real = now();
	CHECK(now() > real);
	real = vmi(GetCycleCounter, VMI_CYCLES_AVAILABLE);
	CHECK(vmi(GetCycleCounter, VMI_CYCLES_AVAILABLE) > real);
	real = now();
	available = vmi(GetCycleCounter, VMI_CYCLES_AVAILABLE);
	available += vmi(GetCycleCounter, VMI_CYCLES_STOLEN);
	CHECK(available >= real);
	CHECK(vmi(GetCycleCounter, VMI_CYCLES_STOLEN) < real >> 1);
	CHECK(vmi(GetCycleCounter, 3) == 0);
	CHECK(vmi(GetCycleCounter, ~0u) == 0);
}

static u32 bcd(u8 reg)
{
	u8 value;

	outb(reg, 0x70);
	value = inb(0x71);
	return (value >> 4) * 10 + (value & 15);
}

/* n / d, for a quotient of 32 bits */
static u32 divide(u64 n, u32 d)
{
	u32 low = (u32)n, high = (u32)(n >> 32);

	asm("divl %2" : "+a" (low), "+d" (high) : "r" (d));
	return low;
}

static u32 number(const char *s)
{
	u32 n = 0;

	while (*s >= '0' && *s <= '9')
		n = n * 10 + *s++ - '0';
	return n;
}

static void t_wallclock(void)
{
	u32 seconds, second, tries = 0;

	if (no_time())
		return;
	do {
		second = bcd(0);
		seconds = divide(vmi(GetWallclockTime), 1000000000);
	} while (bcd(0) != second && ++tries < 10);
	EQ(seconds % 60, second);
	EQ(seconds / 60 % 60, bcd(2));
	EQ(seconds / 3600 % 24, bcd(4));
	if (option("clock="))
		check(seconds - number(option("clock=")) < 600, "the date");
	EQ((u32)vmi(WallclockUpdated), 0);
}

/* The clock of a PC counts in BCD or binary, to 12 or to 24. */
static void t_formats(void)
{
	u32 was;
	u8 format;

	if (no_time())
		return;
	outb(11, 0x70);
	format = inb(0x71);
	was = divide(vmi(GetWallclockTime), 1000000000);
	for (u32 i = 0; i < 4; i++) {
		outb(11, 0x70);
		outb(format ^ i << 1, 0x71);
		check(divide(vmi(GetWallclockTime), 1000000000) - was < 60,
		      "the same time");
	}
	outb(11, 0x70);
	outb(format, 0x71);
}

static void t_apic(void)
{
	if (!have_apic || !answers[VMI_APICRead])
		return skip("no local APIC, or not asked of the ROM");
	check((vmi(APICRead, APIC_VERSION) & 0xf0) == 0x10, "a version");
	for (u32 i = 0; i < 2; i++) {
		/* An offset, or as older clients had it, an address. */
		u32 tpr = APIC_TPR + i * apic_va;

		vmi(APICWrite, tpr, 0x20);
		EQ((u32)vmi(APICRead, tpr), 0x20);
		EQ(*(volatile u32 *)(apic_va + APIC_TPR), 0x20);
		vmi(APICWrite, tpr, 0);
		EQ((u32)vmi(APICRead, APIC_TPR), 0);
	}
	EQ((u32)vmi(APICRead, APIC_ID), *(volatile u32 *)(apic_va + APIC_ID));
}

/* As Linux begins: 7.3. */
static void t_begin(void)
{
	outb(PIT_OFF, PIT_CONTROL);
	have_apic = apic_va != 0;
	if (!have_apic)
		return;
	vmi(APICWrite, APIC_SVR, 0x1ff);
	vmi(APICWrite, APIC_LINT0, 0x700);
	vmi(APICWrite, APIC_LVTT, VECTOR_LVTT);
	EQ((u32)vmi(APICRead, APIC_LVTT) & 0x100ff, VECTOR_LVTT);
}

/* Runs a test of alarms with each wiring that there is. */
static void each(void (*test)(const struct wiring *))
{
	if (no_time())
		return;
	for (u32 i = 0; i < (have_apic ? 2 : 1); i++) {
		quiet(&wirings[i]);
		begin(&wirings[i]);
		test(&wirings[i]);
		cancel_alarm(wirings[i].flag);
	}
}

/* A host that is busy may make an alarm late, but not each time. */
static bool late(const struct wiring *w, u64 when)
{
	static u32 times;

	return interrupt_at[w->vector] > when + unit / 2 && ++times < 100;
}

static void one_shot(const struct wiring *w)
{
	for (u32 counter = 0; counter < 2; counter++) {
		u64 when;

		do {
			begin(w);
			when = now() + unit;
			set_alarm(w->flag | counter, when, 0);
			EQ(ticks(w, 1, LONG), 1);
			not_before(w, when);
		} while (late(w, when));
		check(interrupt_at[w->vector] <= when + unit / 2, "not late");
		EQ(ticks(w, 2, 4 * unit), 1);
		EQ(cancel_alarm(w->flag | counter), 0);
	}
}

/* Also with a period that means none: 7.2. */
static void past(const struct wiring *w)
{
	set_alarm(w->flag, now(), 0);
	EQ(ticks(w, 1, LONG), 1);
	set_alarm(w->flag, 1, 0);
	EQ(ticks(w, 2, LONG), 2);
	set_alarm(w->flag | VMI_ALARM_PERIODIC, now() + unit, 0);
	EQ(ticks(w, 3, LONG), 3);
	EQ(ticks(w, 4, 4 * unit), 3);
}

/* A host that is busy may hold us up until an alarm rings: then try again. */
static bool held_up(u64 start)
{
	static u32 times;

	return now() - start > unit / 4 && ++times < 100;
}

static void cancelled(const struct wiring *w)
{
	u32 armed;
	u64 start;

	do {
		start = now();
		set_alarm(w->flag, start + 2 * unit, 0);
		armed = cancel_alarm(w->flag);
	} while (held_up(start));
	EQ(armed, 1);
	EQ(cancel_alarm(w->flag), 0);
	quiet(w);
}

static void replaced(const struct wiring *w)
{
	u64 start;

	do {
		cancel_alarm(w->flag);
		quiet(w);
		begin(w);
		start = now();
		set_alarm(w->flag | VMI_ALARM_PERIODIC, start + unit, unit);
		set_alarm(w->flag, start + 1000 * unit, 0);
		set_alarm(w->flag, start + unit, 0);
	} while (held_up(start));
	EQ(ticks(w, 1, LONG), 1);
	not_before(w, start + unit);
	EQ(ticks(w, 2, 4 * unit), 1);
}

static void periodic(const struct wiring *w)
{
	for (u32 later = 0; later < 2; later++) {
		u64 start;

		do {
			quiet(w);
			begin(w);
			start = now() + later * unit;
			set_alarm(w->flag | VMI_ALARM_PERIODIC, start, unit);
			ticks(w, 1, LONG);
			not_before(w, start);
			check(ticks(w, 10, LONG) >= 10, "ten ticks");
			not_before(w, start + 9 * unit);
			/* Mode or wiring are said again, or not: pitfall 21. */
			EQ(cancel_alarm(VMI_ALARM_PERIODIC), 1);
		} while (late(w, start + 9 * unit));
		check(interrupt_at[w->vector] <= start + 9 * unit + unit / 2,
		      "not late");
		quiet(w);
	}
}

/* The tick of an expiry that is past comes before its period is over. */
static void at_once(const struct wiring *w)
{
	u64 start;

	do {
		quiet(w);
		begin(w);
		start = now();
		set_alarm(w->flag | VMI_ALARM_PERIODIC, start, 2 * unit);
		ticks(w, 1, LONG);
		cancel_alarm(w->flag);
	} while (interrupt_at[w->vector] > start + unit && held_up(start));
	check(interrupt_at[w->vector] <= start + unit, "a tick at once");
}

static void stolen(const struct wiring *w)
{
	u64 when = now() + unit;

	set_alarm(w->flag | VMI_CYCLES_STOLEN, when, 0);
	set_alarm(w->flag | 7, when, 0);
	EQ(ticks(w, 1, 4 * unit), 0);
	EQ(cancel_alarm(w->flag | VMI_CYCLES_STOLEN), 0);
	set_alarm(w->flag, now() + 2 * unit, 0);
	EQ(cancel_alarm(w->flag | VMI_CYCLES_STOLEN), 0);
	EQ(ticks(w, 1, LONG), 1);
}

static void halted(const struct wiring *w)
{
	set_alarm(w->flag, now() + unit, 0);
	while (interrupts[w->vector] == base)
		vmi(Halt);
	site_irq_disable();
	EQ(interrupts[w->vector] - base, 1);
}

static void t_one_shot(void) { each(one_shot); }
static void t_past(void) { each(past); }
static void t_cancel(void) { each(cancelled); }
static void t_replace(void) { each(replaced); }
static void t_periodic(void) { each(periodic); }
static void t_at_once(void) { each(at_once); }
static void t_stolen(void) { each(stolen); }
static void t_halted(void) { each(halted); }

/* Linux goes over to LVTT while the other one ticks. */
static void t_rewire(void)
{
	u64 when;
	u32 was;

	if (no_time())
		return;
	if (!have_apic)
		return skip("no local APIC");
	for (u32 i = 0; i < 2; i++) {
		const struct wiring *from = &wirings[i], *to = &wirings[!i];

		set_alarm(from->flag | VMI_ALARM_PERIODIC, now(), unit);
		begin(from);
		CHECK(ticks(from, 3, LONG) >= 3);
		was = interrupts[to->vector];
		when = now() + unit;
		set_alarm(to->flag, when, 0);
		quiet(from);
		base = was;
		EQ(ticks(to, 1, LONG), 1);
		not_before(to, when);
	}
}

static void t_lvtt(void)
{
	const struct wiring *w = &wirings[1];

	if (no_time())
		return;
	if (!have_apic)
		return skip("no local APIC");
	vmi(APICWrite, APIC_LVTT, MASKED | VECTOR_LVTT);
	begin(w);
	set_alarm(w->flag, now() + unit, 0);
	EQ(ticks(w, 1, 4 * unit), 0);
	set_alarm(w->flag | VMI_ALARM_PERIODIC, now(), unit);
	EQ(ticks(w, 1, 4 * unit), 0);
	vmi(APICWrite, APIC_LVTT, VECTOR_LVTT);
	check(ticks(w, 3, LONG) >= 3, "it still ticks");
	vmi(APICWrite, APIC_LVTT, VECTOR_LVTT);
	check(ticks(w, 6, LONG) >= 6, "it still ticks");
	EQ(cancel_alarm(0), 1);
	quiet(w);
}

const struct test time_tests[] = {
	{ "the APIC and the PIT as Linux leaves them to VMI", t_begin },
	{ "the APIC, by offset and by address", t_apic },
	{ "the frequency is that of the cycle counter", t_frequency },
	{ "real, available and stolen cycles", t_counters },
	{ "the wall clock is that of the machine", t_wallclock },
	{ "the wall clock, in each format of the machine's", t_formats },
	{ "an alarm rings once and not early", t_one_shot },
	{ "an alarm in the past rings", t_past },
	{ "a cancelled alarm does not ring", t_cancel },
	{ "a new alarm replaces the old", t_replace },
	{ "a periodic alarm ticks until it is cancelled", t_periodic },
	{ "a periodic alarm whose time has come ticks at once", t_at_once },
	{ "there is no alarm by stolen time", t_stolen },
	{ "an alarm ends Halt", t_halted },
	{ "an alarm is wired otherwise", t_rewire },
	{ "LVTT: mask and vector are the kernel's, the mode is not", t_lvtt },
	{ }
};
