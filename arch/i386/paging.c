// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's own page tables, built once at boot: all usable memory in the
 * direct map, and an empty area for stacks and windows.
 *
 * What must hold: every L1 table of the kernel half exists from then on, and
 * all address spaces share them, so a kernel mapping is in all of them at once.
 * Only entries of L1 tables change. No page is both writable and executable.
 */
#include <arch/pc.h>
#include <arch/trap.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/sections.h>
#include <pv/pv.h>

#define TABLE_FLAGS	(PTE_P | PTE_W | PTE_A | PTE_D)
#define KERNEL_L1S	((VMAP_END - KERNEL_BASE) / L2_SPAN)

extern u8 boot_guard[];			/* below the stack we booted on */
static pte_t *kernel_l2 __ro_after_init;
static pte_t *kernel_l1[KERNEL_L1S] __ro_after_init_zero;

struct firmware firmware __ro_after_init_zero;

static bool within(u32 va, const u8 *start, const u8 *end)
{
	return va >= (u32)start && va < (u32)end;
}

static u64 __init flags_of(u32 va)
{
	u64 base = PTE_P | PTE_A | PTE_D | PTE_G;

	if (within(va, __text_start, __bss_text_end) ||
	    within(va, firmware.start, firmware.end))
		return base;
	if (within(va, __rodata_start, __rodata_end))
		return base | pte_nx;
	return base | PTE_W | pte_nx;
}

static pte_t *__init new_table(void)
{
	pte_t *table = early_alloc(PAGE_SIZE);

	if (!table)
		panic("memory: not enough for the kernel's page tables");
	memset(table, 0, PAGE_SIZE);
	return table;
}

/* An L1 table, with those pages of the direct map that lie in its range. */
static void __init map_region(u32 base)
{
	pte_t *l1 = new_table();

	for (u32 va = base; va - base < L2_SPAN; va += PAGE_SIZE)
		if (va < KERNEL_BASE + direct_end_pa && va != (u32)boot_guard)
			set_pte(&l1[L1_INDEX(va)],
				(va - KERNEL_BASE) | flags_of(va));
	kernel_l1[(base - KERNEL_BASE) / L2_SPAN] = l1;
	link_l1(&kernel_l2[L2_INDEX(base)], pa(l1) | TABLE_FLAGS);
}

void __init paging_init(void)
{
	kernel_l2 = new_table();
	for (u32 base = KERNEL_BASE; base < KERNEL_BASE + direct_end_pa;
	     base += L2_SPAN)
		map_region(base);
	for (u32 base = VMAP_BASE; base < VMAP_END; base += L2_SPAN)
		map_region(base);
	kernel_mm.tables.l3 = new_table();
	link_l2(&kernel_mm.tables.l3[L3_INDEX(KERNEL_BASE)], pa(kernel_l2) | PTE_P);
	root_complete(&kernel_mm.tables);
	write_cr3(pa(kernel_mm.tables.l3));
	double_fault_use(pa(kernel_mm.tables.l3));
}

pte_t *kernel_pte(u32 va)
{
	return &kernel_l1[(va - KERNEL_BASE) / L2_SPAN][L1_INDEX(va)];
}

void kernel_map(u32 va, u64 pa, u64 flags)
{
	set_pte(kernel_pte(va), pa | flags);
}

void kernel_unmap(u32 va)
{
	clear_pte(kernel_pte(va));
	flush_tlb_page(va);
}

void __init lapic_map(u64 machine)
{
	kernel_map(LAPIC_VA, machine,
		   PTE_P | PTE_W | PTE_PCD | PTE_PWT | pte_nx);
}

u8 __init phys_byte(u32 pa)
{
	u32 page = ALIGN_DOWN(pa, PAGE_SIZE);
	static u32 mapped __initdata = ~0u;

	if (page != mapped) {
		kernel_unmap(FIRMWARE_VA);
		kernel_map(FIRMWARE_VA, page, PTE_P | PTE_A | pte_nx);
		mapped = page;
	}
	return *(volatile u8 *)(FIRMWARE_VA + (pa & (PAGE_SIZE - 1)));
}

void firmware_found(const void *start, u32 bytes)
{
	firmware.start = (const u8 *)ALIGN_DOWN((u32)start, PAGE_SIZE);
	firmware.end = (const u8 *)start + bytes;
	if (!kernel_l2)
		return;
	kernel_set_flags(firmware.start, firmware.end,
			 PTE_P | PTE_A | PTE_D | PTE_G);
	flush_tlb_all();
}

void root_copy_kernel(pte_t *l2)
{
	for (u32 i = 0; i < KERNEL_L1S; i++)
		if (pte_flags(&kernel_l2[i]))
			link_l1(&l2[i], pte_frame(&kernel_l2[i]) | TABLE_FLAGS);
}

void __noinline kernel_set_flags(const u8 *start, const u8 *end, u64 flags)
{
	for (u32 va = (u32)start; va < (u32)end; va += PAGE_SIZE)
		set_pte(kernel_pte(va), pa((void *)va) | flags);
}

static void free_image(u8 *start, u8 *end)
{
	for (u8 *page = start; page < end; page += PAGE_SIZE) {
		memset(page, 0, PAGE_SIZE);
		page_put(page);
		total_pages++;
	}
}

void protect_kernel(void)
{
	u64 flags = PTE_P | PTE_A | PTE_D | PTE_G | pte_nx;

	pv_drop_sites((u32)__init_text_start);
	kernel_unmap(FIRMWARE_VA);	/* phys_byte() is gone */
	kernel_set_flags(__ro_after_init_start, __ro_after_init_end, flags);
	kernel_set_flags(__init_text_start, __init_text_end, flags | PTE_W);
	flush_tlb_all();
	free_image(__init_text_start, __init_text_end);
	free_image(__init_data_start, __init_data_end);
}
