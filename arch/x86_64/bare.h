/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What drivers need, by bare instructions. For the drivers of a PC's devices
 * (arch/i386/) and kernel/printk.c, which the monitor shares, it stands for
 * include/pv/pv.h.
 */
#ifndef PV_PV_H
#define PV_PV_H

#include <arch/insn.h>
#include <arch/x86.h>

#define LAPIC_VA	0xffffffff80820000	/* where paging.c maps it */

void console_write(const char *s, u32 len);

/* No interrupt comes while the monitor runs. */
__inline_always u32 irq_save(void)
{
	return 0;
}

__inline_always void restore_fl(u32 flags)
{
}

/* To a port that nobody has. */
__inline_always void io_delay(void)
{
	outb(0, 0x80);
}

#endif
