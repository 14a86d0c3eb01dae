/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * console_io, xen_version, physdev_op, platform_op. xen-pv-abi 3.3, 5.3, 9, 10.
 */
#ifndef ABI_XEN_PLATFORM_H
#define ABI_XEN_PLATFORM_H

#include <kernel/types.h>

#define XEN_CONSOLE_WRITE	0
#define XEN_CONSOLE_READ	1

/* xen_version */
#define XEN_VERSION		0x00040011	/* 4.17 */
#define XEN_GET_VERSION		0
#define XEN_EXTRA_VERSION	1
#define XEN_COMPILE_INFO	2
#define XEN_CAPABILITIES	3
#define XEN_CHANGESET		4
#define XEN_PLATFORM_PARAMETERS	5	/* u32: where the M2P window begins */
#define XEN_GET_FEATURES	6	/* { u32 index, u32 bits } */
#define XEN_PAGE_SIZE		7
#define XEN_GUEST_HANDLE	8
#define XEN_COMMAND_LINE	9
#define XEN_FEATURE_PRESERVE_AD	0x20	/* bit of word 0: XEN_MMU_PRESERVE_AD */

#define XEN_PHYSDEV_SET_IOPL	6	/* pointer to the u32 level */
#define XEN_PHYSDEV_SET_IOBITMAP 7	/* { u32 address, u32 ports } */

#define XEN_PLATFORM_VERSION	0x03000001
#define XEN_PLATFORM_SLEEP	51	/* u16 PM1a, PM1b; u32 state, flags */
#define XEN_PLATFORM_SET_TIME	62

#endif
