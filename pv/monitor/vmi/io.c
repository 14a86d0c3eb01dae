// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ports of the machine are the guest's, but for those that would take it
 * into the monitor: a reset is made by the monitor, so that no BIOS goes on in
 * the middle; SMM, which sees all memory, stays closed. vmi-abi 9.
 */
#include <monitor/vmi/vmi.h>

#define PIC		0x20		/* and 0xa0 */
#define ICW1		0x10
#define KEYBOARD_DATA	0x60
#define KEYBOARD	0x64
#define WRITE_OUTPUT	0xd1		/* the next byte of data: bit 0 is reset */
#define FAST_A20	0x92		/* bit 0 is reset */
#define SMI_COMMAND	0xb2
#define SMI_STATUS	0xb3
#define PCI_ADDRESS	0xcf8
#define PCI_DATA	0xcfc
#define RESET_CONTROL	0xcf9		/* bit 2 is reset */

/* Registers of the host bridge that open SMM's memory, by chipset. */
static bool opens_smm(u32 port, u32 bytes)
{
	u32 address = inl(PCI_ADDRESS), first = (address & 0xfc) + (port & 3);
	u32 last = first + bytes - 1;

	if (address >> 31 == 0 || address & 0xffff00)
		return false;
	return (first <= 0x72 && last >= 0x72) || (first <= 0x9e && last >= 0x9d);
}

static bool resets(u32 port, u32 value)
{
	static bool output_follows;
	bool output = output_follows && port == KEYBOARD_DATA;

	if (port == KEYBOARD || port == KEYBOARD_DATA)
		output_follows = port == KEYBOARD && value == WRITE_OUTPUT;
	return (port == KEYBOARD && (value & 0xf1) == 0xf0) ||
	       (output && !(value & 1)) || (port == FAST_A20 && value & 1) ||
	       (port == RESET_CONTROL && value & 4);
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
	return bytes == 1 ? inb(port) : bytes == 2 ? inw(port) : inl(port);
}

void machine_out(u32 port, u32 value, u32 bytes)
{
	for (u32 i = 0; i < bytes; i++)
		if (!(port == PCI_ADDRESS && bytes == 4) &&
		    resets(port + i, value >> i * 8 & 0xff))
			machine_reset();
	if ((port & ~0x81) == PIC && bytes == 1)
		pic_out(port >> 7, port, value);
	if (touches(port, bytes, SMI_COMMAND, SMI_STATUS) ||
	    (touches(port, bytes, PCI_DATA, PCI_DATA + 3) &&
	     opens_smm(port, bytes)))
		return;
	if (bytes == 1)
		outb(value, port);
	else if (bytes == 2)
		outw(value, port);
	else
		outl(value, port);
}
