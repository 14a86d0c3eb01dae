/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pages that shadow tables are made of: pool.c. In 64-bit mode each has 512
 * entries of 8 bytes. So the shadow of a table of the guest may be in parts:
 *
 *	level 3		of the PAE table with 4 entries, or of a directory of two
 *			levels, whose parts are what its own entries point to
 *	level 2		of a PAE directory; or of one of two levels: a part is 1 GiB
 *	level 1		of a PAE table; or of one of two levels: a part is 2 MiB; or
 *			of 2 MiB of a large page with frames of the monitor in it
 */
#ifndef MONITOR_POOL_H
#define MONITOR_POOL_H

#include <monitor/vmi/walk.h>

#define ENTRIES		512
#define POOL_MAX	1024
#define PATH		4	/* pages that an access may need, and a root */
#define NONE		0xffff

#define TOP_GIB		3
/* Parts of level 2. The last one has the window, from VMI_TOP on. */
#define PART_TOP	TOP_GIB
#define WINDOW		(VMI_TOP >> 21 & 511)
/* Parts of level 1: which half, then rights from above (PTE_W, PTE_U). */
#define PART_HALF	1
#define PART_RIGHTS	(PTE_W | PTE_U)
#define PART_SPLINTER	8

/* Where no table of the guest is. */
#define NO_TABLE	(1ull << 63)

struct shadow {
	u64 table;		/* machine address of what it is the shadow of */
	u64 used;		/* a bit for 8 entries that may not be 0 */
	u32 links;		/* entries of other shadows that point to it */
	u16 up, up_entry;	/* such an entry, if it still does */
	u16 next;		/* in its bucket, or of the free ones */
	u8 level;		/* 1, 2, 3; 0: free */
	u8 part;
};

extern struct shadow pool[POOL_MAX];
extern u32 pool_fresh;		/* those from here on were never used */
extern u16 root;		/* in force; NONE: none */
extern u32 loose;		/* how many are */
/* What is not there any more, but the CPU may still know: entries, links. */
extern bool stale, stale_links;

__inline_always u64 *entries(u32 i)
{
	return mfn_va(memory.pool + i);
}

/* An entry of a shadow of that level points to another one... */
__inline_always bool is_link(u32 level, u64 entry)
{
	return level > 1 && (entry & (PTE_P | PTE_PS)) == PTE_P;
}

/* ...this one. */
__inline_always u32 target(u64 entry)
{
	return PTE_MFN(entry) - memory.pool;
}

/* A, D: the CPU must not write to a shadow. */
__inline_always u64 link_to(u16 to, u64 rights)
{
	return (u64)(memory.pool + to) << PAGE_SHIFT | rights | PTE_A | PTE_D;
}

/* Entries that are the guest's. */
__inline_always u32 entries_end(const struct shadow *s)
{
	return s->level == 2 && s->part == PART_TOP ? WINDOW :
	       s->level == 3 ? 4 : ENTRIES;
}

/* For its kernel only, and no code. */
__inline_always u64 window_link(void)
{
	return (u64)(memory.pool - 1) << PAGE_SHIFT | PTE_P | PTE_W | PTE_A | PTE_NX;
}

/* Those that may not be 0, and some more. */
#define for_each_used(n, i)						\
	for (u64 left_ = pool[i].used; left_; left_ &= left_ - 1)	\
		for (u32 n = __builtin_ctzll(left_) * 8,		\
		     end_ = min(n + 8, entries_end(&pool[i])); n < end_; n++)

void pool_init(void);
/* Every change of an entry but those of the window. */
void put_entry(u16 i, u32 n, u64 value);
/* The shadow of that, NONE: there is none. */
u16 pool_find(u64 table, u32 level, u32 part);
/* Makes it, empty; pool_room() must have been called for it. */
u16 pool_make(u64 table, u32 level, u32 part);
/* So that PATH pages can be made; may drop all, then there is no root. */
void pool_room(void);
void pool_drop_all(void);
/* And what points to it; the root stays, empty. */
void pool_drop(u16 i);

/* Makes the CPU forget what is not in the tables any more. */
void tlb_flush(void);
void pool_base(u16 l3);

bool is_announced(u64 table);
bool is_loose(const struct shadow *s);	/* of level 1 or 2, and not announced */
void pool_announce(u64 table);

/* The shadows whose tables are in the page of that address; none may go inside. */
#define for_each_of_page(i, machine)					\
	for (u16 i = pool_first(machine); i != NONE;			\
	     i = pool_of_page(machine, pool[i].next))
u16 pool_first(u64 machine);
u16 pool_of_page(u64 machine, u16 i);	/* from i on in its bucket */

#endif
