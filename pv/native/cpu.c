// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The CPU operations of class CALL: debug registers, whose number is part of
 * the opcode, what takes more registers than a class gives, and descriptor
 * tables, which are loaded at boot or lie in memory.
 */
#include <arch/desc.h>
#include <kernel/kernel.h>
#include <native/native.h>

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

void native_cpuid(u32 leaf, u32 subleaf, u32 *out)
{
	asm volatile("cpuid"
		     : "=a" (out[0]), "=b" (out[1]), "=c" (out[2]),
		       "=d" (out[3])
		     : "a" (leaf), "c" (subleaf) : "memory");
}

u64 native_rdmsr(u32 msr)
{
	u64 value;

	asm volatile("rdmsr" : "=A" (value) : "c" (msr));
	return value;
}

void native_wrmsr(u32 msr, u64 value)
{
	asm volatile("wrmsr" : : "c" (msr), "A" (value) : "memory");
}

/* Descriptor tables are memory. */
void native_write_gdt_entry(u64 *table, u32 index, const u64 *descriptor)
{
	table[index] = *descriptor;
}

void native_write_idt_entry(u64 *table, u32 index, const u64 *gate)
{
	table[index] = *gate;
}

void native_write_ldt_entry(u64 *table, u32 index, const u64 *descriptor)
{
	table[index] = *descriptor;
}

void native_load_gdt(const struct desc_ptr *p)
{
	asm volatile("lgdt %0" : : "m" (*p) : "memory");
}

void native_load_idt(const struct desc_ptr *p)
{
	asm volatile("lidt %0" : : "m" (*p) : "memory");
}

void native_load_tr(u32 selector)
{
	asm volatile("ltr %w0" : : "r" (selector) : "memory");
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
