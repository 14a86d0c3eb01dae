// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The CPU's own tables. One GDT serves guest and monitor: fourteen pages that
 * the guest may supply (segments.c), then the reserved page below, at DESC_BASE.
 * Of the IDT's gates a guest's `int` passes four: 3, 4, 0x80 and, from ring 1,
 * 0x82. xen-pv-abi 2.2, 6.1.
 */
#include <face.h>
#include <monitor/monitor.h>

#define GATE_DPL(n)	((u64)(n) << 45)
#define GATE_IST(n)	((u64)(n) << 32)
#define GATE_PRESENT	(0x8eull << 40)		/* interrupts are off inside */

#define SYSTEM_TSS	0x89
#define FIRST		(GDT_GUEST_PAGES * 512)	/* index of reserved[0] */

static struct {
	u32 pad;
	u64 rsp[3];
	u64 pad2;
	u64 ist[7];
	u64 pad3;
	u16 pad4, io_bitmap;
} __packed tss = { .io_bitmap = sizeof(tss) };

static struct {
	u64 low, high;
} idt[256] __aligned(16);

static u64 reserved[512] __section(".bss.page_aligned") __aligned(PAGE_SIZE);
static u8 zeros[PAGE_SIZE] __section(".bss.page_aligned") __aligned(PAGE_SIZE);

extern u8 stubs[], hypercall_entry[], syscall_entry[];
extern u8 monitor_stack_top[], nmi_stack_top[], fault_stack_top[];

static void set_gate(u32 vector, const void *entry, u32 dpl, u32 ist)
{
	u64 at = (u64)entry;

	idt[vector].low = (at & 0xffff) | (u64)MONITOR_CS << 16 |
			  (at & 0xffff0000) << 32 | GATE_PRESENT |
			  GATE_DPL(dpl) | GATE_IST(ist);
	idt[vector].high = at >> 32;
}

void gate_open(u32 vector, u32 dpl)
{
	idt[vector].low = (idt[vector].low & ~GATE_DPL(3)) | GATE_DPL(dpl);
}

/* A descriptor of 16 bytes. */
static void set_system(u32 selector, u64 base, u32 limit, u8 type)
{
	u64 *d = &reserved[selector / 8 - FIRST];

	d[0] = (limit & 0xffff) | (base & 0xffffff) << 16 | (u64)type << 40 |
	       (base >> 24 & 0xff) << 56;
	d[1] = base >> 32;
}

void ldt_register(u32 entries)
{
	u16 selector = entries ? LDT_SEL : 0;

	set_system(LDT_SEL, LDT_BASE, entries * 8 - 1, 0x82);
	asm volatile("lldt %0" : : "r" (selector) : "memory");
}

void gdt_page(u32 page, u32 mfn)
{
	u64 at = mfn ? (u64)mfn << PAGE_SHIFT : image_phys(zeros);

	desc_l1[page] = at | PTE_P | PTE_A | (mfn ? PTE_W | 0x40 : 0) | PTE_NX;
	invlpg(DESC_BASE + page * PAGE_SIZE);
}

static void fill_gdt(void)
{
	static const struct {
		u16 selector;
		u64 value;
	} flat[] = {
		{ MONITOR_CS, 0x00af9b000000ffff },
		{ MONITOR_DS, 0x00cf93000000ffff },
		{ GUEST_CS & ~7, 0x00cfbb000000ffff },
		{ GUEST_DS & ~7, 0x00cfb3000000ffff },
		{ USER_CS & ~7, 0x00cffb000000ffff },
		{ USER_DS & ~7, 0x00cff3000000ffff },
		{ CPU_NUMBER_SEL, 0x0040910000000000 },
	};

	for (u32 i = 0; i < FLAT_SEGMENTS; i++)
		reserved[flat[i].selector / 8 - FIRST] = flat[i].value;
	set_system(TSS_SEL, (u64)&tss, sizeof(tss) - 1, SYSTEM_TSS);
	for (u32 page = 0; page < GDT_GUEST_PAGES; page++)
		gdt_page(page, 0);
	desc_l1[GDT_GUEST_PAGES] = image_phys(reserved) | PTE_P | PTE_W | PTE_NX;
}

void desc_init(void)
{
	struct {
		u16 limit;
		u64 base;
	} __packed gdtr = { GDT_LIMIT, DESC_BASE },
		   idtr = { sizeof(idt) - 1, (u64)idt };

	fill_gdt();
	for (u32 v = 0; v < 256; v++)
		set_gate(v, stubs + v * 16, v == 3 || v == 4 ? 3 : 0,
			 v == 2 ? NMI_STACK : v == 8 || v == 18 ? 2 : 0);
	set_gate(0x80, syscall_entry, 3, 0);
	set_gate(HYPERCALL_VECTOR, hypercall_entry, 1, 0);
	tss.rsp[0] = (u64)monitor_stack_top;
	tss.ist[0] = (u64)nmi_stack_top;
	tss.ist[1] = (u64)fault_stack_top;
	asm volatile("lgdt %0" : : "m" (gdtr));
	asm volatile("lidt %0" : : "m" (idtr));
	asm volatile("push %0; push $1f; lretq; 1:" : : "i" (MONITOR_CS) : "memory");
	asm volatile("mov %0, %%ss; mov %1, %%ds; mov %1, %%es; mov %1, %%fs; mov %1, %%gs"
		     : : "r" (MONITOR_DS), "r" (0));
	asm volatile("ltr %w0" : : "r" (TSS_SEL));
	/* What a reset leaves there is no table: 64 KiB at 0. */
	asm volatile("lldt %w0" : : "r" (0));
}
