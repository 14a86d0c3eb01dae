// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The screen shows what goes to the serial line, if a VGA is in a text mode of
 * 80 columns and 25 rows. Only the bottom row is written; a new line moves the
 * others up. IBM VGA technical reference.
 */
#include <arch/page.h>
#include <arch/pc.h>
#include <kernel/kernel.h>
#include <pv/pv.h>

#define BOTTOM		(VGA_COLUMNS * (VGA_ROWS - 1))

static volatile u16 *const cell = (u16 *)(KERNEL_BASE + VGA_TEXT);

/* Is there memory? The registers alone do not prove it. */
static bool keeps(u16 value)
{
	u16 was = *cell;
	bool same;

	*cell = value;
	same = *cell == value;
	*cell = was;
	return same;
}

bool vga_present(void)
{
	static bool asked, present;

	if (!asked)
		present = VGA_IS_TEXT(port_indexed(VGA_GRAPHICS, VGA_MODE)) &&
			  port_indexed(VGA_CRT, VGA_LAST) == VGA_COLUMNS - 1 &&
			  keeps(0x5aa5);
	asked = true;
	return present;
}

static void new_line(void)
{
	memmove((void *)cell, (void *)(cell + VGA_COLUMNS), 2 * BOTTOM);
	for (u32 i = 0; i < VGA_COLUMNS; i++)
		cell[BOTTOM + i] = VGA_GREY;
}

static void put(u8 c)
{
	static u32 column = VGA_COLUMNS;

	if (c == '\n' || (c >= ' ' && column == VGA_COLUMNS))
		new_line();
	if (c == '\r' || (c >= ' ' && column == VGA_COLUMNS))
		column = 0;
	if (c == '\b' && column)
		column--;
	if (c >= ' ')
		cell[BOTTOM + column++] = VGA_GREY | c;
}

void vga_write(const char *s, u32 len)
{
	while (len-- && vga_present())
		put(*s++);
}
