// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory of the guest: pages with an address, frames without one, and the page
 * tables, all of which can be read where the builder has mapped them.
 * xen-pv-abi 2.3, 2.5, 4.
 */
#include <abi/xen/vcpu.h>
#include "guest.h"

#define M2P		((const u32 *)XEN_M2P_BASE)
#define L4_TABLES	4

char pool[POOL][PAGE_SIZE] __section(".bss.page_aligned") __aligned(PAGE_SIZE);
static char shared_page[PAGE_SIZE] __section(".bss.page_aligned")
	__aligned(PAGE_SIZE);
static char window_page[PAGE_SIZE] __section(".bss.page_aligned")
	__aligned(PAGE_SIZE);
static char upper[3][PAGE_SIZE] __section(".bss.page_aligned")
	__aligned(PAGE_SIZE);
struct xen_shared_info *shared = (void *)shared_page;
u64 *root_table, *window_table = (void *)window_page;
bool dom0;
u32 nr_pages, max_mfn;
static u32 pool_used, spare_used, *p2m;

/* ---- calls ---- */

s32 map_with(u32 va, u64 entry, u32 flags)
{
	return hypercall(update_va_mapping, va, (u32)entry, (u32)(entry >> 32),
			 flags);
}

s32 map(u32 va, u64 entry)
{
	return map_with(va, entry, XEN_UVMF_INVLPG);
}

s32 update(u64 machine, u64 value)
{
	struct xen_mmu_update req = { machine, value };

	return hypercall(mmu_update, &req, 1, 0, XEN_DOMID_SELF);
}

s32 mmuext(u32 cmd, u32 arg1, u32 arg2)
{
	struct xen_mmuext_op op = { cmd, arg1, arg2 };

	return hypercall(mmuext_op, &op, 1, 0, XEN_DOMID_SELF);
}

s32 pin(u32 level, const void *table)
{
	return mmuext(level - 1, mfn_of(table), 0);
}

s32 unpin(const void *table)
{
	return mmuext(XEN_MMUEXT_UNPIN, mfn_of(table), 0);
}

s32 self_check(void)
{
	s32 wrong = hypercall(self_check);

	return wrong == -ENOSYS ? 0 : wrong;
}

/* ---- frames ---- */

u32 mfn_of(const void *va)
{
	return p2m[((u32)va - GUEST_BASE) >> PAGE_SHIFT];
}

u64 machine(const void *va)
{
	return (u64)mfn_of(va) << PAGE_SHIFT | ((u32)va & (PAGE_SIZE - 1));
}

u64 pte(const void *page, u64 flags)
{
	return (u64)mfn_of(page) << PAGE_SHIFT | flags;
}

void *va_of(u32 mfn)
{
	return (void *)(GUEST_BASE + (M2P[mfn] << PAGE_SHIFT));
}

/* M2P is what the guest says. The list is what the guest was given. */
bool owned(u32 mfn)
{
	static u8 *map;

	if (!map) {
		static u8 bits[(1 << 20) / 8];

		for (u32 i = 0; i < nr_pages; i++)
			if (p2m[i] < 1 << 20)
				bits[p2m[i] / 8] |= 1 << p2m[i] % 8;
		map = bits;
	}
	return mfn < 1 << 20 && map[mfn / 8] & 1 << mfn % 8;
}

void *new_page(void)
{
	if (pool_used == POOL) {
		say("# the pool is empty\n");
		finish(false);
	}
	return memset(pool[pool_used++], 0, PAGE_SIZE);
}

u32 spare_mfn(void)
{
	u32 mfn = p2m[nr_pages - 1 - spare_used++];

	DONE(mmuext(XEN_MMUEXT_CLEAR_PAGE, mfn, 0));
	return mfn;
}

/* The last one was given back, and this one came instead. */
void replace_spare(u32 mfn)
{
	p2m[nr_pages - spare_used] = mfn;
}

/* A frame that still counts as a table can't be written: a count went wrong. */
void memory_reclaim(void)
{
	for (u32 i = 0; i < 512; i++)
		if (window_table[i])
			DONE(map(window_va(i), 0));
	for (u32 i = 0; i < pool_used; i++)
		DONE(map((u32)pool[i], pte(pool[i], PTE_P | PTE_W)));
	for (u32 i = 0; i < spare_used; i++)
		DONE(mmuext(XEN_MMUEXT_CLEAR_PAGE, p2m[nr_pages - 1 - i], 0));
	pool_used = spare_used = 0;
}

/* ---- tables ---- */

volatile u64 *entry_of(const void *root, u32 va, u32 level)
{
	const u64 *table = root;

	if (level == 3)
		return (u64 *)&table[L3_INDEX(va)];
	table = va_of((u32)(table[L3_INDEX(va)] >> PAGE_SHIFT));
	if (level == 2)
		return (u64 *)&table[L2_INDEX(va)];
	table = va_of((u32)(table[L2_INDEX(va)] >> PAGE_SHIFT));
	return (u64 *)&table[L1_INDEX(va)];
}

void protect(const void *page)
{
	DONE(map((u32)page, pte(page, PTE_P)));
}

u32 window_va(u32 slot)
{
	return WINDOW + slot * PAGE_SIZE;
}

void window(u32 slot, u64 entry)
{
	DONE(map(window_va(slot), entry));
}

void fill_space(struct space *s)
{
	memset(s->l3, 0, PAGE_SIZE);
	for (u32 i = 0; i < 4; i++) {
		const u64 *old = va_of((u32)(root_table[i] >> PAGE_SHIFT));

		memcpy(s->l2[i], old, PAGE_SIZE);
		if (i == 3)
			memset(&s->l2[3][L2_INDEX(XEN_M2P_BASE)], 0,
			       (512 - L2_INDEX(XEN_M2P_BASE)) * 8);
		s->l3[i] = pte(s->l2[i], PTE_P);
	}
}

void new_space(struct space *s)
{
	s->l3 = new_page();
	for (u32 i = 0; i < 4; i++)
		s->l2[i] = new_page();
	fill_space(s);
}

void seal(struct space *s)
{
	protect(s->l3);
	for (u32 i = 0; i < 4; i++)
		protect(s->l2[i]);
}

void memory_init(void)
{
	dom0 = start->flags & XEN_SIF_INITDOMAIN;
	nr_pages = start->nr_pages;
	p2m = (u32 *)start->mfn_list;
	root_table = (u64 *)start->pt_base;
	hypercall(vm_assist, 0, 2);	/* stores to live tables */
	max_mfn = hypercall(memory_op, XEN_MEMORY_MAX_RAM_PAGE, 0);
	DONE(map((u32)shared, start->shared_info | PTE_P | PTE_W));
	for (u32 i = 0; i < 3; i++) {
		if (root_table[i] & PTE_P)
			continue;	/* not so in a domU */
		protect(upper[i]);
		DONE(update(machine(&root_table[i]), pte(upper[i], PTE_P)));
	}
	protect(window_table);
	DONE(update(machine((void *)ENTRY(WINDOW, 2)),
		    pte(window_table, PTE_P | PTE_W | PTE_U)));
}
