// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The clock is Xen's own count of nanoseconds. The alarm is Xen's one-shot
 * timer, which takes a time of that count. Stolen time is the time for which
 * this guest was runnable without a CPU. xen-pv-abi 8.
 */
#include <abi/xen/vcpu.h>
#include <kernel/kernel.h>
#include <kernel/time.h>
#include <xen/clock.h>
#include <xen/hypercall.h>
#include <xen/xen.h>

/* Written by Xen whenever it stops or resumes this CPU. */
static volatile struct xen_runstate runstate;

u64 xen_clock_ns(void)
{
	return pvclock_ns(&xen_shared_info.vcpu[0].time);
}

/* 0 would cancel the timer. A time in the past gives the interrupt at once. */
void xen_alarm_set(u64 when_ns)
{
	when_ns = max(when_ns, (u64)1);
	xen_must(XEN_NR_set_timer_op, (u32)when_ns, (u32)(when_ns >> 32), 0, 0);
}

void xen_alarm_cancel(void)
{
	xen_must(XEN_NR_set_timer_op, 0, 0, 0, 0);
}

u64 xen_wall_clock(void)
{
	return pvclock_wall_ns(&xen_shared_info.wall) + xen_clock_ns();
}

u64 xen_steal_ns(void)
{
	u64 since, ns;

	do {
		since = runstate.since;
		ns = runstate.time[XEN_RUNSTATE_RUNNABLE];
	} while (since != runstate.since);
	return ns;
}

void __init xen_start_clock(void)
{
	u32 area[2] = { (u32)&runstate, 0 };

	xen_must(XEN_NR_vcpu_op, XEN_VCPU_REGISTER_RUNSTATE, 0, (u32)area, 0);
	tsc_khz = pvclock_tsc_khz(&xen_shared_info.vcpu[0].time);
	if (!tsc_khz)
		panic("xen: its clock has no rate");
	printk("clock: Xen's, by a TSC at %u kHz\n", tsc_khz);
}

void __init xen_start_alarm(void)
{
	xen_must(XEN_NR_vcpu_op, XEN_VCPU_STOP_PERIODIC_TIMER, 0, 0, 0);
}
