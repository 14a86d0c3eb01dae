// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An operation that does nothing leaves nothing: the call-site patcher turns
 * its site into prefixes of the instruction behind it. Here are the
 * instructions that can take them and all that can not, where a no-op ends the
 * site. The lengths are written out; the patcher's own idea of them is tested
 * in length.c. patch_passes.c goes on with whole tables.
 *
 * link: pv/core.c pv/length.c pv/decode.c
 */
#include "patched.h"

#define EMPTY	IMAGE_EMPTY
#define CLI	2	/* the operation whose template is one byte */
#define MOV	5	/* and one that has five */
#define PREFIX	0x3e
#define NOP	0x90

struct insn {
	u8 len, bytes[15];
};

static const struct insn known[] = {
	{ 1, { 0xc3 } },					/* ret */
	{ 1, { 0x50 } },					/* push %eax */
	{ 1, { 0x90 } },					/* nop */
	{ 2, { 0x89, 0xc8 } },					/* mov */
	{ 2, { 0xeb, 0xf0 } },					/* jmp */
	{ 2, { 0x74, 0x10 } },					/* je */
	{ 2, { 0xf3, 0xa4 } },					/* rep movsb */
	{ 3, { 0x8b, 0x45, 0xf8 } },				/* %ebp */
	{ 4, { 0x8b, 0x44, 0x24, 0x08 } },			/* %esp */
	{ 5, { 0xe8, 0x10, 0x32, 0x54, 0x00 } },		/* call */
	{ 5, { 0x66, 0xc7, 0x00, 0x34, 0x12 } },		/* movw */
	{ 6, { 0x0f, 0x84, 0x10, 0x32, 0x54, 0x00 } },		/* je */
	{ 6, { 0xff, 0x15, 0x00, 0x00, 0x40, 0xc0 } },		/* call */
	{ 7, { 0xc7, 0x43, 0x04, 0x78, 0x56, 0x34, 0x12 } },	/* movl */
	{ 7, { 0xff, 0x24, 0x85, 0x00, 0x00, 0x11, 0xc0 } },	/* jmp */
	{ 8, { 0xc7, 0x44, 0x24, 0x04, 0x78, 0x56, 0x34, 0x12 } },
	{ 9, { 0xf0, 0x81, 0x44, 0x24, 0x04, 0x78, 0x56, 0x34, 0x12 } },
	{ 10, { 0xc7, 0x05, 0x00, 0x10, 0x00, 0xc0, 0x78, 0x56, 0x34,
		0x12 } },
	{ 11, { 0xc7, 0x84, 0x24, 0x00, 0x10, 0x00, 0x00, 0x78, 0x56, 0x34,
		0x12 } },
};

/* Prefixes that could contradict the padding, and what is not in the table. */
static const struct insn unknown[] = {
	{ 3, { 0x26, 0x8b, 0x00 } },				/* ES */
	{ 3, { 0x2e, 0x8b, 0x00 } },				/* CS */
	{ 3, { 0x36, 0x8b, 0x00 } },				/* SS */
	{ 3, { 0x3e, 0x8b, 0x00 } },				/* DS */
	{ 3, { 0x64, 0x8b, 0x00 } },				/* FS */
	{ 3, { 0x65, 0x8b, 0x00 } },				/* GS */
	{ 3, { 0x67, 0x8b, 0x00 } },				/* 16-bit */
	{ 4, { 0x66, 0x65, 0x8b, 0x00 } },			/* behind one */
	{ 4, { 0xf3, 0x65, 0x90, 0x90 } },
	{ 7, { 0xea, 0x00, 0x00, 0x10, 0x00, 0x08, 0x00 } },	/* ljmp */
	{ 3, { 0x0f, 0x20, 0xd8 } },				/* mov %cr3 */
	{ 4, { 0x0f, 0x38, 0xf0, 0x00 } },			/* movbe */
	{ 4, { 0x66, 0x0f, 0x6f, 0x00 } },			/* movdqa */
	{ 3, { 0xc5, 0xf8, 0x77 } },				/* vzeroupper */
	{ 2, { 0x66, 0x66 } },					/* no opcode */
};

static u32 starts_at, starts_asked;

static bool starts(u32 addr)
{
	starts_asked = addr;
	return addr == starts_at;
}

/* Sites one behind the other, then `tail`, where the text ends. */
static void layout(struct image *im, const struct pv_site *sites, u32 count,
		   const void *tail, u32 tail_len)
{
	u32 at = tail_len;

	for (u32 n = 0; n < count; n++)
		at += sites[n].len;
	image_alloc(im, IMAGE_START, at, count);
	at = 0;
	for (u32 n = 0; n < count; n++) {
		im->sites[n] = sites[n];
		im->sites[n].addr = IMAGE_START + at;
		at += sites[n].len;
	}
	if (tail_len)
		memcpy(im->bytes + at, tail, tail_len);
	image_fill(im, &off);
}

static u8 *site_end(struct image *im, u32 n)
{
	return image_at(im, &im->sites[n]) + im->sites[n].len;
}

/*
 * Patches, and wants site n, an empty one, to end with `last` behind prefixes.
 * The verifier must agree, and must not have prefixes alone for a no-op. Then
 * undoes it.
 */
static void ends_with(struct image *im, u32 n, u8 last)
{
	u8 *end = site_end(im, n), *original = malloc(im->size);
	u32 changed;

	memcpy(original, im->bytes, im->size);
	EQ(image_apply(im, &off, &inlined, &changed).error, PV_OK);
	for (u32 i = 2; i <= im->sites[n].len; i++)
		EQ(end[-(int)i], PREFIX);
	EQ(end[-1], last);
	EQ(pv_verify(&im->text, &inlined, NULL).error, PV_OK);
	if (last == NOP) {
		end[-1] = PREFIX;
		EQ(pv_verify(&im->text, &inlined, NULL).addr,
		   im->sites[n].addr);
		end[-1] = NOP;
	}
	EQ(image_apply(im, &inlined, &off, &changed).error, PV_OK);
	EQ(memcmp(im->bytes, original, im->size), 0);
	free(original);
}

/* An empty site with `tail` behind it, in all lengths of the site. */
static void before(const struct insn *tail, bool takes_them)
{
	for (u8 len = PV_SITE_MIN; len <= PV_SITE_MAX; len++) {
		struct pv_site site = { .op = EMPTY, .len = len };
		bool fits = takes_them && len + tail->len <= 15;
		struct image im;

		layout(&im, &site, 1, tail->bytes, tail->len);
		ends_with(&im, 0, fits ? PREFIX : NOP);
		image_free(&im);
	}
}

/* One byte decides: the longest that a CPU takes has 15. */
static void before_known(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(known); i++)
		before(&known[i], true);
}

static void before_unknown(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(unknown); i++)
		before(&unknown[i], false);
}

/* The text ends with the site, or before the instruction does. */
static void at_the_end(void)
{
	struct insn cut = { 0 };

	before(&cut, false);
	for (u32 i = 0; i < ARRAY_SIZE(known); i++) {
		cut = known[i];
		/* What is left of a prefixed one must not be one itself. */
		while (--cut.len)
			before(&cut, false);
	}
}

static void before_exception_entry(void)
{
	struct pv_site site = { .op = EMPTY, .len = PV_SITE_MIN };
	struct image im;

	for (u32 i = 0; i < 16; i++) {
		layout(&im, &site, 1, known[3].bytes, known[3].len);
		im.text.starts = starts;
		starts_at = IMAGE_START + i;
		ends_with(&im, 0, i == PV_SITE_MIN ? NOP : PREFIX);
		EQ(starts_asked, IMAGE_START + PV_SITE_MIN);
		image_free(&im);
	}
}

/* A fault in another site is one in what the prefixes became part of. */
static void before_site_with_exception_entry(void)
{
	const struct pv_site sites[] = {
		{ .op = EMPTY, .len = 6 }, { .op = CLI, .len = 6 },
	};
	struct image im;

	layout(&im, sites, ARRAY_SIZE(sites), NULL, 0);
	im.text.starts = starts;
	starts_at = im.sites[1].addr;
	ends_with(&im, 0, NOP);
	image_free(&im);
}

/* Each needs an instruction of its own: only the last has one behind it. */
static void before_empty_site(void)
{
	for (u32 i = 0; i < 27; i++) {
		const struct pv_site sites[] = {
			{ .op = EMPTY, .len = 6 + i % 3 * 4 },
			{ .op = EMPTY, .len = 6 + i / 3 % 3 * 4 },
			{ .op = EMPTY + IMAGE_SHAPES, .len = 6 + i / 9 * 4 },
		};
		struct image im;

		layout(&im, sites, ARRAY_SIZE(sites), known[0].bytes, 1);
		ends_with(&im, 0, NOP);
		ends_with(&im, 1, NOP);
		ends_with(&im, 2, PREFIX);
		image_free(&im);
	}
}

/* All of it counts: it may become one instruction as long as the site. */
static void before_other_site(void)
{
	for (u32 i = 0; i < 100 * IMAGE_SHAPES; i++) {
		u8 len = 6 + i % 10, other = 6 + i / 10 % 10, op = i / 100;
		const struct pv_site sites[] = {
			{ .op = EMPTY, .len = len },
			{ .op = op, .len = other, .kind = op > EMPTY },
		};
		struct image im;

		if (op == EMPTY || (op > EMPTY && other < PV_JUMP_MIN))
			continue;
		layout(&im, sites, ARRAY_SIZE(sites), NULL, 0);
		ends_with(&im, 0, len + other <= 15 ? PREFIX : NOP);
		image_free(&im);
	}
}

/* The same; the thunk itself is behind it. */
static void before_site_with_thunk(void)
{
	static const u8 push[] = { 0x50, 0x57, 0x55 };

	for (u32 i = 0; i < 11 * 10 * IMAGE_SHAPES; i++) {
		u8 len = 6 + i % 10, other = 5 + i / 10 % 11, op = i / 110;
		const struct pv_site sites[] = {
			{ .op = EMPTY, .len = len },
			{ .op = op, .len = other, .thunk = 1 },
			{ .op = op, .len = 6 },
		};
		struct image im;

		layout(&im, sites, ARRAY_SIZE(sites), push, sizeof(push));
		memcpy(site_end(&im, 1), push, sizeof(push));
		im.sites[2].addr += sizeof(push);
		im.sites[1].thunk = im.sites[2].addr;
		image_fill(&im, &off);
		ends_with(&im, 0, len + other <= 15 && op != EMPTY ?
			  PREFIX : NOP);
		image_free(&im);
	}
}

/*
 * An opcode whose ModRM would be the first byte of a site: how long that is
 * changes with what the site holds, but prefixes once taken must be right in
 * every state, or nothing could be verified or undone.
 */
static void before_cut_instruction(void)
{
	static const u8 mov[] = { 0xc7 };
	const struct pv_site sites[] = {
		{ .op = EMPTY, .len = 8 }, { .op = MOV, .len = 6 },
	};
	struct image im;

	layout(&im, sites, ARRAY_SIZE(sites), mov, sizeof(mov));
	/* The tail goes between the two. */
	im.sites[1].addr++;
	im.bytes[8] = mov[0];
	image_fill(&im, &off);
	ends_with(&im, 0, NOP);
	image_free(&im);
}

/* Or verifying says yes and unpatching no: they would not agree. */
static void nop_for_prefix(void)
{
	struct pv_site site = { .op = EMPTY, .len = PV_SITE_MIN };
	struct pv_fault fault;
	struct image im;
	u32 changed;

	layout(&im, &site, 1, known[0].bytes, known[0].len);
	EQ(image_apply(&im, &off, &inlined, &changed).error, PV_OK);
	site_end(&im, 0)[-1] = NOP;
	EQ(image_apply(&im, &inlined, &off, &changed).error, PV_BAD_BYTES);
	fault = pv_verify(&im.text, &inlined, NULL);
	EQ(fault.error, PV_BAD_BYTES);
	EQ(fault.addr, im.sites[0].addr);
	image_free(&im);
}

/* Only at this level: elsewhere there is a call. */
static void not_below_inline(void)
{
	struct pv_site site = { .op = EMPTY, .len = PV_SITE_MIN };
	u32 changed, forms[PV_FORMS];
	struct image im;

	for (u32 l = 0; l < PV_LEVEL_INLINE; l++) {
		layout(&im, &site, 1, known[0].bytes, known[0].len);
		EQ(image_apply(&im, &off, level[l], &changed).error, PV_OK);
		EQ(pv_verify(&im.text, level[l], forms).error, PV_OK);
		EQ(forms[PV_ERASED], 0);
		memset(im.bytes, PREFIX, site.len);
		EQ(pv_verify(&im.text, level[l], NULL).error, PV_BAD_BYTES);
		image_free(&im);
	}
}

#define NO_OP(where) \
	"patch: an operation that does nothing leaves a no-op " where

static const struct tap_test tests[] = {
	{ "patch: an operation that does nothing becomes prefixes of the next "
	  "instruction, up to 15 bytes", before_known },
	{ "patch: another site takes the prefixes, all of it counted",
	  before_other_site },
	{ "patch: a call of a thunk takes them too", before_site_with_thunk },
	{ NO_OP("before an instruction not known, or a prefix"),
	  before_unknown },
	{ NO_OP("where the text ends"), at_the_end },
	{ NO_OP("before an address of the exception table"),
	  before_exception_entry },
	{ NO_OP("before a site in the exception table"),
	  before_site_with_exception_entry },
	{ NO_OP("before another one"), before_empty_site },
	{ NO_OP("before an instruction that a site cuts short"),
	  before_cut_instruction },
	{ "verify: a no-op where prefixes do is found", nop_for_prefix },
	{ "verify: prefixes alone are right at level inline only",
	  not_below_inline },
};

TAP_MAIN_AROUND(tests, backend_init(&backend), backend_free(&backend))
