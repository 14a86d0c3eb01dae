// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The call-site patcher against the model of model.h, on thousands of random
 * tables: good ones, and ones with damaged records, text or backends. Whatever
 * the input, it is refused for a reason that the model sees too, at the same
 * site, or becomes byte for byte what the model wants.
 *
 * Arguments: seed and number of tables a test, to repeat or prolong a run.
 * patch_exec.c goes on with running what was patched.
 *
 * link: pv/core.c pv/length.c pv/decode.c
 */
#include "random.h"

static u64 first_seed = 86;
static u32 tables = 4000;
static u32 outcome[PV_ERRORS];	/* of pv_apply */
static u32 seen[PV_FORMS];	/* by pv_verify, when all was right */

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
	for (u32 i = 0; i < PV_FORMS && !faults; i++)
		seen[i] += forms[i];
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
	struct needs needs = { 0 };
	u32 addr, changed;
	struct image im;
	bool ok, applied;
	u8 *first;

	if (one_in(2))
		to.impl = b.impl;
	random_backend(&a, what & BACKEND);
	random_backend(&b, what & BACKEND);
	find_needs(&needs, &a);
	find_needs(&needs, &b);
	random_image(&im, &needs);
	if (!(what & BACKEND)) {
		no_empty_jumps(&im, &a);
		no_empty_jumps(&im, &b);
	}
	image_fill(&im, &from);
	spoil_image(&im, what);
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
	memset(seen, 0, sizeof(seen));
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
	printf("# sites verified: %u indirect, %u direct, %u by thunk, "
	       "%u inlined, %u erased\n", seen[PV_INDIRECT], seen[PV_DIRECT],
	       seen[PV_THUNKED], seen[PV_INLINED], seen[PV_ERASED]);
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
