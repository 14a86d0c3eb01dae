/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a clock that a hypervisor describes in shared memory. clock.c */
#ifndef PV_XEN_CLOCK_H
#define PV_XEN_CLOCK_H

#include <abi/pvclock.h>

/* Nanoseconds by the hypervisor's count; never less than a call before gave. */
u64 pvclock_ns(const volatile struct pvclock_time *t);
/* Nanoseconds since 1970 when the hypervisor's count began. */
u64 pvclock_wall_ns(const volatile struct pvclock_wall *w);
/* The rate of the TSC, in kHz, that the count is derived from; 0: it can't be. */
u32 pvclock_tsc_khz(const volatile struct pvclock_time *t);

#endif
