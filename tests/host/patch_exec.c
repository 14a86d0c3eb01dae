// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Patched code is executed: what the tests beside this one prove of the bytes
 * says nothing if the bytes mean something else to a CPU. Each operation adds
 * one to a hexadecimal digit of eax, another one for its function and for its
 * template, so that the sum tells which ran how often. An operation that does
 * nothing becomes prefixes of instructions of many kinds, which must then do
 * what they did. patch_regs.c goes on with operands in registers.
 *
 * link: pv/core.c pv/length.c pv/decode.c
 */
#include "lowmem.h"

/* Where things are in the low memory. */
#define FUNCTIONS	0x0c00		/* 16 bytes an operation */
#define HELPERS		0x0d00		/* behind relative templates */
#define TEMPLATES	0x0e00
#define SLOTS		0x1000
#define THUNKS		TEXT		/* 16 bytes an operation */
#define SIZE		0x8000

/* The operations; what each adds, by template and by function. */
enum { ONLY_FN, EMPTY, PLAIN, RELATIVE, SEVERAL, JUMP_FN, JUMP_RELATIVE,
	JUMP_RET, OPS };

#define CALLS		(SEVERAL + 1)	/* the operations that are called */

static const u32 by_fn[OPS] = {
	0x1, 0x10, 0x1000, 0x100000, 0x10000000, 0x1, 0x10, 0x100,
};
static const u32 by_template[OPS] = {
	0x1, 0, 0x100, 0x10000, 0x1000000, 0x1, 0x1000, 0,
};

/*
 * Around an empty site: what comes before it, the instruction behind it and
 * what comes after that. Together they add BEHIND to eax, in both modes.
 */
#define BEHIND		0x100
#define ADD_BEHIND	0x05, 0x00, 0x01, 0x00, 0x00	/* to eax */
#define POP_AND_ADD	0x5a, 0x01, 0xd0		/* through edx */

static const struct {
	u8 before_len, insn_len, after_len, before[2], insn[11], after[7];
} behind[] = {
	{ 0, 5, 0, { 0 }, { ADD_BEHIND }, { 0 } },
	/* add to eax and ax */
	{ 0, 6, 0, { 0 }, { 0x81, 0xc0, 0x00, 0x01 }, { 0 } },
	{ 0, 4, 0, { 0 }, { 0x66, 0x05, 0x00, 0x01 }, { 0 } },
	/* lea 0x100(%eax), %eax, without SIB and with it */
	{ 0, 6, 0, { 0 }, { 0x8d, 0x80, 0x00, 0x01 }, { 0 } },
	{ 0, 7, 0, { 0 }, { 0x8d, 0x84, 0x20, 0x00, 0x01 }, { 0 } },
	/* push $0; add to the stack in 7, 8, 9 and 11 bytes */
	{ 2, 7, 3, { 0x6a }, { 0x81, 0x04, 0x24, 0x00, 0x01 },
	  { POP_AND_ADD } },
	{ 2, 8, 3, { 0x6a }, { 0x81, 0x44, 0x24, 0x00, 0x00, 0x01 },
	  { POP_AND_ADD } },
	{ 2, 9, 3, { 0x6a }, { 0xf0, 0x81, 0x44, 0x24, 0x00, 0x00, 0x01 },
	  { POP_AND_ADD } },
	{ 2, 11, 3, { 0x6a }, { 0x81, 0x84, 0x24, 0, 0, 0, 0, 0x00, 0x01 },
	  { POP_AND_ADD } },
	/* push $0; pop %edx; a long no-op */
	{ 2, 1, 5, { 0x6a }, { 0x5a }, { ADD_BEHIND } },
	{ 0, 5, 5, { 0 }, { 0x0f, 0x1f, 0x44 }, { ADD_BEHIND } },
	/* jmp over hlt, call over hlt and pop the address */
	{ 0, 2, 6, { 0 }, { 0xeb, 0x01 }, { 0xf4, ADD_BEHIND } },
	{ 0, 5, 7, { 0 }, { 0xe8, 0x01 }, { 0xf4, 0x5a, ADD_BEHIND } },
};

/* Functions with a call of each operation, of one length; and with one jump. */
#define LENGTHS		(PV_SITE_MAX + 1 - PV_THUNK_MIN)
#define JUMP_LENGTHS	(PV_SITE_MAX + 1 - PV_JUMP_MIN)
#define JUMPS		((OPS - CALLS) * JUMP_LENGTHS)

static u32 calls_entry[LENGTHS], jump_entry[JUMPS];
static u32 behind_entry, behind_site;	/* the first of its sites */
static struct pv_site sites[CALLS * (2 * LENGTHS) + JUMPS +
			    3 * ARRAY_SIZE(behind) + 1];
static struct pv_template templates[OPS];
static struct pv_impl impl[PV_OPS];
static const struct pv_state state[] = {
	{ PV_LEVEL_OFF, impl }, { PV_LEVEL_DIRECT, impl },
	{ PV_LEVEL_INLINE, impl },
};
static struct pv_text text;

static void put_rel32(u32 at, u8 opcode, u32 target)
{
	u32 rel = target - (at + 5);

	low[at] = opcode;
	put(at + 1, &rel, 4);
}

/* add $n, %eax */
static void put_add(u32 at, u32 n)
{
	low[at] = 0x05;
	put(at + 1, &n, 4);
}

static void set_template(u32 op, u32 len, u32 reloc)
{
	u32 at = TEMPLATES + 16 * op;

	templates[op] = (struct pv_template){
		.bytes = low + at, .addr = base + at, .op = (u8)op,
		.len = (u8)len, .reloc = (u8)reloc,
	};
	impl[op].template = &templates[op];
}

static void build_backend(void)
{
	for (u32 op = 0; op < OPS; op++) {
		u32 fn = FUNCTIONS + 16 * op, addr = base + fn;

		put_add(fn, by_fn[op]);
		low[fn + 5] = 0xc3;
		put_add(HELPERS + 16 * op, by_template[op]);
		low[HELPERS + 16 * op + 5] = 0xc3;
		impl[op].fn = addr;
		put(SLOTS + 4 * op, &addr, 4);
	}
	set_template(EMPTY, 0, 0);
	put_add(TEMPLATES + 16 * PLAIN, by_template[PLAIN]);
	set_template(PLAIN, 5, 0);
	put_rel32(TEMPLATES + 16 * RELATIVE, 0xe8, HELPERS + 16 * RELATIVE);
	set_template(RELATIVE, 5, 2);
	/* nop; add */
	low[TEMPLATES + 16 * SEVERAL] = 0x90;
	put_add(TEMPLATES + 16 * SEVERAL + 1, by_template[SEVERAL]);
	set_template(SEVERAL, 6, 0);
	put_rel32(TEMPLATES + 16 * JUMP_RELATIVE, 0xe9,
		  HELPERS + 16 * JUMP_RELATIVE);
	set_template(JUMP_RELATIVE, 5, 2);
	low[TEMPLATES + 16 * JUMP_RET] = 0xc3;
	set_template(JUMP_RET, 1, 0);
}

/* The compiled call or jump, and its record. Returns where it ends. */
static u32 put_site(u32 at, u32 op, u32 len)
{
	bool jump = op >= CALLS;
	u32 slot = base + SLOTS + 4 * op;
	const u8 opcode[] = { 0x36, 0xff, jump ? 0x25 : 0x15 };

	sites[text.count++] = (struct pv_site){
		.addr = base + at, .op = (u8)op, .len = (u8)len, .kind = jump,
	};
	memset(low + at, PV_PAD, len - 6);
	put(at + len - 6 - jump, opcode + !jump, 2 + jump);
	put(at + len - 4, &slot, 4);
	return at + len;
}

/* No registers, and nothing to move. */
static void put_thunk(u32 op)
{
	u32 at = THUNKS + 16 * op;

	memset(low + at, 0x90, PV_REGS);
	at = put_site(at + PV_REGS, op, PV_SITE_MIN);
	low[at] = 0xc3;
}

static u32 put_thunk_call(u32 at, u32 op, u32 len)
{
	u32 thunk = THUNKS + 16 * op + PV_REGS;

	sites[text.count++] = (struct pv_site){
		.addr = base + at, .thunk = base + thunk, .op = (u8)op,
		.len = (u8)len,
	};
	memset(low + at, PV_PAD, len - 5);
	put_rel32(at + len - 5, 0xe8, thunk);
	return at + len;
}

/* A function with empty sites before instructions, ret among them. */
static u32 build_behind(u32 at)
{
	static const u8 mov_edi_eax[] = { 0x89, 0xf8 };

	behind_entry = base + at;
	behind_site = text.count;
	put(at, mov_edi_eax, 2);
	at += 2;
	for (u32 i = 0; i < ARRAY_SIZE(behind) * 3; i++) {
		u32 n = i / 3;

		put(at, behind[n].before, behind[n].before_len);
		at += behind[n].before_len;
		at = put_site(at, EMPTY, PV_SITE_MIN + i % 3);
		put(at, behind[n].insn, behind[n].insn_len);
		at += behind[n].insn_len;
		put(at, behind[n].after, behind[n].after_len);
		at += behind[n].after_len;
	}
	at = put_site(at, EMPTY, PV_SITE_MIN);
	low[at++] = 0xc3;
	return at;
}

/* All functions have their arg in edi. */
static void build_text(void)
{
	static const u8 mov_edi_eax[] = { 0x89, 0xf8 }, ud2[] = { 0x0f, 0x0b };
	u32 at = TEXT + 16 * CALLS;

	for (u32 op = 0; op < CALLS; op++)
		put_thunk(op);
	for (u32 i = 0; i < LENGTHS; i++) {
		u32 len = PV_THUNK_MIN + i;

		calls_entry[i] = base + at;
		put(at, mov_edi_eax, 2);
		at += 2;
		for (u32 op = 0; op < CALLS; op++) {
			/* Longer ones have no place in five bytes. */
			if (op != SEVERAL || i)
				at = put_thunk_call(at, op, len);
			if (i)
				at = put_site(at, op, len);
		}
		low[at++] = 0xc3;
	}
	for (u32 i = 0; i < JUMPS; i++) {
		jump_entry[i] = base + at;
		put(at, mov_edi_eax, 2);
		at = put_site(at + 2, CALLS + i / JUMP_LENGTHS,
			      PV_JUMP_MIN + i % JUMP_LENGTHS);
		put(at, ud2, 2);
		at += 2;
	}
	at = build_behind(at);
	text.end = base + at;
}

/* Leaves `low` NULL where there is no such memory. */
static void build(void)
{
	if (!low_alloc(SIZE))
		return;
	text = (struct pv_text){
		.bytes = low + TEXT, .start = base + TEXT,
		.slots = base + SLOTS, .sites = sites,
	};
	build_backend();
	build_text();
}

static void patch(u32 from, u32 to)
{
	u32 changed;

	EQ(pv_apply(&text, &state[from], &state[to], write_low,
		    &changed).error, PV_OK);
	EQ(pv_verify(&text, &state[to], NULL).error, PV_OK);
}

/* What an operation adds each time that it runs at a level. */
static u32 adds(u32 op, u32 l)
{
	return l == PV_LEVEL_INLINE ? by_template[op] : by_fn[op];
}

/* A thunk's own site has no registers either, so it does the same. */
static void run_calls(bool as_i386, u32 l)
{
	for (u32 i = 0; i < LENGTHS; i++) {
		u32 want = 0, result;

		for (u32 op = 0; op < CALLS; op++)
			want += (!i ? op != SEVERAL : 2) * adds(op, l);
		CHECK(call(as_i386, calls_entry[i], 0, &result));
		EQ(result, want);
	}
}

static void run_jumps(bool as_i386, u32 l)
{
	for (u32 i = 0; i < JUMPS; i++) {
		u32 result;

		CHECK(call(as_i386, jump_entry[i], 0x80000000, &result));
		EQ(result, 0x80000000 + adds(CALLS + i / JUMP_LENGTHS, l));
	}
}

static void run_behind(bool as_i386, u32 l)
{
	u32 count = ARRAY_SIZE(behind) * 3, result;

	CHECK(call(as_i386, behind_entry, 1, &result));
	EQ(result, 1 + count * BEHIND + (count + 1) * adds(EMPTY, l));
}

/* What was executed has no no-op, but before what is too long. */
static void check_absorbed(void)
{
	const struct pv_site *site = &sites[behind_site];
	u32 prefixes = 0;

	for (u32 i = 0; i < ARRAY_SIZE(behind) * 3; i++, site++) {
		u8 last = low[site->addr + site->len - 1 - base];
		bool fits = site->len + behind[i / 3].insn_len <= 15;

		EQ(last, fits ? PV_PAD : 0x90);
		prefixes += last == PV_PAD;
	}
	EQ(low[site->addr + site->len - 1 - base], PV_PAD);
	CHECK(prefixes > ARRAY_SIZE(behind) * 2);
}

/* Patches, runs, and leaves the compiled form for the next test. */
static void at_level(bool as_i386, u32 l,
		     void (*run)(bool as_i386, u32 l))
{
	if (!can_run(as_i386))
		return;
	patch(PV_LEVEL_OFF, l);
	run(as_i386, l);
	patch(l, PV_LEVEL_OFF);
}

static void direct_calls(void)
{
	at_level(false, PV_LEVEL_DIRECT, run_calls);
}

static void direct_jumps(void)
{
	at_level(false, PV_LEVEL_DIRECT, run_jumps);
}

static void inline_calls(void)
{
	at_level(false, PV_LEVEL_INLINE, run_calls);
}

static void inline_jumps(void)
{
	at_level(false, PV_LEVEL_INLINE, run_jumps);
}

static void inline_behind(void)
{
	if (!can_run(false))
		return;
	patch(PV_LEVEL_OFF, PV_LEVEL_INLINE);
	check_absorbed();
	run_behind(false, PV_LEVEL_INLINE);
	patch(PV_LEVEL_INLINE, PV_LEVEL_OFF);
}

static void i386_behind(void)
{
	for (u32 l = PV_LEVEL_OFF; l <= PV_LEVEL_INLINE; l++)
		at_level(true, l, run_behind);
}

static void i386_calls(void)
{
	for (u32 l = PV_LEVEL_OFF; l <= PV_LEVEL_INLINE; l++)
		at_level(true, l, run_calls);
}

static void i386_jumps(void)
{
	for (u32 l = PV_LEVEL_OFF; l <= PV_LEVEL_INLINE; l++)
		at_level(true, l, run_jumps);
}

static void i386_every_change(void)
{
	u32 l = PV_LEVEL_OFF;

	if (!can_run(true))
		return;
	for (u32 i = 0; i < 9; i++) {
		patch(l, i * 2 % 3);
		l = i * 2 % 3;
		run_calls(true, l);
		patch(l, i / 3);
		l = i / 3;
		run_calls(true, l);
		run_behind(true, l);
	}
	patch(l, PV_LEVEL_OFF);
}

static const struct tap_test tests[] = {
	{ "exec: direct calls run each function, from sites of all lengths",
	  direct_calls },
	{ "exec: direct jumps run each function and do not come back",
	  direct_jumps },
	{ "exec: templates run in place, behind prefixes, empty ones do not",
	  inline_calls },
	{ "exec: templates at jump sites do not come back", inline_jumps },
	{ "exec: instructions behind an empty template take it as prefixes",
	  inline_behind },
	{ "exec: i386: calls at all levels, the compiled form among them",
	  i386_calls },
	{ "exec: i386: jumps at all levels, the compiled form among them",
	  i386_jumps },
	{ "exec: i386: instructions behind an empty template, at all levels",
	  i386_behind },
	{ "exec: i386: from every level to every other", i386_every_change },
};

TAP_MAIN_AROUND(tests, build(), (void)0)
