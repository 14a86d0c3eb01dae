/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * console_io, xen_version, physdev_op, platform_op. xen-pv-abi 3.3, 5.3, 9, 10.
 */
#ifndef ABI_XEN_PLATFORM_H
#define ABI_XEN_PLATFORM_H

#include <kernel/types.h>

#define XEN_CONSOLE_WRITE	0
#define XEN_CONSOLE_READ	1

#define XEN_PLATFORM_PARAMETERS	5	/* u32: where the M2P window begins */
#define XEN_GET_FEATURES	6	/* { u32 index, u32 bits } */
#define XEN_FEATURE_PRESERVE_AD	0x20	/* bit of word 0: XEN_MMU_PRESERVE_AD */

#define XEN_PHYSDEV_SET_IOPL	6	/* pointer to the u32 level */

#endif
