// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random calls, page tables and accesses, from a seed that is on the command
 * line. What they do to the guest itself stays within a few pages of its own; of
 * the rest they may ask for anything. Each may trap. Nothing of it may harm the
 * monitor: its tables are checked now and then, and the guest at the end.
 */
#include "attack.h"

#define REGION		0xe0800000	/* where the tables are linked */
#define REGION_SIZE	0x1000000
#define PAGES		16		/* that are tables, data, or both */
#define PTE_PS		0x080
#define USED		(PTE_P | PTE_W | PTE_U | PTE_A | PTE_D)
#define CHECKED		256		/* calls between two checks */

static char *pages[PAGES];
static void *space;

static u32 any_page(void)
{
	return page_pa(pages[below(PAGES)]);
}

/* A page of its own, of the monitor, or of nobody. */
static u64 any_frame(void)
{
	switch (below(8)) {
	case 0:
		return (hidden_start + below(hidden_end - hidden_start)) &
		       ~(PAGE_SIZE - 1);
	case 1:
		return 0xd0000000 + below(0x1000) * PAGE_SIZE;
	case 2:
		return pae ? (u64)(1 + below(0x100000)) << 32 : 0xd0000000;
	default:
		return any_page();
	}
}

static u64 any_entry(void)
{
	u64 e = any_frame() | (random() & (PTE_W | PTE_U | PTE_A | PTE_D |
					   PTE_PWT | PTE_PCD | PTE_G));

	/* Of large pages but those of the monitor, which it shall not get. */
	if (!below(16))
		e = (hidden_start & ~(span() - 1)) | PTE_PS | (e & 0x17f & ~PTE_W);
	if (pae && !below(16))
		e |= 1ull << (52 + below(12));
	return below(8) ? e | PTE_P : e;
}

static void *any_word(void)
{
	u32 size = pae ? 8 : 4;

	return pages[below(PAGES)] + (below(2) ? below(4) :
				      below(PAGE_SIZE / size)) * size;
}

/* Mapped, at an end, or nowhere. */
static u32 any_address(void)
{
	static const u32 ends[] = { 0, 0xffbffffc, 0xffc00000, 0xfffffffc };

	switch (below(8)) {
	case 0:
		return random();
	case 1:
		return ends[below(ARRAY_SIZE(ends))] + below(8);
	case 2:
		return (u32)any_word();
	default:
		return REGION + (below(4) * span() + below(8) * PAGE_SIZE) %
				REGION_SIZE + below(PAGE_SIZE);
	}
}

/* Nothing is stored there, or in a page that may be anything. */
static u32 harmless_address(void)
{
	return below(2) ? NOWHERE + below(PAGE_SIZE) : (u32)any_word();
}

static void store_zero(u32 va)
{
	if (va >= REGION && va < REGION + REGION_SIZE)
		*(volatile u32 *)va = 0;
}

/* ---- calls --------------------------------------------------------------------- */

static void call_entry(void)
{
	void *e = any_word();
	u32 flags = random();

	if (below(4))
		flags &= 7;
	if (below(3))
		return set_entry(e, any_entry(), flags);
	store_entry(e, any_entry());
	if (below(2))
		update_entry(e, flags);
}

static void call_link(void)
{
	void *top = below(4) ? swapper : space;
	u32 va = REGION + below(4) * span();

	set_entry(entry(top, va, 2), below(4) ? any_page() | USED :
		  any_entry(), 1 << below(3));
	if (below(2))
		vmi(InvalPage, va);
}

static void call_announce(void)
{
	u32 pfn = below(4) ? any_page() >> 12 : random();

	if (below(2))
		vmi(AllocatePage, pfn, random(), random(), random(), random());
	else
		vmi(ReleasePage, below(8) ? pfn : page_pa(swapper) >> 12,
		    random());
}

static void call_hint(void)
{
	update_entry((void *)any_address(), random());
}

static void call_invalidate(void)
{
	vmi(InvalPage, any_address());
}

static void call_flush(void)
{
	if (below(4))
		vmi(FlushTLB, random());
	else
		vmi(SetCR3, page_pa(below(2) ? swapper : space));
}

static void call_tables(void)
{
	static const u8 set[] = { VMI_SetGDT, VMI_SetIDT, VMI_SetLDT };
	static const u8 write[] = { VMI_WriteGDTEntry, VMI_WriteLDTEntry,
				    VMI_WriteIDTEntry };
	u32 n = below(3);

	if (below(2))
		ops[write[n]](harmless_address(), below(2), random(), random(),
			      0);
	else if (set[n] == VMI_SetLDT)
		vmi(SetLDT, random());
	else
		ops[set[n]](NOWHERE + below(PAGE_SIZE), 0, 0, 0, 0);
}

static void call_state(void)
{
	vmi(SetLDT, 0);
	vmi(SetIOPLMask, random());
	vmi(SetIOPLMask, 0);
	vmi(SetDR, below(4), any_address());
	vmi(SetLazyMode, random());
	vmi(SetLazyMode, 0);
	vmi(SetLinearMapping, random(), random(), random(), random());
	vmi(SetTR, random());
	vmi(SetTR, TSS_SEL);
	vmi(UpdateKernelStack, KERNEL_DS, tss.esp0);
}

static void call_time(void)
{
	if (!(features() & CPU_TSC))
		return;
	vmi(SetAlarm, below(2) ? VMI_ALARM_LVTT : random() & ~0x70, random(),
	    random(), random(), random());
	vmi(CancelAlarm, random());
	vmi(CancelAlarm, VMI_ALARM_LVTT);
	vmi(GetCycleCounter, random());
	vmi(GetWallclockTime);
}

static void call_apic(void)
{
	vmi(APICRead, random());
	vmi(APICWrite, 0x400 + (random() & 0x7ffffc00), random());
}

/* Not those that end it, wait, or go elsewhere. */
static void call_number(void)
{
	u32 nr = below(4) ? random() : 84 + below(200), address;

	if (nr >= VMI_CALLS + 4)
		monitor_call(nr, random(), random(), random());
	relocation(random(), &address);
	monitor_call(CALL_DRAIN, random(), random(), random());
}

static void call_msr(void)
{
	vmi(RDMSR, 0, 0, random() & (below(2) ? ~0u : 0x3ff));
}

static void call_access(void)
{
	u32 va = any_address();

	traps(below(2) ? peek : store_zero, va);
	if (!below(8))
		user(user_read, va, EFLAGS_IF);
}

static void (*const calls[])(void) = {
	call_entry, call_entry, call_entry, call_entry, call_link, call_announce,
	call_hint, call_invalidate, call_flush, call_tables, call_state,
	call_time, call_apic, call_number, call_msr, call_access, call_access,
	call_access, call_access,
};

static void one(u32 n)
{
	calls[n]();
}

/* Of the command line: fuzz=SEED,N. */
static u32 number(const char **s)
{
	u32 n = 0;

	while (**s >= '0' && **s <= '9')
		n = n * 10 + *(*s)++ - '0';
	*s += **s == ',';
	return n;
}

static void t_fuzz(void)
{
	const char *words = option("fuzz=");
	u32 first = number(&words), count = number(&words), done = 0;

	seed = first ?: 1;
	for (u32 i = 0; i < 8; i++)
		random();
	CHECK(hidden_start);
	space = new_space();
	for (u32 i = 0; i < PAGES; i++)
		pages[i] = alloc_page();
	for (; done < count && !failures; done++) {
		u32 n = below(ARRAY_SIZE(calls));

		if (calls[n] == call_access)
			call_access();
		else
			traps(one, n);
		if (done % CHECKED == 0)
			EQ(self_check(), 0);
	}
	vmi(SetCR3, page_pa(swapper));
	for (u32 va = REGION; va < REGION + REGION_SIZE; va += span())
		set_entry(entry(swapper, va, 2), 0, VMI_PAGE_PD);
	vmi(FlushTLB, VMI_FLUSH_TLB | VMI_FLUSH_GLOBAL);
	sound();
	say("# %u calls of seed %u\n", done, first);
}

const struct test fuzz_tests[] = {
	{ "random calls leave the monitor and the machine as they were", t_fuzz },
	{ }
};
