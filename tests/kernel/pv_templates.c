// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each operation done three ways: through the table, by a direct call, and by
 * its template, from a site that is encoded into a page of generated code. It
 * has to do the same every time, to registers, memory and machine, and may
 * change no register that its class keeps. Operations without a template are
 * tried too where that does no harm.
 *
 * Not tried: halt (with interrupts off it never returns, with them on it may
 * miss the one that wakes it); memory_map, start_irqs and start_clock (boot
 * alone can do them); shutdown; alarm_set and alarm_cancel (the kernel's own
 * alarm: pend_timer() and timer sleeps use them).
 *
 * Read next: pv_calls.c.
 */
#include <arch/desc.h>
#include <kernel/task.h>
#include "pv_test.h"

#define TESTDEV_PORT	0xe0		/* a register of QEMU's pc-testdev */
#define FORMS		3		/* one for each level */
#define CR4_TSD		0x4
#define IRET_HEAD	8		/* bytes of the code around an iret */
#define PUSH_EAX	0x50
#define PUSH_ECX	0x51
#define PUSH_EDX	0x52
#define THUNK		(CODE_VA + 64)	/* of which there are the registers */

/* Where operations may write. */
static struct {
	struct desc_ptr gdt, idt;
	u8 bytes[2 * sizeof(struct desc_ptr) + 56];
} scratch;

/* All that operations change, as far as it can be seen. */
struct machine {
	u32 flags, cr0, cr2, cr3, cr4, dr0, tr, ldt, esp0, port;
	struct desc_ptr gdtr, idtr;
	u64 tls[GDT_TLS_COUNT], tss, sysenter;
	u8 scratch[sizeof(scratch)];
};

struct outcome {
	struct cpu_regs regs;
	struct machine machine;
};

static struct machine base;
static struct outcome outcomes[FORMS];
static const struct cpu_regs known = {
	0xa1a2a3a4, 0xb1b2b3b4, 0xc1c2c3c4, 0xd1d2d3d4, 0x51525354, 0x61626364,
	0x71727374,
};
static u8 *code;
static bool tried[PV_OPS];

static void capture(struct machine *m)
{
	memset(m, 0, sizeof(*m));
	m->flags = save_fl() & EFLAGS_IF;
	m->cr0 = read_cr0();
	m->cr2 = read_cr2();
	m->cr3 = read_cr3();
	m->cr4 = read_cr4();
	m->dr0 = get_debugreg(0);
	m->tr = store_tr();
	m->ldt = store_ldt();
	m->esp0 = tss.esp0;
	m->port = inl(TESTDEV_PORT);
	store_gdt(&m->gdtr);
	store_idt(&m->idtr);
	memcpy(m->tls, &gdt[GDT_TLS], sizeof(m->tls));
	m->tss = gdt[GDT_TSS];
	if (cpu.features & CPU_SEP)
		m->sysenter = rdmsr(MSR_SYSENTER_CS);
	memcpy(m->scratch, &scratch, sizeof(scratch));
}

/* The state that every run begins with; TS is set so that clts has work. */
static void reset(void)
{
	write_cr0(base.cr0 | CR0_TS);
	write_cr4(base.cr4);
	set_debugreg(0, base.dr0);
	load_esp0(base.esp0);
	outl(0x11223344, TESTDEV_PORT);
	if (cpu.features & CPU_SEP)
		wrmsr(MSR_SYSENTER_CS, base.sysenter);
	memset(&scratch, 0x77, sizeof(scratch));
	scratch.gdt = base.gdtr;
	scratch.idt = base.idtr;
}

/* The registers of an inlined site, as its thunk would say it. */
static u8 push[PV_REGS];

/* Those where the function has them; a 64-bit result leaves its argument. */
static void choose_usual(u32 op)
{
	bool word = promises[op].bits && promises[op].bits < 64;

	push[0] = PUSH_EAX;
	push[1] = word ? PUSH_EAX : PUSH_EDX;
	push[2] = PUSH_ECX;
}

/* Encodes a site at CODE_VA; iret gets a frame to return with. */
static void generate(u32 op, enum pv_level level)
{
	static const u8 iret_frame[IRET_HEAD] = {
		0x9c,				/* pushf */
		0x0e,				/* push %cs */
		0xe8, 1, 0, 0, 0,		/* call over the ret: eip */
		0xc3,				/* ret */
	};
	bool jump = promises[op].class == JUMP;
	const struct pv_template *t = pv_impl[op].template;
	u32 start = jump ? IRET_HEAD : 0;
	struct pv_site site = {
		.addr = CODE_VA + start,
		.thunk = level == PV_LEVEL_INLINE && t && t->regs ? THUNK : 0,
		.op = op, .len = max(promises[op].bytes, (u8)PV_SITE_MIN),
		.kind = jump ? PV_SITE_JUMP : PV_SITE_CALL,
	};
	struct pv_text text = code_text(code, &site);
	struct pv_state state = { level, pv_impl };
	enum pv_form form;
	u32 regs[4];

	if (jump)
		memcpy(code, iret_frame, IRET_HEAD);
	memcpy(code + THUNK - CODE_VA - PV_REGS, push, PV_REGS);
	code[start + site.len] = 0xc3;
	EXPECT_OP(op, pv_encode(&text, &site, &state, code + start,
				&form) == PV_OK);
	cpuid(0, 0, regs);			/* written at another address */
}

/* From the state that every run begins with, and o->regs, to what comes of it. */
static void run_form(u32 op, enum pv_level level, bool (*before)(void),
		     struct outcome *o)
{
	reset();
	generate(op, level);
	if (before)
		EXPECT_OP(op, before());
	run_code(CODE_VA, &o->regs);
	capture(&o->machine);
	irq_disable();
}

/* Runs an operation in each form, from the same state with the same args. */
static void run_forms(u32 op, bool (*before)(void), struct cpu_regs regs)
{
	choose_usual(op);
	for (u32 level = 0; level < FORMS; level++) {
		outcomes[level].regs = regs;
		run_form(op, level, before, &outcomes[level]);
	}
	tried[op] = true;
}

static void (*judge)(u32 op, const struct cpu_regs *before);

static void trial(u32 op, bool (*before)(void), u32 eax, u32 edx, u32 ecx)
{
	struct cpu_regs regs = known;

	regs.eax = eax;
	regs.edx = edx;
	regs.ecx = ecx;
	run_forms(op, before, regs);
	judge(op, &regs);
}

#define TRY0(op)		trial(PV_NR_##op, NULL, known.eax, known.edx, \
				      known.ecx)
#define TRY1(op, a)		trial(PV_NR_##op, NULL, a, known.edx, known.ecx)
#define TRY2(op, a, d)		trial(PV_NR_##op, NULL, a, d, known.ecx)
#define TRY3(op, a, d, c)	trial(PV_NR_##op, NULL, a, d, c)
#define AFTER(before, op, a)	trial(PV_NR_##op, before, a, known.edx, \
				      known.ecx)

/* ---- the trials --------------------------------------------------------- */

static bool irqs_on(void)
{
	irq_enable();
	return true;
}

/* TR takes only a TSS that is not busy. */
static bool tss_free(void)
{
	u64 entry = gdt[GDT_TSS] & ~((u64)0x02 << 40);

	write_gdt_entry(gdt, GDT_TSS, &entry);
	return true;
}

static void try_irq(void)
{
	TRY0(save_fl);
	AFTER(irqs_on, save_fl, 0);
	TRY1(restore_fl, EFLAGS_FIXED | EFLAGS_IF);
	AFTER(irqs_on, restore_fl, EFLAGS_FIXED);
	AFTER(irqs_on, irq_disable, known.eax);
	TRY0(irq_enable);
	AFTER(pend_timer, safe_halt, known.eax);
	AFTER(irqs_on, iret, known.eax);
}

static void try_cpu(void)
{
	TRY0(read_cr0);
	TRY1(write_cr0, base.cr0 ^ CR0_TS);
	TRY0(read_cr2);
	TRY0(read_cr3);
	TRY1(write_cr3, base.cr3);
	TRY0(read_cr4);
	TRY1(write_cr4, base.cr4 ^ CR4_TSD);
	TRY0(clts);
	TRY2(set_debugreg, 0, 0x1234);
	TRY1(get_debugreg, 6);
	TRY3(cpuid, 0, 0, (u32)&scratch);
	TRY0(rdtsc);
	TRY0(wbinvd);
	if (cpu.features & CPU_SEP) {
		TRY1(rdmsr, MSR_SYSENTER_CS);
		TRY3(wrmsr, MSR_SYSENTER_CS, 0x5678, 0);
	}
}

static void try_segment(void)
{
	u32 pointer = (u32)&scratch.gdt, to = (u32)scratch.bytes;

	TRY1(load_gdt, pointer);
	TRY1(load_idt, (u32)&scratch.idt);
	AFTER(tss_free, load_tr, base.tr);
	TRY1(store_gdt, to);
	TRY1(store_idt, to);
	TRY0(store_ldt);
	TRY0(store_tr);
	TRY3(write_gdt_entry, to, 2, pointer);
	TRY3(write_idt_entry, to, 3, pointer);
	TRY3(write_ldt_entry, to, 4, pointer);
	TRY1(load_tls, (u32)base.tls);
	TRY1(load_esp0, base.esp0 - 64);
	TRY1(set_iopl, (u32)current);
	if (!base.ldt)
		TRY2(set_ldt, 0, 0);
}

static void try_io(void)
{
	u32 to = (u32)scratch.bytes;

	TRY2(inb, known.eax, TESTDEV_PORT);
	TRY2(inw, known.eax, TESTDEV_PORT);
	TRY2(inl, known.eax, TESTDEV_PORT);
	TRY2(outb, 0x55667788, TESTDEV_PORT);
	TRY2(outw, 0x55667788, TESTDEV_PORT);
	TRY2(outl, 0x55667788, TESTDEV_PORT);
	TRY3(insb, to, TESTDEV_PORT, 3);
	TRY3(insw, to, TESTDEV_PORT, 3);
	TRY3(insl, to, TESTDEV_PORT, 3);
	TRY3(outsb, (u32)&known, TESTDEV_PORT, 3);
	TRY3(outsw, (u32)&known, TESTDEV_PORT, 3);
	TRY3(outsl, (u32)&known, TESTDEV_PORT, 3);
	TRY0(io_delay);
}

/* Entries lie in plain memory; the announced tables are nobody's. */
static void try_mmu(void)
{
	u32 entry = (u32)scratch.bytes;

	TRY2(alloc_l1, entry, 0);
	TRY2(alloc_l2, entry, 0);
	TRY1(alloc_l3, entry);
	TRY1(release_l1, entry);
	TRY1(release_l2, entry);
	TRY1(release_l3, entry);
	TRY3(get_pte, entry, known.edx, entry);
	TRY1(pte_frame, entry);
	TRY3(set_pte, entry, 0x12345067, 0x80000000);
	TRY3(modify_pte, entry, 0x12345067, 0x80000000);
	TRY1(clear_pte, entry);
	TRY2(set_l2, entry, 0x12345067);
	TRY2(set_l3, entry, 0x12345001);
	TRY1(flush_tlb_page, DATA_VA);
	TRY0(flush_tlb_user);
	TRY0(flush_tlb_all);
	TRY1(mm_activate, base.cr3);
	TRY1(mm_dup, (u32)&kernel_mm);
	TRY1(mm_exit, (u32)&kernel_mm);
	TRY0(lazy_mmu_begin);
	TRY0(lazy_mmu_end);
	TRY0(lazy_cpu_begin);
	TRY0(lazy_cpu_end);
}

static void try_rest(void)
{
	TRY0(clock_ns);
	TRY0(wall_clock);
	TRY0(steal_ns);
	TRY2(console_write, (u32)"", 0);
	TRY2(console_read, (u32)&scratch, 0);
}

static void try_all(void (*how)(u32 op, const struct cpu_regs *before))
{
	judge = how;
	irq_disable();
	capture(&base);
	code = code_page();
	if (code) {
		try_irq();
		try_cpu();
		try_segment();
		try_io();
		try_mmu();
		try_rest();
		code_page_free(code);
	}
	reset();
	write_cr0(base.cr0);
	irq_enable();
	alarm_set(0);		/* the kernel finds out what it waits for */
}

/* ---- what they show ----------------------------------------------------- */

static u64 result(u32 op, const struct cpu_regs *regs)
{
	u32 bits = promises[op].bits, eax = bits ? regs->eax : 0;

	if (bits == 64)
		return eax | (u64)regs->edx << 32;
	if (op == PV_NR_save_fl)
		return eax & EFLAGS_IF;
	return bits < 32 ? eax & ~(~0u << bits) : eax;
}

static void expect_same(u32 op, const struct cpu_regs *unused)
{
	bool clock = op == PV_NR_rdtsc || op == PV_NR_clock_ns ||
		op == PV_NR_wall_clock;

	for (u32 i = 1; i < FORMS; i++) {
		const struct outcome *a = &outcomes[i - 1], *b = &outcomes[i];
		u64 was = result(op, &a->regs), is = result(op, &b->regs);

		EXPECT_OP(op, clock ? is > was : is == was);
		EXPECT_OP(op, !memcmp(&a->machine, &b->machine,
				      sizeof(a->machine)));
	}
}

/* 9 */
SELFTEST_HOOKS(templates, "pv: a template does the same as the operation's "
	       "function")
{
	if (!on_native())
		return;
	memset(tried, 0, sizeof(tried));
	try_all(expect_same);
	for (u32 op = 0; op < PV_OPS; op++)
		EXPECT_OP(op, tried[op] || !pv_impl[op].template ||
			  op == PV_NR_halt ||
			  (!(cpu.features & CPU_SEP) &&
			   (op == PV_NR_rdmsr || op == PV_NR_wrmsr)));
}

static void expect_kept(u32 op, const struct cpu_regs *before)
{
	u32 result = result_in(op);

	for (u32 i = 0; i < FORMS; i++) {
		const struct cpu_regs *after = &outcomes[i].regs;

		EXPECT_OP(op, after->ebx == before->ebx);
		EXPECT_OP(op, after->esi == before->esi);
		EXPECT_OP(op, after->edi == before->edi);
		EXPECT_OP(op, after->ebp == before->ebp);
		if (promises[op].class == PLAIN)
			continue;
		EXPECT_OP(op, result & ECX || after->ecx == before->ecx);
		EXPECT_OP(op, result & EDX || after->edx == before->edx);
		EXPECT_OP(op, result & EAX || after->eax == before->eax);
	}
}

/* 5 */
SELFTEST_HOOKS(registers, "pv: an operation keeps the registers its class "
	       "promises, at every level")
{
	if (!on_native())
		return;
	try_all(expect_kept);
}

/* ---- registers that the compiler chose ---------------------------------- */

static u32 *reg(struct cpu_regs *regs, u32 push)
{
	u32 *const at[] = {
		&regs->eax, &regs->ecx, &regs->edx, &regs->ebx, NULL,
		&regs->ebp, &regs->esi, &regs->edi,
	};

	return at[push & 7];
}

/* Operands in the registers of the octal digits of `choice`; not all can be. */
static bool choose(u32 choice, u32 operands)
{
	for (u32 n = 0; n < PV_REGS; n++) {
		u32 number = choice >> 3 * n & 7;

		push[n] = PUSH_EAX + number;
		if (n < operands && number == 4)
			return false;
		for (u32 other = 0; other < n && n < operands; other++)
			if (push[other] == push[n])
				return false;
	}
	return true;
}

/* The function's outcome, but with operands in these registers. */
static void expect_there(u32 op, u32 results, const u32 *args)
{
	u32 operands = pv_impl[op].template->regs;
	struct outcome *want = &outcomes[0], *o = &outcomes[1];
	struct cpu_regs after = known;

	o->regs = known;
	for (u32 n = results; n < operands; n++)
		*reg(&o->regs, push[n]) = args[n - results];
	after = o->regs;
	run_form(op, PV_LEVEL_INLINE, NULL, o);
	for (u32 n = 0; n < results; n++)
		*reg(&after, push[n]) = n ? want->regs.edx : want->regs.eax;
	if (op == PV_NR_save_fl)
		*reg(&o->regs, push[0]) ^= (*reg(&o->regs, push[0]) ^
					    want->regs.eax) & ~EFLAGS_IF;
	EXPECT_OP(op, !memcmp(&o->regs, &after, sizeof(after)));
	EXPECT_OP(op, !memcmp(&o->machine, &want->machine,
			      sizeof(o->machine)));
}

static void expect_anywhere(u32 op, const struct cpu_regs *before)
{
	const struct pv_template *t = pv_impl[op].template;
	u32 args[] = { before->eax, before->edx, before->ecx };

	if (!t || !t->regs)
		return;
	outcomes[0].regs = *before;
	run_form(op, PV_LEVEL_DIRECT, NULL, &outcomes[0]);
	for (u32 choice = 0; choice < 1u << 3 * t->regs; choice++)
		if (choose(choice, t->regs))
			expect_there(op, (promises[op].bits + 31) / 32, args);
}

SELFTEST_HOOKS(anywhere, "pv: a template does the same with its operands in "
	       "any registers")
{
	if (has_templates())
		try_all(expect_anywhere);
}

/* What generate() and reset() make of a site must itself do something. */
SELFTEST_HOOKS(effects, "pv: generated sites act: the state they begin with "
	       "changes")
{
	struct machine before;

	if (!on_native())
		return;
	judge = expect_same;
	irq_disable();
	capture(&base);
	code = code_page();
	if (code) {
		reset();
		capture(&before);
		TRY0(clts);
		EXPECT(before.cr0 != outcomes[PV_LEVEL_INLINE].machine.cr0);
		TRY1(clear_pte, (u32)scratch.bytes);
		EXPECT(!scratch.bytes[0] && !scratch.bytes[7]);
		EXPECT_EQ(scratch.bytes[8], 0x77);
		TRY0(irq_enable);
		EXPECT(outcomes[PV_LEVEL_INLINE].machine.flags & EFLAGS_IF);
		code_page_free(code);
	}
	reset();
	write_cr0(base.cr0);
	irq_enable();
}
