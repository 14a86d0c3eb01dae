// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Attacks with gates, interrupts by instruction, and frames for IRET. vmi-abi 5, 6.
 */
#include "attack.h"

#define VECTOR		0x41

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
			CHECK(trapped.vector < 32);
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

const struct test attack_trap_tests[] = {
	{ "int n reaches its handler, and ring 3 only what is open", t_int },
	{ "INT of ring 3 goes where the DPL of the gate lets it", t_int_rights },
	{ "a gate of a wrong type is none", t_gates },
	{ "a gate to any selector is no way into the monitor", t_gate_selectors },
	{ "a frame that IRET refuses is the guest's fault", t_iret },
	{ "a frame in a page that is not there, too", t_iret_frames },
	{ "virtual 8086 mode is the program's fault", t_vm86 },
	{ }
};
