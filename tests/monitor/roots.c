// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Recursive tables, tables of the wrong level, and what is special about the
 * root. xen-pv-abi 4.2 to 4.4.
 */
#include "guest.h"

static void writable(const void *page)
{
	DONE(map((u32)page, pte(page, PTE_P | PTE_W)));
}

static void unseal(struct space *s)
{
	writable(s->l3);
	for (u32 i = 0; i < 4; i++)
		writable(s->l2[i]);
}

/* An L2 that maps itself shows entries, and lets nobody write them. */
static void t_linear(void)
{
	struct space s;
	u64 *l2;
	u32 va = 0x40000000 + 9 * L2_SPAN;

	new_space(&s);
	l2 = s.l2[1];
	seal(&s);
	DONE(pin(3, s.l3));
	REFUSED(EINVAL, update(machine(&l2[9]), pte(l2, PTE_P | PTE_W)));
	DONE(update(machine(&l2[9]), pte(l2, PTE_P)));
	DONE(mmuext(XEN_MMUEXT_NEW_BASEPTR, mfn_of(s.l3), 0));
	EQ(((volatile u64 *)va)[512 * 9 + 9] & PTE_PFN_MASK, pte(l2, 0));
	faults(TRAP_PAGE_FAULT, 3, poke, va + 9 * PAGE_SIZE);
	REFUSED(EINVAL, update(machine(&l2[9]), pte(l2, PTE_P | PTE_W)));
	DONE(mmuext(XEN_MMUEXT_NEW_BASEPTR, mfn_of(root_table), 0));
	DONE(update(machine(&l2[9]), 0));
	DONE(unpin(s.l3));
}

/* Linear maps do not nest: each L2 has some, or is in some. */
static void t_linear_chain(void)
{
	u64 *a = new_page(), *b = new_page(), *c = new_page();

	protect(a);
	protect(b);
	protect(c);
	DONE(pin(2, a));
	DONE(pin(2, b));
	DONE(pin(2, c));
	DONE(update(machine(&a[0]), pte(b, PTE_P)));
	NEVER(update(machine(&b[0]), pte(c, PTE_P)));
	NEVER(update(machine(&b[0]), pte(a, PTE_P)));
	NEVER(update(machine(&c[0]), pte(a, PTE_P)));
	DONE(update(machine(&c[0]), pte(b, PTE_P)));
	DONE(update(machine(&a[0]), 0));
	DONE(update(machine(&c[0]), 0));
	DONE(update(machine(&b[0]), pte(c, PTE_P)));
	DONE(update(machine(&b[0]), 0));
	DONE(unpin(a));
	DONE(unpin(b));
	DONE(unpin(c));
}

/* Two that know each other are never given back if each counts the other. */
static void t_linear_pinned(void)
{
	u64 *a = new_page();

	a[0] = pte(a, PTE_P);
	protect(a);
	DONE(pin(2, a));
	DONE(unpin(a));
}

static void t_levels(void)
{
	u64 *l1 = new_page(), *l2 = new_page(), *other = new_page();
	struct space s;

	new_space(&s);
	seal(&s);
	protect(l1);
	protect(l2);
	protect(other);
	DONE(pin(1, l1));
	DONE(pin(2, l2));
	DONE(pin(3, s.l3));
	for (u32 level = 1; level <= 3; level++) {
		REFUSED(EINVAL, pin(level, l1));
		REFUSED(EINVAL, pin(level, l2));
		REFUSED(EINVAL, pin(level, s.l3));
	}
	REFUSED(EINVAL, update(machine(&l2[1]), pte(s.l3, PTE_P | PTE_W)));
	REFUSED(EINVAL, update(machine(&l2[1]), pte(s.l3, PTE_P)));
	REFUSED(EINVAL, update(machine(&s.l3[0]), pte(s.l3, PTE_P)));
	REFUSED(EINVAL, update(machine(&s.l3[0]), pte(l1, PTE_P)));
	REFUSED(EINVAL, update(machine(&s.l3[0]), pte(s.l2[3], PTE_P)));
	REFUSED(EINVAL, mmuext(XEN_MMUEXT_NEW_BASEPTR, mfn_of(l1), 0));
	REFUSED(EINVAL, mmuext(XEN_MMUEXT_NEW_BASEPTR, mfn_of(l2), 0));
	REFUSED(EINVAL, mmuext(XEN_MMUEXT_NEW_BASEPTR, mfn_of(other), 0));
	DONE(unpin(l1));
	REFUSED(EINVAL, unpin(l1));
	DONE(unpin(l2));
	DONE(unpin(s.l3));
	REFUSED(EINVAL, unpin(s.l2[0]));
}

static void t_flags(void)
{
	static const u64 l2_bad[] = { PTE_PWT, PTE_PCD, 0x80, PTE_G };
	static const u64 l3_bad[] = { PTE_PWT, PTE_PCD, 0x80, PTE_G, PTE_NX,
				      1ull << 52, 1ull << 62 };
	u64 *l1 = new_page(), *l2 = new_page();
	struct space s;

	new_space(&s);
	seal(&s);
	protect(l1);
	protect(l2);
	DONE(pin(3, s.l3));
	for (u32 i = 0; i < ARRAY_SIZE(l2_bad); i++)
		REFUSED(EINVAL, update(machine(&s.l2[0][0]),
				       pte(l1, PTE_P | l2_bad[i])));
	for (u32 i = 0; i < ARRAY_SIZE(l3_bad); i++)
		REFUSED(EINVAL, update(machine(&s.l3[1]),
				       pte(l2, PTE_P | l3_bad[i])));
	DONE(unpin(s.l3));
}

/* Slot 3: there, private, and nowhere else. */
static void t_slot3(void)
{
	struct space s, t;

	new_space(&s);
	new_space(&t);
	s.l3[3] = 0;
	seal(&s);
	REFUSED(EINVAL, pin(3, s.l3));
	REFUSED(EINVAL, mmuext(XEN_MMUEXT_NEW_BASEPTR, mfn_of(s.l3), 0));
	unseal(&s);
	s.l3[3] = root_table[3] & ~0xfffull;
	s.l3[3] |= PTE_P;
	seal(&s);
	REFUSED(EINVAL, pin(3, s.l3));		/* shared with the root in use */
	unseal(&s);
	s.l3[3] = pte(s.l2[3], PTE_P);
	s.l3[2] = s.l3[3];
	seal(&s);
	REFUSED(EINVAL, pin(3, s.l3));		/* also in another slot */
	unseal(&s);
	s.l3[2] = pte(s.l2[2], PTE_P);
	seal(&s);
	DONE(pin(3, s.l3));
	REFUSED(EINVAL, pin(2, s.l2[3]));
	seal(&t);
	REFUSED(EINVAL, update(machine(&s.l3[0]), pte(s.l2[3], PTE_P)));
	REFUSED(EINVAL, update(machine(&s.l3[3]), s.l3[3]));
	REFUSED(EINVAL, update(machine(&s.l3[3]), pte(t.l2[3], PTE_P)));
	REFUSED(EINVAL, update(machine(&s.l3[3]), 0));
	for (u32 i = 4; i < 512; i += 13)
		REFUSED(EINVAL, update(machine(&s.l3[i]),
				       pte(s.l2[0], PTE_P)));
	DONE(unpin(s.l3));
}

/* What is behind the four entries, and in the hypervisor's slots, is not kept. */
static void t_stuffed(void)
{
	struct space s;
	u64 junk = pte(root_table, PTE_P | PTE_W);

	new_space(&s);
	for (u32 i = 4; i < 512; i++)
		s.l3[i] = junk;
	for (u32 i = L2_INDEX(XEN_M2P_BASE); i < 512; i++)
		s.l2[3][i] = junk | 0x80;
	seal(&s);
	DONE(pin(3, s.l3));
	for (u32 i = 4; i < 512; i++)
		if (!equal(s.l3[i], 0, "the rest of an L3"))
			break;
	DONE(mmuext(XEN_MMUEXT_NEW_BASEPTR, mfn_of(s.l3), 0));
	faults(TRAP_PAGE_FAULT, 3, poke, XEN_M2P_BASE);
	faults(TRAP_PAGE_FAULT, 2, poke, 0xffc00000);
	DONE(mmuext(XEN_MMUEXT_NEW_BASEPTR, mfn_of(root_table), 0));
	DONE(unpin(s.l3));
}

/* The root in use stays what it is, whoever has unpinned it. */
static void t_unpinned(void)
{
	struct space s;

	new_space(&s);
	seal(&s);
	DONE(mmuext(XEN_MMUEXT_NEW_BASEPTR, mfn_of(s.l3), 0));
	REFUSED(EINVAL, unpin(s.l3));
	REFUSED(EBUSY, map((u32)s.l3, pte(s.l3, PTE_P | PTE_W)));
	REFUSED(EBUSY, map((u32)s.l2[3], pte(s.l2[3], PTE_P | PTE_W)));
	REFUSED(EINVAL, mmuext(XEN_MMUEXT_CLEAR_PAGE, mfn_of(s.l3), 0));
	DONE(pin(3, s.l3));
	DONE(unpin(s.l3));
	REFUSED(EBUSY, map((u32)s.l3, pte(s.l3, PTE_P | PTE_W)));
	DONE(mmuext(XEN_MMUEXT_NEW_BASEPTR, mfn_of(root_table), 0));
	unseal(&s);
}

/* A table is replaced while it serves the page with the list. */
static void t_root_in_batch(void)
{
	struct space s;
	struct xen_mmuext_op ops[4];
	u32 done = ~0u;

	new_space(&s);
	seal(&s);
	ops[0] = (struct xen_mmuext_op){ XEN_MMUEXT_PIN_L3, mfn_of(s.l3), 0 };
	ops[1] = (struct xen_mmuext_op){ XEN_MMUEXT_NEW_BASEPTR, mfn_of(s.l3), 0 };
	ops[2] = (struct xen_mmuext_op){ XEN_MMUEXT_NEW_BASEPTR,
					 mfn_of(root_table), 0 };
	ops[3] = (struct xen_mmuext_op){ XEN_MMUEXT_UNPIN, mfn_of(s.l3), 0 };
	DONE(hypercall(mmuext_op, ops, 4, &done, XEN_DOMID_SELF));
	EQ(done, 4);
	unseal(&s);
}

const struct attack root_attacks[] = {
	{ "root-linear", t_linear },
	{ "root-linear-chain", t_linear_chain },
	{ "root-linear-pinned", t_linear_pinned },
	{ "root-levels", t_levels },
	{ "root-flags", t_flags },
	{ "root-slot-3", t_slot3 },
	{ "root-stuffed", t_stuffed },
	{ "root-unpinned", t_unpinned },
	{ "root-in-a-batch", t_root_in_batch },
	{ }
};
