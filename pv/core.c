// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the bytes at a site must be, and the rewriting of all sites from one
 * state to another.
 *
 * What is shorter than its site is padded in front with DS prefixes, which make
 * no instruction of their own. Where an operation does nothing they stand
 * before a one-byte no-op: that is one instruction on every i386, which the
 * long no-ops of later CPUs are not.
 *
 * Nothing here or below it may contain a site: see PV_IN_CORE.
 * Read next: pv/decode.c, which reads it all back.
 */
#include <pv/core.h>

#define CALL_REL32	0xe8
#define JMP_REL32	0xe9
#define REL32_LEN	5
#define NOP		0x90
#define GROUP5		0xff	/* with one of these: through an address */
#define MODRM_CALL	0x15
#define MODRM_JMP	0x25
#define GROUP5_LEN	6
#define PREFIX_SS	0x36
#define MOVE_MAX	3	/* PUSHA and MOV */

const char *pv_error_name(enum pv_error error)
{
	static const char *const name[PV_ERRORS] = {
		[PV_OK] = "no error",
		[PV_BAD_OP] = "unknown operation",
		[PV_BAD_LENGTH] = "bad length",
		[PV_BAD_CLASS] = "unknown class",
		[PV_BAD_NATIVE] = "native bytes out of range",
		[PV_OUTSIDE] = "outside the kernel text",
		[PV_IN_CORE] = "inside the patcher",
		[PV_OVERLAP] = "overlaps or precedes another site",
		[PV_BAD_LINKED] = "not linked as a call of its operation",
		[PV_TOO_LONG] = "the backend's bytes do not fit",
		[PV_NO_TARGET] = "no function for the operation",
		[PV_BAD_BYTES] = "unexpected bytes",
	};

	return error < PV_ERRORS ? name[error] : "unknown error";
}

static void put32(u8 *p, u32 value)
{
	for (int i = 0; i < 4; i++)
		p[i] = (u8)(value >> 8 * i);
}

static u32 get32(const u8 *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (u32)p[3] << 24;
}

static const u8 *view(const struct pv_range *range, u32 addr)
{
	return range->bytes + (addr - range->start);
}

static bool within(const struct pv_range *range, u32 addr, u32 len)
{
	return addr >= range->start && addr <= range->end &&
	       len <= range->end - addr;
}

static enum pv_form form_in(const struct pv_site *site,
			    const struct pv_state *state)
{
	const struct pv_impl *impl = &state->impl[site->op];
	bool any = site->class == PV_CLASS_ANY;
	bool insn = site->class == PV_CLASS_INSN;

	if (state->level == PV_LEVEL_OFF)
		return any ? PV_THUNKED : PV_INDIRECT;
	if (state->level == PV_LEVEL_INLINE && impl->inlined == PV_NATIVE) {
		if (site->native_len)
			return PV_INLINED;
		if (insn || any)
			return PV_ERASED;
	}
	if (state->level == PV_LEVEL_INLINE && impl->inlined == PV_BYTES) {
		if (!impl->len)
			return PV_ERASED;
		if (insn)
			return PV_INLINED;
	}
	return any ? PV_THUNKED : PV_DIRECT;
}

/* At the end of the site, padding in front. */
static enum pv_error put(const struct pv_site *site, const u8 *bytes, u32 len,
			 u8 *out)
{
	u32 pad = site->len - len;

	if (len > site->len)
		return PV_TOO_LONG;
	for (u32 i = 0; i < site->len; i++)
		out[i] = i < pad ? PV_PAD : bytes[i - pad];
	return PV_OK;
}

static enum pv_error put_direct(const struct pv_site *site, u32 to, u8 *out)
{
	u8 insn[REL32_LEN] = { CALL_REL32 };

	if (!to)
		return PV_NO_TARGET;
	if (site->class == PV_CLASS_JUMP)
		insn[0] = JMP_REL32;
	put32(insn + 1, to - (site->addr + site->len));
	return put(site, insn, sizeof(insn), out);
}

enum pv_error pv_encode(const struct pv_text *text,
			const struct pv_site *site,
			const struct pv_state *state, u8 out[PV_SITE_MAX],
			enum pv_form *form)
{
	const struct pv_impl *impl = &state->impl[site->op];
	static const u8 nop = NOP;

	*form = form_in(site, state);
	switch (*form) {
	case PV_INLINED:
		if (impl->inlined == PV_BYTES)
			return put(site, impl->bytes, impl->len, out);
		return put(site, view(&text->native, site->native),
			   site->native_len, out);
	case PV_ERASED:
		/* After a jump comes other code: it can not be left out. */
		if (site->class == PV_CLASS_JUMP)
			return PV_NO_TARGET;
		return put(site, &nop, 1, out);
	case PV_DIRECT:
		return put_direct(site, impl->fn, out);
	default:
		return put(site, view(&text->linked, site->addr), site->len,
			   out);
	}
}

/* Shell sort: the linker has put them in a few ascending runs. */
void pv_sort_sites(struct pv_site *site, u32 count)
{
	for (u32 gap = count / 2; gap; gap /= 2) {
		for (u32 n = gap; n < count; n++) {
			struct pv_site moved = site[n];
			u32 at = n;

			for (; at >= gap && site[at - gap].addr > moved.addr;
			     at -= gap)
				site[at] = site[at - gap];
			site[at] = moved;
		}
	}
}

/* A thunk moves one operand, and then has a site of the same operation. */
static bool thunk_ok(const struct pv_text *text, u32 thunk, u32 op)
{
	u32 low = 0, high = text->count;

	while (low < high) {
		u32 middle = (low + high) / 2;

		if (text->sites[middle].addr < thunk)
			low = middle + 1;
		else
			high = middle;
	}
	return within(&text->thunks, thunk, 1) && low < text->count &&
	       text->sites[low].addr - thunk <= MOVE_MAX &&
	       text->sites[low].op == op;
}

/* Padding, then a call or jump through the slot, or a call of a thunk. */
static bool linked_ok(const struct pv_text *text, const struct pv_site *site)
{
	const u8 *p = view(&text->linked, site->addr);
	bool any = site->class == PV_CLASS_ANY;
	bool jump = site->class == PV_CLASS_JUMP;
	u32 len = any ? REL32_LEN : GROUP5_LEN;

	for (u32 pad = site->len - len; pad; pad--, p++)
		if (*p != PV_PAD && !(jump && pad == 1 && *p == PREFIX_SS))
			return false;
	if (any)
		return p[0] == CALL_REL32 &&
		       thunk_ok(text, site->addr + site->len + get32(p + 1),
				site->op);
	return p[0] == GROUP5 && p[1] == (jump ? MODRM_JMP : MODRM_CALL) &&
	       get32(p + 2) == text->slots + 4 * site->op;
}

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

static struct pv_fault check_apply(const struct pv_text *text,
				   const struct pv_state *from,
				   const struct pv_state *to)
{
	struct pv_fault fault = pv_check_sites(text);
	enum pv_form form;
	u8 bytes[PV_SITE_MAX];

	for (u32 n = 0; n < text->count && fault.error == PV_OK; n++) {
		const struct pv_site *site = &text->sites[n];

		fault.addr = site->addr;
		fault.error = pv_encode(text, site, to, bytes, &form);
		if (fault.error == PV_OK)
			fault.error = pv_encode(text, site, from, bytes,
						&form);
		if (fault.error == PV_OK &&
		    differences(bytes, view(&text->live, site->addr),
				site->len))
			fault.error = PV_BAD_BYTES;
	}
	if (fault.error == PV_OK)
		fault.addr = 0;
	return fault;
}

struct pv_fault pv_apply(const struct pv_text *text,
			 const struct pv_state *from,
			 const struct pv_state *to,
			 void (*write)(u32 addr, const u8 *bytes, u32 len),
			 u32 *changed)
{
	struct pv_fault fault = check_apply(text, from, to);
	enum pv_form form;
	u8 bytes[PV_SITE_MAX];

	*changed = 0;
	if (fault.error != PV_OK)
		return fault;
	for (u32 n = 0; n < text->count; n++) {
		const struct pv_site *site = &text->sites[n];
		u32 differ;

		pv_encode(text, site, to, bytes, &form);
		differ = differences(bytes, view(&text->live, site->addr),
				     site->len);
		if (!differ)
			continue;
		write(site->addr, bytes, site->len);
		*changed += differ;
	}
	return fault;
}
