// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guest's page tables, read as the CPU reads them on bare hardware: two
 * levels, or three with PAE; large pages, rights, A and D. Intel SDM volume 3,
 * chapter 4. What the monitor can't read, and what is no memory, counts as a
 * table of zeros. A page of the monitor counts as an address that the CPU
 * does not have. What is made of it is shadow.c's.
 */
#include <arch/insn.h>
#include <monitor/vmi/walk.h>

#define ABOVE_PAGE	0x7ff0000000000000ull	/* bits that PAE reserves */

struct paging paging;
struct shadow_memory memory;
u64 reserved_bits;
static u64 above_machine;	/* bits of addresses that the CPU does not have */

/* A way down. `leaf` maps the page, and is an L2 entry if it is large. */
struct way {
	u64 directory_entry, leaf_entry;	/* machine addresses */
	u64 directory, leaf;			/* what is there */
	u64 page;				/* that va is in: machine address */
};

void walk_init(const struct shadow_memory *m)
{
	u32 r[4];

	memory = *m;
	cpuid(0x80000008, 0, r);
	above_machine = PTE_FRAME & ~((1ull << (r[0] & 0xff)) - 1);
}

void walk_mode(const struct paging *now)
{
	paging = *now;
	reserved_bits = ABOVE_PAGE | above_machine | (now->nx ? 0 : PTE_NX);
}

static u32 check(u64 e, bool wrong)
{
	if (!(e & PTE_P))
		return WALK_ABSENT;
	return wrong || entry_wrong(e) ? PF_PRESENT | PF_RESERVED : 0;
}

/* As walk(), but nothing is asked or set. */
static u32 find_leaf(u32 va, struct way *w)
{
	bool wide = paging_wide(), large;
	u64 table = walk_root(), e;
	u32 wrong;

	if (wide) {
		e = guest_entry(table + L3_INDEX(va) * 8);
		wrong = check(e, e & TOP_RESERVED);
		if (wrong)
			return wrong;
		table = e & PTE_FRAME;
	}
	w->directory_entry = table + (wide ? L2_INDEX(va) * 8 : (va >> 22) * 4);
	w->directory = guest_entry(w->directory_entry);
	large = is_large(w->directory);
	wrong = check(w->directory, large && large_wrong(w->directory));
	if (wrong)
		return wrong;
	if (large) {
		w->leaf_entry = w->directory_entry;
		w->leaf = w->directory;
		w->page = large_base(w->leaf, va) | (va & 0x1ff000);
		return 0;
	}
	table = w->directory & PTE_FRAME;
	w->leaf_entry = table + (wide ? L1_INDEX(va) * 8 :
				 (va >> 12 & 1023) * 4);
	w->leaf = guest_entry(w->leaf_entry);
	w->page = w->leaf & PTE_FRAME;
	return check(w->leaf, false);
}

/* W and U are allowed if both allow them, NX forbids if one does. */
static u64 both_rights(u64 a, u64 b)
{
	return (a & b & (PTE_W | PTE_U)) | ((a | b) & PTE_NX);
}

static bool allowed(u64 rights, u32 kind)
{
	if (kind & PF_USER && !(rights & PTE_U))
		return false;
	if (kind & PF_WRITE && !(rights & PTE_W) &&
	    (kind & PF_USER || paging.cr0 & CR0_WP))
		return false;
	return !(kind & PF_EXEC && rights & PTE_NX);
}

/*
 * Locked, as the CPU does it. False: they are not there then, as in a ROM. No
 * shadow can be made of that, and whoever tries again does so for ever.
 */
static bool set_bits(u64 entry, u64 now, u32 bits)
{
	volatile u32 *e = phys(entry);

	if ((now & bits) == bits)
		return true;
	__atomic_fetch_or(e, bits, __ATOMIC_RELAXED);
	return (*e & bits) == bits;
}

/* Each entry on the way was used, and the page maybe written to. */
static bool set_used(const struct way *w, u32 kind)
{
	return set_bits(w->directory_entry, w->directory, PTE_A) &&
	       set_bits(w->leaf_entry, w->leaf,
			kind & PF_WRITE ? PTE_A | PTE_D : PTE_A);
}

u32 walk(u32 va, u32 kind)
{
	struct way w;
	u32 wrong = find_leaf(va, &w);

	if (wrong)
		return wrong;
	if (!allowed(both_rights(w.directory, w.leaf), kind))
		return PF_PRESENT;
	if (hidden(w.page >> PAGE_SHIFT))
		return PF_PRESENT | PF_RESERVED;
	return set_used(&w, kind) ? 0 : WALK_ABSENT;
}

bool shadow_translate(u32 va, u64 *machine)
{
	struct way w;

	if (find_leaf(va, &w))
		return false;
	*machine = w.page | (va & (PAGE_SIZE - 1));
	return !hidden(*machine >> PAGE_SHIFT);
}
