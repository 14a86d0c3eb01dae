/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words every file of the kernel uses: fixed-width integers, the compiler
 * attributes we rely on, and the few macros that C lacks.
 */
#ifndef KERNEL_TYPES_H
#define KERNEL_TYPES_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef unsigned long long u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef long long s64;

#define S32_MAX			0x7fffffff
#define S32_MIN			(-S32_MAX - 1)

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define container_of(p, type, member) \
	((type *)((char *)(p) - offsetof(type, member)))
#define min(a, b)		((a) < (b) ? (a) : (b))
#define max(a, b)		((a) > (b) ? (a) : (b))
#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)
#define barrier()		asm volatile("" : : : "memory")

/* `align` is a power of two. */
#define ALIGN_DOWN(x, align)	((x) & ~((typeof(x))(align) - 1))
#define ALIGN_UP(x, align)	ALIGN_DOWN((x) + (typeof(x))(align) - 1, align)

#define __inline_always		static inline __attribute__((always_inline))
#define __noinline		__attribute__((noinline))
#define __noreturn		__attribute__((noreturn))
#define __packed		__attribute__((packed))
#define __aligned(n)		__attribute__((aligned(n)))
#define __used			__attribute__((used))
#define __unused		__attribute__((unused))
#define __section(name)		__attribute__((section(name)))
#define __printf(f, a)		__attribute__((format(printf, f, a)))

/* Code and data that boot alone needs: freed before the first process. */
#define __init			__section(".init.text") __attribute__((cold))
#define __initdata		__section(".init.data")
/* Written during boot, read-only from then on. */
#define __ro_after_init		__section(".data.ro_after_init")
#define __ro_after_init_zero	__section(".bss.ro_after_init")	/* until then */

#endif
