/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A piece of kernel text with recorded sites, for the tests of pv/core.c, and
 * a model of what that code must do. The model shares no approach with it: a
 * site is one little-endian number, addresses have 64 bits and do not wrap,
 * and who owns which byte is written on a map. Only pv_insn_length() is taken
 * as it is, since length.c tests it. Text, records and templates lie in heap
 * blocks of their exact size, so that the sanitizer sees any access beside
 * them.
 */
#ifndef HOST_IMAGE_H
#define HOST_IMAGE_H

#include <stdlib.h>
#include <string.h>
#include <pv/core.h>
#include "tap.h"

#define IMAGE_START	0xc0100000u
#define IMAGE_SLOTS	0xc0400000u
#define IMAGE_FN(op)	(0xc0200000u + 0x100 * (op))
#define IMAGE_SHAPES	6	/* kinds of template in image_backend() */
#define IMAGE_EMPTY	1	/* the one without bytes */
#define FAULT(error)	(1u << (error))

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

/* What one site must become. */
struct model {
	u32 faults;		/* FAULT() of all that is wrong with it */
	enum pv_form form;
	u32 insn_len;		/* without the padding */
	u8 bytes[PV_SITE_MAX];
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

/* Gives an operation a template; the bytes are copied. */
static inline void backend_set(struct backend *b, u32 op, const u8 *bytes,
			       u32 len, u32 reloc, u32 addr)
{
	free(b->bytes[op]);
	b->bytes[op] = malloc(len);
	if (len)
		memcpy(b->bytes[op], bytes, len);
	b->template[op] = (struct pv_template){
		.bytes = b->bytes[op], .addr = addr, .op = (u8)op,
		.len = (u8)len, .reloc = (u8)reloc,
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
 * one byte, with a prefix, with a relative operand, as long as a site may be.
 */
static inline void backend_init(struct backend *b)
{
	static const u8 cli[] = { 0xfa };
	static const u8 prefixed[] = { 0x3e, 0xfa };
	static const u8 call[] = { 0xe8, 0x10, 0x32, 0x54, 0x01 };
	static const u8 mov[] = { 0xb8, 0x3e, 0x90, 0xe8, 0xff, 0x3e };

	*b = (struct backend){ 0 };
	for (u32 op = 0; op < PV_OPS; op++) {
		u32 addr = 0xc0300000 + 0x40 * op;

		b->impl[op].fn = IMAGE_FN(op);
		switch (op % IMAGE_SHAPES) {
		case IMAGE_EMPTY:
			backend_set(b, op, NULL, 0, 0, addr);
			break;
		case 2:
			backend_set(b, op, cli, sizeof(cli), 0, addr);
			break;
		case 3:
			backend_set(b, op, prefixed, sizeof(prefixed), 0, addr);
			break;
		case 4:
			backend_set(b, op, call, sizeof(call), 2, addr);
			break;
		case 5:
			backend_set(b, op, mov, sizeof(mov), 0, addr);
			break;
		}
	}
}

/*
 * Whether what follows an empty site can take all of it as prefixes. It must
 * end where it always ends: an instruction does not reach into another site,
 * and a whole site counts, whatever it holds.
 */
static inline bool model_absorbs(const struct pv_text *text,
				 const struct pv_site *site,
				 const struct pv_state *state)
{
	u64 next = (u64)site->addr + site->len, limit = text->end, len = 0;

	for (u32 n = 0; n < text->count; n++) {
		const struct pv_site *other = &text->sites[n];
		const struct pv_template *t = state->impl[other->op].template;

		if (other->addr == next && !(t && !t->len))
			len = other->len;
		if (other->addr >= next && other->addr < limit)
			limit = other->addr;
	}
	if (limit > next)
		len = pv_insn_length(text->bytes + (next - text->start),
				     (u32)(limit - next));
	if (text->starts && next < text->end && text->starts((u32)next))
		return false;
	return len && site->len + len < 16;
}

/*
 * What the site must become in a state; its own fields must be valid. With a
 * bad relocation the bytes are those of the template, and where a jump becomes
 * nothing those of a call: tempting, but refused.
 */
static inline struct model model_encode(const struct pv_text *text,
					const struct pv_site *site,
					const struct pv_state *state)
{
	const struct pv_impl *impl = &state->impl[site->op];
	const struct pv_template *t = impl->template;
	bool jump = site->kind == PV_SITE_JUMP;
	u32 end = site->addr + site->len, n;
	struct model m = { 0 };
	u64 insn = 0;

	if (state->level == PV_LEVEL_OFF) {
		m.form = PV_INDIRECT;
		insn = (jump ? 0x25ff : 0x15ff) |
		       (u64)(u32)(text->slots + site->op * 4) << 16;
		n = 6;
	} else if (state->level == PV_LEVEL_INLINE && t && t->len) {
		m.form = PV_INLINED;
		n = t->len;
		if (n > site->len)
			m.faults |= FAULT(PV_TOO_LONG);
		if (t->reloc && t->reloc + 3 > t->len)
			m.faults |= FAULT(PV_BAD_RELOC);
		if (n > site->len)
			return m;
		for (u32 i = n; i--; )
			insn = insn << 8 | t->bytes[i];
		if (t->reloc && !m.faults) {
			int shift = 8 * (t->reloc - 1);
			u64 field = 0xffffffffull << shift;
			u32 next = t->addr + t->reloc + 3;
			u32 target = next + (u32)(insn >> shift);

			next = end - n + t->reloc + 3;
			insn = (insn & ~field) | (u64)(target - next) << shift;
		}
	} else if (state->level == PV_LEVEL_INLINE && t) {
		m.form = PV_ERASED;
		if (jump)
			m.faults = FAULT(PV_NO_TARGET);
		n = !model_absorbs(text, site, state);
		insn = n * 0x90;
	} else if (impl->fn) {
		m.form = PV_DIRECT;
		insn = (jump ? 0xe9 : 0xe8) | (u64)(impl->fn - end) << 8;
		n = 5;
	} else {
		m.faults = FAULT(PV_NO_TARGET);
		return m;
	}
	m.insn_len = n;
	for (; n < site->len; n++)
		insn = insn << 8 | 0x3e;
	for (u32 i = 0; i < PV_SITE_MAX; i++)
		m.bytes[i] = (u8)(insn >> 8 * i);
	return m;
}

/* What text.sorted may say. */
static inline bool image_is_sorted(const struct image *im)
{
	for (u32 n = 1; n < im->text.count; n++)
		if (im->sites[n].addr < im->sites[n - 1].addr)
			return false;
	return true;
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

/*
 * A good image: every length and kind for the first `ops` operations, the
 * first site at the start of the text, the last at its end, some without a gap
 * between them, and the patcher between two sites that touch it. An empty
 * template has no jumps; behind its sites are a known instruction, another
 * empty site, a site that is not, and a prefix that is no instruction.
 */
static inline void image_init(struct image *im, u32 ops)
{
	u32 count = ops * 2 * 3, at = 0;

	image_alloc(im, IMAGE_START, count * (PV_SITE_MAX + 3) + 16, count);
	memset(im->bytes, 0xcc, im->size);
	for (u32 n = 0; n < count; n++) {
		struct pv_site *site = &im->sites[n];
		bool empty = n / 6 % IMAGE_SHAPES == IMAGE_EMPTY;
		u32 gap = n % 6 == 5 ? 0 : n % 4;

		if (n == count / 2) {
			im->text.core_start = IMAGE_START + at;
			im->text.core_end = IMAGE_START + at + 16;
			at += 16;
		}
		*site = (struct pv_site){
			.addr = IMAGE_START + at, .op = (u8)(n / 6),
			.len = (u8)(6 + n % 3), .kind = !empty && n / 3 % 2,
		};
		at += site->len;
		if (n % 6 == 1)
			im->bytes[at] = 0x65;
		if (n != count / 2 - 1 && n != count - 1)
			at += gap;
	}
	im->size = at;
	im->bytes = realloc(im->bytes, at);
	im->text.bytes = im->bytes;
	im->text.end = IMAGE_START + at;
}

#endif
