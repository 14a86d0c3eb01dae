// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The VMI backend: native, with the operations replaced that the ROM answers
 * for. If a call of the ROM fits its operation a site calls the ROM itself. The
 * others have a function of this folder. NONE leaves what native has, NOP
 * erases the site.
 */
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <pv/backend.h>
#include <vmi/vmi.h>

/*
 * Which call an operation needs. C: a site calls the ROM itself; F: vmi_NAME
 * does, and other calls besides. Operations that are not here are native: VMI
 * has no call for them, or Linux asked for none.
 */
#define OPERATIONS(C, F)						\
	C(save_fl, GetInterruptMask) C(restore_fl, SetInterruptMask)	\
	C(irq_disable, DisableInterrupts)				\
	C(irq_enable, EnableInterrupts) C(safe_halt, Halt)		\
	C(read_cr0, GetCR0) C(write_cr0, SetCR0) C(read_cr2, GetCR2)	\
	C(read_cr3, GetCR3) C(write_cr3, SetCR3) C(read_cr4, GetCR4)	\
	C(write_cr4, SetCR4) C(clts, CLTS) C(get_debugreg, GetDR)	\
	C(set_debugreg, SetDR) F(cpuid, CPUID) C(rdtsc, RDTSC)		\
	C(wbinvd, WBINVD) F(iret, IRET) C(load_gdt, SetGDT)		\
	C(load_idt, SetIDT) C(load_tr, SetTR)				\
	F(write_gdt_entry, WriteGDTEntry) F(set_ldt, WriteGDTEntry)	\
	F(write_idt_entry, WriteIDTEntry) F(load_tls, WriteGDTEntry)	\
	F(write_ldt_entry, WriteLDTEntry)				\
	F(load_esp0, UpdateKernelStack) C(io_delay, IODelay)		\
	F(set_pte, SetPxELong) F(clear_pte, SetPxELong)			\
	F(link_l1, SetPxELong) F(link_l2, SetPxELong)			\
	F(unlink_l1, SetPxELong) F(unlink_l2, SetPxELong)		\
	F(root_complete, AllocatePage) F(root_retire, ReleasePage)	\
	C(flush_tlb_page, InvalPage) F(flush_tlb_user, FlushTLB)	\
	F(flush_tlb_all, FlushTLB) F(lazy_mmu_begin, SetLazyMode)	\
	F(lazy_mmu_end, SetLazyMode) F(clock_ns, GetCycleFrequency)	\
	F(steal_ns, GetCycleFrequency) F(alarm_set, SetAlarm)		\
	F(alarm_cancel, CancelAlarm) F(wall_clock, GetWallclockTime)	\
	F(start_clock, GetCycleFrequency) F(start_alarm, SetAlarm)

#define NO_SLOT(op, call)
#define SLOT(op, call) .op = vmi_##op,
static const struct pv_ops vmi_ops = { OPERATIONS(NO_SLOT, SLOT) };

#define ROW(op, call) { PV_NR_##op, VMI_##call },
static const struct row {
	u8 op, call;
} rows[] = { OPERATIONS(ROW, ROW) };

static const bool has_result[PV_OPS] = {
#define PV_OP(group, name, class, ret, params)				\
	[PV_NR_##name] = !__builtin_types_compatible_p(ret, void),
#include <pv/ops.def>
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

static void fill(struct pv_impl impl[PV_OPS])
{
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		u32 op = rows[i].op, type = vmi_type[rows[i].call];
		u32 fn = ((const u32 *)&vmi_ops)[op];

		if (!type || (type == VMI_RELOC_NOP && has_result[op]))
			continue;
		if (!fn || type == VMI_RELOC_JUMP)
			fn = vmi_target[rows[i].call];
		impl[op] = (struct pv_impl){ .fn = fn };
		if (type == VMI_RELOC_NOP) {
			impl[op].fn = (u32)vmi_nothing;
			pv_inline(impl, op, vmi_nothing);
		} else if (native_is_as_good(op)) {
			impl[op].inlined = PV_NATIVE;
		}
	}
	if (vmi_rpl)
		impl[PV_NR_load_esp0].fn = (u32)vmi_load_iopl;
}

/* Before the first call that is about page tables: 4.8. */
static void map_linear(void)
{
	vmi(4, SetLinearMapping)(0, KERNEL_BASE, DIRECT_MAX >> PAGE_SHIFT, 0);
}

static void __init start(void)
{
	printk("vmi: ROM at %08x, %u bytes, ring %u\n", pa(vmi_rom),
	       vmi_rom->blocks * VMI_ROM_BLOCK, vmi_rpl);
	map_linear();
}

/*
 * From VMI_Init on instructions of the sites may not mean what they say; so no
 * site may run before all are rewritten.
 */
static int enter(void)
{
	if (!vmi_search()) {
		printk("vmi: there is no ROM that can be used\n");
		return -ENODEV;
	}
	map_linear();
	pv_install(&pv_vmi);
	tables_link_again();
	return 0;
}

/* Once all sites are native they wait for ring 0, or become calls again. */
static int leave(void)
{
	u32 out = vmi_extra(VMI_Leave);

	if (!out) {
		printk("vmi: this ROM cannot be left\n");
		return -EOPNOTSUPP;
	}
	pv_install(&pv_native);
	if (!(u32)((vmi_0 *)out)())
		return 0;
	pv_install(&pv_vmi);
	return -EAGAIN;
}

static const char *const cause[] = {
	"hypercall", "system_call", "page_fault", "exception", "interrupt",
};

static u32 switches(u32 n)
{
	u32 count = vmi_extra(VMI_Switches);

	return count ? (u32)((vmi_1 *)count)(n) : 0;
}

/* World switches, where there is a world below: but not those of the question. */
static u32 calls(void)
{
	static u32 asked;
	u32 sum = 0;

	if (vmi_rpl) {
		for (u32 n = 0; n < ARRAY_SIZE(cause); n++)
			sum += switches(n);
		asked += ARRAY_SIZE(cause);
		return sum - asked;
	}
	for (u32 call = 0; call < VMI_CALLS; call++)
		sum += vmi_count[call];
	return sum;
}

static const char *const call_name[] = {
#define VMI_CALL(number, name, changes) [number] = #name,
#include <abi/vmi.def>
	[VMI_Leave] = "Leave", [VMI_Switches] = "Switches", [VMI_Trace] = "Trace",
};

/* Each call that the ROM answers for, where, and how often it was made. */
static void stats(struct seq *s)
{
	seq_printf(s, "hypercalls %u\n", calls());
	for (u32 n = 0; vmi_rpl && n < ARRAY_SIZE(cause); n++)
		seq_printf(s, "switches_%s %u\n", cause[n], switches(n));
	for (u32 call = 0; call < VMI_CALLS; call++)
		if (vmi_type[call])
			seq_printf(s, "vmi_%s %08x\ncalls_of_%s %u\n",
				   call_name[call], vmi_entry[call],
				   call_name[call], vmi_count[call]);
}

static s32 monitor(u32 command, u32 number, void *to)
{
	u32 trace = vmi_extra(VMI_Trace);

	return trace ? (s32)((vmi_3 *)trace)(command, number, (u32)to) : -ENOSYS;
}

static const struct pv_hypervisor hypervisor = {
	.call_name = call_name,
	.call_count = ARRAY_SIZE(call_name),
	.monitor = monitor,
};

const struct pv_backend pv_vmi = {
	.name = "vmi",
	.base = &pv_native,
	.probe = vmi_probe,
	.fill = fill,
	.start = start,
	.stats = stats,
	.hypercalls = calls,
	.hypervisor = &hypervisor,
	.enter = enter,
	.leave = leave,
	.go_on = vmi_go_on,
};
PV_BACKEND(pv_vmi);
