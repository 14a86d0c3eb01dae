// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads every site back and compares it with the promise: behind the padding
 * the inlined instructions, a call of the function, or the linked bytes. It
 * takes no code from the encoder in core.c, so that a mistake there is not
 * repeated here; it trusts a checked table.
 *
 * Read next: pv/patch.c, which owns the kernel's text.
 */
#include <pv/core.h>

static u32 get32(const u8 *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (u32)p[3] << 24;
}

static bool same(const u8 *a, const u8 *b, u32 len)
{
	while (len && *a == *b)
		a++, b++, len--;
	return !len;
}

static const u8 *view(const struct pv_range *range, u32 addr)
{
	return range->bytes + (addr - range->start);
}

/* After the padding, a call of the function or a jump to it. */
static bool direct_ok(const struct pv_site *site, u32 fn, const u8 *p)
{
	u32 left = site->len;

	for (; left > 5 && *p == 0x3e; left--)
		p++;
	return left == 5 && fn &&
	       p[0] == (site->class == PV_CLASS_JUMP ? 0xe9 : 0xe8) &&
	       site->addr + site->len + get32(p + 1) == fn;
}

/* Are the instructions that a backend wants here what stands here? */
static bool inlined_ok(const struct pv_text *text, const struct pv_site *site,
		       const struct pv_impl *impl, const u8 *p,
		       enum pv_form *form)
{
	bool native = impl->inlined == PV_NATIVE;
	const u8 *want = native ? view(&text->native, site->native) :
			 impl->bytes;
	u32 len = native ? site->native_len : impl->len, pad = 0;

	*form = len ? PV_INLINED : PV_ERASED;
	if (!len) {
		want = (const u8 *)"\x90";
		len = 1;
	}
	while (pad + len < site->len && p[pad] == 0x3e)
		pad++;
	return pad + len == site->len && same(p + pad, want, len) &&
	       (site->class != PV_CLASS_JUMP || *form != PV_ERASED);
}

static bool as_promised(const struct pv_text *text,
			const struct pv_site *site,
			const struct pv_state *state, enum pv_form *form)
{
	const u8 *p = view(&text->live, site->addr);
	const struct pv_impl *impl = &state->impl[site->op];
	bool any = site->class == PV_CLASS_ANY, inlined = false;

	if (impl->inlined == PV_NATIVE)
		inlined = site->native_len || any ||
			  site->class == PV_CLASS_INSN;
	else if (impl->inlined == PV_BYTES)
		inlined = !impl->len || site->class == PV_CLASS_INSN;
	if (inlined && state->level == PV_LEVEL_INLINE)
		return inlined_ok(text, site, impl, p, form);
	*form = any ? PV_THUNKED : PV_INDIRECT;
	if (any || state->level == PV_LEVEL_OFF)
		return same(p, view(&text->linked, site->addr), site->len);
	*form = PV_DIRECT;
	return direct_ok(site, impl->fn, p);
}

struct pv_fault pv_verify(const struct pv_text *text,
			  const struct pv_state *state, u32 *forms)
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
