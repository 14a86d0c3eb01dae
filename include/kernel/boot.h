/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the first C function of each boot entry gives the common start. */
#ifndef KERNEL_BOOT_H
#define KERNEL_BOOT_H

#include <kernel/types.h>

/* Filled by the boot entry or, at the latest, by memory_map(). */
struct boot_info {
	const void *initrd;		/* readable until paging_init */
	u32 initrd_start, initrd_end;	/* physical; equal: there is none */
};
extern struct boot_info boot;	/* kernel/main.c */

/* kernel/main.c. The command line must be set, and interrupts off. */
void __noreturn start_kernel(void);

#endif
