/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sums of the parts of this image: pv/parts.c. */
#ifndef PV_PARTS_H
#define PV_PARTS_H

#include <kernel/types.h>

/* scripts/sums.sh reads this and writes `sum`. */
struct pv_part {
	const char *name;
	const u8 *start, *end;
	u32 sum;		/* as of pv_cksum() */
};

extern const struct pv_part pv_parts[], pv_parts_end[];

/* The most particular part that is not as it was linked; NULL: all are. */
#ifdef PV_OFF
__inline_always const char *pv_damaged(void)
{
	return NULL;
}
#else
const char *pv_damaged(void);
#endif

#endif
