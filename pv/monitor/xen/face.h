/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What ../traps.c and arch/x86_64/entry.S have to know of a guest that speaks
 * Xen's ABI; the VMI face has a file of the same name. xen-pv-abi 6.
 */
#ifndef FACE_H
#define FACE_H

#include <monitor/offsets.h>

#define HYPERCALL_VECTOR	0x82
#define NMI_STACK		1	/* of its own, in the TSS */
#define FLAT_SEGMENTS		7	/* desc.c: the guest has some too */

#ifdef __ASSEMBLY__
	/* \to = ESP of the guest's kernel. The vcpu is in RDX. */
	.macro load_kernel_sp to
	mov	guest + GUEST_KERNEL_SP, \to
	.endm

	.macro load_kernel_ss to
	mov	guest + GUEST_KERNEL_SS, \to
	.endm

	/* DL, the mask, into the frame at RCX. */
	.macro store_mask
	to_stack mov %dl, 6(%rcx)
	.endm

	/* On this vector; no device has it. */
	.macro has_error_code
	.endm
#else
#include <monitor/monitor.h>

/* A frame has the mask above CS. */
#define FRAME_MASK(mask)	((mask) << 16)

__inline_always u32 kernel_sp(void)
{
	return guest.kernel_sp;
}

__inline_always u32 kernel_ss(void)
{
	return guest.kernel_ss;
}

/* `int` in that ring by the gate of that vector, DPL 0: nobody. 0: it may be. */
__inline_always u32 int_fault(u32 vector, u32 ring)
{
	u32 dpl = guest.trap[vector].flags & 3;

	return guest.trap[vector].cs > 3 && dpl && dpl >= ring ? 0 : TRAP_GP;
}

__inline_always bool is_interrupt(const struct regs *regs)
{
	return regs->vector >= VECTOR_IRQ0 && regs->vector != VECTOR_SYSCALL;
}

/* The vectors of its devices are those that the monitor has given them. */
__inline_always bool face_waits(const struct regs *regs)
{
	return false;
}
#endif
#endif
