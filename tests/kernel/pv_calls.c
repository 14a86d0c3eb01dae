// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sites as the kernel uses them: pending interrupts, flags words, lazy sections,
 * and code that patches itself.
 */
#include <arch/desc.h>
#include <kernel/irq.h>
#include <kernel/time.h>
#include <xen/clock.h>
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

SELFTEST_HOOKS(fault_closed, "pv: a page fault with interrupts off lets none in")
{
	u32 count;

	EXPECT(pend_timer());
	count = irq_count[IRQ_TIMER];
	EXPECT(!can_read(DATA_VA));
	EXPECT_EQ(irq_count[IRQ_TIMER], count);
	irq_enable();
	asm volatile("nop" : : : "memory");
	EXPECT(irq_count[IRQ_TIMER] != count);
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

static u32 *page;
static bool interrupt_expected;

static void map_at(u32 va, u64 flags)
{
	kernel_map(va, pa(page), PTE_P | PTE_A | PTE_D | pte_nx | flags);
}

/* Every timer interrupt asks for the time. */
static u64 in_interrupt(void)
{
	if (interrupt_expected && !(save_fl() & EFLAGS_IF)) {
		interrupt_expected = false;
		map_at(DATA_VA + PAGE_SIZE, PTE_W);
		EXPECT(can_write(DATA_VA + PAGE_SIZE));
		kernel_unmap(DATA_VA + PAGE_SIZE);
		EXPECT(!can_read(DATA_VA + PAGE_SIZE));
	}
	return BELOW(clock_ns)();
}

/* A section may delay changes: what was added works, and all at its end. */
static void check_lazy(void)
{
	lazy_mmu_begin();
	lazy_mmu_begin();
	map_at(DATA_VA, PTE_W);
	EXPECT(can_write(DATA_VA));
	lazy_mmu_end();
	map_at(DATA_VA, 0);
	flush_tlb_page(DATA_VA);
	EXPECT(pend_timer());
	interrupt_expected = true;
	irq_enable();
	asm volatile("nop" : : : "memory");
	EXPECT(!interrupt_expected);
	lazy_mmu_end();
	EXPECT(can_read(DATA_VA) && !can_write(DATA_VA));
	lazy_mmu_begin();
	kernel_unmap(DATA_VA);
	lazy_mmu_end();
	EXPECT(!can_read(DATA_VA));
}

/* 11, 12, 13 */
SELFTEST_HOOKS(lazy_mmu, "pv: in a lazy section a new mapping works, and in an "
	       "interrupt every change")
{
	page = page_alloc();
	EXPECT(page);
	if (!page)
		return;
	WATCH(clock_ns, in_interrupt);
	at_each_level(check_lazy);
	UNWATCH(clock_ns);
	page_put(page);
}

/* ---- a clock in shared memory ------------------------------------------- */

static volatile struct pvclock_time shared;
static u32 readings;

/* The hypervisor begins in the first reading, and ends in the third. */
static u64 change_clock(void)
{
	static const u8 version[] = { 1, 1, 2, 2 };
	u64 tsc = BELOW(rdtsc)();

	if (readings < ARRAY_SIZE(version)) {
		shared.system_time = readings;
		shared.version = version[readings++];
	}
	return tsc;
}

SELFTEST_HOOKS(shared_clock, "pv: a shared clock is read again for as long as it "
	       "changes")
{
	WATCH(rdtsc, change_clock);
	shared = (struct pvclock_time){ .flags = PVCLOCK_TSC_STABLE };
	readings = 0;
	EXPECT(pvclock_ns(&shared) == 2);
	EXPECT_EQ(readings, 4);
	UNWATCH(rdtsc);
}

SELFTEST_HOOKS(shared_rate, "pv: the rate of a shared clock, or that it has none")
{
	static const struct {
		u32 mul;
		s32 shift;
		u32 khz;
	} tries[] = {
		{ 0x80000000, 1, 1000000 }, { 0x80000000, -1, 4000000 },
		{ 0, 0, 0 }, { 1, 0, 0 }, { 0x80000000, 127, 0 },
		{ 0x80000000, -128, 0 }, { 1, -11, 0 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(tries); i++) {
		shared.mul = tries[i].mul;
		shared.shift = tries[i].shift;
		EXPECT_EQ(pvclock_tsc_khz(&shared), tries[i].khz);
	}
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
