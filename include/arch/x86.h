/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an x86 CPU is to the kernel, 32-bit code, and to the monitor, 64-bit
 * code: bits of its control registers and page tables, trap vectors. Intel SDM
 * volume 3.
 */
#ifndef ARCH_X86_H
#define ARCH_X86_H

#define PAGE_SHIFT		12
#define PAGE_SIZE		0x1000

#define PTE_P			0x001
#define PTE_W			0x002
#define PTE_U			0x004
#define PTE_PWT			0x008
#define PTE_PCD			0x010
#define PTE_A			0x020
#define PTE_D			0x040
#define PTE_PS			0x080	/* L1: the PAT bit */
#define PTE_G			0x100
#define PTE_NX			(1ull << 63)

#define L1_INDEX(va)		(((va) >> 12) & 511)
#define L2_INDEX(va)		(((va) >> 21) & 511)
#define L3_INDEX(va)		((va) >> 30)

#define CR0_PE			0x00000001
#define CR0_MP			0x00000002
#define CR0_TS			0x00000008
#define CR0_ET			0x00000010
#define CR0_NE			0x00000020
#define CR0_WP			0x00010000
#define CR0_AM			0x00040000
#define CR0_PG			0x80000000

#define CR4_TSD			0x0004
#define CR4_DE			0x0008
#define CR4_PSE			0x0010
#define CR4_PAE			0x0020
#define CR4_MCE			0x0040
#define CR4_PGE			0x0080
#define CR4_OSFXSR		0x0200
#define CR4_OSXMMEXCPT		0x0400
#define CR4_OSXSAVE		0x40000

#define DR6_BREAKPOINTS		0x000f
#define DR6_STEP		0x4000
#define DR6_CLEAR		0xffff0ff0

#define EFLAGS_FIXED		0x0002
#define EFLAGS_TF		0x0100
#define EFLAGS_IF		0x0200
#define EFLAGS_DF		0x0400
#define EFLAGS_IOPL		0x3000
#define EFLAGS_NT		0x4000
#define EFLAGS_RF		0x10000
#define EFLAGS_VM		0x20000
#define EFLAGS_AC		0x40000
#define EFLAGS_ID		0x200000
#define EFLAGS_USER		0x244dd5	/* all that a guest may set: not IF, IOPL, VM, RF */

#define MSR_APIC_BASE		0x1b
#define MSR_UCODE_WRITE		0x79
#define MSR_UCODE_REV		0x8b
#define MSR_SYSENTER_CS		0x174
#define MSR_MISC_ENABLE		0x1a0
#define MSR_PAT			0x277
#define MSR_EFER		0xc0000080
#define EFER_LME		0x100
#define EFER_NXE		0x800

#define TRAP_DEBUG		1
#define TRAP_NMI		2
#define TRAP_BREAKPOINT		3
#define TRAP_OVERFLOW		4
#define TRAP_BOUND		5
#define TRAP_INVALID_OP		6
#define TRAP_NO_FPU		7
#define TRAP_DOUBLE_FAULT	8
#define TRAP_NOT_PRESENT	11
#define TRAP_GP			13
#define TRAP_PAGE_FAULT		14
#define TRAP_FPU		16
#define TRAP_ALIGNMENT		17
#define TRAP_MACHINE_CHECK	18
#define TRAP_SIMD		19
#define VECTOR_IRQ0		0x20
#define VECTOR_TIMER		0x30
#define VECTOR_KICK		0x31	/* the monitor's to itself */
#define VECTOR_SYSCALL		0x80
#define VECTOR_SPURIOUS		0xff

/* Page-fault error code. */
#define PF_PRESENT		0x01
#define PF_WRITE		0x02
#define PF_USER			0x04
#define PF_RESERVED		0x08
#define PF_EXEC			0x10

#endif
