// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The patcher's core on random tables: what it writes is what the model says,
 * there and nowhere else, once; it can be undone; the verifier and the
 * comparison see each byte; and a bad record or byte is refused before the
 * first write. Any failure names the number of its image.
 *
 * link: pv/core.c pv/decode.c pv/verify.c
 */
#include <pv/verify.h>
#include "tap.h"
#include "patch.h"

#define IMAGES		60

/* pv/verify.c lets others run. */
void pv_pause(void)
{
}

static const struct pv_state linked = { PV_LEVEL_OFF, im.impl[0] };

static struct pv_fault apply(const struct pv_state *from,
			     const struct pv_state *to, u32 *changed)
{
	memset(im.written, 0, sizeof(im.written));
	return pv_apply(&im.text, from, to, image_write, changed);
}

static u32 writes(void)
{
	u32 n = 0;

	for (u32 i = 0; i < SIZE; i++)
		n += im.written[i];
	return n;
}

/* Every site is what the model says, every other byte as linked. */
static void check_image(const struct pv_state *state)
{
	u32 forms[PV_FORMS], want[PV_FORMS] = { 0 };
	u8 bytes[PV_SITE_MAX];

	for (u32 n = 0; n < im.text.count; n++) {
		const struct pv_site *site = &im.sites[n];
		enum pv_form form = model(site, state, bytes);

		want[form]++;
		EQ(memcmp(im.live + (site->addr - START), bytes, site->len), 0);
	}
	for (u32 i = 0; i < SIZE; i++)
		CHECK(im.map[i] || im.live[i] == im.linked[i]);
	EQ(pv_verify(&im.text, state, forms).error, PV_OK);
	for (u32 f = 0; f < PV_FORMS; f++)
		EQ(forms[f], want[f]);
}

static void as_the_model_says(void)
{
	for (u32 number = 1; number <= IMAGES; number++) {
		struct pv_state from = linked, to;
		u8 before[SIZE];

		image_make(number);
		for (u32 pass = 0; pass < 6; pass++, from = to) {
			u32 changed, differ = 0;

			to = pass == 5 ? linked : random_state();
			memcpy(before, im.live, SIZE);
			EQ(apply(&from, &to, &changed).error, PV_OK);
			check_image(&to);
			for (u32 i = 0; i < SIZE; i++) {
				bool other = im.live[i] != before[i];

				differ += other;
				CHECK(im.written[i] <= 1);
				CHECK(!other || im.written[i] == 1);
			}
			EQ(changed, differ);
			EQ(apply(&to, &to, &changed).error, PV_OK);
			EQ(changed + writes(), 0);
		}
		EQ(memcmp(im.live, im.linked, SIZE), 0);
	}
}

/* ---- what is not as it should be ---------------------------------------- */

static u32 differences, difference_at;
static const struct pv_site *difference_site;

static void differ(void *arg, const struct pv_difference *d)
{
	EQ((size_t)arg, 42);
	differences += d->len;
	difference_at = d->addr;
	difference_site = d->site;
	CHECK(*d->live == im.live[d->addr - START]);
	CHECK(*d->linked == im.linked[d->addr - START]);
	CHECK(*d->promised != *d->live);
}

static const struct pv_site *owner(u32 addr)
{
	for (u32 n = 0; n < im.text.count; n++)
		if (addr - im.sites[n].addr < im.sites[n].len)
			return &im.sites[n];
	return NULL;
}

/* Between sites: two in a row, a right byte, another. */
static void several_at_once(void)
{
	struct pv_state state;
	u32 changed, at = 0, free = 0;

	image_make(1);
	state = random_state();
	apply(&linked, &state, &changed);
	for (; free < 4; at++)
		free = owner(START + at) ? 0 : free + 1;
	im.live[at - 4] ^= 1;
	im.live[at - 3] ^= 1;
	im.live[at - 1] ^= 1;
	differences = 0;
	EQ(pv_compare(&im.text, &state, differ, (void *)42), 3);
	EQ(differences, 3);
	EQ(difference_at, START + at - 1);
}

/* Each byte of a site, and of the others one in eight. */
static void each_byte_counts(void)
{
	for (u32 number = 1; number <= 2; number++) {
		struct pv_state state, to;
		u32 changed;

		image_make(number);
		state = random_state();
		to = random_state();
		apply(&linked, &state, &changed);
		EQ(pv_compare(&im.text, &state, differ, (void *)42), 0);
		for (u32 at = 0; at < SIZE; at++) {
			const struct pv_site *site = owner(START + at);
			struct pv_fault fault;

			if (!site && rnd(8))
				continue;
			im.live[at] ^= 1 << rnd(8);
			differences = 0;
			EQ(pv_compare(&im.text, &state, differ, (void *)42), 1);
			EQ(differences, 1);
			EQ(difference_at, START + at);
			CHECK(difference_site == site);
			fault = pv_verify(&im.text, &state, NULL);
			CHECK(!site || fault.error == PV_BAD_BYTES);
			CHECK(!site || fault.addr == site->addr);
			fault = apply(&state, &to, &changed);
			EQ(fault.error, site ? PV_BAD_BYTES : PV_OK);
			EQ(site ? writes() : 0, 0);
			apply(&to, &state, &changed);
			memcpy(im.live + at, im.linked + at, 1);
			if (site) {
				u8 bytes[PV_SITE_MAX];

				model(site, &state, bytes);
				im.live[at] = bytes[START + at - site->addr];
			}
		}
	}
}

/* A record that was changed by `spoil` is refused with that error. */
static void refuse(u32 n, struct pv_site bad, enum pv_error error)
{
	struct pv_site good = im.sites[n];
	u32 changed = 1;

	im.sites[n] = bad;
	for (u32 level = 0; level < 3; level++) {
		struct pv_state to = { level, im.impl[1] };
		struct pv_fault fault = apply(&linked, &to, &changed);

		EQ(fault.error, error);
		EQ(fault.addr, bad.addr);
		EQ(changed, 0);
		EQ(writes(), 0);
	}
	EQ(pv_verify(&im.text, &linked, NULL).error, error);
	im.sites[n] = good;
}

static void bad_fields(void)
{
	for (u32 number = 1; number <= IMAGES; number++) {
		struct pv_site good, bad;
		u32 n;

		image_make(number);
		n = PV_OPS + rnd(SITES_MAX - PV_OPS);
		bad = good = im.sites[n];
		bad.op = PV_OPS + rnd(256 - PV_OPS);
		refuse(n, bad, PV_BAD_OP);
		bad = good;
		bad.op = (good.op + 1) % PV_OPS;
		refuse(n, bad, PV_BAD_LINKED);
		bad = good;
		bad.class = 4 + rnd(252);
		refuse(n, bad, PV_BAD_CLASS);
		bad = good;
		bad.class = PV_CLASS_JUMP - good.class;
		refuse(n, bad, bad.class == PV_CLASS_ANY ? PV_BAD_LINKED :
		       good.len < 6 ? PV_BAD_LENGTH : PV_BAD_LINKED);
		bad = good;
		bad.len = good.class == PV_CLASS_ANY ? 4 : 5;
		refuse(n, bad, PV_BAD_LENGTH);
		bad.len = PV_SITE_MAX + 1;
		refuse(n, bad, PV_BAD_LENGTH);
		bad = good;
		bad.native_len = good.len + 1;
		refuse(n, bad, PV_BAD_LENGTH);
		bad = good;
		bad.native_len = 1;
		bad.native = NATIVE - 1;
		refuse(n, bad, PV_BAD_NATIVE);
		bad.native = NATIVE + NATIVE_SIZE;
		refuse(n, bad, PV_BAD_NATIVE);
		bad.native = UINT32_MAX;
		refuse(n, bad, PV_BAD_NATIVE);
	}
}

static void move(u32 n, u32 addr, enum pv_error error)
{
	struct pv_site bad = im.sites[n];

	bad.addr = addr;
	refuse(n, bad, error);
}

static void bad_places(void)
{
	u32 last = SITES_MAX - 1;

	image_make(1);
	move(0, START - 1, PV_OUTSIDE);
	move(0, 0, PV_OUTSIDE);
	move(last, START + SIZE - im.sites[last].len + 1, PV_OUTSIDE);
	move(last, UINT32_MAX - 2, PV_OUTSIDE);
	move(PV_OPS, CORE, PV_IN_CORE);
	move(PV_OPS, CORE + CORE_SIZE - 1, PV_IN_CORE);
	move(PV_OPS, CORE + 1 - im.sites[PV_OPS].len, PV_IN_CORE);
	move(last, im.sites[last - 1].addr, PV_OVERLAP);
	move(last, im.sites[last - 1].addr + im.sites[last - 1].len - 1,
	     PV_OVERLAP);
	move(last, im.sites[0].addr, PV_OVERLAP);
}

/* Bytes that no assembler made, in the image and so in the live text. */
static void bad_linked(void)
{
	for (u32 number = 1; number <= 6; number++) {
		struct pv_state to = { PV_LEVEL_DIRECT, im.impl[0] };
		u32 changed;

		image_make(number);
		for (u32 at = 0; at < SIZE; at++) {
			const struct pv_site *site = owner(START + at);
			struct pv_fault fault;

			if (!site)
				continue;
			im.linked[at] ^= 0x10;
			im.live[at] ^= 0x10;
			fault = apply(&linked, &to, &changed);
			EQ(fault.error, PV_BAD_LINKED);
			EQ(fault.addr, site->addr);
			EQ(writes(), 0);
			im.linked[at] ^= 0x10;
			im.live[at] ^= 0x10;
		}
	}
}

static void bad_backends(void)
{
	static const u8 bytes[PV_SITE_MAX + 1];
	u32 n = PV_OPS, changed;
	struct pv_state to;

	image_make(2);
	while (im.sites[n].class != PV_CLASS_INSN)
		n++;
	to = (struct pv_state){ PV_LEVEL_INLINE, im.impl[1] };
	im.impl[1][im.sites[n].op] = (struct pv_impl){
		START, PV_BYTES, bytes, sizeof(bytes)
	};
	EQ(apply(&linked, &to, &changed).error, PV_TOO_LONG);
	EQ(writes(), 0);
	im.impl[1][im.sites[n].op] = (struct pv_impl){ 0 };
	EQ(apply(&linked, &to, &changed).error, PV_NO_TARGET);
	EQ(writes(), 0);
	image_make(3);
	to = (struct pv_state){ PV_LEVEL_INLINE, im.impl[1] };
	im.impl[1][PV_NR_iret] = (struct pv_impl){ START, PV_BYTES, bytes, 0 };
	EQ(apply(&linked, &to, &changed).error, PV_NO_TARGET);
	EQ(writes(), 0);
}

static void sorted(void)
{
	struct pv_site mixed[SITES_MAX];

	image_make(7);
	memcpy(mixed, im.sites, sizeof(mixed));
	for (u32 n = SITES_MAX - 1; n; n--) {
		struct pv_site swap = mixed[n];
		u32 other = rnd(n + 1);

		mixed[n] = mixed[other];
		mixed[other] = swap;
	}
	pv_sort_sites(mixed, SITES_MAX);
	EQ(memcmp(mixed, im.sites, sizeof(mixed)), 0);
	pv_sort_sites(mixed, 0);
}

/* As POSIX `cksum` printed them. */
static void sums(void)
{
	static u8 zeros[1000];

	EQ(pv_cksum((const u8 *)"", 0), 4294967295u);
	EQ(pv_cksum((const u8 *)"123456789", 9), 930766865u);
	EQ(pv_cksum(zeros, 1000), 2610763910u);
}

static const struct tap_test tests[] = {
	{ "patch: sites become what the model says, nothing else changes, and "
	  "nothing twice", as_the_model_says },
	{ "patch: a bit that changed is seen and named, and stops a pass",
	  each_byte_counts },
	{ "patch: several differences are counted and named, each run once",
	  several_at_once },
	{ "patch: a record with a bad field is refused", bad_fields },
	{ "patch: a site in a bad place is refused", bad_places },
	{ "patch: a site that is not linked as its call is refused",
	  bad_linked },
	{ "patch: a backend's mistake is refused", bad_backends },
	{ "patch: sites are sorted by address", sorted },
	{ "patch: the sum is that of cksum", sums },
};
TAP_MAIN(tests)
