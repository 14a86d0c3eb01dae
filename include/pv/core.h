/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The patcher's core: pure functions over a table of sites and a piece of text.
 * It knows no page tables and no globals, so that tests/host/ runs the same
 * code, with sanitizers, on tables that no compiler would make. pv/core.c.
 */
#ifndef PV_CORE_H
#define PV_CORE_H

#include <pv/site.h>

/* How far patching goes: as compiled, calls of the functions, all of it. */
enum pv_level { PV_LEVEL_OFF, PV_LEVEL_DIRECT, PV_LEVEL_INLINE };

/* What stands at a site. */
enum pv_form {
	PV_INDIRECT,	/* a call or jump through the slot */
	PV_THUNKED,	/* a call of the thunk, inside which is one of the others */
	PV_DIRECT,	/* a call of, or jump to, the function */
	PV_INLINED,	/* instructions */
	PV_ERASED,	/* a no-op */
	PV_FORMS
};

/* What a backend promises for one operation. */
struct pv_impl {
	u32 fn;			/* its function's address */
	enum {
		PV_CALLED,	/* the function, nothing else */
		PV_NATIVE,	/* inlined: the native bytes of each site */
		PV_BYTES	/* inlined: these, of class INSN; none: erased */
	} inlined;
	const u8 *bytes;
	u32 len;
};

/* All that decides the bytes at every site. */
struct pv_state {
	enum pv_level level;
	const struct pv_impl *impl;	/* PV_OPS of them */
};

/* A stretch of memory, and a readable view of it. */
struct pv_range {
	u32 start, end;
	const u8 *bytes;
};

struct pv_text {
	struct pv_range live, linked;	/* the same addresses */
	struct pv_range native;		/* the native bytes of all sites */
	struct pv_range thunks, core;	/* parts of the text */
	u32 slots;			/* address of slot 0 of the table */
	const struct pv_site *sites;	/* by address */
	u32 count;
};

enum pv_error {
	PV_OK,
	PV_BAD_OP,		/* no such operation */
	PV_BAD_LENGTH,		/* not what its class can have */
	PV_BAD_CLASS,		/* none of PV_CLASS_* */
	PV_BAD_NATIVE,		/* native bytes outside of their section */
	PV_OUTSIDE,		/* not wholly inside the text */
	PV_IN_CORE,		/* inside the patcher */
	PV_OVERLAP,		/* shares bytes with the site before, or precedes it */
	PV_BAD_LINKED,		/* as linked it is no call of its operation */
	PV_TOO_LONG,		/* the backend's bytes do not fit */
	PV_NO_TARGET,		/* no function, or nothing for a jump to reach */
	PV_BAD_BYTES,		/* not what `from` says stands there */
	PV_ERRORS
};

struct pv_fault {
	enum pv_error error;
	u32 addr;		/* of the site; 0 with PV_OK */
};

const char *pv_error_name(enum pv_error error);

/*
 * The bytes for a site in a state, and which form that is. The site must have
 * passed pv_check_sites().
 */
enum pv_error pv_encode(const struct pv_text *text,
			const struct pv_site *site,
			const struct pv_state *state, u8 out[PV_SITE_MAX],
			enum pv_form *form);

/* Puts records where struct pv_text wants them. */
void pv_sort_sites(struct pv_site *sites, u32 count);

/* Checks the records in table order: fields, place, order, linked bytes. */
struct pv_fault pv_check_sites(const struct pv_text *text);

/*
 * Rewrites every site from one state to another. First all sites are checked
 * and encoded: if anything is wrong nothing is written. Each changed site is
 * then written once, by write(addr, bytes, len). changed: bytes that differ.
 */
struct pv_fault pv_apply(const struct pv_text *text,
			 const struct pv_state *from,
			 const struct pv_state *to,
			 void (*write)(u32 addr, const u8 *bytes, u32 len),
			 u32 *changed);

/*
 * Reads every site as the CPU would, without the encoder, and compares it
 * with what the state promises. forms: how many sites of each form, or NULL;
 * after a fault, of those before it. decode.c
 */
struct pv_fault pv_verify(const struct pv_text *text,
			  const struct pv_state *state, u32 *forms);

#endif
