// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Forged entries: frames that are the hypervisor's or nobody's, by each call that
 * takes a frame, and addresses that are the hypervisor's. xen-pv-abi 4.1, 4.6.
 */
#include "guest.h"

#define LAPIC_MFN	0xfee00
#define IOAPIC_MFN	0xfec00

/* Each call must refuse this frame. `page` would show what was read from it. */
static void refused(u32 mfn, char *page, u64 *l2)
{
	u64 e = (u64)mfn << PAGE_SHIFT | PTE_P;
	u32 va = window_va(0), list[] = { mfn };
	u64 l2_entry = machine(&l2[5]);
	s32 results[] = {
		map(va, e), map(va, e | PTE_W), map(va, e | PTE_U),
		update(machine(window_table), e | PTE_W),
		update(machine(window_table) | XEN_MMU_PRESERVE_AD, e),
		update(l2_entry, e | PTE_W | PTE_U),
		update(machine(root_table), e),
		update(e & ~(u64)PTE_P, 0),
		update((e & ~(u64)PTE_P) | XEN_MMU_MACHPHYS, 1),
		mmuext(0, mfn, 0), mmuext(1, mfn, 0), mmuext(2, mfn, 0),
		mmuext(XEN_MMUEXT_UNPIN, mfn, 0),
		mmuext(XEN_MMUEXT_NEW_BASEPTR, mfn, 0),
		mmuext(XEN_MMUEXT_CLEAR_PAGE, mfn, 0), mmuext(XEN_MMUEXT_COPY_PAGE, mfn, mfn_of(page)),
		mmuext(XEN_MMUEXT_COPY_PAGE, mfn_of(page), mfn),
		hypercall(set_gdt, list, 8),
		hypercall(update_descriptor, mfn << PAGE_SHIFT,
			  mfn >> (32 - PAGE_SHIFT), 0, 0),
	};

	for (u32 i = 0; i < ARRAY_SIZE(results); i++) {
		if (results[i] < 0)
			continue;
		check(false, "a frame of others is refused");
		note("frame %x, call %u: %x", mfn, i, results[i]);
	}
}

/* An L2 table that is in use and has nothing of the guest in it. */
static u64 *empty_l2(void)
{
	u64 *l2 = new_page();

	protect(l2);
	DONE(pin(2, l2));
	return l2;
}

static struct xen_memory_range ranges[64];

static u32 machine_map(void)
{
	struct xen_memory_map map = { ARRAY_SIZE(ranges), (u32)ranges };

	if (!hypercall(memory_op, XEN_MEMORY_MACHINE_MAP, &map))
		return map.nr_entries;
	if (dom0)
		return 0;
	ranges[0] = (struct xen_memory_range){
		0, ((u64)max_mfn + 1) << PAGE_SHIFT, 1 };
	return 1;
}

/* The grant table, if there is one, is shared as shared_info is. */
#define GRANTS	64
static u32 grants[GRANTS];

static void grant_frames(void)
{
	struct xen_grant_size size = { XEN_DOMID_SELF, 0, 0, 0 };
	struct xen_grant_setup setup = { XEN_DOMID_SELF, 0, 0, (u32)grants };

	hypercall(grant_table_op, XEN_GRANT_QUERY_SIZE, &size, 1);
	setup.count = min(size.max, (u32)GRANTS);
	hypercall(grant_table_op, XEN_GRANT_SETUP_TABLE, &setup, 1);
}

static bool is_shared(u32 mfn)
{
	for (u32 i = 0; i < GRANTS; i++)
		if (grants[i] == mfn)
			return true;
	return mfn == start->shared_info >> PAGE_SHIFT;
}

/* Below 1 MiB the first domain may map what it likes: 4.5. */
static void t_foreign(void)
{
	u64 *l2 = empty_l2();
	char *page = new_page();
	u32 n = machine_map(), tried = 0;

	grant_frames();
	check(n > 0, "there is a map of the machine");
	for (u32 i = 0; i < n; i++) {
		u32 from = max((u32)(ranges[i].base >> PAGE_SHIFT), 0x100u);
		u32 to = (u32)((ranges[i].base + ranges[i].size) >> PAGE_SHIFT);

		if (ranges[i].type != 1)
			continue;
		for (u32 mfn = from; mfn < to && failures < 10; mfn++) {
			if (owned(mfn) || is_shared(mfn))
				continue;
			refused(mfn, page, l2);
			tried++;
		}
	}
	say("# %u frames tried\n", tried);
	CHECK(tried > 1000);
	EQ64(window_table[0], 0);
	EQ64(l2[5], 0);
	for (u32 i = 0; i < PAGE_SIZE; i++)
		if (page[i]) {
			check(false, "nothing came from there");
			break;
		}
	DONE(unpin(l2));
}

/* More than any CPU's addresses have. */
static void t_nowhere(void)
{
	static const u64 far[] = {
		1ull << 51, (1ull << 52) - PAGE_SIZE, 3ull << 50,
	};

	for (u32 i = 0; i < ARRAY_SIZE(far); i++)
		for (u32 flags = PTE_P; flags < 8; flags += 2) {
			s32 r = map(window_va(0), far[i] | flags);

			check(r < 0, "no such memory");
			if (r >= 0)
				note("entry %x:%x, result %x", (u32)(far[i] >> 32),
				     (u32)far[i] | flags, r);
		}
	EQ64(window_table[0], 0);
}

/* The page that is shared is the guest's to write, and nothing else. */
static void t_shared(void)
{
	u32 mfn = start->shared_info >> PAGE_SHIFT, list[] = { mfn };
	u64 e = (u64)mfn << PAGE_SHIFT | PTE_P;

	NEVER(mmuext(0, mfn, 0));
	NEVER(mmuext(2, mfn, 0));
	NEVER(mmuext(XEN_MMUEXT_NEW_BASEPTR, mfn, 0));
	NEVER(hypercall(set_gdt, list, 8));
	NEVER(update(machine((void *)ENTRY(NOWHERE, 2)), e | PTE_W));
	for (u32 i = 0; i < 8; i++)
		window(i, e | PTE_W);
	*(u32 *)(window_va(7) + 0xff0) = POKED;
	EQ(((u32 *)shared)[0xff0 / 4], POKED);
}

static void t_m2p(void)
{
	u32 end = XEN_M2P_BASE + ALIGN_UP(max_mfn * 4, L2_SPAN);
	const u64 *page = new_page();
	u64 *l2 = va_of((u32)(root_table[3] >> PAGE_SHIFT));

	for (u32 va = XEN_M2P_BASE; va < end; va += L2_SPAN)
		faults(TRAP_PAGE_FAULT, 3, poke, va + 0x10);
	for (u32 i = L2_INDEX(XEN_M2P_BASE); i < 512; i++) {
		u32 va = GUEST_BASE + i * L2_SPAN;

		REFUSED(EINVAL, map(va, pte(page, PTE_P)));
		REFUSED(EINVAL, map(va, 0));
		REFUSED(EPERM, update(machine(&l2[i]), 0));
		REFUSED(EPERM, update(machine(&l2[i]),
				      pte(window_table, PTE_P)));
		if (va >= end)
			faults(TRAP_PAGE_FAULT, 2, poke, va);
	}
	faults(TRAP_PAGE_FAULT, 0, peek, 0xfffff000);
	faults(TRAP_PAGE_FAULT, 0, peek, 0xffe00000);
}

static void t_m2p_user(void)
{
	for (u32 va = XEN_M2P_BASE; va; va += 4 * L2_SPAN) {
		EQ(user(user_read, va), TRAP_PAGE_FAULT);
		EQ(trapped.error & ~1, 4);
		EQ(user(user_write, va), TRAP_PAGE_FAULT);
		EQ(trapped.error & ~1, 6);
		EQ(trapped_cr2, va);
	}
	EQ(user(user_read, GUEST_BASE + 0x100000), TRAP_PAGE_FAULT);
	EQ(trapped.error, 5);
}

/* M2P has what the guest says of its own frames, of no others. */
static void t_m2p_entries(void)
{
	const u32 *m2p = (u32 *)XEN_M2P_BASE;
	u32 mfn = mfn_of(new_page()), old = m2p[mfn];
	u64 ma = (u64)mfn << PAGE_SHIFT | XEN_MMU_MACHPHYS;

	DONE(update(ma, 0x12345));
	EQ(m2p[mfn], 0x12345);
	DONE(update(ma, old));
	NEVER(update(1ull << 51 | XEN_MMU_MACHPHYS, 0));
	NEVER(update(0xfffff000ull << 12 | XEN_MMU_MACHPHYS, 0));
}

static void t_devices(void)
{
	u64 lapic = (u64)LAPIC_MFN << PAGE_SHIFT | PTE_P;
	u64 ioapic = (u64)IOAPIC_MFN << PAGE_SHIFT | PTE_P;

	for (u32 flags = 0; flags <= PTE_PCD; flags += 2)
		NEVER(map(window_va(0), lapic | flags));
	map(window_va(0), ioapic | PTE_W | PTE_PCD);
	EQ(window_table[0] & PTE_W, 0);
}

const struct attack frame_attacks[] = {
	{ "frame-foreign", t_foreign },
	{ "frame-nowhere", t_nowhere },
	{ "frame-shared-info", t_shared },
	{ "frame-m2p-window", t_m2p },
	{ "frame-m2p-user", t_m2p_user },
	{ "frame-m2p-entries", t_m2p_entries },
	{ "frame-apics", t_devices },
	{ }
};
