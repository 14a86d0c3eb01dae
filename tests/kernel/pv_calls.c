// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sites as the kernel uses them: pending interrupts, flags words, lazy sections,
 * and code that patches itself.
 *
 * Read next: pv_refuse.c.
 */
#include <arch/desc.h>
#include <kernel/irq.h>
#include <kernel/time.h>
#include "pv_test.h"

/* Arithmetic flags: POPF loads them and nothing comes of it. */
#define ARITHMETIC	0x8d5u

/*
 * STI takes effect after one more instruction, so an inlined irq_enable gets
 * one here before the count is read; POPF has no such delay.
 */
static void check_delivery(void)
{
	u32 count;

	EXPECT(pend_timer());
	count = irq_count[IRQ_TIMER];
	irq_enable();
	asm volatile("nop" : : : "memory");
	EXPECT(irq_count[IRQ_TIMER] != count);

	EXPECT(pend_timer());
	count = irq_count[IRQ_TIMER];
	restore_fl(EFLAGS_FIXED);
	EXPECT_EQ(irq_count[IRQ_TIMER], count);
	restore_fl(EFLAGS_FIXED | EFLAGS_IF);
	EXPECT(irq_count[IRQ_TIMER] != count);
}

/* 16, 17 */
SELFTEST_HOOKS(delivery, "pv: a pending interrupt is delivered when they are "
	       "enabled or restored")
{
	at_each_level(check_delivery);
}

/*
 * A backend's flags word may hold anything but IF. Here POPF loads it, so TF,
 * NT, IOPL and the like stay as they are; all arithmetic flags are tried.
 */
static void check_flags_words(void)
{
	for (u32 flags = 0; flags <= ARITHMETIC; flags++) {
		if (flags & ~ARITHMETIC)
			continue;
		restore_fl(EFLAGS_FIXED | flags);
		EXPECT(!(save_fl() & EFLAGS_IF));
		restore_fl(EFLAGS_FIXED | EFLAGS_IF | flags);
		EXPECT(irq_save() & EFLAGS_IF);
		EXPECT(!(save_fl() & EFLAGS_IF));
	}
	irq_enable();
}

/* 18 */
SELFTEST_HOOKS(flags_words, "pv: restore_fl takes nothing but IF from a flags "
	       "word")
{
	at_each_level(check_flags_words);
}

/* ---- lazy sections ------------------------------------------------------ */

static bool mapped(u32 frame)
{
	return pte_pa(get_pte(kernel_pte(DATA_VA))) == frame &&
		can_read(DATA_VA);
}

/* 11, 12, 13: nothing is queued, so each write is in force at once. */
static void check_lazy(void)
{
	u32 *page = page_alloc(), count, cr3 = read_cr3();

	EXPECT(page);
	if (!page)
		return;
	lazy_mmu_begin();
	lazy_mmu_begin();
	kernel_map(DATA_VA, pa(page), PTE_P | PTE_W | PTE_A | PTE_D | pte_nx);
	EXPECT(mapped(pa(page)));
	lazy_mmu_end();
	kernel_unmap(DATA_VA);
	EXPECT(!can_read(DATA_VA));
	EXPECT(pend_timer());
	count = irq_count[IRQ_TIMER];
	irq_enable();
	asm volatile("nop" : : : "memory");
	EXPECT(irq_count[IRQ_TIMER] != count);
	kernel_map(DATA_VA, pa(page), PTE_P | PTE_A | pte_nx);
	EXPECT(mapped(pa(page)));
	lazy_mmu_end();
	EXPECT(mapped(pa(page)));
	EXPECT(!can_write(DATA_VA));
	EXPECT_EQ(read_cr3(), cr3);
	kernel_unmap(DATA_VA);
	page_put(page);
}

SELFTEST_HOOKS(lazy_mmu, "pv: lazy sections nest, take an interrupt, and show "
	       "every write")
{
	if (on_native())
		at_each_level(check_lazy);
}

/* ---- code that patches itself ------------------------------------------- */

static u32 __own_line patch_here(enum pv_level level, struct pv_fault *fault)
{
	*fault = pv_set_level(level);
	return save_fl();
}

static void check_here(enum pv_level level)
{
	struct pv_fault fault;

	EXPECT(patch_here(level, &fault) & EFLAGS_IF);
	EXPECT_EQ(fault.error, PV_OK);
	irq_disable();
	EXPECT(!(patch_here(PV_LEVEL_OFF, &fault) & EFLAGS_IF));
	EXPECT_EQ(fault.error, PV_OK);
	EXPECT(!(patch_here(level, &fault) & EFLAGS_IF));
	EXPECT_EQ(fault.error, PV_OK);
	irq_enable();
}

/* 23 */
SELFTEST_HOOKS(same_line, "pv: a site in the cache line that asks for the pass "
	       "works")
{
	bool found = false;

	for (u32 i = 0; i < pv_text.count; i++)
		found |= pv_text.sites[i].op == PV_NR_save_fl &&
			pv_text.sites[i].addr - (u32)patch_here < LINE;
	EXPECT(found);
	for (u32 i = 0; i < 3; i++) {
		check_here(PV_LEVEL_INLINE);
		check_here(PV_LEVEL_DIRECT);
	}
	go_to_level(pv_boot_level);
}
