// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The monitor's shadow paging on a machine of 4 MiB that is made here, with a CPU
 * that walks the shadow tables and keeps what it saw in a TLB until it is told
 * to forget. What the guest gets is compared with what bare hardware would
 * do: walk the guest's own tables, in a copy of them, and set A and D there.
 * First each property alone, then random guests: polite ones, who see no
 * difference, and rude ones, who tell the monitor what is not so. Whatever they
 * do, no access ends in a page of the monitor.
 */
/* link: */
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
		{ GUARDED_1, GUARDED_2 },
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

static u32 dir_of(u32 va)
{
	return !is_wide() ? ROOT : va >> 30 == 3 ? DIR_TOP : DIR;
}

/* One page at VA, one at KERNEL_VA; nothing used yet. */
static void build(u32 cr4, bool nx)
{
	power_on(POOL_PAGES, cr4, nx);
	if (is_wide()) {
		store(ROOT, 0, pte(DIR, PTE_P));
		store(ROOT, 3, pte(DIR_TOP, PTE_P));
	}
	store(dir_of(VA), dir_index(VA), pte(TAB, RIGHTS));
	store(dir_of(KERNEL_VA), dir_index(KERNEL_VA), pte(TAB_TOP, RIGHTS));
	store(TAB, tab_index(VA), pte(PAGE, RIGHTS));
	store(TAB_TOP, tab_index(KERNEL_VA), pte(PAGE + 1, PTE_P | PTE_W));
}

static void announce_all(void)
{
	for (u32 frame = 0; frame < TABLES_NAMED; frame++)
		shadow_announce(frame);
}

static const u32 formats[] = { WIDE, NARROW };

#define FOR_EACH_FORMAT(f) \
	for (const u32 *f = formats; f < formats + ARRAY_SIZE(formats); f++)

#define READ		0
#define WRITE		PF_WRITE
#define USER		PF_USER
#define EXEC		PF_EXEC

/* How many page faults the monitor sees meanwhile. */
static u32 faults_of(u32 va, u32 kind)
{
	u32 before = faults;

	same(va, kind);
	return faults - before;
}

static bool sound(void)
{
	return EQ(shadow_selfcheck(), 0);
}

/* ---- each property ---------------------------------------------------------------- */

static void test_accessed(void)
{
	FOR_EACH_FORMAT(f) {
		u32 dir, tab;

		build(*f, false);
		dir = dir_of(VA);
		tab = tab_index(VA);
		EQ(faults_of(VA, READ), 1);
		EQ(load(TAB, tab), pte(PAGE, RIGHTS | PTE_A));
		EQ(load(dir, dir_index(VA)), pte(TAB, RIGHTS | PTE_A));
		EQ(faults_of(VA, USER), 0);
		EQ(faults_of(VA, USER | WRITE), 1);
		EQ(load(TAB, tab), pte(PAGE, USED));
		EQ(faults_of(VA, WRITE), 0);
		EQ(load(ROOT, 0), *f == WIDE ? pte(DIR, PTE_P) : 0);
		/* Test and clear, as a guest looks for pages that are not used. */
		announce_all();
		store(TAB, tab, pte(PAGE, RIGHTS | PTE_A));
		told(TAB, tab);
		shadow_invlpg(VA);
		EQ(faults_of(VA, READ), 0);
		EQ(faults_of(VA, WRITE), 1);
		EQ(load(TAB, tab), pte(PAGE, USED));
		store(TAB, tab, pte(PAGE, RIGHTS));
		told(TAB, tab);
		shadow_flush(false);
		EQ(faults_of(VA, READ), 1);
		EQ(load(TAB, tab), pte(PAGE, RIGHTS | PTE_A));
		/* Not of what is refused. */
		store(TAB, tab, pte(PAGE, PTE_P));
		told(TAB, tab);
		shadow_invlpg(VA);
		same(VA, USER);
		same(VA, WRITE);
		EQ(load(TAB, tab), pte(PAGE, PTE_P));
		sound();
	}
}

static void test_wp(void)
{
	FOR_EACH_FORMAT(f) {
		build(*f, true);
		store(TAB, tab_index(VA), pte(PAGE, PTE_P | PTE_U));
		/* The same table where the kernel alone may go. */
		store(dir_of(VA), 0, pte(TAB, PTE_P | PTE_W));
		shadow_flush(true);
		for (u32 wp = 0; wp < 3; wp++) {
			load_cr(wp & 1 ? 0 : CR0_WP, cr.cr3, cr.cr4, cr.nx);
			for (u32 n = 0; n < 40; n++) {
				u32 va = (rnd() & 1 ? VA : VA & 0x1fffff);

				same(va, rnd() & (PF_USER | PF_WRITE));
			}
		}
		sound();
	}
}

static void test_nx(void)
{
	FOR_EACH_FORMAT(f) {
		for (u32 nx = 0; nx < 2; nx++) {
			build(*f, nx);
			same(VA, EXEC);
			same(VA + PAGE_SIZE, EXEC | USER);
			if (*f == NARROW)
				continue;
			store(TAB, tab_index(VA), pte(PAGE, RIGHTS | PTE_NX));
			store(DIR_TOP, dir_index(KERNEL_VA),
			      pte(TAB_TOP, RIGHTS | PTE_NX));
			shadow_flush(false);
			for (u32 kind = 0; kind < 2; kind++) {
				same(VA, kind * EXEC);
				same(KERNEL_VA, kind * EXEC);
			}
		}
	}
}

static void test_large(void)
{
	/* 2 MiB without and with pages of the monitor, memory, devices. */
	static const u64 bases[] = { 0, 0x200, 0x400, 0xfe000, 0xfec00, 0xfee00,
					0x100000 };

	FOR_EACH_FORMAT(f) {
		for (u32 i = 0; i < ARRAY_SIZE(bases); i++) {
			u64 base = bases[i], e;

			if (*f == NARROW)
				base = base >> 32 | (base & ~0x3ffull);
			build(*f, false);
			announce_all();
			e = pte(base, RIGHTS | PTE_PS | PTE_PCD);
			store(dir_of(VA), dir_index(VA), e);
			told(dir_of(VA), dir_index(VA));
			shadow_invlpg(VA);
			for (u32 n = 0; n < 1024; n += 5)
				same((VA & 0xffc00000) + n * PAGE_SIZE,
				     rnd() & (PF_USER | PF_WRITE));
			sound();
			/* All of it changes with one entry. */
			store(dir_of(VA), dir_index(VA), e & ~(u64)PTE_W);
			told(dir_of(VA), dir_index(VA));
			shadow_invlpg(VA);
			for (u32 n = 0; n < 1024; n += 5)
				same((VA & 0xffc00000) + n * PAGE_SIZE, WRITE);
			load_cr(CR0_WP, cr.cr3, cr.cr4 & ~CR4_PSE, false);
			same(VA, READ);
			sound();
		}
	}
}

/* A switch to other tables and back costs no fault. */
static void test_kept(void)
{
	FOR_EACH_FORMAT(f) {
		build(*f, false);
		memcpy(machine[ROOT_2], machine[ROOT], PAGE_SIZE);
		memcpy(ideal[ROOT_2], ideal[ROOT], PAGE_SIZE);
		announce_all();
		/* A PAE kernel announces its directories alone: vmi-abi 4.4. */
		if (*f == WIDE)
			shadow_release(ROOT);
		same(VA, WRITE);
		same(KERNEL_VA, WRITE);
		load_root(ROOT_2);
		same(KERNEL_VA, WRITE);
		same(VA, WRITE);
		load_root(ROOT);
		shadow_flush(false);
		EQ(faults_of(VA, WRITE), 0);
		EQ(faults_of(KERNEL_VA, WRITE), 0);
		load_root(ROOT_2);
		EQ(faults_of(VA, WRITE), 0);
		EQ(faults_of(KERNEL_VA, WRITE), 0);
		/* Nothing has changed: nothing to forget. */
		flushes = 0;
		shadow_flush(false);
		EQ(flushes, 0);
		sound();
	}
}

/* A page that was an L1 becomes an L2, and the CPU still knows the way to it. */
static void test_reused(void)
{
	FOR_EACH_FORMAT(f) {
		u32 va = 0x40200000, dir = *f == WIDE ? DIR_2 : ROOT;

		build(*f, false);
		announce_all();
		/* The way to VA, but not VA itself. */
		store(TAB, tab_index(VA) + 1, pte(PAGE, RIGHTS));
		same(VA + PAGE_SIZE, WRITE);
		store(dir_of(VA), dir_index(VA), 0);
		told(dir_of(VA), dir_index(VA));
		shadow_release(TAB);
		if (*f == WIDE) {
			store(ROOT, va >> 30, pte(DIR_2, PTE_P));
			told(ROOT, va >> 30);
		}
		store(dir, dir_index(va), pte(TAB_2, RIGHTS));
		told(dir, dir_index(va));
		store(TAB_2, tab_index(va), pte(PAGE, RIGHTS));
		same(va, WRITE);
		access(VA, WRITE);
		sound();
	}
}

/* What nobody tells of and nobody can reach takes no room. */
static void test_left(void)
{
	FOR_EACH_FORMAT(f) {
		u32 made;

		build(*f, false);
		same(VA, WRITE);
		same(KERNEL_VA, WRITE);
		load_root(ROOT_2);
		for (u32 n = 0; n < 3; n++)
			shadow_flush(false);
		made = 0;
		for (u32 i = 0; i < pool_fresh; i++)
			made += pool[i].level != 0;
		EQ(made, 2);
		EQ(loose, 1);
		sound();
	}
}

/* A table that nobody told of: each change is seen when the CPU would see it. */
static void test_loose(void)
{
	FOR_EACH_FORMAT(f) {
		u32 dir;

		build(*f, false);
		dir = dir_of(VA);
		same(VA, WRITE);
		store(TAB, tab_index(VA), pte(PAGE + 2, RIGHTS));
		shadow_invlpg(VA);
		same(VA, WRITE);
		store(TAB, tab_index(VA), 0);
		shadow_flush(false);
		same(VA, WRITE);
		/* Announced in between, with what is in it by then. */
		store(TAB, tab_index(VA), pte(PAGE, RIGHTS));
		same(VA, WRITE);
		store(TAB, tab_index(VA), pte(PAGE + 3, RIGHTS));
		shadow_announce(TAB);
		shadow_flush(false);
		same(VA, WRITE);
		shadow_release(TAB);
		store(TAB_2, tab_index(VA), pte(PAGE + 3, RIGHTS));
		store(dir, dir_index(VA), pte(TAB_2, RIGHTS));
		load_root(ROOT);
		same(VA, WRITE);
		store(dir, dir_index(VA), pte(TAB_2, PTE_P));
		shadow_flush(false);
		same(VA, WRITE);
		same(VA, USER);
		store(dir, dir_index(VA), pte(TAB, RIGHTS));
		shadow_invlpg(VA);
		same(VA, READ);
		/* Of a large page, all that it maps. */
		for (u32 n = 0; n < 2; n++) {
			store(dir, dir_index(VA), pte(n << 10, USED | PTE_PS));
			shadow_invlpg(VA);
			same(VA, READ);
			if (*f == NARROW)
				same(VA ^ 0x200000, READ);
		}
		if (*f == WIDE) {
			store(ROOT, 0, pte(DIR_2, PTE_P));
			load_root(ROOT);
			same(VA, READ);
		}
		sound();
	}
}

/* A changed entry that was used already needs no fault. */
static void test_told(void)
{
	FOR_EACH_FORMAT(f) {
		build(*f, false);
		announce_all();
		same(VA, READ);
		for (u32 n = 0; n < 3; n++) {
			store(TAB, n + tab_index(VA), pte(PAGE + 5 + n, USED));
			told(TAB, n + tab_index(VA));
			if (!n)
				shadow_invlpg(VA);
			EQ(faults_of(VA + n * PAGE_SIZE, USER | WRITE), 0);
		}
		/* Without a word of it, seen when all is forgotten. */
		store(TAB, tab_index(VA), 0);
		shadow_flush(true);
		same(VA, READ);
		sound();
	}
}

static void test_window(void)
{
	FOR_EACH_FORMAT(f) {
		build(*f, true);
		/* What the guest has there is not asked. */
		store(dir_of(VMI_TOP), dir_index(VMI_TOP), pte(TAB, USED));
		store(TAB, 0, pte(PAGE, USED));
		for (u32 root = ROOT; root < TABLES_NAMED; root++) {
			load_root(root);
			EQ(faults_of(VMI_TOP, WRITE), 0);
			same(VMI_TOP, USER);
			same(VMI_TOP, EXEC);
			same(VMI_TOP + PAGE_SIZE, READ);
			same(VMI_TOP + 0x200000, WRITE);
			same(0xfffff000, USER | EXEC);
			/* The table with the window goes, in force. */
			shadow_release(dir_of(VMI_TOP));
			shadow_entry(root * PAGE_SIZE + 24);
			same(VMI_TOP, READ);
			same(VMI_TOP, WRITE);
			sound();
		}
	}
}

/* What is no table and no page of the guest's. */
static void test_hidden(void)
{
	static const u64 none[] = {
		HIDDEN, HIDDEN + 1, POOL + 8, HIDDEN_END - 1, FRAMES, 0xfee00,
		0xfffff, 0x100000, 0x10000000,
	};

	FOR_EACH_FORMAT(f) {
		for (u32 i = 0; i < ARRAY_SIZE(none); i++) {
			if (*f == NARROW && none[i] >> 20)
				continue;
			build(*f, false);
			store(TAB, tab_index(VA), pte(none[i], RIGHTS));
			same(VA, WRITE);
			store(TAB, tab_index(VA), pte(none[i], USED));
			told(TAB, tab_index(VA));
			same(VA, WRITE);
			store(dir_of(VA), dir_index(VA), pte(none[i], USED));
			shadow_flush(true);
			same(VA, WRITE);
			if (*f == WIDE) {
				store(ROOT, 0, pte(none[i], PTE_P));
				shadow_flush(false);
				same(VA, READ);
			}
			if (!(none[i] >> 20)) {
				load_root(none[i]);
				same(VA, READ);
				same(VMI_TOP, WRITE);
			}
			sound();
		}
	}
}

/* Table after table, with less room than they need. */
static void test_room(void)
{
	FOR_EACH_FORMAT(f) {
		u32 step = *f == WIDE ? 1u << 21 : 1u << 22;

		power_on(32, *f, false);
		for (u32 i = 0; i < 4; i++)
			if (*f == WIDE)
				store(ROOT, i, pte(DIR, PTE_P));
		for (u32 n = 0; n < 512; n++)
			store(*f == WIDE ? DIR : ROOT, n,
			      pte(TAB + n % 10, RIGHTS));
		for (u32 n = 0; n < 10; n++)
			store(TAB + n, 0, pte(PAGE + n, RIGHTS));
		for (u32 frame = 0; frame < TABLES; frame++)
			shadow_announce(frame);
		for (u32 n = 0; n < 3000; n++)
			same(rnd() % 500 * step + rnd() % 2 * PAGE_SIZE, WRITE);
		for (u32 n = 0; n < 200; n++) {
			load_root(ROOT + n % TABLES);
			same(rnd() % 500 * step, READ);
		}
		CHECK(shadow_resets);
		sound();
	}
}

/* vmi-abi 4.5: the same page is a directory, then the table of 4 entries. */
static void test_switch(void)
{
	build(NARROW, false);
	shadow_announce(ROOT);
	same(KERNEL_VA, WRITE);
	for (u32 i = 0; i < 4; i++) {
		u64 e = pte(i == 3 ? DIR_TOP : DIR, PTE_P);

		memcpy(machine[ROOT] + i * 8, &e, 8);
		memcpy(ideal[ROOT] + i * 8, &e, 8);
		shadow_announce(i == 3 ? DIR_TOP : DIR);
		shadow_entry(i * 8);
		same(KERNEL_VA, WRITE);
	}
	for (u32 n = 0; n < 512; n++) {
		u64 e = pte(n ^ 0x400, USED | PTE_PS);

		memcpy(machine[DIR_TOP] + n * 8, &e, 8);
		memcpy(ideal[DIR_TOP] + n * 8, &e, 8);
		shadow_entry(DIR_TOP * PAGE_SIZE + n * 8);
	}
	load_root(ROOT);
	same(KERNEL_VA, WRITE);
	load_cr(CR0_WP, cr.cr3, WIDE, false);
	shadow_flush(true);
	same(KERNEL_VA, WRITE);
	same(VA, READ);
	load_cr(CR0_WP, cr.cr3, NARROW, false);
	same(KERNEL_VA, READ);
	sound();
}

/* Each kind of entry that breaks a rule, in each kind of table. */
static void test_selfcheck(void)
{
	u64 *e, old;
	u16 l2, l1, l1_free;

	build(WIDE, false);
	same(VA, WRITE);
	same(KERNEL_VA, WRITE);
	l2 = target(entries(root)[3]);
	l1 = target(entries(l2)[L2_INDEX(KERNEL_VA)]);
	l1_free = target(entries(target(entries(root)[0]))[L2_INDEX(VA)]);
	shadow_release(TAB);
	struct {
		u16 table;
		u32 n;
		u64 value;
	} bad[] = {
		{ l1, 1, pte(HIDDEN, USED) }, { l1, 1, pte(POOL + 5, PTE_P) },
		{ l1, 400, pte(PAGE, USED) }, { l1, 1, pte(PAGE, PTE_W) },
		{ l2, 1, pte(0x200, USED | PTE_PS) },
		{ l2, 1, pte(POOL + 1 + l2, USED) }, { l2, 1, pte(PAGE, USED) },
		{ l2, WINDOW, 0 }, { l2, 511, pte(PAGE, USED) },
		{ l2, WINDOW, window_link() | PTE_U },
		{ root, 2, entries(root)[3] }, { root, 4, entries(root)[0] },
		{ root, 0, 0 }, { l1_free, 5, pte(PAGE, USED) },
	};

	sound();
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		e = &entries(bad[i].table)[bad[i].n];
		old = *e;
		*e = bad[i].value;
		if (!CHECK(shadow_selfcheck()))
			printf("# number %u\n", i);
		*e = old;
		sound();
	}
	e = mfn_va(POOL);
	e[7] = pte(PAGE, USED);
	CHECK(shadow_selfcheck());
	e[7] = 0;
	pool[l1].links++;
	CHECK(shadow_selfcheck());
	pool[l1].links--;
	sound();
}

/* ---- random guests ---------------------------------------------------------------- */

static u32 random_va(void)
{
	static const u32 mib2[] = { 0, 1, 4, 5, 508, 509, 510 };
	static const u32 pages[] = { 0, 1, 2, 511 };
	u32 gib = rnd() & 1 ? 0 : rnd() & 3;

	if (rnd() % 32 == 0)
		return VMI_TOP + (rnd() & 3) * PAGE_SIZE + (rnd() & 1 ? 1 << 21 : 0);
	return gib << 30 | mib2[rnd() % ARRAY_SIZE(mib2)] << 21 |
	       pages[rnd() % ARRAY_SIZE(pages)] << PAGE_SHIFT;
}

static u32 random_kind(void)
{
	u32 kind = rnd() & PF_USER;

	return rnd() % 8 == 0 ? kind | PF_EXEC : kind | (rnd() & PF_WRITE);
}

static u64 random_frame(void)
{
	static const u64 rare[] = {
		HIDDEN, POOL, POOL + 3, HIDDEN_END - 1, 0x200, 0x400, 0xfee00,
		FRAMES, 0x100200, 0x8000000, 0x10000000,
	};

	return rnd() % 16 ? rnd() % 8 ? rnd() % TABLES_NAMED : PAGE + rnd() % 64 :
	       rare[rnd() % ARRAY_SIZE(rare)];
}

static u64 random_entry(void)
{
	u64 e = pte(random_frame(), rnd() % 16 ? PTE_P : 0);

	e |= rnd() & rnd() & (PTE_G | PTE_PWT | PTE_PCD);
	e |= (rnd() | rnd()) & (PTE_W | PTE_U);
	e |= rnd() & (PTE_A | PTE_D);
	if (rnd() % 8 == 0)
		e = (e & 0xfff) | PTE_PS | pte(rnd() % 8 ? rnd() % 4 * 0x200 : 0xfee00, 0) |
		    (rnd() % 8 ? 0 : rnd() & 0x1ff000);
	if (rnd() % 16 == 0)
		e |= PTE_NX;
	return rnd() % 128 ? e : (u64)rnd() << 32 | rnd();
}

/* An entry on the way to va, mostly. */
static void random_place(u32 va, u32 *frame, u32 *n)
{
	*frame = rnd() % TABLES_NAMED;
	switch (rnd() & 3) {
	case 0:
		*n = dir_index(va);
		break;
	case 1:
		*n = va >> 30;
		if (is_wide())
			*frame = rnd() & 1;
		break;
	default:
		*n = tab_index(va);
	}
}

static bool is_told[TABLES];	/* announced */

/* Polite: what is announced is told of. */
static void random_change(u32 va, bool polite)
{
	u32 frame, n;
	u64 e;

	random_place(va, &frame, &n);
	e = rnd() % 4 ? random_entry() : load(frame, n) & ~(u64)(PTE_A | PTE_D);
	/* The 4 at the top have no rights. */
	if (is_wide() && frame <= ROOT_2 && n < 4 && rnd() % 16)
		e &= ~(u64)0x186;
	store(frame, n, e);
	if (polite ? is_told[frame] : rnd() % 2)
		told(frame, n);
}

static void random_mode(void)
{
	static const u32 bits[] = { CR4_PAE, CR4_PSE, CR4_PGE, 0 };
	u32 n = rnd();

	load_cr(cr.cr0 ^ (n % 3 ? 0 : CR0_WP), cr.cr3,
		cr.cr4 ^ (n & 1 ? bits[n >> 4 & 3] : 0),
		n & 2 ? cr.nx : !cr.nx);
}

static void random_announcement(void)
{
	u32 frame = rnd() % TABLES_NAMED;

	is_told[frame] = rnd() & 1;
	if (is_told[frame])
		shadow_announce(frame);
	else
		shadow_release(frame);
}

static void random_flush(void)
{
	u32 how = rnd() % 8;

	if (how < 4)
		shadow_flush(how == 0);
	else if (how == 4)
		load_cr(cr.cr0, (rnd() & 1) * PAGE_SIZE + (rnd() & 1) * 96,
			cr.cr4, cr.nx);
	else
		load_root(how == 5 ? rnd() % TABLES_NAMED : ROOT);
}

static u32 count_done[32], count_refused[32];

static bool random_access(void)
{
	u32 va = random_va(), kind = random_kind();
	struct result r;

	if (!same(va, kind))
		return false;
	r = bare_access(va, kind);
	if (r.done)
		count_done[kind]++;
	else
		count_refused[r.error]++;
	return true;
}

static void new_world(void)
{
	power_on(32 + rnd() % 60, CR4_PSE | (rnd() & CR4_PAE), rnd() & 1);
	memset(is_told, 0, sizeof(is_told));
	for (u32 n = 0; n < 200; n++)
		random_change(random_va(), false);
	shadow_flush(true);
}

static bool polite_step(void)
{
	u32 va = random_va();

	if (rnd() % 8 == 0)
		random_announcement();
	if (rnd() % 64 == 0)
		random_mode();
	/* One change and one address; the others later. */
	random_change(va, true);
	if (rnd() & 1) {
		shadow_invlpg(va);
		if (!same(va, random_kind()))
			return false;
	}
	for (u32 n = rnd() % 4; n; n--)
		random_change(random_va(), true);
	random_flush();
	for (u32 n = 0; n < 6; n++)
		if (!random_access())
			return false;
	return rnd() % 16 || sound();
}

static void test_polite(void)
{
	for (u32 world = 0; world < 300; world++) {
		new_world();
		for (u32 n = 0; n < 300; n++)
			if (!polite_step()) {
				printf("# world %u, step %u\n", world, n);
				return;
			}
	}
	/* All kinds of access are allowed at times, and all faults come. */
	for (u32 kind = 0; kind < 32; kind++)
		if (!(kind & (PF_PRESENT | PF_RESERVED)) &&
		    (kind & (PF_WRITE | PF_EXEC)) != (PF_WRITE | PF_EXEC)) {
			CHECK(count_done[kind] > 1000);
			CHECK(count_refused[kind] > 1000);
			CHECK(count_refused[kind | PF_PRESENT] > 100 || !kind);
			CHECK(count_refused[kind | PF_PRESENT | PF_RESERVED] > 100);
		}
}

static void rude_step(void)
{
	switch (rnd() % 12) {
	case 0:
		random_announcement();
		break;
	case 1:
		shadow_announce(rnd() & 1 ? rnd() : random_frame());
		break;
	case 2:
		shadow_release(rnd() & 1 ? rnd() : random_frame());
		break;
	case 3:
		shadow_entry(rnd() & 1 ? (u64)rnd() << 32 | rnd() :
			     random_frame() << PAGE_SHIFT | (rnd() & 0xfff));
		break;
	case 4:
		random_mode();
		break;
	case 5:
		random_flush();
		break;
	case 6:
		shadow_invlpg(random_va());
		break;
	case 7:
		load_cr(rnd(), rnd() & 7 ? random_frame() << PAGE_SHIFT : rnd(),
			rnd(), rnd() & 1);
		break;
	default:
		random_change(random_va(), false);
	}
	for (u32 n = 0; n < 3; n++)
		access(random_va(), random_kind());
}

static void test_rude(void)
{
	for (u32 world = 0; world < 200; world++) {
		new_world();
		for (u32 n = 0; n < 400; n++) {
			rude_step();
			if (n % 8 == 0 && !sound()) {
				printf("# world %u, step %u\n", world, n);
				return;
			}
			if (rnd() % 16)
				continue;
			/* All is told now, or forgotten. */
			shadow_flush(true);
			memcpy(ideal, machine, sizeof(ideal));
			for (u32 k = 0; k < 6; k++)
				if (!random_access())
					return;
		}
	}
}

static const struct tap_test tests[] = {
	{ "A and D are set as by a CPU, and no sooner", test_accessed },
	{ "CR0.WP clear: the kernel writes to what is read-only, it alone",
	  test_wp },
	{ "NX forbids to execute if EFER has it, and else is reserved", test_nx },
	{ "large pages, but not the monitor's part of one", test_large },
	{ "a change to other tables and back costs no page fault", test_kept },
	{ "a page is used again when the CPU has forgotten it", test_reused },
	{ "a table that is not announced is left with all below it", test_left },
	{ "tables that are not announced: changes seen when a CPU sees them",
	  test_loose },
	{ "an entry that is told of and was used costs no page fault", test_told },
	{ "the window is in every address space, and the kernel's alone",
	  test_window },
	{ "no table and no page is the monitor's, or no memory", test_hidden },
	{ "with less room than shadows need they are made anew", test_room },
	{ "from two levels to PAE and back on the same page", test_switch },
	{ "the self-check sees each entry that is wrong", test_selfcheck },
	{ "a random guest that keeps to the rules sees bare hardware",
	  test_polite },
	{ "a random guest that does not gets no page of the monitor", test_rude },
};

TAP_MAIN(tests)
