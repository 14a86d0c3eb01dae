// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What other kernels and test suites ask of a hypervisor with this ABI, where
 * pv86 does not: calls of old, answers that they go on with, and what Linux
 * needs between its entry and its first process. xen-pv-abi 12.
 */
#include <abi/xen/platform.h>
#include <abi/xen/vcpu.h>
#include "guest.h"

#define TABLE_PAGES	64		/* of a grant table, at least */
#define ARCHITECTURAL_IOPL	4	/* vm_assist */

/* Each has its sub-operation in front of the structure. */
static void t_old_calls(void)
{
	struct {
		u32 op;
		struct xen_alloc_unbound a;
	} alloc = { XEN_EVENT_ALLOC_UNBOUND,
		    { XEN_DOMID_SELF, XEN_DOMID_SELF, 0 } };
	struct {
		u32 op, argument;
	} one = { 99, 0 };

	DONE(hypercall(event_channel_op_old, &alloc));
	CHECK(alloc.a.port);
	one = (typeof(one)){ XEN_EVENT_CLOSE, alloc.a.port };
	DONE(hypercall(event_channel_op_old, &one));
	REFUSED(EINVAL, hypercall(event_channel_op_old, &one));
	REFUSED(EFAULT, hypercall(event_channel_op_old, NOWHERE));
	one = (typeof(one)){ 99, 0 };
	REFUSED(ENOSYS, hypercall(event_channel_op_old, &one));
	one = (typeof(one)){ XEN_PHYSDEV_SET_IOPL, 4 };
	REFUSED(EINVAL, hypercall(physdev_op_old, &one));
	one.argument = 0;
	DONE(hypercall(physdev_op_old, &one));
	REFUSED(EFAULT, hypercall(physdev_op_old, NOWHERE));
	DONE(hypercall(sched_op_old, XEN_SCHED_YIELD, 0));
	REFUSED(ENOSYS, hypercall(sched_op_old, 3, 0));
	REFUSED(ENOSYS, hypercall(sched_op_old, ~0u, 0));
}

static void system_call(u32 unused)
{
	asm volatile("int $0x80");
}

/* A system call that nobody takes is a fault of whoever makes it. */
static void t_no_system_call(void)
{
	DONE(set_trap(VECTOR_SYSCALL, 0, 0, 1));
	faults(TRAP_GP, VECTOR_SYSCALL * 8 + 2, system_call, 0);
	EQ(user(user_return, 0), TRAP_GP);
	EQ(trapped.error, VECTOR_SYSCALL * 8 + 2);
	EQ(trapped.eip, user_va(user_return));
	default_traps();
	EQ(user(user_return, 0), VECTOR_SYSCALL);
}

static void do_cli(u32 unused)
{
	asm volatile("cli");
}

/* The frame of ring 3 says what it may; the kernel counts as ring 0. */
static void t_iopl(void)
{
	struct iret_frame f = user_frame(user_cli);
	u32 none = 0;

	faults(TRAP_GP, 0, do_cli, 0);
	DONE(hypercall(vm_assist, 0, ARCHITECTURAL_IOPL));
	for (u32 level = 0; level < 4; level++) {
		f.eflags = EFLAGS_FIXED | level << 12;
		if (level < 3)
			faults(TRAP_GP, 0, enter, (u32)&f);
		else
			faults(VECTOR_SYSCALL, 0, enter, (u32)&f);
		EQ(trapped.eflags & EFLAGS_IOPL, level << 12);
		CHECK(!traps(do_cli, 0));
	}
	DONE(hypercall(vm_assist, 1, ARCHITECTURAL_IOPL));
	DONE(hypercall(physdev_op, XEN_PHYSDEV_SET_IOPL, &none));
}

static void enter_by_multicall(u32 list)
{
	asm volatile("mov %0, %%esp\n\tint $0x82"
		     : : "r" (stack + PAGE_SIZE), "a" (XEN_NR_multicall),
		       "b" (list), "c" (3) : "memory");
}

/* No value that ring 3 gets is taken for a message to the hypervisor. */
static void t_iret_eax(void)
{
	struct xen_multicall list[] = {
		{ .op = XEN_NR_xen_version }, { .op = XEN_NR_iret },
		{ .op = XEN_NR_xen_version },
	};
	struct iret_frame f = user_frame(user_return);

	for (u32 eax = -150; eax; eax++) {
		f.eax = eax;
		faults(VECTOR_SYSCALL, 0, enter, (u32)&f);
		if (!equal(trapped.eax, eax, "eax") ||
		    !equal(trapped.eip, f.eip + 2, "eip"))
			break;
		memcpy(stack + PAGE_SIZE, &f, sizeof(f));
		list[2].result = POKED;
		faults(VECTOR_SYSCALL, 0, enter_by_multicall, (u32)list);
		if (!equal(trapped.eax, eax, "eax by multicall") ||
		    !equal(list[2].result, POKED, "and no call after it"))
			break;
	}
}

/* A guest then goes on with the form of two levels. */
static void t_no_fifo(void)
{
	struct {
		u64 gfn;
		u32 offset, vcpu;
		u64 bits;
	} control = { ~1ull, 0, 0, 0 };
	u64 array = mfn_of(new_page());

	REFUSED(EINVAL, hypercall(event_channel_op, 11, &control));
	NEVER(hypercall(event_channel_op, 12, &array));
}

static void t_grant_table(void)
{
	static u32 mfns[TABLE_PAGES];
	struct xen_grant_setup s = {
		XEN_DOMID_SELF, TABLE_PAGES, 0, (u32)mfns,
	};

	DONE(hypercall(grant_table_op, XEN_GRANT_SETUP_TABLE, &s, 1));
	EQ(s.status, XEN_GRANT_OKAY);
	for (u32 i = 0; i < TABLE_PAGES; i++)
		window(i, (u64)mfns[i] << PAGE_SHIFT | PTE_P | PTE_W);
	*(u32 *)window_va(TABLE_PAGES - 1) = POKED;
	for (u32 i = 0; i < TABLE_PAGES; i++)
		window(i, 0);
}

static s16 map_grant(u32 ref, u32 va, u32 flags, u32 *handle)
{
	struct xen_grant_map m = {
		va, flags, ref, dom0 ? 0 : 1, 99, 0, 0,
	};

	DONE(hypercall(grant_table_op, XEN_GRANT_MAP, &m, 1));
	*handle = m.handle;
	return m.status;
}

static s16 unmap_grant(u32 op, u32 va, u64 other, u32 handle)
{
	struct xen_grant_unmap u = { va, other, handle, 99, 0 };

	DONE(hypercall(grant_table_op, op, &u, 1));
	return u.status;
}

/* What the guest grants to itself it can map, and only as its own memory. */
static void t_own_grants(void)
{
	u32 *page = new_page(), *read_only = new_page(), mfn, h[2];
	u64 *l1 = new_page();
	struct xen_grant_setup s = { XEN_DOMID_SELF, 1, 0, (u32)&mfn };
	volatile struct xen_grant_entry *g = (void *)window_va(0);

	DONE(hypercall(grant_table_op, XEN_GRANT_SETUP_TABLE, &s, 1));
	window(0, (u64)mfn << PAGE_SHIFT | PTE_P | PTE_W);
	for (u32 i = 8; i < 12; i++)
		g[i].domid = dom0 ? 0 : 1;
	protect(l1);
	DONE(pin(1, l1));
	g[8].mfn = mfn_of(page);
	g[9].mfn = mfn_of(read_only);
	g[10].mfn = mfn_of(l1);
	g[8].flags = g[10].flags = XEN_GRANT_PERMIT;
	g[9].flags = XEN_GRANT_PERMIT | XEN_GRANT_READ_ONLY;
	NEVER(map_grant(8, NOWHERE, 2, h));
	NEVER(map_grant(8, 0xffe00000, 2, h));
	NEVER(map_grant(8, window_va(1), 0, h));
	NEVER(map_grant(9, window_va(1), 2, h));
	NEVER(map_grant(10, window_va(1), 2, h));
	NEVER(map_grant(11, window_va(1), 2, h));
	NEVER(map_grant(~0u, window_va(1), 2, h));
	faults(TRAP_PAGE_FAULT, 0, peek, window_va(1));
	DONE(map_grant(8, window_va(1), 3, &h[0]));
	DONE(map_grant(9, window_va(2), 6, &h[1]));
	EQ(g[8].flags, XEN_GRANT_PERMIT | 8 | 16);
	poke(window_va(1));
	EQ(*page, POKED);
	faults(TRAP_PAGE_FAULT, 3, poke, window_va(2));
	protect(page);
	NEVER(pin(1, page));			/* writable there */
	NEVER(unmap_grant(XEN_GRANT_UNMAP, window_va(2), 0, h[0]));
	NEVER(unmap_grant(XEN_GRANT_UNMAP, window_va(1), 0, 0x12345678));
	NEVER(unmap_grant(XEN_GRANT_REPLACE, window_va(1), NOWHERE, h[0]));
	DONE(unmap_grant(XEN_GRANT_REPLACE, window_va(2), window_va(1), h[1]));
	faults(TRAP_PAGE_FAULT, 0, peek, window_va(1));
	poke(window_va(2));
	NEVER(pin(1, page));			/* and now there */
	window(2, 0);
	NEVER(unmap_grant(XEN_GRANT_UNMAP, window_va(1), 0, h[0]));
	window(1, pte(page, PTE_P | PTE_W | PTE_A | PTE_D));
	DONE(unmap_grant(XEN_GRANT_UNMAP, window_va(1), 0, h[0]));
	EQ(g[8].flags, XEN_GRANT_PERMIT | 8 | 16);
	DONE(unmap_grant(XEN_GRANT_UNMAP, 0, machine(page), h[0]));
	EQ(g[8].flags, XEN_GRANT_PERMIT);
	g[8].flags = g[9].flags = g[10].flags = 0;
	window(0, 0);
	DONE(unpin(l1));
}

static u32 by_events;

static void count(void)
{
	by_events++;
}

/* A deadline that is over is an event at once. */
static void t_past_deadline(void)
{
	struct xen_bind_virq b = { 0, 0, 0 };
	struct {
		u64 at;
		u32 flags;
	} timer = { 1, 0 };
	u32 before = by_events;

	DONE(hypercall(event_channel_op, XEN_EVENT_BIND_VIRQ, &b));
	hypercall(vcpu_op, XEN_VCPU_STOP_PERIODIC_TIMER, 0, 0);
	event_action = count;
	mask_events(false);
	DONE(hypercall(vcpu_op, XEN_VCPU_SET_SINGLESHOT_TIMER, 0, &timer));
	for (u32 i = 0; i < 1000000 && by_events == before; i++)
		poll_events();
	CHECK(by_events > before);
	mask_events(true);
	timer.flags = 1;			/* that it is to come: ignored */
	DONE(hypercall(vcpu_op, XEN_VCPU_SET_SINGLESHOT_TIMER, 0, &timer));
	hypercall(vcpu_op, XEN_VCPU_STOP_SINGLESHOT_TIMER, 0, 0);
	event_action = NULL;
	DONE(hypercall(event_channel_op, XEN_EVENT_CLOSE, &b.port));
}

static u32 cpuid_or(u32 leaf, u32 *eax)
{
	u32 ebx, ecx = 0, edx;

	asm volatile("ud2\n\t.ascii \"xen\"\n\tcpuid"
		     : "=a" (*eax), "=b" (ebx), "+c" (ecx), "=d" (edx)
		     : "0" (leaf));
	return *eax | ebx | ecx | edx;
}

/* Leaves that there are not are empty. */
static void t_cpuid(void)
{
	static const u32 base[] = { 0, 0x40000000, 0x80000000 };
	u32 last, eax;

	for (u32 i = 0; i < ARRAY_SIZE(base); i++) {
		CHECK(cpuid_or(base[i], &last));
		CHECK(last >= base[i] && last < base[i] + 0x1000);
		for (u32 leaf = last + 1; leaf < last + 64; leaf++)
			EQ(cpuid_or(leaf, &eax), 0);
		EQ(cpuid_or(base[i] + 0x0fffffff, &eax), 0);
	}
}

/* What Linux asks of its memory before it has any. */
static void t_memory(void)
{
	static struct xen_memory_range ranges[64];
	struct xen_memory_map map = { ARRAY_SIZE(ranges), (u32)ranges };
	struct xen_machphys_mapping m;
	u32 self = XEN_DOMID_SELF;

	DONE(hypercall(memory_op, XEN_MEMORY_MACHPHYS_MAPPING, &m));
	EQ(m.start, XEN_M2P_BASE);
	CHECK(m.end > m.start && m.max_mfn >= max_mfn);
	CHECK(hypercall(memory_op, XEN_MEMORY_MAXIMUM, &self) >= (s32)nr_pages);
	if (!dom0) {
		NEVER(hypercall(memory_op, XEN_MEMORY_MACHINE_MAP, &map));
		return;
	}
	DONE(hypercall(memory_op, XEN_MEMORY_MACHINE_MAP, &map));
	CHECK(map.nr_entries && map.nr_entries < ARRAY_SIZE(ranges));
	for (u32 i = 1; i < map.nr_entries; i++)
		CHECK(ranges[i].base >=
		      ranges[i - 1].base + ranges[i - 1].size);
}

/* Pieces of 256 KiB for devices: as many as the guest has pages to give. */
static void t_contiguous(void)
{
	static u32 in[64];
	u32 out, pfn = nr_pages, done = 0;

	while (done < 64) {
		struct xen_exchange x = {
			{ (u32)in, 64, 0, 0, XEN_DOMID_SELF },
			{ (u32)&out, 1, 6, 32, XEN_DOMID_SELF }, 0,
		};

		pfn -= 64;
		for (u32 i = 0; i < 64; i++)
			in[i] = ((u32 *)start->mfn_list)[pfn + i];
		out = pfn;
		if (!DONE(hypercall(memory_op, XEN_MEMORY_EXCHANGE, &x)))
			break;
		EQ(x.done, 64);
		EQ(out % 64, 0);
		for (u32 i = 0; i < 64; i++) {
			((u32 *)start->mfn_list)[pfn + i] = out + i;
			EQ(((u32 *)XEN_M2P_BASE)[out + i], pfn + i);
		}
		done++;
	}
}

const struct attack client_attacks[] = {
	{ "client-old-calls", t_old_calls },
	{ "client-no-system-call", t_no_system_call },
	{ "client-iopl", t_iopl },
	{ "client-iret-eax", t_iret_eax },
	{ "client-no-fifo-events", t_no_fifo },
	{ "client-grant-table", t_grant_table },
	{ "client-own-grants", t_own_grants },
	{ "client-past-deadline", t_past_deadline },
	{ "client-cpuid", t_cpuid },
	{ "client-memory", t_memory },
	{ "client-contiguous-memory", t_contiguous },
	{ }
};
