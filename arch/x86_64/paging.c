// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The monitor's own page tables. Slot 0 of L4 is the guest's L3 table, whatever
 * it is; types.c sees to it that no table of the guest names a frame that is
 * not the guest's. All that lies above 4 GiB, which a 32-bit guest cannot
 * name, is built here and never changes, but for the pages of descriptors and
 * the memory above 4 GiB that VMI's face maps.
 */
#include <arch/pc.h>
#include <monitor/monitor.h>

#define BIG_PAGE	(PTE_P | PTE_W | PTE_A | 0x40 | PTE_PS | PTE_NX)
#define TABLE		(PTE_P | PTE_W | PTE_A)
#define PAGE_TABLE(name, n) \
	u64 name[n] __section(".bss.page_aligned") __aligned(PAGE_SIZE)

PAGE_TABLE(monitor_l4, 512);
PAGE_TABLE(desc_l1, 512);
PAGE_TABLE(phys_l3, 512);
static PAGE_TABLE(phys_l2, 4 * 512);
static PAGE_TABLE(image_l3, 512);
static PAGE_TABLE(image_l2, 512);
static PAGE_TABLE(image_l1, 512);

u64 image_delta = IMAGE_BASE;

extern u8 image_start[], text_end[], rodata_end[], image_end[];

static u32 index(u64 va, u32 level)
{
	return va >> (12 + 9 * (level - 1)) & 511;
}

static void link(u64 *entry, const void *table)
{
	*entry = image_phys(table) | TABLE;
}

/* Text is executable, text and constants are not writable. */
static void map_image(void)
{
	for (u64 p = (u64)image_start; p < (u64)image_end; p += PAGE_SIZE) {
		u64 flags = p < (u64)text_end ? 0 : PTE_NX;

		if (p >= (u64)rodata_end)
			flags |= PTE_W | 0x40;
		image_l1[index(p, 1)] = image_phys((void *)p) | PTE_P | PTE_A |
					flags;
	}
}

u64 apic_base;

void lapic_map(u64 machine)
{
	apic_base = machine;
	desc_l1[index(LAPIC_VA, 1)] = machine | PTE_P | PTE_W | PTE_PCD |
				      PTE_PWT | PTE_NX;
}

void paging_init(void)
{
	for (u64 i = 0; i < 4 * 512; i++)
		phys_l2[i] = i << 21 | BIG_PAGE;
	for (u32 i = 0; i < 4; i++)
		link(&phys_l3[i], phys_l2 + i * 512);
	map_image();
	link(&image_l2[index((u64)image_start, 2)], image_l1);
	link(&image_l2[index(DESC_BASE, 2)], desc_l1);
	link(&image_l3[index(IMAGE_BASE, 3)], image_l2);
	link(&monitor_l4[index(PHYS_BASE, 4)], phys_l3);
	link(&monitor_l4[index(IMAGE_BASE, 4)], image_l3);
	write_cr3(image_phys(monitor_l4));
}

u8 phys_byte(u32 pa)
{
	return *(volatile u8 *)phys(pa);
}
