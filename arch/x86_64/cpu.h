/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The CPU in 64-bit mode, as the monitor uses it: the layout of the monitor's
 * half of the address space, its selectors, the frame that each entry leaves,
 * and the instructions that C lacks. Intel SDM volume 3.
 *
 *	0 .. 4 GiB		the guest's: its L3 table hangs in slot 0 of L4
 *	PHYS_BASE + n		machine address n, below 4 GiB
 *	IMAGE_BASE + n		the monitor's image, linked at n
 *	DESC_BASE		the GDT, 16 pages of which the guest owns 14; then
 *				the LDT, 16 pages that are mapped when first used
 */
#ifndef X86_64_CPU_H
#define X86_64_CPU_H

#include <arch/x86.h>

#define PAGE_SHIFT		12
#define PAGE_SIZE		0x1000

#define PHYS_BASE		0xffff800000000000
#define IMAGE_BASE		0xffffffff80000000
#define DESC_BASE		0xffffffff80800000
#define LDT_BASE		(DESC_BASE + 0x10000)

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
#include <kernel/types.h>

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

__inline_always u64 image_phys(const void *p)
{
	return (u64)p - IMAGE_BASE;
}

__inline_always u64 rdtsc(void)
{
	u32 lo, hi;

	asm volatile("rdtsc" : "=a" (lo), "=d" (hi));
	return lo | (u64)hi << 32;
}

__inline_always u64 rdmsr(u32 msr)
{
	u32 lo, hi;

	asm volatile("rdmsr" : "=a" (lo), "=d" (hi) : "c" (msr));
	return lo | (u64)hi << 32;
}

__inline_always void wrmsr(u32 msr, u64 value)
{
	asm volatile("wrmsr" : : "c" (msr), "a" ((u32)value),
		     "d" ((u32)(value >> 32)) : "memory");
}

struct cpuid {
	u32 eax, ebx, ecx, edx;
};

__inline_always struct cpuid cpuid(u32 leaf, u32 sub)
{
	struct cpuid c;

	asm volatile("cpuid"
		     : "=a" (c.eax), "=b" (c.ebx), "=c" (c.ecx), "=d" (c.edx)
		     : "0" (leaf), "2" (sub));
	return c;
}

__inline_always u8 inb(u16 port)
{
	u8 value;

	asm volatile("inb %1, %0" : "=a" (value) : "Nd" (port) : "memory");
	return value;
}

__inline_always void outb(u8 value, u16 port)
{
	asm volatile("outb %0, %1" : : "a" (value), "Nd" (port) : "memory");
}

__inline_always void outl(u32 value, u16 port)
{
	asm volatile("outl %0, %1" : : "a" (value), "Nd" (port) : "memory");
}

__inline_always u64 read_cr0(void)
{
	u64 value;

	asm volatile("mov %%cr0, %0" : "=r" (value) : : "memory");
	return value;
}

__inline_always void write_cr0(u64 value)
{
	asm volatile("mov %0, %%cr0" : : "r" (value) : "memory");
}

__inline_always u64 read_cr2(void)
{
	u64 value;

	asm volatile("mov %%cr2, %0" : "=r" (value) : : "memory");
	return value;
}

__inline_always u64 read_dr6(void)
{
	u64 value;

	asm volatile("mov %%dr6, %0" : "=r" (value) : : "memory");
	return value;
}

__inline_always void write_dr6(u64 value)
{
	asm volatile("mov %0, %%dr6" : : "r" (value) : "memory");
}

__inline_always u64 read_cr3(void)
{
	u64 value;

	asm volatile("mov %%cr3, %0" : "=r" (value) : : "memory");
	return value;
}

/* No translation is global: this forgets all of them. */
__inline_always void write_cr3(u64 value)
{
	asm volatile("mov %0, %%cr3" : : "r" (value) : "memory");
}

__inline_always void wbinvd(void)
{
	asm volatile("wbinvd" : : : "memory");
}

__inline_always void invlpg(u64 va)
{
	asm volatile("invlpg (%0)" : : "r" (va) : "memory");
}

/*
 * Copies from or to memory that may fault; false: it did. The CPU leaves in RCX
 * how many steps were not made, and after a fault goes on behind the REP.
 */
#define COPY(suffix, steps)						\
	asm volatile("1: rep movs" suffix "\n2:\n"			\
		     "	.pushsection .extable, \"a\"\n"		\
		     "	.quad 1b, 2b\n"					\
		     "	.popsection"					\
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

/* uaccess.S: what may fault in the monitor, on a value of the guest's. */
bool rdmsr_safe(u32 msr, u64 *value);
bool wrmsr_safe(u32 msr, u64 value);
bool load_segments(const u16 selector[4]);	/* DS, ES, FS, GS */
bool xsetbv_safe(u32 xcr, u32 low, u32 high);

/* desc.c, paging.c: at boot. */
void desc_init(void);
void paging_init(void);
extern u64 monitor_l4[512], desc_l1[512];

#endif
#endif
