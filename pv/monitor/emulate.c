// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The privileged instructions that the ABI lets a guest use all the same: they
 * fault, and are carried out here on the guest's own state, or on the machine
 * as far as the guest may see it. Any other becomes the guest's fault. What
 * the two ABIs have in common is here. xen-pv-abi 5.2, 5.3; vmi-abi 4.9.
 */
#include <monitor/emulate.h>

u64 emulated;

u64 *gpr(struct regs *regs, u32 number)
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

bool insn_read(struct insn *i)
{
	return fetch(i) && decode(i);
}

bool next_byte(struct insn *i, u8 *b)
{
	if (i->length == i->have)
		return false;
	*b = i->byte[i->length++];
	return true;
}

/* ---- ports --------------------------------------------------------------- */

/* May the guest's code of this ring use ports at all, and these? */
static bool port_allowed(const struct regs *regs, u32 port, u32 bytes)
{
	u32 at, ports;
	u8 bits[2];

	if (face_iopl_allows(regs))
		return true;
	if (!face_io_bitmap(&at, &ports) || port + bytes > ports ||
	    !guest_read(bits, at + port / 8, 2))
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

/* The rights of whoever uses the port; false: it has got a page fault. */
static bool string_access(struct insn *i, u32 at)
{
	u32 error = (i->op & 2 ? 0 : PF_WRITE) |
		    (ring_of(i->regs) == 3 ? PF_USER : 0);

	if (face_access(at, &error))
		return true;
	inject_page_fault(i->regs, at, error);
	i->length = 0;
	return false;
}

/*
 * One step of INS or OUTS; with REP the instruction is run again. The port is
 * not used before it is known that memory can be: a device gives data once.
 */
static bool port_string(struct insn *i)
{
	struct regs *regs = i->regs;
	u32 bytes = port_bytes(i), value = 0, port = regs->edx & 0xffff;
	u64 *at = i->op & 2 ? &regs->esi : &regs->edi;
	u32 last_page = ((u32)*at + bytes - 1) & ~(PAGE_SIZE - 1);

	if (!port_allowed(regs, port, bytes))
		return false;
	if ((i->rep && !(u32)regs->ecx) || !string_access(i, *at) ||
	    (last_page > (u32)*at && !string_access(i, last_page)))
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
		if (!face_read_cr(number, &value))
			return false;
		*general = value;
		return true;
	case 0x21:
		*general = (u32)get_debugreg(number);
		return true;
	case 0x22:
		return face_write_cr(number, *general);
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

static bool execute_two(struct insn *i)
{
	struct regs *regs = i->regs;
	u32 low, high;
	u64 tsc;

	switch (i->op) {
	case 0x20 ... 0x23:
		return move_register(i);
	case 0x30:
		return face_write_msr(regs->ecx, regs->eax, regs->edx);
	case 0x32:
		if (!face_read_msr(regs->ecx, &low, &high))
			return false;
		set_edx_eax(regs, low, high);
		return true;
	case 0x31:
		if (guest.cr4 & CR4_TSD && ring_of(regs) == 3)
			return false;
		tsc = rdtsc();
		set_edx_eax(regs, tsc, tsc >> 32);
		return true;
	}
	return face_instruction(i);
}

static bool execute_one(struct insn *i)
{
	switch (i->op) {
	case 0x6c ... 0x6f:
		return port_string(i);
	case 0xe4 ... 0xe7:
	case 0xec ... 0xef:
		return port_io(i);
	}
	return face_instruction(i);
}

void done(struct regs *regs, u32 bytes)
{
	emulated++;
	regs->eip = (u32)(regs->eip + bytes);
}

/* From ring 3 ports alone, and RDTSC. */
bool emulate(struct regs *regs)
{
	struct insn i = { .regs = regs };

	if (!insn_read(&i))
		return false;
	if (i.two && i.op != 0x31 && ring_of(regs) != 1)
		return false;
	if (!(i.two ? execute_two(&i) : execute_one(&i)))
		return false;
	done(regs, i.length);
	return true;
}

/* ---- CPUID ------------------------------------------------------------------ */

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

void guest_cpuid(u32 leaf, u32 sub, u32 r[4])
{
	cpuid(leaf & 0x80000000, 0, r);
	if (leaf > r[0]) {
		memset(r, 0, 4 * sizeof(*r));
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
