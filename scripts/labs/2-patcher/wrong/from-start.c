// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The distance counts from the start of the site. The CPU counts from the end
 * of the call, where the instruction pointer is already.
 * Fails: patch: sites become what the model says
 */
enum pv_error pv_encode(const struct pv_text *text,
			const struct pv_site *site,
			const struct pv_state *state, u8 out[PV_SITE_MAX],
			enum pv_form *form)
{
	const struct pv_impl *impl = &state->impl[site->op];
	bool any = site->class == PV_CLASS_ANY;
	bool jump = site->class == PV_CLASS_JUMP;
	bool inlined = state->level == PV_LEVEL_INLINE && inlines(site, impl);
	const struct {
		u8 opcode;
		u32 distance;
	} __packed direct = {
		jump ? JMP_REL32 : CALL_REL32,
		impl->fn - (site->addr + REL32_LEN),
	};
	const u8 *bytes = (const u8 *)&direct;
	u32 len = sizeof(direct);

	*form = PV_DIRECT;
	if (inlined) {
		bool native = impl->inlined == PV_NATIVE;

		bytes = native ? pv_view(&text->native, site->native) :
			impl->bytes;
		len = native ? site->native_len : impl->len;
		*form = len ? PV_INLINED : PV_ERASED;
	} else if (any || state->level == PV_LEVEL_OFF) {
		bytes = pv_view(&text->linked, site->addr);
		len = site->len;
		*form = any ? PV_THUNKED : PV_INDIRECT;
	} else if (!impl->fn) {
		return PV_NO_TARGET;
	}
	if (*form == PV_ERASED) {
		static const u8 nop = NOP;

		if (jump)
			return PV_NO_TARGET;
		bytes = &nop;
		len = 1;
	}
	if (len > site->len)
		return PV_TOO_LONG;
	__builtin_memset(out, PV_PAD, site->len - len);
	__builtin_memcpy(out + site->len - len, bytes, len);
	return PV_OK;
}
