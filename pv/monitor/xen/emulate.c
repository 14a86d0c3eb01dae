// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Instructions as a guest of Xen may use them, CPUID behind its prefix, and
 * SYSCALL. xen-pv-abi 5.2, 5.3. Before: ../emulate.c.
 */
#include <abi/xen/platform.h>
#include <monitor/emulate.h>
#include <monitor/xen/hypercall.h>

/* architectural_iopl counts the kernel as ring 0. */
bool face_iopl_allows(const struct regs *regs)
{
	return guest.iopl >= ring_of(regs) ||
	       (ring_of(regs) == 1 && guest.assist & ASSIST_IOPL);
}

bool face_io_bitmap(u32 *at, u32 *ports)
{
	*at = guest.iobitmap;
	*ports = guest.iobitmap_ports;
	return *at;
}

/* The base pointer as a guest writes it is the frame rotated by 12 bits. 4.2. */
bool face_read_cr(u32 number, u64 *value)
{
	const u32 register_of[] = {
		read_cr0(), 0, guest.vcpu->cr2,
		guest.base << 12 | guest.base >> 20, guest.cr4,
	};

	if (number == 1 || number >= ARRAY_SIZE(register_of))
		return false;
	*value = register_of[number];
	return true;
}

bool face_write_cr(u32 number, u32 value)
{
	u32 settable = CR4_TSD | CR4_DE, r[4];

	switch (number) {
	case 0:
		if ((value ^ read_cr0()) & 0xffffffff & ~CR0_TS)
			return false;
		write_cr0(value);
		return true;
	case 2:
		guest.vcpu->cr2 = value;
		return true;
	case 3:
		return !set_base(value >> 12 | value << 20);
	case 4:
		cpuid(1, 0, r);
		if (r[2] & CPUID_XSAVE)
			settable |= CR4_OSXSAVE;
		guest.cr4 = (guest.cr4 & ~settable) | (value & settable);
		write_cr4((read_cr4() & ~(u64)settable) | (value & settable));
		return true;
	}
	return false;
}

/* Of those that the guest may read it sees the machine's. */
bool face_read_msr(u32 msr, u32 *low, u32 *high)
{
	switch (msr) {
	case MSR_EFER:
	case MSR_APIC_BASE:
	case MSR_PAT:
	case MSR_UCODE_REV:
	case MSR_MISC_ENABLE:
		return rdmsr_safe(msr, low, high);
	}
	return false;
}

/* What Linux writes and Xen ignores. */
bool face_write_msr(u32 msr, u32 low, u32 high)
{
	return msr == MSR_UCODE_REV;
}

static bool xsetbv(struct insn *i)
{
	struct regs *regs = i->regs;
	u8 modrm;

	return next_byte(i, &modrm) && modrm == 0xd1 &&
	       guest.cr4 & CR4_OSXSAVE && xsetbv_safe(regs->ecx, regs->eax,
						      regs->edx);
}

bool face_instruction(struct insn *i)
{
	if (!i->two)
		/* CLI, STI: the mask is what counts. */
		return (i->op & 0xfe) == 0xfa && face_iopl_allows(i->regs);
	switch (i->op) {
	case 0x01:
		return xsetbv(i);
	case 0x06:
		clts();
		return true;
	case 0x09:
		wbinvd();
		return true;
	}
	return false;
}

/* ---- CPUID by ud2; "xen" --------------------------------------------------- */

#define XEN_LEAF	0x40000000
#define XEN_LEAF_LAST	0x40000005

static void xen_cpuid(u32 leaf, u32 sub, u32 r[4])
{
	static const u32 of_xen[XEN_LEAF_LAST - XEN_LEAF + 1][4] = {
		{ XEN_LEAF_LAST, 0x566e6558, 0x65584d4d, 0x4d4d566e },
		{ XEN_VERSION },
	};

	if (leaf >= XEN_LEAF && leaf <= XEN_LEAF_LAST)
		memcpy(r, of_xen[leaf - XEN_LEAF], sizeof(of_xen[0]));
	else
		guest_cpuid(leaf, sub, r);
}

/* Is it these bytes that the guest is at? */
static bool at_bytes(const struct regs *regs, const void *bytes, u32 count)
{
	u8 there[8];

	return read_code(regs, there, count) && !memcmp(there, bytes, count);
}

bool emulate_cpuid(struct regs *regs)
{
	static const u8 prefixed[] = { 0x0f, 0x0b, 'x', 'e', 'n', 0x0f, 0xa2 };
	u32 r[4];

	if (!at_bytes(regs, prefixed, sizeof(prefixed)))
		return false;
	xen_cpuid(regs->eax, regs->ecx, r);
	regs->eax = r[0];
	regs->ebx = r[1];
	regs->ecx = r[2];
	regs->edx = r[3];
	done(regs, sizeof(prefixed));
	return true;
}

/* ---- SYSCALL of ring 3: 6.4 ------------------------------------------------ */

bool emulate_syscall(struct regs *regs)
{
	static const u8 syscall[] = { 0x0f, 0x05 };
	const struct callback *to = &guest.syscall;

	if (ring_of(regs) != 3 || !at_bytes(regs, syscall, sizeof(syscall)))
		return false;
	if (!to->eip) {
		emulated++;
		inject(regs, TRAP_GP, 0);
		return true;
	}
	done(regs, sizeof(syscall));
	regs->ecx = regs->eip;
	bounce(regs, to->cs, to->eip, to->mask_events, NO_ERROR_CODE);
	return true;
}
