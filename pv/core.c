// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the bytes at a site must be, and the rewriting of all sites from one
 * state to another. pv_check_sites says whether the records can be trusted,
 * pv_encode gives the bytes of one site, pv_apply writes them all.
 *
 * Bytes that are shorter than their site stand at its end. DS prefixes before
 * them fill the rest: they are part of the instruction that follows. An erased
 * site is a one-byte no-op with prefixes. That is one instruction on every
 * i386, which the long no-ops of later CPUs are not.
 *
 * Nothing here, or called from here, may contain a site: PV_IN_CORE.
 */
#include <pv/core.h>

#define CALL_REL32	0xe8
#define JMP_REL32	0xe9
#define REL32_LEN	5
#define NOP		0x90
#define GROUP5		0xff	/* with one of these ModRM: through memory */
#define MODRM_CALL	0x15
#define MODRM_JMP	0x25
#define GROUP5_LEN	6
#define PREFIX_SS	0x36
#define MOVE_MAX	3	/* PUSHA and MOV, before the site in a thunk */

#define NAME(value, name)	[value] = name,
const char *const pv_form_name[] = { PV_FORM_LIST(NAME) };
const char *const pv_error_name[] = { PV_ERROR_LIST(NAME) };

static bool within(const struct pv_range *range, u32 addr, u32 len)
{
	return addr >= range->start && addr <= range->end &&
	       len <= range->end - addr;
}

/* Does a site of this class get instructions, or a no-op, at level inline? */
__inline_always bool inlines(const struct pv_site *site, const struct pv_impl *impl)
{
	bool insn = site->class == PV_CLASS_INSN;

	if (impl->inlined == PV_NATIVE)
		return insn || site->class == PV_CLASS_ANY || site->native_len;
	return impl->inlined == PV_BYTES && (insn || !impl->len);
}

enum pv_error pv_encode(const struct pv_text *text,
			const struct pv_site *site,
			const struct pv_state *state, u8 out[PV_SITE_MAX],
			enum pv_form *form)
{
	const struct pv_impl *impl = &state->impl[site->op];
	bool any = site->class == PV_CLASS_ANY;
	bool jump = site->class == PV_CLASS_JUMP;
	const struct {
		u8 opcode;
		u32 distance;
	} __packed direct = {
		jump ? JMP_REL32 : CALL_REL32,
		impl->fn - (site->addr + site->len),
	};
	const u8 *bytes = (const u8 *)&direct;
	u32 len = sizeof(direct);

	if (state->level == PV_LEVEL_INLINE && inlines(site, impl)) {
		bool native = impl->inlined == PV_NATIVE;

		bytes = native ? pv_view(&text->native, site->native) :
			impl->bytes;
		len = native ? site->native_len : impl->len;
		*form = len ? PV_INLINED : PV_ERASED;
	} else if (any || state->level == PV_LEVEL_OFF) {
		bytes = pv_view(&text->linked, site->addr);
		len = site->len;
		*form = any ? PV_THUNKED : PV_INDIRECT;
	} else {
		*form = PV_DIRECT;
	}

	if (*form == PV_ERASED) {
		static const u8 nop = NOP;

		bytes = &nop;
		len = 1;
	}
	/* What follows a jump is other code: it can't be left out. */
	if (*form == PV_ERASED ? jump : *form == PV_DIRECT && !impl->fn)
		return PV_NO_TARGET;
	if (len > site->len)
		return PV_TOO_LONG;
	for (u32 pad = site->len - len; pad; pad--)
		*out++ = PV_PAD;
	__builtin_memcpy(out, bytes, len);
	return PV_OK;
}

/* Insertion sort: the linker has left a few ascending runs. */
void pv_sort_sites(struct pv_site *site, u32 count)
{
	for (u32 n = 1; n < count; n++) {
		struct pv_site moved = site[n];
		u32 at = n;

		for (; at && site[at - 1].addr > moved.addr; at--)
			site[at] = site[at - 1];
		site[at] = moved;
	}
}

/* A thunk moves one operand, and its first site is of the same operation. */
static bool thunk_ok(const struct pv_text *text, u32 thunk, u32 op)
{
	const struct pv_site *site = text->sites, *end = site + text->count;

	while (site < end && site->addr < thunk)
		site++;
	return within(&text->thunks, thunk, 1) && site < end &&
	       site->addr - thunk <= MOVE_MAX && site->op == op;
}

/*
 * As compiled a site is padding, then a call of a thunk (ANY) or a call or jump
 * through the slot. The last prefix before a jump is SS.
 */
static bool linked_ok(const struct pv_text *text, const struct pv_site *site)
{
	const u8 *p = pv_view(&text->linked, site->addr);
	bool any = site->class == PV_CLASS_ANY;
	bool jump = site->class == PV_CLASS_JUMP;
	u32 len = any ? REL32_LEN : GROUP5_LEN;

	for (u32 pad = site->len - len; pad; pad--, p++)
		if (*p != PV_PAD && !(jump && pad == 1 && *p == PREFIX_SS))
			return false;
	if (any)
		return p[0] == CALL_REL32 &&
		       thunk_ok(text, site->addr + site->len + pv_get32(p + 1),
				site->op);
	return p[0] == GROUP5 && p[1] == (jump ? MODRM_JMP : MODRM_CALL) &&
	       pv_get32(p + 2) == text->slots + 4 * site->op;
}

/* before: the end of the site before this one. */
static enum pv_error check_site(const struct pv_text *text,
				const struct pv_site *site, u32 before)
{
	const struct pv_range *core = &text->core;
	u32 min = site->class == PV_CLASS_ANY ? REL32_LEN : GROUP5_LEN;

	if (site->op >= PV_OPS)
		return PV_BAD_OP;
	if (site->class > PV_CLASS_JUMP)
		return PV_BAD_CLASS;
	if (site->len < min || site->len > PV_SITE_MAX ||
	    site->native_len > site->len)
		return PV_BAD_LENGTH;
	if (!within(&text->native, site->native, site->native_len))
		return PV_BAD_NATIVE;
	if (!within(&text->live, site->addr, site->len))
		return PV_OUTSIDE;
	if (site->addr < core->end && site->addr + site->len > core->start)
		return PV_IN_CORE;
	if (site->addr < before)
		return PV_OVERLAP;
	return linked_ok(text, site) ? PV_OK : PV_BAD_LINKED;
}

struct pv_fault pv_check_sites(const struct pv_text *text)
{
	u32 before = 0;

	for (u32 n = 0; n < text->count; n++) {
		const struct pv_site *site = &text->sites[n];
		enum pv_error error = check_site(text, site, before);

		if (error != PV_OK)
			return (struct pv_fault){ error, site->addr };
		before = site->addr + site->len;
	}
	return (struct pv_fault){ PV_OK, 0 };
}

static u32 differences(const u8 *a, const u8 *b, u32 len)
{
	u32 n = 0;

	for (u32 i = 0; i < len; i++)
		n += a[i] != b[i];
	return n;
}

/* Rewrites every site, or only looks whether it can be done: no write. */
static struct pv_fault pass(const struct pv_text *text,
			    const struct pv_state *from,
			    const struct pv_state *to,
			    void (*write)(u32 addr, const u8 *bytes, u32 len),
			    u32 *changed)
{
	u8 bytes[PV_SITE_MAX];
	enum pv_error error;
	enum pv_form form;

	for (u32 n = 0; n < text->count; n++) {
		const struct pv_site *site = &text->sites[n];
		const u8 *live = pv_view(&text->live, site->addr);
		u32 differ;

		error = write ? PV_OK :
			pv_encode(text, site, from, bytes, &form);
		if (!write && error == PV_OK &&
		    differences(bytes, live, site->len))
			error = PV_BAD_BYTES;
		if (error == PV_OK)
			error = pv_encode(text, site, to, bytes, &form);
		if (error != PV_OK)
			return (struct pv_fault){ error, site->addr };
		if (!write)
			continue;
		differ = differences(bytes, live, site->len);
		if (differ)
			write(site->addr, bytes, site->len);
		*changed += differ;
	}
	return (struct pv_fault){ PV_OK, 0 };
}

struct pv_fault pv_apply(const struct pv_text *text,
			 const struct pv_state *from,
			 const struct pv_state *to,
			 void (*write)(u32 addr, const u8 *bytes, u32 len),
			 u32 *changed)
{
	struct pv_fault fault = pv_check_sites(text);

	*changed = 0;
	if (fault.error == PV_OK)
		fault = pass(text, from, to, NULL, changed);
	if (fault.error == PV_OK)
		fault = pass(text, from, to, write, changed);
	return fault;
}
