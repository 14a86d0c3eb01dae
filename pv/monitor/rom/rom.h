/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of the VMI ROM for bare hardware share. The ROM has no memory
 * of its own while a client runs: what it must know stands in its own image,
 * written in POST, while that is still possible; what it must keep, timers
 * keep in their registers.
 *
 * No code here may name an address: the client decides where the ROM appears.
 */
#ifndef ROM_H
#define ROM_H

/* For assembler: where the facts are in the ROM, and what is where in them. */
#define ROM_FACTS		0x90
#define HIDDEN_TRAMPOLINE	24
#define HIDDEN_START		28
#define HIDDEN_SIZE		32
#define HIDDEN_OLD		36
#define HIDDEN_KIB		40
#define HIDDEN_LOW		42
#define HIDDEN_HIGH		44

#define ROM_MAP_BYTES		(33 * 20)	/* the BIOS's map, on the stack */

#ifndef __ASSEMBLY__
#include <abi/vmi.h>
#include <arch/insn.h>

struct rom_facts {
	u32 self;		/* physical address of this, 0: no POST */
	u32 apic;		/* physical address of the local APIC, or 0 */
	u64 tsc_hz;		/* 0: not known, the other two neither */
	u32 apic_mul;		/* APIC timer ticks a cycle, in 2^-32, or 0 */
	u32 pit_mul;		/* PIT ticks a cycle, in 2^-32 */
};

/* Behind the facts of the ROM that has the monitor inside. */
struct rom_hidden {
	u32 trampoline;		/* physical address of T (vmi/launch.h), or 0 */
	u32 start, size;	/* of the memory that is hidden */
	u32 old_int15;		/* the BIOS's handler, as CS:IP */
	u16 kib;		/* above 1 MiB, that are left: for AH = 88 */
	u16 low_kib, high;	/* the same for E801, there in two units */
	u16 int15;		/* the rest are offsets in the ROM, but sizes */
	u32 launch_block, blob, blob_bytes, blob_sum;
	u16 bad_cpu, no_room, damaged;		/* what to say */
};
_Static_assert(sizeof(struct rom_facts) == HIDDEN_TRAMPOLINE &&
	       HIDDEN_TRAMPOLINE + offsetof(struct rom_hidden, high) ==
	       HIDDEN_HIGH, "rom_hidden");

/* post.c: EDX of CPUID leaf 1; 0 on a CPU without CPUID. */
u32 rom_cpu_features(void);

/* rom.S: the facts, where the client has mapped them. */
const struct rom_facts *rom_facts(void);

/* Registers of the local APIC, and how the alarm uses its timer. */
#define APIC_ICR		0x300
#define APIC_LVTT		0x320
#define APIC_INITIAL		0x380
#define APIC_CURRENT		0x390
#define APIC_DIVIDE		0x3e0
#define APIC_MASKED		0x10000
#define APIC_PERIODIC		0x20000
#define APIC_DIVIDE_BY_32	0x8

#define PIT_CHANNEL(n)		(0x40 + (n))
#define PIT_CONTROL		0x43
#define PIT_HZ			1193182u

/* calls.c: where the client has mapped the APIC; NULL if nowhere. */
volatile u32 *rom_apic(void);
#define APIC(page, offset)	(page)[(offset) / 4]

/*
 * A write to LVTT says vector and mask (7.3). While the alarm has the timer,
 * which its divisor shows, how the timer counts is not the client's business.
 */
__inline_always u32 lvtt_value(volatile u32 *apic, u32 value)
{
	if (APIC(apic, APIC_DIVIDE) != APIC_DIVIDE_BY_32)
		return value;
	return (value & ~APIC_PERIODIC) |
	       (APIC(apic, APIC_LVTT) & APIC_PERIODIC);
}

/* The calls that are written in C, as a client calls them. */
void APICWrite(u32 offset, u32 value);
u32 APICRead(u32 offset);
void SetAlarm(u32 flags, u32 expiry, u32 expiry_high, u32 period,
	      u32 period_high);
u32 CancelAlarm(u32 flags);
u64 GetWallclockTime(void);

#endif
#endif
