// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads every call site back: strips the padding, names the form from the
 * opcode, and compares targets. It takes no code from the encoder in core.c, so
 * that a mistake there is not repeated here; both only ask pv_absorbed() what
 * the instruction behind a site is, and trust a checked table.
 *
 * Read next: pv/patch.c, which owns the kernel's text.
 */
#include <pv/core.h>

static u32 get32(const u8 *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (u32)p[3] << 24;
}

static bool is_byte(u8 byte, const struct pv_template *t, u32 i,
		    const u8 *push)
{
	const u8 *variant = t->bytes + i;
	u8 fixed = 0xff;

	for (u32 n = 0; n < t->regs; n++) {
		u8 number = push[n] & 7, field;

		variant += t->len;
		field = *variant ^ t->bytes[i];
		fixed &= ~field;
		/* The number stands in the low bits, in the next, or nowhere. */
		if ((byte ^ (number | number << 3)) & field || push[n] == 0x90)
			return false;
	}
	return !((byte ^ t->bytes[i]) & fixed);
}

static bool is_template(const u8 *p, u32 len, u32 addr,
			const struct pv_template *t, const u8 *push)
{
	if (len != t->len || t->regs > PV_REGS ||
	    (t->reloc && t->reloc + 3u > len))
		return false;
	for (u32 i = 0; i < len; i++) {
		if (t->reloc && i == (u32)t->reloc - 1) {
			if (get32(p + i) + addr != get32(t->bytes + i) + t->addr)
				return false;
			i += 3;
		} else if (!is_byte(p[i], t, i, push)) {
			return false;
		}
	}
	return true;
}

static enum pv_form decode(const struct pv_site *site, const u8 *p, u32 len,
			   u32 *target)
{
	bool jump = site->kind == PV_SITE_JUMP;
	u32 end = site->addr + site->len;

	if (jump ? len == 7 && p[0] == 0x36 && p[1] == 0xff && p[2] == 0x25 :
	    len == 6 && p[0] == 0xff && p[1] == 0x15) {
		*target = get32(p + len - 4);
		return PV_INDIRECT;
	}
	if (len == 5 && p[0] == (jump ? 0xe9 : 0xe8)) {
		*target = end + get32(p + 1);
		return site->thunk ? PV_THUNKED : PV_DIRECT;
	}
	/* Only prefixes, or a no-op behind them. */
	return len == 1 && (p[0] == 0x90 || p[0] == 0x3e) ? PV_ERASED :
	       PV_INLINED;
}

static bool as_promised(const struct pv_text *text,
			const struct pv_site *site,
			const struct pv_state *state, enum pv_form *form)
{
	const u8 *p = text->bytes + (site->addr - text->start);
	const struct pv_impl *impl = &state->impl[site->op];
	const struct pv_template *t = impl->template;
	const u8 *push = site->thunk ? text->bytes +
			 (site->thunk - PV_REGS - text->start) : NULL;
	u32 len = site->len, target = 0;

	if (state->level != PV_LEVEL_INLINE ||
	    (t && t->regs && !site->thunk))
		t = NULL;
	/* A template may itself begin with a prefix: strip down to its size. */
	while (*p == 0x3e && len > (t && t->len ? t->len : 1)) {
		p++;
		len--;
	}
	if (t && t->len) {
		*form = PV_INLINED;
		return is_template(p, len, site->addr + site->len - len, t,
				   push);
	}
	*form = decode(site, p, len, &target);
	if (t)
		return *form == PV_ERASED && site->kind == PV_SITE_CALL &&
		       (*p == 0x90) == !pv_absorbed(text, site, state);
	if (site->thunk)
		return *form == PV_THUNKED && target == site->thunk;
	if (state->level == PV_LEVEL_OFF)
		return *form == PV_INDIRECT &&
		       target == text->slots + 4 * site->op;
	return *form == PV_DIRECT && impl->fn && target == impl->fn;
}

struct pv_fault pv_verify(const struct pv_text *text,
			  const struct pv_state *state, u32 forms[PV_FORMS])
{
	struct pv_fault fault = pv_check_sites(text);

	for (int i = 0; forms && i < PV_FORMS; i++)
		forms[i] = 0;
	for (u32 n = 0; n < text->count && fault.error == PV_OK; n++) {
		const struct pv_site *site = &text->sites[n];
		enum pv_form form;

		if (!as_promised(text, site, state, &form))
			fault = (struct pv_fault){ PV_BAD_BYTES, site->addr };
		else if (forms)
			forms[form]++;
	}
	return fault;
}
