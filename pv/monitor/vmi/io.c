// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ports of the machine are the guest's, but for those that would take it
 * into the monitor: a reset is made by the monitor, so that no BIOS goes on in
 * the middle; SMM, which sees all memory, stays closed. vmi-abi 9.
 */
#include <arch/pc.h>
#include <monitor/vmi/vmi.h>

#define PIC		0x20		/* and 0xa0 */
#define ICW1		0x10
#define KEYBOARD_DATA	0x60
#define KEYBOARD	0x64
#define WRITE_OUTPUT	0xd1		/* the next byte of data: bit 0 is reset */
#define CLOSE_A20	0xdd
#define OPEN_A20	0xdf
#define FAST_A20	0x92		/* bit 0 is reset */
#define A20		2		/* in either */
#define SMI_COMMAND	0xb2
#define SMI_STATUS	0xb3
#define PCI_ADDRESS	0xcf8
#define PCI_DATA	0xcfc
#define RESET_CONTROL	0xcf9		/* bit 2 is reset */
#define CONFIG		(1u << 31)	/* with a register: of the host bridge */
#define Q35		0x29c08086	/* that of an ICH9 machine, by register 0 */
#define Q35_SMRAM	0x9c		/* in the second byte */
#define SMRAM_LOCK	0x10		/* until a reset */

/* In memory, by PCIEXBAR, are the registers of an ICH9 machine's bridge too. */
void lock_smm(void)
{
	u32 address = inl(PCI_ADDRESS);

	outl(CONFIG, PCI_ADDRESS);
	if (inl(PCI_DATA) == Q35) {
		outl(CONFIG | Q35_SMRAM, PCI_ADDRESS);
		outb(inb(PCI_DATA + 1) | SMRAM_LOCK, PCI_DATA + 1);
	}
	outl(address, PCI_ADDRESS);
}

/*
 * Words of the host bridge with a register that opens SMM's memory, by chipset.
 * The two lowest bits of the address count or not, by chipset too.
 */
static bool opens_smm(void)
{
	u32 address = inl(PCI_ADDRESS), word = address & 0xfc;

	return address & CONFIG && !(address & 0xffff00) &&
	       (word == 0x70 || word == Q35_SMRAM);
}

/*
 * What is written for that byte. Line 20 of addresses stays open, which the
 * monitor needs as well; a reset is one by the BIOS from the start.
 */
static u8 safe_byte(u32 port, u8 value)
{
	static bool output_follows;
	static u8 cmos_index = SHUTDOWN_CODE;
	bool output = output_follows && port == KEYBOARD_DATA;

	if (port == KEYBOARD || port == KEYBOARD_DATA)
		output_follows = (output_follows && !output) ||
				 (port == KEYBOARD && value == WRITE_OUTPUT);
	if (port == CMOS_INDEX)
		cmos_index = value & 0x7f;
	if ((port == KEYBOARD && (value & 0xf1) == 0xf0) ||
	    (output && !(value & 1)) || (port == FAST_A20 && value & 1) ||
	    (port == RESET_CONTROL && value & 4))
		machine_reset();
	if (output || port == FAST_A20)
		return value | A20;
	if (port == KEYBOARD && value == CLOSE_A20)
		return OPEN_A20;
	return port == CMOS_DATA && cmos_index == SHUTDOWN_CODE ? 0 : value;
}

static u32 safe_value(u32 port, u32 value, u32 bytes)
{
	u32 safe = 0;

	for (u32 i = 0; i < bytes; i++)
		safe |= safe_byte(port + i, value >> i * 8) << i * 8;
	return safe;
}

/*
 * What an 8259 has sent is forgotten when it is started anew. On the bare machine
 * it would not have been taken yet: interrupts are off then.
 */
static void pic_out(u32 which, u32 port, u8 value)
{
	static struct {
		u8 base;
		bool base_follows;
	} pic[2] = { { .base = 0x08 }, { .base = 0x70 } };	/* as the BIOS leaves them */

	if (!(port & 1) && value & ICW1) {
		unpend(pic[which].base, 8);
		pic[which].base_follows = true;
	} else if (port & 1 && pic[which].base_follows) {
		pic[which].base = value & 0xf8;
		pic[which].base_follows = false;
	}
}

static bool touches(u32 port, u32 bytes, u32 first, u32 last)
{
	return port <= last && port + bytes > first;
}

u32 machine_in(u32 port, u32 bytes)
{
	return port_in(port, bytes);
}

void machine_out(u32 port, u32 value, u32 bytes)
{
	if (port != PCI_ADDRESS || bytes != 4)
		value = safe_value(port, value, bytes);
	if ((port & ~0x81) == PIC && bytes == 1)
		pic_out(port >> 7, port, value);
	/* A kernel needs the command to turn ACPI on; others lead into the BIOS. */
	if (touches(port, bytes, SMI_COMMAND, SMI_STATUS) &&
	    (port != acpi.command || value != acpi.enable || bytes != 1))
		return;
	if (touches(port, bytes, PCI_DATA, PCI_DATA + 3) && opens_smm())
		return;
	port_out(value, port, bytes);
}
