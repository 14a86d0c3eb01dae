// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A kernel's plain store to a live L1 table, which is mapped read-only: made as
 * if it had asked for the update (xen-pv-abi 4.7). Nothing is decoded. The
 * instruction runs once, single-stepped, with a copy of the table in the place
 * of the table; what it has changed there is then checked and done. So no
 * forged entry is ever in a table that the CPU walks.
 */
#include <monitor/xen/hypercall.h>
#include <monitor/xen/paging.h>

static u64 scratch[ENTRIES] __aligned(PAGE_SIZE);

/* The instruction on trial, while ATTENTION_STEP is set. */
static struct {
	struct regs regs;	/* before it */
	u32 va;			/* of its store */
	u64 *entry, mapping;	/* what maps va, and how it did */
} trial;

/* The entry that maps va to a live L1, if a store there is for us to make. */
static u64 *live_l1(u32 va)
{
	u64 *entry = l1_entry(va);
	const struct frame *f;

	if (!guest.dom0 && !(guest.assist & ASSIST_WRITABLE_TABLES))
		return NULL;
	if (!entry || (*entry & (PTE_P | PTE_W)) != PTE_P ||
	    !(l2_value(va) & PTE_W))
		return NULL;
	f = guest_frame(PTE_MFN(*entry));
	return f && f->type == TYPE_L1 ? entry : NULL;
}

static void map(u64 value)
{
	*trial.entry = value;
	invlpg(trial.va);
}

static u64 *table_on_trial(void)
{
	return mfn_va(PTE_MFN(trial.mapping));
}

bool ptwr_fault(struct regs *regs, u32 va)
{
	u64 *entry = live_l1(va), count = ENTRIES;
	void *to = scratch, *from;

	if (!entry)
		return false;
	trial.regs = *regs;
	trial.va = va;
	trial.entry = entry;
	trial.mapping = *entry;
	from = table_on_trial();
	asm volatile("rep movsq" : "+D" (to), "+S" (from), "+c" (count)
		     : : "memory");
	map((*entry & ~((u64)PTE_MFN(~0ull) << PAGE_SHIFT)) | PTE_W |
	    image_phys(scratch));
	write_dr6(DR6_CLEAR);
	regs->eflags |= EFLAGS_TF;
	guest.attention |= ATTENTION_STEP;
	return true;
}

/* The first entry from `i` on in which the copy differs, or ENTRIES. */
static u32 next_difference(const u64 *table, u32 i)
{
	const u64 *a = table + i, *b = scratch + i;
	u64 left = ENTRIES - i;
	bool equal;

	if (!left)
		return ENTRIES;
	asm("repe cmpsq"
	    : "+S" (a), "+D" (b), "+c" (left), "=@cce" (equal) : : "memory");
	return equal ? ENTRIES : ENTRIES - 1 - left;
}

/*
 * An aligned store of up to 8 bytes changes the entry at its address, and no
 * other. The CPU may have set A or D in any while it ran.
 */
static bool nothing_else(const u64 *table)
{
	for (u32 i = next_difference(table, 0); i < ENTRIES;
	     i = next_difference(table, i + 1))
		if ((table[i] ^ scratch[i]) & ~(u64)(PTE_A | PTE_D))
			return false;
	return true;
}

/*
 * The high half alone, of an entry that is present and would not be valid with
 * it: the guest is about to write the low half too.
 */
static bool perform(void)
{
	u64 *table = table_on_trial();
	u32 i = trial.va % PAGE_SIZE / 8;
	u64 old = table[i], value = scratch[i];

	scratch[i] = old;
	if (!nothing_else(table))
		return false;
	if (value == old || !l1_update(&table[i], value))
		return true;
	return (u32)value == (u32)old && value & PTE_P &&
	       !l1_update(&table[i], value & ~(u64)PTE_P);
}

/* Is the trap the guest's too: it steps by itself, or has a breakpoint? */
static bool guest_debugs(void)
{
	u64 dr6 = read_dr6();

	if (trial.regs.eflags & EFLAGS_TF)
		return true;
	write_dr6(dr6 & ~(u64)DR6_STEP);
	return dr6 & DR6_BREAKPOINTS;
}

/*
 * If the entry has any cause but the step, the instruction has not run, and
 * will from its beginning. Should it want two live tables at once, it is the
 * guest's affair.
 */
bool ptwr_step(struct regs *regs)
{
	u32 va;
	bool debugs;

	guest.attention &= ~ATTENTION_STEP;
	map(trial.mapping);
	regs->eflags = (regs->eflags & ~(u64)EFLAGS_TF) |
		       (trial.regs.eflags & EFLAGS_TF);
	if (regs->vector == TRAP_DEBUG) {
		debugs = guest_debugs();
		if (perform())
			return !debugs;
		*regs = trial.regs;
		inject_page_fault(regs, trial.va, regs->error);
		return true;
	}
	if (regs->vector != TRAP_PAGE_FAULT || !(regs->error & PF_WRITE))
		return false;
	va = read_cr2();
	if (!live_l1(va))
		return false;
	inject_page_fault(regs, va, regs->error & ~PF_RESERVED);
	return true;
}
