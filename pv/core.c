// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the bytes at a call site must be, whether they are, and the rewriting
 * of all sites from one state to another.
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
 * Read next: pv/patch.c, which owns the kernel's text.
 */
#include <pv/core.h>

#define CALL_REL32	0xe8
#define JMP_REL32	0xe9
#define NOP		0x90
#define GROUP5		0xff		/* FF /2, /4 with a 32-bit address */
#define MODRM_CALL	0x15
#define MODRM_JMP	0x25
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
		[PV_OVERLAP] = "overlaps another site",
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
	u8 *p = pad(site, PV_SITE_MIN, out);

	p[0] = GROUP5;
	p[1] = site->kind == PV_SITE_JUMP ? MODRM_JMP : MODRM_CALL;
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

static bool reloc_ok(const struct pv_template *t)
{
	return !t->reloc || (u32)t->reloc - 1 + 4 <= t->len;
}

static enum pv_error encode_inline(const struct pv_text *text,
				   const struct pv_site *site,
				   const struct pv_template *t, u8 *out)
{
	const u8 *push = registers(text, site);
	u8 *p;

	if (t->len > site->len)
		return PV_TOO_LONG;
	if (!reloc_ok(t))
		return PV_BAD_RELOC;
	if (t->regs && push[t->regs - 1] == NOP)
		return PV_BAD_THUNK;
	p = pad(site, t->len, out);
	for (u32 i = 0; i < t->len; i++)
		p[i] = template_byte(t, push, i);
	if (t->reloc) {
		u8 *rel = p + t->reloc - 1;
		u32 now = site->addr + site->len - t->len;

		put32(rel, get32(rel) + t->addr - now);
	}
	return PV_OK;
}

/* The first site at or behind the end of `site`; NULL: none. */
static const struct pv_site *next_site(const struct pv_text *text,
				       const struct pv_site *site)
{
	const struct pv_site *found = NULL;
	u32 end = site->addr + site->len;

	if (text->sorted && site >= text->sites &&
	    site < text->sites + text->count)
		return site + 1 < text->sites + text->count ? site + 1 : NULL;
	for (u32 n = 0; n < text->count; n++) {
		const struct pv_site *other = &text->sites[n];

		if (other->addr >= end && (!found || other->addr < found->addr))
			found = other;
	}
	return found;
}

static bool is_empty(const struct pv_impl *impl)
{
	return impl->template && !impl->template->len;
}

/* Can the instruction behind an empty site take all of it as prefixes? */
static bool absorbed(const struct pv_text *text, const struct pv_site *site,
		     const struct pv_state *state)
{
	u32 next = site->addr + site->len, len;
	const struct pv_site *other = next_site(text, site);

	if (next >= text->end || (text->starts && text->starts(next)))
		return false;
	/* What another site holds changes: count all of it. */
	if (other && other->addr == next)
		len = other->op < PV_OPS && !is_empty(&state->impl[other->op]) ?
		      other->len : 0;
	else
		len = pv_insn_length(text->bytes + (next - text->start),
				     (other ? other->addr : text->end) - next);
	return len && site->len + len <= INSN_MAX;
}

static void encode_empty(const struct pv_text *text,
			 const struct pv_site *site,
			 const struct pv_state *state, u8 *out)
{
	if (absorbed(text, site, state))
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
	u32 fn = state->impl[site->op].fn;

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
	if (site->thunk) {
		*form = PV_THUNKED;
		encode_direct(site, site->thunk, out);
		return PV_OK;
	}
	if (state->level == PV_LEVEL_OFF) {
		*form = PV_INDIRECT;
		encode_indirect(site, text->slots, out);
		return PV_OK;
	}
	if (!fn)
		return PV_NO_TARGET;
	*form = PV_DIRECT;
	encode_direct(site, fn, out);
	return PV_OK;
}

/* An empty range overlaps nothing. */
static bool overlaps(u32 a_start, u32 a_end, u32 b_start, u32 b_end)
{
	return a_start < b_end && b_start < a_end && b_start < b_end;
}

/* Before the thunk: as many PUSH as there are operands, then NOP. */
static bool thunk_ok(const struct pv_text *text, const struct pv_site *site)
{
	const u8 *push;
	u32 n = 0;

	if (site->kind != PV_SITE_CALL ||
	    site->thunk < text->start || site->thunk >= text->end ||
	    site->thunk - text->start < PV_REGS)
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
	u32 min = site->thunk ? PV_THUNK_MIN : PV_SITE_MIN;

	if (site->op >= PV_OPS)
		return PV_BAD_OP;
	if (site->len < min || site->len > PV_SITE_MAX)
		return PV_BAD_LENGTH;
	if (site->kind > PV_SITE_JUMP || site->zero)
		return PV_BAD_KIND;
	if (site->thunk && !thunk_ok(text, site))
		return PV_BAD_THUNK;
	if (site->addr < text->start || end > text->end || end < site->addr)
		return PV_OUTSIDE;
	if (overlaps(site->addr, end, text->core_start, text->core_end))
		return PV_IN_CORE;
	return PV_OK;
}

/* In a sorted table no site needs a look at the others. */
static bool overlaps_earlier(const struct pv_text *text, u32 n, u32 highest)
{
	const struct pv_site *site = &text->sites[n];

	if (site->addr >= highest || text->sorted)
		return site->addr < highest;
	for (u32 i = 0; i < n; i++) {
		const struct pv_site *other = &text->sites[i];

		if (overlaps(site->addr, site->addr + site->len,
			     other->addr, other->addr + other->len))
			return true;
	}
	return false;
}

struct pv_fault pv_check_sites(const struct pv_text *text)
{
	u32 highest = 0;

	for (u32 n = 0; n < text->count; n++) {
		const struct pv_site *site = &text->sites[n];
		enum pv_error error = check_fields(text, site);

		if (error == PV_OK && overlaps_earlier(text, n, highest))
			error = PV_OVERLAP;
		if (error != PV_OK)
			return (struct pv_fault){ error, site->addr };
		if (site->addr + site->len > highest)
			highest = site->addr + site->len;
	}
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

/*
 * The decoder. It strips the padding, names the form from the opcode, and
 * compares targets: a mistake in the encoder is not repeated here.
 */
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
	if (len != t->len || !reloc_ok(t))
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

	if (len == 6 && p[0] == 0xff && p[1] == (jump ? 0x25 : 0x15)) {
		*target = get32(p + 2);
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
	const u8 *p = bytes_at(text, site);
	const struct pv_impl *impl = &state->impl[site->op];
	const struct pv_template *t = impl->template;
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
				   registers(text, site));
	}
	*form = decode(site, p, len, &target);
	if (t)
		return *form == PV_ERASED && site->kind == PV_SITE_CALL &&
		       (*p == 0x90) == !absorbed(text, site, state);
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
