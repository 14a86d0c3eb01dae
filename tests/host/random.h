/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random backends and tables for patch_random.c: good ones, and what spoils
 * them. All follows from random_state.
 */
#ifndef HOST_RANDOM_H
#define HOST_RANDOM_H

#include "image.h"

#define SITES	24
#define GAP_MAX	(3 * 11)	/* bytes between two sites */
#define CORE_MAX	16
#define THUNK_MAX	(PV_REGS + GAP_MAX)

/* What to spoil. */
#define RECORDS	1
#define TEXT	2
#define BACKEND	4
#define NOISE	8		/* records are random bytes */

static u64 random_state;

/* xorshift64* */
static u32 rnd(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (u32)(random_state * 0x2545f4914f6cdd1dull >> 32);
}

/* 0 to n - 1 */
static u32 below(u32 n)
{
	return rnd() % n;
}

static bool one_in(u32 n)
{
	return below(n) == 0;
}

/*
 * Bytes, and the variants that say where registers go: to either field of a
 * byte or to both, some bytes for two operands. A relative operand is different
 * in each.
 */
static void random_bytes(u8 *bytes, u32 len, u32 reloc, u32 regs)
{
	for (u32 i = 0; i < len; i++) {
		u32 low = below(2 * PV_REGS), high = below(2 * PV_REGS);

		bytes[i] = one_in(3) ? PV_PAD : (u8)rnd();
		if (low < regs)
			bytes[i] = (bytes[i] & ~7) | 1;
		if (high < regs)
			bytes[i] = (bytes[i] & ~(7 << 3)) | 1 << 3;
		for (u32 n = 0; n < regs; n++) {
			u8 *variant = bytes + (n + 1) * len;

			variant[i] = bytes[i];
			if (low == n)
				variant[i] ^= 1 ^ 6;
			if (high == n)
				variant[i] ^= (1 ^ 6) << 3;
			if (reloc && i >= reloc - 1 && i < reloc + 3)
				variant[i] = (u8)rnd();
		}
	}
}

static void random_backend(struct backend *b, bool bad)
{
	u8 bytes[255 * 256];

	*b = (struct backend){ 0 };
	for (u32 op = 0; op < PV_OPS; op++) {
		u32 len, reloc = 0, regs = 0;

		b->impl[op].fn = bad && one_in(16) ? 0 : rnd() | 1;
		if (one_in(3))
			continue;
		len = bad && one_in(8) ? below(256) : below(PV_SITE_MAX + 1);
		if (one_in(6))
			len = 0;
		if (bad && one_in(8))
			reloc = below(256);
		else if (len >= 4 && one_in(2))
			reloc = 1 + below(len - 3);
		if (bad && one_in(8))
			regs = below(256);
		else if (one_in(2))
			regs = below(PV_REGS + 1);
		random_bytes(bytes, len, reloc, regs);
		backend_set(b, op, bytes, len, reloc, rnd(), regs);
	}
}

/* What a table needs to be a good one for both backends. */
struct needs {
	u8 len[PV_OPS], regs[PV_OPS];
};

static void find_needs(struct needs *needs, const struct backend *b)
{
	for (u32 op = 0; op < PV_OPS; op++) {
		const struct pv_template *t = b->impl[op].template;

		if (t && t->len > needs->len[op])
			needs->len[op] = min(t->len, (u8)PV_SITE_MAX);
		if (t && t->regs > needs->regs[op])
			needs->regs[op] = min(t->regs, (u8)PV_REGS);
	}
}

/* One random number a statement: a seed means the same to every compiler. */
static void random_site(struct pv_site *site, u32 addr,
			const struct needs *needs, u32 least)
{
	*site = (struct pv_site){ .addr = addr };
	site->op = (u8)below(PV_OPS);
	if (needs->len[site->op] > least)
		least = needs->len[site->op];
	site->len = (u8)(least + below(PV_SITE_MAX + 1 - least));
	site->kind = (u8)below(2);
	if (site->kind == PV_SITE_JUMP && site->len < PV_JUMP_MIN)
		site->len = PV_JUMP_MIN;
}

/*
 * What stands between sites: instructions of all lengths from 1 to 11, prefixes
 * and opcodes that the patcher does not know. Returns where it ends.
 */
static u32 random_insns(u8 *bytes, u32 at)
{
	static const struct {
		u8 len, bytes[11];
	} insn[] = {
		{ 1, { 0x90 } },
		{ 2, { 0x89, 0xc8 } },
		{ 3, { 0x83, 0xc0, 0x01 } },
		{ 3, { 0x3e, 0x8b, 0x00 } },
		{ 3, { 0x0f, 0x20, 0xd8 } },
		{ 4, { 0x66, 0x83, 0xc0, 0x01 } },
		{ 5, { 0xe8, 0x10, 0x32, 0x54, 0x00 } },
		{ 6, { 0x0f, 0x84, 0x10, 0x32, 0x54, 0x00 } },
		{ 7, { 0xc7, 0x43, 0x04, 0x78, 0x56, 0x34, 0x12 } },
		{ 8, { 0xc7, 0x44, 0x24, 0x04, 0x78, 0x56, 0x34, 0x12 } },
		{ 9, { 0xf0, 0x81, 0x44, 0x24, 0x04, 0x78, 0x56, 0x34, 0x12 } },
		{ 10, { 0xc7, 0x05, 0x00, 0x10, 0x00, 0xc0,
			0x78, 0x56, 0x34, 0x12 } },
		{ 11, { 0xc7, 0x84, 0x24, 0x00, 0x10, 0x00, 0x00,
			0x78, 0x56, 0x34, 0x12 } },
	};

	for (u32 n = below(4); n; n--) {
		u32 k = below(ARRAY_SIZE(insn));

		memcpy(bytes + at, insn[k].bytes, insn[k].len);
		at += insn[k].len;
	}
	return at;
}

/* An exception table with every eighth address in it. */
static bool random_starts(u32 addr)
{
	return addr * 0x9e3779b1 >> 29 == 0;
}

/*
 * A thunk: registers, instructions, its own site and some more of them. Returns
 * where it ends.
 */
static u32 random_thunk(u8 *bytes, u32 at, struct pv_site *inside,
			const struct needs *needs, u32 *thunk)
{
	static const u8 push[] = { 0x50, 0x51, 0x52, 0x53, 0x55, 0x56, 0x57 };
	u32 regs, start = at;

	at = random_insns(bytes, at + PV_REGS);
	random_site(inside, at, needs, PV_SITE_MIN);
	regs = needs->regs[inside->op];
	regs += below(PV_REGS + 1 - regs);
	for (u32 n = 0; n < PV_REGS; n++) {
		u32 k = below(ARRAY_SIZE(push));

		bytes[start + n] = n < regs ? push[k] : 0x90;
	}
	*thunk = start + PV_REGS;
	memset(bytes + at, 0xcc, inside->len);
	return random_insns(bytes, at + inside->len);
}

/* A good table in random text that ends near the last site or at it. */
static void random_image(struct image *im, const struct needs *needs)
{
	static const u32 starts[] = { 0, 0x1000, 0xc0100000, 0xfffff000 };
	u8 bytes[SITES * (PV_SITE_MAX + 2 * GAP_MAX + THUNK_MAX + CORE_MAX) +
		 GAP_MAX];
	struct pv_site site[SITES];
	u32 thunk[SITES], inside[SITES], thunks = 0;
	u32 count = below(SITES + 1), at = 0, core = 0, core_len = 0;
	u32 start = starts[below(4)] + below(64);

	for (u32 n = 0; n < count; n++) {
		if (one_in(2))
			at = random_insns(bytes, at);
		if (one_in(8)) {
			core = at;
			core_len = below(CORE_MAX);
			memset(bytes + at, 0xcc, core_len);
			at += core_len;
		}
		if (one_in(4)) {
			at = random_thunk(bytes, at, &site[n], needs,
					  &thunk[thunks]);
			inside[thunks++] = n;
			continue;
		}
		random_site(&site[n], at, needs, PV_SITE_MIN);
		memset(bytes + at, 0xcc, site[n].len);
		at += site[n].len;
	}
	at = random_insns(bytes, at);
	/* The text may end in the middle of an instruction. */
	if (!count || at > site[count - 1].addr + site[count - 1].len)
		at -= one_in(4) && at;
	/* An empty patcher may lie anywhere, inside a site too. */
	if (!core_len)
		core = below(at + 1);
	image_alloc(im, start, at, count);
	im->text.core_start = start + core;
	im->text.core_end = im->text.core_start + core_len;
	im->text.slots = rnd();
	if (one_in(2))
		im->text.starts = random_starts;
	memcpy(im->bytes, bytes, at);
	/* Calls of thunks, before them or behind. */
	for (u32 n = 0; n < count; n++) {
		u32 k = below(thunks + 1), op;

		im->sites[n] = site[n];
		im->sites[n].addr += start;
		if (k == thunks || one_in(2))
			continue;
		op = site[inside[k]].op;
		for (u32 i = 0; i < thunks; i++)
			if (inside[i] == n)
				k = thunks;
		if (k == thunks || needs->len[op] > site[n].len)
			continue;
		im->sites[n].op = (u8)op;
		im->sites[n].kind = PV_SITE_CALL;
		im->sites[n].thunk = start + thunk[k];
	}
}

/* Jumps that would become nothing become calls. */
static void no_empty_jumps(struct image *im, const struct backend *b)
{
	for (u32 n = 0; n < im->text.count; n++) {
		struct pv_site *site = &im->sites[n];
		const struct pv_template *t = b->impl[site->op].template;

		if (t && !t->len)
			site->kind = PV_SITE_CALL;
	}
}

static void spoil_record(struct image *im, struct pv_site *site)
{
	struct pv_site *other = &im->sites[below(im->text.count)];
	struct pv_site copy = *other;

	switch (below(13)) {
	case 0:
		site->addr = rnd();
		break;
	case 1:
		site->addr += below(17) - 8;
		break;
	case 2:
		*site = copy;
		break;
	case 3:
		site->op = (u8)rnd();
		break;
	case 4:
		site->len = (u8)rnd();
		break;
	case 5:
		site->kind = (u8)rnd();
		break;
	case 6:
		site->zero = (u8)rnd();
		break;
	case 7:
		site->addr = 0u - below(16);
		break;
	case 8:
		*other = *site;
		*site = copy;
		break;
	case 9:
		site->thunk = rnd();
		break;
	case 10:
		site->thunk += below(17) - 8;
		break;
	case 11:
		site->thunk = copy.thunk;
		break;
	case 12:
		site->thunk = im->text.start + below(im->size + 8) - 4;
		break;
	}
}

static void noise(struct image *im, struct pv_site *site)
{
	site->addr = rnd();
	site->op = (u8)rnd();
	site->len = (u8)rnd();
	site->kind = (u8)rnd();
	site->zero = (u8)rnd();
	site->thunk = one_in(2) ? 0 : rnd();
	if (one_in(2))
		return;
	/* Plausible enough to come past the first checks. */
	site->addr = im->text.start + below(im->size + 16) - 8;
	site->op %= PV_OPS + 1;
	site->len = 4 + site->len % 13;
	site->kind &= 1;
	site->zero = one_in(8);
	if (site->thunk)
		site->thunk = im->text.start + below(im->size + 8) - 4;
}

static void spoil_image(struct image *im, u32 what)
{
	u32 at;

	for (u32 n = 0; n < im->text.count; n++) {
		if (what & RECORDS && one_in(SITES))
			spoil_record(im, &im->sites[n]);
		if (what & NOISE && one_in(4))
			noise(im, &im->sites[n]);
	}
	if (!(what & TEXT) || !im->size || one_in(2))
		return;
	at = below(im->size);
	im->bytes[at] = (u8)rnd();
}

#endif
