// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads every site back and compares it with the promise: after the padding
 * stand the instructions, a call of the function, or the compiled bytes. It
 * takes no code from the encoder in core.c, so that a mistake there is not
 * repeated here. It believes records that pv_check_sites has passed.
 */
#include <pv/core.h>

/* Where padding ends, or `len` bytes are left. */
static const u8 *skip_padding(const u8 *p, const u8 *end, u32 len)
{
	while (p + len < end && *p == 0x3e)
		p++;
	return p;
}

/* Does a site of this class have instructions, or a no-op, at level inline? */
static bool inlined(const struct pv_site *site, const struct pv_impl *impl)
{
	bool insn = site->class == PV_CLASS_INSN;

	if (impl->inlined == PV_BYTES)
		return !impl->len || insn;
	return impl->inlined == PV_NATIVE &&
	       (site->native_len || insn || site->class == PV_CLASS_ANY);
}

static bool as_promised(const struct pv_text *text,
			const struct pv_site *site,
			const struct pv_state *state, enum pv_form *form)
{
	const struct pv_impl *impl = &state->impl[site->op];
	const u8 *p = pv_view(&text->live, site->addr), *end = p + site->len;
	bool jump = site->class == PV_CLASS_JUMP;

	if (state->level == PV_LEVEL_INLINE && inlined(site, impl)) {
		bool native = impl->inlined == PV_NATIVE;
		u32 len = native ? site->native_len : impl->len;

		*form = len ? PV_INLINED : PV_ERASED;
		p = skip_padding(p, end, len ?: 1);
		if (!len)
			return p + 1 == end && *p == 0x90 && !jump;
		return p + len == end && !__builtin_memcmp(p, native ?
			pv_view(&text->native, site->native) : impl->bytes, len);
	}
	*form = site->class == PV_CLASS_ANY ? PV_THUNKED : PV_INDIRECT;
	if (*form == PV_THUNKED || state->level == PV_LEVEL_OFF)
		return !__builtin_memcmp(p, pv_view(&text->linked, site->addr),
					 site->len);
	*form = PV_DIRECT;
	p = skip_padding(p, end, 5);
	return p + 5 == end && *p == (jump ? 0xe9 : 0xe8) && impl->fn &&
	       site->addr + site->len + pv_get32(p + 1) == impl->fn;
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
