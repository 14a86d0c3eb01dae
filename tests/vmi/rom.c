// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From the ROM's signature to a rewritten kernel: vmi-abi 1.2 and 2.2, in the
 * order and with the reactions of Linux. The tests of this file come first, and
 * without them there are no others.
 */
#include "test.h"

const struct vmi_rom *rom;
u8 answers[VMI_CALLS];
u32 kernel_rpl;

const char *const call_names[VMI_CALLS] = {
#define VMI_CALL(number, name, changes) [number] = #name,
#include <abi/vmi.def>
};

/*
 * How Linux fetches each call (3.2): D takes over the pointer, W wraps it, P
 * keeps it, S rewrites sites (and D); - does not ask.
 */
static const char fetched[VMI_CALLS + 1] =
	"W--DWDWD-DDDDDW" "DDDDDDDDDDD" "-DD" "SSSSSS" "D--" "PPPP" "--" "PP"
	"DWP" "------------" "DWDDD" "PPPPPP" "-W";

/* What Linux has for calls that are more than an instruction. */
vmi_function native_UpdateKernelStack, native_SetPxELong, native_FlushTLB,
	native_APICWrite, native_APICRead;

u64 native_UpdateKernelStack(u32 ss0, u32 esp0, u32 c, u32 d, u32 e)
{
	tss.esp0 = esp0;
	return 0;
}

u64 native_SetPxELong(u32 low, u32 high, u32 at, u32 flags, u32 e)
{
	volatile u32 *p = (u32 *)at;

	p[0] = 0;
	p[1] = high;
	p[0] = low;
	return 0;
}

u64 native_FlushTLB(u32 flags, u32 b, u32 c, u32 d, u32 e)
{
	u32 cr4 = (u32)vmi(GetCR4);

	if (flags & VMI_FLUSH_GLOBAL && cr4 & CR4_PGE) {
		vmi(SetCR4, cr4 & ~CR4_PGE);
		vmi(SetCR4, cr4);
	} else {
		vmi(SetCR3, (u32)vmi(GetCR3));
	}
	return 0;
}

u64 native_APICWrite(u32 offset, u32 value, u32 c, u32 d, u32 e)
{
	*(volatile u32 *)(apic_va + offset) = value;
	return 0;
}

u64 native_APICRead(u32 offset, u32 b, u32 c, u32 d, u32 e)
{
	return *(volatile u32 *)(apic_va + offset);
}

struct site {
	u8 *at;
	u32 call, length;
};
extern const struct site sites[], sites_end[];
#define BOTH		0x100		/* entry.S */
#define GPL		0x004c5047	/* the string */

static void not_usable(const char *why)
{
	say("Bail out! %s\n", why);
	finish(0x12);
}

/* 1.2 */
static bool is_vmi(const struct vmi_rom *r)
{
	const u32 *licence = (const u32 *)((const char *)r + r->licence);

	return r->signature == VMI_OPTION_ROM &&
	       r->vmi_signature == VMI_SIGNATURE &&
	       r->api_major == VMI_API_MAJOR && r->pcir && r->licence &&
	       *licence == GPL;
}

void find_rom(void)
{
	for (u32 at = VMI_ROM_START; at < VMI_ROM_END; at += VMI_ROM_STEP)
		if (is_vmi((void *)(at + PAGE_OFFSET))) {
			rom = (void *)(at + PAGE_OFFSET);
			break;
		}
	if (!rom)
		not_usable("no ROM");
}

static void t_probe(void)
{
	u8 sum = 0;

	find_rom();
	for (u32 i = 0; i < rom->blocks * VMI_ROM_BLOCK; i++)
		sum += ((const u8 *)rom)[i];
	EQ(sum, 0);
	say("# ROM at %x, %u bytes, virtual_top %x\n", (u32)rom,
	    rom->blocks * VMI_ROM_BLOCK, rom->virtual_top);
}

static void t_init(void)
{
	struct gpr r = patterns(1, 2, 4), was = r;
	u16 cs;

	r.flags = EFLAGS_NT;		/* which somebody forgot */
	invoke((void *)rom->init, &r, 0, 0);
	EQ(r.flags & EFLAGS_NT, EFLAGS_NT);
	asm volatile("push %0\n\tpopf" : : "i" (EFLAGS_FIXED));
	if (r.eax)
		not_usable("VMI_Init failed");
	EQ(r.edx, 0);			/* Linux takes it for 64 bits */
	changed_only(&r, &was, VMI_EAX | VMI_ECX | VMI_EDX);
	asm volatile("mov %%cs, %0" : "=r" (cs));
	kernel_rpl = cs & 3;
	/* In another ring the CPU's own flag says nothing. */
	EQ(r.flags & (EFLAGS_DF | (kernel_rpl ? 0 : EFLAGS_IF)), 0);
	EQ(cs & ~3, KERNEL_CS);
	EQ(r.segments[0] & 0xffff, USER_DS);
	EQ(r.segments[1] & 0xffff, USER_DS);
	EQ(r.segments[2] & 0xffff, KERNEL_DS);
	EQ(r.segments[4] & 0xffff, KERNEL_DS | kernel_rpl);
	check(kernel_rpl != 3, "the kernel is not user mode");
	say("# kernel in ring %u, features %x\n", kernel_rpl,
	    features());
}

/* The record of a call: 2.1. */
u32 relocation(u32 nr, u32 *address)
{
	struct gpr r = patterns(nr, 2, 4), was = r;

	invoke((void *)rom->get_reloc, &r, 0, 0);
	changed_only(&r, &was, VMI_EAX | VMI_ECX | VMI_EDX);
	*address = r.eax;
	return r.edx & 0xff;
}

static u64 nothing(u32 eax, u32 edx, u32 ecx, u32 stack0, u32 stack1)
{
	return 0;
}

static bool in_rom(u32 address)
{
	return address - (u32)rom < rom->blocks * VMI_ROM_BLOCK ||
	       (rom->virtual_top && address >= rom->virtual_top);
}

/*
 * What Linux does with an answer (2.1): takes the function over, goes on with
 * its own, or has a bug. A call that returns something may not be dropped.
 */
static bool fetch(u32 nr, u32 type, u32 address)
{
	switch (type) {
	case VMI_RELOC_NONE:
		return nr != VMI_IRET;
	case VMI_RELOC_CALL:
		ops[nr] = (vmi_function *)address;
		return in_rom(address);
	case VMI_RELOC_JUMP:
		return (nr == VMI_IRET || nr == VMI_SYSEXIT) && in_rom(address);
	case VMI_RELOC_NOP:
		if (fetched[nr] == 'D')
			ops[nr] = nothing;
		return nr == VMI_IODelay || nr == VMI_WBINVD ||
		       nr == VMI_SetLinearMapping || nr == VMI_SetLazyMode;
	}
	return false;
}

/* What no ROM has, and what needs a device that is not there. */
static bool unprovided(u32 nr)
{
	u32 needs = nr == VMI_APICWrite || nr == VMI_APICRead ? CPU_APIC :
		    nr >= VMI_GetCycleFrequency && nr <= VMI_WallclockUpdated ?
		    CPU_TSC : 0;

	return nr == VMI_MachineToPhysical || nr == VMI_PhysicalToMachine ||
	       nr == VMI_SetCallbacks || (needs && !(features() & needs));
}

static void t_answers(void)
{
	u32 address, counts[4] = { 0 };

	for (u32 nr = 0; nr < VMI_CALLS; nr++) {
		u32 type = relocation(nr, &address);

		check(fetch(nr, type, address), call_names[nr]);
		counts[type & 3]++;
		answers[nr] = type;
	}
	say("# answers: %u none, %u call, %u jump, %u nop\n", counts[0],
	    counts[1], counts[2], counts[3]);
	/* 7.3 */
	for (u32 nr = VMI_GetCycleCounter; nr <= VMI_GetWallclockTime; nr++)
		if (answers[VMI_GetCycleFrequency])
			EQ(answers[nr], VMI_RELOC_CALL);
	/* 3.3 */
	EQ(answers[VMI_DisableInterrupts], VMI_RELOC_CALL);
	EQ(answers[VMI_GetInterruptMask], VMI_RELOC_CALL);
	if (option("calls"))
		for (u32 nr = 0; nr < VMI_CALLS; nr++)
			check(answers[nr] || unprovided(nr), call_names[nr]);
}

static void t_unknown(void)
{
	static const u32 numbers[] = { VMI_CALLS, 85, 1024, 0x7fffffff, ~0u };
	u32 address;

	for (u32 i = 0; i < ARRAY_SIZE(numbers); i++)
		EQ(relocation(numbers[i], &address), VMI_RELOC_NONE);
}

/* 2.1, row S; returns the bytes written. */
static u32 rewrite(u8 *at, u32 length, u32 nr)
{
	u32 address, type = relocation(nr, &address);

	if (type == VMI_RELOC_NOP)
		return 0;
	if (type == VMI_RELOC_NONE)
		return length;
	*at = type == VMI_RELOC_CALL ? 0xe8 : 0xe9;
	*(u32 *)(at + 1) = address - (u32)at - 5;
	return 5;
}

static void t_patch(void)
{
	for (const struct site *s = sites; s < sites_end; s++) {
		u32 used;

		if (s->call == BOTH) {
			rewrite(s->at, s->length, VMI_GetInterruptMask);
			rewrite(s->at + 5, s->length - 5,
				VMI_DisableInterrupts);
			used = 10;
		} else {
			used = rewrite(s->at, s->length, s->call);
		}
		__builtin_memset(s->at + used, 0x90, s->length - used);
	}
	EQ(sites_end - sites, 7);
	site_irq_disable();
	EQ(site_irq_save() & EFLAGS_IF, 0);
	vmi(SetLinearMapping, 0, PAGE_OFFSET, 0x38000, 0);
}

const struct test rom_tests[] = {
	{ "a ROM is found as Linux looks for it, and its sum is 0", t_probe },
	{ "VMI_Init succeeds and keeps what it must", t_init },
	{ "each call has an answer that Linux can use", t_answers },
	{ "numbers that are no call are answered NONE", t_unknown },
	{ "sites are rewritten as Linux does it", t_patch },
	{ }
};
