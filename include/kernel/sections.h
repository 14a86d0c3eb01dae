/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the linker put things: arch/i386/pv86.ld. */
#ifndef KERNEL_SECTIONS_H
#define KERNEL_SECTIONS_H

#include <kernel/kernel.h>
#include <pv/site.h>

extern u8 __image_start[], __image_end[];
extern u8 __text_start[], __text_end[];
extern u8 __tests_text_start[];		/* up to __text_end: code of tests/ */
extern u8 __init_text_start[], __init_text_end[];
extern u8 __bss_text_start[], __bss_text_end[];
extern u8 __rodata_start[], __rodata_end[];
extern u8 __data_start[], __ro_after_init_start[], __ro_after_init_end[];
extern u8 __init_data_start[], __init_data_end[];
extern u8 __pv_core_start[], __pv_core_end[];
extern u8 __pv_thunks[], __pv_thunks_end[];
extern const u8 __pv_native[], __pv_native_end[];
extern struct pv_site __pv_sites[], __pv_sites_end[];

struct extable {
	u32 insn, fixup;
};
extern const struct extable __extable[], __extable_end[];
/* arch/i386/traps.c: where a fault at `insn` goes on; NULL: nowhere. */
const struct extable *extable_find(u32 insn);

/*
 * arch/i386/paging.c: code outside the image that runs as the kernel's, which a
 * backend has found in firmware. Executable and never written.
 */
extern struct firmware {
	const u8 *start, *end;
	u32 iret;		/* an IRET there; its fault is that of iret_site */
} firmware;
void firmware_found(const void *start, u32 bytes);	/* 0 bytes: it is none */

extern const struct boot_word __boot_words[], __boot_words_end[];

#endif
