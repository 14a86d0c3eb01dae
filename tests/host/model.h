/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A model of what pv/core.c must do, for its tests. It shares no approach with
 * that: a site is written from its end to its start, a register number bit by
 * bit, addresses have 64 bits and do not wrap, and who owns which byte of the
 * text is written on a map. Only pv_insn_length() is taken as it is, since
 * length.c tests it.
 */
#ifndef HOST_MODEL_H
#define HOST_MODEL_H

#include <stdlib.h>
#include <string.h>
#include <pv/core.h>

#define FAULT(error)	(1u << (error))

/* What one site must become. */
struct model {
	u32 faults;		/* FAULT() of all that is wrong with it */
	enum pv_form form;
	u32 insn_len;		/* without the padding */
	u32 left;		/* bytes of the site not yet written */
	u8 bytes[PV_SITE_MAX];
};

/* The bytes of `value` go in front of what is there. */
static inline void model_prepend(struct model *m, u32 value, u32 len)
{
	while (len--)
		m->bytes[--m->left] = (u8)(value >> 8 * len);
}

/* A call or jump to, with its displacement from the end of the site. */
static inline void model_relative(struct model *m, const struct pv_site *site,
				  u32 to)
{
	model_prepend(m, to - (site->addr + site->len), 4);
	model_prepend(m, site->kind == PV_SITE_JUMP ? 0xe9 : 0xe8, 1);
}

/* The number that the site's operand n puts where the template wants one. */
static inline u32 model_register(const struct pv_text *text,
				 const struct pv_site *site, u32 n)
{
	return text->bytes[site->thunk - text->start - 3 + n] - 0x50u;
}

/* A bit that is not the same for ECX and ESI belongs to that operand. */
static inline u8 model_byte(const struct pv_text *text,
			    const struct pv_site *site,
			    const struct pv_template *t, u32 at)
{
	u8 byte = 0;

	for (u32 bit = 0; bit < 8; bit++) {
		u32 value = t->bytes[at] >> bit & 1;

		for (u32 n = 0; n < t->regs; n++) {
			u32 esi = t->bytes[t->len * (n + 1) + at];

			if ((esi >> bit & 1) != (t->bytes[at] >> bit & 1u))
				value = model_register(text, site, n) >>
					bit % 3 & 1;
		}
		byte |= value << bit;
	}
	return byte;
}

/* What the site's thunk has not got. */
static inline bool model_lacks_registers(const struct pv_text *text,
					 const struct pv_site *site, u32 regs)
{
	for (u32 n = 0; n < regs; n++)
		if (n == 3 || model_register(text, site, n) > 7)
			return true;
	return false;
}

static inline void model_inline(struct model *m, const struct pv_text *text,
				const struct pv_site *site,
				const struct pv_template *t)
{
	u32 moved = site->addr + site->len - t->len - t->addr;

	if (t->len > site->len)
		m->faults |= FAULT(PV_TOO_LONG);
	if (t->reloc && t->reloc + 3 > t->len)
		m->faults |= FAULT(PV_BAD_RELOC);
	if (model_lacks_registers(text, site, t->regs))
		m->faults |= FAULT(PV_BAD_THUNK);
	if (m->faults & ~FAULT(PV_BAD_RELOC))
		return;
	for (u32 at = t->len; at--; ) {
		if (m->faults || !t->reloc || at != t->reloc + 2u) {
			model_prepend(m, model_byte(text, site, t, at), 1);
			continue;
		}
		at -= 3;
		/* The target stays where it is. */
		model_prepend(m, (t->bytes[at] | t->bytes[at + 1] << 8 |
				  t->bytes[at + 2] << 16 |
				  (u32)t->bytes[at + 3] << 24) - moved, 4);
	}
}

/*
 * Whether what follows an empty site can take all of it as prefixes. It must
 * end where it always ends: an instruction does not reach into another site,
 * and a whole site counts, whatever it holds.
 */
static inline bool model_absorbs(const struct pv_text *text,
				 const struct pv_site *site,
				 const struct pv_state *state)
{
	u64 next = (u64)site->addr + site->len, limit = text->end, len = 0;

	for (u32 n = 0; n < text->count; n++) {
		const struct pv_site *other = &text->sites[n];
		const struct pv_template *t = state->impl[other->op].template;

		if (other->addr == next && !(t && !t->len))
			len = other->len;
		if (other->addr >= next && other->addr < limit)
			limit = other->addr;
	}
	if (limit > next)
		len = pv_insn_length(text->bytes + (next - text->start),
				     (u32)(limit - next));
	if (text->starts && next < text->end && text->starts((u32)next))
		return false;
	return len && site->len + len < 16;
}

/*
 * What the site must become in a state; its own fields must be valid. With a
 * bad relocation the bytes are those of the template, and where a jump becomes
 * nothing those of a call: tempting, but refused.
 */
static inline struct model model_encode(const struct pv_text *text,
					const struct pv_site *site,
					const struct pv_state *state)
{
	const struct pv_impl *impl = &state->impl[site->op];
	const struct pv_template *t = impl->template;
	bool jump = site->kind == PV_SITE_JUMP;
	struct model m = { .left = site->len };

	if (state->level == PV_LEVEL_INLINE && t && (site->thunk || !t->regs)) {
		m.form = t->len ? PV_INLINED : PV_ERASED;
		if (t->len)
			model_inline(&m, text, site, t);
		else if (jump)
			m.faults = FAULT(PV_NO_TARGET);
		if (!t->len && !model_absorbs(text, site, state))
			model_prepend(&m, 0x90, 1);
	} else if (site->thunk) {
		m.form = PV_THUNKED;
		model_relative(&m, site, site->thunk);
	} else if (state->level == PV_LEVEL_OFF) {
		m.form = PV_INDIRECT;
		model_prepend(&m, text->slots + site->op * 4, 4);
		model_prepend(&m, jump ? 0x25ff : 0x15ff, 2);
		if (jump)
			model_prepend(&m, 0x36, 1);
	} else if (impl->fn) {
		m.form = PV_DIRECT;
		model_relative(&m, site, impl->fn);
	} else {
		m.faults = FAULT(PV_NO_TARGET);
	}
	m.insn_len = site->len - m.left;
	while (m.left)
		model_prepend(&m, 0x3e, 1);
	return m;
}

/*
 * Faults of a record without its thunk. If there are none its bytes get its
 * number on the map.
 */
static inline u32 model_record(const struct pv_text *text, u32 number,
			       u32 *owner)
{
	const struct pv_site *site = &text->sites[number - 1];
	u64 end = (u64)site->addr + site->len;
	u32 faults = 0;

	if (site->op >= PV_OPS)
		faults |= FAULT(PV_BAD_OP);
	if (site->len < (site->thunk ? 5 : site->kind == 1 ? 7 : 6) ||
	    site->len > 15)
		faults |= FAULT(PV_BAD_LENGTH);
	if (site->kind > 1 || site->zero)
		faults |= FAULT(PV_BAD_KIND);
	if (site->addr < text->start || end > text->end)
		return faults | FAULT(PV_OUTSIDE);
	for (u64 a = site->addr; a < end; a++)
		if (a >= text->core_start && a < text->core_end)
			faults |= FAULT(PV_IN_CORE);
	/* No earlier record is here or behind it. */
	for (u64 a = site->addr; a < text->end; a++)
		if (owner[a - text->start])
			faults |= FAULT(PV_OVERLAP);
	for (u64 a = site->addr; a < end && !faults; a++)
		owner[a - text->start] = number;
	return faults;
}

/* Whether the thunk can be one, with the map of a table that is good else. */
static inline bool model_thunk(const struct pv_text *text,
			       const struct pv_site *site, const u32 *owner)
{
	/* The byte, and what may follow it: another PUSH, only NOP. */
	u64 at = site->thunk;
	bool more = true;

	if (site->kind || at < (u64)text->start + 3 || at >= text->end)
		return false;
	for (at -= 3; at < site->thunk; at++) {
		u8 byte = text->bytes[at - text->start];

		if (owner[at - text->start])
			return false;
		if (byte == 0x90)
			more = false;
		else if (!more || byte < 0x50 || byte > 0x57 || byte == 0x54)
			return false;
	}
	for (; at < text->end; at++) {
		u32 number = owner[at - text->start];

		if (number)
			return text->sites[number - 1].op == site->op &&
			       !text->sites[number - 1].thunk;
	}
	return false;
}

/* The first bad record and its faults, or 0. */
static inline u32 model_table(const struct pv_text *text, u32 *addr)
{
	u32 *owner = calloc(text->end - text->start + 1, sizeof(*owner));
	u32 faults = 0;

	for (u32 n = 0; n < text->count && !faults; n++) {
		faults = model_record(text, n + 1, owner);
		*addr = text->sites[n].addr;
	}
	for (u32 n = 0; n < text->count && !faults; n++) {
		if (text->sites[n].thunk &&
		    !model_thunk(text, &text->sites[n], owner))
			faults = FAULT(PV_BAD_THUNK);
		*addr = text->sites[n].addr;
	}
	free(owner);
	return faults;
}

#endif
