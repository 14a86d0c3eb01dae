/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bare instructions, for code that no table of operations serves: the monitor,
 * and boot before there is a table. The kernel has include/pv/pv.h instead.
 */
#ifndef ARCH_INSN_H
#define ARCH_INSN_H

#include <kernel/types.h>

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

/* 1, 2 or 4 bytes. */
__inline_always u32 port_in(u32 port, u32 bytes)
{
	return bytes == 1 ? inb(port) : bytes == 2 ? inw(port) : inl(port);
}

__inline_always void port_out(u32 value, u32 port, u32 bytes)
{
	if (bytes == 1)
		outb(value, port);
	else if (bytes == 2)
		outw(value, port);
	else
		outl(value, port);
}

__inline_always void outsb(const void *from, u32 port, u32 count)
{
	asm volatile("rep outsb"
		     : "+S" (from), "+c" (count) : "d" (port) : "memory");
}

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

#endif
