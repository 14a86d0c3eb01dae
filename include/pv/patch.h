/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The patcher of the running kernel (pv/patch.c): what is in force, and how to
 * change it.
 */
#ifndef PV_PATCH_H
#define PV_PATCH_H

#include <pv/core.h>

extern struct pv_impl pv_impl[PV_OPS];	/* what is in force promises */
extern enum pv_level pv_boot_level;	/* pv/setup.c */
extern const char *const pv_level_name[];
int pv_find_level(const char *name);	/* enum pv_level, or -EINVAL */

/* pv/patch.c */
extern struct pv_text pv_text;
extern struct pv_state pv_now;		/* the state of every site */
extern struct pv_patch_stats {
	u32 passes;		/* rewrites of all sites, boot's included */
	u32 pokes;		/* sites written, in all passes */
	u32 changed;		/* bytes that the last pass changed */
	u32 nmis;		/* that came in the middle of a pass */
	u64 cycles;		/* TSC that the last pass took */
	u32 switches;		/* to another backend */
	u64 switch_cycles;	/* TSC that the last one took */
} pv_patch_stats;

/*
 * Rewrites all sites for `level`; PV_LEVEL_OFF restores the compiled bytes.
 * On error nothing has been written, and the site's address is in the result.
 */
struct pv_fault pv_set_level(enum pv_level level);

/*
 * Rewrites all sites for other promises, and then pv_impl and the table, which
 * become copies of `impl`.
 */
struct pv_fault pv_set_impl(const struct pv_impl impl[PV_OPS]);

/*
 * pv/setup.c. pv_set_backend puts a wrapper on the backend in use; itself: none.
 * pv_switch puts another in its place, with the same wrapper. Interrupts must be
 * on. 0, or an error that the console explains; -EAGAIN: they come too often.
 */
struct pv_backend;
struct pv_fault pv_set_backend(const struct pv_backend *backend);
int pv_switch(const struct pv_backend *to);

#endif
