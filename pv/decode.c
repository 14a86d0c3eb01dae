// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads every site back: strips the padding, tells the form from the opcode,
 * and compares it with the promise. It takes no code from the encoder in
 * core.c, so that a mistake there is not repeated here; it trusts a checked
 * table.
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

/* A call or jump; false if it is neither. */
static bool read_branch(const struct pv_site *site, const u8 *p, u32 len,
			enum pv_form *form, u32 *target)
{
	bool jump = site->class == PV_CLASS_JUMP;

	if (len == 7 && jump && *p == 0x36)
		p++, len--;
	if (len == 6 && p[0] == 0xff && p[1] == (jump ? 0x25 : 0x15)) {
		*form = PV_INDIRECT;
		*target = get32(p + 2);
		return true;
	}
	if (len == 5 && p[0] == (jump ? 0xe9 : 0xe8)) {
		*form = site->class == PV_CLASS_ANY ? PV_THUNKED : PV_DIRECT;
		*target = site->addr + site->len + get32(p + 1);
		return true;
	}
	return false;
}

static bool branch_ok(const struct pv_text *text, const struct pv_site *site,
		      enum pv_level level, u32 fn, enum pv_form form,
		      u32 target)
{
	switch (form) {
	case PV_INDIRECT:
		return level == PV_LEVEL_OFF &&
		       target == text->slots + 4 * site->op;
	case PV_THUNKED:
		return target >= text->thunks.start &&
		       target < text->thunks.end;
	default:
		return level != PV_LEVEL_OFF && fn && target == fn;
	}
}

/* Are the instructions that a backend wants here what stands here? */
static bool inlined_ok(const struct pv_text *text, const struct pv_site *site,
		       const struct pv_impl *impl, const u8 *p,
		       enum pv_form *form)
{
	bool native = impl->inlined == PV_NATIVE;
	const u8 *want = native ? text->native.bytes +
			 (site->native - text->native.start) : impl->bytes;
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
	const u8 *p = text->live.bytes + (site->addr - text->live.start);
	const struct pv_impl *impl = &state->impl[site->op];
	bool inlined = false;
	u32 target, pad = 0;

	if (impl->inlined == PV_NATIVE)
		inlined = site->native_len || site->class == PV_CLASS_INSN ||
			  site->class == PV_CLASS_ANY;
	else if (impl->inlined == PV_BYTES)
		inlined = !impl->len || site->class == PV_CLASS_INSN;
	if (inlined && state->level == PV_LEVEL_INLINE)
		return inlined_ok(text, site, impl, p, form);
	while (pad < site->len && p[pad] == 0x3e)
		pad++;
	return read_branch(site, p + pad, site->len - pad, form, &target) &&
	       branch_ok(text, site, state->level, impl->fn, *form, target);
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
