// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The memory of the monitor: taken in POST at the top of RAM, filled with the
 * monitor and with what launch.S needs, and hidden from the client by the
 * ROM's handler of int 15h (int15.S).
 */
#include <arch/x86.h>
#include <monitor/vmi/launch.h>
#include "rom.h"

#define MIB			(1u << 20)
#define BIG			(2 * MIB)	/* a large page */
#define BIOS_NEEDS		MIB	/* it is at the top of RAM itself in POST */
#define CLIENT_NEEDS		(8 * MIB)
#define HIDDEN			(4 * MIB)
#define HIDDEN_LARGE		(8 * MIB)	/* where there are... */
#define LARGE_MACHINE		(100 * MIB)

#define E820_RAM		1

#define GATE			0x8e00		/* of an interrupt, ring 0 */

#define CODE64			0x00af9b000000ffff

#define CPU_LONG_MODE		(1u << 29)
#define CPU_NX			(1u << 20)

struct e820 {
	u64 start, size;
	u32 type;
} __packed;

static bool cpu_can(void)
{
	u32 r[4];

	if (!rom_cpu_features())
		return false;
	cpuid(0x80000000, 0, r);
	if (r[0] < 0x80000001 || r[0] >> 16 != 0x8000)
		return false;
	cpuid(0x80000001, 0, r);
	return !(~r[3] & (CPU_LONG_MODE | CPU_NX));
}

/* The highest place for it. It has RAM on both sides, as int15.S wants it. */
static void choose(const struct e820 *map, volatile struct rom_hidden *hidden)
{
	for (const struct e820 *e = map; e->type; e++) {
		u64 end = e->start + e->size;
		u32 top = end >> 32 ? 0u - BIG : (u32)end, size, start;

		if (e->type != E820_RAM || e->start >> 32 || end < e->start)
			continue;
		size = top >= LARGE_MACHINE ? HIDDEN_LARGE : HIDDEN;
		if (top < CLIENT_NEEDS + size + BIOS_NEEDS)
			continue;
		start = ((top - BIOS_NEEDS) & ~(BIG - 1)) - size;
		if (start < CLIENT_NEEDS || start <= e->start ||
		    start <= hidden->start)
			continue;
		hidden->start = start;
		hidden->size = size;
	}
}

/* True: what is there then is what was built. */
static bool copy(u32 to, const u8 *from, u32 bytes, u32 want)
{
	u32 sum = 0;

	for (u32 i = 0; i < bytes; i++)
		((volatile u8 *)to)[i] = from[i];
	for (u32 i = 0; i < bytes; i++)
		sum += ((volatile u8 *)to)[i];
	return sum == want;
}

static void fill(u32 table, u32 words, u32 step, u32 value)
{
	for (u32 i = 0; i < words; i += step)
		((volatile u32 *)table)[i] = value;
}

static void make_tables(u32 t, u32 image)
{
	u64 *l3 = (u64 *)(t + T_L3);

	fill(t + T_PD, 1024, 1, (t + T_PT) | TABLE);
	fill(t + T_PT, 1024, 1, t | PAGE);
	fill(t + T_PAE_L3, 8, 2, (t + T_PAE_L2) | PTE_P);
	fill(t + T_PAE_L2, 1024, 2, (t + T_PAE_L1) | TABLE);
	fill(t + T_PAE_L1, 1024, 2, t | PAGE);
	((u64 *)(t + T_L4))[0] = ((u64 *)(t + T_L4))[511] = (t + T_L3) | TABLE;
	l3[L3_INDEX(t)] = (t + T_L2) | TABLE;
	l3[510] = (t + T_IMAGE_L2) | TABLE;
	((u64 *)(t + T_L2))[L2_INDEX(t)] = (t & ~(BIG - 1)) | PAGE | PTE_PS;
	((u64 *)(t + T_IMAGE_L2))[1] = image | PAGE | PTE_PS;
}

static u64 gate(u32 selector, u32 at)
{
	return (u64)((at & 0xffff0000) | GATE) << 32 | selector << 16 |
	       (at & 0xffff);
}

static void make_trampoline(u32 at, volatile struct rom_hidden *hidden,
			    const u8 *code)
{
	struct trampoline *t = (struct trampoline *)at;

	copy(at, code, T_CODE_END, 0);
	copy(at + T_HALF + T_LANDING, code + T_LANDING, T_CODE_END - T_LANDING, 0);
	t->table[T_GATE32 / 8] = gate(T_CS32, at + t->nmi32);
	t->table[T_GATE64 / 8] = gate(T_CS64, at + t->nmi64);
	t->gdtr.base = at + T_GDT;
	t->gdtr.limit = T_DS + 7;
	t->idtr.base = at;
	t->idtr.limit = sizeof(t->table) - 1;
	*(u64 *)(at + T_GDT + T_CS32) = t->table[T_CS32 / 8];
	*(u64 *)(at + T_GDT + T_CS64) = CODE64;
	*(u64 *)(at + T_GDT + T_DS32) = *(u64 *)(at + T_GDT + T_DS) =
		t->table[T_DS32 / 8];
	t->image = hidden->start;
	t->size = hidden->size;
}

/*
 * From rom.S in POST: in protected mode, with physical addresses. 0, or what to
 * say, as an offset in the ROM.
 */
u32 rom_hide(const u8 *rom, volatile struct rom_hidden *hidden,
	     const struct e820 *map);
u32 rom_hide(const u8 *rom, volatile struct rom_hidden *hidden,
	     const struct e820 *map)
{
	u32 kib, t, vector = 0x15 * 4;

	if (!cpu_can())
		return hidden->bad_cpu;
	choose(map, hidden);
	if (!hidden->start)
		return hidden->no_room;
	t = hidden->start + hidden->size - T_SIZE;
	fill(t, T_SIZE / 4, 1, 0);
	if (!copy(hidden->start, rom + hidden->blob, hidden->blob_bytes,
		  hidden->blob_sum)) {
		hidden->start = 0;
		return hidden->damaged;
	}
	make_tables(t, hidden->start);
	make_trampoline(t, hidden, rom + hidden->launch_block);
	kib = hidden->start / 1024 - 1024;
	hidden->kib = kib > 0xffff ? 0xffff : (u16)kib;
	hidden->low_kib = kib > 15 * 1024 ? 15 * 1024 : (u16)kib;
	hidden->high = kib > 15 * 1024 ? (u16)((kib - 15 * 1024) / 64) : 0;
	/* A pointer that is near NULL, and not meant to be one. */
	asm("" : "+r" (vector));
	hidden->old_int15 = *(volatile u32 *)vector;
	*(volatile u32 *)vector = (u32)rom << 12 | hidden->int15;
	hidden->trampoline = t;
	return 0;
}
