/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a backend is: a table of functions, templates for the operations worth
 * one, and a way to find out whether it is the right one. The list of backends
 * stands in pv/setup.c, and nowhere else is one named.
 */
#ifndef PV_BACKEND_H
#define PV_BACKEND_H

#include <pv/core.h>
#include <pv/pv.h>

struct pv_backend {
	const char *name;
	bool (*probe)(void);	/* is it there? runs before any operation */
	const struct pv_ops *ops;		/* empty slots panic when used */
	const struct pv_template *templates, *templates_end;
	/*
	 * Instead of all that: this one can be installed at run time, on top
	 * of the one that was booted. Puts its own into `impl`, which has the
	 * other's; what it leaves alone stays the other's.
	 */
	void (*wrap)(struct pv_impl impl[PV_OPS]);
};

extern const struct pv_backend *pv_backend;	/* the one that was booted */
extern const struct pv_backend *pv_in_force;	/* that, or one on top of it */

/* pv/setup.c: all there are, ending in NULL; can this be installed now? */
extern const struct pv_backend *const pv_backends[];
bool pv_installable(const struct pv_backend *backend);

/* pv/table.c: names, groups and the traps behind empty slots. */
struct pv_op_info {
	const char *group, *name, *what;
	void (*missing)(void);	/* panics with the name */
};
extern const struct pv_op_info pv_op_info[PV_OPS];

#endif
