// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The first and the last steps of the monitor under a client of VMI. What comes
 * before and after them is in rom/launch.S, in the page T.
 */
#include <x86_64/cpu.h>
#include <kernel/kernel.h>
#include "enter.h"

#define LARGE_FLAGS	(PTE_NX | PTE_G | PAGE | PTE_U | PTE_PWT | PTE_PCD)
#define ABOVE_4G	0xfffff00000000

_Static_assert(T_CS64 == MONITOR_CS && T_DS == MONITOR_DS, "one selector");

extern u8 image_start[];
struct trampoline *trampoline;
struct vmi_state *launch_state;
static u32 at;			/* T, physically */

/* T is at T: in slot 0 of the monitor's L4, which is the client's later. */
static void map_trampoline(void)
{
	monitor_l4[0] = (at + T_L3) | TABLE;
}

void launch_begin(struct trampoline *t)
{
	at = (u32)(u64)t;
	trampoline = phys(at);
	launch_state = phys(at + T_STATE);
	image_delta = (u64)image_start - t->image;
	map_trampoline();
	paging_init();
}

static u64 get(const void *table, u32 i, bool wide)
{
	return wide ? ((const u64 *)table)[i] : ((const u32 *)table)[i];
}

static void set(void *table, u32 i, bool wide, u64 value)
{
	if (wide)
		((u64 *)table)[i] = value;
	else
		((u32 *)table)[i] = (u32)value;
}

/* What entry names: a table, or a large page as a table of small ones. */
static void copy_table(void *to, u64 entry, bool wide, bool large)
{
	u64 size = wide ? 0x200000 : 0x400000, frame = entry & 0xfffff000;

	memset(to, 0, PAGE_SIZE);
	if (!(entry & PTE_P) || (wide && (entry & ABOVE_4G)))
		return;
	if (!large) {
		memcpy(to, phys(frame), PAGE_SIZE);
		return;
	}
	for (u32 i = 0; i < size / PAGE_SIZE; i++)
		set(to, i, wide, (frame & ~(size - 1)) + i * PAGE_SIZE +
		    (entry & LARGE_FLAGS));
}

/* A copy of the client's tables, but T and the pages after it are at T. */
static void make_leave_tables(void)
{
	bool wide = launch_state->cr4 & CR4_PAE, large = false;
	u32 bits = wide ? 9 : 10, mask = (1 << bits) - 1, next = at + T_LEAVE;
	u64 entry = launch_state->task.cr3 | PTE_P;

	trampoline->leave_cr3 = next | (launch_state->task.cr3 & 0xfff);
	for (u32 shift = wide ? 30 : 22; shift > PAGE_SHIFT; shift -= bits) {
		void *table = phys(next);
		u32 i = at >> shift & mask;

		if (shift == 30)	/* 32 bytes, anywhere in a page */
			i += (launch_state->task.cr3 & 0xfe0) / 8;
		copy_table(table, entry, wide, false);
		entry = get(table, i, wide);
		large = (entry & PTE_PS) && shift < 30 &&
			(wide || (launch_state->cr4 & CR4_PSE));
		next += PAGE_SIZE;
		set(table, i, wide, next | (shift == 30 ? PTE_P :
					    TABLE | (entry & PTE_U)));
	}
	copy_table(phys(next), entry, wide, large);
	for (u32 i = at; i < at + T_SIZE; i += PAGE_SIZE)
		set(phys(next), i >> PAGE_SHIFT & mask, wide, i | PAGE);
}

void leave_begin(void)
{
	memcpy(phys(at + T_LEAVE_IDT), trampoline->table,
	       sizeof(trampoline->table));
	trampoline->leave_idtr = (struct table_register){
		trampoline->idtr.limit, at + T_LEAVE_IDT };
	map_trampoline();
	write_cr3(image_phys(monitor_l4));
	asm volatile("lidt %0" : : "m" (trampoline->leave_idtr) : "memory");
}

/* NMI in 32-bit mode by the client's own selector, which T's GDT has as well. */
static void make_leave_gate(void)
{
	u32 cs = launch_state->task.cs & ~7, to = at + trampoline->leave_nmi;
	u64 *gdt = phys(at + T_GDT), *idt = phys(at + T_LEAVE_IDT);

	if (cs >= T_LEAVE_IDT - T_GDT)
		return;
	gdt[cs / 8] = trampoline->table[T_CS32 / 8];
	idt[T_GATE32 / 8] = (idt[T_GATE32 / 8] & ~0xffffffffull) |
			    (to & 0xffff) | cs << 16;
}

void __noreturn vmi_leave(void)
{
	void __noreturn (*leave64)(u64) = (void *)(u64)(at + trampoline->leave64);

	make_leave_tables();
	make_leave_gate();
	leave64(at);
}
