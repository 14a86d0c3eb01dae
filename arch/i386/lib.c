// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies, fills and 64-bit division, by the CPU's instructions for them.
 */
#include <kernel/kernel.h>

void *memcpy(void *dst, const void *src, size_t n)
{
	void *d = dst;
	size_t words = n / 4;

	asm volatile("rep movsl\n\tmov %3, %2\n\trep movsb"
		     : "+&D" (d), "+&S" (src), "+&c" (words)
		     : "r" (n & 3) : "memory");
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	void *d = dst;
	size_t words = n / 4;

	asm volatile("rep stosl\n\tmov %2, %1\n\trep stosb"
		     : "+&D" (d), "+&c" (words)
		     : "r" (n & 3), "a" ((c & 0xff) * 0x01010101u)
		     : "memory");
	return dst;
}

/*
 * The CPU divides 64 bits by 32 if the quotient fits 32. So the upper half is
 * divided first, and its remainder, less than d, goes before the lower half.
 */
u64 div64(u64 n, u32 d, u32 *rem)
{
	u32 hi = (u32)(n >> 32), lo = (u32)n, q_hi = hi / d;

	hi %= d;
	asm("divl %2" : "+a" (lo), "+d" (hi) : "rm" (d) : "cc");
	if (rem)
		*rem = hi;
	return (u64)q_hi << 32 | lo;
}
