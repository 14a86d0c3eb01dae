// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The comparison of live text with the linked image: that every byte counts,
 * in sites and between them, and is named once with what it should be; and the
 * sum, against what POSIX `cksum` printed.
 *
 * link: pv/verify.c pv/core.c pv/length.c pv/decode.c
 */
#include <pv/verify.h>
#include "patched.h"

static u8 *linked;
static struct pv_difference seen;	/* the last one, and its first bytes */
static u8 seen_promised, seen_live, seen_linked;
static u32 reports;

static void differ(void *arg, const struct pv_difference *d)
{
	CHECK(arg == &seen);
	seen = *d;
	seen_promised = *d->promised;
	seen_live = *d->live;
	seen_linked = *d->linked;
	reports++;
}

/* An image with each kind of template, and a copy as it was compiled. */
static void begin(struct image *im, const struct pv_state *state)
{
	patched(im, IMAGE_SHAPES, &off);
	linked = malloc(im->size);
	memcpy(linked, im->bytes, im->size);
	image_apply(im, &off, state, &(u32){ 0 });
	reports = 0;
}

static void end(struct image *im)
{
	free(linked);
	image_free(im);
}

static u32 compare(struct image *im, const struct pv_state *state)
{
	return pv_compare(&im->text, state, linked,
			  im->text.start + im->size, differ, &seen);
}

static const struct pv_site *site_at(struct image *im, u32 addr)
{
	for (u32 n = 0; n < im->text.count; n++)
		if (addr - im->sites[n].addr < im->sites[n].len)
			return &im->sites[n];
	return NULL;
}

static void explained_by_sites(void)
{
	for (u32 l = 0; l < ARRAY_SIZE(level); l++) {
		struct image im;

		begin(&im, level[l]);
		EQ(compare(&im, level[l]), 0);
		EQ(reports, 0);
		end(&im);
	}
}

static void every_byte_is_named(void)
{
	for (u32 l = 0; l < ARRAY_SIZE(level); l++) {
		struct image im;

		begin(&im, level[l]);
		for (u32 i = 0; i < im.size; i++) {
			u8 was = im.bytes[i];
			u32 addr = im.text.start + i;

			/* What stands behind an empty site decides its form. */
			if (l == 2 && !site_at(&im, addr))
				continue;
			im.bytes[i] ^= 0x41;
			reports = 0;
			EQ(compare(&im, level[l]), 1);
			EQ(reports, 1);
			EQ(seen.addr, addr);
			EQ(seen.len, 1);
			EQ(seen_live, was ^ 0x41);
			EQ(seen_promised, was);
			EQ(seen_linked, linked[i]);
			CHECK(seen.site == site_at(&im, addr));
			im.bytes[i] = was;
		}
		end(&im);
	}
}

static void reference_counts(void)
{
	struct image im;

	begin(&im, &direct);
	for (u32 i = 0; i < im.size; i++) {
		bool between = !site_at(&im, im.text.start + i);

		linked[i] ^= 0x41;
		EQ(compare(&im, &direct), between);
		linked[i] ^= 0x41;
	}
	end(&im);
}

/* Between sites, one right after the other, and with bytes in between. */
static void several_at_once(void)
{
	struct image im;
	u32 at = 0;

	begin(&im, &direct);
	while (site_at(&im, im.text.start + at) ||
	       site_at(&im, im.text.start + at + 3))
		at++;
	im.bytes[at] ^= 1;
	im.bytes[at + 1] ^= 1;
	im.bytes[at + 3] ^= 1;
	EQ(compare(&im, &direct), 3);
	EQ(reports, 2);
	EQ(seen.addr, im.text.start + at + 3);
	EQ(seen.len, 1);
	end(&im);
}

/* The text may be followed by bytes where no site can be. */
static void behind_the_text(void)
{
	struct image im;

	begin(&im, &direct);
	im.text.end = im.sites[--im.text.count].addr;
	memcpy(im.bytes + (im.text.end - im.text.start),
	       linked + (im.text.end - im.text.start),
	       im.size - (im.text.end - im.text.start));
	EQ(compare(&im, &direct), 0);
	im.bytes[im.size - 1] ^= 1;
	EQ(compare(&im, &direct), 1);
	EQ(seen.addr, im.text.start + im.size - 1);
	CHECK(!seen.site);
	end(&im);
}

static void same_as_cksum(void)
{
	static const u8 zeros[300];

	EQ(pv_cksum(NULL, 0), 4294967295u);
	EQ(pv_cksum((const u8 *)"a", 1), 1220704766);
	EQ(pv_cksum((const u8 *)"123456789", 9), 930766865);
	EQ(pv_cksum(zeros, sizeof(zeros)), 351385237);
}

static const struct tap_test tests[] = {
	{ "verify: a patched text has no difference that no site explains",
	  explained_by_sites },
	{ "verify: every byte that is changed is named, with what it should be",
	  every_byte_is_named },
	{ "verify: between sites the reference is the linked image, byte for byte",
	  reference_counts },
	{ "verify: several differences are counted and named, each run once",
	  several_at_once },
	{ "verify: bytes behind the text count too", behind_the_text },
	{ "verify: the sum is that of POSIX cksum", same_as_cksum },
};

TAP_MAIN_AROUND(tests, backend_init(&backend), backend_free(&backend))
