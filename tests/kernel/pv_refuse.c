// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bad site tables and bad backends, for the text of this very kernel: each is
 * refused with its name and the address of the site, nothing is written, and
 * what the patcher opened is closed again. tests/host/patch_refuse.c has the
 * same for tables that no compiler would make.
 */
#include <kernel/sections.h>
#include "pv_test.h"

#define SITES		1280	/* room for a copy */

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

/* Where the copy is to be damaged it has a site of this class. */
static bool begin(u8 class)
{
	EXPECT(pv_text.count <= SITES);
	if (pv_text.count > SITES)
		return false;
	memcpy(sites, pv_text.sites, pv_text.count * sizeof(*sites));
	memcpy(impl, pv_impl, sizeof(impl));
	for (bad_at = 1; bad_at < pv_text.count; bad_at++)
		if (sites[bad_at].class == class &&
		    sites[bad_at].addr >= pv_text.thunks.end)
			break;
	go_to_level(PV_LEVEL_OFF);
	EXPECT(bad_at < pv_text.count);
	return bad_at < pv_text.count;
}

/* The first site of an operation that is no call of a thunk. */
static u32 first_site(u32 op)
{
	u32 n = 0;

	while (sites[n].op != op || sites[n].class == PV_CLASS_ANY)
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

	if (!begin(PV_CLASS_INSN))
		return;
	bad = good = sites[bad_at];
	bad.op = PV_OPS;
	spoil(bad, PV_BAD_OP);
	bad.op = 255;
	spoil(bad, PV_BAD_OP);
	bad.op = good.op ? 0 : 1;
	spoil(bad, PV_BAD_LINKED);
	bad = good;
	bad.len = 5;
	spoil(bad, PV_BAD_LENGTH);
	bad.len = PV_SITE_MAX + 1;
	spoil(bad, PV_BAD_LENGTH);
	bad = good;
	bad.native_len = good.len + 1;
	spoil(bad, PV_BAD_LENGTH);
	bad = good;
	bad.native = pv_text.native.start - 1;
	spoil(bad, PV_BAD_NATIVE);
	bad.native = pv_text.native.end - good.native_len + 1;
	spoil(bad, PV_BAD_NATIVE);
	bad = good;
	bad.class = PV_CLASS_JUMP;
	spoil(bad, PV_BAD_LINKED);
	bad.class = PV_CLASS_ANY;
	spoil(bad, PV_BAD_LINKED);
	bad.class = PV_CLASS_JUMP + 1;
	spoil(bad, PV_BAD_CLASS);
	go_to_level(pv_boot_level);
}

static void misplace(u32 addr, enum pv_error error)
{
	struct pv_site bad = sites[bad_at];

	bad.addr = addr;
	bad.len = 6;
	bad.native_len = 0;
	spoil(bad, error);
}

/* 1, 8, 22, 24 */
SELFTEST_HOOKS(bad_place, "pv: a site inside the patcher or outside the text "
	       "is refused")
{
	struct pv_site bad;

	if (!begin(PV_CLASS_INSN))
		return;
	misplace(pv_text.live.start - 1, PV_OUTSIDE);
	misplace(pv_text.live.end - 6 + 1, PV_OUTSIDE);
	misplace((u32)__rodata_start, PV_OUTSIDE);
	misplace(0, PV_OUTSIDE);
	misplace(~0u - 2, PV_OUTSIDE);
	misplace(pv_text.core.start, PV_IN_CORE);
	misplace(pv_text.core.start - 6 + 1, PV_IN_CORE);
	misplace(pv_text.core.end - 1, PV_IN_CORE);
	EXPECT_EQ(pv_text.core.end, (u32)__pv_core_end);
	EXPECT_EQ(pv_text.live.end, (u32)__init_text_start);
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
	u32 op;

	if (!begin(PV_CLASS_INSN))
		return;
	op = sites[bad_at].op;
	impl[op] = (struct pv_impl){ impl[op].fn, PV_BYTES, bytes,
				     sizeof(bytes) };
	refused(PV_LEVEL_INLINE, PV_TOO_LONG, first_site(op));
	impl[op] = (struct pv_impl){ 0 };
	refused(PV_LEVEL_INLINE, PV_NO_TARGET, first_site(op));
	refused(PV_LEVEL_DIRECT, PV_NO_TARGET, first_site(op));
	/* After a jump comes other code. */
	memcpy(impl, pv_impl, sizeof(impl));
	impl[PV_NR_iret] = (struct pv_impl){ impl[op].fn, PV_BYTES, bytes, 0 };
	refused(PV_LEVEL_INLINE, PV_NO_TARGET, first_site(PV_NR_iret));
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

	while (first->class == PV_CLASS_ANY)	/* its bytes are the same for both */
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
