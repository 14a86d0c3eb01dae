// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Attacks with the processor: descriptors, registers, MSRs, instructions.
 * vmi-abi 4.9, 5.
 */
#include <monitor/vmi/shared.h>
#include "attack.h"

#define FREE_ENTRY	9		/* of the GDT: nobody's */
#define FREE_SEL	(FREE_ENTRY * 8)
#define MONITOR_CODE	0xe008		/* in the GDT that the CPU has */

/* ---- descriptors ---------------------------------------------------------------- */

/* Says by ECX which ring it got to, by EAX whether it is 32-bit code: dec %eax
 * is a prefix in 64-bit code. */
asm(".text\nfar_target:\n\txor %eax, %eax\n\tdec %eax\n\tmov %cs, %ecx\n\t"
    "and $3, %ecx\n\tljmp *far_back");
void far_target(void);
static struct far {
	u32 eip;
	u16 cs;
} far_to;
struct far far_back;

static void jump(u32 result)
{
	u32 ring, is_32;

	asm volatile("movl $1f, far_back\n\tmov %%cs, far_back + 4\n\t"
		     "ljmp *%2\n1:"
		     : "=&a" (is_32), "=&c" (ring) : "m" (far_to) : "memory");
	*(u32 *)result = ring;
	check(is_32 == ~0u, "no 64-bit code");
}

static void load_data(u32 selector)
{
	asm volatile("mov %0, %%gs\n\tmov %%gs:0, %0" : "+r" (selector));
}

static void load_ss(u32 selector)
{
	u32 was;

	asm volatile("mov %%ss, %0\n\tmov %1, %%ss\n\tpush $0\n\tpop %1\n\t"
		     "mov %0, %%ss" : "=&r" (was), "+r" (selector));
}

static void t_descriptors(void)
{
	u32 ring;

	for (u32 access = 0; access < 256; access++)
		for (u32 flags = 0; flags < 16; flags += 2) {
			u32 selector = access & 0x10 ? KERNEL_CS : MONITOR_CODE;
			u64 d = access & 0x10 ?
				DESC(0, 0xfffff, access, flags | 1) :
				((u32)far_target & 0xffff) | selector << 16 |
				(u64)access << 40 |
				(u64)((u32)far_target >> 16) << 48;

			write_gdt(gdt, FREE_ENTRY, d);
			for (u32 rpl = 0; rpl < 4; rpl += 3) {
				u32 to = FREE_SEL + rpl;

				ring = 1;
				far_to = (struct far){ (u32)far_target, to };
				if (flags & 6 || !(access & 8))
					traps(jump, (u32)&ring);
				EQ(ring, 1);
				traps(load_data, to);
				traps(load_ss, to);
				asm volatile("mov %0, %%gs" : : "r" (0));
			}
			if (failures)
				say("#   access %x, flags %x\n", access, flags);
		}
	write_gdt(gdt, FREE_ENTRY, 0);
	sound();
}

/* The monitor's own are in the same table. */
static void t_selectors(void)
{
	for (u32 to = 0xe000; to < 0x10000; to++) {
		u32 ring = 1;

		if (to == 0xe080)
			to = 0xfff0;
		far_to = (struct far){ (u32)far_target, to };
		traps(jump, (u32)&ring);
		EQ(ring, 1);
		traps(load_data, to);
		asm volatile("mov %0, %%gs" : : "r" (0));
		if (to == 0xe008 || to == 0xe010) {
			CHECK(traps(load_data, to));
			CHECK(traps(load_ss, to));
		}
	}
	sound();
}

/* Nor may the user have segments that its kernel has not made. */
static void t_user_selectors(void)
{
	for (u32 selector = 0xe003; selector < 0xf000; selector += 8) {
		USER(selector, 0x31, 0xc0, 0x0f, 0x02, 0xc3);	/* LAR */
		EQ(trapped.vector, VECTOR_SYSCALL);
		if (!EQ(trapped.eax, 0))
			say("#   %x\n", selector);
		if (selector == 0xe083)
			selector = 0xefe3;
	}
}

/* Tables in pages that are not there, or that go away. */
static void t_tables(void)
{
	struct desc_ptr p = { 0xffff, NOWHERE };

	vmi(SetIDT, (u32)&p);
	vmi(SetIDT, (u32)&idtr);
	for (u32 i = 0; i < ARRAY_SIZE(bad_pointers); i++) {
		write_gdt(gdt, GDT_LDT, DESC(bad_pointers[i], 0xffff,
					     DESC_PRESENT | DESC_LDT, 8));
		vmi(SetLDT, LDT_SEL);
		CHECK(traps(load_data, 0xffff));
		CHECK(traps(load_data, 0xf));
		write_gdt(gdt, GDT_TSS, DESC(bad_pointers[i], 0xffff,
					     DESC_PRESENT | DESC_TSS, 8));
		vmi(SetTR, TSS_SEL);
		if (bad_pointers[i] == 0xc00f0000)
			continue;
		USER(0x80, 0x89, 0xda, 0xec);
		EQ(trapped.vector, TRAP_GP);
	}
	for (u32 i = 0; i < 0x10000; i += 3) {
		vmi(SetLDT, i);
		vmi(SetTR, i);
	}
	vmi(SetLDT, 0);
	write_gdt(gdt, GDT_LDT, 0);
	write_gdt(gdt, GDT_TSS, DESC((u32)&tss, sizeof(tss) - 1,
				     DESC_PRESENT | DESC_TSS, 0));
	vmi(SetTR, TSS_SEL);
	sound();
}

/* ---- registers ------------------------------------------------------------------ */

static void t_control(void)
{
	u32 cr0 = (u32)vmi(GetCR0), cr4 = (u32)vmi(GetCR4), pae_bit = CR4_PAE;
	struct gpr r = { 0 };

	for (u32 i = 0; i < 31; i++) {
		if (i == 0 || i == 16)
			continue;
		vmi(SetCR0, cr0 ^ 1u << i);
		traps(peek, NOWHERE);
		vmi(SetCR0, cr0);
	}
	for (u32 i = 0; i < 32; i++) {
		if (1u << i == pae_bit)
			continue;
		vmi(SetCR4, cr4 ^ 1u << i);
		r.eax = cr4 ^ 1u << i;
		KERNEL(&r, 0x0f, 0x22, 0xe0);
		EQ((u32)vmi(GetCR4) & ~(cr4 | 1u << i), 0);
		vmi(SetCR4, cr4);
	}
	for (u32 n = 0; n < 8; n++) {
		u8 read[] = { 0x0f, 0x20, 0xc0 | n << 3 };
		u8 write[] = { 0x0f, 0x22, 0xc0 | n << 3 };

		EQ(kernel_code(read, 3, NULL), n == 1 || n > 4);
		if (n == 1 || n > 4)
			CHECK(kernel_code(write, 3, NULL));
		user_bytes(read, 3, 0);
		CHECK(trapped.vector == TRAP_GP ||
		      trapped.vector == TRAP_INVALID_OP);
	}
	for (u32 i = 0; i < 12; i++)
		if (!pae || i < 5)
			vmi(SetCR3, page_pa(swapper) | 1u << i);
	vmi(SetCR3, page_pa(swapper));
	vmi(SetCR0, cr0);
	sound();
}

static void set_dr(u32 n, u32 value)
{
	u8 write[] = { 0x0f, 0x23, 0xc0 | n << 3 };
	struct gpr r = { .eax = value };

	kernel_code(write, 3, &r);
}

/* Watched are what the monitor reads and the ports that it uses for the guest. */
static void t_debug(void)
{
	static u8 data[16] __aligned(16);
	u32 cr4 = (u32)vmi(GetCR4);
	struct desc_ptr p;
	u16 ss;

	debug_goes_on = true;
	for (u32 i = 0; i < 500; i++) {
		for (u32 n = 0; n < 8; n++)
			set_dr(n, random());
		set_dr(7, 0);
	}
	set_dr(7, 0x2000);
	EQ((u32)vmi(GetDR, 7) & 0x2000, 0);
	vmi(SetCR4, cr4 | CR4_DE);
	set_dr(0, (u32)&gdtr);
	set_dr(1, 0x80);
	set_dr(2, VMI_TOP + SHARED_KERNEL_SP);
	set_dr(3, (u32)data);
	/* 0: reads of 4 bytes; 1: the port; 2, 3: as 0 */
	set_dr(7, 0xfff20000 | 0x0f0000 | 0x3ff);
	for (u32 i = 0; i < 50; i++) {
		traps(call_with, VMI_FlushTLB);
		pointer = (u32)&gdtr;
		traps(call_with, VMI_SetGDT);
		KERNEL(NULL, 0xe6, 0x80);
	}
	/* The trap of MOV SS is after the next instruction, in the monitor. */
	asm volatile("mov %%ss, %0" : "=r" (ss));
	*(u16 *)data = ss;
	*(u32 *)(data + 8) = USER_DS;
	for (u32 i = 0; i < 3; i++) {
		static const u8 next[] = { MONITOR_VECTOR, VECTOR_SYSCALL, 3 };
		u8 insn[] = { 0x8e, 0x13, 0xcd, next[i] };
		struct gpr r = { .ebx = (u32)data };

		kernel_code(insn, 4, &r);
	}
	set_dr(7, 0);
	set_dr(6, 0);
	debug_goes_on = false;
	vmi(SetCR4, cr4);
	vmi(SetGDT, (u32)&gdtr);
	vmi(GetGDT, (u32)&p);
	EQ(p.base, (u32)gdt);
	sound();
}

/* Each instruction of a call is stepped, and so is what faults. */
static void t_steps(void)
{
	static const u8 what[][8] = {
		{ 0xcd, MONITOR_VECTOR }, { 0xcd, VECTOR_SYSCALL },
		{ 0xfa }, { 0xfb }, { 0xe6, 0x80 }, { 0x0f, 0x20, 0xc0 },
		{ 0x0f, 0x30 }, { 0xf1 }, { 0xcc }, { 0x0f, 0x0b }, { 0x0f, 0x34 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(what); i++) {
		u8 step[32] = { 0x9c, 0x81, 0x0c, 0x24, 0, 1, 0, 0, 0x9d };
		struct gpr r = { .ebx = 1000 };

		__builtin_memcpy(step + 9, what[i], 8);
		step[17] = 0x90;
		CHECK(kernel_code(step, 18, &r));
		user_bytes(step, 18, 1000);
		site_irq_disable();
	}
	sound();
}

/* ---- MSRs ------------------------------------------------------------------------ */

/* In which the monitor is what it is. */
static void t_msrs(void)
{
	static const u32 its_own[] = {
		0x1b /* APIC_BASE */, 0x79, 0x8b, 0x9b, 0x9e /* SMBASE */,
		0x1d9 /* DEBUGCTL */, 0x1f2 /* SMRR */, 0x1f3, 0x480, 0x600,
		0x6e0, 0x800, 0x80b, 0x830, 0xc0000081 /* STAR */, 0xc0000082,
		0xc0000083, 0xc0000084, 0xc0000100, 0xc0000101, 0xc0000102,
		0xc0000103, 0xc0010010, 0xc0010111, 0xc0010112, 0xc0010113,
		0xc0010117, 0xda0, 0x6a0, 0x6a2,
	};
	u64 was, is;

	for (u32 i = 0; i < ARRAY_SIZE(its_own); i++) {
		bool known = read_msr(its_own[i], &was);

		write_msr(its_own[i], was ^ 0x800);
		write_msr(its_own[i], was ^ 1);
		write_msr(its_own[i], ((u64)random() << 32) | random());
		EQ(read_msr(its_own[i], &is), known);
		check(!known || is == was, "an MSR keeps its value");
		if (known && is != was)
			say("#   %x\n", its_own[i]);
	}
	read_msr(0xc0000080, &was);
	for (u32 i = 0; i < 64; i++)
		if (i != 11)
			CHECK(!write_msr(0xc0000080, was | 1ull << i));
	read_msr(0x277, &was);
	write_msr(0x277, 0);
	read_msr(0x277, &is);
	CHECK(is == was);
	sound();
}

static void t_all_msrs(void)
{
	u64 value;

	for (u32 i = 0; i < 0x1000; i++) {
		read_msr(i, &value);
		read_msr(0xc0000000 + i, &value);
		read_msr(0xc0010000 + i, &value);
		if (i == 0x10 || (i >= 0x174 && i <= 0x176) || i == 0x277)
			continue;
		write_msr(i, random() | (u64)random() << 32);
		write_msr(0xc0010000 + i, random());
		if (i != 0x80)
			write_msr(0xc0000000 + i, random());
	}
	for (u32 i = 0; i < 2000; i++)
		write_msr(random(), random());
	sound();
}

/* ---- SYSENTER ------------------------------------------------------------------ */

static void t_sysenter(void)
{
	static const u32 cs[] = { 0, 1, 3, 0x10000, ~0u << 16, KERNEL_CS };
	static const u32 eip[] = { NOWHERE, VMI_TOP, ~0u, (u32)sysenter_entry };

	for (u32 i = 0; i < ARRAY_SIZE(cs); i++)
		for (u32 k = 0; k < ARRAY_SIZE(eip); k++) {
			write_msr(0x174, cs[i]);
			write_msr(0x175, (u32)user_stack_top);
			write_msr(0x176, eip[k]);
			USER(0, 0x0f, 0x34);
			CHECK(KERNEL(NULL, 0x0f, 0x34));
			CHECK(KERNEL(NULL, 0x0f, 0x05));
			CHECK(KERNEL(NULL, 0x0f, 0x35));
			CHECK(KERNEL(NULL, 0x0f, 0x07));
			USER(0, 0x0f, 0x05);
			CHECK(trapped.vector != VECTOR_SYSCALL);
			if (!(cs[i] & 0xfffc)) {
				/* Its CS and SS are nobody's. */
				traps(sysexit_user, USER_CODE);
				site_irq_disable();
				CHECK(trapped.vector != VECTOR_SYSCALL);
			}
		}
	write_msr(0x174, 0);
	site_irq_disable();
	sound();
}

/* ---- instructions -------------------------------------------------------------- */

static const u8 forbidden[][4] = {
	{ 0x0f, 0x05 }, { 0x0f, 0x07 }, { 0x0f, 0x35 }, { 0x0f, 0xaa },
	{ 0x0f, 0x01, 0xc1 }, { 0x0f, 0x01, 0xc2 }, { 0x0f, 0x01, 0xc4 },
	{ 0x0f, 0x01, 0xd8 }, { 0x0f, 0x01, 0xd9 }, { 0x0f, 0x01, 0xda },
	{ 0x0f, 0x01, 0xdc }, { 0x0f, 0x01, 0xdd }, { 0x0f, 0x01, 0xde },
	{ 0x0f, 0x01, 0xdf }, { 0x0f, 0x01, 0xf8 }, { 0x0f, 0x01, 0xc8 },
	{ 0x0f, 0x01, 0xc9 }, { 0x0f, 0xc7, 0x30 }, { 0x0f, 0x33 },
	{ 0x0f, 0x37 }, { 0x0f, 0xff, 0xc0 }, { 0x0f, 0x24, 0xc0 },
};
/* What the kernel may do, and nobody else. */
static const u8 privileged[][4] = {
	{ 0xf4 }, { 0x0f, 0x06 }, { 0x0f, 0x08 }, { 0x0f, 0x09 },
	{ 0x0f, 0x00, 0xd0 }, { 0x0f, 0x00, 0xd8 }, { 0x0f, 0x01, 0x13 },
	{ 0x0f, 0x01, 0x1b }, { 0x0f, 0x01, 0xf0 }, { 0x0f, 0x01, 0x3b },
	{ 0x0f, 0x01, 0xd1 }, { 0x0f, 0x30 }, { 0x0f, 0x32 }, { 0xfa }, { 0xfb },
	{ 0x6c }, { 0x6d }, { 0x6e }, { 0x6f }, { 0xe4, 0x80 }, { 0xe5, 0x80 },
	{ 0xe6, 0x80 }, { 0xe7, 0x80 }, { 0xec }, { 0xed }, { 0xee }, { 0xef },
	{ 0x0f, 0x20, 0xc0 }, { 0x0f, 0x21, 0xc0 }, { 0x0f, 0x22, 0xd0 },
	{ 0x0f, 0x23, 0xc0 },
};

static void t_instructions(void)
{
	static u8 six[8] = { 0xff, 0, 0, 0, 0, 0xd0 };
	struct gpr r;

	for (u32 i = 0; i < ARRAY_SIZE(forbidden); i++) {
		r = (struct gpr){ .ebx = (u32)six };
		if (!check(kernel_code(forbidden[i], 4, &r), "it traps"))
			say("#   %x %x\n", forbidden[i][1], forbidden[i][2]);
		user_bytes(forbidden[i], 4, USER_CODE);
		if (!check(trapped.vector != VECTOR_SYSCALL, "in ring 3 too"))
			say("#   %x %x\n", forbidden[i][1], forbidden[i][2]);
	}
	for (u32 i = 0; i < ARRAY_SIZE(privileged); i++) {
		user_bytes(privileged[i], 4, USER_CODE);
		CHECK(trapped.vector == TRAP_GP ||
		      trapped.vector == TRAP_INVALID_OP);
	}
	/* XCR0 in all values, LMSW, LLDT and LTR of what is none, INVLPG. */
	for (u32 i = 0; i < 1000; i++) {
		r = (struct gpr){ .eax = random(), .edx = random(),
				  .ecx = below(3), .ebx = random() };
		KERNEL(&r, 0x0f, 0x01, 0xd1);
		r.eax = random() | 1;
		KERNEL(&r, 0x0f, 0x01, 0xf0);
		KERNEL(&r, 0x0f, 0x00, 0xd0);
		KERNEL(&r, 0x0f, 0x01, 0x3b);
	}
	vmi(SetLDT, 0);
	vmi(CLTS);
	/* LGDT and LIDT of what cannot be read. */
	for (u32 k = 0; k < ARRAY_SIZE(bad_pointers); k++) {
		r = (struct gpr){ .ebx = bad_pointers[k] };
		if (r.ebx == VMI_TOP || r.ebx == 0xc00f0000)
			continue;
		CHECK(KERNEL(&r, 0x0f, 0x01, 0x13));
		CHECK(KERNEL(&r, 0x0f, 0x01, 0x1b));
		CHECK(KERNEL(&r, 0x0f, 0x00, 0x13));
		CHECK(KERNEL(&r, 0x0f, 0x00, 0x1b));
	}
	vmi(SetTR, TSS_SEL);
	vmi(SetCR0, (u32)vmi(GetCR0) & ~(CR0_TS | 4u));
	sound();
}

const struct test attack_cpu_tests[] = {
	{ "no descriptor leads to ring 0 or to 64-bit code", t_descriptors },
	{ "the monitor's selectors lead nowhere", t_selectors },
	{ "user mode finds no selector of the monitor", t_user_selectors },
	{ "tables in pages that are not there are empty", t_tables },
	{ "control registers are the guest's own", t_control },
	{ "debug registers stop no call", t_debug },
	{ "single steps end at the monitor", t_steps },
	{ "MSRs of the monitor keep their values", t_msrs },
	{ "wild numbers and values of MSRs do no harm", t_all_msrs },
	{ "SYSENTER and SYSEXIT lead to rings 1 and 3 alone", t_sysenter },
	{ "instructions of hypervisors and 64-bit code fault", t_instructions },
	{ }
};
