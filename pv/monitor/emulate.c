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

static bool fetch(struct insn *i, u32 base)
{
	u32 at = base + i->regs->eip;

	for (i->have = INSN_MAX; i->have; i->have--)
		if (guest_read(i->byte, at, i->have))
			return true;
	return false;
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
		else if (i->two || (b != 0x26 && b != 0x2e && b != 0x36 &&
				    b != 0x3e && b != 0x64 && b != 0x65)) {
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

/* `mov`-like forms only differ in where the value is. */
static bool port_io(struct insn *i)
{
	struct regs *regs = i->regs;
	u32 bytes = !(i->op & 1) ? 1 : i->word ? 2 : 4;
	u32 keep = bytes == 4 ? 0 : ~0u << bytes * 8;
	u8 immediate = 0;
	u32 port = regs->edx & 0xffff;

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
	u32 bytes = !(i->op & 1) ? 1 : i->word ? 2 : 4, value = 0;
	u32 port = regs->edx & 0xffff;
	u32 by = regs->eflags & EFLAGS_DF ? -bytes : bytes;

	if (!port_allowed(regs, port, bytes))
		return false;
	if (i->rep && !(u32)regs->ecx)
		return true;
	if (i->op & 2) {
		if (!guest_read(&value, regs->esi, bytes))
			return false;
		machine_out(port, value, bytes);
		regs->esi = (u32)(regs->esi + by);
	} else {
		value = machine_in(port, bytes);
		if (!guest_write(regs->edi, &value, bytes))
			return false;
		regs->edi = (u32)(regs->edi + by);
	}
	if (i->rep) {
		regs->ecx = (u32)(regs->ecx - 1);
		i->length = 0;
	}
	return true;
}

/* ---- control and debug registers ------------------------------------------ */

/* The base pointer as a guest writes it: the frame rotated by 12 bits. 4.2. */
static u32 cr3_of(u32 mfn)
{
	return mfn << 12 | mfn >> 20;
}

static bool read_cr(u32 number, u64 *value)
{
	switch (number) {
	case 0:
		*value = (u32)read_cr0();
		return true;
	case 2:
		*value = guest.vcpu->cr2;
		return true;
	case 3:
		*value = cr3_of(guest.base);
		return true;
	case 4:
		*value = guest.cr4;
		return true;
	}
	return false;
}

static bool write_cr(u32 number, u32 value)
{
	u32 settable = CR4_TSD | CR4_DE;
	u64 cr4;

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
		if (cpuid(1, 0).ecx & CPUID_XSAVE)
			settable |= CR4_OSXSAVE;
		guest.cr4 = (guest.cr4 & ~settable) | (value & settable);
		asm volatile("mov %%cr4, %0" : "=r" (cr4));
		cr4 = (cr4 & ~(u64)settable) | (value & settable);
		asm volatile("mov %0, %%cr4" : : "r" (cr4));
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
		*general = guest.debugreg[number == 4 || number == 5 ?
					  number + 2 : number];
		return true;
	case 0x22:
		return write_cr(number, *general);
	default:
		return !set_debugreg(number, *general);
	}
}

/* ---- MSRs ------------------------------------------------------------------ */

/* Those that the guest may read; it sees the machine's. */
static bool read_msr(u32 msr, u64 *value)
{
	switch (msr) {
	case MSR_EFER:
	case MSR_APIC_BASE:
	case MSR_PAT:
	case MSR_UCODE_REV:
	case MSR_MISC_ENABLE:
		return rdmsr_safe(msr, value);
	}
	return false;
}

static bool move_msr(struct insn *i)
{
	struct regs *regs = i->regs;
	u64 value;

	/* What Linux writes and Xen ignores. */
	if (i->op == 0x30)
		return regs->ecx == MSR_UCODE_REV;
	if (!read_msr(regs->ecx, &value))
		return false;
	regs->eax = (u32)value;
	regs->edx = value >> 32;
	return true;
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
		write_cr0(read_cr0() & ~CR0_TS);
		return true;
	case 0x09:
		wbinvd();
		return true;
	case 0x20 ... 0x23:
		return move_register(i);
	case 0x30:
	case 0x32:
		return move_msr(i);
	case 0x31:
		if (guest.cr4 & CR4_TSD && ring_of(i->regs) == 3)
			return false;
		tsc = rdtsc();
		i->regs->eax = (u32)tsc;
		i->regs->edx = tsc >> 32;
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

/* From ring 3 ports alone, and RDTSC. */
bool emulate(struct regs *regs)
{
	struct insn i = { .regs = regs };
	u32 base;

	if (!code_base(regs->cs, &base) || !fetch(&i, base) || !decode(&i))
		return false;
	if (i.two && i.op != 0x31 && ring_of(regs) != 1)
		return false;
	if (!(i.two ? execute_two(&i) : execute_one(&i)))
		return false;
	emulated++;
	regs->eip = (u32)(regs->eip + i.length);
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
	u32 leaf, sub, ebx, ecx, edx;
} hidden[] = {
	{ 1, 0, 0, 1u << 3 | 1u << 5 | 1u << 13 | 1u << 17 | 1u << 21 | 1u << 27,
	  1u << 1 | 1u << 3 | 1u << 11 | 1u << 12 | 1u << 13 | 1u << 14 |
	  1u << 17 },
	{ 7, 0, 1u << 0 | 1u << 7 | 1u << 10 | 1u << 14 | 1u << 20, ~0u, ~0u },
	{ 0x80000001, 0, 0, 1u << 2,
	  1u << 3 | 1u << 11 | 1u << 12 | 1u << 13 | 1u << 14 | 1u << 17 |
	  1u << 26 | 1u << 27 | 1u << 29 },
};

static struct cpuid guest_cpuid(u32 leaf, u32 sub)
{
	struct cpuid c;

	if (leaf >= 0x40000000 && leaf <= 0x40000005) {
		c = (struct cpuid){ 0, 0, 0, 0 };
		if (leaf == 0x40000000)
			c = (struct cpuid){ 0x40000005, 0x566e6558, 0x65584d4d,
					    0x4d4d566e };
		else if (leaf == 0x40000001)
			c.eax = XEN_VERSION;
		return c;
	}
	c = cpuid(leaf, sub);
	for (u32 i = 0; i < ARRAY_SIZE(hidden); i++)
		if (hidden[i].leaf == leaf && hidden[i].sub == sub) {
			c.ebx &= ~hidden[i].ebx;
			c.ecx &= ~hidden[i].ecx;
			c.edx &= ~hidden[i].edx;
		}
	if (leaf == 1 && guest.cr4 & CR4_OSXSAVE)
		c.ecx |= CPUID_OSXSAVE;
	return c;
}

bool emulate_cpuid(struct regs *regs)
{
	static const u8 prefixed[] = { 0x0f, 0x0b, 'x', 'e', 'n', 0x0f, 0xa2 };
	u8 bytes[sizeof(prefixed)];
	struct cpuid c;
	u32 base;

	if (!code_base(regs->cs, &base) ||
	    !guest_read(bytes, base + regs->eip, sizeof(bytes)) ||
	    memcmp(bytes, prefixed, sizeof(bytes)))
		return false;
	c = guest_cpuid(regs->eax, regs->ecx);
	regs->eax = c.eax;
	regs->ebx = c.ebx;
	regs->ecx = c.ecx;
	regs->edx = c.edx;
	regs->eip = (u32)(regs->eip + sizeof(bytes));
	emulated++;
	return true;
}

/* ---- SYSCALL of ring 3: 6.4 ------------------------------------------------ */

bool emulate_syscall(struct regs *regs)
{
	const struct callback *to = &guest.syscall;
	u8 bytes[2];
	u32 base;

	if (ring_of(regs) != 3 || !code_base(regs->cs, &base) ||
	    !guest_read(bytes, base + regs->eip, sizeof(bytes)) ||
	    bytes[0] != 0x0f || bytes[1] != 0x05)
		return false;
	emulated++;
	if (!to->eip) {
		inject(regs, TRAP_GP, 0);
		return true;
	}
	regs->eip = (u32)(regs->eip + sizeof(bytes));
	regs->ecx = regs->eip;
	bounce(regs, to->cs, to->eip, to->mask_events, NO_ERROR_CODE);
	return true;
}
