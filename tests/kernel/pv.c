// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The patcher at work on the running kernel: what a pass writes, what it
 * leaves alone, and that the kernel runs at every level.
 *
 * paravirt code has a history. Each of its known bugs is a property here; the
 * tests give these numbers:
 *
 *  1 patcher uses code that it patches   scripts/check-core.sh; pv_refuse.c,
 *                                        "a site inside the patcher"
 *  2 "leave alone" writes junk           here, "no byte outside the sites";
 *                                        pv_sites.c, "decodes to"
 *  3 an operation becomes its neighbour  pv_sites.c, "decodes to"
 *  4 sites stay indirect                 pv_sites.c, "no site is indirect"
 *                                        and "every call through the table"
 *  5 a site lies about registers         pv_same.c, "registers";
 *                                        pv_poison.c, "registers and flags";
 *                                        pv_probe.c, "tell the compiler"
 *  6 NMI in a half-written site          pv_behind.c, "one store"; no longer
 *                                        site on its way: scripts/check-core.sh;
 *                                        tests/matrix, live-patch
 *  7 second patch finds the first        here, "writes nothing"
 *  8 patcher reads a patched constant    as 1
 *  9 bytes and function differ           pv_same.c, "at every level"
 * 10 patcher changes the address space   here, "leaves CR3"
 * 11 queued page-table write, touched    pv_calls.c, "new mapping"
 * 12 interrupt in a lazy section         pv_calls.c, "in an interrupt";
 *                                        xen_lazy.c, "goes on"
 * 13 lazy sections nest                  pv_calls.c, xen_lazy.c, "outermost"
 * 14 preempted in a lazy section         cannot be: the kernel is not
 *                                        pre-empted and sleeps in none
 * 15 CR3 queued, tables unpinned         xen_lazy.c, "CR3"
 * 16 enabling forgets pending interrupts pv_calls.c, "delivered"
 * 17 enable and restore differ in that   pv_calls.c, "delivered", both ways
 * 18 save_fl has garbage outside IF      pv_poison.c, "registers and flags";
 *                                        pv_calls.c, "nothing but"
 * 19 relative operand not adjusted       no native bytes have one, or as 9
 * 20 records before module relocation    there are no modules
 * 21 no-ops that some CPUs lack          pv_sites.c, "prefixes"
 * 22 text writable, window left open     here, "text is read-only";
 *                                        pv_refuse.c, "refused pass";
 *                                        pv_behind.c, "can execute"
 * 23 stale instructions after patching   pv_behind.c, "serialises";
 *                                        pv_calls.c, pv_poison.c, "cache line"
 * 24 a bad site stops the machine        pv_refuse.c: an error and an address
 * 25 gate page rewritten while in use    Xen fills it once, before we start
 * 26 foreign code page                   the same; in .bss.text, which the
 *                                        audit leaves to Xen
 * 27 an operation costs too much         no test can say: scripts/bench.sh
 */
#include <kernel/sections.h>
#include "pv_test.h"

/* ---- copies of the whole text ------------------------------------------- */

static u32 text_pages(void)
{
	return (pv_text.live.end - pv_text.live.start + PAGE_SIZE - 1) /
		PAGE_SIZE;
}

static void forget(u8 **copy)
{
	for (u32 i = 0; copy && i < text_pages(); i++)
		if (copy[i])
			page_put(copy[i]);
	kfree(copy);
}

static u8 **copy_text(void)
{
	u8 **copy = kzalloc(text_pages() * sizeof(*copy));

	for (u32 i = 0; copy && i < text_pages(); i++) {
		copy[i] = page_alloc();
		if (!copy[i]) {
			forget(copy);
			return NULL;
		}
		memcpy(copy[i], __text_start + i * PAGE_SIZE, PAGE_SIZE);
	}
	return copy;
}

static bool in_site(u32 addr)
{
	for (u32 i = 0; i < pv_text.count; i++)
		if (addr - pv_text.sites[i].addr < pv_text.sites[i].len)
			return true;
	return false;
}

/* Bytes that are not as in the copy: all of them, and those in no site. */
static u32 changed_bytes(u8 **copy, u32 *outside)
{
	u32 n = 0;

	*outside = 0;
	for (u32 at = 0; at < text_pages() * PAGE_SIZE; at++) {
		if (__text_start[at] == copy[at / PAGE_SIZE][at % PAGE_SIZE])
			continue;
		n++;
		*outside += !in_site((u32)__text_start + at);
	}
	return n;
}

/* 2 */
SELFTEST_HOOKS(outside_sites, "pv: patching changes no byte outside the sites")
{
	u32 outside;
	u8 **copy;

	go_to_level(PV_LEVEL_OFF);
	copy = copy_text();
	EXPECT(copy);
	if (copy) {
		go_to_level(PV_LEVEL_INLINE);
		EXPECT_EQ(changed_bytes(copy, &outside),
			  pv_patch_stats.changed);
		EXPECT_EQ(outside, 0);
		go_to_level(PV_LEVEL_DIRECT);
		EXPECT(changed_bytes(copy, &outside) > 0);
		EXPECT_EQ(outside, 0);
	}
	forget(copy);
	go_to_level(pv_boot_level);
}

/* 7 */
SELFTEST_HOOKS(same_again, "pv: the way to a level does not matter, byte for "
	       "byte")
{
	static const enum pv_level order[] = {
		PV_LEVEL_INLINE, PV_LEVEL_DIRECT, PV_LEVEL_INLINE,
		PV_LEVEL_OFF, PV_LEVEL_DIRECT, PV_LEVEL_OFF,
	};
	u8 **first[3] = { NULL, NULL, NULL };
	u32 outside;

	for (u32 level = PV_LEVEL_OFF; level <= PV_LEVEL_INLINE; level++) {
		go_to_level(level);
		first[level] = copy_text();
		EXPECT(first[level]);
	}
	for (u32 i = 0; i < ARRAY_SIZE(order); i++) {
		go_to_level(order[i]);
		if (first[order[i]])
			EXPECT_EQ(changed_bytes(first[order[i]], &outside), 0);
	}
	for (u32 level = PV_LEVEL_OFF; level <= PV_LEVEL_INLINE; level++)
		forget(first[level]);
	go_to_level(pv_boot_level);
}

/* ---- what a pass writes ------------------------------------------------- */

static void pass_again(void)
{
	struct pv_patch_stats before = pv_patch_stats;

	go_to_level(pv_now.level);
	EXPECT_EQ(pv_patch_stats.changed, 0);
	EXPECT_EQ(pv_patch_stats.pokes, before.pokes);
	EXPECT_EQ(pv_patch_stats.passes, before.passes + 1);
}

/* 7 */
SELFTEST_HOOKS(second_pass, "pv: a second pass writes nothing and says so")
{
	at_each_level(pass_again);
}

static u8 *writes;		/* of each site */
static u32 strays;		/* writes that are no site's */

static void count_write(u32 addr, const u8 *bytes, u32 len)
{
	for (u32 i = 0; i < pv_text.count; i++) {
		const struct pv_site *site = &pv_text.sites[i];

		if (site->addr == addr && site->len == len) {
			writes[i]++;
			return;
		}
	}
	strays++;
}

/* Bytes are compared here, so that count_write needs to write none. */
static bool differs(const struct pv_site *site, const struct pv_state *to)
{
	u8 bytes[PV_SITE_MAX];
	enum pv_form form;

	EXPECT_EQ(pv_encode(&pv_text, site, to, bytes, &form), PV_OK);
	return memcmp(bytes, (void *)site->addr, site->len);
}

static void count_pass(enum pv_level level)
{
	struct pv_state to = { level, pv_impl };
	u32 wrong = 0, total = 0, changed, pokes = pv_patch_stats.pokes;

	memset(writes, 0, pv_text.count);
	EXPECT_EQ(pv_apply(&pv_text, &pv_now, &to, count_write,
			   &changed).error, PV_OK);
	for (u32 i = 0; i < pv_text.count; i++) {
		wrong += writes[i] != differs(&pv_text.sites[i], &to);
		total += writes[i];
	}
	EXPECT_EQ(wrong, 0);
	EXPECT_EQ(strays, 0);
	go_to_level(level);
	EXPECT_EQ(pv_patch_stats.pokes, pokes + total);
	EXPECT_EQ(pv_patch_stats.changed, changed);
}

/* 6, 7 */
SELFTEST_HOOKS(written_once, "pv: a pass writes each site that changes once")
{
	writes = kmalloc(pv_text.count);
	EXPECT(writes);
	if (!writes)
		return;
	strays = 0;
	go_to_level(PV_LEVEL_OFF);
	count_pass(PV_LEVEL_INLINE);
	count_pass(PV_LEVEL_DIRECT);
	count_pass(PV_LEVEL_OFF);
	count_pass(PV_LEVEL_DIRECT);
	count_pass(PV_LEVEL_INLINE);
	kfree(writes);
	go_to_level(pv_boot_level);
}

/* ---- what a pass leaves as it was --------------------------------------- */

static void pass_keeps(bool irqs)
{
	u32 cr3 = read_cr3(), flags = save_fl();

	go_to_level(pv_now.level == PV_LEVEL_OFF ? PV_LEVEL_INLINE :
		    PV_LEVEL_OFF);
	EXPECT_EQ(read_cr3(), cr3);
	EXPECT_EQ(save_fl() & EFLAGS_IF, flags & EFLAGS_IF);
	EXPECT_EQ(!!(save_fl() & EFLAGS_IF), irqs);
	for (u32 va = PATCH_VA; va < PATCH_VA + 2 * PAGE_SIZE;
	     va += PAGE_SIZE) {
		EXPECT(!(pte_flags(kernel_pte(va)) & PTE_P));
		EXPECT(!can_read(va));
	}
}

/* 10, 22 */
SELFTEST_HOOKS(pass_state, "pv: a pass leaves CR3 and IF alone, its window "
	       "closed")
{
	pass_keeps(true);
	pass_keeps(true);
	irq_disable();
	pass_keeps(false);
	pass_keeps(false);
	irq_enable();
	go_to_level(pv_boot_level);
}

static void text_read_only(void)
{
	u32 writable = 0;

	for (u32 va = (u32)__text_start; va < (u32)__text_end; va += PAGE_SIZE)
		writable += pte_flags(kernel_pte(va)) & PTE_W || can_write(va);
	EXPECT_EQ(writable, 0);
}

/* 22 */
SELFTEST_HOOKS(read_only_text, "pv: the text is read-only before and after a "
	       "pass")
{
	text_read_only();
	at_each_level(text_read_only);
	text_read_only();
}

SELFTEST_HOOKS(boot_level, "pv: the kernel is patched as far as the command line "
	       "says")
{
	const char *level = cmdline_get("pv.patch");

	EXPECT_EQ(pv_now.level, level ? (enum pv_level)pv_find_level(level) :
		  PV_LEVEL_INLINE);
}

SELFTEST_HOOKS(works, "pv: the kernel works at every level")
{
	at_each_level(workload);
}
