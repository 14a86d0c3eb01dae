// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Alarms, with both wirings: vmi-abi 7.2, 7.3. How fast the host runs decides
 * nothing: an alarm must not come early, and not be late each time.
 */
#include "test.h"

static u32 base;

static const struct wiring {
	u32 flag, vector;
} wirings[] = {
	{ 0, VECTOR_IRQ(0) }, { VMI_ALARM_LVTT, VECTOR_LVTT },
};

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

#define LONG		(256 * unit)	/* a busy host takes its time */

/* Was the last tick that late? What the ROM knows of clocks is within 1 %. */
static void not_before(const struct wiring *w, u64 start, u64 wait)
{
	check(interrupt_at[w->vector] >= start + wait - wait / 64, "not early");
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

	return interrupt_at[w->vector] > when + unit / 2 && ++times < 1000;
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
			not_before(w, when - unit, unit);
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

	return now() - start > unit / 4 && ++times < 1000;
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
	not_before(w, start, unit);
	EQ(ticks(w, 2, 4 * unit), 1);
}

static void periodic(const struct wiring *w)
{
	for (u32 later = 0; later < 2; later++) {
		u64 start;

		do {
			quiet(w);
			begin(w);
			start = now();
			set_alarm(w->flag | VMI_ALARM_PERIODIC,
				  start + later * unit, unit);
			ticks(w, 1, LONG);
			not_before(w, start, later * unit);
			check(ticks(w, 10, LONG) >= 10, "ten ticks");
			not_before(w, start, (later + 9) * unit);
			/* Mode or wiring are said again, or not: pitfall 21. */
			EQ(cancel_alarm(VMI_ALARM_PERIODIC), 1);
		} while (late(w, start + (later + 9) * unit));
		check(interrupt_at[w->vector] <= start + (later + 9) * unit + unit / 2,
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

/* Linux asks again for each module, with interrupts on: 2.2. */
static void asked(const struct wiring *w)
{
	u32 address, nr = 0;

	set_alarm(w->flag | VMI_ALARM_PERIODIC, now(), unit / 32);
	site_irq_enable();
	while (interrupts[w->vector] - base < 64) {
		EQ(relocation(nr, &address), answers[nr]);
		if (answers[nr] == VMI_RELOC_CALL)
			EQ(address, (u32)ops[nr]);
		nr = (nr + 1) % VMI_CALLS;
	}
	site_irq_disable();
}

static void t_one_shot(void) { each(one_shot); }
static void t_past(void) { each(past); }
static void t_cancel(void) { each(cancelled); }
static void t_replace(void) { each(replaced); }
static void t_periodic(void) { each(periodic); }
static void t_at_once(void) { each(at_once); }
static void t_stolen(void) { each(stolen); }
static void t_halted(void) { each(halted); }
static void t_asked(void) { each(asked); }

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
		not_before(to, when - unit, unit);
	}
}

static void t_lvtt(void)
{
	const struct wiring *w = &wirings[1];

	if (no_time())
		return;
	if (!have_apic)
		return skip("no local APIC");
	vmi(APICWrite, APIC_LVTT, APIC_MASKED | VECTOR_LVTT);
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

const struct test alarm_tests[] = {
	{ "an alarm rings once and not early", t_one_shot },
	{ "an alarm in the past rings", t_past },
	{ "a cancelled alarm does not ring", t_cancel },
	{ "a new alarm replaces the old", t_replace },
	{ "a periodic alarm ticks until it is cancelled", t_periodic },
	{ "a periodic alarm whose time has come ticks at once", t_at_once },
	{ "there is no alarm by stolen time", t_stolen },
	{ "an alarm ends Halt", t_halted },
	{ "the same answers while alarms ring", t_asked },
	{ "an alarm is wired otherwise", t_rewire },
	{ "LVTT: mask and vector are the kernel's, the mode is not", t_lvtt },
	{ }
};
