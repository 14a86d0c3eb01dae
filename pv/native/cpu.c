// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The CPU operations of class CALL. The number of a debug register is part of
 * the opcode. CPUID, RDMSR and WRMSR use more registers than the other classes
 * give. Descriptor tables are memory, and are loaded at boot.
 */
#include <arch/desc.h>
#include <kernel/kernel.h>
#include <native/native.h>

#define EACH_DR(DO)	DO(0) DO(1) DO(2) DO(3) DO(6) DO(7)
#define READ_DR(n)							\
	case n:								\
		asm volatile("mov %%db" #n ", %0" : "=r" (value));	\
		return value;
#define WRITE_DR(n)							\
	case n:								\
		asm volatile("mov %0, %%db" #n : : "r" (value));	\
		return;

u32 native_get_debugreg(u32 n)
{
	u32 value;

	switch (n) {
	EACH_DR(READ_DR)
	}
	panic("native: there is no debug register %u", n);
}

void native_set_debugreg(u32 n, u32 value)
{
	switch (n) {
	EACH_DR(WRITE_DR)
	}
	panic("native: there is no debug register %u", n);
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

void native_write_gdt_entry(u64 *table, u32 index, const u64 *descriptor)
{
	table[index] = *descriptor;
}

typeof(native_write_gdt_entry)
	native_write_idt_entry __attribute__((alias("native_write_gdt_entry"))),
	native_write_ldt_entry __attribute__((alias("native_write_gdt_entry")));

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
