// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Time: the guest's clock is the TSC, of which the shared page has the rate.
 * Its timers raise VIRQ_TIMER: one-shot, and periodic while it runs. The local
 * APIC is set to the next that is due; no tick runs otherwise. xen-pv-abi 8.
 */
#include <arch/pc.h>
#include <monitor/xen/hypercall.h>

#define TOO_FAR		(1ull << 50)	/* becomes FAR: xen-pv-abi 8 */
#define FAR		(100 * NSEC_PER_MSEC)
#define PERIOD		(10 * NSEC_PER_MSEC)

static struct clock_scale scale;	/* TSC to ns */
static u64 tsc_start;

struct timers timers = {
	.oneshot = TIMER_NEVER, .periodic = TIMER_NEVER, .poll = TIMER_NEVER,
	.watchdog = TIMER_NEVER, .guest_watchdog = TIMER_NEVER,
};

u64 now_ns(void)
{
	return clock_scale(rdtsc() - tsc_start, scale);
}

/* The next that is due; the periodic one only while the guest runs. */
void timers_arm(void)
{
	u64 next = min(min(timers.oneshot, timers.poll),
		       min(timers.watchdog, timers.guest_watchdog));
	u64 now = now_ns();

	if (!guest.blocked)
		next = min(next, timers.periodic);
	if (next == TIMER_NEVER)
		lapic_stop();
	else
		lapic_one_shot(next > now ? next - now : 0);
}

/* Whatever is due. */
void timer_interrupt(void)
{
	u64 now = now_ns();

	if (timers.oneshot <= now) {
		timers.oneshot = TIMER_NEVER;
		event_virq(XEN_VIRQ_TIMER);
	}
	if (timers.periodic <= now) {
		timers.periodic = now + timers.period;
		event_virq(XEN_VIRQ_TIMER);
	}
	if (timers.poll <= now)
		timers.poll = 0;
	if (timers.watchdog <= now)
		watchdog_check(now);
	if (timers.guest_watchdog <= now)
		guest_shutdown(XEN_SHUTDOWN_WATCHDOG);
	timers_arm();
}

/* Absolute; one in the past comes at once. */
void timer_oneshot(u64 when)
{
	u64 now = now_ns();

	timers.oneshot = when > now + TOO_FAR ? now + FAR : when;
	timer_interrupt();
}

void timer_cancel(void)
{
	timers.oneshot = TIMER_NEVER;
	timers_arm();
}

void timer_period(u64 period)
{
	timers.period = period;
	timers.periodic = period == TIMER_NEVER ? TIMER_NEVER : now_ns() + period;
	timers_arm();
}

s32 hc_set_timer_op(struct call *c)
{
	u64 when = get64(c->args);

	if (when)
		timer_oneshot(when);
	else
		timer_cancel();
	return 0;
}

/* The clock never changes its rate, so it is written once for each place. */
void time_publish(struct pvclock_time *t)
{
	t->version = 1;
	t->tsc_timestamp = tsc_start;
	t->system_time = 0;
	t->mul = scale.mul;
	t->shift = scale.shift;
	t->flags = PVCLOCK_TSC_STABLE;
	t->version = 2;
}

void time_init(void)
{
	scale = clock_scale_make(tsc_khz, NSEC_PER_MSEC);
	tsc_start = rdtsc();
}

/* UTC at the time system_time_ns of the guest's clock. */
void time_set_wall(u64 seconds, u32 ns, u64 system_time)
{
	u64 at = seconds * NSEC_PER_SEC + ns - system_time;
	struct xen_shared_info *s = guest.shared;

	s->wall.version |= 1;
	s->wall.sec = at / NSEC_PER_SEC;
	s->wc_sec_hi = at / NSEC_PER_SEC >> 32;
	s->wall.nsec = at % NSEC_PER_SEC;
	s->wall.version++;
}

void time_start_guest(void)
{
	time_publish(&guest.vcpu->time);
	time_set_wall(cmos_seconds(), 0, now_ns());
	timer_period(PERIOD);
}
