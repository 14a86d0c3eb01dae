// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Page tables, built and changed as Linux does it: vmi-abi 4. One code for
 * entries of 4 and of 8 bytes, `pae` says which.
 */
#include "test.h"

#define FRAME		PTE_PFN_MASK
#define KERNEL_PAGE	(PTE_P | PTE_W | PTE_A | PTE_D)
#define MEMORY_MOST	(64 << 20)

bool pae;
u32 apic_va;
static u32 memory = 16 << 20, next_page;
static bool by_call;			/* VMI is on */

void *alloc_page(void)
{
	char *page;

	if (!next_page)
		next_page = (u32)image_end;
	page = (char *)next_page;
	next_page += PAGE_SIZE;
	check(page_pa(page) < 16 << 20, "enough pages");
	return __builtin_memset(page, 0, PAGE_SIZE);
}

void *table_at(u64 e)
{
	return (void *)((u32)(e & FRAME) + PAGE_OFFSET);
}

u64 get_entry(const void *e)
{
	return pae ? *(const u64 *)e : *(const u32 *)e;
}

void store_entry(void *e, u64 value)
{
	if (pae)
		*(u64 *)e = value;
	else
		*(u32 *)e = (u32)value;
}

/* SetPxE in either format: 4.2. */
void set_entry(void *e, u64 value, u32 flags)
{
	if (!by_call)
		store_entry(e, value);
	else if (pae)
		vmi(SetPxELong, (u32)value, (u32)(value >> 32), (u32)e, flags);
	else
		vmi(SetPxE, (u32)value, (u32)e, flags);
}

void update_entry(void *e, u32 flags)
{
	if (pae)
		vmi(UpdatePxELong, (u32)e, flags);
	else
		vmi(UpdatePxE, (u32)e, flags);
}

static u32 pae_flag(void)
{
	return pae ? VMI_PAGE_PAE : 0;
}

void announce(const void *table, u32 flags)
{
	if (by_call)
		vmi(AllocatePage, page_pa(table) >> 12,
		    flags | VMI_PAGE_ZEROED | pae_flag(), 0, 0, 0);
}

void release(const void *table, u32 flags)
{
	vmi(ReleasePage, page_pa(table) >> 12, flags | pae_flag());
}

/* The entry for va; level 1 or 2, which has to exist. */
void *entry(void *top, u32 va, u32 level)
{
	char *directory = top;

	if (pae) {
		directory = table_at(((u64 *)top)[va >> 30]);
		directory += (va >> 21 & 511) * 8;
		if (level == 2)
			return directory;
		return (u64 *)table_at(*(u64 *)directory) + (va >> 12 & 511);
	}
	directory += (va >> 22) * 4;
	if (level == 2)
		return directory;
	return (u32 *)table_at(*(u32 *)directory) + (va >> 12 & 1023);
}

u32 span(void)
{
	return pae ? 2 << 20 : 4 << 20;
}

/* The entry of level 1 for va, with a new table if there is none: 4.4. */
void *make_entry(void *top, u32 va)
{
	void *e = entry(top, va, 2);

	if (!(get_entry(e) & PTE_P)) {
		void *table = alloc_page();

		announce(table, VMI_PAGE_PT);
		set_entry(e, page_pa(table) | PTE_P | PTE_W | PTE_U,
			  VMI_PAGE_PD);
	}
	return entry(top, va, 1);
}

void map_page(void *top, u32 va, u64 value)
{
	set_entry(make_entry(top, va), value, VMI_PAGE_PT);
}

/*
 * The kernel's half of swapper. With PAE, the first 32 bytes become the top
 * table while the CPU still takes the page for a directory of 4-byte entries.
 */
static void build(void)
{
	u64 *top = (u64 *)swapper;

	for (u32 i = 0; pae && i < 4; i++) {
		u64 *directory = alloc_page();

		if (top[i] & PTE_P && by_call && !option("pae-late"))
			continue;
		announce(directory, VMI_PAGE_PD);
		set_entry(&top[i], page_pa(directory) | PTE_P, VMI_PAGE_PDP);
	}
	for (u32 pa = 0; pa < memory; pa += PAGE_SIZE)
		map_page(swapper, PAGE_OFFSET + pa, pa | KERNEL_PAGE);
}

void paging_boot(u32 upper_kib)
{
	memory = min((upper_kib << 10) + (1 << 20), (u32)MEMORY_MOST);
	if (!option("pae"))
		return;
	pae = true;
	build();
	asm volatile("mov %0, %%cr4" : : "r" (CR4_PAE) : "memory");
	asm volatile("mov %0, %%cr3" : : "r" (page_pa(swapper)) : "memory");
}

u32 features(void)
{
	static struct gpr r;

	if (!r.edx) {
		r.eax = 1;
		invoke(ops[VMI_CPUID], &r, 0, 0);
	}
	return r.edx;
}

/* A new address space shares the kernel's half: 4.3, 4.4. */
void *new_space(void)
{
	u32 *top = alloc_page();

	if (pae) {
		for (u32 i = 0; i < 3; i++) {
			void *directory = alloc_page();

			announce(directory, VMI_PAGE_PD);
			set_entry(&top[i * 2], page_pa(directory) | PTE_P,
				  VMI_PAGE_PDP);
		}
		set_entry(&top[6], get_entry(swapper + 24), VMI_PAGE_PDP);
		return top;
	}
	for (u32 i = 768; i < 1024; i++)
		top[i] = ((u32 *)swapper)[i];
	vmi(AllocatePage, page_pa(top) >> 12,
	    VMI_PAGE_PD | VMI_PAGE_ZEROED | VMI_PAGE_CLONE,
	    page_pa(swapper) >> 12, 768, 256);
	return top;
}

static void t_init(void)
{
	volatile u32 *last;

	by_call = true;
	pae = pae || option("pae-late");
	build();
	if (!option("pae-late"))
		announce(swapper, VMI_PAGE_PD);
	vmi(SetCR3, page_pa(swapper));
	if (pae)
		vmi(SetCR4, (u32)vmi(GetCR4) | CR4_PAE);
	for (u32 i = 0; !pae && i < 768; i++)
		set_entry(entry(swapper, i << 22, 2), 0, VMI_PAGE_PD);
	vmi(FlushTLB, VMI_FLUSH_TLB | VMI_FLUSH_GLOBAL);
	if (features() & CPU_PSE)
		vmi(SetCR4, (u32)vmi(GetCR4) | CR4_PSE);
	if (features() & CPU_PGE)
		vmi(SetCR4, (u32)vmi(GetCR4) | CR4_PGE);
	vmi(FlushTLB, VMI_FLUSH_TLB | VMI_FLUSH_GLOBAL);
	if (features() & CPU_APIC) {
		apic_va = rom->virtual_top - 5 * PAGE_SIZE;
		map_page(swapper, apic_va,
			 0xfee00000 | PTE_P | PTE_W | PTE_PCD | PTE_PWT);
	}

	EQ((u32)vmi(GetCR3), page_pa(swapper));
	EQ((u32)vmi(GetCR4) & CR4_PAE, pae ? CR4_PAE : 0);
	last = (u32 *)(PAGE_OFFSET + memory - 4);
	*last = 0x600dda7a;
	EQ(*last, 0x600dda7a);
	CHECK(traps(peek, 0x1000));
}

const struct test paging_tests[] = {
	{ "the kernel's page tables are built and used", t_init },
	{ }
};
