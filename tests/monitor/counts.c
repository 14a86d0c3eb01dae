// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counts of references: many of them, and frames that are given back while
 * something still refers to them. xen-pv-abi 3.3, 4.1.
 */
#include "guest.h"

#define MANY	140		/* tables; with 512 entries more than 2^16 */

/* Copies of a table of that level in frames without an address, all pinned. */
static u32 pin_copies(const u64 *table, u32 level, u32 *mfns)
{
	u32 pinned = 0;

	for (u32 i = 0; i < MANY; i++) {
		mfns[i] = spare_mfn();
		DONE(mmuext(XEN_MMUEXT_COPY_PAGE, mfns[i], mfn_of(table)));
		if (mmuext(level - 1, mfns[i], 0) < 0)
			break;
		pinned++;
	}
	return pinned;
}

static void unpin_copies(const u32 *mfns, u32 n)
{
	for (u32 i = 0; i < n; i++)
		DONE(mmuext(XEN_MMUEXT_UNPIN, mfns[i], 0));
}

static void fill(u64 *table, u64 entry)
{
	for (u32 i = 0; i < 512; i++)
		table[i] = entry;
}

/* So many writable mappings that a narrow counter would be 0 again. */
static void many(u64 flags)
{
	static u32 mfns[MANY];
	u64 *target = new_page(), *table = new_page();
	u32 n;

	protect(target);
	fill(table, pte(target, flags));
	n = pin_copies(table, 1, mfns);
	check(n > 100, "tables are pinned");
	if (flags & PTE_W) {
		for (u32 level = 1; level <= 3; level++)
			NEVER(pin(level, target));
		for (u32 i = 0; i < n; i++) {
			DONE(mmuext(XEN_MMUEXT_UNPIN, mfns[i], 0));
			if (i < n - 1)
				NEVER(pin(1, target));
		}
	} else {
		DONE(pin(1, target));
		unpin_copies(mfns, n);
		REFUSED(EBUSY, map(window_va(1), pte(target, PTE_P | PTE_W)));
		DONE(unpin(target));
	}
	DONE(pin(1, target));
	DONE(unpin(target));
}

static void t_many_writable(void)
{
	many(PTE_P | PTE_W);
}

static void t_many_readable(void)
{
	many(PTE_P);
}

/* So many entries of level 2 that have the same table. */
static void t_many_tables(void)
{
	static u32 mfns[MANY];
	u64 *l1 = new_page(), *l2 = new_page();
	u32 n;

	protect(l1);
	fill(l2, pte(l1, PTE_P | PTE_W | PTE_U));
	protect(l2);
	n = pin_copies(l2, 2, mfns);
	check(n > 100, "tables are pinned");
	for (u32 i = 0; i < n; i++) {
		REFUSED(EBUSY, map(window_va(1), pte(l1, PTE_P | PTE_W)));
		REFUSED(EINVAL, mmuext(XEN_MMUEXT_CLEAR_PAGE, mfn_of(l1), 0));
		DONE(mmuext(XEN_MMUEXT_UNPIN, mfns[i], 0));
	}
	DONE(map((u32)l1, pte(l1, PTE_P | PTE_W)));
}

/* A table is unhooked and hooked, pinned and unpinned, 2^17 times. */
static void t_repeated(void)
{
	u64 *l1 = new_page(), entry;
	u64 slot = machine((void *)ENTRY(NOWHERE, 2));

	protect(l1);
	entry = pte(l1, PTE_P | PTE_W | PTE_U);
	for (u32 i = 0; i < 1 << 15 && !failures; i++) {
		DONE(update(slot, entry));
		DONE(pin(1, l1));
		DONE(update(slot, entry));
		DONE(unpin(l1));
		NEVER(unpin(l1));
		DONE(update(slot, 0));
	}
	DONE(map((u32)l1, pte(l1, PTE_P | PTE_W)));
}

/* Calls that fail half-way leave no count behind. */
static void t_failed(void)
{
	u64 *good = new_page(), *l1 = new_page(), *l2 = new_page();
	struct space s;

	protect(good);
	for (u32 i = 0; i < 511; i++)
		l1[i] = pte(good, PTE_P | PTE_W);
	l1[511] = pte(root_table, PTE_P | PTE_W);
	protect(l1);
	l2[0] = pte(new_page(), PTE_P | PTE_W | PTE_U);
	protect(va_of(l2[0] >> PAGE_SHIFT));
	l2[5] = pte(l1, PTE_P | PTE_W | PTE_U);
	protect(l2);
	new_space(&s);
	s.l3[0] = pte(l2, PTE_P);
	seal(&s);
	for (u32 i = 0; i < 300 && !failures; i++) {
		NEVER(pin(1, l1));
		NEVER(pin(2, l2));
		NEVER(pin(3, s.l3));
		NEVER(mmuext(XEN_MMUEXT_NEW_BASEPTR, mfn_of(s.l3), 0));
		NEVER(update(machine((void *)ENTRY(NOWHERE, 2)), l2[5]));
		NEVER(map(window_va(0), pte(l2, PTE_P | PTE_W | 1ull << 51)));
	}
	DONE(pin(1, good));
	DONE(unpin(good));
}

/* ---- memory that is given back ---- */

static u32 reservation(u32 cmd, u32 *mfn)
{
	struct xen_reservation r = { (u32)mfn, 1, 0, 0, XEN_DOMID_SELF };

	return hypercall(memory_op, cmd, &r);
}

/* A frame that has gone, or is a table, and is mapped all the same. */
static void t_given_back(void)
{
	u32 mfn = spare_mfn(), mfn2 = mfn, got = 0;
	volatile u32 *w = (u32 *)window_va(2);

	window(2, (u64)mfn << PAGE_SHIFT | PTE_P | PTE_W);
	*w = POKED;
	EQ(reservation(XEN_MEMORY_DECREASE, &mfn), 1);
	/* The mapping keeps it; nobody else has it meanwhile. */
	for (u32 i = 0; i < 4; i++)
		if (reservation(XEN_MEMORY_INCREASE, &got) == 1) {
			CHECK(got != mfn2);
			reservation(XEN_MEMORY_DECREASE, &got);
		}
	EQ(*w, POKED);
	DONE(map_with(window_va(2), 0, XEN_UVMF_NONE));
	check(traps(poke, (u32)w), "no store by a stale entry");
	NEVER(map(window_va(3), (u64)mfn2 << PAGE_SHIFT | PTE_P | PTE_W));
	EQ(reservation(XEN_MEMORY_INCREASE, &got), 1);
	replace_spare(got);
}

static void t_given_table(void)
{
	u32 mfn = spare_mfn(), again = mfn, got = 0;

	DONE(mmuext(0, mfn, 0));
	reservation(XEN_MEMORY_DECREASE, &again);
	again = mfn;
	reservation(XEN_MEMORY_DECREASE, &again);
	NEVER(map(window_va(2), (u64)mfn << PAGE_SHIFT | PTE_P | PTE_W));
	mmuext(XEN_MMUEXT_UNPIN, mfn, 0);
	NEVER(map(window_va(2), (u64)mfn << PAGE_SHIFT | PTE_P | PTE_W));
	EQ(reservation(XEN_MEMORY_INCREASE, &got), 1);
	replace_spare(got);
}

/* What was never given, or is used, or is named twice. */
static void t_exchange(void)
{
	u32 shared_mfn = start->shared_info >> PAGE_SHIFT, out[2], in[2];
	u32 mfn = spare_mfn(), got;
	struct xen_exchange x = {
		{ (u32)in, 2, 0, 0, XEN_DOMID_SELF },
		{ (u32)out, 2, 0, 0, XEN_DOMID_SELF }, 0,
	};
	u64 *l1 = new_page();
	const u32 bad[] = { shared_mfn, mfn_of(root_table), mfn_of(l1),
			    mfn_of(stack), ~0u, max_mfn + 1, mfn_of(shared) };

	protect(l1);
	DONE(pin(1, l1));
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		in[0] = in[1] = mfn;
		out[0] = out[1] = 0;
		NEVER(hypercall(memory_op, XEN_MEMORY_EXCHANGE, &x));
		if (x.done)
			mfn = out[0];
		x.done = 0;
		if (bad[i] == mfn_of(shared))
			continue;
		in[0] = bad[i];
		NEVER(hypercall(memory_op, XEN_MEMORY_EXCHANGE, &x));
		x.done = 0;
	}
	for (u32 i = 0; i < 32; i++) {
		x.in.count = i & 1 ? ~0u : 1u << i;
		x.in.order = i;
		x.out.count = 1u << (31 - i);
		x.out.order = 31 - i;
		x.done = i & 2 ? ~0u : 0;
		NEVER(hypercall(memory_op, XEN_MEMORY_EXCHANGE, &x));
	}
	DONE(unpin(l1));
	/* A hypervisor may keep what it could not exchange. */
	reservation(XEN_MEMORY_DECREASE, &mfn);
	EQ(reservation(XEN_MEMORY_INCREASE, &got), 1);
	replace_spare(got);
}

const struct attack count_attacks[] = {
	{ "count-writable", t_many_writable },
	{ "count-readable", t_many_readable },
	{ "count-tables", t_many_tables },
	{ "count-repeated", t_repeated },
	{ "count-failed", t_failed },
	{ "count-given-back", t_given_back },
	{ "count-given-table", t_given_table },
	{ "count-exchange", t_exchange },
	{ }
};
