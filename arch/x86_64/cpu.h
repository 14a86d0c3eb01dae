/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The CPU in 64-bit mode, as the monitor uses it: the layout of the monitor's
 * half of the address space, its selectors, the frame that each entry leaves,
 * and the instructions that C lacks. Intel SDM volume 3.
 *
 *	0 .. 4 GiB		the guest's: its L3 table hangs in slot 0 of L4
 *	PHYS_BASE + n		machine address n, below 4 GiB; of VMI's face 64
 *	IMAGE_BASE + n		the monitor's image, linked at n
 *	DESC_BASE		the GDT, 16 pages of which the guest owns 14; then
 *				the LDT, 16 pages that are mapped when first used
 *	LAPIC_VA		the local APIC, behind those: bare.h
 */
#ifndef X86_64_CPU_H
#define X86_64_CPU_H

#include <arch/x86.h>

#define PHYS_BASE		0xffff800000000000
#define IMAGE_BASE		0xffffffff80000000
#define DESC_BASE		0xffffffff80800000
#define LDT_BASE		(DESC_BASE + 0x10000)

#define PTE_MFN(pte)		((pte) >> PAGE_SHIFT & 0xffffffffff)

/* The reserved part of every GDT: xen-pv-abi 2.2. */
#define MONITOR_CS		0xe008
#define MONITOR_DS		0xe010
#define GUEST_CS		0xe019
#define GUEST_DS		0xe021
#define USER_CS			0xe02b
#define USER_DS			0xe033
#define TSS_SEL			0xe040
#define LDT_SEL			0xe050
#define CPU_NUMBER_SEL		0xe060
#define GDT_GUEST_PAGES		14
#define GDT_LIMIT		0xefff

/* CPUID: what a guest is not told of. */
#define CPUID_XSAVE		(1u << 26)	/* leaf 1, ECX */
#define CPUID_OSXSAVE		(1u << 27)

#ifndef __ASSEMBLY__
#include <x86_64/bare.h>

/*
 * What an entry leaves on the monitor's stack. The guest is 32-bit code: r8 to
 * r15 mean nothing to it, and are not saved. Its DS, ES, FS and GS stay in
 * the registers.
 */
struct regs {
	u64 ebx, ebp, edi, esi, edx, ecx, eax;
	u64 vector;
	u64 error;
	u64 eip, cs, eflags, esp, ss;
};

__inline_always u32 ring_of(const struct regs *r)
{
	return r->cs & 3;
}

__inline_always void *phys(u64 machine)
{
	return (void *)(PHYS_BASE + machine);
}

__inline_always void *mfn_va(u32 mfn)
{
	return phys((u64)mfn << PAGE_SHIFT);
}

/* Of a page in the direct map; of the image: image_phys(). */
__inline_always u32 mfn_of(const void *page)
{
	return ((u64)page - PHYS_BASE) >> PAGE_SHIFT;
}

extern u64 image_delta;		/* paging.c: linear less physical addresses */

__inline_always u64 image_phys(const void *p)
{
	return (u64)p - image_delta;
}

/* read_cr0(), write_cr0(), ... No translation is global: write_cr3() forgets all. */
#define REGISTER(name)							\
__inline_always u64 read_##name(void)					\
{									\
	u64 value;							\
									\
	asm volatile("mov %%" #name ", %0" : "=r" (value) : : "memory");	\
	return value;							\
}									\
									\
__inline_always void write_##name(u64 value)				\
{									\
	asm volatile("mov %0, %%" #name : : "r" (value) : "memory");	\
}
REGISTER(cr0)
REGISTER(cr2)
REGISTER(cr3)
REGISTER(cr4)
REGISTER(dr0)
REGISTER(dr1)
REGISTER(dr2)
REGISTER(dr3)
REGISTER(dr6)
REGISTER(dr7)
#undef REGISTER

/* DS, ES, FS and GS, which are still the guest's. */
__inline_always void read_segments(u16 selector[4])
{
	asm volatile("mov %%ds, %0" : "=r" (selector[0]));
	asm volatile("mov %%es, %0" : "=r" (selector[1]));
	asm volatile("mov %%fs, %0" : "=r" (selector[2]));
	asm volatile("mov %%gs, %0" : "=r" (selector[3]));
}

__inline_always void clts(void)
{
	asm volatile("clts" : : : "memory");
}

__inline_always void wbinvd(void)
{
	asm volatile("wbinvd" : : : "memory");
}

__inline_always void invlpg(u64 va)
{
	asm volatile("invlpg (%0)" : : "r" (va) : "memory");
}

/* After a fault the CPU goes on behind the instruction. */
#define MAY_FAULT(insn)							\
	"1:	" insn "\n2:\n"						\
	"	.pushsection .extable, \"a\"\n"				\
	"	.quad 1b, 2b\n"						\
	"	.popsection"

/*
 * Copies from or to memory that may fault; false: it did. The CPU leaves in RCX
 * how many steps were not made.
 */
#define COPY(suffix, steps)						\
	asm volatile(MAY_FAULT("rep movs" suffix)			\
		     : "+D" (to), "+S" (from), "=c" (left)		\
		     : "2" (steps) : "memory")

__inline_always bool copy_words(void *to, const void *from, u64 words)
{
	u64 left;

	COPY("l", words);
	return !left;
}

__inline_always bool copy(void *to, const void *from, u64 bytes)
{
	u64 left;

	if (!__builtin_constant_p(bytes) || bytes % 4) {
		COPY("q", bytes / 8);
		if (left)
			return false;
		COPY("b", bytes % 8);
	} else if (bytes % 8) {
		COPY("l", bytes / 4);
	} else {
		COPY("q", bytes / 8);
	}
	return !left;
}

/* As rdmsr, wrmsr and xsetbv; false: it faults on that number or value. */
__inline_always bool rdmsr_safe(u32 msr, u32 *low, u32 *high)
{
	bool done = false;

	asm volatile(MAY_FAULT("rdmsr\n	movb $1, %0")
		     : "+q" (done), "=a" (*low), "=d" (*high) : "c" (msr));
	return done;
}

__inline_always bool wrmsr_safe(u32 msr, u32 low, u32 high)
{
	bool done = false;

	asm volatile(MAY_FAULT("wrmsr\n	movb $1, %0")
		     : "+q" (done) : "c" (msr), "a" (low), "d" (high));
	return done;
}

__inline_always bool xsetbv_safe(u32 xcr, u32 low, u32 high)
{
	bool done = false;

	asm volatile(MAY_FAULT("xsetbv\n	movb $1, %0")
		     : "+q" (done) : "c" (xcr), "a" (low), "d" (high));
	return done;
}

/* Resets the machine. */
__inline_always void __noreturn triple_fault(void)
{
	static const struct {
		u16 limit;
		u64 base;
	} __packed no_idt;

	asm volatile("lidt %0; ud2" : : "m" (no_idt));
	__builtin_unreachable();
}

/* desc.c, paging.c: at boot. */
void desc_init(void);
void paging_init(void);
extern u64 monitor_l4[512], phys_l3[512], desc_l1[512];

#endif
#endif
