// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random calls, stores and faults, the same ones for the same seed. Half of the
 * arguments are such that a call may be done, the rest is wild. What the client
 * needs to go on is never at stake: of its own memory no entry is writable but in
 * pages that are there for that. Now and then the monitor counts its shadows.
 */
#include <monitor/vmi/shared.h>
#include "attack.h"

#define PAGES		24		/* tables and data in turn */
#define PTE_PS		0x080
#define CLIENT_MOST	0x1000		/* pages of memory that are the client's */
#define SPACES		3
#define TABLES		(AREA + 0x8000000)
#define DIRECTORIES	8		/* entries of level 2 there */
#define EM		4		/* of CR0 */

static struct shared *const shared_page = (struct shared *)VMI_TOP;
static void *pages[PAGES], *spaces[SPACES];
static char data[2 * PAGE_SIZE] __aligned(PAGE_SIZE);
static u32 made;

static u32 words(void)
{
	return pae ? 512 : 1024;
}

static u32 wild(void)
{
	return random() >> below(32);
}

/* Of memory that nobody needs, or that nobody may have. */
static u32 pfn(void)
{
	switch (below(8)) {
	case 0:
		return (hidden_start >> 12) + below((hidden_end - hidden_start) >> 12);
	case 1:
		return CLIENT_MOST + below(0xfe000 - CLIENT_MOST);
	case 2:
		return 0xf0 + below(16);
	case 3:
		return (hidden_start >> 12) + below(0x400) - 0x200;
	default:
		return page_pa(pages[below(PAGES)]) >> 12;
	}
}

static u64 value(u32 level)
{
	u32 frame = pfn();
	u64 e = (u64)frame << 12 | (random() & 0x167) | !!below(4);

	if (level == 2 && !below(4))
		return ((u64)(CLIENT_MOST + below(0xe0000)) << 12 &
			~(u64)(span() - 1)) | (e & 0x167) | PTE_PS;
	if (pae && !below(16))
		e |= 1ull << (32 + below(32));
	return e;
}

static void *some_entry(u32 *level)
{
	*level = 1 + !below(3);
	if (*level == 2)
		return entry(below(2) ? swapper : spaces[below(SPACES)],
			     below(4) ? TABLES + below(DIRECTORIES) * span() :
			     TABLES, 2);
	if (below(2))
		return area_entry(8 + below(AREA_PAGES - 8));
	return (char *)pages[below(PAGES)] + below(words()) * (pae ? 8 : 4);
}

static u32 address(void)
{
	switch (below(4)) {
	case 0:
		return area(8 + below(AREA_PAGES - 8)) + below(1024) * 4;
	case 1:
		return wild() & ~3;
	default:
		return TABLES + below(DIRECTORIES * (span() >> 12)) * PAGE_SIZE +
		       below(1024) * 4;
	}
}

static void store(void)
{
	u32 level;
	void *e = some_entry(&level);

	for (u32 n = below(3) ? 1 : below(300); n--; e = some_entry(&level)) {
		u64 v = value(level);

		if (below(2)) {
			set_entry(e, v, random());
			continue;
		}
		store_entry(e, v);
		if (below(4))
			update_entry(e, random());
	}
}

static void flush(void)
{
	switch (below(5)) {
	case 0:
		vmi(FlushTLB, random());
		break;
	case 1:
		vmi(SetCR3, page_pa(swapper) | below(32) * (pae ? 0 : 1));
		break;
	default:
		vmi(InvalPage, address());
	}
}

static void announcing(void)
{
	u32 n = below(4) ? page_pa(pages[below(PAGES)]) >> 12 : wild();

	if (below(2))
		vmi(AllocatePage, n, random(), random(), random(), random());
	else
		vmi(ReleasePage, n, random());
}

/* In the client's half nothing is writable that it needs. */
static void touch(void)
{
	u32 at = address();

	if (at >= AREA && at < VMI_TOP && below(2))
		traps(poke, at);
	else
		traps(peek, at);
	if (!below(4))
		user(below(2) ? user_read : user_jump, at, EFLAGS_IF);
}

static void other_space(void)
{
	vmi(SetCR3, page_pa(spaces[below(SPACES)]));
	for (u32 n = below(8); n--;) {
		touch();
		if (!below(3))
			store();
	}
	vmi(SetCR3, page_pa(swapper));
}

/* Numbers that take the machine away, or wait for what may never come. */
static bool harmless(u32 nr)
{
	switch (nr) {
	case VMI_SetGDT: case VMI_SetIDT: case VMI_SetCR0: case VMI_SetCR3:
	case VMI_SetCR4: case VMI_Reboot: case VMI_Shutdown: case VMI_Halt:
	case VMI_IRET: case VMI_Leave: case VMI_SetAlarm: case VMI_APICWrite:
	case VMI_EnableInterrupts: case VMI_WriteGDTEntry:
	case VMI_WriteLDTEntry: case VMI_WriteIDTEntry:
		return false;
	}
	return true;
}

static void call(void)
{
	u32 nr = below(4) ? below(84) : wild();

	if (harmless(nr))
		monitor_call(nr, below(2) ? wild() : address(), wild(), wild());
	vmi(SetIOPLMask, 0);
	vmi(SetLDT, 0);
	vmi(SetTR, TSS_SEL);
}

static void apic(void)
{
	static const u32 reg[] = { 0, 0x10, 0x20, 0x30, 0x80, 0xb0, 0xd0, 0x280,
				   0x2f0, 0x300, 0x310, 0x330, 0x340, 0x370,
				   0x3f0, 0x400, 0xff0 };
	u64 when = vmi(RDTSC) + wild();

	if (!(features() & CPU_APIC))
		return;
	vmi(APICWrite, ANY(reg) | (random() & 0xf), below(2) ? wild() :
	    below(0x1000));
	vmi(APICWrite, 0x80, 0);
	vmi(APICWrite, 0x340, 0x10000);
	vmi(APICWrite, 0x330, 0x10000);
	vmi(SetAlarm, random() & ~VMI_ALARM_PERIODIC, (u32)when,
	    (u32)(when >> 32), wild(), wild());
	vmi(CancelAlarm, random());
	vmi(CancelAlarm, 0);
	vmi(CancelAlarm, VMI_ALARM_LVTT);
}

static void load_gs(u32 selector)
{
	asm volatile("mov %0, %%gs" : : "r" (selector));
}

static void descriptors(void)
{
	u32 index = 1 + below(5);

	write_gdt(gdt, index, random() | (u64)random() << 32);
	traps(load_gs, below(2) ? index * 8 + below(4) : random() & 0xffff);
	if (below(2)) {
		vmi(WriteGDTEntry, (u32)gdt, GDT_LDT, random(),
		    (random() & ~0xff00) | 0x8200);
		vmi(SetLDT, LDT_SEL);
		traps(load_gs, random() | 4);
		vmi(WriteLDTEntry, address(), wild(), random(), random());
		vmi(SetLDT, below(2) ? 0 : random() & 0xffff);
	}
	load_gs(0);
	vmi(SetLDT, 0);
}

static void gates(void)
{
	u32 vector = 0x50 + below(0x20);
	u8 insn[] = { 0xcd, (u8)vector };
	u64 gate = GATE(below(2) ? KERNEL_CS : random() & 0xffff,
			below(2) ? (u32)stubs[vector] : NOWHERE, 0, 0);

	gate &= ~(0xffull << 40);
	gate |= (u64)(below(4) ? 0x8e | (random() & 0x61) : random() & 0xff) << 40;
	vmi(WriteIDTEntry, (u32)idt, vector, (u32)gate, (u32)(gate >> 32));
	if (below(2))
		kernel_code(insn, 2, NULL);
	else
		user_bytes(insn, 2, NOWHERE);
	site_irq_disable();
	gate = GATE(KERNEL_CS, (u32)stubs[vector], GATE_INTERRUPT, 0);
	vmi(WriteIDTEntry, (u32)idt, vector, (u32)gate, (u32)(gate >> 32));
}

static void iret_frame(void)
{
	static const u32 cs[] = { USER_CS, USER_CS, USER_CS, KERNEL_CS,
				  KERNEL_CS + 1, KERNEL_CS + 2, 0xe008, 0xe009,
				  0xe01b, 0xe02b, 0, 3, 7, TSS_SEL, 0xffff };
	static const u32 ss[] = { USER_DS, USER_DS, USER_DS, KERNEL_DS,
				  KERNEL_DS + 1, 0xe010, 0xe033, 0, 3, 7, 0xffff };
	struct frame f = start(below(2) ? user_return : user_write, NOWHERE, 0);

	f.cs = ANY(cs);
	f.ss = ANY(ss);
	f.eflags = (random() & ~(EFLAGS_VM | EFLAGS_RF)) | EFLAGS_FIXED;
	if (!below(4))
		f.esp = wild();
	enter(&f, user_stack_top);
	asm volatile("push $2\n\tpopf");
}

static void instruction(void)
{
	static const u8 prefix[] = { 0x66, 0x67, 0xf2, 0xf3, 0x2e, 0x3e, 0x26,
				     0xf0 };
	static const u8 one[] = { 0x6c, 0x6d, 0x6e, 0x6f, 0xec, 0xed, 0xee, 0xef,
				  0xfa, 0xfb, 0xf1, 0xcc, 0xce };
	static const u8 two[] = { 0x06, 0x08, 0x09, 0x20, 0x21, 0x30, 0x31, 0x32,
				  0x33, 0x34, 0x35, 0x05, 0x07, 0xaa, 0x37, 0x01,
				  0x00, 0x23 };
	static const u8 group[] = { 0x38, 0xd1, 0xf0, 0xd0, 0xc1, 0xd9, 0xdf };
	static const u32 msr[] = { 0x175, 0x176, 0xc0000080, 0x277, 0x1b,
				   0x8b, 0x200, 0x20f, 0xc1, 0x186, 0xc0000081,
				   0x9e, 0x1d9, 0x800 };
	struct gpr r = { .eax = below(2) ? wild() : 0x800,
			 .edx = below(2) ? 0xe0 : 0, .ecx = ANY(msr),
			 .esi = (u32)data, .edi = (u32)data };
	u8 bytes[24], n = 0;

	while (below(3) == 0 && n < 8)
		bytes[n++] = ANY(prefix);
	if (below(2)) {
		bytes[n++] = ANY(one);
		r.edx = 0xe0;
		r.ecx = below(16);
	} else {
		u8 op = ANY(two);

		bytes[n++] = 0x0f;
		bytes[n++] = op;
		bytes[n++] = op == 1 ? ANY(group) : op == 0 ?
			     0xd0 | below(2) << 3 : 0xc0 | below(8) << 3;
	}
	debug_goes_on = true;
	if (below(2))
		kernel_code(bytes, n, &r);
	else
		user_bytes(bytes, n, wild());
	for (u32 i = 0; i < 8; i++)
		if (i != 4 && i != 5)
			vmi(SetDR, i, 0);
	debug_goes_on = false;
	vmi(SetCR0, ((u32)vmi(GetCR0) | CR0_WP) & ~(CR0_TS | EM));
	vmi(SetLDT, 0);
	vmi(SetTR, TSS_SEL);
	site_irq_disable();
}

static void garbage(void)
{
	for (u32 n = below(40); n--;) {
		u32 i = below(SHARED_QUEUE_SIZE);

		shared_page->queue[i].what = below(6);
		shared_page->queue[i].about = below(2) ? wild() : address();
	}
	if (below(2))
		shared_page->tail = wild();
	if (below(2))
		shared_page->head = wild();
	flush();
	vmi(FlushTLB, VMI_FLUSH_TLB);
}

static void bridge(void)
{
	asm volatile("outl %0, %w1" : : "a" (0x80000000 | below(0x100)),
		     "d" (0xcf8));
	if (below(2))
		outb(random() | 1, below(2) ? 0xb2 : 0xb3);
	outb(0x0f, 0x70);
	outb(random(), 0x71);
	outb((random() & ~1) | 4, 0x92);
}

static void interrupts_come(void)
{
	raise_irq();
	site_irq_enable();
	site_irq_disable();
}

static void write_protection(void)
{
	vmi(SetCR0, (u32)vmi(GetCR0) ^ CR0_WP);
	for (u32 n = below(4); n--;)
		traps(peek, address());
	vmi(SetCR0, (u32)vmi(GetCR0) | CR0_WP);
	if (!below(8))
		vmi(SetCR4, (u32)vmi(GetCR4) ^ (below(2) ? CR4_PGE : CR4_PSE));
}

static void prepare(void)
{
	for (u32 i = 0; i < PAGES; i++)
		pages[i] = alloc_page();
	for (u32 i = 0; i < SPACES; i++)
		spaces[i] = new_space();
	vmi(SetCR3, page_pa(swapper));
	/* SYSENTER has no stack of its own any more. */
	asm volatile("wrmsr" : : "c" (MSR_SYSENTER_CS), "a" (0), "d" (0));
}

static void t_fuzz(void)
{
	static void (*const actions[])(void) = {
		store, store, store, store, flush, flush, announcing, touch,
		touch, touch, other_space, call, call, apic, descriptors, gates,
		iret_frame, instruction, instruction, garbage, bridge,
		interrupts_come, write_protection,
	};

	seed = fuzz_seed * 2654435761u + 1;
	seed += !seed;
	prepare();
	strays_go_on = true;
	for (made = 1; made <= fuzz_count && !failures; made++) {
		ANY(actions)();
		if (made % 1024 == 0)
			sound();
	}
	sound();
	say("# %u made\n", made - 1);
}

const struct test fuzz_tests[] = {
	{ "random calls, stores and faults do no harm", t_fuzz },
	{ }
};
