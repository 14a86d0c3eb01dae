/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every part of the kernel may call: strings and memory, formatted
 * output, the command line, and the ways to stop. See kernel/lib.c,
 * kernel/printk.c and kernel/panic.c.
 */
#ifndef KERNEL_KERNEL_H
#define KERNEL_KERNEL_H

#include <abi/errno.h>
#include <kernel/types.h>

/* kernel/lib.c */
void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
/* Copies at most size - 1 bytes, size > 0, and ends `dst`; strlen(src). */
size_t strlcpy(char *dst, const char *src, size_t size);
/* True if `s` matches `glob`, in which * stands for any run of characters. */
bool glob_match(const char *glob, const char *s);
/* Number with the base that its prefix says (0x, else 10); stops at the end. */
u32 parse_u32(const char *s, const char **end);
/* n / d, with the remainder in *rem if rem is not NULL. d must not be 0. */
u64 div64(u64 n, u32 d, u32 *rem);

/*
 * kernel/vsnprintf.c, and printk.c for the console. Formats: %d %u %x %X %s %c
 * %p %%, width, 0 and - flags, ll for 64 bits, and %pS: an address as
 * function+offset. vsnprintf returns the length that the whole text would have.
 */
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
int snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
void printk(const char *fmt, ...) __printf(1, 2);
extern bool console_in_line;	/* a program has begun a line on the console */

/* kernel/panic.c: print why, the registers if any, a backtrace; then stop. */
struct regs;
void __noreturn panic(const char *fmt, ...) __printf(1, 2);
void __noreturn die(const char *what, struct regs *regs);
void __noreturn bug(const char *cond, const char *file, int line);

/* arch/i386/dump.c: the way here, by frame pointers; all that a trap left. */
void backtrace(u32 frame);
void show_trap(const struct regs *regs);

#define BUG_ON(cond) do {						\
	if (unlikely(cond))						\
		bug(#cond, __FILE__, __LINE__);				\
} while (0)

/* What a caller must ensure. Only `make DEBUG=1` checks it. */
#ifdef DEBUG
#define ASSERT(cond) do {						\
	if (unlikely(!(cond)))						\
		bug("must hold: " #cond, __FILE__, __LINE__);		\
} while (0)
#else
#define ASSERT(cond)	do { } while (0)
#endif

/* kernel/kallsyms.c: the text symbol that holds `addr`, NULL if none. */
const char *kallsyms_find(u32 addr, u32 *offset);

/*
 * kernel/cmdline.c. cmdline_get finds the word "name" or "name=value" and
 * returns the value ("" for a bare word), or NULL. The value ends at a blank:
 * it is copied to a static buffer that the next call overwrites.
 */
#define CMDLINE_MAX	1024		/* with the NUL, as Xen has it */
void cmdline_init(const char *text);
const char *cmdline_get(const char *name);
extern char cmdline[CMDLINE_MAX];
extern bool cmdline_cut;		/* there was more of it */

/*
 * A word on the command line that does something before init. `run` gets its
 * value, in the first thread; if it returns, init follows.
 */
struct boot_word {
	const char *word;
	void (*run)(const char *value);
};
#define BOOT_WORD(word, fn)						\
	static const struct boot_word boot_word_##fn			\
		__used __section(".boot_words") = { word, fn }

#endif
