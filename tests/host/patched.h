/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A good image at each level of patching, with one backend: where most tests
 * of the patcher start from; and what it means that an image is refused.
 */
#ifndef HOST_PATCHED_H
#define HOST_PATCHED_H

#include "image.h"

static struct backend backend;
static const struct pv_state
	off = { PV_LEVEL_OFF, backend.impl },
	direct = { PV_LEVEL_DIRECT, backend.impl },
	inlined = { PV_LEVEL_INLINE, backend.impl },
	*const level[] = { &off, &direct, &inlined };

/* A compiled image, patched to a state and compared with the model. */
static inline void patched(struct image *im, u32 ops,
			   const struct pv_state *state)
{
	u32 changed;

	image_init(im, ops);
	image_fill(im, &off);
	EQ(image_apply(im, &off, state, &changed).error, PV_OK);
	for (u32 n = 0; n < im->text.count; n++) {
		const struct pv_site *site = &im->sites[n];
		struct model m = model_encode(&im->text, site, state);

		EQ(memcmp(image_at(im, site), m.bytes, site->len), 0);
	}
}

static inline void compiled(struct image *im)
{
	image_init(im, IMAGE_SHAPES);
	image_fill(im, &off);
}

/* Patching and verifying both refuse the image, for the site at `addr`. */
static inline void refused(struct image *im, const struct pv_state *from,
			   const struct pv_state *to, enum pv_error error,
			   u32 addr)
{
	u32 changed = 1;
	struct pv_fault fault = image_apply(im, from, to, &changed);

	EQ(fault.error, error);
	EQ(fault.addr, addr);
	EQ(changed, 0);
	EQ(im->calls, 0);
	EQ(memcmp(im->bytes, im->before, im->size), 0);
	CHECK(pv_verify(&im->text, from, NULL).error != PV_OK ||
	      pv_verify(&im->text, to, NULL).error != PV_OK);
}

/* The same, and the records alone are reason enough. */
static inline void record_refused(struct image *im, enum pv_error error,
				  u32 addr)
{
	struct pv_fault fault = pv_check_sites(&im->text);

	EQ(fault.error, error);
	EQ(fault.addr, addr);
	fault = pv_verify(&im->text, &off, NULL);
	EQ(fault.error, error);
	EQ(fault.addr, addr);
	for (u32 l = 0; l < ARRAY_SIZE(level); l++)
		refused(im, &off, level[l], error, addr);
}

/* The names of most tests that use them. */
#define REFUSED(what) \
	"patch: " what " is refused with its address and nothing is written"

#endif
