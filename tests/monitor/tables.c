// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A page table is never writable, whichever way one goes. xen-pv-abi 4.1, 4.7.
 */
#include "guest.h"

/* A table of level 1 in use, in which the first entry maps `of`. */
static u64 *table(const void *of)
{
	u64 *t = new_page();

	t[0] = pte(of, PTE_P | PTE_W);
	protect(t);
	DONE(pin(1, t));
	return t;
}

static void t_update_va(void)
{
	u64 *t = table(new_page());

	for (u32 flags = 0; flags < 8; flags++) {
		s32 r = map_with(window_va(1), pte(t, PTE_P | PTE_W),
				 flags & 3);

		EQ(r, -EBUSY);
	}
	REFUSED(EBUSY, map((u32)t, pte(t, PTE_P | PTE_W | PTE_U | PTE_A)));
	EQ64(window_table[1], 0);
	EQ(hypercall(update_va_mapping_otherdomain, window_va(1),
		     (u32)pte(t, PTE_P | PTE_W), 0, 2, XEN_DOMID_SELF), -EBUSY);
	DONE(unpin(t));
}

static void t_mmu_update(void)
{
	u64 *t = table(new_page()), *all[] = { t, root_table, window_table };

	for (u32 i = 0; i < ARRAY_SIZE(all); i++) {
		REFUSED(EBUSY, update(machine(&window_table[1]),
				      pte(all[i], PTE_P | PTE_W)));
		REFUSED(EBUSY, update(machine(&window_table[1]) |
				      XEN_MMU_PRESERVE_AD,
				      pte(all[i], PTE_P | PTE_W)));
	}
	REFUSED(EBUSY, update(machine(t), pte(t, PTE_P | PTE_W)));
	EQ64(window_table[1], 0);
	EQ64(t[0] & ~(u64)(PTE_A | PTE_D), pte(pool[0], PTE_P | PTE_W));
	DONE(unpin(t));
}

/* A large page would cover tables and all. */
static void t_large(void)
{
	u64 *l2 = new_page(), *t = table(new_page());
	u64 big = pte(t, PTE_P | PTE_W | 0x80) & ~(u64)(L2_SPAN - PAGE_SIZE);

	l2[0] = big;
	protect(l2);
	REFUSED(EINVAL, pin(2, l2));
	DONE(map((u32)l2, pte(l2, PTE_P | PTE_W)));
	l2[0] = 0;
	protect(l2);
	DONE(pin(2, l2));
	for (u32 i = 0; i < 512; i += 73) {
		REFUSED(EINVAL, update(machine(&l2[i]), big));
		REFUSED(EINVAL, update(machine(&l2[i]), big | PTE_U | PTE_A));
		REFUSED(EINVAL, update(machine(&l2[i]) | XEN_MMU_PRESERVE_AD,
				       big));
		EQ64(l2[i], 0);
	}
	REFUSED(EINVAL, update(machine((void *)ENTRY(NOWHERE, 2)), big));
	DONE(unpin(l2));
	DONE(unpin(t));
}

/* A second table that would map the first one writable, or itself. */
static void t_second(void)
{
	u64 *t = table(new_page()), *u = new_page();

	for (u32 i = 0; i < 2; i++) {
		const u64 *to = i ? u : t;

		DONE(map((u32)u, pte(u, PTE_P | PTE_W)));
		memset(u, 0, PAGE_SIZE);
		u[511] = pte(to, PTE_P | PTE_W);
		protect(u);
		NEVER(pin(1, u));
		NEVER(update(machine((void *)ENTRY(NOWHERE, 2)),
			     pte(u, PTE_P | PTE_W | PTE_U)));
		EQ64(*ENTRY(NOWHERE, 2), 0);
	}
	/* Read-only, that is allowed. */
	DONE(map((u32)u, pte(u, PTE_P | PTE_W)));
	u[511] = pte(u, PTE_P);
	u[510] = pte(t, PTE_P);
	protect(u);
	DONE(pin(1, u));
	REFUSED(EBUSY, update(machine(&u[511]), pte(u, PTE_P | PTE_W)));
	DONE(unpin(u));
	DONE(unpin(t));
}

/* What is mapped writable anywhere is no table: not pinned, not hooked. */
static void t_pin_mapped(void)
{
	u64 *t = new_page(), *l2 = new_page();

	protect(t);
	window(3, pte(t, PTE_P | PTE_W));
	for (u32 level = 1; level <= 3; level++)
		REFUSED(EINVAL, pin(level, t));
	REFUSED(EINVAL, update(machine((void *)ENTRY(NOWHERE, 2)),
			       pte(t, PTE_P | PTE_W | PTE_U)));
	l2[0] = pte(t, PTE_P | PTE_W);
	protect(l2);
	REFUSED(EINVAL, pin(2, l2));
	window(3, pte(t, PTE_P));
	DONE(pin(2, l2));
	REFUSED(EBUSY, map(window_va(3), pte(t, PTE_P | PTE_W)));
	REFUSED(EINVAL, pin(2, t));
	DONE(unpin(l2));
	window(3, pte(t, PTE_P | PTE_W));
}

/* The translation of a mapping that is gone may be in the TLB still. */
static void t_stale(void)
{
	for (u32 level = 1; level <= 2; level++) {
		u64 *t = new_page();
		volatile u32 *w = (u32 *)window_va(4);

		protect(t);
		window(4, pte(t, PTE_P | PTE_W));
		*w = 0;
		DONE(map_with(window_va(4), 0, XEN_UVMF_NONE));
		DONE(pin(level, t));
		if (check(traps(poke, (u32)w), "no store by a stale entry"))
			EQ(trapped.vector, TRAP_PAGE_FAULT);
		EQ64(t[0], 0);
		DONE(unpin(t));
	}
}

/* The same for a page that becomes read-only by its own table's update. */
static void t_stale_gdt(void)
{
	u64 *g = new_page();
	u32 list[] = { mfn_of(g) };

	*(volatile u32 *)g = 0;
	DONE(map_with((u32)g, pte(g, PTE_P), XEN_UVMF_NONE));
	DONE(hypercall(set_gdt, list, 8));
	if (check(traps(poke, (u32)g), "no store by a stale entry"))
		EQ(trapped.vector, TRAP_PAGE_FAULT);
	EQ64(g[0], 0);
	REFUSED(EBUSY, map((u32)g, pte(g, PTE_P | PTE_W)));
	REFUSED(EINVAL, pin(1, g));
	DONE(hypercall(set_gdt, list, 0));
	DONE(map((u32)g, pte(g, PTE_P | PTE_W)));
}

/* Between the check of a list and its use its page becomes another. */
static void t_swapped_list(void)
{
	u64 *t = table(new_page());
	struct xen_mmu_update *one = new_page(), *two = new_page();
	struct xen_mmu_update *seen = (void *)window_va(5);
	u32 done = 0;

	one[0] = (struct xen_mmu_update){ machine(&window_table[5]),
					  pte(two, PTE_P | PTE_W) };
	one[1] = (struct xen_mmu_update){ machine(&window_table[6]),
					  pte(one, PTE_P | PTE_W) };
	two[1] = (struct xen_mmu_update){ machine(&window_table[6]),
					  pte(t, PTE_P | PTE_W) };
	window(5, pte(one, PTE_P | PTE_W));
	hypercall(mmu_update, seen, 2, &done, XEN_DOMID_SELF);
	EQ64(window_table[5] & PTE_PFN_MASK, pte(two, 0));
	check((window_table[6] & PTE_PFN_MASK) != pte(t, 0) ||
	      !(window_table[6] & PTE_W), "no writable table");
	if (window_table[6])
		EQ64(window_table[6] & PTE_PFN_MASK, pte(one, 0));
	/* A list that takes itself away. */
	one[0] = (struct xen_mmu_update){ machine(&window_table[5]), 0 };
	window(5, pte(one, PTE_P | PTE_W));
	hypercall(mmu_update, seen, 2, seen, XEN_DOMID_SELF);
	EQ64(window_table[5], 0);
	DONE(unpin(t));
}

/* The result or the list itself lies in a table that only the CPU may read. */
static void t_results(void)
{
	u64 *t = table(new_page()), before = t[0];
	struct xen_mmu_update req = { machine(&window_table[1]), 0 };
	struct xen_multicall *calls = (void *)t;
	struct xen_memory_map mm = { 8, (u32)t };

	hypercall(mmu_update, &req, 1, t, XEN_DOMID_SELF);
	EQ64(t[0], before);
	REFUSED(EFAULT, hypercall(multicall, calls, 1));
	REFUSED(EFAULT, hypercall(xen_version, 1, t));
	NEVER(hypercall(memory_op, XEN_MEMORY_MACHINE_MAP, &mm));
	REFUSED(EFAULT, hypercall(memory_op, XEN_MEMORY_MACHPHYS_MAPPING, t));
	EQ(hypercall(console_io, 1, 4, t) <= 0, 1);
	EQ64(t[0], before);
	DONE(unpin(t));
}

static void t_clear_copy(void)
{
	u64 *t = table(new_page()), before = t[0];
	const void *page = new_page();

	REFUSED(EINVAL, mmuext(XEN_MMUEXT_CLEAR_PAGE, mfn_of(t), 0));
	REFUSED(EINVAL, mmuext(XEN_MMUEXT_COPY_PAGE, mfn_of(t), mfn_of(page)));
	EQ64(t[0], before);
	DONE(unpin(t));
}

/* ---- stores that are emulated ---- */

static void store64(u32 va)
{
	u64 *t = (u64 *)pool[0];

	asm volatile("lock cmpxchg8b (%0)"
		     : : "r" (va), "a" ((u32)t[0]), "d" ((u32)(t[0] >> 32)),
			 "b" ((u32)t[1]), "c" ((u32)(t[1] >> 32)) : "memory");
}

static void store_low(u32 va)
{
	*(volatile u32 *)va = *(u32 *)pool[0];
}

static void store_byte(u32 va)
{
	*(volatile u8 *)va = 0xff;
}

/* The instruction is emulated only if its entry would have been accepted. */
static void t_emulated(void)
{
	u64 *values = new_page(), *t = table(new_page()), old;
	u32 pages[] = { mfn_of(t), mfn_of(root_table), mfn_of(window_table) };

	DONE(update(machine((void *)ENTRY(NOWHERE, 2)),
		    pte(t, PTE_P | PTE_W | PTE_U)));
	old = t[0];
	values[0] = old;
	for (u32 i = 0; i < ARRAY_SIZE(pages); i++) {
		values[1] = (u64)pages[i] << PAGE_SHIFT | PTE_P | PTE_W;
		faults(TRAP_PAGE_FAULT, 3, store64, (u32)t);
		EQ64(t[0], old);
		EQ(trapped_cr2, (u32)t);
	}
	values[1] = pte(new_page(), PTE_P | PTE_W);
	CHECK(!traps(store64, (u32)t));
	EQ64(t[0], values[1]);
	values[0] = pte(t, PTE_P | PTE_W);
	faults(TRAP_PAGE_FAULT, 3, store_low, (u32)t);
	EQ64(t[0], values[1]);
	faults(TRAP_PAGE_FAULT, 3, store_low, (u32)t + 2);
	traps(store_low, (u32)t + PAGE_SIZE - 2);
	traps(store_byte, (u32)t + 7);
	EQ64(t[0] & PTE_PFN_MASK & 0xffffffff, values[1] & PTE_PFN_MASK);
	DONE(update(machine((void *)ENTRY(NOWHERE, 2)), 0));
	DONE(unpin(t));
}

/* ---- stores of other instructions, each with the table in EAX ---- */

#define STORE(name, text)						\
	static void name(u32 va)					\
	{								\
		asm volatile(text : "+a" (va) : : "ecx", "edx", "memory"); \
	}

STORE(by_fxsave, "fxsave (%%eax)")
STORE(by_movups, "movups %%xmm0, (%%eax)")
STORE(by_stos, "push %%edi\n\tmov %%eax, %%edi\n\tmov $64, %%ecx\n\t"
	       "mov $-1, %%eax\n\trep stosl\n\tpop %%edi")
STORE(by_movs, "push %%edi\n\tpush %%esi\n\tmov %%eax, %%edi\n\t"
	       "mov $pool, %%esi\n\tmov $64, %%ecx\n\trep movsl\n\t"
	       "pop %%esi\n\tpop %%edi")
STORE(by_sgdt, "sgdt (%%eax)")
STORE(by_xchg, "mov $-1, %%edx\n\txchg %%edx, (%%eax)")
STORE(by_bts, "btsl $1, (%%eax)")
STORE(by_pop, "push $-1\n\tpopl (%%eax)")
STORE(by_steps, "pushf\n\torl $0x100, (%%esp)\n\tpopf\n\t"
		"movl $-1, (%%eax)\n\tpush $0x202\n\tpopf")

/* Each of them may be made or refused, but no forged entry comes of it. */
static void t_other_stores(void)
{
	static void (*const all[])(u32) = {
		by_fxsave, by_movups, by_stos, by_movs, by_sgdt, by_xchg, by_bts, by_pop, by_steps,
	};
	u64 *values = new_page();

	for (u32 i = 0; i < ARRAY_SIZE(all); i++) {
		u64 *t = new_page();

		t[0] = pte(root_table, PTE_P);
		protect(t);
		DONE(pin(1, t));
		DONE(update(machine((void *)ENTRY(NOWHERE, 2)),
			    pte(t, PTE_P | PTE_W | PTE_U)));
		for (u32 n = 0; n < 64; n++)
			values[n] = pte(n & 1 ? t : root_table, PTE_P | PTE_W);
		traps(all[i], (u32)t);
		traps(all[i], (u32)t + 8);
		traps(all[i], (u32)t + PAGE_SIZE - 8);
		for (u32 n = 0; n < 512; n++) {
			u64 e = t[n], frame = (e & PTE_PFN_MASK) >> PAGE_SHIFT;

			if ((e & 3) != 3 || !owned((u32)frame) || frame >> 32)
				continue;
			if (frame == mfn_of(t) || frame == mfn_of(root_table)) {
				check(false, "no table is writable");
				note("store %u, entry %u", i, n);
			}
		}
		DONE(update(machine((void *)ENTRY(NOWHERE, 2)), 0));
		DONE(unpin(t));
	}
	EQ(user(user_return, 0), VECTOR_SYSCALL);
}

/* Ring 3 has its tables read-only, and that is all. */
static void t_user_store(void)
{
	u64 *t = table(new_page()), before = t[0];

	DONE(update(machine((void *)ENTRY(NOWHERE, 2)),
		    pte(t, PTE_P | PTE_W | PTE_U)));
	window(7, pte(t, PTE_P | PTE_U));
	EQ(user(user_write, window_va(7)), TRAP_PAGE_FAULT);
	EQ(trapped.error, 7);
	EQ64(t[0], before);
	DONE(update(machine((void *)ENTRY(NOWHERE, 2)), 0));
	DONE(unpin(t));
}

static void t_upper_stores(void)
{
	u64 *l2 = (u64 *)ENTRY(NOWHERE, 2);

	faults(TRAP_PAGE_FAULT, 3, poke, (u32)l2);
	faults(TRAP_PAGE_FAULT, 3, poke, (u32)root_table);
	faults(TRAP_PAGE_FAULT, 3, poke, (u32)&root_table[4]);
	EQ64(*l2, 0);
}

/* A store whose own code lies in the table that it changes. */
static void t_own_code(void)
{
	u64 *values = new_page(), *t = new_page();
	/* mov $imm, (moffs); ret: an entry that would map the table writable */
	u8 *code = (u8 *)&t[8];

	values[0] = pte(t, PTE_P | PTE_W);
	code[0] = 0xa3;				/* mov %eax, moffs */
	*(u32 *)(code + 1) = (u32)t;
	code[5] = 0xc3;
	/* As entries these bytes are not present. */
	t[8] &= ~(u64)PTE_P;
	if (t[8] & PTE_P || code[0] != 0xa3)
		code[0] = 0x90, code[1] = 0xa3, *(u32 *)(code + 2) = (u32)t,
		code[6] = 0xc3;
	protect(t);
	DONE(pin(1, t));
	DONE(update(machine((void *)ENTRY(NOWHERE, 2)),
		    pte(t, PTE_P | PTE_W | PTE_U)));
	traps(run, (u32)code);
	check((t[0] & (PTE_P | PTE_W)) != (PTE_P | PTE_W) ||
	      (t[0] & PTE_PFN_MASK) != pte(t, 0), "no writable table");
	DONE(update(machine((void *)ENTRY(NOWHERE, 2)), 0));
	DONE(unpin(t));
}

const struct attack table_attacks[] = {
	{ "table-update-va-mapping", t_update_va },
	{ "table-mmu-update", t_mmu_update },
	{ "table-large-page", t_large },
	{ "table-second-table", t_second },
	{ "table-pin-while-mapped", t_pin_mapped },
	{ "table-stale-tlb", t_stale },
	{ "table-stale-tlb-gdt", t_stale_gdt },
	{ "table-list-swapped", t_swapped_list },
	{ "table-as-result", t_results },
	{ "table-clear-copy", t_clear_copy },
	{ "table-emulated-store", t_emulated },
	{ "table-other-stores", t_other_stores },
	{ "table-user-store", t_user_store },
	{ "table-upper-stores", t_upper_stores },
	{ "table-own-code", t_own_code },
	{ }
};
