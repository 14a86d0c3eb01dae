/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What fuzz.c makes with what fuzz_calls.c chooses. */
#ifndef FUZZ_H
#define FUZZ_H

#include "guest.h"

#define PAGES		24	/* that are tables, descriptors, data in turn */
#define SPARES		8	/* frames that are given back and come again */
#define SLOTS		256	/* of the window, to map things in */
#define CALLS		8	/* of a multicall */

extern char *pages[PAGES];
extern char *data;		/* random; calls may write there */
extern char *lists;		/* of CALLS calls, each for itself */
extern u32 spares[SPARES], seed;
extern struct xen_grant_entry *grants;	/* the table */
extern struct space space;

u32 random(void);
u32 below(u32 n);
#define ANY(list)	(list)[below(ARRAY_SIZE(list))]
u32 wild(void);
const char *page(void);
u32 mfn(void);
u64 entry_for(u32 frame);
void words(void *to, u32 n);
/* Fills the call and what it points to; lists begin at `list`. */
void arguments(struct xen_multicall *c, void *list);
bool harmless(const struct xen_multicall *c);

#endif
