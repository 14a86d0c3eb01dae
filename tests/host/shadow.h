/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For tests of the monitor's shadow paging: a machine of 4 MiB that is made here,
 * with a CPU that walks the shadow tables and keeps what it saw in a TLB until it
 * is told to forget. What the guest gets is compared with what bare hardware would
 * do: walk the guest's own tables, in a copy of them, and set A and D there.
 */
#include "klib.h"
#include "../../arch/x86_64/cpu.h"

#define FRAMES		0x400
#define TABLES		16	/* frames from 0 on that tables may be in */
#define HIDDEN		0x2c0	/* frames of the monitor: not all of 2 MiB */
#define HIDDEN_END	0x3a0
#define SHARED		HIDDEN
#define POOL		(HIDDEN + 1)
#define PHYSICAL_BITS	38

static u8 machine[FRAMES][PAGE_SIZE] __aligned(PAGE_SIZE);
static u64 l4[512];
static void cpu_forget(void);
static void cpu_forget_page(u32 va);

/* The monitor reads and writes memory, no devices. */
static void *reach(u64 at)
{
	static u8 nothing[PAGE_SIZE];

	return CHECK(at < sizeof(machine)) ? (u8 *)machine + at : nothing;
}

/* Instead of the CPU and its direct map. */
#define phys(at)		reach(at)
#define mfn_va(mfn)		reach((u64)(mfn) << PAGE_SHIFT)
#define read_cr3()		0
#define write_cr3(x)		((void)(x), cpu_forget())
#define invlpg(va)		cpu_forget_page(va)
#define cpuid(leaf, sub, r)	((r)[0] = PHYSICAL_BITS)
#define monitor_l4		l4
#define ARCH_INSN_H

#include "../../pv/monitor/vmi/walk.c"
#include "../../pv/monitor/vmi/pool.c"
#include "../../pv/monitor/vmi/shadow.c"
#include "../../pv/monitor/vmi/selfcheck.c"

/* ---- a CPU in 64-bit mode ---------------------------------------------------- */

struct translation {
	bool valid;
	u64 tag;
	u64 entry;		/* with the rights of all levels */
};

static struct translation small_tlb[4096], large_tlb[2048], links2[4], links1[2048];
static u32 faults, flushes;

static void cpu_forget(void)
{
	flushes++;
	memset(small_tlb, 0, sizeof(small_tlb));
	memset(large_tlb, 0, sizeof(large_tlb));
	memset(links1, 0, sizeof(links1));
	memset(links2, 0, sizeof(links2));
}

static struct translation *slot(struct translation *cache, u32 size, u64 tag)
{
	struct translation *t = &cache[tag % size];

	if (t->tag != tag)
		t->valid = false;
	t->tag = tag;
	return t;
}

#define SMALL(va)	slot(small_tlb, 4096, (va) >> 12)
#define LARGE(va)	slot(large_tlb, 2048, (va) >> 21)
#define LINK1(va)	slot(links1, 2048, (va) >> 21)
#define LINK2(va)	slot(links2, 4, (va) >> 30)

static void cpu_forget_page(u32 va)
{
	SMALL(va)->valid = LARGE(va)->valid = false;
	LINK1(va)->valid = LINK2(va)->valid = false;
}

static u64 combine(u64 above, u64 e)
{
	return (e & ~(u64)(PTE_W | PTE_U)) | (above & e & (PTE_W | PTE_U)) |
	       (above & PTE_NX);
}

/* An entry of a shadow; 0: not present. It has A and D, so the CPU stores nothing. */
static u64 cpu_read(u64 table, u32 n, u64 above, bool maps)
{
	u64 e = ((u64 *)reach(table & PTE_FRAME))[n];

	if (!(e & PTE_P))
		return 0;
	CHECK(e & PTE_A && (!maps || e & PTE_D));
	CHECK(!(e & 0x7ff0000000000000) && !((e & PTE_FRAME) >> PHYSICAL_BITS));
	return combine(above, e);
}

/* The translation; 0: there is none. What it reads it remembers. */
static u64 cpu_walk(u32 va)
{
	struct translation *t2 = LINK2(va), *t1 = LINK1(va), *t;
	u64 e, all = PTE_P | PTE_W | PTE_U;

	if (!t1->valid) {
		if (!t2->valid) {
			if (!(l4[0] & PTE_P))
				return 0;
			e = cpu_read(l4[0], va >> 30, all, false);
			if (!e)
				return 0;
			*t2 = (struct translation){ true, t2->tag, e };
		}
		e = cpu_read(t2->entry, L2_INDEX(va), t2->entry, false);
		if (!e)
			return 0;
		if (e & PTE_PS) {
			CHECK(!(e & 0x1fe000));
			t = LARGE(va);
			*t = (struct translation){ true, t->tag, e };
			return e;
		}
		*t1 = (struct translation){ true, t1->tag, e };
	}
	e = cpu_read(t1->entry, L1_INDEX(va), t1->entry, true) & ~(u64)PTE_PS;
	t = SMALL(va);
	*t = (struct translation){ e != 0, t->tag, e };
	return e;
}

static u64 cpu_translation(u32 va)
{
	struct translation *t = SMALL(va);

	if (!t->valid)
		t = LARGE(va);
	return t->valid ? t->entry : cpu_walk(va);
}

/* One attempt, with CR0.WP and EFER.NXE; ~0: done, else the fault's code. */
static u32 cpu_try(u32 va, u32 kind, u64 *page)
{
	u64 e = cpu_translation(va);

	if (e && (e & PTE_W || !(kind & PF_WRITE)) &&
	    (e & PTE_U || !(kind & PF_USER)) &&
	    !(e & PTE_NX && kind & PF_EXEC)) {
		*page = e & PTE_PS ? (e & PTE_FRAME & ~0x1fffffull) |
				     (va & 0x1ff000) : e & PTE_FRAME;
		return ~0u;
	}
	cpu_forget_page(va);
	return kind | (e ? PF_PRESENT : 0);
}

/* Of devices whose registers not everybody may write. */
#define GUARDED_1	0xfe000
#define GUARDED_2	0xfec00

static bool is_guarded(u64 mfn)
{
	return mfn == GUARDED_1 || mfn == GUARDED_2 ||
	       (mfn >= 0xfee00 && mfn < 0xfef00);
}

struct result {
	bool done;
	bool guarded;		/* the monitor has to do it */
	u32 error;		/* of the fault that the guest gets */
	u64 page;
};

/* A guest's access, with the monitor behind it. */
static struct result access(u32 va, u32 kind)
{
	struct result r = { 0 };

	for (u32 tries = 0; tries < 3; tries++) {
		r.error = cpu_try(va, kind, &r.page);
		if (r.error == ~0u) {
			r.done = true;
			CHECK(!(kind & PF_WRITE && is_guarded(r.page >> 12)));
			CHECK(r.page >> 12 < HIDDEN || r.page >> 12 >= HIDDEN_END ||
			      (va >= VMI_TOP && r.page >> 12 == SHARED));
			return r;
		}
		faults++;
		if (!shadow_fault(va, &r.error))
			return r;
		r.guarded = kind & PF_WRITE && shadow_translate(va, &r.page) &&
			    is_guarded(r.page >> PAGE_SHIFT);
		if (r.guarded)
			return r;
	}
	CHECK(!"it comes to an end");
	return r;
}

/* ---- bare hardware ------------------------------------------------------------- */

static u8 ideal[TABLES][PAGE_SIZE] __aligned(PAGE_SIZE);
static struct paging cr;

/* No other memory is ever written, and what is none is as zeros. */
static u64 bare_read(u64 at)
{
	if (at >= sizeof(ideal))
		return 0;
	return cr.cr4 & CR4_PAE ? *(u64 *)((u8 *)ideal + at) :
	       *(u32 *)((u8 *)ideal + at);
}

static void bare_set(u64 at, u32 bits)
{
	*(u32 *)((u8 *)ideal + at) |= bits;
}

static bool bare_reserved(u64 e, u64 more)
{
	if (!(cr.cr4 & CR4_PAE))
		return e & more;
	more |= 0x7ff0000000000000 | (PTE_FRAME & ~0ull << PHYSICAL_BITS);
	return e & (more | (cr.nx ? 0 : PTE_NX));
}

static struct result bare_fault(u32 kind, u32 why)
{
	if (!(cr.cr4 & CR4_PAE && cr.nx))
		kind &= ~PF_EXEC;
	return (struct result){ .error = kind | why };
}

/* The page of a large one. */
static u64 bare_large(u64 e, u32 va)
{
	if (cr.cr4 & CR4_PAE)
		return (e & 0x000fffffffe00000) | (va & 0x1ff000);
	return (e & 0xffc00000) | (va & 0x3ff000);
}

static struct result bare_access(u32 va, u32 kind)
{
	bool wide = cr.cr4 & CR4_PAE, large;
	u64 at[2], e, leaf, page, top;
	bool user = kind & PF_USER, write = kind & PF_WRITE;

	if (va >= VMI_TOP) {
		if (va >= VMI_TOP + PAGE_SIZE || user || kind & PF_EXEC)
			return bare_fault(kind, PF_PRESENT);
		return (struct result){
			.done = true, .error = ~0u, .page = SHARED * PAGE_SIZE,
		};
	}
	if (wide) {
		top = bare_read((cr.cr3 & ~31u) + (va >> 30) * 8);
		if (!(top & PTE_P))
			return bare_fault(kind, 0);
		if (bare_reserved(top, PTE_NX | 0x186))
			return bare_fault(kind, PF_PRESENT | PF_RESERVED);
		at[0] = (top & PTE_FRAME) + (va >> 21 & 511) * 8;
	} else {
		at[0] = (cr.cr3 & ~0xfffu) + (va >> 22) * 4;
	}
	e = bare_read(at[0]);
	if (!(e & PTE_P))
		return bare_fault(kind, 0);
	large = e & PTE_PS && (wide || cr.cr4 & CR4_PSE);
	if (bare_reserved(e, !large ? 0 : wide ? 0x1fe000 : 0x3fe000))
		return bare_fault(kind, PF_PRESENT | PF_RESERVED);
	at[1] = large ? at[0] : wide ? (e & PTE_FRAME) + (va >> 12 & 511) * 8 :
		(e & 0xfffff000) + (va >> 12 & 1023) * 4;
	leaf = bare_read(at[1]);
	if (!(leaf & PTE_P))
		return bare_fault(kind, 0);
	if (!large && bare_reserved(leaf, 0))
		return bare_fault(kind, PF_PRESENT | PF_RESERVED);
	if ((user && !(e & leaf & PTE_U)) ||
	    (write && !(e & leaf & PTE_W) && (user || cr.cr0 & CR0_WP)) ||
	    (kind & PF_EXEC && (e | leaf) & PTE_NX))
		return bare_fault(kind, PF_PRESENT);
	page = large ? bare_large(leaf, va) : leaf & PTE_FRAME;
	/* There is no such memory. */
	if (page >> 12 >= HIDDEN && page >> 12 < HIDDEN_END)
		return bare_fault(kind, PF_PRESENT | PF_RESERVED);
	bare_set(at[0], PTE_A);
	bare_set(at[1], write ? PTE_A | PTE_D : PTE_A);
	if (write && is_guarded(page >> PAGE_SHIFT))
		return (struct result){ .guarded = true };
	return (struct result){ .done = true, .error = ~0u, .page = page };
}

/* The same access here and there; false: a difference, in the result or in A and D. */
static bool same(u32 va, u32 kind)
{
	struct result want = bare_access(va, kind), got = access(va, kind);
	u32 before = tap_failures;

	if (EQ(got.guarded, want.guarded) && !got.guarded)
		EQ(got.error, want.error);
	if (got.done && want.done)
		EQ(got.page, want.page);
	CHECK(!memcmp(machine, ideal, sizeof(ideal)));
	if (tap_failures == before)
		return true;
	printf("# at %08x, kind %x, cr0 %x, cr3 %x, cr4 %x, nx %u\n", va, kind,
	       cr.cr0, cr.cr3, cr.cr4, cr.nx);
	memcpy(ideal, machine, sizeof(ideal));
	return false;
}

/* ---- a guest ------------------------------------------------------------------ */

#define RIGHTS		(PTE_P | PTE_W | PTE_U)
#define USED		(RIGHTS | PTE_A | PTE_D)

/* Frames of tables, by what they mostly are. */
enum { ROOT, ROOT_2, DIR, DIR_2, DIR_TOP, TAB, TAB_2, TAB_TOP, TABLES_NAMED };
#define PAGE		20	/* frames that are no tables */

static bool is_wide(void)
{
	return cr.cr4 & CR4_PAE;
}

/* A plain store to an entry. */
static void store(u32 frame, u32 n, u64 value)
{
	u32 bytes = is_wide() ? 8 : 4;

	memcpy(machine[frame] + n * bytes, &value, bytes);
	memcpy(ideal[frame] + n * bytes, &value, bytes);
}

static u64 load(u32 frame, u32 n)
{
	return bare_read((u64)frame * PAGE_SIZE + n * (is_wide() ? 8 : 4));
}

static void told(u32 frame, u32 n)
{
	shadow_entry((u64)frame * PAGE_SIZE + n * (is_wide() ? 8 : 4));
}

static u64 pte(u64 mfn, u64 flags)
{
	return mfn << PAGE_SHIFT | flags;
}

static void load_cr(u32 cr0, u32 cr3, u32 cr4, bool nx)
{
	cr = (struct paging){ cr0 | CR0_PE | CR0_PG, cr3, cr4, nx };
	shadow_mode(&cr);
}

static void load_root(u32 frame)
{
	load_cr(cr.cr0, frame * PAGE_SIZE, cr.cr4, cr.nx);
}

static void power_on(u32 pool_pages, u32 cr4, bool nx)
{
	struct shadow_memory m = {
		HIDDEN, HIDDEN_END, FRAMES, POOL, POOL + pool_pages, SHARED,
		{ GUARDED_1, GUARDED_2 }, 0,
	};

	memset(machine[TABLES], 0, sizeof(machine) - sizeof(ideal));
	/* What POST finds there is not zeros. */
	memset(machine[POOL], 0xff, (HIDDEN_END - POOL) * PAGE_SIZE);
	memset(machine, 0, sizeof(ideal));
	memset(ideal, 0, sizeof(ideal));
	memset(l4, 0, sizeof(l4));
	cpu_forget();
	shadow_init(&m);
	load_cr(CR0_WP, ROOT * PAGE_SIZE, cr4, nx);
	faults = 0;
}

#define WIDE		(CR4_PAE | CR4_PSE | CR4_PGE)
#define NARROW		(CR4_PSE | CR4_PGE)
#define POOL_PAGES	200
#define VA		0x00801000u	/* in DIR, TAB: entry 4 or 2, then 1 */
#define KERNEL_VA	0xc0001000u	/* in DIR_TOP, TAB_TOP */

static u32 dir_index(u32 va)
{
	return is_wide() ? va >> 21 & 511 : va >> 22;
}

static u32 tab_index(u32 va)
{
	return va >> 12 & (is_wide() ? 511 : 1023);
}

static const u32 formats[] = { WIDE, NARROW };

#define FOR_EACH_FORMAT(f) \
	for (const u32 *f = formats; f < formats + ARRAY_SIZE(formats); f++)

#define READ		0
#define WRITE		PF_WRITE
#define USER		PF_USER
#define EXEC		PF_EXEC

static bool sound(void)
{
	return EQ(shadow_selfcheck(), 0);
}
