// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bad backends: templates that do not fit, relocations outside them, missing
 * functions. The call-site patcher refuses them as it refuses a bad table, and
 * the verifier does too when it is asked alone. patch_random.c goes on with
 * mistakes that nobody thought of.
 *
 * link: pv/core.c pv/length.c pv/decode.c
 */
#include "patched.h"

/* Sites of operation 3: a call of 6 bytes and a jump of 7, one of 5 with a thunk. */
#define FIRST		(3 * IMAGE_SITES)
#define FIRST_JUMP	(FIRST + IMAGE_PLAIN)
#define FIRST_CHOSEN	(FIRST + IMAGE_SITES - IMAGE_CHOSEN)

/*
 * A backend with a mistake in operation 3, which is found at site n: refused as
 * what to write and as what should stand there.
 */
static void spoil_backend(struct backend *b, enum pv_level l,
			  enum pv_error error, u32 n)
{
	const struct pv_state bad = { l, b->impl };
	struct image im;

	compiled(&im);
	refused(&im, &off, &bad, error, im.sites[n].addr);
	image_fill(&im, &bad);
	refused(&im, &bad, &off, error, im.sites[n].addr);
	EQ(pv_verify(&im.text, &bad, NULL).addr, im.sites[n].addr);
	image_free(&im);
	backend_free(b);
}

static void template_too_long(void)
{
	static const u8 bytes[255] = { 0x90 };

	for (u32 len = 7; len < 256; len++) {
		struct backend b;

		backend_init(&b);
		backend_set(&b, 3, bytes, len, 0, 0, 0);
		spoil_backend(&b, PV_LEVEL_INLINE, PV_TOO_LONG, FIRST);
	}
}

static void relocation_outside(void)
{
	static const u8 bytes[6] = { 0x3e, 0xfa };

	for (u32 i = 0; i < 6 * 255; i++) {
		u32 len = 1 + i / 255, reloc = 1 + i % 255;
		struct backend b;

		if (reloc + 3 <= len)
			continue;
		backend_init(&b);
		backend_set(&b, 3, bytes, len, reloc, 0, 0);
		spoil_backend(&b, PV_LEVEL_INLINE, PV_BAD_RELOC, FIRST);
	}
}

static void missing_function(void)
{
	for (u32 l = PV_LEVEL_DIRECT; l <= PV_LEVEL_INLINE; l++) {
		struct backend b;

		backend_init(&b);
		b.impl[3].fn = 0;
		b.impl[3].template = NULL;
		spoil_backend(&b, l, PV_NO_TARGET, FIRST);
	}
}

static void nothing_for_a_jump(void)
{
	struct backend b;
	const struct pv_state bad = { PV_LEVEL_INLINE, b.impl };
	struct image im;
	u32 jump;

	backend_init(&b);
	backend_set(&b, 3, NULL, 0, 0, 0, 0);
	compiled(&im);
	jump = im.sites[FIRST_JUMP].addr;
	refused(&im, &off, &bad, PV_NO_TARGET, jump);
	image_fill(&im, &bad);
	refused(&im, &bad, &off, PV_NO_TARGET, jump);
	EQ(pv_verify(&im.text, &bad, NULL).error, PV_BAD_BYTES);
	EQ(pv_verify(&im.text, &bad, NULL).addr, jump);
	image_free(&im);
	backend_free(&b);
}

/* One less than the template has, and all other numbers that are less. */
static void too_few_registers(void)
{
	static const u8 bytes[] = { 0xfa, 0xfa, 0xfa, 0xfa };

	for (u32 n = 0; n < 2 * PV_REGS; n++) {
		static const u8 want[] = { 1, 2, 3, 2, 3, 3 };
		static const u8 has[] = { 0, 0, 0, 1, 1, 2 };
		struct backend b;
		const struct pv_state bad = { PV_LEVEL_INLINE, b.impl };
		struct pv_site *site;
		struct image im;

		backend_init(&b);
		backend_set(&b, 3, bytes, 1, 0, 0, want[n]);
		compiled(&im);
		site = &im.sites[FIRST_CHOSEN];
		for (u32 i = 0; i < PV_REGS; i++)
			im.bytes[site->thunk - im.text.start - PV_REGS + i] =
				i < has[n] ? 0x50 : 0x90;
		refused(&im, &off, &bad, PV_BAD_THUNK, site->addr);
		image_fill(&im, &bad);
		image_at(&im, site)[site->len - 1] = bytes[0];
		refused(&im, &bad, &off, PV_BAD_THUNK, site->addr);
		EQ(pv_verify(&im.text, &bad, NULL).addr, site->addr);
		image_free(&im);
		backend_free(&b);
	}
}

/* Even if a fourth PUSH is there: the first instruction of the thunk. */
static void too_many_registers(void)
{
	for (u32 regs = PV_REGS + 1; regs < 256; regs++) {
		u8 bytes[256];
		struct backend b;
		const struct pv_state bad = { PV_LEVEL_INLINE, b.impl };
		struct pv_site *site;
		struct image im;

		memset(bytes, 0xfa, sizeof(bytes));
		backend_init(&b);
		backend_set(&b, 3, bytes, 1, 0, 0, regs);
		compiled(&im);
		site = &im.sites[FIRST_CHOSEN];
		memset(im.bytes + (site->thunk - im.text.start) - 3, 0x50, 4);
		refused(&im, &off, &bad, PV_BAD_THUNK, site->addr);
		image_fill(&im, &bad);
		image_at(&im, site)[site->len - 1] = bytes[0];
		EQ(pv_verify(&im.text, &bad, NULL).addr, site->addr);
		image_free(&im);
		backend_free(&b);
	}
}

/*
 * A function is not needed where a template does its work. One with operands
 * leaves some to it: sites that have fixed registers, as in its own thunks.
 */
static void template_without_function(void)
{
	struct backend b;
	const struct pv_state state = { PV_LEVEL_INLINE, b.impl };
	struct image im;
	u32 changed;

	backend_init(&b);
	for (u32 op = 0; op < PV_OPS; op++)
		b.impl[op].fn = b.impl[op].template && !b.template[op].regs ?
				0 : 1;
	compiled(&im);
	EQ(image_apply(&im, &off, &state, &changed).error, PV_OK);
	EQ(pv_verify(&im.text, &state, NULL).error, PV_OK);
	image_free(&im);
	backend_free(&b);
}

/* Even if the bytes are a call to what stands for "none". */
static void verify_missing_function(void)
{
	struct backend b;
	const struct pv_state bad = { PV_LEVEL_DIRECT, b.impl };
	struct pv_fault fault;
	struct image im;

	backend_init(&b);
	b.impl[3].fn = 0;
	patched(&im, IMAGE_SHAPES, &direct);
	for (u32 n = FIRST; n < FIRST_CHOSEN; n++) {
		const struct pv_site *site = &im.sites[n];
		u32 rel = 0u - (site->addr + site->len);

		memcpy(image_at(&im, site) + site->len - 4, &rel, 4);
	}
	fault = pv_verify(&im.text, &bad, NULL);
	CHECK(fault.error != PV_OK);
	EQ(fault.addr, im.sites[FIRST].addr);
	image_free(&im);
	backend_free(&b);
}

/*
 * Even if all the bytes match. The last site and its template end where their
 * memory ends: the operand must not be looked for behind it.
 */
static void verify_relocation_outside(void)
{
	static const u8 cli[] = { 0xfa };

	for (u32 reloc = 1; reloc < 256; reloc++) {
		struct backend b;
		const struct pv_state bad = { PV_LEVEL_INLINE, b.impl };
		struct pv_fault fault;
		struct pv_site *last;
		struct image im;

		backend_init(&b);
		patched(&im, 3, &inlined);
		last = &im.sites[im.text.count - 1];
		last->thunk = 0;	/* its own site is not there */
		im.sites[0] = *last;
		im.text.count = 1;
		backend_set(&b, 2, cli, sizeof(cli), reloc,
			    last->addr + last->len - 1, 0);
		fault = pv_verify(&im.text, &bad, NULL);
		CHECK(fault.error != PV_OK);
		EQ(fault.addr, last->addr);
		image_free(&im);
		backend_free(&b);
	}
}

static const struct tap_test tests[] = {
	{ REFUSED("a template longer than its site"), template_too_long },
	{ REFUSED("a relocation outside its template"), relocation_outside },
	{ REFUSED("a missing function"), missing_function },
	{ REFUSED("a jump that would become nothing"), nothing_for_a_jump },
	{ REFUSED("a template for more registers than a thunk has"),
	  too_few_registers },
	{ REFUSED("a template for more registers than a thunk can have"),
	  too_many_registers },
	{ "patch: a template needs no function", template_without_function },
	{ "verify: a missing function is never right",
	  verify_missing_function },
	{ "verify: a relocation outside its template is never right",
	  verify_relocation_outside },
};

TAP_MAIN_AROUND(tests, backend_init(&backend), backend_free(&backend))
