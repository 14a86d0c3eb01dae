// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The bytes at the sites, read by a decoder of the tests' own; the list
 * of operations; and what must be read-only by now.
 */
#include <kernel/sections.h>
#include "pv_test.h"

#define DS_PREFIX	0x3e
#define SS_PREFIX	0x36
#define NOP		0x90
#define EBP		5

static bool in_thunk(u32 addr)
{
	return addr >= (u32)__pv_thunks && addr < (u32)__pv_thunks_end;
}

/*
 * What an operation is on bare hardware, from the Intel SDM, volume 2. `at` is
 * a bit for each byte with the register of the operand in its low bits.
 */
static const struct {
	u8 op, len, at;
	u8 bytes[10];
} known[] = {
	{ PV_NR_save_fl, 2, 0, { 0x9c, 0x58 } },
	{ PV_NR_restore_fl, 2, 0, { 0x50, 0x9d } },
	{ PV_NR_irq_disable, 1, 0, { 0xfa } },
	{ PV_NR_irq_enable, 1, 0, { 0xfb } },
	{ PV_NR_read_cr0, 3, 0, { 0x0f, 0x20, 0xc0 } },
	{ PV_NR_write_cr0, 3, 0, { 0x0f, 0x22, 0xc0 } },
	{ PV_NR_read_cr2, 3, 0, { 0x0f, 0x20, 0xd0 } },
	{ PV_NR_read_cr3, 3, 0, { 0x0f, 0x20, 0xd8 } },
	{ PV_NR_write_cr3, 3, 0, { 0x0f, 0x22, 0xd8 } },
	{ PV_NR_read_cr4, 3, 0, { 0x0f, 0x20, 0xe0 } },
	{ PV_NR_write_cr4, 3, 0, { 0x0f, 0x22, 0xe0 } },
	{ PV_NR_clts, 2, 0, { 0x0f, 0x06 } },
	{ PV_NR_rdtsc, 2, 0, { 0x0f, 0x31 } },
	{ PV_NR_wbinvd, 2, 0, { 0x0f, 0x09 } },
	{ PV_NR_iret, 1, 0, { 0xcf } },
	{ PV_NR_inb, 1, 0, { 0xec } },
	{ PV_NR_inw, 2, 0, { 0x66, 0xed } },
	{ PV_NR_inl, 1, 0, { 0xed } },
	{ PV_NR_outb, 1, 0, { 0xee } },
	{ PV_NR_outw, 2, 0, { 0x66, 0xef } },
	{ PV_NR_outl, 1, 0, { 0xef } },
	{ PV_NR_io_delay, 2, 0, { 0xe6, 0x80 } },
	{ PV_NR_get_pte, 5, 0x0a, { 0x8b, 0x00, 0x8b, 0x50, 0x04 } },
	{ PV_NR_pte_frame, 7, 0x02,
	  { 0x8b, 0x00, 0x25, 0x00, 0xf0, 0xff, 0xff } },
	{ PV_NR_set_pte, 5, 0x12, { 0x89, 0x48, 0x04, 0x89, 0x10 } },
	{ PV_NR_link_l1, 5, 0x12, { 0x89, 0x48, 0x04, 0x89, 0x10 } },
	{ PV_NR_link_l2, 5, 0x12, { 0x89, 0x48, 0x04, 0x89, 0x10 } },
	{ PV_NR_clear_pte, 7, 0x12,
	  { 0x83, 0x20, 0x00, 0x83, 0x60, 0x04, 0x00 } },
	{ PV_NR_unlink_l1, 7, 0x12,
	  { 0x83, 0x20, 0x00, 0x83, 0x60, 0x04, 0x00 } },
	{ PV_NR_unlink_l2, 7, 0x12,
	  { 0x83, 0x20, 0x00, 0x83, 0x60, 0x04, 0x00 } },
	{ PV_NR_flush_tlb_page, 3, 0x04, { 0x0f, 0x01, 0x38 } },
	{ PV_NR_flush_tlb_user, 3, 0, { 0x0f, 0x22, 0xd8 } },
	{ PV_NR_root_complete, 1, 0, { NOP } },
	{ PV_NR_root_retire, 1, 0, { NOP } },
	{ PV_NR_lazy_mmu_begin, 1, 0, { NOP } },
	{ PV_NR_lazy_mmu_end, 1, 0, { NOP } },
};

static u32 word_at(const u8 *p)
{
	u32 word;

	memcpy(&word, p, sizeof(word));
	return word;
}

static u32 distance_to(const struct pv_site *site, u32 to)
{
	return to - (site->addr + site->len);
}

/* Behind the padding: what may stand at a site, by its form. */
static bool is_call(const struct pv_site *site, const u8 *p, u32 len)
{
	bool jump = site->class == PV_CLASS_JUMP;

	if (site->class == PV_CLASS_ANY)
		return len == 5 && p[0] == 0xe8 && word_at(p + 1) ==
		       distance_to(site, thunk_of(site));
	if (pv_now.level != PV_LEVEL_OFF)
		return len == 5 && p[0] == (jump ? 0xe9 : 0xe8) &&
		       word_at(p + 1) == distance_to(site,
					((const u32 *)&pv_ops)[site->op]);
	if (jump && len == 7 && *p == SS_PREFIX)
		p++, len--;
	return len == 6 && p[0] == 0xff && p[1] == (jump ? 0x25 : 0x15) &&
	       word_at(p + 2) == (u32)&pv_ops + 4 * site->op;
}

static bool inlined(const struct pv_site *site)
{
	const struct pv_impl *impl = &pv_impl[site->op];

	if (pv_now.level != PV_LEVEL_INLINE || impl->inlined == PV_CALLED)
		return false;
	if (impl->inlined == PV_BYTES)
		return !impl->len || site->class == PV_CLASS_INSN;
	return site->native_len || site->class == PV_CLASS_INSN ||
	       site->class == PV_CLASS_ANY;
}

static bool is_inlined(const struct pv_site *site, const u8 *p, u32 len)
{
	const struct pv_impl *impl = &pv_impl[site->op];

	if (impl->inlined == PV_BYTES && impl->len)
		return len == impl->len && !memcmp(p, impl->bytes, len);
	if (impl->inlined == PV_BYTES || !site->native_len)
		return len == 1 && *p == NOP;
	return len == site->native_len &&
	       !memcmp(p, (const u8 *)site->native, len);
}

static void check_decode(void)
{
	for (u32 i = 0; i < pv_text.count; i++) {
		const struct pv_site *site = &pv_text.sites[i];
		const u8 *p = (const u8 *)site->addr;
		u32 len = site->len;

		for (; *p == DS_PREFIX && len > 1; p++)
			len--;
		EXPECT_OP(site->op, inlined(site) ? is_inlined(site, p, len) :
			  is_call(site, p, len));
	}
}

/*
 * 2, 3, 21: after redundant prefixes stands one call, one jump, what the
 * backend wants inlined, or one no-op of one byte; there the site ends.
 */
SELFTEST_HOOKS(decodes, "pv: at every level each site decodes to its own "
	       "operation")
{
	at_each_level(check_decode);
}

static void check_known(u32 n, const struct pv_site *site)
{
	const u8 *p = (const u8 *)site->addr;
	u32 padding = site->len - known[n].len;
	u8 want[sizeof(known->bytes)];
	u32 reg = site->class == PV_CLASS_ANY ? any_register(site) : 0;

	/* An address in EBP needs a displacement, the others none. */
	if (reg == EBP)
		return;
	for (u32 i = 0; i < known[n].len; i++)
		want[i] = known[n].bytes[i] + (known[n].at >> i & 1 ? reg : 0);
	EXPECT_OP(site->op, !memcmp(p + padding, want, known[n].len));
	for (u32 i = 0; i < padding; i++)
		EXPECT_OP(site->op, p[i] == DS_PREFIX);
}

/* 3, 21 */
SELFTEST_HOOKS(known_bytes, "pv: an inlined site is the bare instruction with "
	       "its register, padded with prefixes alone")
{
	u32 checked[PV_OPS] = { 0 };

	if (!inlines_native())
		return;
	go_to_level(PV_LEVEL_INLINE);
	for (u32 n = 0; n < ARRAY_SIZE(known); n++) {
		for (u32 i = 0; i < pv_text.count; i++) {
			const struct pv_site *site = &pv_text.sites[i];

			if (site->op != known[n].op ||
			    in_thunk(site->addr))
				continue;
			check_known(n, site);
			checked[site->op]++;
		}
	}
	for (u32 op = 0; op < PV_OPS; op++)
		EXPECT_OP(op, checked[op] || promises[op].class == PV_CLASS_CALL ||
			  op == PV_NR_load_esp0);
	go_to_level(pv_boot_level);
}

static bool any_inlined(void)
{
	for (u32 op = 0; op < PV_OPS; op++)
		if (pv_impl[op].inlined != PV_CALLED)
			return true;
	return false;
}

static void check_forms(void)
{
	u32 forms[PV_FORMS];

	EXPECT_EQ(pv_verify(&pv_text, &pv_now, forms).error, PV_OK);
	EXPECT_EQ(forms[PV_INDIRECT] > 0, pv_now.level == PV_LEVEL_OFF);
	EXPECT_EQ(forms[PV_INDIRECT] + forms[PV_DIRECT] + forms[PV_THUNKED] +
		  forms[PV_INLINED] + forms[PV_ERASED], pv_text.count);
	EXPECT_EQ(forms[PV_INLINED] + forms[PV_ERASED] > 0,
		  pv_now.level == PV_LEVEL_INLINE && any_inlined());
}

/* 4 */
SELFTEST_HOOKS(none_indirect, "pv: no site is indirect once the kernel is "
	       "patched")
{
	at_each_level(check_forms);
}

/* Where the text calls or jumps through a slot of the table; 0: nowhere. */
static u32 next_indirect(u32 from)
{
	for (u32 at = from; at < (u32)__text_end - 6; at++) {
		const u8 *p = (const u8 *)at;

		if (p[0] == 0xff && (p[1] == 0x15 || p[1] == 0x25) &&
		    word_at(p + 2) - (u32)&pv_ops < sizeof(pv_ops))
			return at;
	}
	return 0;
}

static bool is_site_end(u32 end)
{
	for (u32 i = 0; i < pv_text.count; i++)
		if (pv_text.sites[i].addr + pv_text.sites[i].len == end)
			return true;
	return false;
}

/* The patcher's own calls are meant to stay. */
static void check_recorded(void)
{
	u32 found = 0, stray = 0, at = (u32)__text_start;

	for (; (at = next_indirect(at)); at += 6) {
		if (at >= pv_text.core.start && at < pv_text.core.end)
			continue;
		found++;
		stray += !is_site_end(at + 6);
	}
	EXPECT_EQ(stray, 0);
	EXPECT_EQ(found > 0, pv_now.level == PV_LEVEL_OFF);
}

/* 4 */
SELFTEST_HOOKS(all_recorded, "pv: every call through the table is a recorded "
	       "site")
{
	at_each_level(check_recorded);
}

/* ---- the list of operations --------------------------------------------- */

SELFTEST_HOOKS(the_list, "pv: operations have unique names and a function")
{
	const u32 *slot = (const u32 *)&pv_ops;

	EXPECT_EQ(sizeof(pv_ops), 4 * PV_OPS);
	for (u32 op = 0; op < PV_OPS; op++) {
		const struct pv_op_info *info = &pv_op_info[op];

		EXPECT_OP(op, slot[op] && slot[op] == pv_impl[op].fn);
		for (u32 other = 0; other < op; other++)
			EXPECT_OP(op, strcmp(info->name,
					     pv_op_info[other].name));
	}
	for (u32 i = 0; i < pv_text.count; i++) {
		const struct pv_site *site = &pv_text.sites[i];

		EXPECT_OP(site->op, site->class == promises[site->op].class ||
			  in_thunk(site->addr));
	}
}

static bool read_only(const void *start, u32 bytes)
{
	u32 first = ALIGN_DOWN((u32)start, PAGE_SIZE);

	for (u32 va = first; va < (u32)start + bytes; va += PAGE_SIZE)
		if (pte_flags(kernel_pte(va)) & PTE_W)
			return false;
	return !can_write((u32)start) && !can_write((u32)start + bytes - 1);
}

/* 22 */
SELFTEST_HOOKS(tables_read_only, "pv: the table, the sites and the backend are "
	       "read-only")
{
	EXPECT(read_only(&pv_ops, sizeof(pv_ops)));
	EXPECT(read_only(pv_impl, sizeof(pv_impl)));
	EXPECT(read_only(&pv_text, sizeof(pv_text)));
	EXPECT(read_only(pv_op_info, sizeof(pv_op_info)));
	EXPECT(read_only(pv_text.linked.bytes, (u32)__init_text_start -
			 (u32)__text_start));
	EXPECT(read_only(pv_text.sites, (u32)__pv_sites_end -
			 (u32)__pv_sites));
	EXPECT(read_only(&pv_backend, sizeof(pv_backend)));
	EXPECT(read_only(pv_backend, sizeof(*pv_backend)));
	EXPECT(read_only(__pv_native, __pv_native_end - __pv_native));
	for (u32 op = 0; op < PV_OPS; op++)
		EXPECT_OP(op, !pv_impl[op].len ||
			  read_only(pv_impl[op].bytes, pv_impl[op].len));
}
