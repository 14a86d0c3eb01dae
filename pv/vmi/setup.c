// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The VMI backend: native, with the operations replaced that the ROM answers
 * for. If a call of the ROM fits its operation a site calls the ROM itself. The
 * others have a function of this folder. NONE leaves what native has, NOP
 * erases the site.
 */
#include <arch/desc.h>
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/sections.h>
#include <pv/backend.h>
#include <vmi/vmi.h>

static const struct pv_ops vmi_ops = {
	.read_cr0 = vmi_read_cr0,
	.write_cr0 = vmi_write_cr0,
	.read_cr2 = vmi_read_cr2,
	.read_cr3 = vmi_read_cr3,
	.write_cr3 = vmi_write_cr3,
	.read_cr4 = vmi_read_cr4,
	.write_cr4 = vmi_write_cr4,
	.clts = vmi_clts,
	.cpuid = vmi_cpuid,
	.rdtsc = vmi_rdtsc,
	.wbinvd = vmi_wbinvd,
	.iret = vmi_call_iret,

	.set_ldt = vmi_set_ldt,
	.write_gdt_entry = vmi_write_gdt_entry,
	.write_idt_entry = vmi_write_idt_entry,
	.write_ldt_entry = vmi_write_ldt_entry,
	.load_tls = vmi_load_tls,
	.load_esp0 = vmi_load_esp0,

	.io_delay = vmi_io_delay,

	.set_pte = vmi_set_pte,
	.clear_pte = vmi_clear_pte,
	.link_l1 = vmi_link_l1,
	.link_l2 = vmi_link_l2,
	.unlink_l1 = vmi_unlink_l1,
	.unlink_l2 = vmi_unlink_l2,
	.flush_tlb_page = vmi_flush_tlb_page,
	.flush_tlb_user = vmi_flush_tlb_user,
	.flush_tlb_all = vmi_flush_tlb_all,
	.root_complete = vmi_root_complete,
	.root_retire = vmi_root_retire,
	.lazy_mmu_begin = vmi_lazy_mmu_begin,
	.lazy_mmu_end = vmi_lazy_mmu_end,

	.clock_ns = vmi_clock_ns,
	.alarm_set = vmi_alarm_set,
	.alarm_cancel = vmi_alarm_cancel,
	.wall_clock = vmi_wall_clock,
	.steal_ns = vmi_steal_ns,
	.start_clock = vmi_start_clock,
	.start_alarm = vmi_start_alarm,
};

/*
 * Which calls carry out an operation; it is replaced if the ROM answers for one
 * of them. The first is what a site gets where vmi_ops has no function. All the
 * others are native: VMI has no call for them, or Linux asked for none.
 */
static const struct row {
	u8 op, call, also;
} rows[] = {
#define ROW(op, call)		{ PV_NR_##op, VMI_##call, VMI_##call },
#define ROW2(op, call, also)	{ PV_NR_##op, VMI_##call, VMI_##also },
	ROW(save_fl, GetInterruptMask)
	ROW(restore_fl, SetInterruptMask)
	ROW(irq_disable, DisableInterrupts)
	ROW(irq_enable, EnableInterrupts)
	ROW(safe_halt, Halt)

	ROW(read_cr0, GetCR0)
	ROW(write_cr0, SetCR0)
	ROW(read_cr2, GetCR2)
	ROW(read_cr3, GetCR3)
	ROW(write_cr3, SetCR3)
	ROW(read_cr4, GetCR4)
	ROW(write_cr4, SetCR4)
	ROW(clts, CLTS)
	ROW(get_debugreg, GetDR)
	ROW(set_debugreg, SetDR)
	ROW(cpuid, CPUID)
	ROW(rdtsc, RDTSC)
	ROW(wbinvd, WBINVD)
	ROW(iret, IRET)

	ROW(load_gdt, SetGDT)
	ROW(load_idt, SetIDT)
	ROW2(set_ldt, SetLDT, WriteGDTEntry)
	ROW(load_tr, SetTR)
	ROW(write_gdt_entry, WriteGDTEntry)
	ROW(write_idt_entry, WriteIDTEntry)
	ROW(write_ldt_entry, WriteLDTEntry)
	ROW(load_tls, WriteGDTEntry)
	ROW2(load_esp0, UpdateKernelStack, SetIOPLMask)

	ROW(io_delay, IODelay)

	ROW(set_pte, SetPxELong)
	ROW(clear_pte, SetPxELong)
	ROW2(link_l1, SetPxELong, AllocatePage)
	ROW2(link_l2, SetPxELong, AllocatePage)
	ROW2(unlink_l1, SetPxELong, ReleasePage)
	ROW2(unlink_l2, SetPxELong, ReleasePage)
	ROW(flush_tlb_page, InvalPage)
	ROW(flush_tlb_user, FlushTLB)
	ROW(flush_tlb_all, FlushTLB)
	ROW(root_complete, AllocatePage)
	ROW(root_retire, ReleasePage)
	ROW(lazy_mmu_begin, SetLazyMode)
	ROW(lazy_mmu_end, SetLazyMode)

	ROW(clock_ns, GetCycleFrequency)
	ROW(alarm_set, GetCycleFrequency)
	ROW(alarm_cancel, GetCycleFrequency)
	ROW(wall_clock, GetCycleFrequency)
	ROW(steal_ns, GetCycleFrequency)
	ROW(start_clock, GetCycleFrequency)
	ROW(start_alarm, GetCycleFrequency)
};

/*
 * In ring 0, where the ROM leaves it to STI to enable interrupts, the flag is
 * the CPU's own: the other instructions for it are as good as the calls that a
 * ROM has for Linux's sake (vmi-abi 3.3, 2.2).
 */
static bool native_is_as_good(u32 op)
{
	return !vmi_rpl && vmi_type[VMI_EnableInterrupts] == VMI_RELOC_NONE &&
	       (op <= PV_NR_irq_enable || op == PV_NR_iret);
}

PV_INSTRUCTIONS(vmi_nothing, );
static void __pv_keeps nothing(void)
{
}

static void fill_op(struct pv_impl *impl, const struct row *row)
{
	u32 fn = ((const u32 *)&vmi_ops)[row->op];

	if (!vmi_type[row->call] && !vmi_type[row->also])
		return;
	if (vmi_type[row->call] == VMI_RELOC_NOP &&
	    vmi_type[row->also] == VMI_RELOC_NOP) {
		*impl = (struct pv_impl){ .fn = (u32)nothing };
		pv_inline(impl, 0, vmi_nothing);
		return;
	}
	if (!fn || vmi_type[row->call] == VMI_RELOC_JUMP)
		fn = vmi_target[row->call];
	*impl = (struct pv_impl){ .fn = fn };
	if (native_is_as_good(row->op))
		impl->inlined = PV_NATIVE;
}

static void fill(struct pv_impl impl[PV_OPS])
{
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
		fill_op(&impl[rows[i].op], &rows[i]);
}

/* Before the first call that is about page tables: 4.8. */
static void __init start(void)
{
	printk("vmi: ROM at %08x, %u bytes, ring %u\n", pa(vmi_rom),
	       vmi_rom->blocks * VMI_ROM_BLOCK, vmi_rpl);
	vmi(SetLinearMapping)(0, KERNEL_BASE, DIRECT_MAX >> PAGE_SHIFT, 0);
}

static u32 calls(void)
{
	u32 sum = 0;

	for (u32 call = 0; call < VMI_CALLS; call++)
		sum += vmi_count[call];
	return sum;
}

/* Each call that the ROM answers for, where, and how often it was made. */
static void stats(struct seq *s)
{
	static const char *const name[] = {
#define VMI_CALL(number, name, changes) #name,
#include <abi/vmi.def>
	}, *const type[] = { "none", "call", "jump", "nop" };

	seq_printf(s, "hypercalls %u\n", calls());
	for (u32 call = 0; call < VMI_CALLS; call++) {
		if (vmi_type[call] != VMI_RELOC_NONE)
			seq_printf(s, "vmi_%s_%s %08x\n", name[call],
				   type[vmi_type[call]], vmi_entry[call]);
		if (vmi_count[call])
			seq_printf(s, "calls_of_%s %u\n", name[call],
				   vmi_count[call]);
	}
}

static const struct pv_backend pv_vmi = {
	.name = "vmi",
	.base = &pv_native,
	.probe = vmi_probe,
	.fill = fill,
	.start = start,
	.stats = stats,
	.hypercalls = calls,
};
PV_BACKEND(pv_vmi);
