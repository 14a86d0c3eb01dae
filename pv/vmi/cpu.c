// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Registers and descriptor tables by calls of the ROM (vmi-abi 3.2, 5): those
 * that have other arguments than their operation, or are more than one. The
 * others stand in the table themselves (setup.c).
 */
#include <arch/desc.h>
#include <kernel/kernel.h>
#include <vmi/vmi.h>

#define WRITE(name, call)						\
	void vmi_##name(u64 *table, u32 index, const u64 *entry)	\
	{								\
		vmi(4, call)((u32)table, index, (u32)*entry,		\
			     (u32)(*entry >> 32));			\
	}

WRITE(write_gdt_entry, WriteGDTEntry)
WRITE(write_ldt_entry, WriteLDTEntry)
WRITE(write_idt_entry, WriteIDTEntry)

void vmi_cpuid(u32 leaf, u32 subleaf, u32 *out)
{
	asm volatile("call	*%c6"
		     : "=a" (out[0]), "=b" (out[1]), "=c" (out[2]),
		       "=d" (out[3])
		     : "a" (leaf), "c" (subleaf),
		       "i" (&vmi_target[VMI_CPUID]) : "memory", "cc");
}

/* The register may be left to LLDT, which traps where it must. */
void vmi_set_ldt(const u64 *ldt, u32 entries)
{
	u64 entry = DESC((u32)ldt, entries * 8 - 1, DESC_PRESENT | DESC_LDT, 0);
	u32 selector = entries ? LDT_SEL : 0;

	if (entries)
		vmi_write_gdt_entry(gdt, GDT_LDT, &entry);
	if (vmi_type[VMI_SetLDT] == VMI_RELOC_NONE)
		asm volatile("lldt %w0" : : "r" (selector) : "memory");
	vmi(1, SetLDT)(selector);
}

/* As Linux does: what is there already is not written. */
void vmi_load_tls(const u64 *tls)
{
	for (u32 i = 0; i < GDT_TLS_COUNT; i++)
		if (gdt[GDT_TLS + i] != tls[i])
			vmi_write_gdt_entry(gdt, GDT_TLS + i, &tls[i]);
}

void vmi_load_esp0(u32 esp0, u32 iopl_unused)
{
	vmi(2, UpdateKernelStack)(KERNEL_DS, esp0);
}

/* In ring 0 IRET takes the level from the frame; elsewhere it can not: 6.2. */
void vmi_load_iopl(u32 esp0, u32 iopl)
{
	vmi(1, SetIOPLMask)(iopl << 12);
	vmi_load_esp0(esp0, iopl);
}
