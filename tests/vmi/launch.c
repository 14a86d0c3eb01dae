// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * VMI_Init of a ROM whose monitor goes back at once (tests/launch/bounce.c): to
 * 64-bit mode, and to ring 0 again; or, with `leave`, of one that can be left.
 * What a client of ring 0 has must all be there, and no NMI be lost.
 */
#include "test.h"

#define ROUNDS		200
#define TRAMPOLINE	0xa8		/* in the ROM: the address of T */
#define EACH		800		/* instructions at each end */
#define SOME		97

#define IOAPIC		0xfec00000
#define IOAPIC_VA	0xf0000000
#define PIN		2		/* what an HPET can always have */
#define DELIVER_NMI	0x400
#define HPET		0xfed00000
#define HPET_VA		0xf0001000
#define HPET_CONFIG	0x10
#define HPET_COUNT	0xf0
#define HPET_TIMER	0x100
#define HPET_TIMER_ON	4		/* once */
#define HPET_COMPARE	0x108
#define HPET_INSTRUCTION 102		/* ticks of QEMU's */

#define XSAVE		(1u << 26)
#define PERCPU		(GDT_PERCPU * 8)
#define TSS_BUSY	(2ull << 40)

/* All that is not general registers or memory. */
struct machine {
	struct desc_ptr gdtr, idtr;
	u16 segments[6], ldt, tr;
	u32 cr0, cr2, cr3, cr4, dr[6];
	u64 msr[6];
};

struct nmi_frame {
	u32 fs, es, ds, gpr[8], eip, cs, eflags;
};

extern struct tss tss;
void nmi_entry(void);
void nmi(const struct nmi_frame *f);
static u64 ldt[2];
static u8 fpu[512] __aligned(16), fpu_after[512] __aligned(16);
static volatile u32 nmis, nmis_raised, nmis_inside;
static bool nmi_wrong;

asm(".text\nnmi_entry:\n\t"
    "pusha\n\tpush %ds\n\tpush %es\n\tpush %fs\n\t"
    "mov $0x7b, %eax\n\tmov %eax, %ds\n\tmov %eax, %es\n\t"
    "mov $0xd8, %eax\n\tmov %eax, %fs\n\tcld\n\t"
    "mov %esp, %eax\n\tcall nmi\n\t"
    "pop %fs\n\tpop %es\n\tpop %ds\n\tpopa\n\t"
    "testb $3, 4(%esp)\n\tjz 1f\n\tcall *%ss:rom_iret\n1:\tiret");

/* Of steps: nothing is done. */
asm(".text\nstep_entry:\n\tiret");
void step_entry(void);

/* In ring 1 the handler has to end by the ROM. */
extern u32 rom_iret;
u32 rom_iret;

/* The ROM gives those that came in the monitor by INT 2. */
void nmi(const struct nmi_frame *f)
{
	const u8 *before = (const u8 *)f->eip - 2;
	u32 tr;

	nmis++;
	if (before[0] == 0xcd && before[1] == 2)
		nmis_raised++;
	asm volatile("str %0" : "=r" (tr));
	if ((f->cs & 3) && option("leave"))
		nmis_inside++;
	else
		nmi_wrong |= f->cs != KERNEL_CS || (tr & 0xffff) != TSS_SEL;
}

static void wrmsr_to(u32 msr, u64 value)
{
	asm volatile("wrmsr" : : "c" (msr), "a" ((u32)value),
		     "d" ((u32)(value >> 32)));
}

static const u32 msrs[] = {
	0xc0000080 /* EFER */, 0x277 /* PAT */, 0x174, 0x175, 0x176, 0xc0000081,
};

static void look(struct machine *m)
{
	__builtin_memset(m, 0, sizeof(*m));
	asm volatile("sgdt %0" : "=m" (m->gdtr));
	asm volatile("sidt %0" : "=m" (m->idtr));
	asm volatile("sldt %0" : "=m" (m->ldt));
	asm volatile("str %0" : "=m" (m->tr));
#define LOOK(reg, to) asm volatile("mov %%" #reg ", %0" : "=r" (to))
	LOOK(cs, m->segments[0]);
	LOOK(ss, m->segments[1]);
	LOOK(ds, m->segments[2]);
	LOOK(es, m->segments[3]);
	LOOK(fs, m->segments[4]);
	LOOK(gs, m->segments[5]);
	LOOK(cr0, m->cr0);
	LOOK(cr2, m->cr2);
	LOOK(cr3, m->cr3);
	LOOK(cr4, m->cr4);
	LOOK(db0, m->dr[0]);
	LOOK(db1, m->dr[1]);
	LOOK(db2, m->dr[2]);
	LOOK(db3, m->dr[3]);
	LOOK(db6, m->dr[4]);
	LOOK(db7, m->dr[5]);
	for (u32 i = 0; i < ARRAY_SIZE(msrs); i++)
		m->msr[i] = rdmsr(msrs[i]);
}

#define LOAD(reg, value) asm volatile("mov %0, %%" #reg : : "r" (value) : "memory")

/* A kernel that has been running: everything has a value of its own. */
static void set_up(void)
{
	u32 a, b, c, d, cr4;

	outb(0xff, 0x21);
	idt[TRAP_NMI] = GATE(KERNEL_CS, (u32)nmi_entry, GATE_INTERRUPT, 0);
	idt[TRAP_DEBUG] = GATE(KERNEL_CS, (u32)step_entry, GATE_TRAP, 0);
	ldt[1] = DESC((u32)ldt, 0xfffff, DESC_PRESENT | DESC_DPL(3) | DESC_DATA,
		      DESC_G_32);
	gdt[GDT_LDT] = DESC((u32)ldt, sizeof(ldt) - 1, DESC_PRESENT | DESC_LDT, 0);
	gdt[GDT_TSS] = DESC((u32)&tss, sizeof(tss) - 1, DESC_PRESENT | DESC_TSS, 0);
	asm volatile("lldt %w0\n\tltr %w1" : : "r" (LDT_SEL), "r" (TSS_SEL));
	LOAD(gs, 0xf);
	LOAD(fs, PERCPU);
	LOAD(db0, 0xc0001000);
	LOAD(db1, 0xc0002000);
	LOAD(db2, 0xc0003000);
	LOAD(db3, 0xdead0000);
	LOAD(db7, 0xd0000781);		/* two of them are on */
	LOAD(cr2, 0x12345678);
	asm volatile("mov %%cr4, %0" : "=r" (cr4));
	LOAD(cr4, cr4 | CR4_PSE | CR4_PGE | CR4_DE | CR4_OSFXSR);
	asm volatile("cpuid" : "=a" (a), "=b" (b), "=c" (c), "=d" (d) : "0" (1));
	if (c & XSAVE)
		LOAD(cr4, cr4 | CR4_PSE | CR4_PGE | CR4_DE | CR4_OSFXSR |
		     CR4_OSXSAVE);
	wrmsr_to(0xc0000080, 0x801);
	wrmsr_to(0x175, 0xc0123456);
	wrmsr_to(0x277, 0x0007040600070106);
}

/* It refuses while an interrupt or the handler of an NMI is not done with. */
static void leave(void)
{
	u32 cs, at, spins = 1000;

	if (!option("leave"))
		return;
	asm volatile("mov %%cs, %0" : "=r" (cs));
	check((cs & 3) == 1, "in ring 1");
	check(relocation(VMI_Leave, &at) == VMI_RELOC_CALL, "a way to leave");
	while ((u32)((vmi_function *)at)(0, 0, 0, 0, 0) && --spins)
		;
	asm volatile("mov %%cs, %0" : "=r" (cs));
	check((cs & 3) == 0, "in ring 0");
	asm volatile("cli");
}

static u32 launch(struct gpr *r, u32 flags)
{
	*r = patterns(1, 2, 4);
	r->flags = flags;
	invoke((void *)rom->init, r, 0, 0);
	if (!r->eax)
		leave();
	return r->eax;
}

/* What no kernel should have, and some day one does. */
static void wild(u32 n)
{
	wrmsr_to(0x174, n & 1 ? ~0u : n);
	wrmsr_to(0x175, n & 2 ? 0xfffff000 : 0x7fffdeadbeef);
	wrmsr_to(0x176, n & 4 ? 0xdeadbeef : 0xffff800000000001);
}

static bool alike(const void *a, const void *b, u32 bytes)
{
	for (const u8 *x = a, *y = b; bytes; bytes--)
		if (*x++ != *y++)
			return false;
	return true;
}

/* Each field that differs is named. */
static void same(const struct machine *now, const struct machine *was)
{
#define SAME(field) check(alike(&now->field, &was->field, sizeof(now->field)), \
			  #field)
	SAME(gdtr);
	SAME(idtr);
	SAME(segments);
	SAME(ldt);
	SAME(tr);
	SAME(cr0);
	SAME(cr2);
	SAME(cr3);
	SAME(cr4);
	SAME(dr);
	SAME(msr);
}

static void t_state(void)
{
	struct machine was, now;
	struct gpr r, want = patterns(0, 2, 0);
	u32 word, cr0;

	find_rom();
	CHECK(!option("leave") ||
	      relocation(VMI_IRET, &rom_iret) == VMI_RELOC_CALL);
	set_up();
	asm volatile("mov %%cr0, %0" : "=r" (cr0));
	for (u32 i = 0; i < ROUNDS; i++) {
		u32 flags = EFLAGS_ID | (i & 2 ? EFLAGS_DF : 0) |
			    (i & 8 ? EFLAGS_IF : 0) |
			    (i & 16 ? EFLAGS_NT : 0) |
			    (i & 32 ? EFLAGS_TF : 0);

		asm volatile("fninit\n\tpush %1\n\tfildl (%%esp)\n\tpop %1\n\t"
			     "movd %1, %%xmm5\n\tfxsave %0"
			     : "=m" (fpu) : "r" (i + 77));
		LOAD(cr0, i & 4 ? cr0 | CR0_TS : cr0);
		wild(i);
		look(&was);
		EQ(launch(&r, flags), 0);
		asm volatile("push %0\n\tpopf" : : "i" (EFLAGS_FIXED));
		look(&now);
		now.dr[4] &= ~(u32)DR6_STEP;
		was.dr[4] &= ~(u32)DR6_STEP;
		same(&now, &was);
		LOAD(cr0, cr0);
		asm volatile("fxsave %0" : "=m" (fpu_after));
		CHECK(alike(fpu, fpu_after, sizeof(fpu)));
		want.ecx = r.ecx;
		changed_only(&r, &want, 0);
		if (option("leave"))
			flags = (flags & ~EFLAGS_IF) | (r.flags & EFLAGS_IF);
		EQ(r.flags & (EFLAGS_ID | EFLAGS_DF | EFLAGS_IF | EFLAGS_NT),
		   flags & ~EFLAGS_TF);
		CHECK(gdt[GDT_TSS] & TSS_BUSY);
		asm volatile("mov %%gs:8, %0" : "=r" (word));
		EQ(word, (u32)ldt[1]);
		EQ(nmis, 0);
	}
}

/* Its page is another one for some instructions, in which there is code. */
static void t_stack(void)
{
	static u8 stack[3 * PAGE_SIZE];
	u32 top = ((u32)stack + sizeof(stack)) & ~(PAGE_SIZE - 1);

	for (u32 at = top; at > top - PAGE_SIZE; at -= 4) {
		u32 eax, ebx, ecx, edx;

		/* Where it was called with nothing pushed. */
		asm volatile("xchg %%esp, %%ebx\n\tpush $0x5a5a5a5a\n\t"
			     "call *%%eax\n\tpop %%ecx\n\txchg %%esp, %%ebx"
			     : "=a" (eax), "=b" (ebx), "=c" (ecx), "=d" (edx)
			     : "0" (rom->init), "1" (at)
			     : "memory", "cc");
		leave();
		if (!EQ(eax, 0) || !EQ(ebx, at) || !EQ(ecx, 0x5a5a5a5a))
			break;
	}
}

/* A GDT in the large page, or the table of small ones, that T lies in. */
static void t_tables(void)
{
	u32 t = *(const u32 *)((const char *)rom + TRAMPOLINE);
	u32 alias = (t & ~(span() - 1)) + page_pa(gdt);
	struct desc_ptr at = { gdtr.limit, alias };
	struct machine was, now;
	struct gpr r;

	CHECK(t && page_pa(gdt) < span());
	for (u32 large = 0; large < 2; large++) {
		if (large)
			store_entry(entry(swapper, alias, 2),
				    PTE_P | PTE_W | PTE_PS);
		else
			map_page(swapper, alias, page_pa(gdt) | PTE_P | PTE_W);
		LOAD(cr3, page_pa(swapper));
		asm volatile("lgdt %0" : : "m" (at));
		look(&was);
		EQ(launch(&r, 0), 0);
		look(&now);
		same(&now, &was);
		asm volatile("lgdt %0" : : "m" (gdtr));
	}
	store_entry(entry(swapper, alias, 2), 0);
}

/* In T, where an NMI may look for either, there is one for the start of a page. */
static void t_odd_tables(void)
{
	static u64 other[512] __aligned(PAGE_SIZE);
	struct desc_ptr gdt_at = { gdtr.limit, (u32)&other[1] };
	struct desc_ptr idt_at = { idtr.limit, (u32)&other[32] };
	struct machine was, now;
	struct gpr r, want = patterns(0, 2, 0);

	__builtin_memcpy(other + 1, gdt, sizeof(*gdt) * 31);
	__builtin_memcpy(other + 32, idt, sizeof(*idt) * 256);
	for (u32 i = 0; i < 3; i++) {
		if (i < 2)
			asm volatile("lgdt %0" : : "m" (gdt_at));
		if (i)
			asm volatile("lidt %0" : : "m" (idt_at));
		look(&was);
		CHECK(launch(&r, EFLAGS_NT | EFLAGS_DF));
		asm volatile("push %0\n\tpopf" : : "i" (EFLAGS_FIXED));
		look(&now);
		same(&now, &was);
		want.eax = r.eax;
		want.ecx = r.ecx;
		want.edx = r.edx;
		changed_only(&r, &want, 0);
		EQ(r.flags & (EFLAGS_NT | EFLAGS_DF), EFLAGS_NT | EFLAGS_DF);
		asm volatile("lgdt %0" : : "m" (gdtr));
	}
	asm volatile("lidt %0" : : "m" (idtr));
	EQ(launch(&r, 0), 0);
}

static void write_ioapic(u32 reg, u32 value)
{
	volatile u32 *ioapic = (u32 *)IOAPIC_VA;

	ioapic[0] = reg;
	ioapic[4] = value;
}

static volatile u32 *hpet(u32 reg)
{
	return (u32 *)(HPET_VA + reg);
}

/* True: an NMI after so many instructions came before the way back was done. */
static bool nmi_after(u32 instructions)
{
	struct gpr r;
	u32 was = nmis;
	bool done;

	*hpet(HPET_CONFIG) = 0;
	*hpet(HPET_COUNT) = *hpet(HPET_COUNT + 4) = 0;
	*hpet(HPET_COMPARE) = instructions * HPET_INSTRUCTION;
	*hpet(HPET_CONFIG) = 1;
	check(launch(&r, 0) == 0, "VMI_Init with an NMI");
	done = nmis != was;
	for (u32 spins = 1 << 20; spins && nmis == was; spins--)
		;
	equal(nmis - was, 1, "NMIs");
	return done;
}

/*
 * With a clock that counts instructions, each as 1024 ns (-icount shift=10), and
 * an HPET: at each of the first and the last ones, and at some of all.
 */
static void t_nmi(void)
{
	u32 end = 1, step;

	outb(0x30, 0x43);		/* the PIT waits for a count */
	*hpet(HPET_TIMER) = PIN << 9 | HPET_TIMER_ON;
	*hpet(HPET_COMPARE + 4) = 0;
	write_ioapic(0x11 + 2 * PIN, 0);
	write_ioapic(0x10 + 2 * PIN, DELIVER_NMI);
	*hpet(HPET_CONFIG) = 1;		/* what waited comes now */
	for (u32 spins = 1 << 16; spins; spins--)
		asm volatile("");
	nmis = nmis_inside = 0;
	for (step = 1 << 19; step; step >>= 1)
		if (nmi_after(end + step))
			end += step;
	CHECK(end > 1000 && end < 1 << 20);
	for (u32 at = 2; at < end + 20 && !failures; at += step) {
		step = at < EACH || at + EACH > end ? 1 : SOME;
		nmi_after(at);
	}
	write_ioapic(0x10 + 2 * PIN, 1 << 16);
	say("# %u instructions, %u NMIs, of them %u in ring 1, %u in the monitor\n",
	    end, nmis, nmis_inside, nmis_raised);
	CHECK(nmis_raised > 100 && nmis - nmis_raised - nmis_inside > 100);
	CHECK(!nmi_wrong);
}

void map_timer(void)
{
	map_page(swapper, IOAPIC_VA, IOAPIC | PTE_P | PTE_W | PTE_PCD);
	map_page(swapper, HPET_VA, HPET | PTE_P | PTE_W | PTE_PCD);
}

const struct test launch_tests[] = {
	{ "VMI_Init and back: all of the machine's state is kept", t_state },
	{ "wherever in its page the stack is", t_stack },
	{ "tables of the client in T's large page", t_tables },
	{ "VMI_Init fails for tables that begin in the middle of a page",
	  t_odd_tables },
	{ "an NMI at any instruction comes once", t_nmi },
	{ }
};
