/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page that Xen and the guest share: event channels, the mask that serves
 * as interrupt flag, and the clock. xen-pv-abi 7.1, 8.
 */
#ifndef ABI_XEN_SHARED_INFO_H
#define ABI_XEN_SHARED_INFO_H

/* Offsets into the first vcpu_info, which begins the page. */
#define XEN_VCPU_PENDING	0	/* byte: an upcall is due */
#define XEN_VCPU_MASK		1	/* byte: not now */
#define XEN_VCPU_CR2		8

#define XEN_EVENT_PORTS		1024

#ifndef __ASSEMBLY__
#include <abi/pvclock.h>

struct xen_vcpu_info {
	u8 pending, mask, pad[2];
	u32 selector;		/* bit n: look at word n of the ports */
	u32 cr2;		/* of the last page fault */
	u32 pad2[5];
	struct pvclock_time time;
};

struct xen_shared_info {
	struct xen_vcpu_info vcpu[32];
	u32 pending[XEN_EVENT_PORTS / 32];
	u32 mask[XEN_EVENT_PORTS / 32];
	struct pvclock_wall wall;
	u32 max_pfn, pfn_to_mfn_list_list;
	u32 nmi_reason;
	u32 p2m_cr3, p2m_vaddr, p2m_generation;
	u32 wc_sec_hi;
};

_Static_assert(sizeof(struct xen_vcpu_info) == 64, "vcpu_info");
_Static_assert(sizeof(struct xen_shared_info) == 0x928, "shared_info");

#endif
#endif
