/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page that esi points to at the entry. xen-pv-abi 2.4.
 */
#ifndef ABI_XEN_START_INFO_H
#define ABI_XEN_START_INFO_H

#include <kernel/types.h>

#define XEN_START_MAGIC		"xen-3.0-x86_32p"

#define XEN_SIF_PRIVILEGED	0x01
#define XEN_SIF_INITDOMAIN	0x02
#define XEN_SIF_MOD_START_PFN	0x08	/* mod_start is a frame */

#define XEN_CMDLINE_MAX		1024

struct xen_start_info {
	char magic[32];
	u32 nr_pages;
	u32 shared_info;	/* machine address */
	u32 flags;
	u32 store_mfn, store_evtchn;
	u32 console_mfn;	/* dom0: offset of the video description */
	u32 console_evtchn;	/* dom0: its size */
	u32 pt_base;		/* address of the L3 table */
	u32 nr_pt_frames;
	u32 mfn_list;		/* address of u32 p2m[nr_pages] */
	u32 mod_start, mod_len;	/* initrd: address (or frame), bytes */
	char cmd_line[XEN_CMDLINE_MAX];
	u32 first_p2m_pfn, nr_p2m_frames;
};

/* dom0 is told of the screen in the same page. */
#define XEN_CONSOLE_INFO	0x490
#define XEN_CONSOLE_INFO_SIZE	0x28

struct xen_text_screen {
	u8 type, pad[3];
	u16 font_height, cursor_x, cursor_y, rows, columns;
};
#define XEN_SCREEN_TEXT		3	/* 0: there is none */

_Static_assert(sizeof(struct xen_start_info) == 0x458, "start_info");

#endif
