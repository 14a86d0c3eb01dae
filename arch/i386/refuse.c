// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * refuse_boot() says on the serial line and on the screen why this kernel can't run
 * here, and ends with a failing status. It belongs to early boot: there is no
 * table of operations yet. This is the only C that also runs with paging off,
 * at physical addresses. Calls are relative, so the code runs anywhere; data
 * must be reached through phys().
 */
#include <abi/multiboot.h>
#include <arch/insn.h>
#include <arch/page.h>
#include <arch/pc.h>
#include <kernel/platform.h>

#define COM1		0x3f8
#define LINE_STATUS	5
#define LINE_EMPTY	0x20
#define SPINS		100000

#define __early		__section(".boot") __noinline

void __noreturn refuse_no_pae(const struct multiboot_info *info);

static __early const void *phys(const void *p)
{
	return (const void *)((u32)p - KERNEL_BASE);
}

/* A missing port reads as all ones, which is an empty transmitter. */
static __early void put(u8 c)
{
	u32 spins = SPINS;

	while (!(inb(COM1 + LINE_STATUS) & LINE_EMPTY) && --spins)
		;
	outb(c, COM1);
}

/* Does the screen show text? */
static __early bool has_screen(void)
{
	outb(VGA_MODE, VGA_GRAPHICS);
	return VGA_IS_TEXT(inb(VGA_GRAPHICS + 1));
}

/* Also puts it in the bottom row of the screen; returns the next column. */
static __early u32 say(const char *s, u32 column)
{
	volatile u16 *cell = (u16 *)VGA_TEXT + VGA_COLUMNS * (VGA_ROWS - 1);
	bool screen = has_screen();

	for (s = phys(s); *s; s++) {
		put(*s);
		if (screen && *s >= ' ' && column < VGA_COLUMNS)
			cell[column++] = VGA_GREY | *s;
	}
	for (u32 rest = column; screen && rest < VGA_COLUMNS; rest++)
		cell[rest] = VGA_GREY | ' ';
	return column;
}

/*
 * The value of debugexit=0x..., 0 if there is none. A hexadecimal digit is its
 * low four bits, and 9 more for a letter: '7' is 0x37, 'a' 0x61, 'A' 0x41.
 */
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

__early void refuse_boot(const struct multiboot_info *info, const char *why,
		    const char *what)
{
	u32 port = 0, at;

	at = say("pv86: ", 0);
	at = say(why, at);
	at = say(what, at);
	say(". Stopped.\r\n", at);
	if (info->flags & MULTIBOOT_HAS_CMDLINE)
		port = exit_port((const u8 *)info->cmdline);
	if (port)
		outl(STATUS_PANIC, port);
	for (;;)
		asm volatile("cli; hlt");
}

__early void refuse_no_pae(const struct multiboot_info *info)
{
	refuse_boot(info, "this CPU has no PAE, which pv86 needs", "");
}
