// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The CPU operations that are more than one instruction: debug registers,
 * whose number is part of the opcode, and what lies in descriptor
 * tables.
 */
#include <kernel/kernel.h>
#include <pv/pv.h>
#include <native/insn.h>

#define READ_DR(n)							\
	case n:								\
		asm volatile("mov %%db" #n ", %0" : "=r" (value));	\
		break
#define WRITE_DR(n)							\
	case n:								\
		asm volatile("mov %0, %%db" #n : : "r" (value));	\
		break

u32 native_get_debugreg(u32 n)
{
	u32 value = 0;

	switch (n) {
	READ_DR(0);
	READ_DR(1);
	READ_DR(2);
	READ_DR(3);
	READ_DR(6);
	READ_DR(7);
	default:
		panic("native: there is no debug register %u", n);
	}
	return value;
}

void native_set_debugreg(u32 n, u32 value)
{
	switch (n) {
	WRITE_DR(0);
	WRITE_DR(1);
	WRITE_DR(2);
	WRITE_DR(3);
	WRITE_DR(6);
	WRITE_DR(7);
	default:
		panic("native: there is no debug register %u", n);
	}
}

void native_write_entry(u64 *table, u32 index, const u64 *entry)
{
	table[index] = *entry;
}

void native_load_tls(const u64 *tls)
{
	for (int i = 0; i < GDT_TLS_COUNT; i++)
		gdt[GDT_TLS + i] = tls[i];
}

void native_set_ldt(const u64 *ldt, u32 entries)
{
	u32 selector = 0;

	if (entries) {
		gdt[GDT_LDT] = DESC((u32)ldt, entries * 8 - 1,
				    DESC_PRESENT | DESC_LDT, 0);
		selector = LDT_SEL;
	}
	asm volatile("lldt %w0" : : "r" (selector) : "memory");
}
