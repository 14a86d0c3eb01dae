// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A backend is small: this one is native with three changes, a function of
 * class CALL, one that is inlined, and one that does nothing. `pv=three` boots
 * on it; without a probe of its own it is never taken unasked. Four is three on
 * a machine that only the word `pv.four` makes: then auto takes that.
 */
#ifndef PV_OFF
#include <kernel/time.h>
#include "pv_test.h"

#define LONG_AGO	(86400ull * NSEC_PER_SEC)

static u64 wall_clock_of_1970(void)
{
	return LONG_AGO + clock_ns();
}

PV_INSTRUCTIONS(twice, cli; cli);
PV_INSTRUCTIONS(no_delay, );

static void fill(struct pv_impl impl[PV_OPS])
{
	impl[PV_NR_wall_clock] = (struct pv_impl){ .fn = (u32)wall_clock_of_1970 };
	pv_inline(impl, PV_NR_irq_disable, twice);
	pv_inline(impl, PV_NR_io_delay, no_delay);
}

static const struct pv_backend three = {
	.name = "three", .base = &pv_native, .fill = fill,
};
PV_BACKEND(three);

static bool machine_of_four(void)
{
	return cmdline_get("pv.four");
}

static void change_nothing(struct pv_impl impl[PV_OPS])
{
}

static const struct pv_backend four = {
	.name = "four", .base = &three, .probe = machine_of_four,
	.fill = change_nothing,
};
PV_BACKEND(four);

SELFTEST(backend_auto, "pv: unasked, the backend with most bases is taken that "
	 "probes and is there")
{
	const char *name = cmdline_get("pv");

	if (!name || !strcmp(name, "auto"))
		EXPECT((pv_backend == &four) == machine_of_four());
	EXPECT(pv_backend != &three || (name && !strcmp(name, "three")));
}

SELFTEST(backend_three, "pv: a backend of three changes is its base but for "
	 "these")
{
	static struct pv_impl native[PV_OPS], impl[PV_OPS];
	u32 differ = 0;

	pv_native.fill(native);
	pv_native.fill(impl);
	three.fill(impl);
	for (u32 op = 0; op < PV_OPS; op++)
		differ += memcmp(&impl[op], &native[op], sizeof(*impl)) != 0;
	EXPECT_EQ(differ, 3);
	EXPECT(!pv_find_installable("three") || pv_backend == &three);
	if ((pv_backend != &three && pv_backend != &four) || pv_wrapper)
		return;
	EXPECT(wall_clock() < 2 * LONG_AGO);
	EXPECT_EQ(pv_impl[PV_NR_irq_disable].len, 2);
	EXPECT_EQ(pv_impl[PV_NR_io_delay].len, 0);
	EXPECT_EQ(pv_impl[PV_NR_io_delay].inlined, PV_BYTES);
	EXPECT_EQ(pv_verify(&pv_text, &pv_now, NULL).error, PV_OK);
}

#endif /* PV_OFF */
