// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ending a PC. Power off goes through the power management function of the
 * PIIX4 chipset, whose I/O base is in its PCI configuration (Intel 82371AB
 * data sheet, 7.1.26 and 7.2); restart through the keyboard controller.
 */
#include <arch/pc.h>
#include <kernel/kernel.h>
#include <pv/pv.h>

#define PCI_ADDRESS	0xcf8
#define PCI_DATA	0xcfc
#define PIIX4_POWER	0x71138086
#define PM_BASE		0x40
#define PM_CONTROL	4
#define SLEEP_TYPE	0x1c00		/* 0: soft off on this chip */
#define SLEEP_NOW	0x2000

#define KEYBOARD	0x64
#define PULSE_RESET	0xfe

static __noinline u32 pci_read(u32 device, u32 reg)
{
	outl(0x80000000 | device << 8 | reg, PCI_ADDRESS);
	return inl(PCI_DATA);
}

void acpi_poweroff(void)
{
	for (u32 device = 0; device < 256; device++) {
		u32 port;

		if (pci_read(device, 0) != PIIX4_POWER)
			continue;
		port = (pci_read(device, PM_BASE) & 0xffc0) + PM_CONTROL;
		outw((inw(port) & ~SLEEP_TYPE) | SLEEP_NOW, port);
	}
}

void keyboard_reset(void)
{
	for (u32 i = 0; i < 100000; i++)
		outb(PULSE_RESET, KEYBOARD);
}
