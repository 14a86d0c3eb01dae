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

#include <abi/vmi.h>
#include <arch/insn.h>

struct rom_facts {
	u32 self;		/* physical address of this, 0: no POST */
	u32 apic;		/* physical address of the local APIC, or 0 */
	u64 tsc_hz;		/* 0: not known, the other two neither */
	u32 apic_mul;		/* APIC timer ticks a cycle, in 2^-32, or 0 */
	u32 pit_mul;		/* PIT ticks a cycle, in 2^-32 */
};

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

/* The calls that are written in C, as a client calls them. */
void APICWrite(u32 offset, u32 value);
u32 APICRead(u32 offset);
void SetAlarm(u32 flags, u32 expiry, u32 expiry_high, u32 period,
	      u32 period_high);
u32 CancelAlarm(u32 flags);
u64 GetWallclockTime(void);

#endif
