// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the call-site patcher makes of a good site at each level: the right
 * slot, the right function, the template or nothing. patch_absorb.c goes on
 * with what nothing is.
 *
 * link: pv/core.c pv/length.c pv/decode.c
 */
#include "patched.h"

static u32 get32(const u8 *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (u32)p[3] << 24;
}

static void compiled_form_is_golden(void)
{
	static const u8 golden[][PV_SITE_MAX] = {
		/* call *0xc0400008, jmp *%ss:0xc0400008 */
		{ 0xff, 0x15, 0x08, 0x00, 0x40, 0xc0 },
		{ 0x3e, 0xff, 0x15, 0x08, 0x00, 0x40, 0xc0 },
		{ 0x3e, 0x3e, 0xff, 0x15, 0x08, 0x00, 0x40, 0xc0 },
		{ 0x36, 0xff, 0x25, 0x08, 0x00, 0x40, 0xc0 },
		/* at 0xc0100000, call and jmp 0xc0200200 */
		{ 0x3e, 0xe8, 0xfa, 0x01, 0x10, 0x00 },
		{ 0x3e, 0x3e, 0xe8, 0xf9, 0x01, 0x10, 0x00 },
		{ 0x3e, 0x3e, 0x3e, 0xe8, 0xf8, 0x01, 0x10, 0x00 },
		{ 0x3e, 0x3e, 0xe9, 0xf9, 0x01, 0x10, 0x00 },
		/* cli */
		{ 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0xfa },
		{ 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0xfa },
		{ 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0xfa },
		{ 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0xfa },
	};
	static const u8 len[] = { 6, 7, 8, PV_JUMP_MIN };
	struct pv_text text = { .slots = IMAGE_SLOTS };

	for (u32 n = 0; n < ARRAY_SIZE(golden); n++) {
		struct pv_site site = {
			.addr = IMAGE_START, .op = 2, .len = len[n % 4],
			.kind = n % 4 == 3,
		};
		u8 out[PV_SITE_MAX];
		enum pv_form form;

		EQ(pv_encode(&text, &site, level[n / 4], out, &form), PV_OK);
		EQ(memcmp(out, golden[n], site.len), 0);
	}
}

static void off_calls_through_own_slot(void)
{
	struct image im;

	patched(&im, PV_OPS, &off);
	EQ(im.calls, 0);
	for (u32 n = 0; n < im.text.count; n++) {
		const struct pv_site *site = &im.sites[n];
		const u8 *p = image_at(&im, site) + site->len - 6;

		if (site->thunk)
			continue;
		EQ(p[0], 0xff);
		EQ(p[1], site->kind ? 0x25 : 0x15);
		if (site->kind)
			EQ(p[-1], 0x36);
		EQ(get32(p + 2), IMAGE_SLOTS + 4 * (n / IMAGE_SITES));
	}
	image_free(&im);
}

static void direct_reaches_own_function(void)
{
	struct image im;

	patched(&im, PV_OPS, &direct);
	for (u32 n = 0; n < im.text.count; n++) {
		const struct pv_site *site = &im.sites[n];
		u32 end = site->addr + site->len;
		const u8 *p = image_at(&im, site) + site->len - 5;

		EQ(p[0], site->kind ? 0xe9 : 0xe8);
		EQ((u32)(end + get32(p + 1)),
		   site->thunk ? site->thunk : IMAGE_FN(n / IMAGE_SITES));
	}
	image_free(&im);
}

/* Until it is inlined: the table, or a function, is called from the thunk. */
static void thunk_is_called(void)
{
	struct image im;

	for (u32 l = 0; l < ARRAY_SIZE(level); l++) {
		u32 called = 0;

		patched(&im, IMAGE_SHAPES, level[l]);
		for (u32 n = 0; n < im.text.count; n++) {
			const struct pv_site *site = &im.sites[n];
			u32 end = site->addr + site->len;
			const u8 *p = image_at(&im, site) + site->len - 5;

			called += p[0] == 0xe8 && site->thunk &&
				  end + get32(p + 1) == site->thunk;
		}
		EQ(called, l == PV_LEVEL_INLINE ? IMAGE_CHOSEN :
		   IMAGE_SHAPES * IMAGE_CHOSEN);
		image_free(&im);
	}
}

static void direct_reaches_from_anywhere(void)
{
	static const u32 places[] = {
		0, 1, 0x1000, 0x7ffffff8, 0x7fffffff, 0x80000000, 0x80000005,
		0xc0100000, 0xf57ffff8, 0xfffffff0, 0xfffffff7,
	};
	struct pv_impl impl[PV_OPS] = { 0 };
	struct pv_state state = { PV_LEVEL_DIRECT, impl };
	struct pv_text text = { 0 };
	u8 out[PV_SITE_MAX];
	enum pv_form form;

	for (u32 i = 0; i < ARRAY_SIZE(places) * ARRAY_SIZE(places); i++) {
		u32 from = places[i / ARRAY_SIZE(places)];

		impl[7].fn = places[i % ARRAY_SIZE(places)] + 1;
		for (u8 len = PV_SITE_MIN; len <= PV_SITE_MAX; len++) {
			struct pv_site site = {
				.addr = from, .op = 7, .len = len,
			};

			EQ(pv_encode(&text, &site, &state, out, &form), PV_OK);
			EQ(form, PV_DIRECT);
			EQ((u32)(from + len + get32(out + len - 4)),
			   impl[7].fn);
		}
	}
}

/* A call returns and a jump does not: the one must not become the other. */
static void jump_stays_jump(void)
{
	struct image im;

	for (u32 l = 0; l < 2; l++) {
		patched(&im, PV_OPS, level[l]);
		for (u32 n = 0; n < im.text.count; n++) {
			const struct pv_site *site = &im.sites[n];
			const u8 *p = image_at(&im, site);

			while (*p == 0x3e)
				p++;
			if (site->thunk)
				EQ(*p, 0xe8);
			else if (site->kind)
				CHECK(*p == 0xe9 || p[2] == 0x25);
			else
				CHECK(*p == 0xe8 || p[1] == 0x15);
		}
		image_free(&im);
	}
}

static void nothing_leaves_no_call(void)
{
	/* By what image_init() puts behind the calls, of 6 to 15 bytes. */
	static const u8 last[IMAGE_PLAIN] = {
		0x90, 0x90, 0x3e, 0x3e, 0x90, 0x3e, 0x3e, 0x90, 0x90, 0x90,
	};
	struct image im;

	patched(&im, IMAGE_SHAPES, &inlined);
	for (u32 n = 0; n < IMAGE_SITES; n++) {
		const struct pv_site *site = &im.sites[IMAGE_SITES + n];
		const u8 *p = image_at(&im, site);

		EQ(site->op, IMAGE_EMPTY);
		for (u32 i = 0; i < site->len - 1u; i++)
			EQ(p[i], 0x3e);
		if (n < IMAGE_PLAIN)
			EQ(p[site->len - 1], last[n]);
		else
			CHECK(p[site->len - 1] == 0x3e ||
			      p[site->len - 1] == 0x90);
	}
	image_free(&im);
}

static void template_is_inlined(void)
{
	struct image im;

	patched(&im, PV_OPS, &inlined);
	for (u32 n = 0; n < im.text.count; n++) {
		const struct pv_site *site = &im.sites[n];
		const struct pv_template *t = backend.impl[site->op].template;
		const u8 *p = image_at(&im, site) + site->len;

		if (!t || !t->len || t->reloc || t->regs)
			continue;
		EQ(memcmp(p - t->len, t->bytes, t->len), 0);
	}
	image_free(&im);
}

static void relative_operand_moves(void)
{
	struct image im;

	patched(&im, PV_OPS, &inlined);
	for (u32 n = 0; n < im.text.count; n++) {
		const struct pv_site *site = &im.sites[n];
		const struct pv_template *t = backend.impl[site->op].template;
		u32 old, new;

		if (!t || !t->reloc || (t->regs && !site->thunk))
			continue;
		old = t->addr + t->reloc + 3 + get32(t->bytes + t->reloc - 1);
		new = site->addr + site->len - t->len + t->reloc + 3 +
		      get32(image_at(&im, site) + site->len - t->len +
			    t->reloc - 1);
		EQ(new, old);
	}
	image_free(&im);
}

/* The operand at every place in templates of every length. */
static void relative_operand_anywhere(void)
{
	struct backend b;
	const struct pv_state state = { PV_LEVEL_INLINE, b.impl };
	const struct pv_text text = { 0 };
	u8 bytes[PV_SITE_MAX] = { 1, 2, 0xfd, 4, 5, 0xfe, 7, 8, 9, 0x3e };
	u8 out[PV_SITE_MAX];
	enum pv_form form;
	u32 tried = 0;

	backend_init(&b);
	for (u32 i = 0; i < 10 * 15 * 13; i++) {
		struct pv_site site = {
			.addr = 0xc0100003, .op = 9, .len = 6 + i % 10,
		};
		u32 len = 1 + i / 10 % 15, reloc = i / 150;
		struct model m;

		if (len > site.len || (reloc && reloc + 3 > len))
			continue;
		backend_set(&b, 9, bytes, len, reloc, 0xdeadbeef, 0);
		m = model_encode(&text, &site, &state);
		EQ(pv_encode(&text, &site, &state, out, &form), PV_OK);
		EQ(form, PV_INLINED);
		EQ(memcmp(out, m.bytes, site.len), 0);
		tried++;
	}
	EQ(tried, 105 + 360);
	backend_free(&b);
}

static void padding_is_prefixes(void)
{
	struct image im;

	for (u32 l = 0; l < ARRAY_SIZE(level); l++) {
		patched(&im, PV_OPS, level[l]);
		for (u32 n = 0; n < im.text.count; n++) {
			const struct pv_site *site = &im.sites[n];
			u32 insn = model_encode(&im.text, site,
						level[l]).insn_len;
			const u8 *p = image_at(&im, site);

			for (u32 i = 0; i < site->len - insn; i++)
				EQ(p[i], 0x3e);
		}
		image_free(&im);
	}
}

static const struct tap_test tests[] = {
	{ "encode: the bytes that an assembler makes",
	  compiled_form_is_golden },
	{ "patch: level off leaves indirect calls through the right slot",
	  off_calls_through_own_slot },
	{ "patch: a direct call reaches its operation's own function",
	  direct_reaches_own_function },
	{ "patch: a site with a thunk calls it, unless inlined",
	  thunk_is_called },
	{ "patch: a direct call reaches the function from any site address",
	  direct_reaches_from_anywhere },
	{ "patch: a jump site stays a jump, a call site a call",
	  jump_stays_jump },
	{ "patch: an operation that does nothing leaves no call",
	  nothing_leaves_no_call },
	{ "patch: a template ends its site, unchanged", template_is_inlined },
	{ "patch: a template with a relative operand reaches its target from "
	  "its new place", relative_operand_moves },
	{ "patch: the relative operand may stand anywhere in a template",
	  relative_operand_anywhere },
	{ "patch: padding is prefixes in front, one instruction",
	  padding_is_prefixes },
};

TAP_MAIN_AROUND(tests, backend_init(&backend), backend_free(&backend))
