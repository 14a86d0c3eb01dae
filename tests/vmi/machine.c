// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a kernel does to the machine on its way to user space, and does natively:
 * MSRs, the firmware's ports and its code. vmi-abi 4.9.
 */
#include "attack.h"

#define CPU_MSR		(1u << 5)
#define CPU_XSAVE	(1u << 26)	/* ECX */
#define CPU_OSXSAVE	(1u << 27)
#define SMI_COMMAND	0xb2
#define GDT_DOUBLE	31
#define PCI_ADDRESS	0xcf8
#define PCI_DATA	0xcfc
#define APIC_INITIAL	0x380
#define APIC_CURRENT	0x390
#define APIC_DIVIDE	0x3e0
#define PERIODIC	0x20000
#define DIVIDE_BY_16	3
#define ACPI_ON		1		/* in the control register */

extern struct tss tss;

/*
 * Whatever comes of it: kernels turn on machine checks and counters, and mend
 * errata, without asking whether the machine lets them.
 */
static void t_msrs(void)
{
	static const u32 msrs[] = {
		0x1b /* APIC_BASE */, 0x8b /* UCODE_REV */, 0x17b /* MCG_CTL */,
		0x19b /* THERM_INTERRUPT */, 0x1a0 /* MISC_ENABLE */,
		0x1d9 /* DEBUGCTL */, 0x277 /* PAT */, 0x2ff /* MTRRs */,
		0x400 /* MC0_CTL */, 0x401 /* MC0_STATUS */,
		0xc0010000 /* PERFEVTSEL0 */, 0xc0010004 /* PERFCTR0 */,
		0xc0010015 /* HWCR */, 0xc001001f /* NB_CFG */,
	};

	if (!(features() & CPU_MSR))
		return skip("no MSRs");
	for (u32 i = 0; i < ARRAY_SIZE(msrs); i++) {
		u64 value;

		if (!read_msr(msrs[i], &value))
			continue;
		if (!check(write_msr(msrs[i], value), "an MSR takes its own value"))
			say("#   %x\n", msrs[i]);
		if (msrs[i] == 0xc0010015)
			CHECK(write_msr(msrs[i], value | 1 << 6));
	}
}

u32 pci_read(u32 device, u32 reg)
{
	outl(1u << 31 | device << 8 | reg, PCI_ADDRESS);
	return inl(PCI_DATA);
}

/* As the tables say of PIIX4 and of ICH9: device, control register, command. */
static void t_acpi(void)
{
	static const struct {
		u32 device, id, base;
		u8 on;
	} chips[] = {
		{ 1 << 3 | 3, 0x71138086, 0xffc0, 0xf1 },
		{ 31 << 3, 0x29188086, 0xff80, 2 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(chips); i++) {
		u16 control;

		if (pci_read(chips[i].device, 0) != chips[i].id)
			continue;
		control = (pci_read(chips[i].device, 0x40) & chips[i].base) + 4;
		if (!(inw(control) & ACPI_ON))
			outb(chips[i].on, SMI_COMMAND);
		CHECK(inw(control) & ACPI_ON);
		return;
	}
	skip("no ACPI");
}

/* Like a call by a far pointer with the kernel's own segment. */
static u32 far_call(u32 entry, u32 *eax, u32 *ebx)
{
	struct {
		u32 eip;
		u16 cs;
	} __packed to = { entry, KERNEL_CS };
	u32 ecx, edx;

	asm volatile("lcall *(%%edi)\n\tcld"
		     : "+a" (*eax), "+b" (*ebx), "=c" (ecx), "=d" (edx)
		     : "D" (&to) : "memory", "cc");
	return edx;
}

/* The PCI BIOS says that it is there: PCI BIOS 2.1, 3. */
static void t_bios32(void)
{
	for (u32 at = PAGE_OFFSET + 0xe0000; at < PAGE_OFFSET + 0x100000;
	     at += 16) {
		const u32 *p = (u32 *)at;
		u32 eax = 0x49435024 /* "$PCI" */, ebx = 0, entry;

		if (*p != 0x5f32335f /* "_32_" */)
			continue;
		site_irq_disable();
		entry = far_call(p[1] + PAGE_OFFSET, &eax, &ebx);
		EQ(eax & 0xff, 0);
		entry += ebx + PAGE_OFFSET;
		eax = 0xb101;
		EQ(far_call(entry, &eax, &ebx), 0x20494350);
		EQ(eax >> 8 & 0xff, 0);
		return;
	}
	skip("no BIOS32");
}

static void start_apic_timer(u32 count)
{
	vmi(APICWrite, APIC_LVTT, PERIODIC | VECTOR_LVTT);
	vmi(APICWrite, APIC_DIVIDE, DIVIDE_BY_16);
	vmi(APICWrite, APIC_INITIAL, count);
}

/* A kernel that does without alarms: once to learn its rate, then to tick. */
static void t_apic_timer(void)
{
	u32 before = interrupts[VECTOR_LVTT], now;

	if (!apic_va || !(features() & CPU_TSC))
		return skip("no local APIC");
	vmi(APICWrite, APIC_SVR, 0x1ff);
	start_apic_timer(1000000000);
	now = (u32)vmi(APICRead, APIC_CURRENT);
	CHECK(now > 100000000 && now <= 1000000000);
	start_apic_timer(100000);
	site_irq_enable();
	for (u32 spins = 1 << 26;
	     spins && interrupts[VECTOR_LVTT] - before < 3; spins--)
		asm volatile("");
	site_irq_disable();
	CHECK(interrupts[VECTOR_LVTT] - before >= 3);
	vmi(APICWrite, APIC_INITIAL, 0);
	vmi(APICWrite, APIC_LVTT, APIC_MASKED | VECTOR_LVTT);
}

static void xsetbv(u32 low)
{
	asm volatile("xsetbv" : : "a" (low), "d" (0), "c" (0));
}

/* As the CPU says, from CR4 on: then it is saved, each part that was turned on. */
static void t_xsave(void)
{
	static u8 area[4096] __aligned(64);
	u32 cr4 = (u32)vmi(GetCR4), low, high;
	struct gpr r = { .eax = 1 };

	invoke(ops[VMI_CPUID], &r, 0, 0);
	if (!(features() & CPU_TSC) || !(r.ecx & CPU_XSAVE))
		return skip("no XSAVE");
	CHECK(!(r.ecx & CPU_OSXSAVE));
	vmi(SetCR4, cr4 | CR4_OSXSAVE);
	r = (struct gpr){ .eax = 1 };
	invoke(ops[VMI_CPUID], &r, 0, 0);
	CHECK(r.ecx & CPU_OSXSAVE);
	CHECK(!traps(xsetbv, 3));
	asm volatile("xgetbv" : "=a" (low), "=d" (high) : "c" (0));
	EQ(low, 3);
	asm volatile("xsave %0" : "+m" (area) : "a" (3), "d" (0));
	CHECK(traps(xsetbv, 2));		/* without bit 0 */
	EQ(trapped.vector, TRAP_GP);
	vmi(SetCR4, cr4);
	CHECK(traps(xsetbv, 3));
}

/* ---- instructions ------------------------------------------------------------- */

static bool interrupts_on(void)
{
	return site_save_fl() & EFLAGS_IF;
}

static u32 get_cr0(void)
{
	return (u32)vmi(GetCR0);
}

static void t_registers(void)
{
	u32 cr0 = get_cr0(), cr3, value;

	asm volatile("mov %%cr0, %0" : "=r" (value));
	EQ(value, cr0);
	asm volatile("mov %0, %%cr0" : : "r" (cr0 | CR0_TS));
	EQ(get_cr0(), cr0 | CR0_TS);
	asm volatile("clts");
	EQ(get_cr0(), cr0 & ~CR0_TS);
	asm volatile("lmsw %w0" : : "r" (cr0 | CR0_TS));
	EQ(get_cr0(), cr0 | CR0_TS);
	asm volatile("mov %0, %%cr0" : : "r" (cr0));
	asm volatile("mov %0, %%cr2\n\tmov %%cr3, %1" : "+r" (value), "=r" (cr3));
	EQ((u32)vmi(GetCR2), value);
	EQ(cr3, (u32)vmi(GetCR3));
	asm volatile("mov %0, %%cr3" : : "r" (cr3) : "memory");
	asm volatile("mov %0, %%db2\n\tmov %%db2, %1"
		     : "+r" (cr3), "=r" (value));
	EQ(value, cr3);
	asm volatile("mov %0, %%db2" : : "r" (0));
}

/* By all forms of an address. */
static void t_tables(void)
{
	static u64 other[256] __aligned(PAGE_SIZE);
	struct desc_ptr to = { sizeof(other) - 1, (u32)other }, now;

	__builtin_memcpy(other, idt, sizeof(other));
	asm volatile("lidt (%0)" : : "r" (&to));
	vmi(GetIDT, (u32)&now);
	EQ(now.base, (u32)other);
	asm volatile("lidt %0" : : "m" (idtr));
	vmi(GetIDT, (u32)&now);
	EQ(now.base, (u32)idt);
	asm volatile("lgdt -64(%0, %1, 2)" : : "r" ((u32)&gdtr - 64), "r" (64));
	vmi(GetGDT, (u32)&now);
	EQ(now.base, (u32)gdt);
	write_gdt(gdt, GDT_TSS, DESC((u32)&tss, sizeof(tss) - 1,
				     DESC_PRESENT | DESC_TSS, 0));
	asm volatile("lldt %w0\n\tltr %w1" : : "r" (0), "r" (TSS_SEL));
	EQ((u32)vmi(GetTR), TSS_SEL);
	asm volatile("wbinvd");
	if (features() & CPU_TSC)
		asm volatile("invlpg (%0)" : : "r" (PAGE_OFFSET));
	EQ(user(user_return, 0, EFLAGS_IF)->vector, VECTOR_SYSCALL);
}

static void t_flag(void)
{
	u32 before = interrupts[VECTOR_IRQ(TEST_IRQ)];

	site_irq_disable();
	raise_irq();
	asm volatile("sti\n\tnop");
	CHECK(interrupts_on());
	EQ(interrupts[VECTOR_IRQ(TEST_IRQ)] - before, 1);
	asm volatile("cli");
	CHECK(!interrupts_on());
	raise_irq();
	asm volatile("sti\n\thlt\n\tcli");
	EQ(interrupts[VECTOR_IRQ(TEST_IRQ)] - before, 2);
	CHECK(!interrupts_on());
}

/* ---- a stack that is nowhere ------------------------------------------------- */

extern char no_stack[];
void double_fault_entry(void);
void double_fault(u32 error);
static struct tss double_tss __aligned(PAGE_SIZE);
static char double_stack[PAGE_SIZE] __aligned(16);
static u32 double_faults, its_error;

asm(".text\ndouble_fault_entry:\n\tpop %eax\n\tcall double_fault");

/* It never returns; here it goes on where the test was. */
void double_fault(u32 error)
{
	double_faults++;
	its_error = error;
	caught();
}

static void push_at(u32 esp)
{
	asm volatile("mov %0, %%esp\nno_stack:\n\tpush %%eax" : : "r" (esp));
}

static void set_tss(u32 index, const struct tss *to)
{
	write_gdt(gdt, index, DESC((u32)to, sizeof(*to) - 1,
				   DESC_PRESENT | DESC_TSS, 0));
}

/* By a task gate, with a stack of its own; the other TSS has what was. */
static void t_double_fault(void)
{
	u64 task = GATE(GDT_DOUBLE * 8, 0, GATE_TASK, 0);
	u64 gate = GATE(KERNEL_CS, (u32)stubs[TRAP_DOUBLE_FAULT],
			GATE_INTERRUPT, 0);

	double_tss = (struct tss){
		.cr3 = page_pa(swapper), .eip = (u32)double_fault_entry,
		.eflags = EFLAGS_FIXED,
		.esp = (u32)double_stack + sizeof(double_stack),
		.cs = KERNEL_CS, .ss = KERNEL_DS, .ds = USER_DS, .es = USER_DS,
		.fs = PERCPU_SEL, .io_bitmap = 0x8000,
	};
	set_tss(GDT_DOUBLE, &double_tss);
	vmi(WriteIDTEntry, (u32)idt, TRAP_DOUBLE_FAULT, (u32)task,
	    (u32)(task >> 32));
	traps(push_at, NOWHERE);
	EQ(double_faults, 1);
	EQ(its_error, 0);
	EQ((u32)vmi(GetTR), GDT_DOUBLE * 8);
	EQ(tss.esp, NOWHERE);
	EQ(tss.eip, (u32)no_stack);
	EQ(tss.cs & 0xfffc, KERNEL_CS);
	EQ(double_tss.link & 0xffff, TSS_SEL);
	asm volatile("push $2\n\tpopf" : : : "cc");	/* no NT */
	vmi(CLTS);
	set_tss(GDT_TSS, &tss);
	vmi(SetTR, TSS_SEL);
	vmi(WriteIDTEntry, (u32)idt, TRAP_DOUBLE_FAULT, (u32)gate,
	    (u32)(gate >> 32));
	EQ(user(user_return, 0, EFLAGS_IF)->vector, VECTOR_SYSCALL);
}

const struct test machine_tests[] = {
	{ "registers of the CPU by instructions", t_registers },
	{ "its tables by instructions", t_tables },
	{ "the interrupt flag by instructions", t_flag },
	{ "a stack that is nowhere is a task's double fault", t_double_fault },
	{ "XSAVE is turned on", t_xsave },
	{ "the timer of the APIC ticks for a kernel without alarms", t_apic_timer },
	{ "an MSR that the machine has can be written", t_msrs },
	{ "ACPI is switched on", t_acpi },
	{ "the BIOS is called in the kernel's segments", t_bios32 },
	{ }
};
