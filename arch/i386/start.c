// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The first C on bare hardware, called by boot.S with paging on. It keeps what
 * the loader said and goes on to the common start, start_kernel().
 */
#include <abi/multiboot.h>
#include <arch/pc.h>
#include <kernel/boot.h>
#include <pv/pv.h>

void start_native(u32 magic, u32 info_pa);

void __init start_native(u32 magic, u32 info_pa)
{
	const char *damaged = pv_damaged();

	if (damaged)
		refuse_boot((const void *)info_pa, "this image is damaged: ",
		       damaged);
	multiboot_init(magic, info_pa);
	start_kernel();
}
