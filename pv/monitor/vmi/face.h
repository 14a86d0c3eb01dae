/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What ../traps.c and arch/x86_64/entry.S have to know of a guest that speaks
 * VMI; the Xen face has a file of the same name. vmi-abi 6.
 */
#ifndef FACE_H
#define FACE_H

#include <monitor/offsets.h>
#include <monitor/vmi/shared.h>

#define NMI_STACK		0	/* the one that is in use */
#define FLAT_SEGMENTS		2	/* desc.c: those of the monitor */

/* In flags of guest.trap[], of a gate that is not usable. */
#define TRAP_TASK		0x80	/* `address` has the TSS */
#define TRAP_ABSENT		0x40

/* The error code that entry.S makes for an interrupt where an exception has one. */
#define NOT_A_FAULT		(~0ull)

#ifdef __ASSEMBLY__
	/* \to = ESP of the guest's kernel. The shared page is in RDX. */
	.macro load_kernel_sp to
	mov	SHARED_KERNEL_SP(%rdx), \to
	.endm

	.macro load_kernel_ss to
	mov	SHARED_KERNEL_SS(%rdx), \to
	.endm

	.macro store_mask
	.endm

	/*
	 * The 8259s may have their interrupts where exceptions have error
	 * codes: the BIOS leaves the first of them at 8. The CPU begins each
	 * frame at a multiple of 16.
	 */
	.macro has_error_code
	testb	$8, %spl
	jz	1f
	push	$-1
1:
	.endm
#else
#include <monitor/monitor.h>

#define FRAME_MASK(mask)	0

__inline_always u32 kernel_sp(void)
{
	return shared.kernel_sp;
}

__inline_always u32 kernel_ss(void)
{
	return shared.kernel_ss;
}

/*
 * `int` in that ring by the gate of that vector: what the CPU raises, 0: nothing.
 * The kernel believes it is in ring 0.
 */
__inline_always u32 int_fault(u32 vector, u32 ring)
{
	const struct xen_trap_info *t = &guest.trap[vector];

	if (ring != 1 && (t->flags & 3) < ring)
		return TRAP_GP;
	return t->cs > 3 ? 0 : t->flags & TRAP_ABSENT ? TRAP_NOT_PRESENT : TRAP_GP;
}

/* 9 and 15 are no exceptions of this CPU. */
__inline_always bool is_interrupt(const struct regs *regs)
{
	u32 vector = regs->vector;

	return (vector >= VECTOR_IRQ0 && vector != VECTOR_SYSCALL) ||
	       regs->error == NOT_A_FAULT || vector == 9 || vector == 15;
}

extern u8 wait_end[];

/* The monitor does nothing but wait: whatever comes was sent by a device. */
__inline_always bool face_waits(const struct regs *regs)
{
	return regs->eip == (u64)wait_end;
}
#endif
#endif
