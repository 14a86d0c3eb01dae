// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kernel/memmap.c against a model that has a flag for each half page: random
 * maps, usable and reserved ranges in any order, overlapping, listed twice,
 * empty, far up; some with more ranges than a map can hold.
 */
#include <string.h>
#include "tap.h"

/* All that the map needs of the page-table header, which is for i386. */
#define ARCH_PAGE_H
#define PAGE_SIZE	0x1000
#include "../../kernel/memmap.c"

#define UNIT		(PAGE_SIZE / 2)
#define UNITS		2000
#define MAPS		1000

static u64 random_state = 86;

/* xorshift64* */
static u32 below(u32 n)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (u32)(random_state * 0x2545f4914f6cdd1dull >> 32) % n;
}

static struct memory_map map;
static bool usable[UNITS], reserved[UNITS];
static u64 base;		/* address of unit 0 */

static u64 address(u32 unit)
{
	return base + (u64)unit * UNIT;
}

/* `count` ranges of up to `longest` units, added and then removed. */
static void make_map(u32 count, u32 longest)
{
	memset(&map, 0, sizeof(map));
	memset(usable, 0, sizeof(usable));
	memset(reserved, 0, sizeof(reserved));
	for (int removing = 0; removing < 2; removing++) {
		for (u32 n = below(count + 1); n; n--) {
			u32 at = below(UNITS), end = at + below(longest + 1);

			end = min(end, UNITS);
			memset((removing ? reserved : usable) + at, 1,
			       end - at);
			(removing ? memmap_remove : memmap_add)
				(&map, address(at), address(end));
		}
	}
}

/* Is that unit in the map? */
static bool has(u32 unit)
{
	for (u32 i = 0; i < map.count; i++)
		if (map.range[i].start <= address(unit) &&
		    address(unit) < map.range[i].end)
			return true;
	return false;
}

static bool should_have(u32 unit)
{
	return unit < UNITS && usable[unit] && !reserved[unit];
}

static void in_order(void)
{
	for (u32 i = 0; i < map.count; i++) {
		CHECK(map.range[i].start < map.range[i].end);
		if (i)
			CHECK(map.range[i - 1].end < map.range[i].start);
	}
	CHECK(map.count <= MEMORY_RANGES_MAX);
}

/* Long ranges, so that they meet and are few. */
static void exact(void)
{
	for (u32 n = 0; n < MAPS; n++) {
		u32 wrong = 0, size = 0;

		base = n % 3 == 0 ? 0 : n % 3 == 1 ? 1ull << 40 :
		       -(u64)UNITS * UNIT - 1;
		make_map(1 + below(40), 1 + below(UNITS));
		in_order();
		for (u32 unit = 0; unit < UNITS; unit++) {
			wrong += has(unit) != should_have(unit);
			size += should_have(unit);
		}
		EQ(map.dropped, 0);
		EQ(wrong, 0);
		EQ(memmap_size(&map), (u64)size * UNIT);
	}
}

/* Far more pieces than ranges. */
static void crowded(void)
{
	u32 crowds = 0;

	base = 0;
	for (u32 n = 0; n < MAPS; n++) {
		u32 wrong = 0, size = 0;

		make_map(400, 1 + below(12));
		in_order();
		for (u32 unit = 0; unit < UNITS; unit++) {
			wrong += has(unit) && !should_have(unit);
			size += should_have(unit);
		}
		EQ(wrong, 0);
		CHECK(memmap_size(&map) <= (u64)size * UNIT);
		CHECK(map.dropped || memmap_size(&map) == (u64)size * UNIT);
		crowds += map.dropped != 0;
	}
	CHECK(crowds > MAPS / 4 && crowds < MAPS);
}

/* One long range among many short ones, in any place. */
static void smallest_go(void)
{
	base = 0;
	for (u32 n = 0; n < 200; n++) {
		u32 kept = 0, at = below(199);

		memset(&map, 0, sizeof(map));
		for (u32 i = 0; i < 200; i++)
			memmap_add(&map, address(8 * i),
				   address(8 * i + (i == at ? 7 : 1 + i % 2)));
		for (u32 i = 0; i < map.count; i++)
			kept |= map.range[i].start == address(8 * at);
		EQ(map.count, MEMORY_RANGES_MAX);
		CHECK(kept);
		EQ(map.dropped + memmap_size(&map),
		   (100ull + 200 + 7 - (1 + at % 2)) * UNIT);
	}
}

static void pages(void)
{
	base = 0;
	for (u32 n = 0; n < MAPS; n++) {
		u32 wrong = 0, limit = below(UNITS + 100);

		make_map(1 + below(40), 1 + below(UNITS));
		memmap_whole_pages(&map, address(limit));
		in_order();
		for (u32 unit = 0; unit < UNITS; unit++) {
			u32 page = unit & ~1;
			bool whole = should_have(page) &&
				     should_have(page + 1) && page + 1 < limit;

			wrong += has(unit) != whole;
		}
		EQ(wrong, 0);
	}
}

static void edges(void)
{
	memset(&map, 0, sizeof(map));
	memmap_add(&map, 0, ~0ull);
	memmap_add(&map, 0, ~0ull);
	memmap_add(&map, 7, 7);
	memmap_add(&map, 9, 3);
	memmap_remove(&map, 5, 5);
	memmap_remove(&map, 6, 2);
	EQ(map.count, 1);
	EQ(memmap_size(&map), ~0ull);
	memmap_remove(&map, 1, ~0ull - 1);
	EQ(map.count, 2);
	EQ(memmap_size(&map), 2);
	memmap_whole_pages(&map, 1ull << 52);
	EQ(map.count, 0);
	memmap_add(&map, 0xfffffffffffffff0, ~0ull);
	memmap_whole_pages(&map, 1ull << 52);
	EQ(map.count, 0);
	memmap_add(&map, 0, 1ull << 63);
	memmap_remove(&map, 0, ~0ull);
	EQ(map.count, 0);
}

static const struct tap_test tests[] = {
	{ "memmap: what is usable and not reserved, each byte once", exact },
	{ "memmap: with too many ranges memory is lost and that is said, "
	  "reserved memory is still left out", crowded },
	{ "memmap: of too many ranges the smallest go", smallest_go },
	{ "memmap: whole pages below the limit and no others", pages },
	{ "memmap: empty and reversed ranges, and the last bytes of all",
	  edges },
};

TAP_MAIN(tests)
