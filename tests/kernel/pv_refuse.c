// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bad site tables and bad backends, for the text of this very kernel: each is
 * refused with its name and the address of the site, nothing is written, and
 * what the patcher opened is closed again. tests/host/patch_refuse.c has the
 * same for tables that no compiler would make.
 *
 * Read next: pv_poison.c.
 */
#include <kernel/sections.h>
#include "pv_test.h"

#define SITES		1024	/* room for a copy */

static struct pv_site sites[SITES];
static u32 bad_at;		/* the one that is damaged, among good ones */
static struct pv_impl impl[PV_OPS];
static u32 written;

static void count_write(u32 addr, const u8 *bytes, u32 len)
{
	written++;
}

/* Applies the damaged copy, and expects this error at that address. */
static void refused(enum pv_level level, enum pv_error error, u32 addr)
{
	struct pv_text text = pv_text;
	struct pv_state to = { level, impl };
	struct pv_fault fault;
	u32 changed = 1;

	text.sites = sites;
	written = 0;
	fault = pv_apply(&text, &pv_now, &to, count_write, &changed);
	EXPECT_EQ(fault.error, error);
	EXPECT_EQ(fault.addr, addr);
	EXPECT_EQ(written, 0);
	EXPECT_EQ(changed, 0);
}

static bool suits(const struct pv_site *site, bool thunk)
{
	const struct pv_template *t = pv_impl[site->op].template;

	return site->kind == PV_SITE_CALL && (!t || t->len) &&
	       (thunk ? site->thunk : promises[site->op].class == PLAIN);
}

/*
 * Where the copy is to be damaged it has a site with a thunk or one that is in
 * none, and of an operation that does something.
 */
static bool begin(bool thunk)
{
	EXPECT(pv_text.count <= SITES);
	if (pv_text.count > SITES)
		return false;
	memcpy(sites, pv_text.sites, pv_text.count * sizeof(*sites));
	memcpy(impl, pv_impl, sizeof(impl));
	for (bad_at = 32; bad_at < pv_text.count; bad_at++)
		if (suits(&sites[bad_at], thunk))
			break;
	go_to_level(PV_LEVEL_OFF);
	EXPECT(bad_at < pv_text.count);
	return bad_at < pv_text.count;
}

/* The first site of the damaged one's operation, or the first plain one. */
static u32 first_site(bool plain)
{
	u32 n = 0;

	while (sites[n].op != sites[bad_at].op || (plain && sites[n].thunk))
		n++;
	return sites[n].addr;
}

/* One record is replaced; at each level, even that in force, it is an error. */
static void spoil(struct pv_site site, enum pv_error error)
{
	sites[bad_at] = site;
	for (u32 level = PV_LEVEL_OFF; level <= PV_LEVEL_INLINE; level++)
		refused(level, error, site.addr);
}

/* 22, 24 */
SELFTEST_HOOKS(bad_record, "pv: a bad site record is refused, nothing is "
	       "written")
{
	struct pv_site good, bad;

	if (!begin(false))
		return;
	bad = good = sites[bad_at];
	bad.op = PV_OPS;
	spoil(bad, PV_BAD_OP);
	bad.op = 255;
	spoil(bad, PV_BAD_OP);
	bad.op = good.op ? 0 : 1;
	spoil(bad, PV_BAD_BYTES);
	bad = good;
	bad.len = PV_SITE_MIN - 1;
	spoil(bad, PV_BAD_LENGTH);
	bad.len = PV_SITE_MAX + 1;
	spoil(bad, PV_BAD_LENGTH);
	bad = good;
	bad.kind = PV_SITE_JUMP;
	spoil(bad, good.len < PV_JUMP_MIN ? PV_BAD_LENGTH : PV_BAD_BYTES);
	bad.kind = 2;
	spoil(bad, PV_BAD_KIND);
	bad = good;
	bad.zero = 1;
	spoil(bad, PV_BAD_KIND);
	go_to_level(pv_boot_level);
}

/* 22, 24 */
SELFTEST_HOOKS(bad_thunk, "pv: a site whose thunk or registers can not be is "
	       "refused, nothing is written")
{
	struct pv_site good, bad;

	if (!begin(true))
		return;
	bad = good = sites[bad_at];
	bad.thunk = pv_text.start + PV_REGS - 1;
	spoil(bad, PV_BAD_THUNK);
	bad.thunk = pv_text.end;
	spoil(bad, PV_BAD_THUNK);
	bad.thunk = (u32)__rodata_start;
	spoil(bad, PV_BAD_THUNK);
	bad.thunk = (u32)pv_set_level;
	spoil(bad, PV_BAD_THUNK);
	bad = good;
	bad.op = good.op ? 0 : 1;
	spoil(bad, PV_BAD_THUNK);
	bad = good;
	bad.kind = PV_SITE_JUMP;
	spoil(bad, PV_BAD_THUNK);
	bad = good;
	bad.len = PV_THUNK_MIN - 1;
	spoil(bad, PV_BAD_LENGTH);
	go_to_level(pv_boot_level);
}

static void misplace(u32 addr, enum pv_error error)
{
	struct pv_site bad = sites[bad_at];

	bad.addr = addr;
	bad.len = PV_SITE_MIN;
	spoil(bad, error);
}

/* 1, 8, 22, 24 */
SELFTEST_HOOKS(bad_place, "pv: a site inside the patcher or outside the text "
	       "is refused")
{
	struct pv_site bad;

	if (!begin(false))
		return;
	misplace(pv_text.start - 1, PV_OUTSIDE);
	misplace(pv_text.end - PV_SITE_MIN + 1, PV_OUTSIDE);
	misplace((u32)__rodata_start, PV_OUTSIDE);
	misplace(0, PV_OUTSIDE);
	misplace(~0u - 2, PV_OUTSIDE);
	misplace(pv_text.core_start, PV_IN_CORE);
	misplace(pv_text.core_start - PV_SITE_MIN + 1, PV_IN_CORE);
	misplace(pv_text.core_end - 1, PV_IN_CORE);
	EXPECT_EQ(pv_text.core_end, (u32)__pv_core_end);
	EXPECT_EQ(pv_text.end, (u32)__text_end);
	misplace((u32)pv_set_level, PV_IN_CORE);
	misplace((u32)pv_apply, PV_IN_CORE);
	spoil(sites[bad_at - 1], PV_OVERLAP);
	bad = sites[0];
	bad.addr++;
	spoil(bad, PV_OVERLAP);
	go_to_level(pv_boot_level);
}

/* 22, 24 */
SELFTEST_HOOKS(bad_backend, "pv: a backend's mistake is refused, nothing is "
	       "written")
{
	static const u8 bytes[PV_SITE_MAX + 1];
	struct pv_template t = { bytes, (u32)bytes, 0, sizeof(bytes), 0, 0 };
	u32 op;

	if (!begin(false))
		return;
	op = sites[bad_at].op;
	impl[op].template = &t;
	refused(PV_LEVEL_INLINE, PV_TOO_LONG, first_site(false));
	t.len = 5;
	t.reloc = 3;
	refused(PV_LEVEL_INLINE, PV_BAD_RELOC, first_site(false));
	impl[op] = (struct pv_impl){ 0, NULL };
	refused(PV_LEVEL_INLINE, PV_NO_TARGET, first_site(true));
	refused(PV_LEVEL_DIRECT, PV_NO_TARGET, first_site(true));
	go_to_level(pv_boot_level);
}

/* 10, 22, 24: the real patcher, told wrong about what stands at the sites. */
SELFTEST_HOOKS(refused_pass, "pv: a refused pass changes nothing, its window "
	       "is closed")
{
	const struct pv_site *first = pv_text.sites;
	struct pv_patch_stats before;
	struct pv_state truth;
	struct pv_fault fault;
	u32 cr3 = read_cr3(), flags;

	while (first->thunk)	/* its bytes are the same for both */
		first++;
	go_to_level(PV_LEVEL_DIRECT);
	before = pv_patch_stats;
	truth = pv_now;
	pv_now.level = PV_LEVEL_OFF;
	fault = pv_set_level(PV_LEVEL_INLINE);
	flags = save_fl();
	EXPECT_EQ(pv_now.level, PV_LEVEL_OFF);
	pv_now = truth;
	EXPECT_EQ(fault.error, PV_BAD_BYTES);
	EXPECT_EQ(fault.addr, first->addr);
	EXPECT_EQ(pv_patch_stats.changed, 0);
	EXPECT_EQ(pv_patch_stats.pokes, before.pokes);
	EXPECT_EQ(pv_patch_stats.passes, before.passes);
	EXPECT_EQ(pv_verify(&pv_text, &pv_now, NULL).error, PV_OK);
	EXPECT_EQ(read_cr3(), cr3);
	EXPECT(flags & EFLAGS_IF);
	EXPECT(!(pte_flags(kernel_pte(PATCH_VA)) & PTE_P));
	EXPECT(!can_read(PATCH_VA) && !can_read(PATCH_VA + PAGE_SIZE));
	EXPECT(!can_write(fault.addr));
	go_to_level(pv_boot_level);
}
