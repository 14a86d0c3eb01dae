// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every pointer that a hypercall takes: none, unmapped, read-only, at the end of
 * what is mapped, into Xen's area, and wrapping. xen-pv-abi 3.1, 3.3.
 */
#include "guest.h"

#define IN	1		/* the call reads there first */
#define OUT	2
#define COUNT	4		/* the result is how much was done: nothing */
#define PART	8		/* of what is there it reads only the beginning */

/* args[at] is the pointer. */
static const struct call {
	const char *name;
	u32 nr, args[4], at, kind;
} calls[] = {
	{ "set_trap_table", XEN_NR_set_trap_table, { 0 }, 0, IN },
	{ "mmu_update", XEN_NR_mmu_update, { 0, 1, 0, XEN_DOMID_SELF }, 0, IN },
	{ "set_gdt", XEN_NR_set_gdt, { 0, 8 }, 0, IN },
	{ "multicall", XEN_NR_multicall, { 0, 1 }, 0, IN | OUT },
	{ "increase", XEN_NR_memory_op, { 0, 0 }, 1, IN | COUNT },
	{ "decrease", XEN_NR_memory_op, { 1, 0 }, 1, IN | COUNT },
	{ "current_reservation", XEN_NR_memory_op, { 3, 0 }, 1,
	  IN | PART },
	{ "m2p list", XEN_NR_memory_op, { 5, 0 }, 1, IN },
	{ "populate", XEN_NR_memory_op, { 6, 0 }, 1, IN | COUNT },
	{ "machine map", XEN_NR_memory_op, { 10, 0 }, 1, IN },
	{ "exchange", XEN_NR_memory_op, { 11, 0 }, 1, IN },
	{ "m2p mapping", XEN_NR_memory_op, { 12, 0 }, 1, OUT },
	{ "extraversion", XEN_NR_xen_version, { 1, 0 }, 1, OUT },
	{ "compile_info", XEN_NR_xen_version, { 2, 0 }, 1, OUT },
	{ "capabilities", XEN_NR_xen_version, { 3, 0 }, 1, OUT },
	{ "changeset", XEN_NR_xen_version, { 4, 0 }, 1, OUT },
	{ "parameters", XEN_NR_xen_version, { 5, 0 }, 1, OUT },
	{ "features", XEN_NR_xen_version, { 6, 0 }, 1, IN },
	{ "console write", XEN_NR_console_io, { 0, 64, 0 }, 2, IN },
	{ "runstate", XEN_NR_vcpu_op, { 4, 0, 0 }, 2, OUT },
	{ "register runstate", XEN_NR_vcpu_op, { 5, 0, 0 }, 2, IN },
	{ "periodic", XEN_NR_vcpu_op, { 6, 0, 0 }, 2, IN },
	{ "single shot", XEN_NR_vcpu_op, { 8, 0, 0 }, 2, IN },
	{ "vcpu_info", XEN_NR_vcpu_op, { 10, 0, 0 }, 2, IN },
	{ "mmuext_op", XEN_NR_mmuext_op, { 0, 1, 0, XEN_DOMID_SELF }, 0, IN },
	{ "poll", XEN_NR_sched_op, { 3, 0 }, 1, IN },
	{ "callback", XEN_NR_callback_op, { 0, 0 }, 1, IN },
	{ "unregister", XEN_NR_callback_op, { 1, 0 }, 1, IN },
	{ "bind_virq", XEN_NR_event_channel_op, { 1, 0 }, 1, IN },
	{ "close", XEN_NR_event_channel_op, { 3, 0 }, 1, IN },
	{ "send", XEN_NR_event_channel_op, { 4, 0 }, 1, IN },
	{ "status", XEN_NR_event_channel_op, { 5, 0 }, 1, IN },
	{ "alloc_unbound", XEN_NR_event_channel_op, { 6, 0 }, 1, IN },
	{ "bind_ipi", XEN_NR_event_channel_op, { 7, 0 }, 1, IN },
	{ "unmask", XEN_NR_event_channel_op, { 9, 0 }, 1, IN },
	{ "old event op", XEN_NR_event_channel_op_old, { 0 }, 0, IN },
	{ "old physdev op", XEN_NR_physdev_op_old, { 0 }, 0, IN },
	{ "grant map", XEN_NR_grant_table_op, { 0, 0, 1 }, 1, IN },
	{ "grant unmap", XEN_NR_grant_table_op, { 1, 0, 1 }, 1, IN },
	{ "grant setup", XEN_NR_grant_table_op, { 2, 0, 1 }, 1, IN },
	{ "grant size", XEN_NR_grant_table_op, { 6, 0, 1 }, 1, IN },
	{ "set_iopl", XEN_NR_physdev_op, { 6, 0 }, 1, IN },
	{ "set_iobitmap", XEN_NR_physdev_op, { 7, 0 }, 1, IN },
	{ "platform_op", XEN_NR_platform_op, { 0 }, 0, IN },
};

static s32 make(const struct call *c, u32 pointer)
{
	u32 args[4];

	memcpy(args, c->args, sizeof(args));
	args[c->at] = pointer;
	return hypercall5(c->nr, args[0], args[1], args[2], args[3], 0);
}

static void refuse(const struct call *c, u32 pointer)
{
	s32 r = make(c, pointer);

	if (r == -EFAULT || r == -ENOSYS || (!r && c->kind & COUNT) ||
	    (r == -EPERM && !dom0))
		return;
	check(false, "a bad pointer is -EFAULT");
	note("%s at %x: %x", c->name, pointer, r);
}

/* What the guest may read, a call may read for it, and that is all. */
static void readable(const struct call *c, u32 pointer)
{
	if (c->kind & OUT)
		refuse(c, pointer);
	else if (c->nr != XEN_NR_console_io)
		make(c, pointer);
}

static void t_bad(void)
{
	static const u32 bad[] = {
		1, NOWHERE, 0xfffffffc, 0xffffffff, 0xfffff000, 0xffe00000,
	};
	static const u32 m2p[] = {
		XEN_M2P_BASE, XEN_M2P_BASE + 0x1003, XEN_M2P_BASE + 0x3ffc,
	};

	for (u32 i = 0; i < ARRAY_SIZE(calls); i++) {
		if (calls[i].nr != XEN_NR_set_trap_table)
			refuse(&calls[i], 0);
		for (u32 b = 0; b < ARRAY_SIZE(bad); b++)
			refuse(&calls[i], bad[b]);
		for (u32 b = 0; b < ARRAY_SIZE(m2p); b++)
			readable(&calls[i], m2p[b]);
	}
}

/* The first bytes are there. */
static void t_crossing(void)
{
	char *page = new_page();

	memset(page, 1, PAGE_SIZE);
	for (u32 i = 0; i < ARRAY_SIZE(calls); i++) {
		window(0, pte(page, PTE_P | PTE_W));
		if (calls[i].kind & PART)
			continue;
		for (u32 n = 1; n < 4; n++)
			refuse(&calls[i], window_va(1) - n);
	}
}

/* Up to the last byte below Xen's area. */
static void t_crossing_xen(void)
{
	volatile u64 *l2 = ENTRY(XEN_M2P_BASE - PAGE_SIZE, 2);
	u64 *l1 = new_page();
	char *page = new_page();

	memset(page, 1, PAGE_SIZE);
	l1[511] = pte(page, PTE_P | PTE_W);
	protect(l1);
	DONE(update(machine((void *)l2), pte(l1, PTE_P | PTE_W | PTE_U)));
	for (u32 i = 0; i < ARRAY_SIZE(calls); i++)
		for (u32 n = 1; n < 4; n++)
			readable(&calls[i], XEN_M2P_BASE - n);
	DONE(update(machine((void *)l2), 0));
}

static void t_read_only(void)
{
	char *page = new_page(), before;

	for (u32 i = 0; i < ARRAY_SIZE(calls); i++) {
		if (!(calls[i].kind & OUT))
			continue;
		before = page[8];
		window(0, pte(page, PTE_P));
		refuse(&calls[i], window_va(0) + 8);
		EQ(page[8], before);
	}
}

/* No alignment is asked for. */
static void t_misaligned(void)
{
	char *page = new_page();
	struct xen_mmu_update req = { machine(&window_table[3]), 0 };
	struct xen_multicall call = { XEN_NR_xen_version, 7, { 0 } };

	for (u32 i = 1; i < 8; i++) {
		memcpy(page + i, &req, sizeof(req));
		DONE(hypercall(mmu_update, page + i, 1, page + 99,
			       XEN_DOMID_SELF));
		memset(page, 0, 64);
		DONE(hypercall(xen_version, 6, page + i));
		memcpy(page + i, &call, sizeof(call));
		DONE(hypercall(multicall, page + i, 1));
		memcpy(&call, page + i, sizeof(call));
		EQ(call.result >> 16, 4);
	}
}

/* Pointers in what a pointer points to. */
static void t_nested(void)
{
	static const u32 bad[] = {
		NOWHERE, 0xfffffffc, 0xffffffff, XEN_M2P_BASE, 0xffe00000,
	};
	u32 nothing = 0;

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		struct xen_reservation r = { bad[i], 1, 0, 0, XEN_DOMID_SELF };
		struct xen_memory_map m = { 16, bad[i] };
		struct xen_mmuext_op op = { XEN_MMUEXT_TLB_FLUSH_MULTI, 0, bad[i] };
		struct {
			u32 ports, nr;
			u64 timeout;
		} poll = { bad[i], 1, 1 };

		NEVER(hypercall(memory_op, XEN_MEMORY_MACHINE_MAP, &m));
		NEVER(hypercall(sched_op, 3, &poll));
		EQ(hypercall(memory_op, XEN_MEMORY_DECREASE, &r) <= 0, 1);
		r.extents = bad[i];
		EQ(hypercall(memory_op, XEN_MEMORY_POPULATE, &r) <= 0, 1);
		hypercall(mmuext_op, &op, 1, &nothing, XEN_DOMID_SELF);
		map_with(window_va(0), 0, 1 | (bad[i] & ~7u));
		map_with(window_va(0), 0, 2 | 4 | (bad[i] & ~7u));
	}
}

/* Areas that the hypervisor writes later: what is not writable then stays. */
static void t_areas(void)
{
	static const u32 bad[] = {
		NOWHERE, 0xfffffffc, XEN_M2P_BASE, 0xffe00000, XEN_M2P_BASE - 8,
	};
	u32 area[2] = { 0 };

	for (u32 kind = 5; kind <= 13; kind += 8) {
		for (u32 i = 0; i <= ARRAY_SIZE(bad); i++) {
			area[0] = i < ARRAY_SIZE(bad) ? bad[i] :
				(u32)root_table + 64;
			hypercall(vcpu_op, kind, 0, area);
			for (u32 n = 0; n < 100; n++)
				hypercall(sched_op, 0, 0);
			EQ64(root_table[8], 0);
		}
		area[0] = 0;
		hypercall(vcpu_op, kind, 0, area);
	}
}

/* vcpu_info somewhere else: not across the end, not in a page table. */
static void t_vcpu_info(void)
{
	struct {
		u64 mfn;
		u32 offset, pad;
	} at = { 0, 0, 0 };

	at.mfn = mfn_of(root_table);
	NEVER(hypercall(vcpu_op, 10, 0, &at));
	at.mfn = mfn_of(new_page());
	at.offset = PAGE_SIZE - 63;
	NEVER(hypercall(vcpu_op, 10, 0, &at));
	at.offset = ~0u;
	NEVER(hypercall(vcpu_op, 10, 0, &at));
	at.offset = 0;
	at.mfn = 1ull << 40 | at.mfn;
	NEVER(hypercall(vcpu_op, 10, 0, &at));
	at.mfn = ~0ull;
	NEVER(hypercall(vcpu_op, 10, 0, &at));
	NEVER(hypercall(vcpu_op, 10, 1, &at));
	NEVER(hypercall(vcpu_op, 10, ~0u, &at));
}

const struct attack pointer_attacks[] = {
	{ "pointer-bad", t_bad },
	{ "pointer-crossing", t_crossing },
	{ "pointer-crossing-xen", t_crossing_xen },
	{ "pointer-read-only", t_read_only },
	{ "pointer-misaligned", t_misaligned },
	{ "pointer-nested", t_nested },
	{ "pointer-areas", t_areas },
	{ "pointer-vcpu-info", t_vcpu_info },
	{ }
};
