// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counts that no list can have, lists of lists, and lists that change while they
 * are worked off. xen-pv-abi 3.1, 3.3.
 */
#include "guest.h"

static const u32 counts[] = {
	~0u, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffff0, 0x40000000,
	0x10000000, 0x10000001, 0x08000000, 0x0fffffff, 0x15555556, 0x1000000,
};

/* The page ends long before. */
static void t_counts(void)
{
	u32 *done = (u32 *)stack;

	for (u32 i = 0; i < ARRAY_SIZE(counts); i++) {
		u32 n = counts[i];
		struct xen_mmu_update *req = new_page();
		struct xen_mmuext_op *op = new_page();
		struct xen_multicall *calls = new_page();

		for (u32 k = 0; k < 256; k++)
			req[k].ptr = machine(&window_table[k]);
		for (u32 k = 0; k < 341; k++)
			op[k].cmd = XEN_MMUEXT_TLB_FLUSH;
		window(511, 0);
		map(user_va(user_code), 0);
		window(500, pte(req, PTE_P));
		/* Bit 31 is the hypervisor's own: 3.3. */
		if ((n & 0x7fffffff) > 1)
			NEVER(hypercall(mmu_update, window_va(500), n, done,
					XEN_DOMID_SELF));
		window(500, pte(op, PTE_P));
		if ((n & 0x7fffffff) > 1)
			NEVER(hypercall(mmuext_op, window_va(500), n, done,
					XEN_DOMID_SELF));
		window(500, pte(calls, PTE_P | PTE_W));
		NEVER(hypercall(multicall, window_va(500), n));
		NEVER(hypercall(console_io, 0, n, window_va(501) - 4));
		NEVER(hypercall(set_gdt, window_va(500), n));
		NEVER(mmuext(XEN_MMUEXT_SET_LDT, window_va(500), n));
		memory_reclaim();
	}
}

static void t_reservations(void)
{
	static const u32 orders[] = { 20, 31, 32, 33, 63, 64, 128, ~0u };
	u32 *list = new_page(), before = ~0u, after = 0;
	u16 self = XEN_DOMID_SELF;

	before = hypercall(memory_op, 3, &self);
	for (u32 i = 0; i < ARRAY_SIZE(counts); i++) {
		for (u32 k = 0; k < ARRAY_SIZE(orders); k++) {
			struct xen_reservation r = { (u32)list, counts[i],
						     orders[k], 0, self };

			list[0] = ~0u;
			EQ(hypercall(memory_op, 0, &r) <= 0, 1);
			EQ(hypercall(memory_op, 1, &r) <= 0, 1);
			EQ(hypercall(memory_op, 6, &r) <= 0, 1);
			/* A continuation that never was. */
			hypercall(memory_op, 1 | counts[i] << 6, &r);
		}
	}
	after = hypercall(memory_op, 3, &self);
	EQ(after, before);
}

static void t_multicall_nested(void)
{
	struct xen_multicall *calls = new_page();

	for (u32 i = 0; i < 3; i++) {
		calls[0] = (struct xen_multicall){
			XEN_NR_multicall, 1, { (u32)calls, 3 } };
		calls[1] = (struct xen_multicall){
			XEN_NR_multicall, 1, { (u32)&calls[1], ~0u } };
		calls[2] = (struct xen_multicall){ XEN_NR_xen_version, 1, { 0 } };
		DONE(hypercall(multicall, calls, 3));
		EQ(calls[0].result, -EINVAL);
		EQ(calls[1].result, -EINVAL);
		EQ(calls[2].result >> 16, 4);
	}
	for (u32 i = 0; i < ARRAY_SIZE(counts); i++) {
		calls[0] = (struct xen_multicall){ counts[i], 1, { 0 } };
		DONE(hypercall(multicall, calls, 1));
		EQ(calls[0].result, -ENOSYS);
	}
}

/* A call of the list writes over the calls after it, or takes them away. */
static void t_multicall_changed(void)
{
	struct xen_multicall *calls = new_page(), *seen = (void *)window_va(5);
	u64 entry = pte(new_page(), PTE_P | PTE_W);

	window(5, pte(calls, PTE_P | PTE_W));
	calls[0] = (struct xen_multicall){
		XEN_NR_xen_version, 1, { 3, (u32)&seen[1] } };
	for (u32 i = 0; i < 8; i++)
		hypercall(multicall, seen, 8 + i);
	for (u32 kind = 0; kind < 3; kind++) {
		u64 to[] = { 0, pte(calls, PTE_P), entry };

		memset(calls, 0, PAGE_SIZE);
		calls[0] = (struct xen_multicall){
			XEN_NR_update_va_mapping, 1,
			{ (u32)seen, (u32)to[kind], 0, 2 } };
		calls[1] = (struct xen_multicall){ XEN_NR_xen_version, 1, { 0 } };
		window(5, pte(calls, PTE_P | PTE_W));
		hypercall(multicall, seen, 2);
		EQ(window_table[5] & 0xfffff003, to[kind] & 0xfffff003);
	}
}

/* Results that would go into a table by its read-only page, entry by entry. */
static void t_multicall_results(void)
{
	u64 *t = new_page();

	for (u32 i = 0; i < 512; i++)
		t[i] = (u64)XEN_NR_xen_version << 32;
	protect(t);
	DONE(pin(1, t));
	REFUSED(EFAULT, hypercall(multicall, t, 128));
	for (u32 i = 0; i < 512; i++)
		if (!equal(t[i], (u64)XEN_NR_xen_version << 32, "table"))
			break;
	DONE(unpin(t));
}

static void t_domains(void)
{
	static const u32 domains[] = {
		0x7ff1, 0x7ff2, 0x7ff3, 0x7ff4, 0x7fff, 1, 2, 0xffff,
		0x10000, 0xffff0000, 0x7ff10000, 0x7ff27ff0,
	};
	struct xen_mmu_update req = { machine(&window_table[1]),
				      pte(new_page(), PTE_P | PTE_W) };
	struct xen_mmuext_op op = { 0, mfn_of(root_table), 0 };
	struct xen_reservation r = { (u32)new_page(), 1, 0, 0, 0 };

	for (u32 i = 0; i < ARRAY_SIZE(domains); i++) {
		u32 d = domains[i];

		if (d != 0x10000)
			NEVER(hypercall(mmu_update, &req, 1, 0, d));
		NEVER(hypercall(mmuext_op, &op, 1, 0, d));
		if (d & 0xffff && (d & 0xffff) != XEN_DOMID_SELF)
			NEVER(hypercall(update_va_mapping_otherdomain,
					window_va(1), (u32)req.val,
					(u32)(req.val >> 32), 2, d));
		r.domid = d;
		if (r.domid)
			EQ(hypercall(memory_op, 1, &r) <= 0, 1);
		map(window_va(1), 0);
	}
}

static void t_unknown(void)
{
	static const u32 numbers[] = { 11, 34, 38, 63, 64, 100, 127, 128, 255,
				       256, 1000, 0x7fffffff, 0x80000000, ~0u };
	u32 in[7];

	for (u32 i = 0; i < ARRAY_SIZE(numbers); i++) {
		for (u32 k = 0; k < 7; k++)
			in[k] = numbers[i];
		hypercall_registers(in);
		REFUSED(ENOSYS, in[0]);
	}
	NEVER(update(4, 0));
	NEVER(update(machine(window_table) | 4, 0));
	NEVER(mmuext(14, 0, 0));
	NEVER(mmuext(99, 0, 0));
	NEVER(mmuext(~0u, 0, 0));
	for (u32 i = 0; i < ARRAY_SIZE(counts); i++) {
		NEVER(hypercall(xen_version, counts[i], stack));
		NEVER(hypercall(sched_op, counts[i], stack));
		NEVER(hypercall(event_channel_op, counts[i], stack));
		NEVER(hypercall(physdev_op, counts[i], stack));
		NEVER(hypercall(callback_op, counts[i], stack));
		NEVER(hypercall(vcpu_op, counts[i], 0, stack));
		NEVER(hypercall(vcpu_op, 3, counts[i], stack));
		NEVER(hypercall(vm_assist, counts[i], 0));
		NEVER(hypercall(vm_assist, 0, counts[i]));
	}
}

const struct attack batch_attacks[] = {
	{ "batch-counts", t_counts },
	{ "batch-reservations", t_reservations },
	{ "batch-multicall-nested", t_multicall_nested },
	{ "batch-multicall-changed", t_multicall_changed },
	{ "batch-multicall-results", t_multicall_results },
	{ "batch-domains", t_domains },
	{ "batch-unknown", t_unknown },
	{ }
};
