/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the CPU needs to go on with another task or address space: tables,
 * segments, FPU, stack. It is inline, since context switches are frequent.
 */
#ifndef ARCH_SWITCH_H
#define ARCH_SWITCH_H

#include <kernel/mm.h>
#include <kernel/task.h>

#define LDT_ENTRIES	(PAGE_SIZE / 8)
#define irqs_enabled()	(save_fl() & EFLAGS_IF)

/*
 * Must follow load_tls, set_ldt, write_cr3, write_cr0 and a change of iopl for
 * `current`: load_esp0 is the operation after which they are in force.
 */
__inline_always void task_loaded(void)
{
	load_esp0(current->stack + KSTACK_SIZE, current->arch.iopl);
}

/* segments.c. What another backend has to be told, or has left behind. */
void segments_go_on(void);
/* `from` must have an LDT. 0 or -ENOMEM. */
int ldt_copy(struct page_tables *to, const struct page_tables *from);

/* A backend may delay this until load_esp0. */
__inline_always void arch_switch_mm(const struct page_tables *from,
				    const struct page_tables *to)
{
	write_cr3(pa(to->l3));
	if (to->ldt || from->ldt)
		set_ldt(to->ldt, to->ldt ? LDT_ENTRIES : 0);
}

__inline_always void save_segments(struct arch_task *t)
{
	asm volatile("mov %%fs, %0\n\tmov %%gs, %1"
		     : "=r" (t->fs), "=r" (t->gs));
}

__inline_always void switch_tls(const struct arch_task *from,
				const struct arch_task *to)
{
	for (int i = 0; i < GDT_TLS_COUNT; i++) {
		if (from->tls[i] != to->tls[i]) {
			load_tls(to->tls);
			return;
		}
	}
}

/* A selector that no longer loads, since the LDT has changed, becomes 0. */
#define LOAD_SEGMENT(seg, value)					\
	asm volatile("1: mov %0, %%" #seg "\n2:\n"			\
		     ".pushsection .text.unlikely, \"ax\"\n"		\
		     "3: push $0\n\tpop %%" #seg "\n\tjmp 2b\n"		\
		     ".popsection\n"					\
		     ".pushsection .extable, \"a\"\n"			\
		     ".long 1b, 3b\n"					\
		     ".popsection" : : "r" (value))

/*
 * Goes on as `to`, with interrupts off; returns when `from` goes on again. The
 * segments of `from` must be saved, and then the address space of `to` loaded:
 * a new LDT may take segments away. The order matters: load_esp0 makes what was
 * loaded before it take effect, so FS and GS, whose descriptors may be TLS or
 * LDT entries, are loaded after it.
 */
__inline_always void arch_switch(struct task *from, struct task *to)
{
	const struct arch_task *old = &from->arch, *new = &to->arch;

	if (fpu_owner == from)
		fpu_disable();
	switch_tls(old, new);
	load_esp0(to->stack + KSTACK_SIZE, new->iopl);
	if ((new->fs | old->fs) & 0xffff)
		LOAD_SEGMENT(fs, new->fs);
	if ((new->gs | old->gs) & 0xffff)
		LOAD_SEGMENT(gs, new->gs);
	current = to;
	switch_stacks(&from->arch, &to->arch);
}

#endif
