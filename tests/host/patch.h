/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A random piece of text with sites in it, and a model of what pv/core.c must
 * make of them. The model shares nothing with that: a site is written from its
 * end to its start, and who owns which byte stands on a map.
 */
#ifndef HOST_PATCH_H
#define HOST_PATCH_H

#include <stdlib.h>
#include <string.h>
#include <pv/core.h>

#define START		0xc0100000u
#define SIZE		0x2000u
#define THUNKS		(START + 0x100)	/* 8 bytes for each operation */
#define CORE		(THUNKS + 8 * PV_OPS)
#define CORE_SIZE	0x40u
#define NATIVE		0xc0200000u
#define NATIVE_SIZE	0x1000u
#define SLOTS		0xc0300000u
#define SITES_MAX	300

static struct image {
	u8 live[SIZE], linked[SIZE], native[NATIVE_SIZE];
	u8 map[SIZE];		/* 1: belongs to a site */
	u32 written[SIZE];	/* how often */
	struct pv_site sites[SITES_MAX];
	struct pv_text text;
	struct pv_impl impl[2][PV_OPS];
	u8 bytes[2][PV_OPS][PV_ROOM];
} im;

static u64 seed = 1;

static u32 rnd(u32 below)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (u32)(seed >> 33) % below;
}

static void prepend(u8 **end, u32 value, u32 len)
{
	while (len--)
		*--*end = (u8)(value >> 8 * len);
}

static u32 thunk(u32 op)
{
	return THUNKS + 8 * op;
}

/* The bytes that the assembler makes of a site. */
static void model_compiled(const struct pv_site *site, u8 *out)
{
	u8 *end = out + site->len;

	if (site->class == PV_CLASS_ANY) {
		prepend(&end, thunk(site->op) - (site->addr + site->len), 4);
		prepend(&end, 0xe8, 1);
	} else {
		prepend(&end, SLOTS + 4 * site->op, 4);
		prepend(&end, site->class == PV_CLASS_JUMP ? 0x25ff : 0x15ff, 2);
	}
	if (site->class == PV_CLASS_JUMP && end > out)
		prepend(&end, 0x36, 1);
	while (end > out)
		prepend(&end, 0x3e, 1);
}

/* What a state makes of a site; PV_FORMS: it cannot be. */
static enum pv_form model(const struct pv_site *site,
			  const struct pv_state *state, u8 *out)
{
	const struct pv_impl *impl = &state->impl[site->op];
	bool inlines = state->level == PV_LEVEL_INLINE;
	u8 *end = out + site->len;
	u32 len = 0;
	const u8 *from = NULL;

	if (inlines && impl->inlined == PV_NATIVE &&
	    (site->native_len || site->class == PV_CLASS_INSN ||
	     site->class == PV_CLASS_ANY)) {
		from = im.native + (site->native - NATIVE);
		len = site->native_len;
	} else if (inlines && impl->inlined == PV_BYTES &&
		   (!impl->len || site->class == PV_CLASS_INSN)) {
		from = impl->bytes;
		len = impl->len;
	} else if (state->level == PV_LEVEL_OFF || site->class == PV_CLASS_ANY) {
		model_compiled(site, out);
		return site->class == PV_CLASS_ANY ? PV_THUNKED : PV_INDIRECT;
	} else {
		if (!impl->fn)
			return PV_FORMS;
		prepend(&end, impl->fn - (site->addr + site->len), 4);
		prepend(&end, site->class == PV_CLASS_JUMP ? 0xe9 : 0xe8, 1);
	}
	if (from && !len && site->class == PV_CLASS_JUMP)
		return PV_FORMS;
	if (from && !len)
		prepend(&end, 0x90, 1);
	for (u32 n = len; n; n--)
		prepend(&end, from[n - 1], 1);
	while (end > out)
		prepend(&end, 0x3e, 1);
	return !from ? PV_DIRECT : len ? PV_INLINED : PV_ERASED;
}

static void add_site(u32 *at, u32 op, u32 class, u32 native_len)
{
	u32 min = class == PV_CLASS_ANY ? 5 : class == PV_CLASS_CALL ? 6 : 7;
	struct pv_site *site = &im.sites[im.text.count++];

	*site = (struct pv_site){
		.addr = *at, .op = op, .class = class, .native_len = native_len,
		.native = NATIVE + rnd(NATIVE_SIZE - 16),
		.len = min > native_len ? min : native_len,
	};
	model_compiled(site, im.linked + (*at - START));
	memset(im.map + (*at - START), 1, site->len);
	*at += site->len;
}

static void random_impl(u32 which)
{
	for (u32 op = 0; op < PV_OPS; op++) {
		u8 *bytes = im.bytes[which][op];

		for (u32 i = 0; i < PV_ROOM; i++)
			bytes[i] = (u8)rnd(256);
		im.impl[which][op] = (struct pv_impl){
			.fn = START + rnd(SIZE), .inlined = rnd(3),
			.bytes = bytes, .len = rnd(PV_ROOM + 1),
		};
		/* What a jump can not be. */
		if (op == PV_NR_iret && im.impl[which][op].inlined == PV_BYTES)
			im.impl[which][op].inlined = PV_CALLED;
	}
}

/* Text as linked, with a thunk for each operation and sites in random places. */
static void image_make(u64 number)
{
	u32 at = THUNKS;

	memset(&im, 0, sizeof(im));
	seed = number;
	for (u32 i = 0; i < SIZE; i++)
		im.linked[i] = (u8)rnd(256);
	for (u32 i = 0; i < NATIVE_SIZE; i++)
		im.native[i] = (u8)rnd(256);
	im.text = (struct pv_text){
		.live = { START, START + SIZE, im.live },
		.linked = { START, START + SIZE, im.linked },
		.native = { NATIVE, NATIVE + NATIVE_SIZE, im.native },
		.thunks = { THUNKS, CORE, im.live + (THUNKS - START) },
		.core = { CORE, CORE + CORE_SIZE, im.live + (CORE - START) },
		.slots = SLOTS, .sites = im.sites,
	};
	for (u32 op = 0; op < PV_OPS; op++) {
		at = thunk(op) + rnd(3);
		add_site(&at, op, PV_CLASS_CALL, 0);
	}
	at = CORE + CORE_SIZE;
	while (im.text.count < SITES_MAX) {
		u32 class = rnd(4), op = class == PV_CLASS_JUMP ? PV_NR_iret :
			    rnd(PV_OPS);

		at += rnd(2) * rnd(20);
		add_site(&at, op, class, class == PV_CLASS_CALL ? 0 :
			 class == PV_CLASS_JUMP ? 1 + rnd(7) : rnd(12));
	}
	memcpy(im.live, im.linked, SIZE);
	random_impl(0);
	random_impl(1);
}

static void image_write(u32 addr, const u8 *bytes, u32 len)
{
	memcpy(im.live + (addr - START), bytes, len);
	for (u32 i = 0; i < len; i++)
		im.written[addr - START + i]++;
}

static struct pv_state random_state(void)
{
	return (struct pv_state){ rnd(3), im.impl[rnd(2)] };
}

#endif
