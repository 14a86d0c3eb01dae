// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Operands in registers, executed: each operation here stands for one kind of
 * wrapper in pv.h, and runs in every choice of registers that a compiler may
 * make. Its template, and its function behind the thunk that the wrapper emits,
 * must give the same results and keep all else.
 *
 * Thunks are assembled from the text in pv.h, by a very small assembler.
 *
 * link: pv/core.c pv/length.c pv/decode.c
 */
#include "lowmem.h"
#pragma GCC diagnostic ignored "-Wpointer-to-int-cast"
#pragma GCC diagnostic ignored "-Wint-to-pointer-cast"
#include <pv/pv.h>
#include "operands.h"

#undef PV_CHOSEN_1
#undef PV_CHOSEN_2
#undef PV_CHOSEN_3
#define PV_CHOSEN_1(before, after)	1, before, after
#define PV_CHOSEN_2(before, after)	2, before, after
#define PV_CHOSEN_3(before, after)	3, before, after

#define SLOTS		0x1000
#define FUNCTIONS	0x1100		/* 16 bytes an operation */
#define TEMPLATES	0x1200		/* 64 bytes an operation */
#define BLOCKS		0x4000		/* what a choice works with */
#define CODE		0x1c000
#define SIZE		0x40000
#define CHOICES		(2 * 8 * 8 * 8 + 2 * 8 * 8 + 2 * 8)
#define REGISTERS	8

/* The operand that is an address; none. */
#define NONE		PV_REGS

static const struct {
	const u8 *template;
	u8 len, pointer, fn[9];
	u32 regs;
	const char *before, *after;
} op_kind[] = {
	{ bytes_constant, 5, NONE, { 0xb8, 0x78, 0x56, 0x34, 0x12, 0xc3 },
	  PV_SITE_u32_P0() },
	{ bytes_clear_pte, 8, 0, { 0x83, 0x20, 0x00, 0x83, 0x60, 0x04, 0x00, 0xc3 },
	  PV_SITE_void_P1() },
	{ bytes_set_l2, 7, 0, { 0x83, 0x60, 0x04, 0x00, 0x89, 0x10, 0xc3 },
	  PV_SITE_void_P2() },
	{ bytes_pte_frame, 9, 1, { 0x8b, 0x00, 0x25, 0x00, 0xf0, 0xff, 0xff, 0xc3 },
	  PV_SITE_u32_P1() },
	{ bytes_set_pte, 6, 0, { 0x89, 0x48, 0x04, 0x89, 0x10, 0xc3 },
	  PV_SITE_void_PE() },
	{ bytes_get_pte, 6, 2, { 0x8b, 0x50, 0x04, 0x8b, 0x00, 0xc3 },
	  PV_SITE_u64_P1() },
};

enum { CONSTANT, CLEAR_PTE, SET_L2, PTE_FRAME, SET_PTE, GET_PTE, OPS };

struct block {
	u32 in[REGISTERS], out[REGISTERS], memory[2];
};

static struct choice {
	u8 op, reg[PV_REGS];
	u32 thunk;		/* where */
} choices[CHOICES];
static u32 count, entry;
static struct pv_site sites[2 * CHOICES];
static struct pv_template templates[OPS];
static struct pv_impl impl[PV_OPS];
static const struct pv_state state[] = {
	{ PV_LEVEL_OFF, impl }, { PV_LEVEL_DIRECT, impl },
	{ PV_LEVEL_INLINE, impl },
};
static struct pv_text text;

static struct block *block(u32 n)
{
	return (struct block *)(low + BLOCKS) + n;
}

static u32 address(const void *p)
{
	return base + (u32)((const u8 *)p - low);
}

/* What the constraints of pv.h exclude: results that meet, or meet too early. */
static bool excluded(u32 op, const u8 *reg)
{
	return op == GET_PTE && (reg[0] == reg[1] || reg[0] == reg[2]);
}

static void choose_all(void)
{
	for (u32 op = 0; op < OPS; op++)
		for (u32 n = 0; n < 1u << 3 * op_kind[op].regs; n++) {
			struct choice *c = &choices[count];

			c->op = (u8)op;
			if (choose(n, op_kind[op].regs, c->reg) &&
			    !excluded(op, c->reg))
				count++;
		}
}

static void byte(u32 *at, u32 value)
{
	low[(*at)++] = (u8)value;
}

static void site(u32 *at, u32 op, u32 len, u32 thunk)
{
	u32 slot = base + SLOTS + 4 * op, rel;
	u32 bytes = thunk ? PV_THUNK_MIN : PV_SITE_MIN;

	sites[text.count++] = (struct pv_site){
		.addr = base + *at, .thunk = thunk, .op = (u8)op,
		.len = (u8)len,
	};
	for (u32 i = 0; i < len - bytes; i++)
		byte(at, PV_PAD);
	if (thunk) {
		byte(at, 0xe8);
		rel = thunk - (base + *at + 4);
		put(*at, &rel, 4);
	} else {
		byte(at, 0xff);
		byte(at, 0x15);
		put(*at, &slot, 4);
	}
	*at += 4;
}

/* %%eax, or %[r0], an operand. */
static u32 reg_named(const char *name, const struct choice *c)
{
	static const char names[] = "eax ecx edx ebx esp ebp esi edi";
	char text[4] = { 0 };

	if (name[1] == '[')
		return c->reg[name[3] - '0'];
	memcpy(text, name + 2, 3);
	return (u32)(strstr(names, text) - names) / 4;
}

/* push, pop and the store to the stack, separated by semicolons. */
static bool assemble(u32 *at, const char *code, const struct choice *c)
{
	for (; code; code = strchr(code, ';')) {
		code += strspn(code, "; ");
		if (!strncmp(code, "push ", 5)) {
			byte(at, push(reg_named(code + 5, c)));
		} else if (!strncmp(code, "pop ", 4)) {
			byte(at, 0x58 + reg_named(code + 4, c));
		} else if (!strncmp(code, "mov %%", 6)) {
			byte(at, 0x89);
			byte(at, 0x44 | reg_named(code + 4, c) << 3);
			byte(at, 0x24);
			byte(at, (u32)atoi(strchr(code, ',') + 1));
			if (!strstr(code, "(%%esp)"))
				return false;
		} else {
			return false;
		}
	}
	return true;
}

static bool put_thunk(u32 *at, struct choice *c)
{
	const char *before = op_kind[c->op].before;
	const char *after = op_kind[c->op].after;
	bool ok;

	for (u32 n = 0; n < PV_REGS; n++)
		byte(at, n < op_kind[c->op].regs ? push(c->reg[n]) : 0x90);
	c->thunk = base + *at;
	ok = assemble(at, before, c);
	site(at, c->op, PV_SITE_MIN, 0);
	ok &= assemble(at, after, c);
	byte(at, 0xc3);
	return ok;
}

/* mov between a register and memory, for all but the stack's. */
static void move_all(u32 *at, u32 opcode, const u32 *memory)
{
	for (u32 reg = 0; reg < REGISTERS; reg++) {
		u32 addr = address(memory + reg);

		if (reg == ESP)
			continue;
		byte(at, opcode);
		byte(at, reg << 3 | 5);
		put(*at, &addr, 4);
		*at += 4;
	}
}

static void put_block(u32 *at, u32 n)
{
	const struct choice *c = &choices[n];
	u32 least = op_kind[c->op].len;

	move_all(at, 0x8b, block(n)->in);
	site(at, c->op, least + n % (PV_SITE_MAX + 1 - least), c->thunk);
	move_all(at, 0x89, block(n)->out);
}

/* False where there is no such memory, or the text of pv.h is not known. */
static bool build(void)
{
	u32 at = CODE;
	bool ok = true;

	if (!low_alloc(SIZE))
		return true;
	for (u32 op = 0; op < OPS; op++) {
		u32 fn = FUNCTIONS + 16 * op, bytes = TEMPLATES + 64 * op;
		u32 len = op_kind[op].len, addr = base + fn;

		put(fn, op_kind[op].fn, sizeof(op_kind[op].fn));
		put(SLOTS + 4 * op, &addr, 4);
		put(bytes, op_kind[op].template,
		    len * (1 + op_kind[op].regs));
		templates[op] = (struct pv_template){
			.bytes = low + bytes, .addr = base + bytes,
			.op = (u8)op, .len = (u8)len,
			.regs = (u8)op_kind[op].regs,
		};
		impl[op] = (struct pv_impl){ addr, &templates[op] };
	}
	text = (struct pv_text){
		.bytes = low + CODE, .start = base + CODE,
		.end = base + SIZE, .slots = base + SLOTS, .sites = sites,
	};
	choose_all();
	for (u32 n = 0; n < count; n++)
		ok &= put_thunk(&at, &choices[n]);
	entry = base + at;
	for (u32 n = 0; n < count; n++)
		put_block(&at, n);
	byte(&at, 0xc3);
	return ok && at <= SIZE;
}

static void set_up(u32 n)
{
	const struct choice *c = &choices[n];
	struct block *b = block(n);

	memset(b->out, 0, sizeof(b->out));
	b->memory[0] = 0x89abcdef;
	b->memory[1] = 0x01234567;
	for (u32 reg = 0; reg < REGISTERS; reg++)
		b->in[reg] = 0x1f2e3d40 + 0x01010101 * reg + 0x10000 * n;
	if (op_kind[c->op].pointer != NONE)
		b->in[c->reg[op_kind[c->op].pointer]] = address(b->memory);
}

/* What must be there then. */
static void check(u32 n)
{
	const struct choice *c = &choices[n];
	struct block want, *b = block(n);

	want = *b;
	memcpy(want.out, want.in, sizeof(want.out));
	want.out[ESP] = 0;
	want.memory[0] = 0x89abcdef;
	want.memory[1] = 0x01234567;
	switch (c->op) {
	case CONSTANT:
		want.out[c->reg[0]] = 0x12345678;
		break;
	case CLEAR_PTE:
		want.memory[0] = 0;
		want.memory[1] = 0;
		break;
	case SET_L2:
		want.memory[0] = want.in[c->reg[1]];
		want.memory[1] = 0;
		break;
	case PTE_FRAME:
		want.out[c->reg[0]] = 0x89abc000;
		break;
	case SET_PTE:
		want.memory[0] = want.in[c->reg[1]];
		want.memory[1] = want.in[c->reg[2]];
		break;
	case GET_PTE:
		want.out[c->reg[0]] = 0x89abcdef;
		want.out[c->reg[1]] = 0x01234567;
		break;
	}
	EQ(memcmp(b, &want, sizeof(want)), 0);
}

static void patch(u32 from, u32 to, u32 *forms)
{
	u32 changed;

	EQ(pv_apply(&text, &state[from], &state[to], write_low,
		    &changed).error, PV_OK);
	EQ(pv_verify(&text, &state[to], forms).error, PV_OK);
}

static void run(u32 level, enum pv_form plain, enum pv_form chosen)
{
	u32 forms[PV_FORMS], result;

	if (!can_run(true))
		return;
	for (u32 n = 0; n < count; n++)
		set_up(n);
	patch(PV_LEVEL_OFF, level, forms);
	EQ(forms[plain], count);
	EQ(forms[chosen], count);
	CHECK(call(true, entry, 0, &result));
	for (u32 n = 0; n < count; n++)
		check(n);
	patch(level, PV_LEVEL_OFF, forms);
}

static void thunks_are_known(void)
{
	bool ok = build();

	if (!low)
		tap_skip("no low memory");
	CHECK(ok);
	if (low)
		EQ(count, 7 + 7 + 49 + 49 + 343 + 7 * 6 * 6);
}

static void compiled_form(void)
{
	run(PV_LEVEL_OFF, PV_INDIRECT, PV_THUNKED);
}

static void direct_form(void)
{
	run(PV_LEVEL_DIRECT, PV_DIRECT, PV_THUNKED);
}

static void inlined_form(void)
{
	run(PV_LEVEL_INLINE, PV_DIRECT, PV_INLINED);
}

static const struct tap_test tests[] = {
	{ "regs: thunks are built of what the wrappers of pv.h say",
	  thunks_are_known },
	{ "regs: i386: thunks move every choice of registers, through the table",
	  compiled_form },
	{ "regs: i386: thunks move every choice of registers, to a function",
	  direct_form },
	{ "regs: i386: templates do the same in every choice of registers",
	  inlined_form },
};

TAP_MAIN(tests)
