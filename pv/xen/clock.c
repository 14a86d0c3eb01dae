// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading a clock that a hypervisor describes in shared memory, as Xen and KVM
 * do: xen-pv-abi 8. The hypervisor changes the description while the guest does
 * not run. The version tells whether that happened in the middle of a reading.
 */
#include <kernel/kernel.h>
#include <kernel/time.h>
#include <xen/clock.h>
#include <pv/pv.h>

/*
 * At least what the last call gave. An interrupt may read the clock in the
 * middle of this and must not see half a value: hence CMPXCHG8B.
 */
static u64 not_before(u64 ns)
{
	static u64 last;
	u64 seen = __sync_val_compare_and_swap(&last, 0, 0), was;

	while (ns > seen) {
		was = __sync_val_compare_and_swap(&last, seen, ns);
		if (was == seen)
			return ns;
		seen = was;
	}
	return seen;
}

u64 pvclock_ns(const volatile struct pvclock_time *t)
{
	u32 version;
	u64 ns;

	do {
		version = t->version;
		ns = t->system_time +
		     clock_scale(rdtsc() - t->tsc_timestamp,
				 (struct clock_scale){ t->mul, t->shift });
	} while (version & 1 || version != t->version);
	return t->flags & PVCLOCK_TSC_STABLE ? ns : not_before(ns);
}

u64 pvclock_wall_ns(const volatile struct pvclock_wall *w)
{
	u32 version;
	u64 ns;

	do {
		version = w->version;
		ns = (u64)w->sec * NSEC_PER_SEC + w->nsec;
	} while (version & 1 || version != w->version);
	return ns;
}

/* One that ticks once a second has a shift of 30, one at 2 THz -11. */
u32 pvclock_tsc_khz(const volatile struct pvclock_time *t)
{
	u64 khz;

	if (!t->mul || t->shift > 30 || t->shift < -11)
		return 0;
	khz = div64((u64)NSEC_PER_MSEC << 32, t->mul, NULL);
	khz = t->shift < 0 ? khz << -t->shift : khz >> t->shift;
	return khz >> 32 ? 0 : khz;
}
