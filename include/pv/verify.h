/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The live text against the linked image (pv/verify.c), and the image's parts
 * (pv/parts.c). The former has pure functions, like the patcher's core. They
 * call pv_pause() between pieces of long work, so that others can run.
 */
#ifndef PV_VERIFY_H
#define PV_VERIFY_H

#include <pv/core.h>

#define PV_DIFFERENCE_MAX	8	/* bytes in one report */

/* Some bytes in a row that are not what they should be. Valid for one call. */
struct pv_difference {
	u32 addr, len;
	const struct pv_site *site;	/* that they are in; NULL: in none */
	const u8 *linked, *live;
	const u8 *promised;	/* what should be there */
};

/*
 * Compares every byte of the live text: between sites with the linked image,
 * in a site with what `state` promises. The table must pass pv_check_sites().
 * Calls differ(arg, ...) for each difference and returns how many bytes are
 * different.
 */
u32 pv_compare(const struct pv_text *text, const struct pv_state *state,
	       void (*differ)(void *arg, const struct pv_difference *d),
	       void *arg);

void pv_pause(void);

/* The sum that POSIX `cksum` prints of these bytes. */
u32 pv_cksum(const u8 *bytes, u32 len);

/* pv/parts.c. scripts/sums.sh reads this and writes `sum`. */
extern const struct pv_part {
	const char *name;
	const u8 *start, *end;
	u32 sum;		/* as of pv_cksum() */
} pv_parts[], pv_parts_end[];

#endif
