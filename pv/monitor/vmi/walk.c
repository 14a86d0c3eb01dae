// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guest's page tables, read as the CPU reads them on bare hardware: two
 * levels, or three with PAE, large pages, rights, A and D. Intel SDM volume 3,
 * chapter 4. Tables above 4 GiB are not read: the guest gets page faults.
 */
#include <monitor/monitor.h>
#include <monitor/vmi/walk.h>

#define REACH		(1ull << 32)

/* A way down: the entries' addresses, for A and D. */
struct steps {
	u64 directory_entry, table_entry;
};

u64 walk_root(void)
{
	return paging_wide() ? paging.cr3 & ~31u : paging.cr3 & ~0xfffu;
}

u64 guest_entry(u64 machine)
{
	if (machine >= REACH || hidden(machine >> PAGE_SHIFT))
		return 0;
	return paging_wide() ? *(u64 *)phys(machine & ~7ull) :
	       *(u32 *)phys(machine & ~3ull);
}

/* What it says of rights; NX counts if EFER has it. */
static u64 rights(u64 e)
{
	return e & (PTE_P | PTE_W | PTE_U | (paging.nx ? PTE_NX : 0));
}

/* W and U are allowed if all levels do, NX forbids if one does. */
static u64 both(u64 a, u64 b)
{
	return (a & b & (PTE_P | PTE_W | PTE_U)) | ((a | b) & PTE_NX);
}

static bool directory_of(u32 va, u64 *directory)
{
	u64 e;

	if (!paging_wide()) {
		*directory = walk_root();
		return true;
	}
	e = guest_entry(walk_root() + (va >> 30) * 8);
	*directory = e & PTE_FRAME;
	return e & PTE_P;
}

static bool descend(u32 va, struct walk *w, struct steps *s)
{
	u32 wide = paging_wide();
	u64 e, upper;

	if (!directory_of(va, &w->directory))
		return false;
	s->directory_entry = w->directory + (wide ? (va >> 21 & 511) * 8 :
					     (va >> 22) * 4);
	e = guest_entry(s->directory_entry);
	if (!(e & PTE_P))
		return false;
	upper = rights(e);
	w->large = e & PTE_PS && (wide || paging.cr4 & CR4_PSE);
	w->upper = upper;
	if (w->large) {
		s->table_entry = s->directory_entry;
		w->leaf = e;
		return true;
	}
	w->table = e & PTE_FRAME;
	s->table_entry = w->table + (wide ? (va >> 12 & 511) * 8 :
				     (va >> 12 & 1023) * 4);
	w->leaf = guest_entry(s->table_entry);
	return w->leaf & PTE_P;
}

/*
 * Without CR0.WP one entry may be writable to the kernel alone. So all rights
 * are in the leaf, and what is above it grants all.
 */
static void merge_rights(struct walk *w)
{
	u64 all = both(w->upper, rights(w->leaf));

	w->leaf = (w->leaf & ~(PTE_W | PTE_U | PTE_NX)) | all;
	w->upper = PTE_P | PTE_W | PTE_U;
}

bool walk_only(u32 va, struct walk *w)
{
	struct steps s;

	w->kernel_writes = false;
	if (!descend(va, w, &s) || !(w->leaf & PTE_A))
		return false;
	if (!(paging.cr0 & CR0_WP))
		merge_rights(w);
	return true;
}

/* As the CPU does, locked: the guest may have just changed the entry. */
static void set_bits(u64 machine, u32 bits)
{
	__atomic_fetch_or((u32 *)phys(machine), bits, __ATOMIC_RELAXED);
}

u32 walk(u32 va, u32 kind, struct walk *w)
{
	struct steps s;
	u64 allowed;
	u32 bits = PTE_A;

	if (!descend(va, w, &s))
		return ~0u & ~(PF_PRESENT | PF_RESERVED);
	if (hidden(PTE_MFN(w->leaf)))
		return PF_PRESENT | PF_RESERVED;
	allowed = both(w->upper, rights(w->leaf));
	w->kernel_writes = kind & PF_WRITE && !(allowed & PTE_W) &&
			   !(kind & PF_USER) && !(paging.cr0 & CR0_WP);
	if ((kind & PF_USER && !(allowed & PTE_U)) ||
	    (kind & PF_WRITE && !(allowed & PTE_W) && !w->kernel_writes) ||
	    (kind & PF_EXEC && allowed & PTE_NX))
		return PF_PRESENT;
	if (kind & PF_WRITE)
		bits |= PTE_D;
	if (!w->large)
		set_bits(s.directory_entry, PTE_A);
	if (~w->leaf & bits)
		set_bits(s.table_entry, bits);
	w->leaf |= bits;
	if (!(paging.cr0 & CR0_WP))
		merge_rights(w);
	return 0;
}

bool shadow_translate(u32 va, u64 *machine)
{
	struct walk w;
	struct steps s;
	u32 span = PAGE_SIZE;

	if (!descend(va, &w, &s))
		return false;
	if (w.large)
		span = paging_wide() ? 0x200000 : 0x400000;
	*machine = (w.leaf & PTE_FRAME & ~(u64)(span - 1)) | (va & (span - 1));
	return true;
}
