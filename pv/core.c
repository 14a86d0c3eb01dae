// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the bytes at a call site must be, and the rewriting of all sites from
 * one state to another.
 *
 * A site is filled with one instruction where possible: padding is redundant
 * DS prefixes in front of the first instruction, which cost no instruction of
 * their own (a trailing no-op would). A template's first instruction therefore
 * must tolerate a DS prefix and stay below 15 bytes with it. An operation that
 * does nothing leaves nothing: its site becomes prefixes of the instruction
 * that follows, or a no-op where that one can not take them.
 *
 * Where the compiler chose the registers, the template gets them: a site calls
 * its thunk until then, and the PUSH instructions ahead of that name them.
 *
 * Nothing here or below it may contain a recorded site: see PV_IN_CORE.
 * Read next: pv/decode.c, which reads it all back.
 */
#include <pv/core.h>

#define CALL_REL32	0xe8
#define JMP_REL32	0xe9
#define NOP		0x90
#define GROUP5		0xff		/* FF /2, /4 with a 32-bit address */
#define MODRM_CALL	0x15
#define MODRM_JMP	0x25
#define SS_PREFIX	0x36
#define REL32_LEN	5
#define INSN_MAX	15
#define PUSH_REG	0x50		/* with the number of the register */
#define ESP		4
#define REG_TWICE	0x09		/* a number in both fields of ModRM */

const char *pv_error_name(enum pv_error error)
{
	static const char *const name[PV_ERRORS] = {
		[PV_OK] = "no error",
		[PV_BAD_OP] = "unknown operation",
		[PV_BAD_LENGTH] = "bad length",
		[PV_BAD_KIND] = "neither call nor jump",
		[PV_BAD_THUNK] = "bad thunk",
		[PV_OUTSIDE] = "outside the kernel text",
		[PV_IN_CORE] = "inside the patcher",
		[PV_OVERLAP] = "overlaps or precedes another site",
		[PV_TOO_LONG] = "template too long",
		[PV_BAD_RELOC] = "template relocation out of range",
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

/* Fills the front of the site so that `len` bytes remain at its end. */
static u8 *pad(const struct pv_site *site, u32 len, u8 *out)
{
	u32 i;

	for (i = 0; i < site->len - len; i++)
		out[i] = PV_PAD;
	return out + i;
}

static void encode_indirect(const struct pv_site *site, u32 slots, u8 *out)
{
	bool jump = site->kind == PV_SITE_JUMP;
	u8 *p = pad(site, jump ? PV_JUMP_MIN : PV_SITE_MIN, out);

	if (jump)
		*p++ = SS_PREFIX;
	p[0] = GROUP5;
	p[1] = jump ? MODRM_JMP : MODRM_CALL;
	put32(p + 2, slots + 4 * site->op);
}

static void encode_direct(const struct pv_site *site, u32 to, u8 *out)
{
	u8 *p = pad(site, REL32_LEN, out);

	p[0] = site->kind == PV_SITE_JUMP ? JMP_REL32 : CALL_REL32;
	put32(p + 1, to - (site->addr + site->len));
}

/* The PUSH instructions ahead of the thunk; NULL: its registers are fixed. */
static const u8 *registers(const struct pv_text *text,
			   const struct pv_site *site)
{
	return site->thunk ?
	       text->bytes + (site->thunk - PV_REGS - text->start) : NULL;
}

/* Can it be inlined here? Its operands need a site that chose registers. */
static const struct pv_template *template(const struct pv_site *site,
					  const struct pv_state *state)
{
	const struct pv_template *t = state->impl[site->op].template;

	if (state->level != PV_LEVEL_INLINE || !t || (t->regs && !site->thunk))
		return NULL;
	return t;
}

/* Byte i of a template, with the site's registers in it. */
static u8 template_byte(const struct pv_template *t, const u8 *push, u32 i)
{
	u8 byte = t->bytes[i];

	for (u32 n = 0; n < t->regs; n++) {
		u8 field = t->bytes[i] ^ t->bytes[(n + 1) * t->len + i];

		byte &= ~field;
		byte |= field & (push[n] - PUSH_REG) * REG_TWICE;
	}
	return byte;
}

static enum pv_error encode_inline(const struct pv_text *text,
				   const struct pv_site *site,
				   const struct pv_template *t, u8 *out)
{
	const u8 *push = registers(text, site);
	u8 *p;

	if (t->len > site->len)
		return PV_TOO_LONG;
	if (t->reloc && t->reloc + 3 > t->len)
		return PV_BAD_RELOC;
	if (t->regs > PV_REGS || (t->regs && push[t->regs - 1] == NOP))
		return PV_BAD_THUNK;
	p = pad(site, t->len, out);
	for (u32 i = 0; i < t->len; i++)
		p[i] = template_byte(t, push, i);
	if (t->reloc) {
		u32 at = t->reloc - 1, now = site->addr + site->len - t->len;

		put32(p + at, get32(t->bytes + at) + t->addr - now);
	}
	return PV_OK;
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

/* The first site that ends behind an address; NULL: none. */
static const struct pv_site *site_behind(const struct pv_text *text, u32 addr)
{
	u32 low = 0, high = text->count;

	while (low < high) {
		u32 middle = (low + high) / 2;
		const struct pv_site *site = &text->sites[middle];

		if (site->addr + site->len > addr)
			high = middle;
		else
			low = middle + 1;
	}
	return low < text->count ? &text->sites[low] : NULL;
}

bool pv_absorbed(const struct pv_text *text, const struct pv_site *site,
		 const struct pv_state *state)
{
	u32 next = site->addr + site->len, len;
	const struct pv_site *other = site_behind(text, next);
	const struct pv_template *t;

	if (next >= text->end || (text->starts && text->starts(next)))
		return false;
	/* What another site holds changes: count all of it. */
	if (other && other->addr == next) {
		t = state->impl[other->op].template;
		len = t && !t->len ? 0 : other->len;
	} else {
		len = pv_insn_length(text->bytes + (next - text->start),
				     (other ? other->addr : text->end) - next);
	}
	return len && site->len + len <= INSN_MAX;
}

static void encode_empty(const struct pv_text *text,
			 const struct pv_site *site,
			 const struct pv_state *state, u8 *out)
{
	if (pv_absorbed(text, site, state))
		pad(site, 0, out);
	else
		*pad(site, 1, out) = NOP;
}

enum pv_error pv_encode(const struct pv_text *text,
			const struct pv_site *site,
			const struct pv_state *state, u8 out[PV_SITE_MAX],
			enum pv_form *form)
{
	const struct pv_template *t = template(site, state);
	u32 to = site->thunk ? site->thunk : state->impl[site->op].fn;

	if (t && t->len) {
		*form = PV_INLINED;
		return encode_inline(text, site, t, out);
	}
	if (t) {
		/* Behind a jump comes other code: it can not be left out. */
		if (site->kind == PV_SITE_JUMP)
			return PV_NO_TARGET;
		*form = PV_ERASED;
		encode_empty(text, site, state, out);
		return PV_OK;
	}
	if (!site->thunk && state->level == PV_LEVEL_OFF) {
		*form = PV_INDIRECT;
		encode_indirect(site, text->slots, out);
		return PV_OK;
	}
	if (!to)
		return PV_NO_TARGET;
	*form = site->thunk ? PV_THUNKED : PV_DIRECT;
	encode_direct(site, to, out);
	return PV_OK;
}

/*
 * Before the thunk: as many PUSH as there are operands, then NOP. They belong
 * to no site, and the next one is in the thunk, of the same operation.
 */
static bool thunk_ok(const struct pv_text *text, const struct pv_site *site)
{
	const struct pv_site *inside;
	const u8 *push;
	u32 n = 0;

	if (site->kind != PV_SITE_CALL || site->thunk < text->start ||
	    site->thunk - text->start < PV_REGS)
		return false;
	inside = site_behind(text, site->thunk - PV_REGS);
	if (!inside || inside->addr < site->thunk || inside->thunk ||
	    inside->op != site->op)
		return false;
	push = registers(text, site);
	while (n < PV_REGS && (push[n] & ~7) == PUSH_REG &&
	       push[n] != PUSH_REG + ESP)
		n++;
	while (n < PV_REGS && push[n] == NOP)
		n++;
	return n == PV_REGS;
}

static enum pv_error check_fields(const struct pv_text *text,
				  const struct pv_site *site)
{
	u32 end = site->addr + site->len;
	u32 min = site->thunk ? PV_THUNK_MIN :
		  site->kind == PV_SITE_JUMP ? PV_JUMP_MIN : PV_SITE_MIN;

	if (site->op >= PV_OPS)
		return PV_BAD_OP;
	if (site->len < min || site->len > PV_SITE_MAX)
		return PV_BAD_LENGTH;
	if (site->kind > PV_SITE_JUMP || site->zero)
		return PV_BAD_KIND;
	if (site->addr < text->start || end > text->end || end < site->addr)
		return PV_OUTSIDE;
	if (site->addr < text->core_end && end > text->core_start &&
	    text->core_start < text->core_end)
		return PV_IN_CORE;
	return PV_OK;
}

/* Thunks last: to look for sites takes a table in order. */
struct pv_fault pv_check_sites(const struct pv_text *text)
{
	const struct pv_site *site = text->sites, *end = site + text->count;
	u32 before = 0;

	for (; site < end; site++) {
		enum pv_error error = check_fields(text, site);

		if (error == PV_OK && site->addr < before)
			error = PV_OVERLAP;
		if (error != PV_OK)
			return (struct pv_fault){ error, site->addr };
		before = site->addr + site->len;
	}
	for (site = text->sites; site < end; site++)
		if (site->thunk && !thunk_ok(text, site))
			return (struct pv_fault){ PV_BAD_THUNK, site->addr };
	return (struct pv_fault){ PV_OK, 0 };
}

static const u8 *bytes_at(const struct pv_text *text,
			  const struct pv_site *site)
{
	return text->bytes + (site->addr - text->start);
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
		    differences(bytes, bytes_at(text, site), site->len))
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
		differ = differences(bytes, bytes_at(text, site), site->len);
		if (!differ)
			continue;
		write(site->addr, bytes, site->len);
		*changed += differ;
	}
	return fault;
}
