// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random hypercalls, the same ones for the same seed. Half of the arguments are
 * such that the call may be done, the rest is wild. What a guest needs to go on
 * is never put at stake, so that it lives through all of them: its own tables are
 * offered only what has to be refused. Now and then it looks for itself whether
 * a table is writable; then it asks the hypervisor for its counts.
 */
#include "fuzz.h"

#define LOOK		299	/* the slot of the window to look through */
#define LIST		((struct xen_multicall *)window_va(511) - CALLS)
#define TABLES		256

static u32 made, done;

static void call(void)
{
	struct xen_multicall c;

	do
		arguments(&c, lists);
	while (!harmless(&c));
	done += hypercall5(c.op, c.args[0], c.args[1], c.args[2], c.args[3],
			   c.args[4]) >= 0;
}

/* Calls that read what they need from the arguments alone. */
static void multicall(void)
{
	struct xen_multicall *list = LIST;
	u32 n = below(CALLS) + 1;

	memset(list, 0xff, CALLS * sizeof(*list));
	for (u32 i = 0; i < n; i++) {
		do
			arguments(&list[i], lists + i * PAGE_SIZE / CALLS);
		while (!harmless(&list[i]));
		if (!below(16))
			list[i].op = XEN_NR_multicall;
	}
	hypercall(multicall, LIST, below(16) ? CALLS : wild());
}

/* ---- what is more than a call ---- */

/* A page becomes a table: filled, read-only, pinned. */
static void table(void)
{
	char *p = pages[below(PAGES)];
	u32 level = below(3) + 1, n = below(2) ? 512 : below(16);
	u64 *e = (u64 *)p;

	mmuext(XEN_MMUEXT_UNPIN, mfn_of(p), 0);
	if (map((u32)p, pte(p, PTE_P | PTE_W)))
		return;
	memset(p, 0, PAGE_SIZE);
	for (u32 i = 0; i < n; i++)
		e[i] = below(3) ? entry_for(mfn_of(page())) : entry_for(mfn());
	if (level == 3 && below(2))
		memset(e + 4, 0, PAGE_SIZE - 32);
	if (below(16))
		map((u32)p, pte(p, PTE_P));
	mmuext(level - 1, mfn_of(p), 0);
}

/* Another address space, for a call. */
static void other_space(void)
{
	const char *all[] = { (char *)space.l3, (char *)space.l2[0],
			      (char *)space.l2[1], (char *)space.l2[2],
			      (char *)space.l2[3] };

	mmuext(XEN_MMUEXT_UNPIN, mfn_of(space.l3), 0);
	for (u32 i = 0; i < ARRAY_SIZE(all); i++)
		if (map((u32)all[i], pte(all[i], PTE_P | PTE_W)))
			return;
	fill_space(&space);
	for (u32 i = 0; i < ARRAY_SIZE(all); i++)
		map((u32)all[i], pte(all[i], PTE_P));
	if (below(2))
		mmuext(XEN_MMUEXT_PIN_L3, mfn_of(space.l3), 0);
	if (mmuext(XEN_MMUEXT_NEW_BASEPTR, mfn_of(space.l3), 0))
		return;
	call();
	DONE(mmuext(XEN_MMUEXT_NEW_BASEPTR, mfn_of(root_table), 0));
}

/* A frame goes and comes. What refers to it is random. */
static void ballooning(void)
{
	u32 *frame = &spares[below(SPARES)], old = *frame;
	struct xen_reservation r = { (u32)frame, 1, 0, 0, XEN_DOMID_SELF };

	if (!below(4))
		mmuext(XEN_MMUEXT_UNPIN, old, 0);
	if (hypercall(memory_op, XEN_MEMORY_DECREASE, &r) == 1 &&
	    hypercall(memory_op, XEN_MEMORY_INCREASE, &r) != 1)
		*frame = old;
}

static void frame(void)
{
	static const u32 cs[] = { 0xe02b, 0xe02b, 0xe02b, 0xe00b, 0xe019, 0xe033,
				  3, 7, 0xe043, 0xfffb };
	static const u32 ss[] = { 0xe033, 0xe033, 0xe021, 0xe013, 3, 0xe02b };
	struct iret_frame *f = (void *)(stack + PAGE_SIZE);

	*f = user_frame(below(2) ? user_nop : user_write);
	f->cs = ANY(cs);
	f->ss = ANY(ss);
	f->eflags = (random() & ~EFLAGS_IF) | EFLAGS_FIXED;
	if (f->cs == XEN_KERNEL_CS || !below(4))
		f->eip = below(2) ? 0xffe00000 : 0xfffffff0;
	if (!below(4))
		f->esp = wild();
	traps(enter, (u32)f);
}

static void touch(void)
{
	u32 at = (below(2) ? (u32)page() : window_va(below(SLOTS))) +
		below(512) * 8;

	traps(below(2) ? peek : poke, at);
	if (!below(4)) {
		traps(load_fs, random() & 0xffff);
		load_fs(0);
	}
}

/* Handlers and stacks that are at no good place, for a while. */
static void bad_handlers(void)
{
	words(data, 16);
	hypercall(set_callbacks, wild(), wild(), wild(), wild());
	hypercall(callback_op, below(3), data);
	hypercall(stack_switch, wild(), wild());
	hypercall(nmi_op, below(3), data);
	hypercall(set_debugreg, below(9), wild());
	hypercall(set_debugreg, 7, 0);
	hypercall(set_trap_table, wild());
	default_traps();
}

/* ---- what must hold ---- */

static u32 tables[TABLES], table_count;

static bool is_table(u32 frame)
{
	for (u32 i = 0; i < table_count; i++)
		if (tables[i] == frame)
			return true;
	return false;
}

static const volatile u64 *look(u32 frame)
{
	DONE(map(window_va(LOOK), (u64)frame << PAGE_SHIFT | PTE_P));
	return (u64 *)window_va(LOOK);
}

static void collect(u32 frame, u32 level)
{
	u32 n = level == 3 ? 4 : 512;

	if (is_table(frame) || table_count == TABLES)
		return;
	tables[table_count++] = frame;
	for (u32 i = 0; level > 1 && i < n; i++) {
		u64 e = look(frame)[i];
		bool xen = level == 2 && frame == root_table[3] >> PAGE_SHIFT &&
			i >= L2_INDEX(XEN_M2P_BASE);

		if (e & PTE_P && !xen && owned(e >> PAGE_SHIFT))
			collect(e >> PAGE_SHIFT, level - 1);
	}
}

/* No table of the address space is writable in it. */
static void audit(void)
{
	DONE(mmuext(XEN_MMUEXT_NEW_BASEPTR, mfn_of(root_table), 0));
	table_count = 0;
	collect(mfn_of(root_table), 3);
	for (u32 i = 0; i < 512; i++) {
		u64 e = window_table[i];

		if ((e & (PTE_P | PTE_W)) == (PTE_P | PTE_W))
			check(!is_table((e & PTE_PFN_MASK) >> PAGE_SHIFT),
			      "no table is writable");
	}
	EQ(self_check(), 0);
	if (failures)
		say("# after %u calls\n", made);
}

static void prepare(void)
{
	for (u32 i = 0; i < PAGES; i++)
		pages[i] = new_page();
	for (u32 i = 0; i < SPARES; i++)
		spares[i] = spare_mfn();
	data = new_page();
	lists = new_page();
	window(510, pte(new_page(), PTE_P | PTE_W));
	user_frame(user_nop);
	new_space(&space);
	seal(&space);
}

void fuzz(u32 first, u32 count)
{
	static void (*const actions[])(void) = {
		call, call, call, call, call, call, call, multicall,
		table, table, other_space, ballooning, frame, touch,
		bad_handlers,
	};

	seed = first * 2654435761u + 1;
	seed += !seed;
	prepare();
	for (made = 1; made <= count && !failures; made++) {
		ANY(actions)();
		if (made % 1024 == 0)
			audit();
	}
	audit();
	say("# %u calls succeeded\n", done);
}
