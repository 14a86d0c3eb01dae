/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Traps and callbacks: set_trap_table, callback_op, and the frames that Xen
 * pushes. xen-pv-abi 2.2, 6.
 */
#ifndef ABI_XEN_TRAP_H
#define ABI_XEN_TRAP_H

/* Xen's own flat segments, in every GDT. */
#define XEN_KERNEL_CS		0xe019
#define XEN_KERNEL_DS		0xe021

/* trap_info.flags */
#define XEN_TRAP_DPL(n)		(n)
#define XEN_TRAP_MASK_EVENTS	4

/* callback_op */
#define XEN_CALLBACK_REGISTER	0
#define XEN_CALLBACK_EVENT	0
#define XEN_CALLBACK_FAILSAFE	1
#define XEN_CALLBACK_MASK_EVENTS	1

/* Before cpuid: Xen's view of the CPU instead of the hardware's. 5.2. */
#define XEN_EMULATE_PREFIX	"0x0f, 0x0b, 0x78, 0x65, 0x6e"

#ifndef __ASSEMBLY__
#include <kernel/types.h>

struct xen_trap_info {
	u8 vector, flags;
	u16 cs;
	u32 address;		/* 0 ends the table */
};

struct xen_callback {
	u16 type, flags;
	u32 cs, eip;
};

#endif
#endif
