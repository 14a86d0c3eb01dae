/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PAE page tables and the layout of the address space. An entry in memory is
 * a pte_t at every level (L1, L2, L3). Its flags may be read directly, its
 * frame only through get_pte(): under a hypervisor the entry holds a machine
 * frame. Entries are written through operations alone (include/pv/ops.def).
 */
#ifndef ARCH_PAGE_H
#define ARCH_PAGE_H

#include <arch/x86.h>

#define KERNEL_BASE		0xc0000000

/*
 * The kernel half. From HOLE_BASE up it belongs to a hypervisor.
 *   KERNEL_BASE .. DIRECT_END   all usable memory, 4 KiB pages
 *   VMAP_BASE .. VMAP_END       kernel stacks with guard pages, windows
 */
#define DIRECT_END		0xf0000000
#define VMAP_BASE		0xf0000000
#define VMAP_END		0xf1000000
#define HOLE_BASE		0xf5800000
#define DIRECT_MAX		(DIRECT_END - KERNEL_BASE)

/* Fixed windows at the start of the vmap area. */
#define PATCH_VA		0xf0001000	/* two pages: pv/patch.c */
#define FIRMWARE_VA		0xf0005000	/* phys_byte() */
#define STACKS_BASE		0xf0010000
#define TRACE_VA		(LAPIC_VA - TRACE_SIZE)	/* the ring: pv/trace/ */
#define TRACE_SIZE		0x00080000
#define LAPIC_VA		0xf0fff000	/* where a VMI ROM looks first */

/* The user half. */
#define USER_END		0xc0000000
#define STACK_TOP		0xbffff000	/* one page below the end unmapped */
#define STACK_MAX		0x00800000
#define STACK_GAP		0x00100000	/* below it, up to what else is there */
#define MMAP_TOP		0xbf000000
#define MMAP_BOTTOM		0x80000000

/* Beside the bits of x86.h. */
#define PTE_HELD		0x200	/* not present, but has a page: pte_held() */
#define PTE_MAPPED		(PTE_P | PTE_HELD)
#define PTE_PFN_MASK		0x000ffffffffff000ull

#define L2_SPAN			0x200000	/* bytes that one L1 table maps */

#ifndef __ASSEMBLY__
#include <kernel/types.h>

/*
 * An entry in memory, of any level, and a value: the same 64 bits with the
 * frame as the kernel counts it.
 */
typedef struct {
	u32 lo, hi;
} pte_t;
typedef u64 pteval_t;

__inline_always u32 pte_flags(const pte_t *p)
{
	return p->lo & 0xfff;
}

/* The direct map: only for frames below the end of usable memory. */
__inline_always u32 pa(const void *va)
{
	return (u32)va - KERNEL_BASE;
}

__inline_always void *va(u64 pa)
{
	return (void *)((u32)pa + KERNEL_BASE);
}

__inline_always u32 pte_pa(pteval_t value)
{
	return (u32)(value & PTE_PFN_MASK);
}

/*
 * The entry of a page that nobody may touch (PROT_NONE), and the page of such
 * an entry. It must name no frame: some CPUs read memory at the address in an
 * entry that is not present, before they fault (L1TF), and Xen ends a guest for
 * it. So bits 12 to 51, the frame, stay 0, and the page's address is kept
 * elsewhere:
 *
 *	bits 12 to 23 of pa	<< 40 are bits 52 to 63
 *	bits 24 to 29 of pa	>> 24 << 3 are bits 3 to 8
 *
 * That is enough below 1 GiB, where the direct map lies.
 */
__inline_always u64 pte_held(u32 pa)
{
	return (u64)pa << 40 | pa >> 24 << 3 | PTE_HELD;
}

__inline_always u32 pte_held_pa(const pte_t *p)
{
	return (p->lo & 0x1f8) << 21 | p->hi >> 8;
}

#endif
#endif
