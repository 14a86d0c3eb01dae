// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The bytes at the call sites, read by a decoder of the tests' own; the list
 * of operations; and what must be read-only by now.
 *
 * Read next: pv_templates.c.
 */
#include <kernel/sections.h>
#include "pv_test.h"

#define DS_PREFIX	0x3e
#define NOP		0x90

/*
 * What an operation is on bare hardware, from the Intel SDM, volume 2: bytes in
 * hexadecimal. Behind a slash stands what is not fixed: the operand, a to c,
 * whose register goes to bits 3 to 5, and the one for bits 0 to 2.
 */
static const struct {
	u8 op;
	const char *code;
} known[] = {
	{ PV_NR_save_fl, "9c 58/-a" },
	{ PV_NR_restore_fl, "50/-a 9d" },
	{ PV_NR_irq_disable, "fa" },
	{ PV_NR_irq_enable, "fb" },
	{ PV_NR_safe_halt, "fb f4" },
	{ PV_NR_halt, "f4" },
	{ PV_NR_read_cr0, "0f 20 c0/-a" },
	{ PV_NR_write_cr0, "0f 22 c0/-a" },
	{ PV_NR_read_cr2, "0f 20 d0/-a" },
	{ PV_NR_read_cr3, "0f 20 d8/-a" },
	{ PV_NR_write_cr3, "0f 22 d8/-a" },
	{ PV_NR_read_cr4, "0f 20 e0/-a" },
	{ PV_NR_write_cr4, "0f 22 e0/-a" },
	{ PV_NR_clts, "0f 06" },
	{ PV_NR_rdtsc, "0f 31" },
	{ PV_NR_wbinvd, "0f 09" },
	{ PV_NR_iret, "cf" },
	{ PV_NR_load_gdt, "0f 01 10" },
	{ PV_NR_load_idt, "0f 01 18" },
	{ PV_NR_load_tr, "0f 00 d8" },
	{ PV_NR_store_gdt, "0f 01 00" },
	{ PV_NR_store_idt, "0f 01 08" },
	{ PV_NR_store_ldt, "0f 00 c0" },
	{ PV_NR_store_tr, "0f 00 c8" },
	{ PV_NR_inb, "ec" },
	{ PV_NR_inw, "66 ed" },
	{ PV_NR_inl, "ed" },
	{ PV_NR_outb, "ee" },
	{ PV_NR_outw, "66 ef" },
	{ PV_NR_outl, "ef" },
	{ PV_NR_io_delay, "e6 80" },
	{ PV_NR_get_pte, "8b 40/ac 00 8b 40/bc 04" },
	{ PV_NR_pte_frame, "8b 40/ab 00 81 e0/-a 00 f0 ff ff" },
	{ PV_NR_set_pte, "89 40/ca 04 89 40/ba 00" },
	{ PV_NR_modify_pte, "89 40/ca 04 89 40/ba 00" },
	{ PV_NR_clear_pte, "83 60/-a 00 00 83 60/-a 04 00" },
	{ PV_NR_set_l2, "83 60/-a 04 00 89 40/ba 00" },
	{ PV_NR_set_l3, "83 60/-a 04 00 89 40/ba 00" },
	{ PV_NR_flush_tlb_page, "0f 01 78/-a 00" },
	{ PV_NR_flush_tlb_user, "0f 20 d8/-a 0f 22 d8/-a" },
	{ PV_NR_mm_activate, "0f 22 d8/-a" },
};

static u32 hex(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* The register of an operand, from the PUSH that is ahead of the thunk. */
static u32 operand(const struct pv_site *site, char name)
{
	return name == '-' ? 0 :
	       ((const u8 *)site->thunk)[name - 'a' - PV_REGS] & 7;
}

/* Writes the bytes that a site must have; returns how many they are. */
static u32 assemble(const struct pv_site *site, const char *code, u8 *out)
{
	u32 len = 0;

	for (; *code; code += *code == ' ') {
		out[len] = hex(code[0]) << 4 | hex(code[1]);
		code += 2;
		if (*code == '/') {
			out[len] |= operand(site, code[1]) << 3 |
				    operand(site, code[2]);
			code += 3;
		}
		len++;
	}
	return len;
}

static u32 word_at(const u8 *p)
{
	u32 word;

	memcpy(&word, p, sizeof(word));
	return word;
}

/* A call or a jump through the slot of this operation. */
static bool is_indirect(const struct pv_site *site, const u8 *p, u32 len)
{
	return len == 6 && p[0] == 0xff &&
		p[1] == (site->kind == PV_SITE_JUMP ? 0x25 : 0x15) &&
		word_at(p + 2) == (u32)&pv_ops + 4 * site->op;
}

/* A call of, or a jump to, this address. */
static bool is_direct(const struct pv_site *site, const u8 *p, u32 len, u32 to)
{
	return len == 5 && p[0] == (site->kind == PV_SITE_JUMP ? 0xe9 : 0xe8) &&
		word_at(p + 1) + site->addr + site->len == to;
}

/* What registers and relocations make of the bytes is for others to say. */
static bool is_template(const struct pv_site *site, const u8 *p, u32 len)
{
	const struct pv_template *t = pv_impl[site->op].template;

	if (!t->len)
		return len == 1 && (*p == NOP || *p == DS_PREFIX);
	return len == t->len &&
		(t->regs || t->reloc || !memcmp(p, t->bytes, len));
}

static bool right_form(const struct pv_site *site, const u8 *p, u32 len)
{
	const struct pv_template *t = pv_impl[site->op].template;

	if (pv_now.level == PV_LEVEL_INLINE && t && (site->thunk || !t->regs))
		return is_template(site, p, len);
	if (site->thunk)
		return is_direct(site, p, len, site->thunk);
	if (pv_now.level == PV_LEVEL_OFF)
		return is_indirect(site, p, len);
	return is_direct(site, p, len, ((const u32 *)&pv_ops)[site->op]);
}

static void check_decode(void)
{
	for (u32 i = 0; i < pv_text.count; i++) {
		const struct pv_site *site = &pv_text.sites[i];
		const u8 *p = (const u8 *)site->addr;
		u32 len = site->len;

		for (; *p == DS_PREFIX && len > 1; p++)
			len--;
		EXPECT_OP(site->op, right_form(site, p, len));
	}
}

/*
 * 2, 3, 21: behind redundant prefixes stands one call, one jump, the template,
 * or, in an erased site, one no-op of one byte or nothing; there the site ends.
 */
SELFTEST_HOOKS(decodes, "pv: at every level each site decodes to its own "
	       "operation")
{
	at_each_level(check_decode);
}

static void check_known(u32 op, const char *code, const struct pv_site *site)
{
	const u8 *p = (const u8 *)site->addr;
	u8 want[PV_SITE_MAX];
	u32 len = assemble(site, code, want), padding = site->len - len;

	EXPECT_OP(op, len == pv_impl[op].template->len);
	EXPECT_OP(op, !memcmp(p + padding, want, len));
	for (u32 i = 0; i < padding; i++)
		EXPECT_OP(op, p[i] == DS_PREFIX);
}

/* 3, 21: in thunks, operations with operands stay calls. */
SELFTEST_HOOKS(known_bytes, "pv: an inlined site is the bare instruction with "
	       "its registers, padded with prefixes alone")
{
	if (!has_templates())
		return;
	go_to_level(PV_LEVEL_INLINE);
	for (u32 n = 0; n < ARRAY_SIZE(known); n++) {
		u32 op = known[n].op;

		for (u32 i = 0; i < pv_text.count; i++) {
			const struct pv_site *site = &pv_text.sites[i];

			if (site->op == op &&
			    (site->thunk || !pv_impl[op].template->regs))
				check_known(op, known[n].code, site);
		}
	}
	go_to_level(pv_boot_level);
}

static bool is_segment_prefix(u8 byte)
{
	return (byte & 0xe7) == 0x26 || byte == 0x64 || byte == 0x65;
}

static bool is_site(u32 addr)
{
	for (u32 i = 0; i < pv_text.count; i++)
		if (pv_text.sites[i].addr == addr)
			return true;
	return false;
}

/*
 * A site of nothing but prefixes makes the next instruction begin earlier, so
 * its address must mean nothing, and it can have no segment of its own.
 */
SELFTEST_HOOKS(erased, "pv: an erased site is prefixes of an instruction that "
	       "can take them")
{
	u32 found = 0;

	go_to_level(PV_LEVEL_INLINE);
	for (u32 i = 0; i < pv_text.count; i++) {
		const struct pv_site *site = &pv_text.sites[i];
		const struct pv_template *t = pv_impl[site->op].template;
		const u8 *end = (const u8 *)site->addr + site->len;

		if (!t || t->len || end[-1] != DS_PREFIX)
			continue;
		found++;
		EXPECT_OP(site->op, !extable_find((u32)end));
		EXPECT_OP(site->op, is_site((u32)end) ||
			  !is_segment_prefix(*end));
	}
	EXPECT(found > 0 || strcmp(pv_name(), "native"));
	EXPECT(pv_text.starts && pv_text.starts(__extable[0].insn));
	go_to_level(pv_boot_level);
}

static bool any_template(void)
{
	for (u32 op = 0; op < PV_OPS; op++)
		if (pv_impl[op].template)
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
		  pv_now.level == PV_LEVEL_INLINE && any_template());
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
		if (at >= pv_text.core_start && at < pv_text.core_end)
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

static bool in_thunk(u32 addr)
{
	return addr >= (u32)__pv_thunks && addr < (u32)__pv_thunks_end;
}

SELFTEST_HOOKS(the_list, "pv: operations have unique names, a function and a "
	       "trap")
{
	const u32 *slot = (const u32 *)&pv_ops;

	EXPECT_EQ(sizeof(pv_ops), 4 * PV_OPS);
	for (u32 op = 0; op < PV_OPS; op++) {
		const struct pv_op_info *info = &pv_op_info[op];

		EXPECT_OP(op, slot[op] && slot[op] == pv_impl[op].fn);
		EXPECT_OP(op, info->missing && info->what[0]);
		EXPECT_OP(op, promises[op].bytes >= PV_THUNK_MIN &&
			  promises[op].bytes <= PV_SITE_MAX);
		for (u32 other = 0; other < op; other++) {
			EXPECT_OP(op, strcmp(info->name,
					     pv_op_info[other].name));
			EXPECT_OP(op, info->missing !=
				  pv_op_info[other].missing);
		}
	}
	for (u32 i = 0; i < pv_text.count; i++) {
		const struct pv_site *site = &pv_text.sites[i];

		EXPECT_OP(site->op, site->len == promises[site->op].bytes ||
			  (site->len == PV_SITE_MIN && in_thunk(site->addr)));
		EXPECT_OP(site->op, (site->kind == PV_SITE_JUMP) ==
			  (promises[site->op].class == JUMP));
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
	EXPECT(read_only(pv_linked, (u32)__init_text_start -
			 (u32)__text_start));
	EXPECT(read_only(pv_text.sites, (u32)__pv_sites_end -
			 (u32)__pv_sites));
	EXPECT(read_only(&pv_backend, sizeof(pv_backend)));
	EXPECT(read_only(pv_backend, sizeof(*pv_backend)));
	EXPECT(read_only(pv_backend->ops, sizeof(*pv_backend->ops)));
	for (u32 op = 0; op < PV_OPS; op++) {
		const struct pv_template *t = pv_impl[op].template;

		EXPECT_OP(op, !t || read_only(t, sizeof(*t)));
		EXPECT_OP(op, !t || !t->len || read_only(t->bytes, t->len));
	}
}
