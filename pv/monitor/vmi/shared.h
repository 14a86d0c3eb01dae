/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page that the ROM's code in ring 1 shares with the monitor, at VMI_TOP in
 * each address space of the guest, for its kernel alone. Nothing in it is
 * believed: a guest that writes there harms itself. It begins like Xen's
 * vcpu_info, so that one entry code serves both faces.
 */
#ifndef MONITOR_SHARED_H
#define MONITOR_SHARED_H

#define VMI_TOP			0xffc00000	/* virtual_top */

/* `int` from ring 1. No device has it: 31 is reserved, and is no exception. */
#define HYPERCALL_VECTOR	31

#define SHARED_PENDING		0	/* byte: an interrupt is due */
#define SHARED_MASK		1	/* byte: the opposite of IF */
#define SHARED_CR2		8
#define SHARED_KERNEL_SP	64	/* of UpdateKernelStack */
#define SHARED_KERNEL_SS	68
#define SHARED_CR0		72	/* for the calls that read */
#define SHARED_CR3		76
#define SHARED_CR4		80
#define SHARED_TR		84
#define SHARED_LDT		88
#define SHARED_SYSEXIT_CS	92
#define SHARED_SYSEXIT_SS	96
#define SHARED_GDTR		100	/* limit, base */
#define SHARED_IDTR		106
#define SHARED_TAIL		112	/* told so far, and done: both count up */
#define SHARED_HEAD		116
#define SHARED_IOPL		120	/* of SetIOPLMask */
#define SHARED_QUEUE		128	/* {what, about} */
#define SHARED_QUEUE_SIZE	256	/* a power of 2 */

#define QUEUE_ENTRY		1	/* linear address of an entry that changed */
#define QUEUE_ANNOUNCE		2	/* page number of a table */
#define QUEUE_RELEASE		3

/* Calls beyond API 3.0 that GetRelocationInfo does not give: abi/vmi.h has others. */
#define VMI_Note		83	/* EAX, EDX: the queue is full */
#define VMI_SelfCheck		84	/* EAX: entries of shadow tables that are wrong */

#ifndef __ASSEMBLY__
#include <abi/xen/shared_info.h>

/* As LGDT and LIDT take it in 32-bit mode. */
struct table_pointer {
	u16 limit;
	u32 base;
} __packed;

struct shared {
	struct xen_vcpu_info vcpu;
	u32 kernel_sp, kernel_ss;
	u32 cr0, cr3, cr4, tr, ldt, sysexit_cs, sysexit_ss;
	struct table_pointer gdtr, idtr;
	u32 tail, head, iopl;
	u32 pad;
	struct {
		u32 what, about;
	} queue[SHARED_QUEUE_SIZE];
};

extern struct shared shared;

#define SHARED_AT(field, offset) \
	_Static_assert(offsetof(struct shared, field) == offset, #field)
SHARED_AT(vcpu.cr2, SHARED_CR2);
SHARED_AT(kernel_sp, SHARED_KERNEL_SP);
SHARED_AT(kernel_ss, SHARED_KERNEL_SS);
SHARED_AT(cr0, SHARED_CR0);
SHARED_AT(sysexit_ss, SHARED_SYSEXIT_SS);
SHARED_AT(gdtr, SHARED_GDTR);
SHARED_AT(idtr, SHARED_IDTR);
SHARED_AT(tail, SHARED_TAIL);
SHARED_AT(iopl, SHARED_IOPL);
SHARED_AT(queue, SHARED_QUEUE);
#endif
#endif
