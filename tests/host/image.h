/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A piece of kernel text with recorded sites, for the tests of pv/core.c, which
 * compare it with model.h. Text, records and templates lie in heap blocks of
 * their exact size, so that the sanitizer sees any access beside them.
 */
#ifndef HOST_IMAGE_H
#define HOST_IMAGE_H

#include <stdlib.h>
#include <string.h>
#include <pv/core.h>
#include "model.h"
#include "tap.h"

#define IMAGE_START	0xc0100000u
#define IMAGE_SLOTS	0xc0400000u
#define IMAGE_FN(op)	(0xc0200000u + 0x100 * (op))
#define IMAGE_SHAPES	9	/* kinds of template in backend_init() */
#define IMAGE_EMPTY	1	/* the one without bytes */

/* The sites of each operation, in this order. */
#define IMAGE_PLAIN	10	/* calls of 6 to 15 bytes; jumps, of 7 at least */
#define IMAGE_THUNKS	7	/* thunks, with their own sites */
#define IMAGE_CHOSEN	11	/* calls of thunks, of 5 to 15 bytes */
#define IMAGE_SITES	(2 * IMAGE_PLAIN + IMAGE_THUNKS + IMAGE_CHOSEN)

struct backend {
	struct pv_impl impl[PV_OPS];
	struct pv_template template[PV_OPS];
	u8 *bytes[PV_OPS];
};

struct image {
	struct pv_text text;
	u8 *bytes, *before;	/* before: as it was when a patch began */
	u32 *written;		/* how often each byte was */
	struct pv_site *sites;
	u32 size, calls;	/* calls: of write() */
};

/* write() has no argument for it. */
static struct image *image_writing;

static inline void image_write(u32 addr, const u8 *bytes, u32 len)
{
	u32 at = addr - image_writing->text.start;

	image_writing->calls++;
	for (u32 i = 0; i < len; i++) {
		image_writing->bytes[at + i] = bytes[i];
		image_writing->written[at + i]++;
	}
}

static inline struct pv_fault image_apply(struct image *im,
					  const struct pv_state *from,
					  const struct pv_state *to,
					  u32 *changed)
{
	memcpy(im->before, im->bytes, im->size);
	memset(im->written, 0, im->size * sizeof(*im->written));
	im->calls = 0;
	image_writing = im;
	return pv_apply(&im->text, from, to, image_write, changed);
}

static inline void image_alloc(struct image *im, u32 start, u32 size,
			       u32 sites)
{
	*im = (struct image){ .size = size };
	im->bytes = malloc(size);
	im->before = malloc(size);
	im->written = malloc(size * sizeof(*im->written));
	im->sites = malloc(sites * sizeof(*im->sites));
	im->text = (struct pv_text){
		.bytes = im->bytes, .start = start, .end = start + size,
		.slots = IMAGE_SLOTS, .sites = im->sites, .count = sites,
	};
}

static inline void image_free(struct image *im)
{
	free(im->bytes);
	free(im->before);
	free(im->written);
	free(im->sites);
}

/* Gives an operation a template; the bytes are copied, 1 + regs times len. */
static inline void backend_set(struct backend *b, u32 op, const u8 *bytes,
			       u32 len, u32 reloc, u32 addr, u32 regs)
{
	free(b->bytes[op]);
	b->bytes[op] = malloc(len * (1 + regs));
	if (len)
		memcpy(b->bytes[op], bytes, len * (1 + regs));
	b->template[op] = (struct pv_template){
		.bytes = b->bytes[op], .addr = addr, .op = (u8)op,
		.len = (u8)len, .reloc = (u8)reloc, .regs = (u8)regs,
	};
	b->impl[op].template = &b->template[op];
}

static inline void backend_free(struct backend *b)
{
	for (u32 op = 0; op < PV_OPS; op++)
		free(b->bytes[op]);
	*b = (struct backend){ 0 };
}

/*
 * Every operation has a function, and a template by its number: none, empty,
 * one byte, with a prefix, with a relative operand, with what the patcher might
 * take for something else, and with one or three registers. In the last, what
 * is relative is not the same in both variants, as an assembler would have it.
 */
static inline void backend_init(struct backend *b)
{
	static const struct {
		u8 len, reloc, regs, bytes[4 * 5];
	} shape[IMAGE_SHAPES] = {
		{ 0 }, { 0 },
		{ 1, 0, 0, { 0xfa } },
		{ 2, 0, 0, { 0x3e, 0xfa } },
		{ 5, 2, 0, { 0xe8, 0x10, 0x32, 0x54, 0x01 } },
		{ 5, 0, 0, { 0xb8, 0x3e, 0x90, 0xe8, 0xff } },
		/* test \a, \a; push \a */
		{ 3, 0, 1, { 0x85, 0xc9, 0x51, 0x85, 0xf6, 0x56 } },
		/* mov \c, 4(\a); mov \b, (\a) */
		{ 5, 0, 3, { 0x89, 0x49, 0x04, 0x89, 0x09,
			     0x89, 0x4e, 0x04, 0x89, 0x0e,
			     0x89, 0x49, 0x04, 0x89, 0x31,
			     0x89, 0x71, 0x04, 0x89, 0x09 } },
		/* mov $relative, \a */
		{ 5, 2, 1, { 0xb9, 0x10, 0x32, 0x54, 0x01,
			     0xbe, 0x0b, 0x32, 0x54, 0x01 } },
	};

	*b = (struct backend){ 0 };
	for (u32 op = 0; op < PV_OPS; op++) {
		u32 n = op % IMAGE_SHAPES;

		b->impl[op].fn = IMAGE_FN(op);
		if (n)
			backend_set(b, op, shape[n].bytes, shape[n].len,
				    shape[n].reloc, 0xc0300000 + 0x40 * op,
				    shape[n].regs);
	}
}

static inline u8 *image_at(struct image *im, const struct pv_site *site)
{
	return im->bytes + (site->addr - im->text.start);
}

/* Writes what the model wants at every site of a good table. */
static inline void image_fill(struct image *im, const struct pv_state *state)
{
	for (u32 n = 0; n < im->text.count; n++) {
		const struct pv_site *site = &im->sites[n];
		struct model m = model_encode(&im->text, site, state);

		memcpy(image_at(im, site), m.bytes, site->len);
	}
}

static inline void image_add(struct image *im, u32 op, u32 len, u32 kind,
			     u32 thunk)
{
	im->sites[im->text.count++] = (struct pv_site){
		.addr = IMAGE_START + im->size, .thunk = thunk, .op = (u8)op,
		.len = (u8)len, .kind = (u8)kind,
	};
	im->size += len;
}

static inline void image_byte(struct image *im, u8 byte)
{
	im->bytes[im->size++] = byte;
}

/* A thunk and its site. Its registers are others for each k. */
static inline u32 image_thunk(struct image *im, u32 op, u32 k)
{
	static const u8 push[] = { 0x50, 0x51, 0x52, 0x53, 0x55, 0x56, 0x57 };
	static const u8 needed[IMAGE_SHAPES] = { [6] = 1, [7] = 3, [8] = 1 };
	u32 thunk;

	for (u32 n = 0; n < PV_REGS; n++)
		image_byte(im, n < k % 4 || n < needed[op % IMAGE_SHAPES] ?
			   push[(k + n * (op + 1)) % ARRAY_SIZE(push)] : 0x90);
	thunk = IMAGE_START + im->size;
	image_byte(im, 0x40);
	image_add(im, op, PV_SITE_MIN, PV_SITE_CALL, 0);
	image_byte(im, 0xc3);
	return thunk;
}

/*
 * A good image: every length and kind for the first `ops` operations, the
 * first site at the start of the text, the last at its end, some without a gap
 * between them, and the patcher between two sites that touch it. An empty
 * template has no jumps; behind its sites are a known instruction, another
 * empty site, a site that is not, and a prefix that is no instruction.
 */
static inline void image_init(struct image *im, u32 ops)
{
	u32 thunk[IMAGE_THUNKS], sites = ops * IMAGE_SITES;

	image_alloc(im, IMAGE_START, sites * (PV_SITE_MAX + 5) + 16, sites);
	memset(im->bytes, 0xcc, im->size);
	im->text.count = 0;
	im->size = 0;
	for (u32 op = 0; op < ops; op++) {
		bool jumps = op % IMAGE_SHAPES != IMAGE_EMPTY;

		if (op == ops / 2) {
			im->text.core_start = IMAGE_START + im->size;
			im->size += 16;
			im->text.core_end = IMAGE_START + im->size;
		}
		for (u32 n = 0; n < 2 * IMAGE_PLAIN; n++) {
			u32 kind = n < IMAGE_PLAIN ? PV_SITE_CALL : jumps;
			u32 len = PV_SITE_MIN + n % IMAGE_PLAIN;

			if (kind == PV_SITE_JUMP && len < PV_JUMP_MIN)
				len = PV_JUMP_MIN;
			image_add(im, op, len, kind, 0);
			if (n % 6 == 1)
				im->bytes[im->size] = 0x65;
			im->size += n % 4;
		}
		for (u32 k = 0; k < IMAGE_THUNKS; k++)
			thunk[k] = image_thunk(im, op, k);
		for (u32 n = 0; n < IMAGE_CHOSEN; n++) {
			if (n % 2)
				im->size++;
			image_add(im, op, PV_THUNK_MIN + n, PV_SITE_CALL,
				  thunk[n % IMAGE_THUNKS]);
		}
	}
	im->bytes = realloc(im->bytes, im->size);
	im->text.bytes = im->bytes;
	im->text.end = IMAGE_START + im->size;
}

#endif
