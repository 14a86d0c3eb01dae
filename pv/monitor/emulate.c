// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The privileged instructions that the ABI lets a guest use all the same: they
 * fault, and are carried out here on the guest's own state, or on the machine
 * as far as the guest may see it. Any other becomes the guest's fault.
 * xen-pv-abi 5.2, 5.3.
 */
#include <abi/xen/platform.h>
#include <monitor/monitor.h>

#define INSN_MAX	15

u64 emulated;

struct insn {
	struct regs *regs;
	u8 byte[INSN_MAX];
	u32 length;		/* decoded so far */
	u32 have;		/* could be read */
	u8 op;
	bool two, word, rep;	/* 0f, 66, f2 or f3 before it */
};

static u64 *gpr(struct regs *regs, u32 number)
{
	u64 *const at[] = {
		&regs->eax, &regs->ecx, &regs->edx, &regs->ebx,
		&regs->esp, &regs->ebp, &regs->esi, &regs->edi,
	};

	return at[number & 7];
}

static bool fetch(struct insn *i)
{
	for (i->have = INSN_MAX; i->have; i->have--)
		if (read_code(i->regs, i->byte, i->have))
			return true;
	return false;
}

static bool is_segment_prefix(u8 b)
{
	return (b & 0xe7) == 0x26 || b == 0x64 || b == 0x65;
}

static bool decode(struct insn *i)
{
	for (i->length = 0; i->length < i->have;) {
		u8 b = i->byte[i->length++];

		if (b == 0x66)
			i->word = true;
		else if (b == 0xf2 || b == 0xf3)
			i->rep = true;
		else if (b == 0x0f && !i->two)
			i->two = true;
		else if (i->two || !is_segment_prefix(b)) {
			i->op = b;
			return true;
		}
	}
	return false;
}

static bool next_byte(struct insn *i, u8 *b)
{
	if (i->length == i->have)
		return false;
	*b = i->byte[i->length++];
	return true;
}

/* ---- ports --------------------------------------------------------------- */

/* architectural_iopl counts the kernel as ring 0. */
static bool iopl_allows(const struct regs *regs)
{
	return guest.iopl >= ring_of(regs) ||
	       (ring_of(regs) == 1 && guest.assist & ASSIST_IOPL);
}

/* May the guest's code of this ring use ports at all, and these? */
static bool port_allowed(const struct regs *regs, u32 port, u32 bytes)
{
	u8 bits[2];

	if (iopl_allows(regs))
		return true;
	if (!guest.iobitmap || port + bytes > guest.iobitmap_ports ||
	    !guest_read(bits, guest.iobitmap + port / 8, 2))
		return false;
	return !((bits[0] | bits[1] << 8) >> (port & 7) & ((1 << bytes) - 1));
}

static u32 port_bytes(const struct insn *i)
{
	return !(i->op & 1) ? 1 : i->word ? 2 : 4;
}

static bool port_io(struct insn *i)
{
	struct regs *regs = i->regs;
	u32 bytes = port_bytes(i), keep = bytes == 4 ? 0 : ~0u << bytes * 8;
	u32 port = regs->edx & 0xffff;
	u8 immediate;

	if (i->op < 0xe8) {
		if (!next_byte(i, &immediate))
			return false;
		port = immediate;
	}
	if (!port_allowed(regs, port, bytes))
		return false;
	if (i->op & 2)
		machine_out(port, regs->eax & ~keep, bytes);
	else
		regs->eax = (regs->eax & keep) |
			    (machine_in(port, bytes) & ~keep);
	return true;
}

/* One step of INS or OUTS; with REP the instruction is run again. */
static bool port_string(struct insn *i)
{
	struct regs *regs = i->regs;
	u32 bytes = port_bytes(i), value = 0, port = regs->edx & 0xffff;
	u64 *at = i->op & 2 ? &regs->esi : &regs->edi;

	if (!port_allowed(regs, port, bytes))
		return false;
	if (i->rep && !(u32)regs->ecx)
		return true;
	if (i->op & 2) {
		if (!guest_read(&value, *at, bytes))
			return false;
		machine_out(port, value, bytes);
	} else {
		value = machine_in(port, bytes);
		if (!guest_write(*at, &value, bytes))
			return false;
	}
	*at = (u32)(*at + (regs->eflags & EFLAGS_DF ? -bytes : bytes));
	if (i->rep) {
		regs->ecx = (u32)(regs->ecx - 1);
		i->length = 0;
	}
	return true;
}

/* ---- control and debug registers ------------------------------------------ */

/* The base pointer as a guest writes it is the frame rotated by 12 bits. 4.2. */
static bool read_cr(u32 number, u64 *value)
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

static bool write_cr(u32 number, u32 value)
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

static bool move_register(struct insn *i)
{
	u64 *general, value;
	u8 modrm;
	u32 number;

	if (!next_byte(i, &modrm))
		return false;
	number = modrm >> 3 & 7;
	general = gpr(i->regs, modrm);
	switch (i->op) {
	case 0x20:
		if (!read_cr(number, &value))
			return false;
		*general = value;
		return true;
	case 0x21:
		*general = (u32)get_debugreg(number);
		return true;
	case 0x22:
		return write_cr(number, *general);
	default:
		return !set_debugreg(number, *general);
	}
}

/* ---- MSRs ------------------------------------------------------------------ */

static void set_edx_eax(struct regs *regs, u32 low, u32 high)
{
	regs->eax = low;
	regs->edx = high;
}

/* Of those that the guest may read it sees the machine's. */
static bool read_msr(struct regs *regs)
{
	u32 low, high;

	switch (regs->ecx) {
	case MSR_EFER:
	case MSR_APIC_BASE:
	case MSR_PAT:
	case MSR_UCODE_REV:
	case MSR_MISC_ENABLE:
		if (!rdmsr_safe(regs->ecx, &low, &high))
			return false;
		set_edx_eax(regs, low, high);
		return true;
	}
	return false;
}

static bool xsetbv(struct insn *i)
{
	struct regs *regs = i->regs;
	u8 modrm;

	return next_byte(i, &modrm) && modrm == 0xd1 &&
	       guest.cr4 & CR4_OSXSAVE && xsetbv_safe(regs->ecx, regs->eax,
						      regs->edx);
}

static bool execute_two(struct insn *i)
{
	u64 tsc;

	switch (i->op) {
	case 0x01:
		return xsetbv(i);
	case 0x06:
		clts();
		return true;
	case 0x09:
		wbinvd();
		return true;
	case 0x20 ... 0x23:
		return move_register(i);
	case 0x30:
		/* What Linux writes and Xen ignores. */
		return i->regs->ecx == MSR_UCODE_REV;
	case 0x32:
		return read_msr(i->regs);
	case 0x31:
		if (guest.cr4 & CR4_TSD && ring_of(i->regs) == 3)
			return false;
		tsc = rdtsc();
		set_edx_eax(i->regs, tsc, tsc >> 32);
		return true;
	}
	return false;
}

static bool execute_one(struct insn *i)
{
	switch (i->op) {
	case 0x6c ... 0x6f:
		return port_string(i);
	case 0xe4 ... 0xe7:
	case 0xec ... 0xef:
		return port_io(i);
	case 0xfa:
	case 0xfb:
		/* CLI, STI: the mask is what counts. */
		return iopl_allows(i->regs);
	}
	return false;
}

static void done(struct regs *regs, u32 bytes)
{
	emulated++;
	regs->eip = (u32)(regs->eip + bytes);
}

/* From ring 3 ports alone, and RDTSC. */
bool emulate(struct regs *regs)
{
	struct insn i = { .regs = regs };

	if (!fetch(&i) || !decode(&i))
		return false;
	if (i.two && i.op != 0x31 && ring_of(regs) != 1)
		return false;
	if (!(i.two ? execute_two(&i) : execute_one(&i)))
		return false;
	done(regs, i.length);
	return true;
}

/* ---- CPUID by ud2; "xen" --------------------------------------------------- */

/*
 * What the guest must not use is hidden; the rest is the machine's.
 *	1, ECX		MONITOR, VMX, CX16, PCID, X2APIC, OSXSAVE
 *	1, EDX		VME, PSE, SEP, MTRR, PGE, MCA, PSE36
 *	7, EBX		FSGSBASE, SMEP, INVPCID, MPX, SMAP; all of ECX and EDX
 *	0x80000001	SVM; SYSCALL, 1 GiB pages, RDTSCP, long mode; as 1, EDX
 */
static const struct {
	u32 leaf, sub, bits[4];
} hidden[] = {
	{ 1, 0, { 0, 0,
		  1u << 3 | 1u << 5 | 1u << 13 | 1u << 17 | 1u << 21 | 1u << 27,
		  1u << 1 | 1u << 3 | 1u << 11 | 1u << 12 | 1u << 13 |
		  1u << 14 | 1u << 17 } },
	{ 7, 0, { 0, 1u << 0 | 1u << 7 | 1u << 10 | 1u << 14 | 1u << 20, ~0u,
		  ~0u } },
	{ 0x80000001, 0, { 0, 0, 1u << 2,
		  1u << 3 | 1u << 11 | 1u << 12 | 1u << 13 | 1u << 14 |
		  1u << 17 | 1u << 26 | 1u << 27 | 1u << 29 } },
};

#define XEN_LEAF	0x40000000
#define XEN_LEAF_LAST	0x40000005

static void guest_cpuid(u32 leaf, u32 sub, u32 r[4])
{
	static const u32 of_xen[XEN_LEAF_LAST - XEN_LEAF + 1][4] = {
		{ XEN_LEAF_LAST, 0x566e6558, 0x65584d4d, 0x4d4d566e },
		{ XEN_VERSION },
	};

	if (leaf >= XEN_LEAF && leaf <= XEN_LEAF_LAST) {
		memcpy(r, of_xen[leaf - XEN_LEAF], sizeof(of_xen[0]));
		return;
	}
	cpuid(leaf & 0x80000000, 0, r);
	if (leaf > r[0]) {
		memset(r, 0, sizeof(of_xen[0]));
		return;
	}
	cpuid(leaf, sub, r);
	for (u32 i = 0; i < ARRAY_SIZE(hidden); i++)
		for (u32 n = 0; hidden[i].leaf == leaf && hidden[i].sub == sub &&
		     n < 4; n++)
			r[n] &= ~hidden[i].bits[n];
	if (leaf == 1 && guest.cr4 & CR4_OSXSAVE)
		r[2] |= CPUID_OSXSAVE;
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
	guest_cpuid(regs->eax, regs->ecx, r);
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
