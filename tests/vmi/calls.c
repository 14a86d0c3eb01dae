// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Registers: each call that the ROM answers for is made with patterns in all of
 * them, and may change only those that include/abi/vmi.def lists. vmi-abi 3.1.
 */
#include "test.h"

#define DATA_PORT	0xe0		/* pc-testdev: 4 bytes that stay */
#define SYSENTER_EIP	0x176

static u32 buffer[8];
static u64 table[4] __aligned(PAGE_SIZE);
static struct vmi_ap_state ap;

static const u8 may_change[VMI_CALLS] = {
#define VMI_CALL(number, name, changes) [number] = changes,
#include <abi/vmi.def>
};

struct gpr patterns(u32 eax, u32 ecx, u32 edx)
{
	return (struct gpr){ eax, ecx, edx, 0xb0b1b2b3, 0x51525354, 0xd1d2d3d4,
			     0xebebebe5, .flags = 0x8d5 };
}

void changed_only(const struct gpr *now, const struct gpr *was, u32 mask)
{
	check(mask & VMI_EAX || now->eax == was->eax, "EAX stays");
	check(mask & VMI_ECX || now->ecx == was->ecx, "ECX stays");
	check(mask & VMI_EDX || now->edx == was->edx, "EDX stays");
	check(mask & VMI_EBX || now->ebx == was->ebx, "EBX stays");
	check(mask & VMI_ESI || now->esi == was->esi, "ESI stays");
	check(mask & VMI_EDI || now->edi == was->edi, "EDI stays");
	check(now->ebp == was->ebp, "EBP stays");
}

#define ZERO		0x0e0e0e0e	/* an argument that is 0 */

/* EAX, EDX, ECX and two words of stack, such that no call does any harm. What
 * a call does not take, or may be anything, is a pattern. */
static void arguments(u32 nr, u32 *args)
{
	u32 pfn = page_pa(table) >> 12, flags = pae ? VMI_PAGE_PAE : 0;
	u32 data[] = { (u32)table, 3, 0x0000ffff, 0x00cff300 };
	const u32 all[VMI_CALLS][5] = {
		[VMI_WRMSR] = { ZERO, ZERO, SYSENTER_EIP },
		[VMI_RDMSR] = { 0, 0, SYSENTER_EIP },
		[VMI_SetGDT] = { (u32)&gdtr },
		[VMI_SetIDT] = { (u32)&idtr },
		[VMI_SetLDT] = { ZERO },
		[VMI_SetTR] = { TSS_SEL },
		[VMI_GetGDT] = { (u32)buffer },
		[VMI_GetIDT] = { (u32)buffer },
		[VMI_WriteGDTEntry] = { data[0], data[1], data[2], data[3] },
		[VMI_WriteLDTEntry] = { data[0], data[1], data[2], data[3] },
		[VMI_WriteIDTEntry] = { data[0], data[1], data[2], data[3] },
		[VMI_UpdateKernelStack] = { KERNEL_DS, (u32)user_stack_top },
		[VMI_SetCR0] = { (u32)vmi(GetCR0) },
		[VMI_SetCR3] = { (u32)vmi(GetCR3) },
		[VMI_SetCR4] = { (u32)vmi(GetCR4) },
		[VMI_SetInterruptMask] = { EFLAGS_IF },
		[VMI_SetPxE] = { ZERO, (u32)window_entry, VMI_PAGE_PT },
		[VMI_SetPxELong] = { ZERO, ZERO, (u32)window_entry,
				     VMI_PAGE_PT },
		[VMI_UpdatePxE] = { (u32)window_entry, VMI_PAGE_PT },
		[VMI_UpdatePxELong] = { (u32)window_entry, VMI_PAGE_PT },
		[VMI_AllocatePage] = { pfn, VMI_PAGE_PT | flags },
		[VMI_ReleasePage] = { pfn, VMI_PAGE_PT | flags },
		[VMI_FlushTLB] = { VMI_FLUSH_TLB | VMI_FLUSH_GLOBAL },
		[VMI_SetLinearMapping] = { ZERO, PAGE_OFFSET, 0x38000, ZERO },
		[VMI_SetLazyMode] = { ZERO },
		[VMI_SetIOPLMask] = { ZERO },
		[VMI_SetDR] = { ZERO }, [VMI_GetDR] = { ZERO },
		[VMI_INL] = { 0, DATA_PORT }, [VMI_OUTL] = { 1, DATA_PORT },
		[VMI_INB] = { 0, DATA_PORT }, [VMI_OUTB] = { 1, DATA_PORT },
		[VMI_INW] = { 0, DATA_PORT }, [VMI_OUTW] = { 1, DATA_PORT },
		[VMI_INSL] = { 0, DATA_PORT, 2 },
		[VMI_INSB] = { 0, DATA_PORT, 2 },
		[VMI_INSW] = { 0, DATA_PORT, 2 },
		[VMI_OUTSL] = { 0, DATA_PORT, 2 },
		[VMI_OUTSB] = { 0, DATA_PORT, 2 },
		[VMI_OUTSW] = { 0, DATA_PORT, 2 },
		[VMI_SetInitialAPState] = { (u32)&ap, 1 },
		[VMI_APICWrite] = { APIC_TPR, ZERO },
		[VMI_APICRead] = { APIC_VERSION },
		[VMI_SetAlarm] = { VMI_ALARM_LVTT, ~0u, 0x7fffffff },
		[VMI_CancelAlarm] = { VMI_ALARM_LVTT },
	};

	for (u32 i = 0; i < 5; i++)
		args[i] = !all[nr][i] ? 0xa0a1a2a4 + i :
			  all[nr][i] == ZERO ? 0 : all[nr][i];
}

static void call(u32 nr)
{
	struct gpr r, was;
	u32 args[5], ds;

	arguments(nr, args);
	r = patterns(args[0], args[2], args[1]);
	if (nr >= VMI_INSL && nr <= VMI_INSW)
		r.edi = (u32)buffer;
	if (nr >= VMI_OUTSL && nr <= VMI_OUTSW)
		r.esi = (u32)buffer;
	if (nr == VMI_SetTR)
		gdt[GDT_TSS] &= ~(2ull << 40);		/* not busy */
	site_irq_disable();
	if (nr == VMI_Halt)
		raise_irq();
	was = r;
	invoke(ops[nr], &r, args[3], args[4]);
	changed_only(&r, &was, may_change[nr]);
	EQ(r.esp, -8);
	EQ(r.flags & EFLAGS_DF, 0);
	asm volatile("mov %%ds, %0" : "=r" (ds));
	for (u32 i = 0; i < 2; i++)
		EQ(r.segments[i] & 0xffff, ds & 0xffff);
	EQ(r.segments[2] & 0xffff, PERCPU_SEL);
	EQ(r.segments[3] & 0xffff, 0);
	EQ(r.segments[4] & 0xffff, KERNEL_DS | kernel_rpl);
}

/* Not to be called here: they do not return, they have no meaning in this
 * mode, or QEMU has no performance counters. */
static bool apart(u32 nr)
{
	bool wide = nr == VMI_SetPxELong || nr == VMI_UpdatePxELong;
	bool narrow = nr == VMI_SetPxE || nr == VMI_UpdatePxE;

	return nr == VMI_IRET || nr == VMI_SYSEXIT || nr == VMI_Reboot ||
	       nr == VMI_Shutdown || nr == VMI_RDPMC || (pae ? narrow : wide);
}

static void t_registers(void)
{
	u32 made = 0;

	for (u32 nr = 0; nr < VMI_CALLS; nr++) {
		u32 wrong = failures;

		if (answers[nr] != VMI_RELOC_CALL || apart(nr))
			continue;
		call(nr);
		made++;
		if (failures != wrong)
			say("#   in %s\n", call_names[nr]);
	}
	say("# %u calls made\n", made);
	if (!made)
		skip("the ROM has none");
}

/* Ports: value, width, and what the string forms advance. */
static void t_ports(void)
{
	static const u32 mask[] = { 0xffffffff, 0xff, 0xffff };
	static const u32 size[] = { 4, 1, 2 };

	for (u32 i = 0; i < 3; i++) {
		struct gpr r = { .eax = 0x12345678, .edx = DATA_PORT };

		if (!answers[VMI_INL])
			return skip("not asked of the ROM");
		invoke(ops[VMI_OUTL + i], &r, 0, 0);
		r.eax = 0xfedcba98;
		invoke(ops[VMI_INL + i], &r, 0, 0);
		EQ(r.eax, (0x12345678 & mask[i]) | (0xfedcba98 & ~mask[i]));

		buffer[0] = 0x1a2b3c4d;
		buffer[1] = buffer[2] = buffer[3] = 0;
		r = (struct gpr){ .ecx = 1, .edx = DATA_PORT,
				  .esi = (u32)buffer };
		invoke(ops[VMI_OUTSL + i], &r, 0, 0);
		EQ(r.esi, (u32)buffer + size[i]);
		EQ(r.ecx, 0);
		r = (struct gpr){ .ecx = 2, .edx = DATA_PORT,
				  .edi = (u32)&buffer[1] };
		invoke(ops[VMI_INSL + i], &r, 0, 0);
		EQ(r.edi, (u32)&buffer[1] + 2 * size[i]);
		EQ(r.ecx, 0);
		EQ(buffer[1] & mask[i], 0x1a2b3c4d & mask[i]);
		EQ(*(u32 *)((u32)&buffer[1] + size[i]) & mask[i],
		   0x1a2b3c4d & mask[i]);
		EQ(*(u32 *)((u32)&buffer[1] + 2 * size[i]) & mask[i], 0);
	}
}

const struct test call_tests[] = {
	{ "each call changes only the registers that it may", t_registers },
	{ "ports in each width, one by one and in strings", t_ports },
	{ }
};
