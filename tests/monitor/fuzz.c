// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random hypercalls, the same ones for the same seed. Half of the arguments are
 * such that the call may be done, the rest is wild. What a guest needs to go on
 * is never put at stake, so that it lives through all of them: its own tables are
 * offered only what has to be refused. Now and then it looks for itself whether
 * a table is writable; then it asks the hypervisor for its counts.
 */
#include <abi/xen/platform.h>
#include "fuzz.h"

#define LOOK		299	/* the slot of the window to look through */
#define LIST		((struct xen_multicall *)window_va(511) - CALLS)
#define TABLES		256

static u32 made, done;
static u8 *code;			/* at slot 508 of the window */

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

/*
 * A privileged instruction of ring 1 or 3, with prefixes, behind which all is
 * RET. Its operand may be anything but ESP, and what it would store to.
 */
static void instruction(void)
{
	static const u8 prefix[] = { 0x66, 0x67, 0xf2, 0xf3, 0x2e, 0x36, 0x3e,
				     0x26, 0x64, 0x65, 0xf0 };
	static const u8 one[] = { 0x6c, 0x6d, 0x6e, 0x6f, 0xe4, 0xe5, 0xe6, 0xe7,
				  0xec, 0xed, 0xee, 0xef, 0xf4, 0xfa, 0xfb };
	static const u8 two[] = { 0x20, 0x21, 0x22, 0x30, 0x31, 0x32, 0x33, 0x34,
				  0x35, 0xaa, 0x37 };
	static const u8 group[] = { 2, 3, 6, 7 };	/* of 0f 01: loads */
	u32 no_ports[2] = { 0 };
	u8 *p = code;

	hypercall(vm_assist, 1, 4);
	hypercall(physdev_op, XEN_PHYSDEV_SET_IOPL, no_ports);
	hypercall(physdev_op, XEN_PHYSDEV_SET_IOBITMAP, no_ports);
	memset(code, 0xc3, PAGE_SIZE);
	p += below(2) ? below(8) : PAGE_SIZE - 1 - below(6);
	for (u32 start = (u32)p, n = below(3), left; ; n--) {
		left = (u32)code + PAGE_SIZE - (u32)p;
		if (!n || left < 5) {
			if (left >= 3 && below(2)) {
				p[0] = 0x0f;
				p[1] = below(4) ? ANY(two) : 1;
				if (p[1] == 1)
					p[2] = ANY(group) * 8;
				else if (p[1] <= 0x22)
					p[2] = 0xc0 | (random() & 0x3b);
			} else {
				p[0] = ANY(one);
			}
			p = (u8 *)start;
			break;
		}
		*p++ = ANY(prefix);
	}
	traps(run, window_va(508) + (p - code));
	hypercall(fpu_taskswitch, 0);
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

/* Out of the way of what is mapped and unmapped. */
static void map_grants(void)
{
	u32 mfn = 0;
	struct xen_grant_setup s = { XEN_DOMID_SELF, 1, 0, (u32)&mfn };

	DONE(hypercall(grant_table_op, XEN_GRANT_SETUP_TABLE, &s, 1));
	window(SLOTS + 64, (u64)mfn << PAGE_SHIFT | PTE_P | PTE_W);
	grants = (struct xen_grant_entry *)window_va(SLOTS + 64);
}

static void prepare(void)
{
	for (u32 i = 0; i < PAGES; i++)
		pages[i] = new_page();
	for (u32 i = 0; i < SPARES; i++)
		spares[i] = spare_mfn();
	data = new_page();
	lists = new_page();
	map_grants();
	window(510, pte(new_page(), PTE_P | PTE_W));
	code = new_page();
	window(508, pte(code, PTE_P));
	user_frame(user_nop);
	new_space(&space);
	seal(&space);
}

void fuzz(u32 first, u32 count)
{
	static void (*const actions[])(void) = {
		call, call, call, call, call, call, call, multicall,
		table, table, other_space, ballooning, frame, touch,
		bad_handlers, instruction, instruction,
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
