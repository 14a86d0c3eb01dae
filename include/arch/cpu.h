/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The i386 as the kernel sees it: selectors, control register bits, trap
 * vectors, and the frame that every kernel entry leaves on the stack
 * (arch/i386/entry.S builds it). Plain numbers are visible to assembly too.
 */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <arch/x86.h>

/*
 * Our GDT. The first ring-3 code selector and the TLS slots are where Linux
 * has them (0x73, 0x7b, entries 6-8), since user programs see both.
 */
#define GDT_TLS			6
#define GDT_TLS_COUNT		3
#define GDT_KERNEL_CS		12
#define GDT_KERNEL_DS		13
#define GDT_USER_CS		14
#define GDT_USER_DS		15
#define GDT_TSS			16
#define GDT_LDT			17
#define GDT_DOUBLE_FAULT_TSS	31
#define GDT_ENTRIES		32

#define KERNEL_CS		(GDT_KERNEL_CS * 8)
#define KERNEL_DS		(GDT_KERNEL_DS * 8)
#define USER_CS			(GDT_USER_CS * 8 + 3)
#define USER_DS			(GDT_USER_DS * 8 + 3)
#define TSS_SEL			(GDT_TSS * 8)
#define LDT_SEL			(GDT_LDT * 8)
#define DOUBLE_FAULT_SEL	(GDT_DOUBLE_FAULT_TSS * 8)

/* System calls from this number on are unknown. */
#define SYSCALL_LIMIT		448

/* What no error code is: in struct regs from a call to its return. */
#define IN_SYSCALL		0xffffffff

/* Offsets into struct regs, for assembly. */
#define REGS_EAX		24
#define REGS_EIP		44
#define REGS_CS			48
#define REGS_EFLAGS		52

#ifndef __ASSEMBLY__
#include <kernel/types.h>

struct regs {
	u32 ebx, ecx, edx, esi, edi, ebp, eax;
	u32 ds, es;
	u32 vector;		/* the system call number on that path */
	u32 error;		/* IN_SYSCALL on that path */
	u32 eip, cs, eflags;
	u32 esp, ss;		/* only if user_mode() */
};

/*
 * Never compares with a constant RPL of 0: the kernel may run in ring 1. With
 * VM set CS is no selector. A CPU lets only the kernel set VM, which never
 * does; some emulators let a user's IRET do it.
 */
__inline_always bool user_mode(const struct regs *r)
{
	return (r->cs & 3) == 3 || r->eflags & EFLAGS_VM;
}

/* arch/i386/cpu.c: what CPUID said at boot. */
extern struct cpu_info {
	char vendor[13];
	u32 family, model, stepping;
	u32 features;		/* leaf 1, EDX */
	u32 ext_features;	/* leaf 0x80000001, EDX */
} cpu;

#define CPU_SEP			(1u << 11)
#define CPU_APIC		(1u << 9)
#define CPU_PGE			(1u << 13)
#define CPU_FXSR		(1u << 24)
#define CPU_SSE			(1u << 25)
#define CPU_EXT_NX		(1u << 20)

#endif
#endif
