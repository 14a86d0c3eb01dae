// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Self-tests of the VMI backend: which calls of the ROM an operation makes. With
 * vmi.count on the command line they are counted. That the ROM keeps what it must
 * is shown by pv_same.c and, for each of its calls, by tests/vmi/.
 */
#ifndef PV_OFF
#include <arch/desc.h>
#include <kernel/sections.h>
#include <kernel/task.h>
#include <vmi/vmi.h>
#include "pv_test.h"

static bool on_vmi(void)
{
	if (pv_backend == &pv_vmi)
		return true;
	selftest_skip("there is no VMI ROM");
	return false;
}

static bool counts(void)
{
	if (!on_vmi())
		return false;
	if (vmi_target[VMI_SetPxELong] == (u32)vmi_counted[VMI_SetPxELong])
		return true;
	selftest_skip("nobody counts calls of the ROM: vmi.count");
	return false;
}

static bool in_rom(u32 addr)
{
	return addr - (u32)vmi_rom < vmi_rom->blocks * VMI_ROM_BLOCK;
}

/* It drops the address of the return, so there is one: calls.S. */
static bool is_called_iret(u32 call)
{
	return call == VMI_IRET && vmi_type[call] == VMI_RELOC_CALL;
}

SELFTEST_HOOKS(vmi_sites, "vmi: a call that keeps all registers is called at the "
	       "site, an instruction that is as good stays")
{
	static const u8 calls[][2] = {
		{ PV_NR_save_fl, VMI_GetInterruptMask },
		{ PV_NR_restore_fl, VMI_SetInterruptMask },
		{ PV_NR_irq_disable, VMI_DisableInterrupts },
		{ PV_NR_irq_enable, VMI_EnableInterrupts },
		{ PV_NR_iret, VMI_IRET },
	};
	bool native = !vmi_type[VMI_EnableInterrupts] && !vmi_rpl;

	if (!on_vmi())
		return;
	if (pv_wrapper)
		return selftest_skip("a wrapper is on top");
	for (u32 i = 0; i < ARRAY_SIZE(calls); i++) {
		u32 op = calls[i][0], call = calls[i][1];

		if (!vmi_type[call])
			continue;
		EXPECT_OP(op, pv_impl[op].fn == (is_called_iret(call) ?
			  (u32)vmi_iret : vmi_target[call]));
		EXPECT_OP(op, in_rom(vmi_entry[call]));
		EXPECT_OP(op, pv_impl[op].inlined ==
			  (native ? PV_NATIVE : PV_CALLED));
	}
	EXPECT(!can_write((u32)vmi_rom));
	EXPECT(!vmi_rom->virtual_top || vmi_rom->virtual_top >= VMAP_END);
}

static u32 before[VMI_CALLS];

static void start_counting(void)
{
	memcpy(before, vmi_count, sizeof(before));
}

static u32 made(u32 call)
{
	return vmi_count[call] - before[call];
}

static void update(void)
{
	clear_pte(kernel_pte(DATA_VA));
}

SELFTEST_HOOKS(vmi_lazy, "vmi: the ROM is told of a lazy section, the outermost "
	       "alone, before its second update")
{
	if (!counts())
		return;
	start_counting();
	lazy_mmu_begin();
	update();
	lazy_mmu_begin();
	EXPECT_EQ(made(VMI_SetLazyMode), 0);
	update();
	EXPECT_EQ(made(VMI_SetLazyMode), 1);
	update();
	lazy_mmu_end();
	EXPECT_EQ(made(VMI_SetLazyMode), 1);
	lazy_mmu_end();
	EXPECT_EQ(made(VMI_SetLazyMode), 2);
	update();
	update();
	lazy_mmu_begin();
	update();
	lazy_mmu_end();
	EXPECT_EQ(made(VMI_SetLazyMode), 2);
	EXPECT_EQ(made(VMI_SetPxELong), 6);
}

SELFTEST_HOOKS(vmi_entries, "vmi: each change of a page-table entry is one call")
{
	pte_t *p = kernel_pte(DATA_VA);

	if (!counts())
		return;
	start_counting();
	set_pte(p, pa(before) | PTE_P | PTE_A | pte_nx);
	EXPECT(get_pte(p) == (pa(before) | PTE_P | PTE_A | pte_nx));
	EXPECT_EQ(made(VMI_SetPxELong), 1);
	clear_pte(p);
	EXPECT_EQ(made(VMI_SetPxELong), 2);
	EXPECT(!p->lo && !p->hi);
	flush_tlb_page(DATA_VA);
	EXPECT_EQ(made(VMI_InvalPage), 1);
}

/* With an L1 table that was added when the address space was in use. */
static void use_space(void *unused)
{
	EXPECT(become_process());
	EXPECT(mm_pte(current->mm, 0x40000000, true));
	leave_process();
}

static void run_in_space(void)
{
	int status;

	EXPECT(kthread_create("space", use_space, NULL));
	while (do_wait(-1, 0, &status) > 0)
		EXPECT_EQ(status, 0);
}

/* Of a root's kernel half all L1 tables are announced, and stay tables. */
static u32 kernel_tables(void)
{
	const pte_t *l2 = va(pte_frame(&kernel_mm.tables.l3[3]));
	u32 n = 0;

	for (u32 i = 0; i < PAGE_SIZE / sizeof(*l2); i++)
		n += pte_flags(&l2[i]) & PTE_P;
	return n;
}

SELFTEST_HOOKS(vmi_tables, "vmi: every table is announced as it comes into use, "
	       "and released after")
{
	if (!counts())
		return;
	start_counting();
	run_in_space();
	EXPECT_EQ(made(VMI_AllocatePage), kernel_tables() + 4);
	run_in_space();			/* with the same tables */
	EXPECT_EQ(made(VMI_AllocatePage), kernel_tables() + 4);
	EXPECT_EQ(made(VMI_ReleasePage), 0);
	drain_caches();
	EXPECT_EQ(made(VMI_ReleasePage), 4);	/* L3, two L2, L1 */
	use_processes();
	drain_caches();
	EXPECT_EQ((made(VMI_AllocatePage) - made(VMI_ReleasePage)) %
		  kernel_tables(), 0);
	EXPECT_EQ(made(VMI_SetLinearMapping), 0);
}

SELFTEST_HOOKS(vmi_tls, "vmi: a TLS descriptor is written if it is another")
{
	u64 tls[GDT_TLS_COUNT] = {
		DESC(0x1000, 0, DESC_PRESENT | DESC_DPL(3) | DESC_DATA, 0),
	};

	if (!counts())
		return;
	irq_disable();
	load_tls(tls);
	start_counting();
	tls[1] = tls[0];
	load_tls(tls);
	load_tls(tls);
	EXPECT_EQ(made(VMI_WriteGDTEntry), 1);
	EXPECT(!memcmp(&gdt[GDT_TLS], tls, sizeof(tls)));
	load_tls(current->arch.tls);
	irq_enable();
}

SELFTEST_HOOKS(vmi_switch, "vmi: the kernel's stack is told once a switch, and is "
	       "in the TSS")
{
	u32 esp0 = tss.esp0;

	if (!counts())
		return;
	irq_disable();
	start_counting();
	load_esp0(esp0 - 16, 0);
	EXPECT_EQ(tss.esp0, esp0 - 16);
	EXPECT_EQ(made(VMI_UpdateKernelStack), 1);
	EXPECT_EQ(made(VMI_SetIOPLMask), vmi_rpl != 0);
	load_esp0(esp0, 0);
	EXPECT_EQ(tss.ss0, KERNEL_DS);
	irq_enable();
}

static u32 announced_again(void)
{
	start_counting();
	if (pv_switch(pv_find_installable("native")) ||
	    pv_switch(pv_find_installable("vmi")))
		return 0;
	EXPECT_EQ(made(VMI_ReleasePage), 0);
	EXPECT_EQ(made(VMI_SetLinearMapping), 1);
	return made(VMI_AllocatePage);
}

SELFTEST_HOOKS(vmi_late_tables, "vmi: when the kernel comes back every table that "
	       "it has is announced")
{
	u32 kernel = kernel_tables() + 2;

	if (!counts())
		return;
	drain_caches();
	if (!announced_again()) {
		selftest_skip("this ROM cannot be left");
		return;
	}
	EXPECT_EQ(announced_again(), kernel);
	run_in_space();			/* in the cache, with all its tables */
	EXPECT_EQ(announced_again(), kernel + kernel_tables() + 4);
	drain_caches();
	EXPECT_EQ(made(VMI_ReleasePage), 4);
	EXPECT_EQ(announced_again(), kernel);
}

#endif /* PV_OFF */
