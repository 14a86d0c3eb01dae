// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The only C that runs with paging off, at physical addresses: it says on the
 * serial line and on the screen that this CPU has no PAE, and ends with a
 * failing status. Code is reached by relative calls and so runs anywhere; data
 * must go through phys(). It belongs to early boot: there is no table of
 * operations yet.
 */
#include <abi/multiboot.h>
#include <arch/page.h>
#include <arch/pc.h>
#include <pv/pv.h>

#define COM1		0x3f8
#define LINE_STATUS	5
#define LINE_EMPTY	0x20
#define SPINS		100000

#define __early		__section(".boot") __noinline

void refuse_no_pae(const struct multiboot_info *info);

static __early const void *phys(const void *p)
{
	return (const void *)((u32)p - KERNEL_BASE);
}

static __early void out(u32 value, u32 port)
{
	asm volatile("outl %0, %w1" : : "a" (value), "d" (port));
}

static __early u8 in(u32 port)
{
	u8 value;

	asm volatile("inb %w1, %0" : "=a" (value) : "d" (port));
	return value;
}

static __early void out_byte(u8 value, u32 port)
{
	asm volatile("outb %0, %w1" : : "a" (value), "d" (port));
}

/* Where there is no such port it reads as all ones: empty. */
static __early void put(u8 c)
{
	u32 spins = SPINS;

	while (!(in(COM1 + LINE_STATUS) & LINE_EMPTY) && --spins)
		;
	out_byte(c, COM1);
}

/* In the bottom row, if the screen is in a text mode. */
static __early void show(const u8 *s)
{
	volatile u16 *cell = (u16 *)VGA_TEXT + VGA_COLUMNS * (VGA_ROWS - 1);

	out_byte(VGA_MODE, VGA_GRAPHICS);
	if (!VGA_IS_TEXT(in(VGA_GRAPHICS + 1)))
		return;
	for (u32 i = 0; i < VGA_COLUMNS; i++)
		cell[i] = VGA_GREY | (*s < ' ' ? ' ' : *s++);
}

/* The value of debugexit=, as hexadecimal after 0x; 0 if there is none. */
static __early u32 exit_port(const u8 *cmdline)
{
	const u8 *key = phys("debugexit=0x");
	u32 port = 0, i;

	for (; *cmdline; cmdline++) {
		for (i = 0; key[i] && cmdline[i] == key[i]; i++)
			;
		if (!key[i])
			break;
	}
	for (cmdline += *cmdline ? 12 : 0; *cmdline > ' '; cmdline++)
		port = port << 4 | ((*cmdline & 15) + (*cmdline > '9' ? 9 : 0));
	return port;
}

__early void refuse_no_pae(const struct multiboot_info *info)
{
	const u8 *s = phys("pv86: this CPU has no PAE, which pv86 needs. "
			   "Stopped.\r\n");
	u32 port = 0;

	show(s);
	while (*s)
		put(*s++);
	if (info->flags & MULTIBOOT_HAS_CMDLINE)
		port = exit_port((const u8 *)info->cmdline);
	if (port)
		out(STATUS_PANIC, port);
}
