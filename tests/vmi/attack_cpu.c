// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Attacks with the processor: calls, descriptors, gates, registers, MSRs,
 * instructions, and frames for IRET. vmi-abi 2.1, 3, 4.9, 5, 6.
 */
#include <monitor/vmi/shared.h>
#include "attack.h"

static struct shared *const page = (struct shared *)VMI_TOP;

#define FREE_ENTRY	9		/* of the GDT: nobody's */
#define FREE_SEL	(FREE_ENTRY * 8)
#define VECTOR		0x41
#define MONITOR_CODE	0xe008		/* in the GDT that the CPU has */

static const u32 bad_pointers[] = {
	0, 0xfff, NOWHERE, NOWHERE + PAGE_SIZE - 2, VMI_TOP - 3, VMI_TOP,
	VMI_TOP + PAGE_SIZE, 0xfffff000, 0xfffffffe, ~0u, 0xc00f0000,
};

static void t_relocation(void)
{
	u32 address;

	for (u32 i = 0; i < 10000; i++) {
		u32 nr = random() >> below(25);

		if (nr >= VMI_CALLS && nr != VMI_Leave && nr != VMI_Switches &&
		    nr != VMI_Trace)
			EQ(relocation(nr, &address), VMI_RELOC_NONE);
	}
}

static void t_numbers(void)
{
	struct gpr r, was;

	for (u32 i = 0; i < 2000; i++) {
		u32 nr = i < 300 ? i + 100 : random() | 128;

		EQ((u32)monitor_call(nr, 0x1234, 0x5678, ~0u), 0x1234);
	}
	for (u32 nr = 0; nr < 2; nr++) {
		USER(nr * VMI_SetCR3, 0xcd, MONITOR_VECTOR);
		EQ(trapped.vector, TRAP_GP);
		EQ(trapped.error, MONITOR_VECTOR * 8 + 2);
	}
	/* A call that only the ROM should make, with its stack nowhere. */
	r = was = patterns(1, 2, 4);
	r.ebx = was.ebx = 3000;
	CHECK(!KERNEL(&r, 0x89, 0xe5, 0xbc, 0, 0, 0, 0xd0, 0xcd, MONITOR_VECTOR,
		      0x89, 0xec));
	EQ(r.ebx, 3000);
}

static u64 stack_nowhere(u32 nr, struct gpr *r)
{
	r->ebx = nr;
	/* mov %esp, %ebp; mov $esi, %esp; int $31; mov %ebp, %esp */
	KERNEL(r, 0x89, 0xe5, 0x89, 0xf4, 0xcd, MONITOR_VECTOR, 0x89, 0xec);
	return r->eax;
}

/* Those that read or write words of it, from a stack that is nowhere. */
static void t_stacks(void)
{
	static const u32 calls[] = {
		VMI_CPUID, VMI_WriteGDTEntry, VMI_WriteLDTEntry,
		VMI_WriteIDTEntry, VMI_GetWallclockTime, VMI_FlushTLB,
		VMI_InvalPage, CALL_NOTE, VMI_CancelAlarm, VMI_APICRead,
	};

	for (u32 i = 0; i < ARRAY_SIZE(calls); i++)
		for (u32 k = 0; k < ARRAY_SIZE(bad_pointers); k++) {
			struct gpr r = { .esi = bad_pointers[k],
					 .eax = NOWHERE, .ecx = 5, .edx = 7 };

			stack_nowhere(calls[i], &r);
		}
	sound();
}

static u32 pointer;

static void call_with(u32 nr)
{
	ops[nr](pointer, nr >= VMI_WriteGDTEntry && nr <= VMI_WriteIDTEntry ?
		random() : pointer, pointer, random(), random());
}

static void t_pointers(void)
{
	static const u32 calls[] = {
		VMI_SetGDT, VMI_GetGDT, VMI_GetIDT, VMI_SetIDT,
		VMI_WriteGDTEntry, VMI_WriteLDTEntry, VMI_WriteIDTEntry,
		VMI_SetInitialAPState, VMI_InvalPage,
	};
	struct desc_ptr p;

	for (u32 i = 0; i < ARRAY_SIZE(calls); i++)
		for (u32 k = 0; k < ARRAY_SIZE(bad_pointers); k++) {
			pointer = bad_pointers[k];
			if (pointer == VMI_TOP && calls[i] != VMI_InvalPage)
				continue;	/* it may be written to */
			if (pointer == 0xc00f0000 && (calls[i] == VMI_SetGDT ||
						      calls[i] == VMI_SetIDT))
				continue;	/* and this can be read */
			traps(call_with, calls[i]);
		}
	vmi(GetGDT, (u32)&p);
	EQ(p.base, (u32)gdt);
	vmi(GetIDT, (u32)&p);
	EQ(p.base, (u32)idt);
	sound();
}

/* Stores an entry, then tells of it: only the store faults. */
static void entry_at(u32 at)
{
	if (pae)
		vmi(SetPxELong, ~0u, ~0u, at, VMI_PAGE_PT);
	else
		vmi(SetPxE, ~0u, at, VMI_PAGE_PT);
}

static void t_entries(void)
{
	for (u32 k = 0; k < ARRAY_SIZE(bad_pointers); k++) {
		u32 at = bad_pointers[k];

		if (at != VMI_TOP && at != 0xc00f0000)
			CHECK(traps(entry_at, at));
		vmi(UpdatePxE, at, VMI_PAGE_PT);
		vmi(UpdatePxELong, at, VMI_PAGE_PD);
		vmi(FlushTLB, VMI_FLUSH_TLB);
	}
	sound();
}

static void t_init_again(void)
{
	struct gpr r = patterns(1, 2, 4), was = r;

	for (u32 i = 0; i < 2; i++) {
		invoke((void *)rom->init, &r, 0, 0);
		CHECK(r.eax);
		changed_only(&r, &was, VMI_EAX | VMI_ECX | VMI_EDX);
	}
	sound();
}

/* ---- interrupts by instruction -------------------------------------------------- */

static bool is_device(u32 vector)
{
	return vector == VECTOR_IRQ(0) || vector == VECTOR_IRQ(TEST_IRQ) ||
	       vector == VECTOR_LVTT;
}

static void t_int(void)
{
	nmi_is_trap = true;
	for (u32 v = 0; v < 256; v++) {
		u8 insn[] = { 0xcd, (u8)v };
		struct gpr r = { .ebx = 1000 };
		bool open = (idt[v] >> 45 & 3) == 3;

		if (is_device(v))
			continue;
		EQ(kernel_code(insn, 2, &r), v != MONITOR_VECTOR);
		if (v != MONITOR_VECTOR)
			EQ(trapped.vector, v);
		user_bytes(insn, 2, 1000);
		EQ(trapped.vector, open ? v : TRAP_GP);
		if (!open)
			EQ(trapped.error, v * 8 + 2);
	}
	nmi_is_trap = false;
	sound();
}

/* Each way to say it; INTO wants an overflow first. */
static void t_int_rights(void)
{
	static const struct {
		u8 vector, at, end, bytes[8];
	} what[] = {
		{ VECTOR_SYSCALL, 0, 2, { 0xcd, VECTOR_SYSCALL } },
		{ TRAP_BREAKPOINT, 0, 1, { 0xcc } },
		{ TRAP_BREAKPOINT, 0, 2, { 0xcd, TRAP_BREAKPOINT } },
		{ TRAP_OVERFLOW, 4, 5, { 0xb0, 0x7f, 0x04, 1, 0xce } },
		{ TRAP_OVERFLOW, 0, 2, { 0xcd, TRAP_OVERFLOW } },
		{ VECTOR, 0, 2, { 0xcd, VECTOR } },
		{ TRAP_INVALID_OP, 0, 2, { 0xcd, TRAP_INVALID_OP } },
	};

	for (u32 i = 0; i < ARRAY_SIZE(what); i++) {
		u32 v = what[i].vector, at = USER_CODE + USER_AREA;
		u64 was = idt[v];

		for (u32 dpl = 0; dpl < 5; dpl++) {
			/* The last one is not there. */
			gate_access(v, dpl < 4 ? 0x8e | dpl << 5 : 0x6e);
			EQ(kernel_code(what[i].bytes, 8, NULL), true);
			EQ(trapped.vector, dpl < 4 ? v : TRAP_NOT_PRESENT);
			user_bytes(what[i].bytes, what[i].end, 0);
			EQ(trapped.vector, dpl == 3 ? v : dpl < 3 ? TRAP_GP :
					   TRAP_NOT_PRESENT);
			EQ(trapped.error, dpl == 3 ? 0 : v * 8 + 2);
			EQ(trapped.eip - at, dpl == 3 ? what[i].end : what[i].at);
		}
		write_gate(v, was);
	}
	sound();
}

/* Types of gates: two are good, the rest is none. */
static void t_gates(void)
{
	u64 was = idt[VECTOR];

	for (u32 type = 0; type < 32; type++)
		for (u32 bits = 0; bits < 8; bits++) {
			bool good = (type & ~1u) == GATE_INTERRUPT && bits & 4;

			gate_access(VECTOR, type | bits << 5);
			CHECK(KERNEL(NULL, 0xcd, VECTOR));
			EQ(trapped.vector == VECTOR, good);
			USER(0, 0xcd, VECTOR);
			EQ(trapped.vector == VECTOR, good && (bits & 3) == 3);
		}
	write_gate(VECTOR, was);
	sound();
}

/* A handler with a selector of any kind: the fault has a handler that works. */
static void t_gate_selectors(void)
{
	u64 was = idt[VECTOR];

	for (u32 selector = 0; selector < 0x10000; selector += 1) {
		u64 gate = GATE(selector, (u32)stubs[VECTOR], GATE_TRAP, 0);

		if (selector == 0x200)
			selector = 0xe000;
		write_gate(VECTOR, gate);
		CHECK(KERNEL(NULL, 0xcd, VECTOR));
		if (selector == 0xe080)
			selector = 0xff00;
	}
	write_gate(VECTOR, was);
	sound();
}

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

static bool read_msr(u32 msr, u64 *value)
{
	struct gpr r = { .ecx = msr };
	bool faulted = KERNEL(&r, 0x0f, 0x32);

	*value = r.eax | (u64)r.edx << 32;
	return !faulted;
}

static bool write_msr(u32 msr, u64 value)
{
	struct gpr r = { .ecx = msr, .eax = (u32)value,
			 .edx = (u32)(value >> 32) };

	return !KERNEL(&r, 0x0f, 0x30);
}

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

/* ---- IRET ------------------------------------------------------------------------ */

static void t_iret(void)
{
	static const u32 cs[] = {
		0, 1, 2, 3, 4, 7, KERNEL_CS, KERNEL_CS + 1, KERNEL_CS + 2,
		KERNEL_CS + 3, KERNEL_DS, KERNEL_DS + 1, USER_CS - 3,
		USER_CS - 2, USER_CS - 1, USER_DS, TSS_SEL, TSS_SEL + 3, 0xe008,
		0xe009, 0xe00a, 0xe00b, 0xe010, 0xe013, 0xe01a, 0xe01b, 0xe040,
		0xe043, 0xe050, 0xe060, 0xfffb, 0xffff,
	};
	static const u32 ss[] = {
		0, 1, 3, 7, KERNEL_DS, KERNEL_DS + 1, KERNEL_DS + 3, USER_CS,
		USER_DS - 3, USER_DS - 1, 0xe008, 0xe010, 0xe013, 0xe021, 0xe033,
		0xe043, 0xffff,
	};

	for (u32 i = 0; i < ARRAY_SIZE(cs); i++)
		for (u32 k = 0; k < 8; k++) {
			struct frame f = start(user_return, 0, k & 1 ? EFLAGS_IF
								      : 0);

			f.cs = cs[i];
			f.eip = k & 2 ? NOWHERE : 0xfffffff0;
			f.eflags |= k & 4 ? EFLAGS_NT | EFLAGS_TF | EFLAGS_AC |
				    EFLAGS_IOPL : 0;
			enter(&f, user_stack_top);
			CHECK(trapped.vector < 32);
		}
	for (u32 i = 0; i < ARRAY_SIZE(ss); i++)
		for (u32 k = 0; k < 2; k++) {
			struct frame f = start(user_return, 0, k ? EFLAGS_IF : 0);

			f.ss = ss[i];
			enter(&f, user_stack_top);
			CHECK(trapped.vector < 32 || ss[i] == 0xe033);
		}
	sound();
}

/*
 * QEMU's TCG lets IRET of any ring set EFLAGS.VM in 64-bit mode, as no CPU does:
 * whatever the program makes of that is its own #GP.
 */
static void t_vm86(void)
{
	static const u8 there[][4] = { { 0xf4 }, { 0xcd, 0x80 }, { 0x0f, 0x20, 0xd8 } };
	u8 *low = alloc_page();
	u8 iret[] = {		/* GS FS DS ES SS ESP EFLAGS CS EIP */
		0x6a, 0, 0x6a, 0, 0x6a, 0, 0x6a, 0, 0x6a, 0, 0x6a, 0,
		0x68, 2, 0x32, 2, 0, 0x6a, 0, 0x68, 0, 1, 0, 0, 0xcf,
	};

	map_page(swapper, 0, page_pa(low) | PTE_P | PTE_W | PTE_U);
	for (u32 i = 0; i < 4 * (ARRAY_SIZE(there) + 1); i++) {
		u32 cs = i % 4, what = i / 4;

		iret[18] = cs;
		iret[21] = what < ARRAY_SIZE(there) ? 1 : 0x20;
		if (what < ARRAY_SIZE(there))
			__builtin_memcpy(low + cs * 16 + 0x100, there[what], 4);
		user_bytes(iret, sizeof(iret), 0);
		EQ(trapped.vector, TRAP_GP);
		EQ(trapped.cs & 3, 3);
		EQ(trapped.eflags & EFLAGS_VM, 0);
	}
	for (u32 cs = 0; cs < 4; cs++) {
		struct frame f = start(user_return, 0, EFLAGS_IF | EFLAGS_VM);

		f.cs = cs;
		f.eip = 0x100;
		enter(&f, (char *)((u32)user_stack_top - 16));
		EQ(trapped.vector, TRAP_GP);
	}
	map_page(swapper, 0, 0);
	sound();
}

/* The frame is where nothing is, or begins in what is and ends elsewhere. */
static void iret_at(u32 esp)
{
	struct gpr r = { .esi = esp, .edi = (u32)ops[VMI_IRET] };

	/* mov %esi, %esp would lose the stack that the fault comes on: so the
	 * frame alone is bad, behind 8 bytes that are good. */
	KERNEL(&r, 0x89, 0xf4, 0xff, 0xd7);
}

static void t_iret_frames(void)
{
	u32 last = area(3);

	map_area(2, page_pa(alloc_page()) | PTE_P | PTE_W);
	map_area(3, 0);
	for (u32 n = 16; n <= 64; n += 4) {
		iret_at(last - n);
		check(trapped.vector != VECTOR_SYSCALL, "it trapped");
	}
	sound();
}

/* ---- the shared page -------------------------------------------------------------- */

static void t_page(void)
{
	u32 read = VMI_TOP + 64;

	user(user_read, read, EFLAGS_IF);
	EQ(trapped.vector, TRAP_PAGE_FAULT);
	EQ(trapped.error & ~PF_EXEC, PF_USER | PF_PRESENT);
	user(user_write, read, EFLAGS_IF);
	EQ(trapped.vector, TRAP_PAGE_FAULT);
	user(user_jump, read, EFLAGS_IF);
	EQ(trapped.vector, TRAP_PAGE_FAULT);
	CHECK(traps(execute, read));
	EQ(trapped.vector, TRAP_PAGE_FAULT);
	for (u32 va = VMI_TOP + PAGE_SIZE; va; va += PAGE_SIZE) {
		CHECK(traps(peek, va));
		CHECK(traps(poke, va));
	}
	sound();
}

static void t_queue(void)
{
	for (u32 i = 0; i < 3000; i++) {
		page->tail = random() >> below(32);
		page->head = below(2) ? random() >> below(32) :
			     page->tail - below(SHARED_QUEUE_SIZE * 2);
		for (u32 n = below(SHARED_QUEUE_SIZE); n--;) {
			page->queue[n].what = below(6);
			page->queue[n].about = random() >> below(32);
		}
		if (below(2))
			vmi(FlushTLB, VMI_FLUSH_TLB);
		else
			vmi(UpdatePxE, random(), 0);
	}
	page->head = page->tail = 0;
	__builtin_memset(page->queue, 0, sizeof(page->queue));
	vmi(FlushTLB, VMI_FLUSH_TLB | VMI_FLUSH_GLOBAL);
	vmi(SetCR3, page_pa(swapper));
	sound();
}

static u32 steps_left;

/* Of another entry: more than the queue has room for. */
static void note_many(void)
{
	if (--steps_left)
		return;
	for (u32 i = 0; i < SHARED_QUEUE_SIZE + 50; i++)
		update_entry(area_entry(1), VMI_PAGE_PT);
}

/* Interrupted at each of its instructions, by what makes more changes. */
static void t_note(void)
{
	u32 *page[2] = { alloc_page(), alloc_page() };

	*page[1] = 1;
	map_area(0, page_pa(page[0]) | PTE_P | PTE_W);
	debug_goes_on = true;
	at_debug = note_many;
	for (u32 at = 1; at < 30; at++) {
		struct gpr r = { .eax = (u32)area_entry(0), .edx = VMI_PAGE_PT,
				 .flags = EFLAGS_TF };

		EQ(*(volatile u32 *)area(0), !(at & 1));
		store_entry(area_entry(0), page_pa(page[at & 1]) | PTE_P | PTE_W |
			    PTE_A);
		steps_left = at;
		invoke(ops[VMI_UpdatePxE], &r, 0, 0);
		asm volatile("push %0\n\tpopf" : : "i" (EFLAGS_FIXED));
		vmi(FlushTLB, VMI_FLUSH_TLB);
		EQ(*(volatile u32 *)area(0), at & 1);
	}
	at_debug = NULL;
	debug_goes_on = false;
	map_area(0, 0);
	sound();
}

static void t_bytes(void)
{
	u32 *word = (u32 *)page, cr0 = (u32)vmi(GetCR0), cr4 = (u32)vmi(GetCR4);

	for (u32 i = 0; i < 256; i++) {
		for (u32 n = 0; n < 30; n++)
			if (n != 16 && n != 17)
				word[n] = random();
		page->head = page->tail;
		page->vcpu.mask = i;
		vmi(FlushTLB, VMI_FLUSH_TLB);
		traps(peek, NOWHERE);
		page->vcpu.mask = i;
		KERNEL(NULL, 0xcd, VECTOR_SYSCALL);
		site_save_fl();
	}
	site_irq_disable();
	vmi(SetGDT, (u32)&gdtr);
	vmi(SetIDT, (u32)&idtr);
	vmi(SetCR0, cr0);
	vmi(SetCR3, page_pa(swapper));
	vmi(SetCR4, cr4);
	vmi(SetLDT, 0);
	vmi(SetTR, TSS_SEL);
	sound();
}

const struct test attack_cpu_tests[] = {
	{ "a wild number of GetRelocationInfo has no answer", t_relocation },
	{ "a call with an unknown number, or of ring 3, does nothing", t_numbers },
	{ "a call whose stack is nowhere does no harm", t_stacks },
	{ "bad pointers do no harm to tables", t_pointers },
	{ "an entry that is nowhere is not believed", t_entries },
	{ "VMI_Init under the monitor fails", t_init_again },
	{ "int n reaches its handler, and ring 3 only what is open", t_int },
	{ "INT of ring 3 goes where the DPL of the gate lets it", t_int_rights },
	{ "a gate of a wrong type is none", t_gates },
	{ "a gate to any selector is no way into the monitor", t_gate_selectors },
	{ "no descriptor leads to ring 0 or to 64-bit code", t_descriptors },
	{ "the monitor's selectors lead nowhere", t_selectors },
	{ "tables in pages that are not there are empty", t_tables },
	{ "control registers are the guest's own", t_control },
	{ "debug registers stop no call", t_debug },
	{ "single steps end at the monitor", t_steps },
	{ "MSRs of the monitor keep their values", t_msrs },
	{ "wild numbers and values of MSRs do no harm", t_all_msrs },
	{ "SYSENTER and SYSEXIT lead to rings 1 and 3 alone", t_sysenter },
	{ "instructions of hypervisors and 64-bit code fault", t_instructions },
	{ "a frame that IRET refuses is the guest's fault", t_iret },
	{ "a frame in a page that is not there, too", t_iret_frames },
	{ "virtual 8086 mode is the program's fault", t_vm86 },
	{ "the shared page is the kernel's, and no code", t_page },
	{ "garbage in the queue does no harm", t_queue },
	{ "nor do wild bytes in the shared page", t_bytes },
	{ "a change that is told while many others are is not lost", t_note },
	{ }
};
