/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The patcher's core: pure functions over a site table and a piece of text.
 * It knows no page tables and no globals, so that tests/host/ runs the same
 * code, with sanitizers, on tables that no compiler would make. pv/core.c.
 */
#ifndef PV_CORE_H
#define PV_CORE_H

#include <pv/site.h>

/* How far patching goes. */
enum pv_level { PV_LEVEL_OFF, PV_LEVEL_DIRECT, PV_LEVEL_INLINE };

/* What stands at a site. */
enum pv_form {
	PV_INDIRECT,	/* a call or jump through the slot */
	PV_DIRECT,	/* of the function */
	PV_THUNKED,	/* a call of the thunk, which holds one of the former */
	PV_INLINED,
	PV_ERASED,
	PV_FORMS
};

/*
 * Native bytes of an operation. No bytes: the operation does nothing. reloc:
 * offset of a 32-bit displacement that is relative to its own end and must be
 * adjusted when the template is moved, plus 1; 0: none.
 *
 * regs: how many operands are in registers of the site's choice. The bytes are
 * there once with all of them in ECX and then once for each with that one in
 * ESI: the bits that differ are where its number goes.
 */
struct pv_template {
	const u8 *bytes;
	u32 addr;		/* where `bytes` was linked */
	u8 op;
	u8 len;
	u8 reloc;
	u8 regs;
};

/* What a backend promises for one operation. */
struct pv_impl {
	u32 fn;					/* address; 0: none */
	const struct pv_template *template;	/* NULL: none */
};

/* All that decides the bytes at every site. */
struct pv_state {
	enum pv_level level;
	const struct pv_impl *impl;		/* PV_OPS of them */
};

struct pv_text {
	const u8 *bytes;		/* readable view of [start, end) */
	u32 start, end;
	u32 core_start, core_end;	/* the patcher itself: no site here */
	u32 slots;			/* address of slot 0 of the table */
	const struct pv_site *sites;	/* by address */
	u32 count;
	/* Must an instruction start here (exception tables)? NULL: nowhere. */
	bool (*starts)(u32 addr);
};

enum pv_error {
	PV_OK,
	PV_BAD_OP,		/* no such operation */
	PV_BAD_LENGTH,		/* see struct pv_site */
	PV_BAD_KIND,		/* neither call nor jump */
	PV_BAD_THUNK,		/* not where it can be, or not its registers */
	PV_OUTSIDE,		/* not wholly inside the text */
	PV_IN_CORE,		/* inside the patcher */
	PV_OVERLAP,		/* shares bytes with the site before, or precedes it */
	PV_TOO_LONG,		/* the template has more bytes than the site */
	PV_BAD_RELOC,		/* the template's relocation is not inside it */
	PV_NO_TARGET,		/* no function, or nothing for a jump to reach */
	PV_BAD_BYTES,		/* not what `from` says stands there */
	PV_ERRORS
};

struct pv_fault {
	enum pv_error error;
	u32 addr;		/* of the site; 0 with PV_OK */
};

const char *pv_error_name(enum pv_error error);

/* Bytes of the instruction at p, at most max of them; 0: not known. length.c */
u32 pv_insn_length(const u8 *p, u32 max);

/* Can the instruction behind an empty site take all of it as prefixes? */
bool pv_absorbed(const struct pv_text *text, const struct pv_site *site,
		 const struct pv_state *state);

/*
 * The bytes for a site in a state, padded to site->len with prefixes; `form`
 * says which kind it became. The site's own fields must be valid.
 */
enum pv_error pv_encode(const struct pv_text *text,
			const struct pv_site *site,
			const struct pv_state *state, u8 out[PV_SITE_MAX],
			enum pv_form *form);

/* Puts records where struct pv_text wants them. */
void pv_sort_sites(struct pv_site *sites, u32 count);

/* Checks the records, in table order: fields, place, order; then the thunks. */
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
 * Decodes every site as the CPU would, without the encoder, and compares it
 * with what the state promises. forms[PV_FORMS]: how many sites of each kind,
 * or NULL; after a fault, of those before it. decode.c
 */
struct pv_fault pv_verify(const struct pv_text *text,
			  const struct pv_state *state, u32 *forms);

#endif
