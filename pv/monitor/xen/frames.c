// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Machine frames: which memory there is, whose each frame is, and the table
 * from machine frames to the guest's that the guest sees read-only (xen-pv-abi
 * 2.5, 4.6). What a frame is used as is types.c's. Memory below 1 MiB stays
 * with the devices and the firmware, memory above 4 GiB is not used.
 */
#include <abi/xen/mmu.h>
#include <monitor/xen/build.h>
#include <monitor/xen/xen.h>

#define BIG_PAGE	0x200000

extern u8 image_start[], image_end[];

struct frame *frames;
u32 frame_count;
u32 *m2p;
u32 guest_top;
u64 top_slots[512];
u32 frames_left;

static u32 m2p_bytes;
static u32 lowest;		/* no frame below it is free */

/* Takes the highest such piece of memory. */
static void *carve(struct memory_map *map, u64 bytes, u64 align)
{
	for (u32 i = map->count; i--;) {
		const struct memory_range *r = &map->range[i];
		u64 start = ALIGN_DOWN(r->end - bytes, align);

		if (bytes > r->end - r->start || start < r->start)
			continue;
		memmap_remove(map, start, start + bytes);
		return phys(start);
	}
	panic("no %u KiB of memory in one piece", (u32)(bytes >> 10));
}

static void set_owner(u64 start, u64 end, enum owner owner)
{
	for (u64 mfn = start >> PAGE_SHIFT; mfn < end >> PAGE_SHIFT; mfn++) {
		frames_left += (owner == OWNER_NOBODY) -
			       (frames[mfn].owner == OWNER_NOBODY);
		frames[mfn].owner = owner;
	}
}

static void set_owners(const struct memory_map *map, enum owner owner)
{
	for (u32 i = 0; i < map->count; i++)
		set_owner(map->range[i].start, map->range[i].end, owner);
}

static void reserve_module(struct memory_map *map, const struct module *m)
{
	memmap_remove(map, ALIGN_DOWN(m->start, PAGE_SIZE),
		      ALIGN_UP((u64)m->start + m->size, PAGE_SIZE));
}

void frames_init(const struct memory_map *ram)
{
	struct memory_map free = *ram;
	u64 bytes;

	if (!ram->count)
		panic("the loader tells of no memory");
	frame_count = ram->range[ram->count - 1].end >> PAGE_SHIFT;
	memmap_remove(&free, image_phys(image_start), image_phys(image_end));
	reserve_module(&free, &loaded.kernel);
	reserve_module(&free, &loaded.initrd);
	m2p_bytes = ALIGN_UP(frame_count * sizeof(*m2p), BIG_PAGE);
	m2p = carve(&free, m2p_bytes, BIG_PAGE);
	memset(m2p, 0xff, m2p_bytes);
	bytes = ALIGN_UP((u64)frame_count * sizeof(*frames), PAGE_SIZE);
	frames = carve(&free, bytes, PAGE_SIZE);
	memset(frames, 0, bytes);
	set_owners(ram, OWNER_MONITOR);
	set_owners(&free, OWNER_NOBODY);
}

/* Nobody's from now on; what is no memory stays as it is. */
void frames_release(u32 start, u32 bytes)
{
	u64 end = min((u64)start + bytes, (u64)frame_count << PAGE_SHIFT);

	for (u64 at = ALIGN_DOWN(start, PAGE_SIZE); at < end; at += PAGE_SIZE) {
		u32 mfn = at >> PAGE_SHIFT;

		if (frames[mfn].owner == OWNER_MONITOR)
			set_owner(at, at + PAGE_SIZE, OWNER_NOBODY);
		lowest = min(lowest, mfn);
	}
}

/* The highest place for that many free frames. */
static u32 find_run(u32 count, u32 align)
{
	u32 run = 0;

	for (u32 mfn = frame_count; mfn-- > lowest;) {
		run = frames[mfn].owner == OWNER_NOBODY ? run + 1 : 0;
		if (run >= count && !(mfn & (align - 1)))
			return mfn;
	}
	return ~0u;
}

void *monitor_pages(u32 count)
{
	u32 mfn = find_run(count, 1);

	if (mfn == ~0u)
		panic("no %u pages of memory in a row", count);
	set_owner((u64)mfn << PAGE_SHIFT, ((u64)mfn + count) << PAGE_SHIFT,
		  OWNER_MONITOR);
	return memset(mfn_va(mfn), 0, (u64)count << PAGE_SHIFT);
}

static void give(u32 mfn)
{
	frames[mfn] = (struct frame){
		.owner = OWNER_GUEST, .flags = FRAME_GIVEN, .refs = 1,
	};
	frames_left--;
}

u32 frame_alloc(void)
{
	if (!frames_left)
		return ~0u;
	while (frames[lowest].owner != OWNER_NOBODY)
		lowest++;
	give(lowest);
	return lowest++;
}

u32 frames_alloc_run(u32 count, u32 align)
{
	u32 mfn = find_run(count, align);

	for (u32 i = 0; i < count && mfn != ~0u; i++)
		give(mfn + i);
	return mfn;
}

void frame_free(u32 mfn)
{
	m2p[mfn] = ~0u;
	frames[mfn] = (struct frame){ .owner = OWNER_NOBODY };
	lowest = min(lowest, mfn);
	frames_left++;
}

void m2p_place(bool movable, u32 low)
{
	u64 pa = (u64)m2p - PHYS_BASE;

	guest_top = XEN_M2P_BASE;
	if (movable)
		guest_top = max(ALIGN_UP(low, BIG_PAGE), XEN_M2P_END - m2p_bytes);
	for (u32 at = 0; at < m2p_bytes; at += BIG_PAGE)
		top_slots[L2_INDEX(guest_top + at)] =
			(pa + at) | PTE_P | PTE_A | PTE_PS | PTE_NX;
}
