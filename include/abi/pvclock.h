/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The clock that Xen and KVM share with their guests: xen-pv-abi 8.
 * Now = system_time + scaled(TSC - tsc_timestamp).
 */
#ifndef ABI_PVCLOCK_H
#define ABI_PVCLOCK_H

#include <kernel/types.h>

/* An odd version: being written. */
struct pvclock_time {
	u32 version, pad;
	u64 tsc_timestamp;
	u64 system_time;	/* ns */
	u32 mul;		/* as in struct clock_scale */
	s8 shift;
	u8 flags, pad2[2];
};

#define PVCLOCK_TSC_STABLE	1	/* never goes back, on any CPU */

/* UTC when system_time was 0. */
struct pvclock_wall {
	u32 version, sec, nsec;
};

#endif
