// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Descriptors that would give more than ring 1. xen-pv-abi 5.1.
 */
#include <arch/desc.h>
#include "guest.h"

#define FLAT(access, flags)	DESC(0, 0xfffff, access, flags)
#define CODE64			0xa		/* the L bit */
#define CALL_GATE		0x0c
#define CONFORMING		0x1f

static const struct {
	const char *what;
	u64 descriptor;
} forbidden[] = {
	{ "64-bit code", FLAT(DESC_PRESENT | DESC_DPL(1) | DESC_CODE, CODE64) },
	{ "64-bit code, ring 0", FLAT(DESC_PRESENT | DESC_CODE, CODE64) },
	{ "64- and 32-bit code", FLAT(DESC_PRESENT | DESC_DPL(3) | DESC_CODE,
				      0xe) },
	{ "64-bit conforming", FLAT(DESC_PRESENT | CONFORMING, CODE64) },
	{ "TSS", DESC(GUEST_BASE, 0x67, DESC_PRESENT | DESC_TSS, 0) },
	{ "busy TSS", DESC(GUEST_BASE, 0x67, DESC_PRESENT | 0x0b, 0) },
	{ "16-bit TSS", DESC(GUEST_BASE, 0x67, DESC_PRESENT | 0x01, 0) },
	{ "LDT", DESC(GUEST_BASE, 0xfff, DESC_PRESENT | DESC_LDT, 0) },
	{ "task gate", GATE(0xe040, 0, GATE_TASK, 3) },
	{ "interrupt gate", GATE(0xe008, 0, GATE_INTERRUPT, 3) },
	{ "trap gate", GATE(0xe019, GUEST_BASE, GATE_TRAP, 3) },
	{ "call gate into ring 0", GATE(0xe008, GUEST_BASE, CALL_GATE, 3) },
	{ "call gate, data", GATE(0xe010, GUEST_BASE, CALL_GATE, 3) },
	{ "call gate, TSS", GATE(0xe040, GUEST_BASE, CALL_GATE, 1) },
	{ "system type 8", FLAT(DESC_PRESENT | 8, 0) },
	{ "system type 10", FLAT(DESC_PRESENT | 10, 0) },
	{ "system type 13", FLAT(DESC_PRESENT | 13, 0) },
};

static s32 update_descriptor(u64 at, u64 descriptor)
{
	return hypercall(update_descriptor, (u32)at, (u32)(at >> 32),
			 (u32)descriptor, (u32)(descriptor >> 32));
}

static s32 set_gdt(const void *page, u32 entries)
{
	u32 list[16];

	for (u32 i = 0; i < 16; i++)
		list[i] = mfn_of(page);
	return hypercall(set_gdt, list, entries);
}

static void t_update(void)
{
	u64 *gdt = new_page(), *plain = new_page();

	protect(gdt);
	DONE(set_gdt(gdt, 512));
	for (u32 i = 0; i < ARRAY_SIZE(forbidden); i++) {
		u32 before = failures;

		REFUSED(EINVAL, update_descriptor(machine(&gdt[i + 4]),
						  forbidden[i].descriptor));
		REFUSED(EINVAL, update_descriptor(machine(&plain[i]),
						  forbidden[i].descriptor));
		EQ64(gdt[i + 4], 0);
		if (failures != before)
			note("%s", forbidden[i].what);
	}
	DONE(set_gdt(gdt, 0));
}

/* A page that has one of them anywhere is no GDT. */
static void t_adopted(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(forbidden); i++) {
		u64 *gdt = new_page();
		u32 before = failures;

		gdt[i * 511 / (ARRAY_SIZE(forbidden) - 1)] =
			forbidden[i].descriptor;
		protect(gdt);
		REFUSED(EINVAL, set_gdt(gdt, 1));
		DONE(map((u32)gdt, pte(gdt, PTE_P | PTE_W)));
		if (failures != before)
			note("%s", forbidden[i].what);
	}
}

static u16 read_cs(void)
{
	u16 cs;

	asm volatile("mov %%cs, %0" : "=r" (cs));
	return cs;
}

static void load_ss(u32 selector)
{
	asm volatile("mov %0, %%ss" : : "r" (selector));
}

static void far_to(u32 selector)
{
	struct {
		u32 eip;
		u16 cs;
	} __packed to = { (u32)caught, selector };

	far_jump((u32)&to);
}

/* Ring 0 becomes ring 1. */
static void t_ring0(void)
{
	u64 *gdt = new_page();

	gdt[1] = FLAT(DESC_PRESENT | DESC_CODE, DESC_G_32);
	gdt[2] = FLAT(DESC_PRESENT | DESC_DATA, DESC_G_32);
	gdt[3] = FLAT(DESC_PRESENT | CONFORMING, DESC_G_32);
	gdt[4] = FLAT(DESC_PRESENT | DESC_DPL(3) | CONFORMING, DESC_G_32);
	protect(gdt);
	DONE(set_gdt(gdt, 512));
	EQ(gdt[1] >> 45 & 3, 1);
	EQ(gdt[2] >> 45 & 3, 1);
	for (u32 i = 1; i <= 4; i++) {
		if (i == 2)
			continue;
		if (!traps(far_to, i * 8))
			check(false, "caught() goes on");
		EQ(read_cs() & 3, 1);
		traps(far_to, i * 8 + 1);
		EQ(read_cs() & 3, 1);
	}
	EQ(update_descriptor(machine(&gdt[5]),
			     FLAT(DESC_PRESENT | DESC_CODE, DESC_G_32)), 0);
	EQ(gdt[5] >> 45 & 3, 1);
	traps(far_to, XEN_KERNEL_CS);
	DONE(set_gdt(gdt, 0));
}

/* Call gates may be described, and lead to ring 1 at most. */
static void t_call_gate(void)
{
	u64 *gdt = new_page();
	static const u16 to[] = { 0xe019, 0xe01b, 0xe02b };

	protect(gdt);
	DONE(set_gdt(gdt, 512));
	for (u32 i = 0; i < ARRAY_SIZE(to); i++) {
		s32 r = update_descriptor(machine(&gdt[1]),
				GATE(to[i], (u32)caught, CALL_GATE, 1));

		if (r < 0)
			continue;
		EQ(gdt[1] >> 45 & 3, 0);
		traps(far_to, 8);
		EQ(read_cs() & 3, 1);
	}
	DONE(set_gdt(gdt, 0));
}

/* Xen's own selectors. */
static void t_reserved(void)
{
	static const u16 systems[] = {
		0xe008, 0xe009, 0xe00b, 0xe010, 0xe012, 0xe013, 0xe040, 0xe050,
		0xe060, 0xe048, 0xe058, 0xeff8, 0xf000, 0xfff8, 0xfffc,
	};

	for (u32 i = 0; i < ARRAY_SIZE(systems); i++) {
		if (systems[i] > 0xe00b)
			faults(TRAP_GP, systems[i] & ~3u, far_to, systems[i]);
		check(traps(load_ss, systems[i]), "no such stack");
		EQ(trapped.vector, TRAP_GP);
		EQ(trapped.error, systems[i] & ~3u);
	}
	for (u32 i = 0; i < 2; i++)
		faults(TRAP_GP, 0xe008, far_to, 0xe008 + i);
}

static void t_bad_calls(void)
{
	u64 *gdt = new_page(), *l1 = new_page();
	u32 list[16];

	protect(l1);
	DONE(pin(1, l1));
	REFUSED(EINVAL, set_gdt(gdt, 8));	/* writable */
	REFUSED(EINVAL, set_gdt(l1, 8));
	REFUSED(EINVAL, set_gdt(root_table, 8));
	protect(gdt);
	REFUSED(EINVAL, set_gdt(gdt, 7169));
	REFUSED(EINVAL, set_gdt(gdt, ~0u));
	REFUSED(EINVAL, set_gdt(gdt, 0x80000008));
	list[0] = mfn_of(gdt);
	list[1] = ~0u;
	REFUSED(EINVAL, hypercall(set_gdt, list, 513));
	list[1] = 0xfffff;
	REFUSED(EINVAL, hypercall(set_gdt, list, 513));
	DONE(map((u32)gdt, pte(gdt, PTE_P | PTE_W)));
	NEVER(update_descriptor(machine(l1), 0));
	NEVER(update_descriptor(machine(root_table), 0));
	NEVER(update_descriptor(machine(&gdt[1]) + 4, 0));
	NEVER(update_descriptor(1ull << 51, 0));
	NEVER(update_descriptor(~7ull, 0));
	DONE(unpin(l1));
}

/* The same page as all of the GDT's, and again as its own successor. */
static void t_shared_pages(void)
{
	u64 *gdt = new_page();

	protect(gdt);
	for (u32 i = 0; i < 200; i++)
		DONE(set_gdt(gdt, 7168));
	REFUSED(EBUSY, map((u32)gdt, pte(gdt, PTE_P | PTE_W)));
	DONE(set_gdt(gdt, 0));
	DONE(map((u32)gdt, pte(gdt, PTE_P | PTE_W)));
}

/* ---- LDT ---- */

static s32 set_ldt(const void *page, u32 entries)
{
	return mmuext(XEN_MMUEXT_SET_LDT, (u32)page, entries);
}

static void t_ldt(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(forbidden); i++) {
		u64 *ldt = new_page();
		u32 before = failures;

		ldt[3] = forbidden[i].descriptor;
		ldt[4] = FLAT(DESC_PRESENT | DESC_DPL(3) | DESC_DATA, DESC_G_32);
		protect(ldt);
		DONE(set_ldt(ldt, 512));
		check(traps(load_fs, 4 * 8 + 7), "no such LDT");
		check(traps(load_fs, 3 * 8 + 7), "no such LDT");
		DONE(set_ldt(NULL, 0));
		DONE(map((u32)ldt, pte(ldt, PTE_P | PTE_W)));
		if (failures != before)
			note("%s", forbidden[i].what);
	}
}

/* Pages are adopted when they are used first; by then they may be anything. */
static void t_ldt_late(void)
{
	u64 *ldt = new_page(), *l1 = new_page();

	ldt[0] = FLAT(DESC_PRESENT | DESC_DPL(3) | DESC_DATA, DESC_G_32);
	DONE(set_ldt(ldt, 512));
	faults(TRAP_PAGE_FAULT, 0, load_fs, 7);		/* writable */
	EQ(trapped_cr2, (u32)ldt);
	protect(ldt);
	CHECK(!traps(load_fs, 7));
	load_fs(0);
	REFUSED(EBUSY, map((u32)ldt, pte(ldt, PTE_P | PTE_W)));
	REFUSED(EINVAL, pin(1, ldt));
	faults(TRAP_GP, 0x1004, load_fs, 0x1007);	/* beyond its entries */
	protect(l1);
	DONE(pin(1, l1));
	DONE(set_ldt(l1, 512));
	check(traps(load_fs, 7), "a page table is no LDT");
	DONE(set_ldt((void *)NOWHERE, 8192));
	check(traps(load_fs, 7), "nor is what is not mapped");
	set_ldt((void *)XEN_M2P_BASE, 8192);
	check(traps(load_fs, 7), "nor what is Xen's");
	set_ldt((void *)0xfffff000, 8192);
	check(traps(load_fs, 0xffff), "nor what wraps");
	NEVER(set_ldt(ldt, 8193));
	NEVER(set_ldt(ldt, ~0u));
	NEVER(set_ldt((char *)ldt + 8, 8));
	DONE(set_ldt(NULL, 0));
	faults(TRAP_GP, 4, load_fs, 7);
	DONE(map((u32)ldt, pte(ldt, PTE_P | PTE_W)));
	DONE(unpin(l1));
}

const struct attack segment_attacks[] = {
	{ "segment-update", t_update },
	{ "segment-adopted", t_adopted },
	{ "segment-ring-0", t_ring0 },
	{ "segment-call-gate", t_call_gate },
	{ "segment-reserved", t_reserved },
	{ "segment-bad-calls", t_bad_calls },
	{ "segment-shared-pages", t_shared_pages },
	{ "segment-ldt", t_ldt },
	{ "segment-ldt-late", t_ldt_late },
	{ }
};
