// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Shadow paging with random guests: polite ones, who see no difference to bare
 * hardware, and rude ones, who tell the monitor what is not so. Whatever they do,
 * no access ends in a page of the monitor. shadow.h has the machine.
 */
/* link: */
#include "shadow.h"

static u32 random_va(void)
{
	static const u32 mib2[] = { 0, 1, 4, 5, 508, 509, 510 };
	static const u32 pages[] = { 0, 1, 2, 511 };
	u32 gib = rnd() & 1 ? 0 : rnd() & 3;

	if (rnd() % 32 == 0)
		return VMI_TOP + (rnd() & 3) * PAGE_SIZE + (rnd() & 1 ? 1 << 21 : 0);
	return gib << 30 | mib2[rnd() % ARRAY_SIZE(mib2)] << 21 |
	       pages[rnd() % ARRAY_SIZE(pages)] << PAGE_SHIFT;
}

static u32 random_kind(void)
{
	u32 kind = rnd() & PF_USER;

	return rnd() % 8 == 0 ? kind | PF_EXEC : kind | (rnd() & PF_WRITE);
}

static u64 random_frame(void)
{
	static const u64 rare[] = {
		HIDDEN, POOL, POOL + 3, HIDDEN_END - 1, 0x200, 0x400, 0xfee00,
		FRAMES, 0x100200, 0x8000000, 0x10000000,
	};

	return rnd() % 16 ? rnd() % 8 ? rnd() % TABLES_NAMED : PAGE + rnd() % 64 :
	       rare[rnd() % ARRAY_SIZE(rare)];
}

static u64 random_entry(void)
{
	u64 e = pte(random_frame(), rnd() % 16 ? PTE_P : 0);

	e |= rnd() & rnd() & (PTE_G | PTE_PWT | PTE_PCD);
	e |= (rnd() | rnd()) & (PTE_W | PTE_U);
	e |= rnd() & (PTE_A | PTE_D);
	if (rnd() % 8 == 0)
		e = (e & 0xfff) | PTE_PS | pte(rnd() % 8 ? rnd() % 4 * 0x200 : 0xfee00, 0) |
		    (rnd() % 8 ? 0 : rnd() & 0x1ff000);
	if (rnd() % 16 == 0)
		e |= PTE_NX;
	return rnd() % 128 ? e : (u64)rnd() << 32 | rnd();
}

/* An entry on the way to va, mostly. */
static void random_place(u32 va, u32 *frame, u32 *n)
{
	*frame = rnd() % TABLES_NAMED;
	switch (rnd() & 3) {
	case 0:
		*n = dir_index(va);
		break;
	case 1:
		*n = va >> 30;
		if (is_wide())
			*frame = rnd() & 1;
		break;
	default:
		*n = tab_index(va);
	}
}

static bool is_told[TABLES];	/* announced */

/* Polite: what is announced is told of. */
static void random_change(u32 va, bool polite)
{
	u32 frame, n;
	u64 e;

	random_place(va, &frame, &n);
	e = rnd() % 4 ? random_entry() : load(frame, n) & ~(u64)(PTE_A | PTE_D);
	/* The 4 at the top have no rights. */
	if (is_wide() && frame <= ROOT_2 && n < 4 && rnd() % 16)
		e &= ~(u64)0x186;
	store(frame, n, e);
	if (polite ? is_told[frame] : rnd() % 2)
		told(frame, n);
}

static void random_mode(void)
{
	static const u32 bits[] = { CR4_PAE, CR4_PSE, CR4_PGE, 0 };
	u32 n = rnd();

	load_cr(cr.cr0 ^ (n % 3 ? 0 : CR0_WP), cr.cr3,
		cr.cr4 ^ (n & 1 ? bits[n >> 4 & 3] : 0),
		n & 2 ? cr.nx : !cr.nx);
}

static void random_announcement(void)
{
	u32 frame = rnd() % TABLES_NAMED;

	is_told[frame] = rnd() & 1;
	if (is_told[frame])
		shadow_announce(frame);
	else
		shadow_release(frame);
}

static void random_flush(void)
{
	u32 how = rnd() % 8;

	if (how < 4)
		shadow_flush(how == 0);
	else if (how == 4)
		load_cr(cr.cr0, (rnd() & 1) * PAGE_SIZE + (rnd() & 1) * 96,
			cr.cr4, cr.nx);
	else
		load_root(how == 5 ? rnd() % TABLES_NAMED : ROOT);
}

static u32 count_done[32], count_refused[32];

static bool random_access(void)
{
	u32 va = random_va(), kind = random_kind();
	struct result r;

	if (!same(va, kind))
		return false;
	r = bare_access(va, kind);
	if (r.done)
		count_done[kind]++;
	else
		count_refused[r.error]++;
	return true;
}

static void new_world(void)
{
	power_on(32 + rnd() % 60, CR4_PSE | (rnd() & CR4_PAE), rnd() & 1);
	memset(is_told, 0, sizeof(is_told));
	for (u32 n = 0; n < 200; n++)
		random_change(random_va(), false);
	shadow_flush(true);
}

static bool polite_step(void)
{
	u32 va = random_va();

	if (rnd() % 8 == 0)
		random_announcement();
	if (rnd() % 64 == 0)
		random_mode();
	/* One change and one address; the others later. */
	random_change(va, true);
	if (rnd() & 1) {
		shadow_invlpg(va);
		if (!same(va, random_kind()))
			return false;
	}
	for (u32 n = rnd() % 4; n; n--)
		random_change(random_va(), true);
	random_flush();
	for (u32 n = 0; n < 6; n++)
		if (!random_access())
			return false;
	return rnd() % 16 || sound();
}

static void test_polite(void)
{
	for (u32 world = 0; world < 300; world++) {
		new_world();
		for (u32 n = 0; n < 300; n++)
			if (!polite_step()) {
				printf("# world %u, step %u\n", world, n);
				return;
			}
	}
	/* All kinds of access are allowed at times, and all faults come. */
	for (u32 kind = 0; kind < 32; kind++)
		if (!(kind & (PF_PRESENT | PF_RESERVED)) &&
		    (kind & (PF_WRITE | PF_EXEC)) != (PF_WRITE | PF_EXEC)) {
			CHECK(count_done[kind] > 1000);
			CHECK(count_refused[kind] > 1000);
			CHECK(count_refused[kind | PF_PRESENT] > 100 || !kind);
			CHECK(count_refused[kind | PF_PRESENT | PF_RESERVED] > 100);
		}
}

static void rude_step(void)
{
	switch (rnd() % 12) {
	case 0:
		random_announcement();
		break;
	case 1:
		shadow_announce(rnd() & 1 ? rnd() : random_frame());
		break;
	case 2:
		shadow_release(rnd() & 1 ? rnd() : random_frame());
		break;
	case 3:
		shadow_entry(rnd() & 1 ? (u64)rnd() << 32 | rnd() :
			     random_frame() << PAGE_SHIFT | (rnd() & 0xfff));
		break;
	case 4:
		random_mode();
		break;
	case 5:
		random_flush();
		break;
	case 6:
		shadow_invlpg(random_va());
		break;
	case 7:
		load_cr(rnd(), rnd() & 7 ? random_frame() << PAGE_SHIFT : rnd(),
			rnd(), rnd() & 1);
		break;
	default:
		random_change(random_va(), false);
	}
	for (u32 n = 0; n < 3; n++)
		access(random_va(), random_kind());
}

static void test_rude(void)
{
	for (u32 world = 0; world < 200; world++) {
		new_world();
		for (u32 n = 0; n < 400; n++) {
			rude_step();
			if (n % 8 == 0 && !sound()) {
				printf("# world %u, step %u\n", world, n);
				return;
			}
			if (rnd() % 16)
				continue;
			/* All is told now, or forgotten. */
			shadow_flush(true);
			memcpy(ideal, machine, sizeof(ideal));
			for (u32 k = 0; k < 6; k++)
				if (!random_access())
					return;
		}
	}
}

static const struct tap_test tests[] = {
	{ "a random guest that keeps to the rules sees bare hardware",
	  test_polite },
	{ "a random guest that does not gets no page of the monitor", test_rude },
};

TAP_MAIN(tests)

