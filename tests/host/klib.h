/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's lib.c, both of them, and printing in a host program: their
 * functions are renamed with a k_, so that both they and the host's can be
 * called. The console and the symbol table are stand-ins.
 */
#ifndef HOST_KLIB_H
#define HOST_KLIB_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tap.h"

#define CONSOLE_SIZE	4096

static char console[CONSOLE_SIZE];
static u32 console_len;

/* Instead of the operations, whose sites are i386 code. */
#define PV_PV_H
static inline void console_write(const char *s, u32 len)
{
	if (CHECK(len <= CONSOLE_SIZE - console_len))
		memcpy(console + console_len, s, len);
	console_len += len;
}

#define memcpy		k_memcpy
#define memmove		k_memmove
#define memset		k_memset
#define memcmp		k_memcmp
#define strlen		k_strlen
#define strcmp		k_strcmp
#define strncmp		k_strncmp
#define strchr		k_strchr
#define strlcpy		k_strlcpy
#define snprintf	k_snprintf
#define vsnprintf	k_vsnprintf
#include "../../arch/i386/lib.c"
#include "../../kernel/lib.c"
#include "../../kernel/vsnprintf.c"
#include "../../kernel/printk.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef strlen
#undef strcmp
#undef strncmp
#undef strchr
#undef strlcpy
#undef snprintf
#undef vsnprintf

/* One function, of 256 bytes. */
const char *kallsyms_find(u32 addr, u32 *offset)
{
	*offset = addr - 0xc0101000;
	return *offset < 0x100 ? "one_function" : NULL;
}

static u64 random_state = 86;

/* xorshift64* */
static inline u32 rnd(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (u32)(random_state * 0x2545f4914f6cdd1dull >> 32);
}

#endif
