/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The patcher's core (pv/core.c): pure functions over a table of sites and a
 * piece of text. It knows no page tables and no globals, so that tests/host/
 * runs the same code, with sanitizers, on tables that no compiler would write.
 */
#ifndef PV_CORE_H
#define PV_CORE_H

#include <pv/site.h>

/*
 * How far all sites are rewritten: off, they are as compiled; direct, they call
 * functions; inline, they hold instructions where there are some.
 */
enum pv_level { PV_LEVEL_OFF, PV_LEVEL_DIRECT, PV_LEVEL_INLINE };

/* What stands at one site: F(enum pv_form, its name in reports). */
#define PV_FORM_LIST(F)							\
	F(PV_INDIRECT, "indirect")	/* a call or jump through the slot */ \
	F(PV_THUNKED, "thunk")	/* a call of its thunk, which has a site */ \
	F(PV_DIRECT, "direct")	/* a call of the function, or a jump */	\
	F(PV_INLINED, "inlined")	/* instructions */		\
	F(PV_ERASED, "erased")		/* a no-op */
#define PV_ENUM(value, name)	value,
enum pv_form { PV_FORM_LIST(PV_ENUM) PV_FORMS };

/* What a backend promises for one operation. */
struct pv_impl {
	u32 fn;			/* its function's address */
	enum {
		PV_CALLED,	/* sites call fn */
		PV_NATIVE,	/* each site has its own native bytes */
		PV_BYTES	/* sites of class INSN have `bytes` */
	} inlined;
	const u8 *bytes;
	u32 len;		/* 0: the operation does nothing */
};

/* All that decides the bytes at every site. */
struct pv_state {
	enum pv_level level;
	const struct pv_impl *impl;	/* PV_OPS of them */
};

/* The addresses from start to before end, and where their bytes are read. */
struct pv_range {
	u32 start, end;
	const u8 *bytes;
};

__inline_always const u8 *pv_view(const struct pv_range *range, u32 addr)
{
	return range->bytes + (addr - range->start);
}

__inline_always u32 pv_get32(const u8 *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (u32)p[3] << 24;
}

struct pv_text {
	struct pv_range live, linked;	/* the same addresses */
	struct pv_range native;		/* the native bytes of all sites */
	struct pv_range thunks, core;	/* parts of the text */
	u32 slots;			/* address of slot 0 of the table */
	const struct pv_site *sites;	/* ascending by address */
	u32 count;
};

/* What can be wrong: E(enum pv_error, its name in reports). */
#define PV_ERROR_LIST(E)						\
	E(PV_OK,	"no error")					\
	E(PV_BAD_OP,	"unknown operation")				\
	E(PV_BAD_LENGTH, "bad length")					\
	E(PV_BAD_CLASS,	"unknown class")				\
	E(PV_BAD_NATIVE, "native bytes out of range")			\
	E(PV_OUTSIDE,	"outside the kernel text")			\
	E(PV_IN_CORE,	"inside the patcher")				\
	E(PV_OVERLAP,	"overlaps or precedes another site")		\
	E(PV_BAD_LINKED, "not linked as a call of its operation")	\
	E(PV_TOO_LONG,	"the backend's bytes do not fit")		\
	E(PV_NO_TARGET,	"no function for the operation")		\
	E(PV_BAD_BYTES,	"unexpected bytes")
enum pv_error { PV_ERROR_LIST(PV_ENUM) };
extern const char *const pv_form_name[], *const pv_error_name[];

struct pv_fault {
	enum pv_error error;
	u32 addr;		/* of the site; 0 with PV_OK */
};

/*
 * The bytes for a site in a state, and which form that is. The site must have
 * passed pv_check_sites().
 */
enum pv_error pv_encode(const struct pv_text *text,
			const struct pv_site *site,
			const struct pv_state *state, u8 out[PV_SITE_MAX],
			enum pv_form *form);

/* Puts records into the order that struct pv_text wants. */
void pv_sort_sites(struct pv_site *sites, u32 count);

/* Checks the records in table order: fields, place, order, compiled bytes. */
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
 * decode.c. Reads every site back, without the encoder, and compares it with
 * what the state promises. forms, unless NULL, gets the number of sites of each
 * form; after a fault, of those before it.
 */
struct pv_fault pv_verify(const struct pv_text *text,
			  const struct pv_state *state, u32 *forms);

#endif
