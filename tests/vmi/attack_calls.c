// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Attacks by calls of the ROM, and by the page that it shares with the monitor.
 * vmi-abi 2.1, 3.
 */
#include <monitor/vmi/shared.h>
#include "attack.h"

static struct shared *const page = (struct shared *)VMI_TOP;

static void t_relocation(void)
{
	u32 address;

	for (u32 i = 0; i < 10000; i++) {
		u32 nr = random() >> below(25);

		if (nr >= VMI_CALLS && nr != VMI_Leave && nr != VMI_Switches &&
		    nr != VMI_Trace)
			EQ(relocation(nr, &address), VMI_RELOC_NONE);
	}
}

static void t_numbers(void)
{
	struct gpr r, was;

	for (u32 i = 0; i < 2000; i++) {
		u32 nr = i < 300 ? i + 100 : random() | 128;

		EQ((u32)monitor_call(nr, 0x1234, 0x5678, ~0u), 0x1234);
	}
	for (u32 nr = 0; nr < 2; nr++) {
		USER(nr * VMI_SetCR3, 0xcd, MONITOR_VECTOR);
		EQ(trapped.vector, TRAP_GP);
		EQ(trapped.error, MONITOR_VECTOR * 8 + 2);
	}
	/* A call that only the ROM should make, with its stack nowhere. */
	r = was = patterns(1, 2, 4);
	r.ebx = was.ebx = 3000;
	CHECK(!KERNEL(&r, 0x89, 0xe5, 0xbc, 0, 0, 0, 0xd0, 0xcd, MONITOR_VECTOR,
		      0x89, 0xec));
	EQ(r.ebx, 3000);
}

static u64 stack_nowhere(u32 nr, struct gpr *r)
{
	r->ebx = nr;
	/* mov %esp, %ebp; mov $esi, %esp; int $31; mov %ebp, %esp */
	KERNEL(r, 0x89, 0xe5, 0x89, 0xf4, 0xcd, MONITOR_VECTOR, 0x89, 0xec);
	return r->eax;
}

/* Those that read or write words of it, from a stack that is nowhere. */
static void t_stacks(void)
{
	static const u32 calls[] = {
		VMI_CPUID, VMI_WriteGDTEntry, VMI_WriteLDTEntry,
		VMI_WriteIDTEntry, VMI_GetWallclockTime, VMI_FlushTLB,
		VMI_InvalPage, CALL_NOTE, VMI_CancelAlarm, VMI_APICRead,
	};

	for (u32 i = 0; i < ARRAY_SIZE(calls); i++)
		for (u32 k = 0; k < ARRAY_SIZE(bad_pointers); k++) {
			struct gpr r = { .esi = bad_pointers[k],
					 .eax = NOWHERE, .ecx = 5, .edx = 7 };

			stack_nowhere(calls[i], &r);
		}
	sound();
}

static void t_pointers(void)
{
	static const u32 calls[] = {
		VMI_SetGDT, VMI_GetGDT, VMI_GetIDT, VMI_SetIDT,
		VMI_WriteGDTEntry, VMI_WriteLDTEntry, VMI_WriteIDTEntry,
		VMI_SetInitialAPState, VMI_InvalPage,
	};
	struct desc_ptr p;

	for (u32 i = 0; i < ARRAY_SIZE(calls); i++)
		for (u32 k = 0; k < ARRAY_SIZE(bad_pointers); k++) {
			pointer = bad_pointers[k];
			if (pointer == VMI_TOP && calls[i] != VMI_InvalPage)
				continue;	/* it may be written to */
			if (pointer == 0xc00f0000 && (calls[i] == VMI_SetGDT ||
						      calls[i] == VMI_SetIDT))
				continue;	/* and this can be read */
			traps(call_with, calls[i]);
		}
	vmi(GetGDT, (u32)&p);
	EQ(p.base, (u32)gdt);
	vmi(GetIDT, (u32)&p);
	EQ(p.base, (u32)idt);
	sound();
}

/* Stores an entry, then tells of it: only the store faults. */
static void entry_at(u32 at)
{
	if (pae)
		vmi(SetPxELong, ~0u, ~0u, at, VMI_PAGE_PT);
	else
		vmi(SetPxE, ~0u, at, VMI_PAGE_PT);
}

static void t_entries(void)
{
	for (u32 k = 0; k < ARRAY_SIZE(bad_pointers); k++) {
		u32 at = bad_pointers[k];

		if (at != VMI_TOP && at != 0xc00f0000)
			CHECK(traps(entry_at, at));
		vmi(UpdatePxE, at, VMI_PAGE_PT);
		vmi(UpdatePxELong, at, VMI_PAGE_PD);
		vmi(FlushTLB, VMI_FLUSH_TLB);
	}
	sound();
}

static void t_init_again(void)
{
	struct gpr r = patterns(1, 2, 4), was = r;

	for (u32 i = 0; i < 2; i++) {
		invoke((void *)rom->init, &r, 0, 0);
		CHECK(r.eax);
		changed_only(&r, &was, VMI_EAX | VMI_ECX | VMI_EDX);
	}
	sound();
}

/* ---- the shared page -------------------------------------------------------------- */

static void t_page(void)
{
	u32 read = VMI_TOP + 64;

	user(user_read, read, EFLAGS_IF);
	EQ(trapped.vector, TRAP_PAGE_FAULT);
	EQ(trapped.error & ~PF_EXEC, PF_USER | PF_PRESENT);
	user(user_write, read, EFLAGS_IF);
	EQ(trapped.vector, TRAP_PAGE_FAULT);
	user(user_jump, read, EFLAGS_IF);
	EQ(trapped.vector, TRAP_PAGE_FAULT);
	CHECK(traps(execute, read));
	EQ(trapped.vector, TRAP_PAGE_FAULT);
	for (u32 va = VMI_TOP + PAGE_SIZE; va; va += PAGE_SIZE) {
		CHECK(traps(peek, va));
		CHECK(traps(poke, va));
	}
	sound();
}

static void t_queue(void)
{
	for (u32 i = 0; i < 3000; i++) {
		page->tail = random() >> below(32);
		page->head = below(2) ? random() >> below(32) :
			     page->tail - below(SHARED_QUEUE_SIZE * 2);
		for (u32 n = below(SHARED_QUEUE_SIZE); n--;) {
			page->queue[n].what = below(6);
			page->queue[n].about = random() >> below(32);
		}
		if (below(2))
			vmi(FlushTLB, VMI_FLUSH_TLB);
		else
			vmi(UpdatePxE, random(), 0);
	}
	page->head = page->tail = 0;
	__builtin_memset(page->queue, 0, sizeof(page->queue));
	vmi(FlushTLB, VMI_FLUSH_TLB | VMI_FLUSH_GLOBAL);
	vmi(SetCR3, page_pa(swapper));
	sound();
}

static u32 steps_left;

/* Of another entry: more than the queue has room for. */
static void note_many(void)
{
	if (--steps_left)
		return;
	for (u32 i = 0; i < SHARED_QUEUE_SIZE + 50; i++)
		update_entry(area_entry(1), VMI_PAGE_PT);
}

/* Interrupted at each of its instructions, by what makes more changes. */
static void t_note(void)
{
	u32 *page[2] = { alloc_page(), alloc_page() };

	*page[1] = 1;
	map_area(0, page_pa(page[0]) | PTE_P | PTE_W);
	debug_goes_on = true;
	at_debug = note_many;
	for (u32 at = 1; at < 30; at++) {
		struct gpr r = { .eax = (u32)area_entry(0), .edx = VMI_PAGE_PT,
				 .flags = EFLAGS_TF };

		EQ(*(volatile u32 *)area(0), !(at & 1));
		store_entry(area_entry(0), page_pa(page[at & 1]) | PTE_P | PTE_W |
			    PTE_A);
		steps_left = at;
		invoke(ops[VMI_UpdatePxE], &r, 0, 0);
		asm volatile("push %0\n\tpopf" : : "i" (EFLAGS_FIXED));
		vmi(FlushTLB, VMI_FLUSH_TLB);
		EQ(*(volatile u32 *)area(0), at & 1);
	}
	at_debug = NULL;
	debug_goes_on = false;
	map_area(0, 0);
	sound();
}

static void t_bytes(void)
{
	u32 *word = (u32 *)page, cr0 = (u32)vmi(GetCR0), cr4 = (u32)vmi(GetCR4);

	for (u32 i = 0; i < 256; i++) {
		for (u32 n = 0; n < 30; n++)
			if (n != 16 && n != 17)
				word[n] = random();
		page->head = page->tail;
		page->vcpu.mask = i;
		vmi(FlushTLB, VMI_FLUSH_TLB);
		traps(peek, NOWHERE);
		page->vcpu.mask = i;
		KERNEL(NULL, 0xcd, VECTOR_SYSCALL);
		site_save_fl();
	}
	site_irq_disable();
	vmi(SetGDT, (u32)&gdtr);
	vmi(SetIDT, (u32)&idtr);
	vmi(SetCR0, cr0);
	vmi(SetCR3, page_pa(swapper));
	vmi(SetCR4, cr4);
	vmi(SetLDT, 0);
	vmi(SetTR, TSS_SEL);
	sound();
}

const struct test attack_call_tests[] = {
	{ "a wild number of GetRelocationInfo has no answer", t_relocation },
	{ "a call with an unknown number, or of ring 3, does nothing", t_numbers },
	{ "a call whose stack is nowhere does no harm", t_stacks },
	{ "bad pointers do no harm to tables", t_pointers },
	{ "an entry that is nowhere is not believed", t_entries },
	{ "VMI_Init under the monitor fails", t_init_again },
	{ "the shared page is the kernel's, and no code", t_page },
	{ "garbage in the queue does no harm", t_queue },
	{ "nor do wild bytes in the shared page", t_bytes },
	{ "a change that is told while many others are is not lost", t_note },
	{ }
};
