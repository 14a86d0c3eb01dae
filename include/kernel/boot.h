/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the first C function of each way to boot to the common start. */
#ifndef KERNEL_BOOT_H
#define KERNEL_BOOT_H

#include <kernel/types.h>

/* Filled by the boot entry, before start_kernel. Physical addresses. */
struct boot_info {
	u32 initrd_start, initrd_end;	/* equal: there is none */
};
extern struct boot_info boot;

/* kernel/main.c: command line and `boot` are set, interrupts are off. */
void __noreturn start_kernel(void);

#endif
