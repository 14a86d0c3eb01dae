// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Passes of the call-site patcher over a good table: that they touch the sites
 * alone, once, and can be undone and repeated, and that the verifier sees
 * every byte. patch_refuse.c goes on with bad tables.
 *
 * link: pv/core.c pv/length.c pv/decode.c
 */
#include "patched.h"

static void every_level_from_every_other(void)
{
	struct image im;
	u32 changed;

	for (u32 i = 0; i < 9; i++) {
		u8 *want;

		patched(&im, PV_OPS, level[i % 3]);
		want = malloc(im.size);
		memcpy(want, im.bytes, im.size);
		image_free(&im);

		patched(&im, PV_OPS, level[i / 3]);
		EQ(image_apply(&im, level[i / 3], level[i % 3],
			       &changed).error, PV_OK);
		EQ(memcmp(im.bytes, want, im.size), 0);
		free(want);
		image_free(&im);
	}
}

static void unpatch_restores(void)
{
	struct image im;
	u32 changed, back;
	u8 *original;

	for (u32 l = 1; l < ARRAY_SIZE(level); l++) {
		image_init(&im, PV_OPS);
		image_fill(&im, &off);
		original = malloc(im.size);
		memcpy(original, im.bytes, im.size);
		EQ(image_apply(&im, &off, level[l], &changed).error, PV_OK);
		CHECK(memcmp(im.bytes, original, im.size));
		EQ(image_apply(&im, level[l], &off, &back).error, PV_OK);
		EQ(memcmp(im.bytes, original, im.size), 0);
		EQ(back, changed);
		free(original);
		image_free(&im);
	}
}

static void repatch_repeats(void)
{
	struct image im;
	u32 changed, again;
	u8 *first;

	patched(&im, PV_OPS, &off);
	EQ(image_apply(&im, &off, &inlined, &changed).error, PV_OK);
	first = malloc(im.size);
	memcpy(first, im.bytes, im.size);
	EQ(image_apply(&im, &inlined, &off, &again).error, PV_OK);
	EQ(image_apply(&im, &off, &inlined, &again).error, PV_OK);
	EQ(memcmp(im.bytes, first, im.size), 0);
	EQ(again, changed);
	free(first);
	image_free(&im);
}

static void second_pass_writes_nothing(void)
{
	struct image im;
	u32 changed;

	for (u32 l = 0; l < ARRAY_SIZE(level); l++) {
		patched(&im, PV_OPS, level[l]);
		changed = 1;
		EQ(image_apply(&im, level[l], level[l], &changed).error, PV_OK);
		EQ(im.calls, 0);
		EQ(changed, 0);
		image_free(&im);
	}
}

/* Whole, or the half of an instruction could be executed in between. */
static void site_is_written_once(void)
{
	struct image im;

	patched(&im, PV_OPS, &inlined);
	/* But calls of thunks without a template keep their bytes. */
	EQ(im.calls, im.text.count - IMAGE_CHOSEN * (PV_OPS / IMAGE_SHAPES +
						     !!(PV_OPS % IMAGE_SHAPES)));
	for (u32 n = 0; n < im.text.count; n++) {
		u32 at = im.sites[n].addr - im.text.start;

		if (im.sites[n].thunk && im.sites[n].op % IMAGE_SHAPES == 0)
			continue;

		for (u32 i = 0; i < im.sites[n].len; i++)
			EQ(im.written[at + i], 1);
	}
	image_free(&im);
}

static void same_bytes_are_not_written(void)
{
	struct image im;
	u32 changed;

	patched(&im, IMAGE_SHAPES, &direct);
	EQ(image_apply(&im, &direct, &inlined, &changed).error, PV_OK);
	/*
	 * Operation 0 has no template and is called directly in both, and so
	 * are those with operands where registers are fixed.
	 */
	for (u32 n = 0; n < im.text.count; n++) {
		const struct pv_site *site = &im.sites[n];
		const struct pv_template *t = backend.impl[site->op].template;

		EQ(im.written[site->addr - im.text.start],
		   t && (site->thunk || !t->regs));
	}
	image_free(&im);
}

static void other_bytes_never_change(void)
{
	struct image im, fresh;

	for (u32 l = 0; l < ARRAY_SIZE(level); l++) {
		patched(&im, PV_OPS, level[l]);
		image_init(&fresh, PV_OPS);
		for (u32 n = 0; n < im.text.count; n++)
			memcpy(image_at(&im, &im.sites[n]),
			       image_at(&fresh, &im.sites[n]),
			       im.sites[n].len);
		EQ(im.size, fresh.size);
		EQ(memcmp(im.bytes, fresh.bytes, im.size), 0);
		image_free(&fresh);
		image_free(&im);
	}
}

static void changes_are_counted(void)
{
	struct image im;
	u32 changed, differ;

	for (u32 i = 0; i < 9; i++) {
		patched(&im, PV_OPS, level[i / 3]);
		EQ(image_apply(&im, level[i / 3], level[i % 3],
			       &changed).error, PV_OK);
		differ = 0;
		for (u32 b = 0; b < im.size; b++)
			differ += im.bytes[b] != im.before[b];
		EQ(changed, differ);
		image_free(&im);
	}
}

static void empty_table_is_fine(void)
{
	struct pv_text text = { .start = IMAGE_START, .end = IMAGE_START };
	u32 changed = 1, forms[PV_FORMS] = { 1, 1, 1, 1, 1 };

	EQ(pv_apply(&text, &off, &inlined, image_write, &changed).error, PV_OK);
	EQ(changed, 0);
	EQ(pv_verify(&text, &inlined, forms).error, PV_OK);
	for (u32 i = 0; i < PV_FORMS; i++)
		EQ(forms[i], 0);
}

static void forms_are_counted(void)
{
	/* One operation is called, one empty, three have operands. */
	enum {
		CHOSEN = IMAGE_CHOSEN, PLAIN = IMAGE_SITES - CHOSEN,
	};
	static const u32 want[][PV_FORMS] = {
		{ [PV_INDIRECT] = 9 * PLAIN, [PV_THUNKED] = 9 * CHOSEN },
		{ [PV_DIRECT] = 9 * PLAIN, [PV_THUNKED] = 9 * CHOSEN },
		{ [PV_DIRECT] = 4 * PLAIN, [PV_THUNKED] = CHOSEN,
		  [PV_INLINED] = 4 * PLAIN + 7 * CHOSEN,
		  [PV_ERASED] = PLAIN + CHOSEN },
	};
	struct image im;
	u32 forms[PV_FORMS];

	for (u32 l = 0; l < ARRAY_SIZE(level); l++) {
		patched(&im, IMAGE_SHAPES, level[l]);
		EQ(pv_verify(&im.text, level[l], forms).error, PV_OK);
		EQ(pv_verify(&im.text, level[l], NULL).error, PV_OK);
		for (u32 i = 0; i < PV_FORMS; i++)
			EQ(forms[i], want[l][i]);
		image_free(&im);
	}
}

static void verify_knows_the_level(void)
{
	struct image im;
	struct pv_fault fault;

	for (u32 i = 0; i < 9; i++) {
		patched(&im, IMAGE_SHAPES, level[i / 3]);
		fault = pv_verify(&im.text, level[i % 3], NULL);
		if (i / 3 == i % 3) {
			EQ(fault.error, PV_OK);
			EQ(fault.addr, 0);
		} else {
			/* Direct calls are right at both upper levels. */
			EQ(fault.error, PV_BAD_BYTES);
			EQ(fault.addr,
			   im.sites[i / 3 && i % 3 ? IMAGE_SITES : 0].addr);
		}
		image_free(&im);
	}
}

/* Site n, the next one, and what is in their thunks. Returns how many. */
static u32 site_alone(const struct image *im, u32 n, struct pv_site *sites)
{
	u32 count = 0;

	for (u32 k = 0; k < n + 2; k++) {
		u32 thunk = im->sites[k].addr - 1;

		if (k >= n || im->sites[n].thunk == thunk ||
		    im->sites[n + 1].thunk == thunk)
			sites[count++] = im->sites[k];
	}
	return count;
}

/*
 * There is no alteration of one byte that the verifier, or the check before
 * patching, does not see: all sites, bytes and values, at all levels.
 */
static void each_byte(bool (*found)(struct image *im, u32 l, u32 addr))
{
	struct pv_site sites[4];
	struct image im;

	for (u32 l = 0; l < ARRAY_SIZE(level); l++) {
		u32 tried = 0, seen = 0;

		/* One more, since each is given its next one. */
		patched(&im, IMAGE_SHAPES + 1, level[l]);
		im.text.sites = sites;
		for (u32 n = 0; n < IMAGE_SHAPES * IMAGE_SITES; n++) {
			const struct pv_site *site = &im.sites[n];

			im.text.count = site_alone(&im, n, sites);
			for (u32 i = 0; i < site->len * 255u; i++) {
				u8 *p = image_at(&im, site) + i / 255;
				u8 good = *p;

				*p = (u8)(good + 1 + i % 255);
				tried++;
				seen += found(&im, l, site->addr);
				*p = good;
			}
			EQ(pv_verify(&im.text, level[l], NULL).error, PV_OK);
		}
		/* The shortest jump has 7 bytes, the empty shape has none. */
		EQ(tried, IMAGE_SHAPES * 255 * (105 + 106 + 7 * 6 + 110) - 255);
		EQ(seen, tried);
		image_free(&im);
	}
}

static bool verify_finds(struct image *im, u32 l, u32 addr)
{
	struct pv_fault fault = pv_verify(&im->text, level[l], NULL);

	return fault.error == PV_BAD_BYTES && fault.addr == addr;
}

static bool apply_finds(struct image *im, u32 l, u32 addr)
{
	u32 changed = 1;
	struct pv_fault fault;

	im->calls = 0;
	image_writing = im;
	fault = pv_apply(&im->text, level[l], level[(l + 1) % 3], image_write,
			 &changed);
	return fault.error == PV_BAD_BYTES && fault.addr == addr &&
	       !im->calls && !changed;
}

static void verify_sees_each_byte(void)
{
	each_byte(verify_finds);
}

static void apply_sees_each_byte(void)
{
	each_byte(apply_finds);
}

static void errors_have_names(void)
{
	for (u32 i = 0; i < PV_ERRORS; i++) {
		CHECK(*pv_error_name(i));
		for (u32 k = 0; k < i; k++)
			CHECK(strcmp(pv_error_name(i), pv_error_name(k)));
	}
	CHECK(*pv_error_name(PV_ERRORS));
}

static const struct tap_test tests[] = {
	{ "patch: every level is reached from every other",
	  every_level_from_every_other },
	{ "patch: unpatch restores the compiled bytes exactly",
	  unpatch_restores },
	{ "patch: repatch gives the same bytes again", repatch_repeats },
	{ "patch: a second pass writes nothing", second_pass_writes_nothing },
	{ "patch: a site is written once", site_is_written_once },
	{ "patch: a site that keeps its bytes is not written",
	  same_bytes_are_not_written },
	{ "patch: bytes outside the sites never change",
	  other_bytes_never_change },
	{ "patch: changed bytes are counted", changes_are_counted },
	{ "patch: an empty table is fine", empty_table_is_fine },
	{ "patch: every single-byte change at a site is refused",
	  apply_sees_each_byte },
	{ "verify: every single-byte change at a site is found",
	  verify_sees_each_byte },
	{ "verify: forms are counted", forms_are_counted },
	{ "verify: what another level promises is not accepted",
	  verify_knows_the_level },
	{ "errors: each has a name of its own", errors_have_names },
};

TAP_MAIN_AROUND(tests, backend_init(&backend), backend_free(&backend))
