// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a client of VMI does natively although it is in ring 1: MSRs, ports,
 * control registers, descriptor tables, HLT, and stores to pages that the
 * monitor guards. vmi-abi 4.9. Before: ../emulate.c.
 */
#include <monitor/emulate.h>
#include <monitor/vmi/vmi.h>

#define TSS_BITMAP		0x66		/* where the offset of that is */
#define EFER_READS		EFER_NXE	/* what the guest sees and sets */

bool face_iopl_allows(const struct regs *regs)
{
	return ring_of(regs) == 1 || guest.iopl == 3;
}

bool face_io_bitmap(u32 *at, u32 *ports)
{
	u32 base, limit = tss_limit(&base);
	u16 offset;

	if (limit <= TSS_BITMAP || !guest_read(&offset, base + TSS_BITMAP, 2) ||
	    offset > limit)
		return false;
	*at = base + offset;
	*ports = (limit - offset) * 8;		/* the last byte is no bitmap */
	return true;
}

/* ---- control registers ------------------------------------------------------- */

bool face_read_cr(u32 number, u64 *value)
{
	const u32 register_of[] = {
		vmi.paging.cr0, 0, guest.vcpu->cr2, vmi.paging.cr3,
		vmi.paging.cr4,
	};

	if (number == 1 || number >= ARRAY_SIZE(register_of))
		return false;
	*value = register_of[number];
	return true;
}

static void set_cr2(u32 value)
{
	shared.vcpu.cr2 = value;
}

bool face_write_cr(u32 number, u32 value)
{
	static void (*const set[])(u32 value) = {
		[0] = set_cr0, [2] = set_cr2, set_cr3, set_cr4,
	};

	if (number >= ARRAY_SIZE(set) || !set[number] ||
	    (number == 4 && !cr4_allowed(value)))
		return false;
	set[number](value);
	return true;
}

/* ---- MSRs ----------------------------------------------------------------------- */

static bool is_sysenter(u32 msr)
{
	return msr - MSR_SYSENTER_CS < ARRAY_SIZE(vmi.sysenter);
}

bool face_read_msr(u32 msr, u32 *low, u32 *high)
{
	u64 value;

	if (is_sysenter(msr))
		value = vmi.sysenter[msr - MSR_SYSENTER_CS];
	else if (msr == MSR_EFER)
		value = vmi.paging.nx ? EFER_NXE : 0;
	else
		return rdmsr_safe(msr, low, high);
	*low = value;
	*high = value >> 32;
	return true;
}

void set_sysenter(u32 msr, u64 value)
{
	vmi.sysenter[msr - MSR_SYSENTER_CS] = value;
	shared.sysexit_cs = ((u32)vmi.sysenter[0] + 16) | 3;
	shared.sysexit_ss = ((u32)vmi.sysenter[0] + 24) | 3;
}

/*
 * Any other that the machine has keeps its value: kernels write to them without
 * asking, for machine checks, counters and errata.
 */
bool face_write_msr(u32 msr, u32 low, u32 high)
{
	if (is_sysenter(msr))
		set_sysenter(msr, low);
	else if (msr == MSR_EFER && !((low & ~EFER_READS) | high))
		set_nx(low & EFER_NXE);
	else
		return msr == MSR_UCODE_WRITE ||
		       (msr != MSR_EFER && rdmsr_safe(msr, &low, &high));
	return true;
}

/* ---- an operand in memory -------------------------------------------------------- */

static bool next_bytes(struct insn *i, u32 bytes, u32 *value)
{
	u8 b;

	*value = 0;
	for (u32 n = 0; n < bytes; n++) {
		if (!next_byte(i, &b))
			return false;
		*value |= (u32)b << n * 8;
	}
	if (bytes == 1)
		*value = (u32)(s8)*value;
	return true;
}

static bool sib(struct insn *i, u32 mod, u32 *at)
{
	u32 base = 0;
	u8 b;

	if (!next_byte(i, &b))
		return false;
	if ((b & 7) != 5 || mod)
		base = *gpr(i->regs, b);
	else if (!next_bytes(i, 4, &base))
		return false;
	if ((b >> 3 & 7) != 4)
		base += (u32)*gpr(i->regs, b >> 3) << (b >> 6);
	*at = base;
	return true;
}

/* Linear address of a memory operand; segments are flat: 3.1. */
static bool operand(struct insn *i, u8 modrm, u32 *at)
{
	u32 mod = modrm >> 6, displacement = 0;

	if (mod == 3)
		return false;
	if ((modrm & 7) == 4) {
		if (!sib(i, mod, at))
			return false;
	} else if (mod || (modrm & 7) != 5) {
		*at = *gpr(i->regs, modrm);
	} else {
		return next_bytes(i, 4, at);
	}
	if (mod && !next_bytes(i, mod == 1 ? 1 : 4, &displacement))
		return false;
	*at += displacement;
	return true;
}

/* MOV and XCHG of 32 bits are all that drivers use for APICs. */
bool emulate_store(struct regs *regs, u64 machine)
{
	struct insn i = { .regs = regs };
	u32 at, value;
	u8 modrm = 0;

	if (!insn_read(&i) || i.two || i.word || machine & 3)
		return false;
	if (i.op != 0xa3 && (!next_byte(&i, &modrm) || !operand(&i, modrm, &at)))
		return false;
	switch (i.op) {
	case 0xa3:
		value = regs->eax;
		i.length += 4;
		break;
	case 0x87:
	case 0x89:
		value = *gpr(regs, modrm >> 3);
		if (i.op == 0x87)
			*gpr(regs, modrm >> 3) = *(volatile u32 *)phys(machine);
		break;
	case 0xc7:
		if (!next_bytes(&i, 4, &value))
			return false;
		break;
	default:
		return false;
	}
	guarded_write(machine, value);
	done(regs, i.length);
	return true;
}

/* ---- the other instructions ------------------------------------------------------ */

/* LLDT and LTR, 2 and 3. */
static bool group6(struct insn *i)
{
	u32 at, selector = 0;
	u8 modrm;

	if (!next_byte(i, &modrm) || (modrm & 0x30) != 0x10)
		return false;
	if (modrm >> 6 == 3)
		selector = *gpr(i->regs, modrm) & 0xffff;
	else if (!operand(i, modrm, &at) || !guest_read(&selector, at, 2))
		return false;
	(modrm & 8 ? set_tr : set_ldt_selector)(selector);
	return true;
}

/* LGDT, LIDT, LMSW, INVLPG, XSETBV. */
static bool group7(struct insn *i)
{
	u32 at;
	u8 modrm;

	if (!next_byte(i, &modrm))
		return false;
	if (modrm == 0xd1)
		return guest.cr4 & CR4_OSXSAVE &&
		       xsetbv_safe(i->regs->ecx, i->regs->eax, i->regs->edx);
	if (modrm >> 3 == (0xf0 >> 3)) {
		set_cr0((vmi.paging.cr0 & ~14u) | (*gpr(i->regs, modrm) & 15));
		return true;
	}
	if (!operand(i, modrm, &at))
		return false;
	switch (modrm >> 3 & 7) {
	case 2:
		return load_table(at, set_gdt);
	case 3:
		return load_table(at, set_idt);
	case 7:
		inval_page(at);
		return true;
	}
	return false;
}

/* STI lets no interrupt in before the instruction behind it, which may be HLT. */
static bool one_byte(struct insn *i)
{
	bool kernel = ring_of(i->regs) == 1, halt = i->op == 0xf4;

	if ((i->op & 0xfe) == 0xfa && face_iopl_allows(i->regs)) {
		if (!kernel)
			return true;
		guest.vcpu->mask = i->op == 0xfa;
		halt = i->op == 0xfb && i->length < i->have &&
		       i->byte[i->length] == 0xf4;
		i->length += halt;
	} else if (!halt || !kernel) {
		return false;
	}
	if (halt)
		wait_for_interrupt();
	return true;
}

bool face_instruction(struct insn *i)
{
	if (!i->two)
		return one_byte(i);
	switch (i->op) {
	case 0x00:
		return group6(i);
	case 0x01:
		return group7(i);
	case 0x06:
		clear_ts();
		return true;
	case 0x08:
	case 0x09:
		wbinvd();
		return true;
	}
	return false;
}

/*
 * SYSENTER faults, in one way or the other: the CPU's own registers for it are
 * 0. 6.3.
 */
bool emulate_sysenter(struct regs *regs)
{
	static const u8 sysenter[] = { 0x0f, 0x34 };
	u32 cs = vmi.sysenter[0] & 0xfffc;
	u8 there[2];

	if (!cs || !read_code(regs, there, 2) || memcmp(there, sysenter, 2))
		return false;
	enter_handler(regs, cs | 1, vmi.sysenter[2], true);
	regs->ss = (cs + 8) | 1;
	regs->esp = vmi.sysenter[1];
	return true;
}
