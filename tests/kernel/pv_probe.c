// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What each site tells the compiler. A probe is a function that keeps a
 * value in every register that the compiler believes to be safe, and one in
 * memory, across a site of one operation. That site alone is made to call
 * a function that does nothing but change all that the class permits. Then the
 * values must be there, and the one in memory must have been read again. Thunks
 * are shared, but as long as the kernel is inlined it uses none.
 */
#include "pv_test.h"

#define __cold		__attribute__((cold))	/* small, not fast */
#define CALL_SITES	(2 * PV_OPS)	/* in each probe, and in its thunk */
#define INC_MEMORY	0x05ff		/* inc (address) */
#define VALUES		6		/* registers that the compiler has */

static u32 cell;		/* changed by functions that change memory */
static const u32 known[VALUES] __used = {
	0x1f2e3d40, 0x1f2e3d41, 0x1f2e3d42, 0x1f2e3d43, 0x1f2e3d44, 0x1f2e3d45
};
static u32 kept[VALUES] __used;	/* what a probe found after the call */

/* Arguments from the values, which thereby have to survive them too. */
#define LIVE_P0()
#define LIVE_P1(t, a)			(t)v0
#define LIVE_P2(t, a, u, b)		(t)v0, (u)v1
#define LIVE_P3(t, a, u, b, v, c)	(t)v0, (u)v1, (v)v2
#define LIVE_PD(t, a)			(t)v1
#define LIVE_PQ(t, a)			(t)v0 | (t)v1 << 32
#define LIVE_R1				LIVE_P1
#define LIVE_RE				LIVE_PE
#define LIVE_PE(t, a, u, b)		(t)v0, (u)v1 | (u)v2 << 32

/*
 * Values into the six registers that have names in constraints, and from them
 * to memory, in functions because there are so many probes. The seventh holds
 * what was in memory before.
 */
#define SIX(c)	c "a" (v0), c "d" (v1), c "c" (v2), c "b" (v3), c "S" (v4), \
		c "D" (v5)
#define LOAD()	asm volatile("call probe_load" : SIX("="))
#define KEEP()	asm volatile("call probe_keep" : "=m" (kept) : SIX())

asm(".pushsection .text\n"
    "	.type	probe_load, @function\n"
    "probe_load:\n"
    "	mov	known, %eax\n"
    "	mov	known + 4, %edx\n"
    "	mov	known + 8, %ecx\n"
    "	mov	known + 12, %ebx\n"
    "	mov	known + 16, %esi\n"
    "	mov	known + 20, %edi\n"
    "	ret\n"
    "	.type	probe_keep, @function\n"
    "probe_keep:\n"
    "	mov	%eax, kept\n"
    "	mov	%edx, kept + 4\n"
    "	mov	%ecx, kept + 8\n"
    "	mov	%ebx, kept + 12\n"
    "	mov	%esi, kept + 16\n"
    "	mov	%edi, kept + 20\n"
    "	ret\n"
    "	.popsection");

/* True if memory was taken to be as before. */
#define PV_OP(group, name, class, ret, params)		\
static bool __noinline __cold pvprobe_##name(void)			\
{									\
	u32 v0, v1, v2, v3, v4, v5, before = cell;			\
									\
	LOAD();								\
	(void)name(LIVE_##params);					\
	KEEP();								\
	return cell == before;						\
}
#define PV_JUMP(group, name)
#include <pv/ops.def>

static bool (*const probes[PV_OPS])(void) = {
#define PV_OP(group, name, class, ret, params)		\
	[PV_NR_##name] = pvprobe_##name,
#define PV_JUMP(group, name)
#include <pv/ops.def>
};

static struct pv_impl impl[PV_OPS];
static const struct pv_state spoilt = { PV_LEVEL_DIRECT, impl };

static void generate(u8 *code)
{
	static const u16 inc = INC_MEMORY;
	const u32 *at = &cell;
	u8 *p = code;

	for (u32 op = 0; op < PV_OPS; op++) {
		impl[op] = (struct pv_impl){ .fn = CODE_VA + (p - code) };
		memcpy(p, &inc, sizeof(inc));
		memcpy(p + 2, &at, sizeof(at));
		p += 6;
		p = emit_poison(p, op);
	}
	EXPECT(p <= code + PAGE_SIZE);
}

static const struct pv_site *site_behind(u32 addr)
{
	const struct pv_site *site = pv_text.sites;

	while (site->addr < addr)
		site++;
	return site;
}

/*
 * The records of the probes' sites, and of those in their thunks; returns how
 * many there are, and how many of the former.
 */
static u32 probe_sites(struct pv_site *sites, u32 *probes)
{
	u32 n = 0;

	*probes = 0;
	for (u32 i = 0; i < pv_text.count && n < CALL_SITES; i++) {
		const struct pv_site *site = &pv_text.sites[i];
		const char *fn = kallsyms_find(site->addr, NULL);

		if (!fn || !glob_match("pvprobe_*", fn))
			continue;
		sites[n++] = *site;
		++*probes;
		if (site->class == PV_CLASS_ANY)
			sites[n++] = *site_behind(thunk_of(site));
	}
	pv_sort_sites(sites, n);
	return n;
}

static void check_probe(u32 op)
{
	bool same_memory = probes[op]();

	for (u32 i = 0; i < VALUES; i++)
		EXPECT_OP(op, kept[i] == known[i]);
	EXPECT_OP(op, !same_memory);
}

/* 5, 18 */
SELFTEST_HOOKS(constraints, "pv: sites tell the compiler all that an "
	       "operation may change")
{
	struct pv_site *sites = kmalloc(CALL_SITES * sizeof(*sites));
	u8 *code = code_page();
	struct pv_text text = pv_text;
	const char *name = in_use();
	u32 changed, n;

	EXPECT(sites);
	if (on_native() && code && sites) {
		go_to_backend(pv_backend->name);
		go_to_level(PV_LEVEL_INLINE);
		generate(code);
		text.sites = sites;
		text.count = probe_sites(sites, &n);
		EXPECT_EQ(n, PV_OPS - 1);
		EXPECT_EQ(pv_apply(&text, &pv_now, &spoilt, poke_text,
				   &changed).error, PV_OK);
		EXPECT_EQ(pv_verify(&text, &spoilt, NULL).error, PV_OK);
		for (u32 op = 0; op < PV_OPS; op++)
			if (probes[op])
				check_probe(op);
		EXPECT_EQ(pv_apply(&text, &spoilt, &pv_now, poke_text,
				   &changed).error, PV_OK);
		go_to_backend(name);
	}
	kfree(sites);
	if (code)
		code_page_free(code);
	go_to_level(pv_boot_level);
}
