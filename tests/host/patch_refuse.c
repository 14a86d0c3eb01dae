// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bad site tables: the call-site patcher names the error and the address of
 * the site and writes nothing, not even the sites before it, since a kernel
 * half patched can't even report. One test for each mistake. patch_backend.c
 * goes on with mistakes of a backend.
 *
 * link: pv/core.c pv/length.c pv/decode.c
 */
#include "patched.h"

/* The site that each test spoils: good ones come before and after it. */
#define BAD	(2 * IMAGE_SITES + 4)

/* One record of a good table is replaced; `error` must be found at it. */
static void spoil(struct pv_site site, enum pv_error error)
{
	struct image im;

	compiled(&im);
	im.sites[BAD] = site;
	record_refused(&im, error, site.addr);
	image_free(&im);
}

static struct pv_site good_site(void)
{
	struct pv_site site;
	struct image im;

	compiled(&im);
	site = im.sites[BAD];
	image_free(&im);
	return site;
}

static void wrong_bytes(void)
{
	struct image im;

	compiled(&im);
	image_at(&im, &im.sites[BAD])[im.sites[BAD].len - 1] ^= 0x80;
	for (u32 l = 0; l < ARRAY_SIZE(level); l++)
		refused(&im, &off, level[l], PV_BAD_BYTES, im.sites[BAD].addr);
	image_free(&im);
}

/* What an image is that has been patched before. */
static void patched_already(void)
{
	struct image im;

	patched(&im, IMAGE_SHAPES, &direct);
	refused(&im, &off, &inlined, PV_BAD_BYTES, im.sites[0].addr);
	image_free(&im);
}

static void first_of_two(void)
{
	struct image im;

	compiled(&im);
	*image_at(&im, &im.sites[BAD]) ^= 1;
	*image_at(&im, &im.sites[BAD - 3]) ^= 1;
	refused(&im, &off, &inlined, PV_BAD_BYTES, im.sites[BAD - 3].addr);
	im.sites[BAD].op = 255;
	refused(&im, &off, &inlined, PV_BAD_OP, im.sites[BAD].addr);
	im.sites[BAD - 2].zero = 1;
	refused(&im, &off, &inlined, PV_BAD_KIND, im.sites[BAD - 2].addr);
	image_free(&im);
}

static void unknown_operation(void)
{
	struct pv_site site = good_site();

	for (u32 op = PV_OPS; op < 256; op++) {
		site.op = (u8)op;
		spoil(site, PV_BAD_OP);
	}
}

static void bad_length(void)
{
	struct pv_site site = good_site();

	for (u32 len = 0; len < 256; len++) {
		if (len >= PV_SITE_MIN && len <= PV_SITE_MAX)
			continue;
		site.len = (u8)len;
		spoil(site, PV_BAD_LENGTH);
	}
	site.kind = PV_SITE_JUMP;
	site.len = PV_JUMP_MIN - 1;
	spoil(site, PV_BAD_LENGTH);
}

static void bad_kind(void)
{
	struct pv_site site = good_site();

	for (u32 kind = PV_SITE_JUMP + 1; kind < 256; kind++) {
		site.kind = (u8)kind;
		spoil(site, PV_BAD_KIND);
	}
}

static void bad_zero(void)
{
	struct pv_site site = good_site();

	for (u32 zero = 1; zero < 256; zero++) {
		site.zero = (u8)zero;
		spoil(site, PV_BAD_KIND);
	}
}

/* The first site moves; the bytes that it leaves are nobody's. */
static void move_first(u32 addr, enum pv_error error)
{
	struct image im;

	compiled(&im);
	im.sites[0].addr = addr;
	record_refused(&im, error, addr);
	image_free(&im);
}

static void below_the_text(void)
{
	move_first(0, PV_OUTSIDE);
	move_first(0x1000, PV_OUTSIDE);
	move_first(IMAGE_START - 6, PV_OUTSIDE);
}

/* The last one: no other may come behind it. */
static void move_last(u32 up, enum pv_error error)
{
	struct image im;
	struct pv_site *last;

	compiled(&im);
	last = &im.sites[im.text.count - 1];
	last->addr += up;
	record_refused(&im, error, last->addr);
	image_free(&im);
}

static void above_the_text(void)
{
	move_last(PV_SITE_MAX, PV_OUTSIDE);
	move_last(PV_SITE_MAX + 1, PV_OUTSIDE);
	move_last(0x1000, PV_OUTSIDE);
	move_last(0x30000000, PV_OUTSIDE);
}

static void straddles_the_start(void)
{
	for (u32 i = 1; i < 6; i++)
		move_first(IMAGE_START - i, PV_OUTSIDE);
}

static void straddles_the_end(void)
{
	for (u32 i = 1; i < PV_SITE_MAX; i++)
		move_last(i, PV_OUTSIDE);
}

/* There are no bytes behind it: the records must be refused unread. */
static void wraps_at_4g(void)
{
	struct pv_site site = { .len = PV_SITE_MAX };
	struct pv_text text = {
		.end = 0xffffffff, .sites = &site, .count = 1,
	};

	for (u32 i = 1; i <= PV_SITE_MAX; i++) {
		struct pv_fault fault;

		site.addr = 0u - i;
		text.start = i % 2 ? 0 : 0xfffff000;
		fault = pv_check_sites(&text);
		EQ(fault.error, PV_OUTSIDE);
		EQ(fault.addr, site.addr);
		fault = pv_verify(&text, &off, NULL);
		EQ(fault.error, PV_OUTSIDE);
	}
	/* The last that fits. */
	site.addr = 0xffffffff - PV_SITE_MAX;
	EQ(pv_check_sites(&text).error, PV_OK);
}

/* Site BAD is put at `addr`, where it shares bytes with an earlier one. */
static void overlap_at(struct image *im, u32 addr)
{
	im->text.core_start = 0;
	im->text.core_end = 0;
	im->sites[BAD].addr = addr;
	record_refused(im, PV_OVERLAP, addr);
	image_free(im);
}

static void overlaps(void)
{
	struct image im;

	for (u32 i = 1; i < PV_SITE_MIN + BAD % IMAGE_SITES - 1; i++) {
		compiled(&im);
		EQ(im.sites[BAD - 1].len, PV_SITE_MIN + BAD % IMAGE_SITES - 1);
		overlap_at(&im, im.sites[BAD - 1].addr + i);
	}
}

/* Searching a table takes one in order. Found is the later record. */
static void out_of_order(void)
{
	struct image im;

	for (u32 i = 0; i < BAD; i++) {
		struct pv_site site;

		compiled(&im);
		overlap_at(&im, im.sites[i].addr + 1);
		compiled(&im);
		site = im.sites[i];
		im.sites[i] = im.sites[i + 1];
		im.sites[i + 1] = site;
		im.text.core_end = im.text.core_start;
		record_refused(&im, PV_OVERLAP, site.addr);
		image_free(&im);
	}
	/* Where nobody else is, but not where it belongs. */
	compiled(&im);
	im.text.core_end = im.text.core_start;
	im.sites[im.text.count - 1].addr = im.text.core_start;
	im.sites[im.text.count - 1].len = PV_SITE_MIN;
	record_refused(&im, PV_OVERLAP, im.text.core_start);
	image_free(&im);
}

static void identical_sites(void)
{
	for (u32 i = 0; i < BAD; i++) {
		struct image im;

		compiled(&im);
		im.sites[BAD] = im.sites[i];
		record_refused(&im, PV_OVERLAP, im.sites[i].addr);
		image_free(&im);
	}
}

static void inside_the_patcher(void)
{
	struct image im;
	u32 start, end;

	compiled(&im);
	start = im.text.core_start;
	end = im.text.core_end;
	image_free(&im);
	for (u32 addr = start - 5; addr < end; addr++)
		move_first(addr, PV_IN_CORE);
}

/* The patcher may also be smaller than a site. */
static void around_the_patcher(void)
{
	struct image im;
	struct pv_site *site;

	compiled(&im);
	site = &im.sites[BAD];
	im.text.core_start = site->addr + 2;
	im.text.core_end = site->addr + 3;
	record_refused(&im, PV_IN_CORE, site->addr);
	image_free(&im);
}

static void no_patcher(void)
{
	struct image im;
	u32 changed;

	compiled(&im);
	im.text.core_start = im.sites[BAD].addr + 2;
	im.text.core_end = im.text.core_start;
	EQ(image_apply(&im, &off, &inlined, &changed).error, PV_OK);
	image_free(&im);
}

static const struct tap_test tests[] = {
	{ REFUSED("a site with wrong bytes"), wrong_bytes },
	{ REFUSED("an image patched before"), patched_already },
	{ "patch: of two bad sites the first in the table is named",
	  first_of_two },
	{ REFUSED("an unknown operation"), unknown_operation },
	{ REFUSED("a bad length"), bad_length },
	{ REFUSED("a bad kind"), bad_kind },
	{ REFUSED("a record whose spare byte is not zero"), bad_zero },
	{ REFUSED("a site below the text"), below_the_text },
	{ REFUSED("a site above the text"), above_the_text },
	{ REFUSED("a site across the start of the text"),
	  straddles_the_start },
	{ REFUSED("a site across the end of the text"), straddles_the_end },
	{ "patch: a site that wraps at 4 GiB is refused unread",
	  wraps_at_4g },
	{ REFUSED("an overlap"), overlaps },
	{ REFUSED("a site that is not behind the one before it"),
	  out_of_order },
	{ REFUSED("a site recorded twice"), identical_sites },
	{ REFUSED("a site inside the patcher"), inside_the_patcher },
	{ REFUSED("a site around the patcher"), around_the_patcher },
	{ "patch: an empty patcher range forbids nothing", no_patcher },
};

TAP_MAIN_AROUND(tests, backend_init(&backend), backend_free(&backend))
