// SPDX-License-Identifier: GPL-2.0-or-later
/* What all attacks need: attack.h. */
#include <abi/multiboot.h>
#include <monitor/vmi/shared.h>
#include "../random.h"
#include "attack.h"

const u32 bad_pointers[BAD_POINTERS] = {
	0, 0xfff, NOWHERE, NOWHERE + PAGE_SIZE - 2, VMI_TOP - 3, VMI_TOP,
	VMI_TOP + PAGE_SIZE, 0xfffff000, 0xfffffffe, ~0u, 0xc00f0000,
};

u32 hidden_start, hidden_end, seed = 1;
static u8 code[PAGE_SIZE] __aligned(PAGE_SIZE);

/* The part that is reserved and has memory on both sides. */
void attack_init(const void *map, u32 bytes)
{
	const struct multiboot_mmap *m, *before = NULL;
	bool inside = false;

	for (u32 at = 0; at < bytes; at += m->size + 4, before = m) {
		m = (const void *)((const char *)map + at);
		if (inside && m->type == MULTIBOOT_USABLE &&
		    m->base == before->base + before->length) {
			hidden_start = (u32)before->base;
			hidden_end = hidden_start + (u32)before->length;
		}
		inside = before && before->type == MULTIBOOT_USABLE &&
			 m->type != MULTIBOOT_USABLE &&
			 m->base == before->base + before->length;
	}
}

asm(".text\nraw_call:\n\tpush %ebx\n\tint $31\n\tpop %ebx\n\tret");
void raw_call(void);

u64 monitor_call(u32 nr, u32 eax, u32 edx, u32 ecx)
{
	struct gpr r = { .eax = eax, .ecx = ecx, .edx = edx, .ebx = nr };

	invoke(raw_call, &r, 0, 0);
	return r.eax | (u64)r.edx << 32;
}

bool read_msr(u32 msr, u64 *value)
{
	struct gpr r = { .ecx = msr };
	bool faulted = KERNEL(&r, 0x0f, 0x32);

	*value = r.eax | (u64)r.edx << 32;
	return !faulted;
}

bool write_msr(u32 msr, u64 value)
{
	struct gpr r = { .ecx = msr, .eax = (u32)value,
			 .edx = (u32)(value >> 32) };

	return !KERNEL(&r, 0x0f, 0x30);
}

u32 pointer;

void call_with(u32 nr)
{
	ops[nr](pointer, nr >= VMI_WriteGDTEntry && nr <= VMI_WriteIDTEntry ?
		random() : pointer, pointer, random(), random());
}

u32 self_check(void)
{
	return (u32)monitor_call(CALL_SELF_CHECK, ~0u, 0, 0);
}

static void run_code(u32 r)
{
	invoke(code, (struct gpr *)r, 0, 0);
}

bool kernel_code(const void *bytes, u32 count, struct gpr *r)
{
	struct gpr none = { 0 };

	__builtin_memset(code, 0xc3, 64);
	__builtin_memcpy(code, bytes, count);
	return traps(run_code, (u32)(r ? r : &none));
}

void user_bytes(const void *bytes, u32 count, u32 ebx)
{
	u8 *to = (u8 *)code_page + USER_AREA;

	__builtin_memset(to, 0x90, 64);
	__builtin_memcpy(to, bytes, count);
	to[64] = 0xcd;
	to[65] = VECTOR_SYSCALL;
	user(user_code + USER_AREA, ebx, EFLAGS_IF);
}

void write_gate(u32 vector, u64 gate)
{
	vmi(WriteIDTEntry, (u32)idt, vector, (u32)gate, (u32)(gate >> 32));
}

void gate_access(u32 vector, u32 access)
{
	u64 gate = GATE(KERNEL_CS, (u32)stubs[vector], 0, 0);

	write_gate(vector, (gate & ~(0xffull << 40)) | (u64)access << 40);
}

void send_nmi(u32 unused)
{
	vmi(APICWrite, 0x310, 0);
	vmi(APICWrite, 0x300, 0x4400);
}

u32 area(u32 n)
{
	return AREA + n * PAGE_SIZE;
}

void *area_entry(u32 n)
{
	return make_entry(swapper, area(n));
}

void map_area(u32 n, u64 value)
{
	set_entry(area_entry(n), value, VMI_PAGE_PT);
	vmi(InvalPage, area(n));
}

/* Traps work, user mode works, interrupts come, and no shadow is wrong. */
void sound(void)
{
	u32 before = interrupts[VECTOR_IRQ(TEST_IRQ)];

	EQ(self_check(), 0);
	CHECK(traps(peek, NOWHERE));
	EQ(trapped.vector, TRAP_PAGE_FAULT);
	EQ(trapped_cr2, NOWHERE);
	EQ(user(user_return, 0, EFLAGS_IF)->vector, VECTOR_SYSCALL);
	raise_irq();
	site_irq_enable();
	for (u32 i = 0; i < 1000 &&
			interrupts[VECTOR_IRQ(TEST_IRQ)] == before; i++)
		inb(0x80);
	site_irq_disable();
	EQ(interrupts[VECTOR_IRQ(TEST_IRQ)] - before, 1);
}

u32 random(void)
{
	return next_random(&seed);
}

u32 below(u32 n)
{
	return random() % n;
}
