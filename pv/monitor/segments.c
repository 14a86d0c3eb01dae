// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guest's descriptors and selectors. A descriptor of ring 0 or of 64-bit
 * code in a table that the CPU uses would be the end of the monitor. How the
 * guest's tables become the CPU's is in xen/segments.c and vmi/segments.c.
 * xen-pv-abi 5.1, vmi-abi 5.2.
 */
#include <monitor/monitor.h>

#define PRESENT		(1ull << 47)
#define NOT_SYSTEM	(1ull << 44)
#define CODE		(1ull << 43)
#define LONG		(1ull << 53)
#define DPL_SHIFT	45
#define DPL(d)		((d) >> DPL_SHIFT & 3)
#define TYPE(d)		((d) >> 40 & 15)
#define CALL_GATE_32	12
#define SELECTOR(d)	((d) >> 16 & 0xffff)

u16 segment_lost[4];

/* Where a call gate may lead to: never to the monitor's segments. */
static bool target_allowed(u32 selector)
{
	return selector & 4 || selector / 8 < GDT_GUEST_PAGES * 512 ||
	       (selector & ~3) == (GUEST_CS & ~3);
}

/*
 * A segment of ring 0 becomes one of ring 1. A call gate is kept for the guest
 * to read, but nobody gets through: its DPL becomes 0.
 */
bool descriptor_allowed(u64 *descriptor)
{
	u64 d = *descriptor;

	if (!(d & PRESENT))
		return true;
	if (d & NOT_SYSTEM) {
		if (d & CODE && d & LONG)
			return false;
		if (!DPL(d))
			*descriptor = d | 1ull << DPL_SHIFT;
		return true;
	}
	if (TYPE(d) != CALL_GATE_32 || !target_allowed(SELECTOR(d)))
		return false;
	*descriptor = (d & ~(3ull << DPL_SHIFT | 3 << 16)) | DPL(d) << 16;
	return true;
}

/* ---- selectors ------------------------------------------------------------- */

static bool read_descriptor(u32 selector, u64 *d)
{
	u32 offset = selector & 0xfff8;

	if (selector & 4)
		return offset / 8 < guest.ldt_entries &&
		       guest_read(d, guest.ldt_base + offset, 8);
	*d = offset < GDT_LIMIT ? *(u64 *)(DESC_BASE + offset) : 0;
	return true;
}

bool read_code(const struct regs *regs, void *to, u32 bytes)
{
	u64 d;
	u32 base;

	if (!read_descriptor(regs->cs, &d))
		return false;
	base = (d >> 16 & 0xffffff) | (d >> 56) << 24;
	return guest_read(to, base + regs->eip, bytes);
}

/* A selector that faults becomes 0, and `all` false. */
#define LOAD(reg, selector) do {					\
	u32 loaded = 0;							\
									\
	asm volatile(MAY_FAULT("mov %1, %%" reg "\n	mov $1, %0")	\
		     : "+r" (loaded) : "r" ((u32)(selector)));		\
	if (!loaded)							\
		asm volatile("mov %0, %%" reg : : "r" (0));		\
	all &= loaded;							\
} while (0)

bool load_segments(const u16 selector[4])
{
	bool all = true;

	LOAD("ds", selector[0]);
	LOAD("es", selector[1]);
	LOAD("fs", selector[2]);
	LOAD("gs", selector[3]);
	return all;
}

void segments_reload(void)
{
	u16 now[4];

	read_segments(now);
	if (!load_segments(now)) {
		memcpy(segment_lost, now, sizeof(now));
		guest.attention |= ATTENTION_FAILSAFE;
	}
}
