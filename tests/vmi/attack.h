/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attacks: what a kernel that has been broken into, or is just broken, may do to
 * the monitor underneath. Each goes on afterwards; those of deaths.c do not.
 */
#ifndef ATTACK_H
#define ATTACK_H

#include "test.h"

#define NOWHERE		0xd0000000	/* nothing is ever mapped here */
#define AREA		0xe8000000	/* and here the attacks map things */
#define AREA_PAGES	64
#define USER_AREA	0x400		/* in the page of user code: user_bytes() */
#define MONITOR_VECTOR	31		/* of ring 1: a call to the monitor */

/* Those that no table of the ROM has. */
#define CALL_NOTE	83
#define CALL_SELF_CHECK	84

/* attack.c */
extern u32 hidden_start, hidden_end;	/* the monitor's memory */
void attack_init(const void *map, u32 bytes);	/* of multiboot */
/* A call to the monitor with any number, without the ROM. */
u64 monitor_call(u32 nr, u32 eax, u32 edx, u32 ecx);
u32 self_check(void);			/* wrong entries of shadow tables */
/* Runs the bytes, with these registers; true: it trapped. In user mode it is
 * `trapped` that tells. */
bool kernel_code(const void *bytes, u32 count, struct gpr *r);
void user_bytes(const void *bytes, u32 count, u32 ebx);
#define KERNEL(r, ...)	({						\
	static const u8 bytes_[] = { __VA_ARGS__ };			\
	kernel_code(bytes_, sizeof(bytes_), r); })
#define USER(ebx, ...)	do {						\
	static const u8 bytes_[] = { __VA_ARGS__ };			\
	user_bytes(bytes_, sizeof(bytes_), ebx);			\
} while (0)
/* False: it faults. */
bool read_msr(u32 msr, u64 *value);
bool write_msr(u32 msr, u64 value);
void write_gate(u32 vector, u64 gate);
/* Present, DPL and type; to the usual handler. */
void gate_access(u32 vector, u32 access);
void send_nmi(u32 unused);		/* by the local APIC, to itself */
u32 area(u32 n);			/* linear address of a page there */
void *area_entry(u32 n);
void map_area(u32 n, u64 value);	/* and the CPU knows */
void sound(void);			/* the machine is as it was */
void write_gdt(void *table, u32 index, u64 desc);	/* cpu.c */

#define BAD_POINTERS	11
extern const u32 bad_pointers[BAD_POINTERS];	/* linear addresses */
extern u32 pointer;
void call_with(u32 nr);			/* that pointer, and anything */

u32 random(void);			/* after seed */
u32 below(u32 n);
extern u32 seed;
#define ANY(list)	(list)[below(ARRAY_SIZE(list))]

extern const struct test attack_call_tests[], attack_trap_tests[],
	attack_cpu_tests[], attack_page_tests[], attack_io_tests[], deaths[],
	fuzz_tests[];
extern u32 fuzz_seed, fuzz_count;	/* main.c: of the command line */

#endif
