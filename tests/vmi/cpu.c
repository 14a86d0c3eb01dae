// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The processor: descriptor tables, control registers, the interrupt flag, and
 * IRET to the kernel. vmi-abi 4.6, 5, 6.1, 6.2.
 */
#include "attack.h"

#define TRAP_VECTOR	0x41		/* nobody else's */
#define ARITHMETIC	0x8d5
#define LDT_ENTRIES	16

struct tss tss __aligned(PAGE_SIZE);
static u64 ldt[LDT_ENTRIES] __aligned(PAGE_SIZE);
static u64 other_gdt[GDT_ENTRIES] __aligned(PAGE_SIZE);
static u64 other_idt[256] __aligned(PAGE_SIZE);
static u32 thread_data[3] = { 0x7d50, 0x7d51, 0x7d52 };

void write_gdt(void *table, u32 index, u64 desc)
{
	vmi(WriteGDTEntry, (u32)table, index, (u32)desc, (u32)(desc >> 32));
}

static u64 data_segment(const void *base)
{
	return DESC((u32)base, 0xfffff, DESC_PRESENT | DESC_DPL(3) | DESC_DATA,
		    DESC_G_32);
}

/* The word at the start of a segment. */
static u32 through_gs(u32 selector)
{
	u32 word;

	asm volatile("mov %1, %%gs\n\tmov %%gs:0, %0"
		     : "=r" (word) : "r" (selector) : "memory");
	asm volatile("mov %0, %%gs" : : "r" (0));
	return word;
}

static void load_gs(u32 selector)
{
	through_gs(selector);
}

/* As cpu_init does it: 5.3. */
static void t_init(void)
{
	struct desc_ptr p;

	for (u32 i = 0; i < 256; i++) {
		u32 dpl = i == VECTOR_SYSCALL || i == TRAP_BREAKPOINT ? 3 : 0;
		u64 gate = GATE(KERNEL_CS, (u32)stubs[i], GATE_INTERRUPT, dpl);

		vmi(WriteIDTEntry, (u32)idt, i, (u32)gate, (u32)(gate >> 32));
	}
	vmi(SetIDT, (u32)&idtr);
	gdt[GDT_PERCPU] = DESC((u32)thread_data, 0xfffff,
			       DESC_PRESENT | DESC_DATA, DESC_G_32);
	vmi(SetGDT, (u32)&gdtr);
	asm volatile("mov %0, %%fs" : : "r" (PERCPU_SEL));
	tss.esp0 = (u32)user_stack_top;
	tss.ss0 = KERNEL_DS;
	tss.io_bitmap = 0x8000;
	vmi(UpdateKernelStack, KERNEL_DS, (u32)user_stack_top);
	write_gdt(gdt, GDT_TSS, DESC((u32)&tss, sizeof(tss) - 1,
				     DESC_PRESENT | DESC_TSS, 0));
	vmi(SetTR, TSS_SEL);
	vmi(UpdateKernelStack, KERNEL_DS, (u32)user_stack_top);
	vmi(SetLDT, 0);
	for (u32 i = 0; i < 8; i++)
		if (answers[VMI_SetDR] && i != 4 && i != 5)
			vmi(SetDR, i, 0);
	vmi(CLTS);

	EQ((u32)vmi(GetTR), TSS_SEL);
	EQ((u32)vmi(GetLDT), 0);
	vmi(GetGDT, (u32)&p);
	EQ(p.base, (u32)gdt);
	EQ(p.limit, gdtr.limit);
	vmi(GetIDT, (u32)&p);
	EQ(p.base, (u32)idt);
	EQ(p.limit, idtr.limit);
}

static void t_cpuid(void)
{
	static const u32 leaves[][2] = {
		{ 0 }, { 1 }, { 2 }, { 4, 0 }, { 4, 1 }, { 7, 0 }, { 7, 1 },
		{ 0x80000000 }, { 0x80000001 }, { 0x80000008 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(leaves); i++) {
		struct gpr r = { .eax = leaves[i][0], .ecx = leaves[i][1] };
		u32 a = leaves[i][0], b, c = leaves[i][1], d;
		bool features = leaves[i][0] % 0x80000000 == 1 ||
				leaves[i][0] == 7;

		asm volatile("cpuid" : "+a" (a), "=b" (b), "+c" (c), "=d" (d));
		invoke(ops[VMI_CPUID], &r, 0, 0);
		EQ(r.eax, a);
		EQ(r.ebx & (features ? ~b : ~0u), features ? 0 : b);
		/* A hypervisor may hide features, not invent them. */
		EQ(r.ecx & (features ? ~c : ~0u), features ? 0 : c);
		EQ(r.edx & (features ? ~d : ~0u), features ? 0 : d);
	}
}

static void t_tls(void)
{
	for (u32 i = 0; i < GDT_TLS_COUNT; i++)
		write_gdt(gdt, GDT_TLS + i, data_segment(&thread_data[i]));
	for (u32 i = 0; i < GDT_TLS_COUNT; i++)
		EQ(through_gs((GDT_TLS + i) * 8 + 3), thread_data[i]);
	write_gdt(gdt, GDT_TLS, data_segment(&thread_data[2]));
	EQ(through_gs(GDT_TLS * 8 + 3), thread_data[2]);
	write_gdt(gdt, GDT_TLS, 0);
	CHECK(traps(load_gs, GDT_TLS * 8 + 3));
	EQ(trapped.vector, TRAP_GP);
	EQ(trapped.error, GDT_TLS * 8);
}

static void t_ldt(void)
{
	u64 desc = data_segment(&thread_data[1]);

	write_gdt(gdt, GDT_LDT, DESC((u32)ldt, sizeof(ldt) - 1,
				     DESC_PRESENT | DESC_LDT, 0));
	vmi(SetLDT, LDT_SEL);
	vmi(WriteLDTEntry, (u32)ldt, 1, (u32)desc, (u32)(desc >> 32));
	EQ((u32)vmi(GetLDT), LDT_SEL);
	EQ(through_gs(0xf), thread_data[1]);
	desc = data_segment(&thread_data[2]);
	/* As 2.6.25 does: 5.4. */
	vmi(WriteIDTEntry, (u32)ldt, 15, (u32)desc, (u32)(desc >> 32));
	EQ(through_gs(0x7f), thread_data[2]);
	vmi(SetLDT, 0);
	CHECK(traps(load_gs, 0xf));
	EQ(trapped.error, 0xc);
}

static void t_gdt(void)
{
	struct desc_ptr other = { sizeof(other_gdt) - 1, (u32)other_gdt }, p;

	__builtin_memcpy(other_gdt, gdt, sizeof(other_gdt));
	/* A table that is not loaded. */
	write_gdt(other_gdt, GDT_TLS + 1, data_segment(&thread_data[0]));
	EQ(through_gs((GDT_TLS + 1) * 8 + 3), thread_data[1]);
	vmi(SetGDT, (u32)&other);
	EQ(through_gs((GDT_TLS + 1) * 8 + 3), thread_data[0]);
	vmi(GetGDT, (u32)&p);
	EQ(p.base, (u32)other_gdt);
	vmi(SetGDT, (u32)&gdtr);
	EQ(through_gs((GDT_TLS + 1) * 8 + 3), thread_data[1]);
}

static void interrupt_me(u32 argument)
{
	asm volatile("int %0" : : "i" (TRAP_VECTOR) : "memory");
}

static void interrupt_with(u32 flags)
{
	site_restore_fl(flags);
	interrupt_me(0);
}

static void use_fpu(u32 argument)
{
	asm volatile("fninit");
}

static void t_idt(void)
{
	struct desc_ptr other = { sizeof(other_idt) - 1, (u32)other_idt };
	u64 gate = GATE(KERNEL_CS, (u32)stubs[TRAP_VECTOR + 1], GATE_TRAP, 0);

	CHECK(traps(interrupt_me, 0));
	EQ(trapped.vector, TRAP_VECTOR);
	EQ(trapped.cs & 0xffff, KERNEL_CS | kernel_rpl);
	vmi(WriteIDTEntry, (u32)idt, TRAP_VECTOR, (u32)gate, (u32)(gate >> 32));
	CHECK(traps(interrupt_me, 0));
	EQ(trapped.vector, TRAP_VECTOR + 1);
	__builtin_memcpy(other_idt, idt, sizeof(other_idt));
	other_idt[TRAP_VECTOR] = idt[TRAP_VECTOR + 2];
	vmi(SetIDT, (u32)&other);
	CHECK(traps(interrupt_me, 0));
	EQ(trapped.vector, TRAP_VECTOR + 2);
	vmi(SetIDT, (u32)&idtr);
	CHECK(traps(interrupt_me, 0));
	EQ(trapped.vector, TRAP_VECTOR + 1);
}

static void t_control(void)
{
	u32 cr0 = (u32)vmi(GetCR0);

	EQ(cr0 & (CR0_PE | CR0_WP | CR0_PG), CR0_PE | CR0_WP | CR0_PG);
	vmi(SetCR0, cr0 | CR0_TS);
	EQ((u32)vmi(GetCR0), cr0 | CR0_TS);
	CHECK(traps(use_fpu, 0));
	EQ(trapped.vector, TRAP_NO_FPU);
	vmi(CLTS);
	EQ((u32)vmi(GetCR0), cr0);
	CHECK(!traps(use_fpu, 0));
	vmi(SetCR0, cr0);
	vmi(SetCR2, 0x12345678);
	EQ((u32)vmi(GetCR2), 0x12345678);
	for (u32 tsd = 0; tsd <= 4; tsd += 4) {
		u32 cr4 = ((u32)vmi(GetCR4) & ~4) | tsd;

		vmi(SetCR4, cr4);
		EQ((u32)vmi(GetCR4), cr4);
	}
	vmi(SetCR4, (u32)vmi(GetCR4) & ~4);
}

static void t_debug(void)
{
	if (!answers[VMI_SetDR] || !answers[VMI_GetDR])
		return skip("not asked of the ROM");
	for (u32 i = 0; i < 4; i++)
		vmi(SetDR, i, 0x1000 * (i + 1));
	for (u32 i = 0; i < 4; i++)
		EQ((u32)vmi(GetDR, i), 0x1000 * (i + 1));
	vmi(SetDR, 6, 0xffff0ff0);
	EQ((u32)vmi(GetDR, 6), 0xffff0ff0);
	vmi(SetDR, 7, 0x400);
	EQ((u32)vmi(GetDR, 7), 0x400);
	/* What nobody can ask for must do nothing. */
	vmi(SetDR, 8, 1);
	EQ((u32)vmi(GetDR, 8), 0);
}

/* Time and MSRs: the calls do what the instructions do. */
static void t_msr(void)
{
	u64 tsc = vmi(RDTSC);
	struct gpr r;

	CHECK(vmi(RDTSC) > tsc);
	r = (struct gpr){ .eax = 0x1234, .ecx = 0x176 };
	invoke(ops[VMI_WRMSR], &r, 0, 0);
	r = (struct gpr){ .ecx = 0x176 };
	invoke(ops[VMI_RDMSR], &r, 0, 0);
	EQ(r.eax, 0x1234);
	EQ(r.edx, 0);
}

/* ---- the interrupt flag ---- */

static u32 before;

static void make_pending(void)
{
	site_irq_disable();
	EQ(site_save_fl() & EFLAGS_IF, 0);
	raise_irq();
	before = interrupts[VECTOR_IRQ(TEST_IRQ)];
}

static void delivered(u32 count)
{
	EQ(interrupts[VECTOR_IRQ(TEST_IRQ)] - before, count);
}

static void t_flag(void)
{
	static const u32 offs[] = { 0, EFLAGS_FIXED, ~EFLAGS_IF };
	static const u32 ons[] = { EFLAGS_IF, ~0u, EFLAGS_IF | ARITHMETIC };
	u32 flags;

	make_pending();
	site_irq_enable();
	delivered(1);
	EQ(site_save_fl() & EFLAGS_IF, EFLAGS_IF);
	for (u32 i = 0; i < ARRAY_SIZE(ons); i++) {
		make_pending();
		site_restore_fl(offs[i]);
		EQ(site_save_fl() & EFLAGS_IF, 0);
		delivered(0);
		if (answers[VMI_SetInterruptMask]) {
			site_restore_fl(ons[i]);
			asm volatile("pushf\n\tpop %0" : "=r" (flags));
			EQ(flags & (EFLAGS_TF | EFLAGS_DF | EFLAGS_NT), 0);
		} else {
			site_restore_fl(EFLAGS_IF);
		}
		EQ(site_save_fl() & EFLAGS_IF, EFLAGS_IF);
		delivered(1);
	}
	EQ(site_irq_save() & EFLAGS_IF, EFLAGS_IF);
	EQ(site_irq_save() & EFLAGS_IF, 0);
}

static void t_halt(void)
{
	make_pending();
	vmi(Halt);
	delivered(1);
	EQ(site_save_fl() & EFLAGS_IF, EFLAGS_IF);
	site_irq_disable();
}

/* What interrupts: its frame shows the flag as the kernel had it. */
static void t_trap_flag(void)
{
	u64 gate = GATE(KERNEL_CS, (u32)stubs[TRAP_VECTOR], GATE_INTERRUPT, 0);

	vmi(WriteIDTEntry, (u32)idt, TRAP_VECTOR, (u32)gate, (u32)(gate >> 32));
	for (u32 on = 0; on <= EFLAGS_IF; on += EFLAGS_IF) {
		CHECK(traps(interrupt_with, on));
		EQ(trapped.eflags & EFLAGS_IF, on);
		EQ(site_save_fl() & EFLAGS_IF, 0);
	}
}

static void t_iret(void)
{
	static const u32 flags[] = {
		EFLAGS_FIXED, EFLAGS_FIXED | ARITHMETIC,
		EFLAGS_FIXED | EFLAGS_DF, EFLAGS_FIXED | EFLAGS_ID,
		EFLAGS_FIXED | EFLAGS_IF, EFLAGS_FIXED | EFLAGS_IF | ARITHMETIC,
	};
	const u32 seen = ARITHMETIC | EFLAGS_DF | EFLAGS_ID;

	for (u32 i = 0; i < ARRAY_SIZE(flags); i++) {
		struct gpr r = patterns(1, 2, 4), was = r;

		make_pending();
		r.flags = flags[i];
		iret_kernel(&r);
		changed_only(&r, &was, 0);
		EQ(r.esp, 0);
		EQ(r.flags & seen, flags[i] & seen);
		EQ(site_save_fl() & EFLAGS_IF, flags[i] & EFLAGS_IF);
		delivered(!!(flags[i] & EFLAGS_IF));
		site_irq_enable();
		delivered(1);
		site_irq_disable();
	}
}

const struct test cpu_tests[] = {
	{ "a processor is set up as Linux does it", t_init },
	{ "CPUID: five registers, and its subleaves", t_cpuid },
	{ "thread-local segments in the GDT", t_tls },
	{ "an LDT, with entries of either call", t_ldt },
	{ "another GDT", t_gdt },
	{ "gates are changed, and another IDT", t_idt },
	{ "control registers", t_control },
	{ "debug registers", t_debug },
	{ "counters and MSRs", t_msr },
	{ "the interrupt flag: what waits comes at once", t_flag },
	{ "Halt waits with interrupts on", t_halt },
	{ "a frame shows the interrupt flag", t_trap_flag },
	{ "IRET to the kernel: flags and registers", t_iret },
	{ }
};
