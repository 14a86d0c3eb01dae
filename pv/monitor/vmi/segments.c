// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * GDT, LDT and IDT as the CPU has them are copies of the guest's, made when it
 * loads one or says that an entry has changed. A copy holds nothing that leads
 * to the monitor: a system descriptor is left out, a segment of ring 0 is one of
 * ring 1. Of a GDT 512 entries count. vmi-abi 5. Before: ../segments.c.
 */
#include <face.h>
#include <monitor/vmi/vmi.h>

#define ENTRIES		512
#define LDT_ENTRIES	8192
#define LDT_L1(page)	(16 + (page))	/* index in desc_l1 */
#define TYPE(d)		((d) >> 40 & 0x1f)
#define PRESENT		(1ull << 47)
#define TYPE_LDT	2
#define GATE_TASK	5
#define GATE_INTERRUPT_32	14
#define GATE_TRAP_32	15

static u64 gdt[ENTRIES] __section(".bss.page_aligned") __aligned(PAGE_SIZE);
static u64 ldt[LDT_ENTRIES] __section(".bss.page_aligned") __aligned(PAGE_SIZE);

void segments_init(void)
{
	u64 at = image_phys(ldt) | PTE_P | PTE_W | PTE_A | PTE_D | PTE_NX;

	for (u32 page = 0; page < LDT_ENTRIES / ENTRIES; page++)
		desc_l1[LDT_L1(page)] = at + page * PAGE_SIZE;
	gdt_page(0, image_phys(gdt) >> PAGE_SHIFT);
}

static u64 safe(u64 descriptor)
{
	/* The type of a call gate is allowed on Xen alone. */
	if (!(descriptor >> 44 & 1) || !descriptor_allowed(&descriptor))
		return 0;
	return descriptor;
}

static u32 base_of(u64 d)
{
	return (d >> 16 & 0xffffff) | (d >> 56) << 24;
}

static u32 limit_of(u64 d)
{
	u32 limit = (d & 0xffff) | (d >> 32 & 0xf0000);

	return d >> 55 & 1 ? limit << 12 | 0xfff : limit;
}

/* As LGDT and LIDT do. False: its operand is in no memory. */
bool load_table(u32 at, void (*set)(const struct table_pointer *p))
{
	struct table_pointer p;

	if (!guest_read(&p, at, sizeof(p)))
		return false;
	set(&p);
	return true;
}

/* ---- GDT --------------------------------------------------------------------- */

static bool table_has(const struct table_pointer *p, u32 index)
{
	return index * 8 + 7 <= p->limit;
}

/* Null where it has none. */
static u64 table_read(const struct table_pointer *p, u32 index)
{
	u64 d;

	return table_has(p, index) && guest_read(&d, p->base + index * 8, 8) ?
	       d : 0;
}

/* Of the segments in use one that the new table does not allow becomes null. 5.2. */
void set_gdt(const struct table_pointer *p)
{
	u16 now[4];

	shared.gdtr = *p;
	for (u32 i = 0; i < ENTRIES; i++)
		gdt[i] = safe(table_read(p, i));
	gdt[0] = 0;
	read_segments(now);
	load_segments(now);
}

/* ---- LDT ----------------------------------------------------------------------- */

/*
 * Segment registers keep what they have, as by LLDT: a kernel saves FS and GS of
 * the task before after it has switched to the LDT of the next.
 */
void set_ldt_selector(u32 selector)
{
	u64 d = table_read(&shared.gdtr, selector >> 3);
	u32 entries = 0, base = 0;

	if (selector & ~3 && !(selector & 4) && d & PRESENT &&
	    TYPE(d) == TYPE_LDT) {
		base = base_of(d);
		entries = min((limit_of(d) + 1) / 8, (u32)LDT_ENTRIES);
	}
	if (entries && !guest_read(ldt, base, entries * 8))
		entries = 0;
	for (u32 i = 0; i < entries; i++)
		ldt[i] = safe(ldt[i]);
	shared.ldt = selector & 0xffff;
	guest.ldt_base = base;
	guest.ldt_entries = entries;
	ldt_register(entries);
}

/* ---- IDT ------------------------------------------------------------------------ */

/* The CPU's own gates of INT that is no #GP are as open as the guest's. */
static void set_trap(u32 vector, u64 gate)
{
	u32 type = TYPE(gate), dpl = gate >> 45 & 3, selector = gate >> 16 & 0xfffc;
	struct xen_trap_info *t = &guest.trap[vector];
	bool handler = (type & ~1u) == GATE_INTERRUPT_32;

	*t = (struct xen_trap_info){ .vector = vector };
	if (!(gate & PRESENT) && (handler || type == GATE_TASK)) {
		t->flags = TRAP_ABSENT | XEN_TRAP_DPL(dpl);
	} else if (type == GATE_TASK) {
		t->flags = TRAP_TASK;
		t->address = selector;
	} else if (handler) {
		t->flags = XEN_TRAP_DPL(dpl) |
			   (type == GATE_TRAP_32 ? 0 : XEN_TRAP_MASK_EVENTS);
		t->cs = selector ? selector | 1 : 0;
		t->address = (gate & 0xffff) | (gate >> 32 & 0xffff0000);
	}
	if (vector == TRAP_BREAKPOINT || vector == TRAP_OVERFLOW ||
	    vector == VECTOR_SYSCALL)
		gate_open(vector, t->cs ? max(dpl, 1u) : 0);
}

void set_idt(const struct table_pointer *p)
{
	shared.idtr = *p;
	for (u32 vector = 0; vector < ARRAY_SIZE(guest.trap); vector++)
		set_trap(vector, table_read(p, vector));
}

/* ---- one entry ---------------------------------------------------------------- */

void table_entry(u32 base, u32 index, u64 value)
{
	if (base == shared.gdtr.base && index && index < ENTRIES &&
	    table_has(&shared.gdtr, index))
		gdt[index] = safe(value);
	if (base == guest.ldt_base && index < guest.ldt_entries)
		ldt[index] = safe(value);
	if (base == shared.idtr.base && index < ARRAY_SIZE(guest.trap) &&
	    table_has(&shared.idtr, index))
		set_trap(index, value);
}

/* ---- TSS --------------------------------------------------------------------------- */

void set_tr(u32 selector)
{
	shared.tr = selector & 0xffff;
}

u32 tss_limit(u32 *base)
{
	u64 d = table_read(&shared.gdtr, shared.tr >> 3);

	if (!(shared.tr & ~7) || !(d & PRESENT))
		return 0;
	*base = base_of(d);
	return limit_of(d);
}
