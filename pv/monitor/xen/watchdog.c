// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The watchdog: a guest that masks events, and for so many seconds neither calls
 * nor faults, hangs. It is shown, and ended.
 */
#include <monitor/xen/xen.h>

static u32 limit;

void watchdog_init(u32 seconds)
{
	limit = seconds;
	if (limit)
		timers.watchdog = now_ns() + NSEC_PER_SEC;
}

/* Once a second. */
void watchdog_check(u64 now)
{
	static u64 last;
	static u32 hung;
	u64 entries = 0;

	timers.watchdog = now + NSEC_PER_SEC;
	for (u32 i = 0; i < SWITCH_CAUSES; i++)
		if (i != SWITCH_INTERRUPT)
			entries += switches[i];
	hung = guest.vcpu->mask && !guest.blocked && entries == last ?
	       hung + 1 : 0;
	last = entries;
	if (hung < limit)
		return;
	printk("monitor: the guest hangs with events masked\n");
	show_guest(guest_regs);
	guest_shutdown(XEN_SHUTDOWN_WATCHDOG);
}
