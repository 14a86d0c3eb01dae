// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sites whose registers the compiler chose: the call-site patcher puts them
 * into the template, the verifier finds any other there, and a thunk that does
 * not say which they are is refused. patch_regs.c runs what comes of it.
 *
 * link: pv/core.c pv/length.c pv/decode.c
 */
#include "patched.h"
#include "operands.h"

#define REGS3	7	/* an operation with three operands */
#define CHOSEN	(REGS3 * IMAGE_SITES + IMAGE_SITES - IMAGE_CHOSEN)

/* A call of 15 bytes, of operation 5, with its thunk behind it. */
struct lone {
	struct backend b;
	struct pv_state state;
	struct pv_text text;
	struct pv_site sites[2];
	u8 bytes[PV_SITE_MAX + PV_REGS + PV_SITE_MIN];
};

static void lone_init(struct lone *l, const u8 *template, u32 len, u32 reloc,
		      u32 regs)
{
	*l = (struct lone){ .sites = {
		{ .addr = IMAGE_START, .op = 5, .len = PV_SITE_MAX },
		{ .addr = IMAGE_START + PV_SITE_MAX + PV_REGS, .op = 5,
		  .len = PV_SITE_MIN },
	} };
	backend_init(&l->b);
	backend_set(&l->b, 5, template, len, reloc, 0xc0300000, regs);
	l->state = (struct pv_state){ PV_LEVEL_INLINE, l->b.impl };
	l->sites[0].thunk = l->sites[1].addr;
	l->text = (struct pv_text){
		.bytes = l->bytes, .start = IMAGE_START,
		.end = IMAGE_START + sizeof(l->bytes), .slots = IMAGE_SLOTS,
		.sites = l->sites, .count = 2,
	};
	memset(l->bytes + PV_SITE_MAX, 0x90, PV_REGS);
}

/* What the site becomes with these registers; lies at its end. */
static const u8 *lone_encode(struct lone *l, const u8 *reg, u32 regs)
{
	enum pv_form form;

	for (u32 i = 0; i < regs; i++)
		l->bytes[PV_SITE_MAX + i] = push(reg[i]);
	EQ(pv_encode(&l->text, l->sites, &l->state, l->bytes, &form), PV_OK);
	EQ(form, PV_INLINED);
	return l->bytes + PV_SITE_MAX - l->b.template[5].len;
}

static void operands_are_golden(void)
{
	static const struct {
		const u8 *template;
		u8 len, regs, reg[3], want[7];
	} golden[] = {
		{ bytes_save_fl, 2, 1, { 7 }, { 0x9c, 0x5f } },
		{ bytes_twice, 3, 1, { 0 }, { 0x8d, 0x04, 0x00 } },
		{ bytes_twice, 3, 1, { 7 }, { 0x8d, 0x3c, 0x3f } },
		{ bytes_set_l2, 7, 2, { 6, 0 },
		  { 0x83, 0x66, 0x04, 0x00, 0x89, 0x46, 0x00 } },
		{ bytes_set_pte, 6, 3, { 5, 3, 7 },
		  { 0x89, 0x7d, 0x04, 0x89, 0x5d, 0x00 } },
		{ bytes_set_pte, 6, 3, { 0, 2, 1 },
		  { 0x89, 0x48, 0x04, 0x89, 0x50, 0x00 } },
		{ bytes_get_pte, 6, 3, { 6, 5, 3 },
		  { 0x8b, 0x73, 0x00, 0x8b, 0x6b, 0x04 } },
	};

	for (u32 n = 0; n < ARRAY_SIZE(golden); n++) {
		struct lone l;
		const u8 *p;

		lone_init(&l, golden[n].template, golden[n].len, 0,
			  golden[n].regs);
		p = lone_encode(&l, golden[n].reg, golden[n].regs);
		EQ(memcmp(p, golden[n].want, golden[n].len), 0);
		backend_free(&l.b);
	}
}

/* Every choice, for each template; the verifier agrees and knows no other. */
static void every_register(void)
{
	static const struct {
		const u8 *bytes;
		u8 len, regs;
	} template[] = {
		{ bytes_save_fl, 2, 1 }, { bytes_twice, 3, 1 }, { bytes_set_l2, 7, 2 },
		{ bytes_set_pte, 6, 3 }, { bytes_get_pte, 6, 3 },
	};
	static const u32 choices[] = { 1, 7, 7 * 7, 7 * 7 * 7 };

	for (u32 i = 0; i < ARRAY_SIZE(template); i++) {
		u32 regs = template[i].regs, tried = 0;
		u8 reg[PV_REGS];
		struct lone l;

		lone_init(&l, template[i].bytes, template[i].len, 0, regs);
		for (u32 n = 0; n < 1u << 3 * regs; n++) {
			struct model m;

			if (!choose(n, regs, reg))
				continue;
			tried++;
			lone_encode(&l, reg, regs);
			m = model_encode(&l.text, l.sites, &l.state);
			EQ(m.faults, 0);
			EQ(memcmp(l.bytes, m.bytes, PV_SITE_MAX), 0);
		}
		EQ(tried, choices[regs]);
		backend_free(&l.b);
	}
}

/* Wherever it is between bytes with registers. */
static void relative_operand(void)
{
	u8 bytes[2][9] = { { 0 } };
	struct lone l;

	for (u32 reloc = 1; reloc <= 6; reloc++)
		for (u32 reg = 0; reg < 8; reg++) {
			struct model m;

			if (reg == ESP)
				continue;
			for (u32 i = 0; i < 9; i++) {
				bool inside = i + 1 >= reloc && i < reloc + 3;

				bytes[0][i] = inside ? 0x10 : 0x09;
				bytes[1][i] = inside ? 0x07 : 0x36;
			}
			lone_init(&l, bytes[0], 9, reloc, 1);
			lone_encode(&l, &(u8){ reg }, 1);
			m = model_encode(&l.text, l.sites, &l.state);
			EQ(memcmp(l.bytes, m.bytes, PV_SITE_MAX), 0);
			EQ(l.bytes[PV_SITE_MAX - (reloc == 1 ? 1 : 9)],
			   reg | reg << 3);
			backend_free(&l.b);
		}
}

static void fixed_registers(void)
{
	struct image im;
	u32 direct_sites = 0;

	patched(&im, IMAGE_SHAPES, &inlined);
	for (u32 n = 0; n < im.text.count; n++) {
		const struct pv_site *site = &im.sites[n];
		const u8 *p = image_at(&im, site) + site->len - 5;

		if (!backend.template[site->op].regs || site->thunk)
			continue;
		direct_sites++;
		EQ(p[0], site->kind ? 0xe9 : 0xe8);
	}
	EQ(direct_sites, 3 * (IMAGE_SITES - IMAGE_CHOSEN));
	image_free(&im);
}

/* Also if all of its bytes are those of another choice. */
static void verify_other_registers(void)
{
	struct image im;
	u32 same = 0;

	patched(&im, IMAGE_SHAPES, &inlined);
	for (u32 n = CHOSEN; n < CHOSEN + IMAGE_CHOSEN; n++) {
		const struct pv_site *site = &im.sites[n];
		u8 good[PV_SITE_MAX], *p = image_at(&im, site), reg[PV_REGS];

		memcpy(good, p, site->len);
		for (u32 i = 0; i < 8 * 8 * 8; i++) {
			u8 *end = p + site->len;
			struct pv_fault fault;

			if (!choose(i, PV_REGS, reg))
				continue;
			end[-4] = 0x40 | reg[2] << 3 | reg[0];
			end[-1] = reg[1] << 3 | reg[0];
			fault = pv_verify(&im.text, &inlined, NULL);
			same += fault.error == PV_OK;
			if (fault.error != PV_OK)
				EQ(fault.addr, site->addr);
			EQ(fault.error == PV_OK, !memcmp(p, good, site->len));
		}
		memcpy(p, good, site->len);
	}
	EQ(same, IMAGE_CHOSEN);
	image_free(&im);
}

/* The operand's byte among the PUSH, in all values, with the site as it was. */
static void verify_other_thunk(void)
{
	struct image im;

	for (u32 shape = 6; shape < IMAGE_SHAPES; shape++) {
		u32 first = shape * IMAGE_SITES + IMAGE_SITES - IMAGE_CHOSEN;
		u32 regs = backend.template[shape].regs;

		patched(&im, IMAGE_SHAPES, &inlined);
		for (u32 i = 0; i < regs * 256; i++) {
			u32 thunk = im.sites[first].thunk - im.text.start;
			u8 *p = im.bytes + thunk - PV_REGS + i / 256;
			u8 good = *p;
			struct pv_fault fault;

			*p = (u8)i;
			fault = pv_verify(&im.text, &inlined, NULL);
			EQ(fault.error == PV_OK, *p == good);
			if (*p != good)
				EQ(fault.addr, im.sites[first].addr);
			*p = good;
		}
		image_free(&im);
	}
}

/* Site n of an image, which has a thunk, gets another. */
static void move_thunk(u32 n, u32 thunk)
{
	struct image im;

	compiled(&im);
	im.sites[n].thunk = thunk;
	record_refused(&im, PV_BAD_THUNK, im.sites[n].addr);
	image_free(&im);
}

static void outside_the_text(void)
{
	struct image im;
	u32 end;

	compiled(&im);
	end = im.text.end;
	image_free(&im);
	for (u32 i = 0; i < 8; i++) {
		move_thunk(CHOSEN, i + 1);
		move_thunk(CHOSEN, 0u - i - 1);
		move_thunk(CHOSEN, IMAGE_START - i - 1);
		move_thunk(CHOSEN, end + i);
	}
}

/* There would be bytes that name registers, but not in the text. */
static void at_the_start(void)
{
	struct pv_site sites[] = {
		{ .addr = IMAGE_START + 4, .op = 5, .len = PV_SITE_MIN },
		{ .addr = IMAGE_START + 10, .op = 5, .len = PV_SITE_MIN },
	};
	u8 bytes[2 * PV_SITE_MIN + 7];
	struct pv_text text = {
		.bytes = bytes + 3, .start = IMAGE_START,
		.end = IMAGE_START + 16, .sites = sites, .count = 2,
	};

	memset(bytes, 0x90, sizeof(bytes));
	for (u32 i = 0; i <= 4; i++) {
		sites[1].thunk = IMAGE_START + i;
		EQ(pv_check_sites(&text).error,
		   i < PV_REGS ? PV_BAD_THUNK : PV_OK);
	}
}

static void of_a_jump(void)
{
	struct image im;

	for (u32 n = CHOSEN; n < CHOSEN + IMAGE_CHOSEN; n++) {
		compiled(&im);
		im.sites[n].kind = PV_SITE_JUMP;
		record_refused(&im, PV_BAD_THUNK, im.sites[n].addr);
		image_free(&im);
	}
}

/* All combinations of bytes that are good in some place or nearly so. */
static void other_instructions(void)
{
	static const u8 byte[] = {
		0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x90,
		0x4f, 0x58, 0x91, 0x10, 0xd0, 0x00, 0xff, 0x3e, 0xcc,
	};
	enum { KINDS = ARRAY_SIZE(byte) };
	struct image im;
	u32 good = 0;

	compiled(&im);
	for (u32 i = 0; i < KINDS * KINDS * KINDS; i++) {
		u32 n[] = { i % KINDS, i / KINDS % KINDS, i / KINDS / KINDS };
		char kinds[PV_REGS + 1] = "";
		bool ok;

		for (u32 k = 0; k < PV_REGS; k++) {
			im.bytes[im.sites[CHOSEN].thunk - im.text.start -
				 PV_REGS + k] = byte[n[k]];
			kinds[k] = n[k] > 8 || n[k] == ESP ? '-' :
				   n[k] == 8 ? 'n' : 'p';
		}
		ok = !strcmp(kinds, "ppp") || !strcmp(kinds, "ppn") ||
		     !strcmp(kinds, "pnn") || !strcmp(kinds, "nnn");
		good += ok;
		if (ok)
			EQ(pv_check_sites(&im.text).error, PV_OK);
		else
			record_refused(&im, PV_BAD_THUNK,
				       im.sites[CHOSEN].addr);
	}
	EQ(good, 7 * 7 * 7 + 7 * 7 + 7 + 1);
	image_free(&im);
}

/* The one of another operation; and the end of the text. */
static void of_another_operation(void)
{
	struct image im;
	u32 other;

	compiled(&im);
	other = im.sites[CHOSEN - IMAGE_SITES].thunk;
	image_free(&im);
	move_thunk(CHOSEN, other);
	for (u32 op = 0; op < IMAGE_SHAPES; op++) {
		if (op == REGS3)
			continue;
		compiled(&im);
		im.sites[CHOSEN].op = (u8)op;
		record_refused(&im, PV_BAD_THUNK, im.sites[CHOSEN].addr);
		image_free(&im);
	}
}

/*
 * Once patched, they would be others. The site is a call through a slot whose
 * address looks like PUSH and NOP, and so do the bytes behind it.
 */
static void inside_a_site(void)
{
	struct image im;

	for (u32 i = 0; i < 8; i++) {
		/* The third call; behind it are two bytes and the fourth. */
		u32 n = REGS3 * IMAGE_SITES + 2;
		u32 end;

		compiled(&im);
		im.text.slots = 0x52515050 - 4 * REGS3;
		image_fill(&im, &off);
		end = im.sites[n].addr + im.sites[n].len;
		memset(im.bytes + (end - im.text.start), 0x90, 2);
		im.sites[CHOSEN].thunk = end + 2 - i;
		record_refused(&im, PV_BAD_THUNK, im.sites[CHOSEN].addr);
		image_free(&im);
	}
}

/* What is behind the registers must call the table, not a thunk. */
static void of_a_thunk(void)
{
	struct image im;
	u32 n = IMAGE_SHAPES / 2 * IMAGE_SITES;
	u32 thunk = n + IMAGE_SITES - IMAGE_CHOSEN;

	compiled(&im);
	memset(im.bytes + (im.text.core_start - im.text.start), 0x50, 16);
	im.sites[thunk].thunk = im.text.core_start + PV_REGS;
	im.text.core_end = im.text.core_start;
	EQ(pv_check_sites(&im.text).error, PV_OK);
	im.sites[n].thunk = im.sites[thunk + 1].thunk;
	record_refused(&im, PV_BAD_THUNK, im.sites[thunk].addr);
	image_free(&im);
}

static const struct tap_test tests[] = {
	{ "encode: operands are where an assembler puts them",
	  operands_are_golden },
	{ "encode: operands in every register, and two in the same",
	  every_register },
	{ "encode: a relative operand among registers stays relative",
	  relative_operand },
	{ "patch: a site with fixed registers calls a function instead",
	  fixed_registers },
	{ "verify: other registers than the thunk's are found",
	  verify_other_registers },
	{ "verify: another thunk for the same bytes is found",
	  verify_other_thunk },
	{ REFUSED("a thunk outside the text"), outside_the_text },
	{ "patch: a thunk at the first bytes of the text is refused",
	  at_the_start },
	{ REFUSED("a thunk of a jump"), of_a_jump },
	{ REFUSED("a thunk behind anything but PUSH, of no ESP, and then NOP"),
	  other_instructions },
	{ REFUSED("a thunk of another operation"), of_another_operation },
	{ REFUSED("a thunk whose registers are in a site"), inside_a_site },
	{ REFUSED("a thunk that calls a thunk"), of_a_thunk },
};

TAP_MAIN_AROUND(tests, backend_init(&backend), backend_free(&backend))
