/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The instructions that drivers use, bare. For the drivers of a PC's devices
 * (arch/i386/) and kernel/printk.c, which the monitor shares, it stands for
 * include/pv/pv.h.
 */
#ifndef PV_PV_H
#define PV_PV_H

#include <arch/x86.h>
#include <kernel/types.h>

#define LAPIC_VA	0xffffffff80820000	/* where paging.c maps it */

#define PORT_OPS(letter, type, reg)					\
__inline_always type in##letter(u32 port)				\
{									\
	type value;							\
									\
	asm volatile("in" #letter " %w1, %" reg "0"			\
		     : "=a" (value) : "Nd" (port) : "memory");		\
	return value;							\
}									\
									\
__inline_always void out##letter(u32 value, u32 port)			\
{									\
	asm volatile("out" #letter " %" reg "0, %w1"			\
		     : : "a" (value), "Nd" (port) : "memory");		\
}
PORT_OPS(b, u8, "b")
PORT_OPS(w, u16, "w")
PORT_OPS(l, u32, "k")
#undef PORT_OPS

__inline_always void outsb(const void *from, u32 port, u32 count)
{
	asm volatile("rep outsb"
		     : "+S" (from), "+c" (count) : "d" (port) : "memory");
}

void console_write(const char *s, u32 len);

__inline_always u64 rdtsc(void)
{
	u32 lo, hi;

	asm volatile("rdtsc" : "=a" (lo), "=d" (hi));
	return lo | (u64)hi << 32;
}

__inline_always u64 rdmsr(u32 msr)
{
	u32 lo, hi;

	asm volatile("rdmsr" : "=a" (lo), "=d" (hi) : "c" (msr));
	return lo | (u64)hi << 32;
}

__inline_always void cpuid(u32 leaf, u32 sub, u32 r[4])
{
	asm volatile("cpuid"
		     : "=a" (r[0]), "=b" (r[1]), "=c" (r[2]), "=d" (r[3])
		     : "0" (leaf), "2" (sub));
}

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
