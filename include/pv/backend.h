/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A backend says what each operation is on one kind of machine. A wrapper is a
 * backend that lies on top of the one in use. Both register themselves:
 *
 *	static const struct pv_backend mine = {
 *		.name = "mine", .base = &pv_native, .fill = fill,
 *	};
 *	PV_BACKEND(mine);
 */
#ifndef PV_BACKEND_H
#define PV_BACKEND_H

#include <pv/core.h>
#include <pv/pv.h>

struct seq;

struct pv_backend {
	const char *name;		/* pv=NAME */
	const struct pv_backend *base;	/* starts from its; NULL: from nothing */
	bool wrapper;			/* starts from the one in use */
	/* Is it there? Runs before any operation. NULL: as the base says. */
	bool (*probe)(void);
	/* Puts its own in; what it leaves alone stays as it is. */
	void (*fill)(struct pv_impl impl[PV_OPS]);
	/* NULL where there are none. */
	void (*start)(void);		/* once, as soon as it is in use */
	void (*stats)(struct seq *s);	/* adds to /proc/pv/stats */
	u32 (*hypercalls)(void);	/* made so far */
};

#define PV_BACKEND(backend)						\
	static const struct pv_backend *const backend##_registered	\
	__used __section(".pv_backends") = &(backend)

extern const struct pv_backend *const __pv_backends[],
	*const __pv_backends_end[];
extern const struct pv_backend pv_native;	/* the base of most */

extern const struct pv_backend *pv_backend;	/* in use since boot */
extern const struct pv_backend *pv_wrapper;	/* on top of it, or NULL */
/* pv/setup.c: the one that /proc/pv/backend can install, or NULL. */
const struct pv_backend *pv_find_installable(const char *name);
bool pv_installable(const struct pv_backend *backend);
/* Every function of a table; empty slots are left alone. Nothing inlined. */
void pv_fill(struct pv_impl impl[PV_OPS], const struct pv_ops *functions);

/*
 * Instructions of a backend for sites of class INSN, assembled as data: at most
 * PV_ROOM bytes, or the assembler refuses. None: the operation does nothing.
 * pv_inline makes them what a site gets.
 */
#define PV_INSTRUCTIONS(name, ...)					\
	extern const u8 pv_bytes_##name[], pv_bytes_##name##_end[];	\
	asm(".pushsection .pv_bytes, \"a\"\n"				\
	    "pv_bytes_" #name ":\n"					\
	    "	" PV_STRING(__VA_ARGS__) "\n"				\
	    "pv_bytes_" #name "_end:\n"					\
	    "	.org pv_bytes_" #name " + " PV_STRING(PV_ROOM) "\n"	\
	    ".popsection")
#define pv_inline(impl, op, name)					\
	pv_inline_bytes(&(impl)[op], pv_bytes_##name, pv_bytes_##name##_end)
void pv_inline_bytes(struct pv_impl *impl, const u8 *bytes, const u8 *end);

/* pv/table.c: names, groups and the traps behind empty slots. */
struct pv_op_info {
	const char *group, *name;
	void (*missing)(void);	/* panics with the name */
};
extern const struct pv_op_info pv_op_info[PV_OPS];

#endif
