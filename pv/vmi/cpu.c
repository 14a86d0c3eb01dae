// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Registers and descriptor tables by calls of the ROM (vmi-abi 3.2, 5). Here
 * is what the ROM's convention does not fit: a call of the ROM may change EAX,
 * ECX and EDX, an operation of class INSN only its own. SetGDT, SetIDT, SetTR,
 * GetDR, SetDR and Halt fit, and stand in the table themselves.
 */
#include <arch/desc.h>
#include <kernel/kernel.h>
#include <vmi/vmi.h>

#define GET(ret, name, call)						\
	__pv_keeps ret vmi_##name(void) { return (ret)vmi(0, call)(); }
#define SET(name, call)							\
	__pv_keeps void vmi_##name(u32 value) { vmi(1, call)(value); }
#define DO(name, call)							\
	__pv_keeps void vmi_##name(void) { vmi(0, call)(); }
#define WRITE(name, call)						\
	void vmi_##name(u64 *table, u32 index, const u64 *entry)	\
	{								\
		vmi(4, call)((u32)table, index, (u32)*entry,		\
			     (u32)(*entry >> 32));			\
	}

GET(u32, read_cr0, GetCR0)
SET(write_cr0, SetCR0)
GET(u32, read_cr2, GetCR2)
GET(u32, read_cr3, GetCR3)
SET(write_cr3, SetCR3)
GET(u32, read_cr4, GetCR4)
SET(write_cr4, SetCR4)
GET(u64, rdtsc, RDTSC)
DO(clts, CLTS)
DO(wbinvd, WBINVD)
DO(io_delay, IODelay)
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

/* In ring 0 IRET takes the level from the frame; elsewhere it can not: 6.2. */
__pv_keeps void vmi_load_esp0(u32 esp0, u32 iopl)
{
	vmi(2, UpdateKernelStack)(KERNEL_DS, esp0);
	if (vmi_rpl)
		vmi(1, SetIOPLMask)(iopl << 12);
}
