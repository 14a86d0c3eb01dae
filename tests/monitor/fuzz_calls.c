// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the fuzzing guest calls with: numbers, frames, entries, and a call with
 * its arguments, all chosen by one generator.
 */
#include <abi/xen/vcpu.h>
#include "../random.h"
#include "fuzz.h"

char *pages[PAGES], *data, *lists;
u32 spares[SPARES], seed;
struct xen_grant_entry *grants;
struct space space;

/* ---- choices ---- */

u32 random(void)
{
	return next_random(&seed);
}

u32 below(u32 n)
{
	return (random() >> 4) % n;
}

u32 wild(void)
{
	static const u32 values[] = {
		0, 1, 2, 7, 8, 16, 0x7ff0, 0x7ff1, 0x7ff2, 0xfff, 0x1000,
		0x1001, NOWHERE, WINDOW, XEN_M2P_BASE, XEN_M2P_BASE - 4,
		0xffe00000, 0xfffffff0, 0xfffff000, ~0u, 0x80000000, 0x80000001,
		0x7fffffff, 0x40000000, 0xc0000000, 512, 511, 7168, 8192,
	};
	u32 any = random();

	if (any >> 22 == GUEST_BASE >> 22)
		any ^= 1u << 31;		/* not the guest's image */
	return below(4) ? ANY(values) : any;
}

const char *page(void)
{
	return pages[below(PAGES)];
}

/* One of the guest's image: whoever stores to it ends the guest. */
static bool vital(u32 frame)
{
	for (u32 i = 0; i < PAGES; i++)
		if (frame == mfn_of(pages[i]))
			return false;
	return owned(frame) && (u32)va_of(frame) < GUEST_BASE + 2 * L2_SPAN;
}

static u32 any_mfn(void)
{
	u32 frame = below(max_mfn + 16);

	return vital(frame) ? mfn_of(page()) : frame;
}

/* Its own, mostly. A table in use is among them, since nobody may store there. */
u32 mfn(void)
{
	switch (below(16)) {
	case 0: case 1:
		return any_mfn();
	case 2:
		return mfn_of(below(2) ? root_table : window_table);
	case 3:
		return mfn_of(below(2) ? space.l3 : space.l2[below(4)]);
	case 4:
		return start->shared_info >> PAGE_SHIFT;
	case 5: case 6:
		return spares[below(SPARES)];
	default:
		return mfn_of(page());
	}
}

u64 entry_for(u32 frame)
{
	static const u32 flags[] = { 1, 3, 7, 5, 0x63, 0x67, 0x25, 0x23 };
	u64 e = (u64)frame << PAGE_SHIFT | ANY(flags);

	switch (below(24)) {
	case 0:
		return e | 1u << below(12);
	case 1:
		return e | 1ull << (32 + below(32));
	case 2:
		return e & ~1ull;
	case 3:
		return 0;
	case 4:
		return (u64)random() << 32 | (random() & 0xfff) |
			(u64)any_mfn() << PAGE_SHIFT;
	default:
		return e;
	}
}

/* A value that no table takes. */
static u64 refused(void)
{
	static const u64 bits[] = { 0, PTE_U, PTE_A | PTE_D, 0x80, PTE_G };

	return pte(below(2) ? root_table : window_table, PTE_P | PTE_W) |
		ANY(bits);
}

/* The machine address of an entry, and a value for it. */
static void pt_update(struct xen_mmu_update *u)
{
	u64 *l2 = va_of(root_table[3] >> PAGE_SHIFT);

	u->val = entry_for(mfn());
	switch (below(12)) {
	case 0:
		u->ptr = machine(&root_table[below(512)]);
		u->val = refused();
		break;
	case 1:
		u->ptr = machine(&l2[below(512)]);
		u->val = refused() | 0x80;
		break;
	case 2: case 3:
		u->ptr = machine(&space.l2[below(3)][below(8)]);
		break;
	case 4:
		u->ptr = machine((void *)ENTRY(NOWHERE, 2));
		break;
	case 5: case 6:
		u->ptr = machine(&window_table[below(SLOTS)]);
		break;
	case 7:
		u->ptr = (u64)spares[below(SPARES)] << PAGE_SHIFT |
			below(512) * 8;
		break;
	default:
		u->ptr = machine(page() + below(512) * 8);
	}
	if (!below(4))
		u->ptr |= below(8);
	if (!below(64))
		u->ptr ^= 1ull << (below(2) ? below(12) : 32 + below(32));
	/* Nobody but these may have M2P entries changed. */
	if ((u->ptr & 3) == XEN_MMU_MACHPHYS)
		u->ptr = machine(page()) | XEN_MMU_MACHPHYS;
}

static void mmuext_call(struct xen_mmuext_op *op)
{
	op->cmd = below(24);
	op->arg1 = mfn();
	op->arg2 = mfn();
	switch (op->cmd) {
	case XEN_MMUEXT_NEW_BASEPTR:
		op->arg1 = below(2) ? max_mfn + wild() % 4096 :
			mfn_of(root_table);
		break;
	case XEN_MMUEXT_UNPIN:		/* the root has to stay one */
		if (op->arg1 == mfn_of(root_table))
			op->arg1 = mfn_of(page());
		break;
	case XEN_MMUEXT_SET_LDT:
		op->arg1 = below(4) ? (u32)page() : wild();
		op->arg2 = below(2) ? 512 : wild();
		break;
	case XEN_MMUEXT_COPY_PAGE:
	case XEN_MMUEXT_CLEAR_PAGE:
		op->arg1 = mfn_of(page());
	}
	if (!below(32))
		op->cmd = wild();
	if (op->cmd > 24)
		op->arg1 = wild();
}

/* ---- calls: each fills the arguments and what they point to ---- */

static u32 pointer(void)
{
	return below(8) ? (u32)data + below(8) * 256 + below(2) : wild();
}

void words(void *to, u32 n)
{
	for (u32 *w = to; n--; w++)
		*w = below(3) ? below(64) : below(2) ? wild() : mfn();
}

static u32 address(void);

/* Of the first 16 grants, each to the guest itself. MAP takes another list. */
static void grant(struct xen_multicall *c, u32 *list)
{
	struct xen_grant_entry *g = &grants[below(16)];
	u32 op = c->args[0] = below(12);

	*g = (struct xen_grant_entry){ below(8), dom0 ? 0 : 1, mfn() };
	c->args[1] = below(16) ? (u32)list : pointer();
	c->args[2] = below(16) ? 1 : below(4);
	words(list, 8);
	if (op == XEN_GRANT_MAP) {
		*(struct xen_grant_map *)list = (struct xen_grant_map){
			address(), below(8), below(16), g->domid, 0, 0, 0,
		};
	} else if (op == XEN_GRANT_UNMAP || op == XEN_GRANT_REPLACE) {
		list[0] = below(3) ? address() : 0;
		list[1] = list[3] = 0;
		list[2] = op == XEN_GRANT_UNMAP ? 0 : address();
		list[4] = below(16);
	}
}

static u32 address(void)
{
	switch (below(6)) {
	case 0:
		return (u32)page();
	case 1:
		return NOWHERE + below(64) * PAGE_SIZE;
	case 2:
		return XEN_M2P_BASE + (random() & 0x0fffffff) % 0xa800000;
	default:
		return window_va(below(SLOTS));
	}
}

/* Another domain, or a list where no entries are. */
static void spoil(struct xen_multicall *c)
{
	static const u32 nowhere[] = { 0, ~0u, 0xffe00000, 0xfffffff1,
				       XEN_M2P_BASE, XEN_M2P_BASE - 8 };

	switch (below(32)) {
	case 0:
		c->args[0] = ANY(nowhere);
		break;
	case 1:
		c->args[3] = wild();
	}
}

void arguments(struct xen_multicall *c, void *list)
{
	static const u8 numbers[] = {
		1, 1, 1, 1, 2, 5, 8, 9, 10, 12, 12, 13, 14, 14, 14, 14, 15, 17,
		18, 20, 21, 22, 24, 26, 26, 26, 26, 29, 32, 32, 32, 33, 11, 25,
		27, 34, 38, 63, 6, 16, 19,
	};
	u32 n = below(8) + 1;
	u64 e = entry_for(mfn());

	*c = (struct xen_multicall){ ANY(numbers), 0, { wild(), pointer(),
				     wild(), wild(), wild() } };
	words(data, PAGE_SIZE / 4);
	switch (c->op) {
	case XEN_NR_mmu_update:
		for (u32 i = 0; i < n; i++)
			pt_update((struct xen_mmu_update *)list + i);
		memcpy(c->args, (u32[]){ (u32)list, n, pointer(),
					 XEN_DOMID_SELF }, 16);
		spoil(c);
		break;
	case XEN_NR_mmuext_op:
		for (u32 i = 0; i < n; i++)
			mmuext_call((struct xen_mmuext_op *)list + i);
		memcpy(c->args, (u32[]){ (u32)list, n, pointer(),
					 XEN_DOMID_SELF }, 16);
		spoil(c);
		break;
	case XEN_NR_update_va_mapping:
	case XEN_NR_update_va_mapping_otherdomain:
		c->args[0] = address();
		c->args[1] = (u32)e;
		c->args[2] = (u32)(e >> 32);
		c->args[3] = below(2) ? 2 : wild();
		c->args[4] = below(4) ? XEN_DOMID_SELF : wild();
		break;
	case XEN_NR_set_gdt:
		for (u32 i = 0; i < 14; i++)
			((u32 *)list)[i] = mfn_of(page());
		c->args[0] = (u32)list;
		c->args[1] = below(2) ? n * 512 : wild();
		break;
	case XEN_NR_grant_table_op:
		grant(c, list);
		break;
	case XEN_NR_update_descriptor:
		e = machine(page() + below(512) * 8);
		memcpy(c->args, (u32[]){ (u32)e, (u32)(e >> 32) }, 8);
		c->args[3] = (random() & 0xff) << 8 | (random() & 0xff0000);
		break;
	default:
		c->args[0] = below(24);
	}
}

/* What would end the guest, or its say on the console. */
bool harmless(const struct xen_multicall *c)
{
	u32 cmd = c->args[0];

	switch (c->op) {
	case XEN_NR_console_io:
		return cmd != 0;
	case XEN_NR_vcpu_op:
		return cmd >= 3 && cmd != XEN_VCPU_REGISTER_INFO &&
			cmd != XEN_VCPU_SEND_NMI;
	case XEN_NR_sched_op:
	case 6:					/* its old form */
		return cmd == XEN_SCHED_YIELD || cmd == 5 || cmd > 6;
	case XEN_NR_vm_assist:
		return c->args[1] != 3;
	case XEN_NR_physdev_op:
	case 19:
		return cmd < 16;
	case XEN_NR_memory_op:
		return cmd > 1 && cmd != XEN_MEMORY_POPULATE &&
			cmd != XEN_MEMORY_EXCHANGE;
	case XEN_NR_multicall:
		return false;
	default:
		return true;
	}
}
