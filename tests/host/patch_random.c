// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The call-site patcher against the model of image.h, on thousands of random
 * tables: good ones, and ones with damaged records, text or backends. Whatever
 * the input, it is refused for a reason that the model sees too, at the same
 * site, or becomes byte for byte what the model wants.
 *
 * Arguments: seed and number of tables a test, to repeat or prolong a run.
 * patch_exec.c goes on with running what was patched.
 *
 * link: pv/core.c pv/length.c pv/verify.c
 */
#include "image.h"

#define SITES	24
#define GAP_MAX	(3 * 11)	/* bytes between two sites */
#define CORE_MAX	16

/* What to spoil. */
#define RECORDS	1
#define TEXT	2
#define BACKEND	4
#define NOISE	8		/* records are random bytes */

static u64 random_state, first_seed = 86;
static u32 tables = 4000;
static u32 outcome[PV_ERRORS];	/* of pv_apply */

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

static void random_backend(struct backend *b, bool bad)
{
	u8 bytes[255];

	*b = (struct backend){ 0 };
	for (u32 op = 0; op < PV_OPS; op++) {
		u32 len, reloc = 0;

		b->impl[op].fn = bad && one_in(16) ? 0 : rnd() | 1;
		if (one_in(3))
			continue;
		len = bad && one_in(8) ? below(256) : below(PV_SITE_MIN + 1);
		if (bad && one_in(8))
			reloc = below(256);
		else if (len >= 4 && one_in(2))
			reloc = 1 + below(len - 3);
		for (u32 i = 0; i < len; i++)
			bytes[i] = one_in(3) ? PV_PAD : (u8)rnd();
		backend_set(b, op, bytes, len, reloc, rnd());
	}
}

/* One random number a statement: a seed means the same to every compiler. */
static void random_site(struct pv_site *site, u32 addr)
{
	*site = (struct pv_site){ .addr = addr };
	site->op = (u8)below(PV_OPS);
	site->len = (u8)(PV_SITE_MIN + below(3));
	site->kind = (u8)below(2);
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

/* A good table in random text that ends near the last site or at it. */
static void random_image(struct image *im)
{
	static const u32 starts[] = { 0, 0x1000, 0xc0100000, 0xfffff000 };
	u8 bytes[SITES * (PV_SITE_MAX + GAP_MAX + CORE_MAX) + GAP_MAX];
	struct pv_site site[SITES];
	u32 count = below(SITES + 1), at = 0, core = 0, core_len = 0;
	u32 start = starts[below(4)];
	bool sorted = one_in(2);

	for (u32 n = 0; n < count; n++) {
		if (one_in(2))
			at = random_insns(bytes, at);
		if (one_in(8)) {
			core = at;
			core_len = below(CORE_MAX);
			memset(bytes + at, 0xcc, core_len);
			at += core_len;
		}
		random_site(&site[n], at);
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
	image_alloc(im, start + below(64), at, count);
	im->text.core_start = im->text.start + core;
	im->text.core_end = im->text.core_start + core_len;
	im->text.slots = rnd();
	if (one_in(2))
		im->text.starts = random_starts;
	memcpy(im->bytes, bytes, at);
	for (u32 n = 0; n < count; n++) {
		u32 k = sorted || one_in(2) ? n : below(n + 1);

		/* Half of these change places: tables need not be sorted. */
		im->sites[n] = im->sites[k];
		im->sites[k] = site[n];
		im->sites[k].addr += im->text.start;
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
	switch (below(8)) {
	case 0:
		site->addr = rnd();
		break;
	case 1:
		site->addr += below(17) - 8;
		break;
	case 2:
		*site = im->sites[below(im->text.count)];
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
	}
}

static void noise(struct image *im, struct pv_site *site)
{
	site->addr = rnd();
	site->op = (u8)rnd();
	site->len = (u8)rnd();
	site->kind = (u8)rnd();
	site->zero = (u8)rnd();
	if (one_in(2))
		return;
	/* Plausible enough to come past the first checks. */
	site->addr = im->text.start + below(im->size + 16) - 8;
	site->op %= PV_OPS + 1;
	site->len = 5 + site->len % 5;
	site->kind &= 1;
	site->zero = one_in(8);
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

/* Faults of a record; its bytes are marked as owned if there are none. */
static u32 model_record(const struct pv_text *text, const struct pv_site *site,
			u8 *owned)
{
	u64 end = (u64)site->addr + site->len;
	u32 faults = 0;

	if (site->op >= PV_OPS)
		faults |= FAULT(PV_BAD_OP);
	if (site->len < 6 || site->len > 8)
		faults |= FAULT(PV_BAD_LENGTH);
	if (site->kind > 1 || site->zero)
		faults |= FAULT(PV_BAD_KIND);
	if (site->addr < text->start || end > text->end)
		return faults | FAULT(PV_OUTSIDE);
	for (u64 a = site->addr; a < end; a++) {
		if (a >= text->core_start && a < text->core_end)
			faults |= FAULT(PV_IN_CORE);
		if (owned[a - text->start])
			faults |= FAULT(PV_OVERLAP);
	}
	if (!faults)
		memset(owned + (site->addr - text->start), 1, site->len);
	return faults;
}

/* The first bad record and its faults, or 0. */
static u32 model_table(const struct pv_text *text, u32 *addr)
{
	u8 *owned = calloc(text->end - text->start + 1, 1);
	u32 faults = 0;

	for (u32 n = 0; n < text->count && !faults; n++) {
		faults = model_record(text, &text->sites[n], owned);
		*addr = text->sites[n].addr;
	}
	free(owned);
	return faults;
}

/* The first site that is not what a state promises and its faults, or 0. */
static u32 model_verify(struct image *im, const struct pv_state *state,
			u32 forms[PV_FORMS], u32 *addr)
{
	memset(forms, 0, PV_FORMS * sizeof(*forms));
	for (u32 n = 0; n < im->text.count; n++) {
		const struct pv_site *site = &im->sites[n];
		struct model m = model_encode(&im->text, site, state);

		*addr = site->addr;
		if (m.faults)
			return m.faults | FAULT(PV_BAD_BYTES);
		if (memcmp(image_at(im, site), m.bytes, site->len))
			return FAULT(PV_BAD_BYTES);
		forms[m.form]++;
	}
	return 0;
}

static u32 model_apply(struct image *im, const struct pv_state *from,
		       const struct pv_state *to, u32 *addr)
{
	for (u32 n = 0; n < im->text.count; n++) {
		const struct pv_site *site = &im->sites[n];
		struct model old = model_encode(&im->text, site, from);
		struct model new = model_encode(&im->text, site, to);

		*addr = site->addr;
		if (old.faults | new.faults)
			return old.faults | new.faults;
		if (memcmp(image_at(im, site), old.bytes, site->len))
			return FAULT(PV_BAD_BYTES);
	}
	return 0;
}

/* A refusal must have one of the reasons and name that site. */
static bool agrees(struct pv_fault fault, u32 faults, u32 addr)
{
	if (!faults)
		return EQ(fault.error, PV_OK) && EQ(fault.addr, 0);
	return CHECK(faults & FAULT(fault.error)) && EQ(fault.addr, addr);
}

static bool check_verify(struct image *im, const struct pv_state *state)
{
	u32 addr = 0, faults, want[PV_FORMS], forms[PV_FORMS];

	faults = model_table(&im->text, &addr);
	if (!faults)
		faults = model_verify(im, state, want, &addr);
	if (!agrees(pv_verify(&im->text, state, forms), faults, addr))
		return false;
	return faults || EQ(memcmp(forms, want, sizeof(want)), 0);
}

/* applied: whether it was not refused. */
static bool check_apply(struct image *im, const struct pv_state *from,
			const struct pv_state *to, bool *applied)
{
	u32 addr = 0, faults, changed, twice = 0;
	struct pv_fault fault;

	faults = model_table(&im->text, &addr);
	if (!agrees(pv_check_sites(&im->text), faults, addr))
		return false;
	if (!faults)
		faults = model_apply(im, from, to, &addr);
	fault = image_apply(im, from, to, &changed);
	outcome[fault.error]++;
	*applied = fault.error == PV_OK;
	if (!agrees(fault, faults, addr))
		return false;
	if (!faults)
		for (u32 n = 0; n < im->text.count; n++) {
			const struct pv_site *site = &im->sites[n];
			struct model m = model_encode(&im->text, site, to);

			memcpy(im->before + (site->addr - im->text.start),
			       m.bytes, site->len);
		}
	for (u32 i = 0; i < im->size; i++)
		twice += im->written[i] > 1;
	if (faults && !(EQ(changed, 0) && EQ(im->calls, 0)))
		return false;
	return EQ(memcmp(im->bytes, im->before, im->size), 0) && EQ(twice, 0);
}

/* One table; false at the first disagreement. */
static bool one_table(u32 what)
{
	struct backend a, b;
	struct pv_state from = { below(3), a.impl };
	struct pv_state to = { below(3), a.impl };
	u32 addr, changed;
	struct image im;
	bool ok, applied;
	u8 *first;

	if (one_in(2))
		to.impl = b.impl;
	random_backend(&a, what & BACKEND);
	random_backend(&b, what & BACKEND);
	random_image(&im);
	if (!(what & BACKEND)) {
		no_empty_jumps(&im, &a);
		no_empty_jumps(&im, &b);
	}
	image_fill(&im, &from);
	spoil_image(&im, what);
	im.text.sorted = image_is_sorted(&im) && one_in(2);
	first = malloc(im.size);
	memcpy(first, im.bytes, im.size);

	ok = check_verify(&im, &from) && check_verify(&im, &to) &&
	     check_apply(&im, &from, &to, &applied) &&
	     check_verify(&im, &to);
	if (ok && applied && !model_apply(&im, &to, &from, &addr)) {
		image_apply(&im, &to, &from, &changed);
		ok = EQ(memcmp(im.bytes, first, im.size), 0);
	}
	free(first);
	image_free(&im);
	backend_free(&a);
	backend_free(&b);
	return ok;
}

/* The outcomes are printed: a run that refuses nothing would show nothing. */
static void many_tables(u32 what)
{
	memset(outcome, 0, sizeof(outcome));
	for (u32 n = 0; n < tables; n++) {
		u64 seed = first_seed + n;

		/* A seed must not be 0, and near ones must differ soon. */
		random_state = (seed + 1) * 0x9e3779b97f4a7c15ull | 1;
		if (!one_table(what)) {
			printf("# seed %llu\n", (unsigned long long)seed);
			return;
		}
	}
	for (u32 i = 0; i < PV_ERRORS; i++)
		if (outcome[i])
			printf("# %6u %s\n", outcome[i], pv_error_name(i));
}

static void good(void)
{
	many_tables(0);
}

static void damaged_records(void)
{
	many_tables(RECORDS);
}

static void damaged_text(void)
{
	many_tables(TEXT);
}

static void damaged_backend(void)
{
	many_tables(BACKEND);
}

static void everything_damaged(void)
{
	many_tables(RECORDS | TEXT | BACKEND);
}

static void noise_for_records(void)
{
	many_tables(NOISE | BACKEND);
}

static const struct tap_test tests[] = {
	{ "random: good tables become what the model wants, and back", good },
	{ "random: damaged records are refused or harmless", damaged_records },
	{ "random: damaged text is refused or outside the sites",
	  damaged_text },
	{ "random: damaged backends are refused or not needed",
	  damaged_backend },
	{ "random: damage everywhere is refused or harmless",
	  everything_damaged },
	{ "random: records of random bytes are refused or harmless",
	  noise_for_records },
};

int main(int argc, char **argv)
{
	if (argc > 1)
		first_seed = strtoull(argv[1], NULL, 0);
	if (argc > 2)
		tables = (u32)strtoul(argv[2], NULL, 0);
	printf("# seed %llu, %u tables a test\n",
	       (unsigned long long)first_seed, tables);
	return tap_run(tests, ARRAY_SIZE(tests));
}
