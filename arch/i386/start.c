// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The first C on bare hardware, called by boot.S with paging on: keep what the
 * loader said, then join the common path.
 */
#include <abi/multiboot.h>
#include <kernel/boot.h>

struct boot_info boot __initdata;

void start_native(u32 magic, u32 info_pa);

void __init start_native(u32 magic, u32 info_pa)
{
	multiboot_init(magic, info_pa);
	start_kernel();
}
