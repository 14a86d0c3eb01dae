// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each operation done at each level: through the table, by a direct call, and
 * inlined, from a copy of one of its sites in a page of generated code. It has
 * to do the same every time, to registers, memory and machine, and may change
 * no register that its class keeps.
 *
 * Not tried: halt (with interrupts off it never returns, with them on it may
 * miss the one that wakes it); memory_map, start_irqs, start_clock and
 * start_alarm (boot alone can do them); shutdown; alarm_set and alarm_cancel
 * (the kernel's own alarm: pend_timer() and timer sleeps use them).
 */
#include <arch/desc.h>
#include <kernel/task.h>
#include "pv_test.h"

#define TESTDEV_PORT	0xe0		/* a register of QEMU's pc-testdev */
#define FORMS		3		/* one for each level */
#define IRET_HEAD	8		/* bytes of the code around an iret */

/* Where operations may write. */
static struct {
	struct desc_ptr gdt, idt;
	u8 bytes[2 * sizeof(struct desc_ptr) + 56];
} scratch;

/* All that operations change, as far as it can be seen. */
struct machine {
	u32 flags, cr0, cr2, cr3, cr4, dr0, esp0, port;
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
	m->esp0 = tss.esp0;
	m->port = inl(TESTDEV_PORT);
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
	load_esp0(base.esp0, 0);
	outl(0x11223344, TESTDEV_PORT);
	if (cpu.features & CPU_SEP)
		wrmsr(MSR_SYSENTER_CS, base.sysenter);
	memset(&scratch, 0x77, sizeof(scratch));
	scratch.gdt = (struct desc_ptr){ GDT_ENTRIES * 8 - 1, (u32)gdt };
	scratch.idt = (struct desc_ptr){ sizeof(idt) - 1, (u32)idt };
}

static const struct pv_site *site_of(u32 op)
{
	return find_site(op, promises[op].class);
}

/* A copy of a site of the operation; iret gets a frame to return with. */
static void generate(u32 op, enum pv_level level)
{
	static const u8 iret_frame[IRET_HEAD] = {
		0x9c,				/* pushf */
		0x0e,				/* push %cs */
		0xe8, 1, 0, 0, 0,		/* call over the ret: eip */
		0xc3,				/* ret */
	};
	static u8 linked[IRET_HEAD + PV_SITE_MAX];
	const struct pv_site *original = site_of(op);
	struct pv_site site = *original;
	struct pv_text text = code_text(code, &site);
	struct pv_state state = { level, pv_impl };
	u32 start = site.class == PV_CLASS_JUMP ? IRET_HEAD : 0, regs[4];
	enum pv_form form;

	site.addr = CODE_VA + start;
	text.linked = (struct pv_range){
		CODE_VA, CODE_VA + sizeof(linked), linked
	};
	memcpy(linked + start, pv_text.linked.bytes +
	       (original->addr - pv_text.linked.start), site.len);
	if (site.class == PV_CLASS_ANY) {
		u32 distance = thunk_of(original) - (site.addr + site.len);

		memcpy(linked + site.len - sizeof(distance), &distance,
		       sizeof(distance));
	}
	memcpy(code, iret_frame, start);
	EXPECT_OP(op, pv_encode(&text, &site, &state, code + start,
				&form) == PV_OK);
	code[start + site.len] = 0xc3;
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

static u32 *reg(struct cpu_regs *regs, u32 number)
{
	u32 *const at[] = {
		&regs->eax, &regs->ecx, &regs->edx, &regs->ebx, NULL,
		&regs->ebp, &regs->esi, &regs->edi,
	};

	return at[number];
}

static void (*judge)(u32 op, const struct cpu_regs *before);

/* From the same state with the same arguments, at each level. */
static void trial(u32 op, bool (*before)(void), u32 eax, u32 edx, u32 ecx)
{
	struct cpu_regs regs = known;
	u32 first = promises[op].class == PV_CLASS_ANY ?
		    any_register(site_of(op)) : 0;

	regs.edx = edx;
	regs.ecx = ecx;
	*reg(&regs, first) = eax;
	for (u32 level = 0; level < FORMS; level++) {
		outcomes[level].regs = regs;
		run_form(op, level, before, &outcomes[level]);
	}
	tried[op] = true;
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
	AFTER(tss_free, load_tr, TSS_SEL);
	TRY3(write_gdt_entry, to, 2, pointer);
	TRY3(write_idt_entry, to, 3, pointer);
	TRY3(write_ldt_entry, to, 4, pointer);
	TRY1(load_tls, (u32)base.tls);
	TRY2(load_esp0, base.esp0 - 64, 0);
	TRY2(set_ldt, 0, 0);
}

static void try_io(void)
{
	TRY2(inb, TESTDEV_PORT, TESTDEV_PORT);
	TRY2(inw, TESTDEV_PORT, TESTDEV_PORT);
	TRY2(inl, TESTDEV_PORT, TESTDEV_PORT);
	TRY2(outb, 0x55667788, TESTDEV_PORT);
	TRY2(outw, 0x55667788, TESTDEV_PORT);
	TRY2(outl, 0x55667788, TESTDEV_PORT);
	TRY3(outsb, (u32)&known, TESTDEV_PORT, 3);
	TRY0(io_delay);
}

/* Entries lie in plain memory; the announced tables are nobody's. */
static void try_mmu(void)
{
	u32 entry = (u32)scratch.bytes;

	TRY1(get_pte, entry);
	TRY1(pte_frame, entry);
	TRY3(set_pte, entry, 0x12345067, 0x80000000);
	TRY1(clear_pte, entry);
	TRY3(link_l1, entry, 0x12345067, 0);
	TRY3(link_l2, entry, 0x12345001, 0);
	TRY1(unlink_l1, entry);
	TRY1(unlink_l2, entry);
	TRY1(flush_tlb_page, DATA_VA);
	TRY1(flush_tlb_user, base.cr3);
	TRY0(flush_tlb_all);
	TRY1(root_complete, (u32)&kernel_mm.tables);
	TRY1(root_retire, (u32)&kernel_mm.tables);
	TRY0(lazy_mmu_begin);
	TRY0(lazy_mmu_end);
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
SELFTEST_HOOKS(same, "pv: an operation does the same at every level")
{
	if (!on_bare_hardware())
		return;
	memset(tried, 0, sizeof(tried));
	try_all(expect_same);
	for (u32 op = 0; op < PV_OPS; op++)
		EXPECT_OP(op, tried[op] || promises[op].class == PV_CLASS_CALL);
}

static void expect_kept(u32 op, const struct cpu_regs *before)
{
	u32 changed = changed_by(op);

	for (u32 i = 0; i < FORMS; i++) {
		const struct cpu_regs *after = &outcomes[i].regs;

		EXPECT_OP(op, after->ebx == before->ebx);
		EXPECT_OP(op, after->esi == before->esi);
		EXPECT_OP(op, after->edi == before->edi);
		EXPECT_OP(op, after->ebp == before->ebp);
		EXPECT_OP(op, changed & ECX || after->ecx == before->ecx);
		EXPECT_OP(op, changed & EDX || after->edx == before->edx);
		EXPECT_OP(op, changed & EAX || after->eax == before->eax);
	}
}

/* 5 */
SELFTEST_HOOKS(registers, "pv: an operation keeps the registers its class "
	       "promises, at every level")
{
	if (!on_bare_hardware())
		return;
	try_all(expect_kept);
}

/* What generate() and reset() make of a site must itself do something. */
SELFTEST_HOOKS(effects, "pv: generated sites act: the state they begin with "
	       "changes")
{
	struct machine before;

	if (!on_bare_hardware())
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
