// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The monitor's direct paging on a machine of 96 frames that is made here:
 * each rule of xen-pv-abi 4 with its error, then random hypercalls. After each
 * of them the counts are compared with what they count (selfcheck.c), and the
 * tables are walked as a CPU would: no way may lead to a frame of the monitor,
 * nor, where all levels allow writing, to a table.
 */
/* link: */
#include "klib.h"
#include "../../arch/x86_64/cpu.h"
#include <abi/xen/mmu.h>

#define FRAMES		96
#define DEVICES		4	/* frames from 0 on */
#define MONITORS	4	/* the next ones; the last is shared */
#define SHARED		(DEVICES + MONITORS - 1)
#define FREE		8	/* nobody's */
#define FIRST		(DEVICES + MONITORS + FREE)	/* of the guest's */
#define WINDOW		0xf5800000u
#define CALL_VA		0x1000u	/* the guest's memory for arguments */

static u64 memory[FRAMES][512] __aligned(4096);
static u8 call_page[4096];
static u64 l4[512];
static u32 flushes;

/* NULL: the guest has no memory there. Ours lies above 4 GiB. */
static void *reach(const void *p, u64 bytes)
{
	u64 at = (u64)p;

	if (at > ~0u)
		return (void *)p;
	return at >= CALL_VA && at + bytes <= CALL_VA + sizeof(call_page) ?
	       call_page + (at - CALL_VA) : NULL;
}

static bool copy_guest(void *to, const void *from, u64 bytes)
{
	void *t = reach(to, bytes), *f = reach(from, bytes);

	if (t && f)
		memcpy(t, f, bytes);
	return t && f;
}

/* Instead of the CPU and its direct map. */
#define phys(machine)	((void *)((u8 *)memory + (machine)))
#define mfn_va(mfn)	((void *)memory[mfn])
#define mfn_of(page)	((u32)(((u8 *)(page) - (u8 *)memory) >> PAGE_SHIFT))
#define read_cr3()	0
#define write_cr3(x)	((void)(x), flushes++)
#define invlpg(va)	((void)(va))
#define wbinvd()	((void)0)
#define cpuid(leaf, sub, r)	((r)[0] = 40)
#define copy		copy_guest
#define monitor_l4	l4
#define console_write	monitor_console_write

#include "../../pv/monitor/xen/types.c"
#include "../../pv/monitor/xen/tables.c"
#include "../../pv/monitor/xen/mmu.c"
#include "../../pv/monitor/xen/memory.c"
#include "../../pv/monitor/xen/operate.c"
#include "../../pv/monitor/xen/selfcheck.c"

static struct frame frame_table[FRAMES];
static u32 m2p_table[FRAMES];
static struct xen_shared_info shared_info;
struct frame *frames = frame_table;
u32 frame_count = FRAMES, *m2p = m2p_table, guest_top = WINDOW;
u64 top_slots[512], apic_base = 0xfee00900;
struct guest guest;
static u32 preemptions;		/* preempt() says yes once in so many */

bool preempt(void)
{
	return preemptions && rnd() % preemptions == 0;
}

void ldt_forget(void)
{
}

s32 set_ldt(u32 va, u32 entries)
{
	return 0;
}

s32 segdesc_validate(u32 mfn)
{
	return memory[mfn][0] == 0xbad ? -EINVAL : 0;
}

static void give(u32 mfn)
{
	frames[mfn] = (struct frame){
		.owner = OWNER_GUEST, .flags = FRAME_GIVEN, .refs = 1,
	};
}

u32 frames_alloc_run(u32 count, u32 align)
{
	for (u32 mfn = 0, run = 0; mfn < FRAMES; mfn++) {
		run = frames[mfn].owner == OWNER_NOBODY ? run + 1 : 0;
		if (run < count || (mfn + 1) & ((count) - 1))
			continue;
		for (u32 i = 0; i < count; i++)
			give(mfn - i);
		return mfn + 1 - (count);
	}
	return ~0u;
}

u32 frame_alloc(void)
{
	return frames_alloc_run(1, 1);
}

void frame_free(u32 mfn)
{
	m2p[mfn] = ~0u;
	frames[mfn] = (struct frame){ .owner = OWNER_NOBODY };
}

static void new_machine(bool dom0)
{
	memset(memory, 0, sizeof(memory));
	memset(&guest, 0, sizeof(guest));
	guest.dom0 = dom0;
	guest.pages = guest.max_pages = FRAMES - FIRST;
	guest.shared = &shared_info;
	tlb_stale = 0;
	for (u32 mfn = 0; mfn < FRAMES; mfn++) {
		m2p[mfn] = ~0u;
		frames[mfn] = (struct frame){
			.owner = mfn < DEVICES ? OWNER_DEVICE :
				 mfn < DEVICES + MONITORS ? OWNER_MONITOR :
				 OWNER_NOBODY,
		};
		if (mfn >= FIRST)
			give(mfn);
	}
	frame_share(SHARED);
	memset(top_slots, 0, sizeof(top_slots));
	top_slots[L2_INDEX(WINDOW)] = 0x200000 | PTE_P | PTE_PS | PTE_A;
}

/* ---- calls ------------------------------------------------------------------ */

static s32 call(s32 (*fn)(struct call *), u32 a, u32 b, u32 c, u32 d)
{
	struct call call = { .args = { a, b, c, d, XEN_DOMID_SELF } };
	s32 result;

	do
		result = fn(&call);
	while (result == RESTART);
	CHECK(!(tlb_stale & STALE_TABLE));
	return result;
}

static s32 update(u32 mfn, u32 i, u64 value)
{
	struct xen_mmu_update u = { ((u64)mfn << PAGE_SHIFT) + i * 8, value };

	memcpy(call_page, &u, sizeof(u));
	return call(hc_mmu_update, CALL_VA, 1, 0, XEN_DOMID_SELF);
}

static s32 ext(u32 cmd, u32 mfn)
{
	struct xen_mmuext_op op = { cmd, mfn, 0 };

	memcpy(call_page, &op, sizeof(op));
	return call(hc_mmuext_op, CALL_VA, 1, 0, XEN_DOMID_SELF);
}

static u64 pte(u32 mfn, u64 flags)
{
	return (u64)mfn << PAGE_SHIFT | flags;
}

#define RO	(u64)PTE_P
#define RW	(u64)(PTE_P | PTE_W)

/* What a CPU sees. */
static void walk(u32 l3)
{
	for (u32 i = 0; i < 4; i++) {
		u64 e3 = memory[l3][i];

		for (u32 k = 0; e3 & PTE_P && k < 512; k++) {
			u64 e2 = memory[PTE_MFN(e3)][k];

			if (!(e2 & PTE_P) ||
			    (i == 3 && k >= L2_INDEX(WINDOW)))
				continue;
			CHECK(frames[PTE_MFN(e2)].owner == OWNER_GUEST);
			for (u32 n = 0; n < 512; n++) {
				u64 e1 = memory[PTE_MFN(e2)][n];
				u64 mfn = PTE_MFN(e1);
				const struct frame *f = &frames[mfn];

				/* A large page of the window is not one here. */
				if (!(e1 & PTE_P) || mfn >= FRAMES)
					continue;
				CHECK(f->owner == OWNER_GUEST ||
				      f->owner == OWNER_DEVICE);
				if (e1 & e2 & PTE_W && f->owner == OWNER_GUEST)
					CHECK(f->type == TYPE_WRITABLE &&
					      f->uses);
			}
		}
		if (i == 3)
			EQ(memory[PTE_MFN(e3)][L2_INDEX(WINDOW)],
			   top_slots[L2_INDEX(WINDOW)]);
	}
}

static bool sound(void)
{
	u32 before = tap_failures;

	EQ(selfcheck(), 0);
	for (u32 mfn = 0; mfn < FRAMES; mfn++)
		if (frames[mfn].type == TYPE_L3)
			walk(mfn);
	if (guest.base)
		walk(guest.base);
	return tap_failures == before;
}

/* ---- each rule ----------------------------------------------------------------- */

/* A tree in frames of the guest; in each slot an L2 and an L1. */
enum { L3 = FIRST, L2_0, L2_3, L1_0, L1_3, PAGE, OTHER, SPARE };

static void build(void)
{
	new_machine(true);
	memory[L3][0] = pte(L2_0, RO);
	memory[L3][3] = pte(L2_3, RO | PTE_A);
	memory[L3][4] = memory[L3][511] = ~0ull;
	memory[L2_0][0] = pte(L1_0, RW | PTE_U);
	memory[L2_3][0] = pte(L1_3, RW);
	memory[L2_3][511] = pte(1, RW);		/* overwritten */
	memory[L1_0][0] = pte(PAGE, RW | PTE_U);
	memory[L1_3][7] = pte(L1_3, RO);
	memory[L1_3][8] = pte(L3, RO);
}

static void test_tree(void)
{
	build();
	EQ(ext(XEN_MMUEXT_PIN_L3, L3), 0);
	EQ(frames[L3].type, TYPE_L3);
	EQ(frames[L2_3].uses, 1);
	EQ(frames[L1_3].refs, 3);	/* given, the L2, and itself */
	EQ(frames[PAGE].type, TYPE_WRITABLE);
	EQ(memory[L3][0], pte(L2_0, RW | PTE_U));
	EQ(memory[L3][511], 0);
	EQ(memory[L2_3][511], 0);
	sound();
	EQ(ext(XEN_MMUEXT_PIN_L3, L3), -EINVAL);
	EQ(ext(XEN_MMUEXT_NEW_BASEPTR, L3), 0);
	EQ(l4[0], pte(L3, RW | PTE_U));
	EQ(ext(XEN_MMUEXT_UNPIN, L3), 0);
	EQ(ext(XEN_MMUEXT_UNPIN, L3), -EINVAL);
	sound();
	EQ((u64)l1_entry(0), (u64)&memory[L1_0][0]);
	CHECK(!l1_entry(0x40000000) && !l1_entry(WINDOW) &&
	      !l1_entry(0x200000));
	EQ(ext(XEN_MMUEXT_PIN_L1, L1_0), 0);
	mmu_destroy();
	EQ(frames[L3].uses | frames[L2_0].uses | frames[L1_0].uses, 0);
	EQ(frames[PAGE].refs, 1);
	EQ(memory[L3][3], pte(L2_3, RO));
	sound();
	EQ(ext(XEN_MMUEXT_PIN_L3, L3), 0);
	sound();
}

static void test_l1(void)
{
	static const struct {
		u64 value;
		s32 dom0, domu;
	} cases[] = {
		{ 0xdead000, 0, 0 },
		{ ((u64)OTHER << 12) | RO, 0, 0 },
		{ ((u64)OTHER << 12) | RW | PTE_U | PTE_G | PTE_NX, 0, 0 },
		{ ((u64)OTHER << 12) | RO | PTE_PCD, 0, -EINVAL },
		{ ((u64)OTHER << 12) | RO | PTE_PS, 0, -EINVAL },
		{ ((u64)L1_0 << 12) | RO, 0, 0 },
		{ ((u64)L1_0 << 12) | RW, -EBUSY, -EBUSY },
		{ ((u64)L2_3 << 12) | RW, -EBUSY, -EBUSY },
		{ ((u64)DEVICES << 12) | RO, -EBUSY, -EBUSY },
		{ ((u64)(FIRST - 1) << 12) | RO, -EBUSY, -EBUSY },
		{ ((u64)SHARED << 12) | RW, 0, 0 },
		{ 0 | RW, 0, -EPERM },
		{ 0xb8000 | RW | PTE_PCD | PTE_PWT, 0, -EINVAL },
		{ 0xfee00000 | RO, -EPERM, -EPERM },
		{ 0xfec00000 | RW, 0, -EPERM },
		{ 1ull << 40 | RO, -EPERM, -EPERM },
	};

	for (u32 i = 0; i < 2 * ARRAY_SIZE(cases); i++) {
		u64 value = cases[i / 2].value;
		s32 want = i & 1 ? cases[i / 2].domu : cases[i / 2].dom0;

		build();
		guest.dom0 = !(i & 1);
		EQ(ext(XEN_MMUEXT_PIN_L3, L3), 0);
		EQ(update(L1_0, 5, value), want);
		if (PTE_MFN(value) == 0xfec00)
			value &= ~(u64)PTE_W;
		EQ(memory[L1_0][5], want ? 0 : value);
		/* The same in a table that is checked whole. */
		memory[SPARE][9] = cases[i / 2].value;
		EQ(ext(XEN_MMUEXT_PIN_L1, SPARE), want);
		sound();
	}
}

static void test_l2(void)
{
	static const u64 bad[] = { PTE_PS, PTE_G, PTE_PWT, PTE_PCD };

	build();
	EQ(ext(XEN_MMUEXT_PIN_L3, L3), 0);
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++)
		EQ(update(L2_0, 1, pte(SPARE, RW | bad[i])), -EINVAL);
	EQ(update(L2_0, 1, pte(PAGE, RW)), -EINVAL);	/* mapped writable */
	EQ(update(L2_0, 1, pte(L3, RW)), -EINVAL);
	EQ(update(L2_3, L2_INDEX(WINDOW), 0), -EPERM);
	EQ(update(L2_3, L2_INDEX(WINDOW) - 1, pte(SPARE, RW)), 0);
	EQ(frames[SPARE].type, TYPE_L1);
	EQ(update(L2_3, L2_INDEX(WINDOW) - 1, 0), 0);
	EQ(frames[SPARE].uses, 0);
	EQ(update(L2_0, 2, pte(L1_0, RO | PTE_NX | PTE_U | 1ull << 52)), 0);
	EQ(frames[L1_0].uses, 2);
	sound();
}

static void test_linear(void)
{
	build();
	EQ(ext(XEN_MMUEXT_PIN_L3, L3), 0);
	EQ(update(L2_0, 100, pte(L2_0, RW)), -EINVAL);
	EQ(update(L2_0, 100, pte(L2_0, RO)), 0);
	EQ(update(L2_0, 101, pte(L2_3, RW)), -EINVAL);
	EQ(update(L2_0, 101, pte(L2_3, RO)), 0);
	EQ(update(L2_3, 102, pte(L2_0, RO)), -EINVAL);	/* a chain */
	EQ(ext(XEN_MMUEXT_PIN_L2, SPARE), 0);
	EQ(update(SPARE, 1, pte(L2_0, RO)), -EINVAL);
	EQ(update(L2_3, 103, pte(SPARE, RO)), -EINVAL);
	EQ(update(L2_0, 103, pte(SPARE, RO)), 0);
	EQ(update(L2_0, 104, pte(OTHER, RO)), 0);	/* an L1 then */
	sound();
	EQ(ext(XEN_MMUEXT_NEW_BASEPTR, L3), 0);
	CHECK(!l1_entry(100 << 21));	/* it is no L1 */
	EQ(ext(XEN_MMUEXT_UNPIN, SPARE), 0);
	EQ(frames[SPARE].type, TYPE_L2);
	EQ(ext(XEN_MMUEXT_UNPIN, L3), 0);
	mmu_destroy();
	EQ(frames[SPARE].uses | frames[L2_0].uses | frames[L2_3].uses, 0);
	EQ(frames[L2_0].linear | frames[L2_3].linear | frames[SPARE].linear, 0);
	sound();
}

static void test_l3(void)
{
	static const u64 bad[] = { PTE_PWT, PTE_PCD, PTE_PS, PTE_G, PTE_NX,
				   1ull << 52 };

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		build();
		memory[L3][3] |= bad[i];
		EQ(ext(XEN_MMUEXT_PIN_L3, L3), -EINVAL);
		sound();
	}
	build();
	memory[L3][3] = 0;
	EQ(ext(XEN_MMUEXT_PIN_L3, L3), -EINVAL);
	build();
	memory[L2_3][511] = 0;
	memory[L3][2] = memory[L3][3];		/* twice */
	EQ(ext(XEN_MMUEXT_PIN_L3, L3), -EINVAL);
	EQ(ext(XEN_MMUEXT_PIN_L2, L2_3), 0);
	build();
	EQ(ext(XEN_MMUEXT_PIN_L3, L3), 0);
	EQ(ext(XEN_MMUEXT_PIN_L2, L2_3), -EINVAL);
	EQ(ext(XEN_MMUEXT_PIN_L2, L1_3), -EINVAL);
	EQ(ext(XEN_MMUEXT_NEW_BASEPTR, L2_0), -EINVAL);
	EQ(update(L3, 3, memory[L3][3]), -EINVAL);
	EQ(update(L3, 4, 0), -EINVAL);
	EQ(update(L3, 1, pte(L2_3, RO)), -EINVAL);
	EQ(update(L3, 1, pte(L2_0, RO)), 0);
	EQ(memory[L3][1], pte(L2_0, RW | PTE_U));
	EQ(update(L3, 0, 0), 0);
	EQ(frames[L2_0].uses, 1);
	memory[SPARE][3] = pte(L2_3, RO);	/* shared */
	EQ(ext(XEN_MMUEXT_PIN_L3, SPARE), -EINVAL);
	sound();
}

/* What is mapped writable anywhere is no table, and the other way round. */
static void test_exclusive(void)
{
	build();
	memory[L1_0][1] = pte(L2_3, RW);
	EQ(ext(XEN_MMUEXT_PIN_L3, L3), -EINVAL);
	EQ(frames[L2_3].uses | frames[PAGE].uses, 0);
	memory[L1_0][1] = 0;
	memory[L1_3][1] = pte(L1_3, RW);
	EQ(ext(XEN_MMUEXT_PIN_L3, L3), -EBUSY);
	memory[L1_3][1] = 0;
	EQ(ext(XEN_MMUEXT_PIN_L3, L3), 0);
	EQ(ext(XEN_MMUEXT_PIN_L1, PAGE), -EINVAL);
	EQ(frame_use(PAGE, TYPE_SEGDESC), -EINVAL);
	EQ(ext(XEN_MMUEXT_CLEAR_PAGE, L1_0), -EINVAL);
	EQ(update(L1_0, 0, pte(PAGE, RO)), 0);
	flushes = 0;
	EQ(frame_use(PAGE, TYPE_SEGDESC), 0);
	EQ(flushes, 1);			/* the old translation was writable */
	EQ(update(L1_0, 0, pte(PAGE, RW)), -EBUSY);
	EQ(update(PAGE, 0, 1), -EINVAL);
	frame_unuse(PAGE);
	memory[PAGE][0] = 0xbad;
	EQ(frame_use(PAGE, TYPE_SEGDESC), -EINVAL);
	EQ(update(L1_0, 0, pte(PAGE, RW)), 0);
	sound();
}

static void test_counts(void)
{
	build();
	EQ(ext(XEN_MMUEXT_PIN_L3, L3), 0);
	frames[OTHER].refs = REFS_MAX;
	EQ(update(L1_0, 1, pte(OTHER, RO)), -EBUSY);
	EQ(update(L1_0, 1, pte(OTHER, RW)), -EBUSY);
	EQ(ext(XEN_MMUEXT_PIN_L1, OTHER), -EINVAL);
	EQ(update(L2_0, 1, pte(OTHER, RW)), -EINVAL);
	EQ(frames[OTHER].refs, REFS_MAX);
	frames[OTHER].refs = 1;
	EQ(update(L1_0, 1, pte(OTHER, RW)), 0);
	sound();
	frames[OTHER].refs++;
	EQ(selfcheck(), 1);
	frames[OTHER].refs--;
	frames[OTHER].uses--;
	EQ(selfcheck(), 1);
	frames[OTHER].uses++;
	memory[L1_0][1] = pte(L3, RW);
	CHECK(selfcheck());
	memory[L1_0][1] = pte(DEVICES, RO);
	CHECK(selfcheck());
}

/* A list: what is done, what is left, whose frames. */
static void test_lists(void)
{
	struct xen_mmu_update u[3] = {
		{ ((u64)L1_0 << 12) + 8, pte(OTHER, RO) },
		{ ((u64)L1_0 << 12) + 16, pte(L3, RW) },
		{ ((u64)L1_0 << 12) + 24, pte(OTHER, RO) },
	};
	struct xen_mmuext_op op = { XEN_MMUEXT_PIN_L1, OTHER, 0 };
	u32 *done = (u32 *)(call_page + 2048), at = CALL_VA + 2048;

	build();
	EQ(ext(XEN_MMUEXT_PIN_L3, L3), 0);
	memcpy(call_page, u, sizeof(u));
	EQ(call(hc_mmu_update, CALL_VA, 3, at, XEN_DOMID_SELF), -EBUSY);
	EQ(*done, 1);
	EQ(memory[L1_0][1], u[0].val);
	EQ(memory[L1_0][3], 0);
	EQ(call(hc_mmu_update, CALL_VA, 0, at, XEN_DOMID_SELF), 0);
	EQ(*done, 0);
	EQ(call(hc_mmu_update, CALL_VA, 1, 0x10, XEN_DOMID_SELF), 0);
	EQ(call(hc_mmu_update, CALL_VA, ~0u, 0, XEN_DOMID_SELF), -EFAULT);
	EQ(call(hc_mmu_update, 0x10, 1, at, XEN_DOMID_SELF), -EFAULT);
	EQ(call(hc_mmu_update, CALL_VA, 1, 0, 5), -ESRCH);
	EQ(call(hc_mmu_update, CALL_VA, 1, 0, 0x50000 | XEN_DOMID_SELF), -ESRCH);
	EQ(call(hc_mmu_update, CALL_VA, 1, 0, 0x10000 | XEN_DOMID_SELF), 0);
	EQ(call(hc_mmu_update, CALL_VA, 1, 0, XEN_DOMID_IO), -EBUSY);
	EQ(update(L1_0, 1, pte(1, RW)), 0);
	guest.dom0 = false;
	EQ(call(hc_mmu_update, CALL_VA, 1, 0, XEN_DOMID_IO), -EPERM);
	/* The last one ends at the end of what can be read. */
	guest.dom0 = true;
	memcpy(call_page + sizeof(call_page) - 16, &u[2], 16);
	EQ(call(hc_mmu_update, CALL_VA + sizeof(call_page) - 16, 2, at,
		XEN_DOMID_SELF), -EFAULT);
	EQ(*done, 1);
	EQ(memory[L1_0][3], u[2].val);
	EQ(update(L1_0 | 0x100000, 0, 0), -EINVAL);
	u[0].ptr |= 4;
	memcpy(call_page, u, sizeof(u));
	EQ(call(hc_mmu_update, CALL_VA, 1, at, XEN_DOMID_SELF), -ENOSYS);
	EQ(ext(XEN_MMUEXT_PIN_L4, 0), 0);
	EQ(ext(XEN_MMUEXT_NEW_USER_BASEPTR, L3), -EINVAL);
	EQ(ext(XEN_MMUEXT_MARK_SUPER, L3), -EOPNOTSUPP);
	EQ(ext(14, 0), -ENOSYS);
	/* With a pause after each. */
	preemptions = 1;
	for (u32 i = 0; i < 3; i++)
		memcpy(call_page + i * sizeof(op), &op, sizeof(op));
	EQ(call(hc_mmuext_op, CALL_VA, 3, at, XEN_DOMID_SELF), -EINVAL);
	EQ(*done, 1);
	((struct xen_mmuext_op *)call_page)[1].arg1++;
	((struct xen_mmuext_op *)call_page)[2].cmd = XEN_MMUEXT_UNPIN;
	EQ(call(hc_mmuext_op, CALL_VA + sizeof(op), 2, at, XEN_DOMID_SELF), 0);
	EQ(*done, 2);
	EQ(frames[OTHER].flags & FRAME_PINNED, 0);
	EQ(frames[SPARE].flags & FRAME_PINNED, FRAME_PINNED);
	preemptions = 0;
	sound();
}

/* Returned while it is mapped: the guest's until the last mapping is gone. */
static void test_returned(void)
{
	struct xen_reservation *r = (void *)(call_page + 1024);
	u32 *mfn = (u32 *)(call_page + 2048), left = guest.pages;

	build();
	left = guest.pages;
	*r = (struct xen_reservation){ CALL_VA + 2048, 1, 0, 0, XEN_DOMID_SELF };
	EQ(ext(XEN_MMUEXT_PIN_L3, L3), 0);
	*mfn = PAGE;
	EQ(call(hc_memory_op, XEN_MEMORY_DECREASE, CALL_VA + 1024, 0, 0), 1);
	EQ(call(hc_memory_op, XEN_MEMORY_DECREASE, CALL_VA + 1024, 0, 0), 0);
	EQ(guest.pages, left);
	sound();
	EQ(update(L1_0, 0, 0), 0);
	EQ(frames[PAGE].owner, OWNER_NOBODY);
	EQ(guest.pages, left - 1);
	*mfn = SHARED;
	EQ(call(hc_memory_op, XEN_MEMORY_DECREASE, CALL_VA + 1024, 0, 0), 0);
	*mfn = 77;
	EQ(call(hc_memory_op, XEN_MEMORY_POPULATE, CALL_VA + 1024, 0, 0), 1);
	EQ(m2p[*mfn], 77);
	EQ(guest.pages, left);
	EQ(call(hc_memory_op, XEN_MEMORY_POPULATE, CALL_VA + 1024, 0, 0), 0);
	sound();
}

static void test_exchange(void)
{
	struct xen_exchange *x = (void *)(call_page + 1024);
	u32 *in = (u32 *)(call_page + 2048), *out = in + 16;

	build();
	for (u32 i = 0; i < 4; i++)
		in[i] = SPARE + 3 + i;
	*out = 50;
	*x = (struct xen_exchange){
		{ CALL_VA + 2048, 4, 0, 0, XEN_DOMID_SELF },
		{ CALL_VA + 2048 + 64, 1, 2, 0, XEN_DOMID_SELF }, 0,
	};
	in[3] = in[0];				/* twice */
	EQ(call(hc_memory_op, XEN_MEMORY_EXCHANGE, CALL_VA + 1024, 0, 0),
	   -EINVAL);
	EQ(x->done, 0);
	in[3] = SPARE + 6;
	frames[in[2]].refs++;			/* mapped */
	EQ(call(hc_memory_op, XEN_MEMORY_EXCHANGE, CALL_VA + 1024, 0, 0),
	   -EINVAL);
	frames[in[2]].refs--;
	x->out.flags = 14;			/* bits of an address */
	EQ(call(hc_memory_op, XEN_MEMORY_EXCHANGE, CALL_VA + 1024, 0, 0),
	   -ENOMEM);
	sound();
	x->out.flags = 0;
	EQ(call(hc_memory_op, XEN_MEMORY_EXCHANGE, CALL_VA + 1024, 0, 0), 0);
	EQ(x->done, 4);
	EQ(*out & 3, 0);
	EQ(m2p[*out + 3], 53);
	EQ(frames[in[0]].owner, OWNER_NOBODY);
	EQ(guest.pages, FRAMES - FIRST);
	sound();
}

/* ---- random calls -------------------------------------------------------------- */

static u32 some_frame(void)
{
	return rnd() % 16 ? FIRST + rnd() % 24 : rnd() % FRAMES;
}

static u64 some_entry(void)
{
	static const u64 rare[] = { PTE_PS, PTE_G, PTE_PWT, PTE_NX, 1ull << 54,
				    PTE_A, PTE_D };
	u64 e = pte(some_frame(), rnd() % 8 ? PTE_P : 0);

	if (rnd() & 1)
		e |= PTE_W;
	if (rnd() & 1)
		e |= PTE_U;
	if (rnd() % 8 == 0)
		e |= rare[rnd() % ARRAY_SIZE(rare)];
	return rnd() % 64 ? e : (u64)rnd() << 32 | rnd();
}

static u32 some_index(void)
{
	return rnd() % 4 ? rnd() % 6 : L2_INDEX(WINDOW) - 2 + rnd() % 4;
}

static void random_memory_op(void)
{
	static const u32 cmd[] = { XEN_MEMORY_INCREASE, XEN_MEMORY_DECREASE,
				   XEN_MEMORY_POPULATE };
	u32 *mfn = (u32 *)(call_page + 2048);
	struct xen_exchange x = {
		{ CALL_VA + 2048, 1 + rnd() % 4, rnd() % 3, 0, XEN_DOMID_SELF },
		{ CALL_VA + 2112, 1 + rnd() % 4, rnd() % 3, 0, XEN_DOMID_SELF },
		0,
	};

	for (u32 i = 0; i < 32; i++)
		mfn[i] = rnd() % 3 ? some_frame() : rnd() % FRAMES;
	memcpy(call_page + 1024, &x, sizeof(x));
	call(hc_memory_op, rnd() & 1 ? cmd[rnd() % 3] : XEN_MEMORY_EXCHANGE,
	     CALL_VA + 1024, 0, 0);
}

/* A whole table by plain stores, as a kernel fills one before its use. */
static void random_fill(u32 mfn)
{
	u32 kind = rnd() % 3;

	if (frames[mfn].owner != OWNER_GUEST || frames[mfn].flags & FRAME_SHARED)
		return;
	for (u32 i = 0; i < 6; i++)
		update(mfn, i, rnd() & 1 ? some_entry() : 0);
	if (kind == 0)
		update(mfn, 3, pte(some_frame(), RO));
}

static void random_call(void)
{
	static const u32 flags[] = { 0, XEN_UVMF_INVLPG, XEN_UVMF_TLB_FLUSH };
	u64 e;

	switch (rnd() % 10) {
	case 0:
		ext(rnd() % 3, some_frame());
		break;
	case 1:
		ext(XEN_MMUEXT_UNPIN, some_frame());
		break;
	case 2:
		ext(XEN_MMUEXT_NEW_BASEPTR, some_frame());
		break;
	case 3:
		ext(rnd() & 1 ? XEN_MMUEXT_CLEAR_PAGE : rnd() % 22,
		    some_frame());
		break;
	case 4:
		random_fill(some_frame());
		break;
	case 5:
		random_memory_op();
		break;
	case 6:
		e = some_entry();
		call(hc_update_va_mapping, (rnd() % 4) << 30 |
		     some_index() << 21 | some_index() << 12, e, e >> 32,
		     flags[rnd() % ARRAY_SIZE(flags)]);
		break;
	default:
		e = (u64)some_frame() << PAGE_SHIFT | some_index() * 8;
		e |= rnd() % 8 ? 0 : rnd() % 8;
		memcpy(call_page, (u64[]){ e, some_entry() }, 16);
		call(hc_mmu_update, CALL_VA, 1, 0, XEN_DOMID_SELF);
	}
}

static u32 reached[TYPES];

static void test_random(void)
{
	for (u32 world = 0; world < 300; world++) {
		if (world & 1)
			build();
		else
			new_machine(rnd() & 1);
		if (world & 1)
			EQ(ext(XEN_MMUEXT_PIN_L3, L3), 0);
		for (u32 n = 0; n < 400; n++) {
			random_call();
			if (n % 4 == 0 && !sound()) {
				printf("# world %u, call %u\n", world, n);
				return;
			}
			for (u32 i = 0; i < FRAMES; i++)
				reached[frames[i].type] += frames[i].uses != 0;
		}
		mmu_destroy();
		for (u32 i = 0; i < FRAMES; i++) {
			EQ(frames[i].uses, i == SHARED);
			EQ(frames[i].refs, i == SHARED ||
			   !!(frames[i].flags & FRAME_GIVEN));
			EQ(frames[i].linear, 0);
		}
		sound();
	}
	for (u32 type = TYPE_WRITABLE; type <= TYPE_L3; type++)
		CHECK(reached[type] > 1000);
}

/* A call that fails leaves no trace: not in a table, not in a count. */
static void test_refused(void)
{
	static struct frame old_frames[FRAMES];
	static u64 old_memory[FRAMES][512];
	u32 refused = 0;

	build();
	EQ(ext(XEN_MMUEXT_PIN_L3, L3), 0);
	for (u32 n = 0; n < 20000; n++) {
		u32 mfn = some_frame(), cmd = rnd() % 3;
		s32 err;

		if (n % 8 == 0)
			random_fill(some_frame());
		memcpy(old_frames, frames, sizeof(old_frames));
		memcpy(old_memory, memory, sizeof(old_memory));
		err = rnd() & 1 ? ext(cmd, mfn) :
		      update(mfn, some_index(), some_entry());
		if (!err) {
			ext(XEN_MMUEXT_UNPIN, mfn);
			continue;
		}
		refused++;
		for (u32 i = 0; i < FRAMES; i++) {
			struct frame a = frames[i], b = old_frames[i];

			/* Without uses a type means nothing. */
			if (!a.uses)
				a.type = b.type;
			CHECK(!memcmp(&a, &b, sizeof(a)));
		}
		if (!CHECK(!memcmp(old_memory, memory, sizeof(old_memory))))
			return;
	}
	CHECK(refused > 1000);
}

static const struct tap_test tests[] = {
	{ "a tree is checked as a whole, and given back as a whole", test_tree },
	{ "L1 entries: what dom0 and others may map", test_l1 },
	{ "L2 entries: L1 tables, no flags but the allowed, the monitor's slots",
	  test_l2 },
	{ "linear entries: read-only, and no chains", test_linear },
	{ "L3 entries: slot 3 is there, private and fixed", test_l3 },
	{ "no frame is a table and writable", test_exclusive },
	{ "counts do not wrap, and the self-check sees each that is wrong",
	  test_counts },
	{ "lists stop at the first error and say how far they came", test_lists },
	{ "a frame returned while mapped is freed with its last mapping",
	  test_returned },
	{ "frames are exchanged for ones in a row, or not at all", test_exchange },
	{ "a refused call has changed nothing", test_refused },
	{ "random calls leave every count right and no table open",
	  test_random },
};

TAP_MAIN(tests)
