// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What there is to see after a trap in the kernel: registers, the bytes at the
 * instruction, and the way there by the chain of frame pointers.
 */
#include <arch/trap.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/sections.h>
#include <kernel/task.h>

#define FRAMES_MAX	24
#define CODE_BYTES	16

static bool on_stack(u32 ebp)
{
	return ebp >= current->stack &&
	       ebp <= current->stack + KSTACK_SIZE - 8 && !(ebp & 3);
}

/*
 * The name is that of the byte before the return address, which is in the call.
 * After a call of a function that does not return the address itself may lie in
 * the next function.
 */
static void show_return(u32 addr)
{
	u32 offset = 0;
	const char *name = kallsyms_find(addr - 1, &offset);

	printk("  %08x %s+0x%x\n", addr, name ? name : "?", offset + 1);
}

/*
 * Follows the chain of frame pointers, upwards and within the stack. A
 * recursion shows once, with the number of its repetitions.
 */
void backtrace(u32 ebp)
{
	u32 last = 0, repeated = 0;

	printk("backtrace:\n");
	for (int i = 0; i < FRAMES_MAX && on_stack(ebp); ) {
		const u32 *frame = (const u32 *)ebp;

		if (!frame[1])
			break;
		if (frame[1] == last) {
			repeated++;
		} else {
			if (repeated)
				printk("  ... %u times more\n", repeated);
			repeated = 0;
			last = frame[1];
			show_return(last);
			i++;
		}
		if (frame[0] <= ebp)
			break;
		ebp = frame[0];
	}
}

static void show_code(u32 eip)
{
	const u8 *p = (const u8 *)eip;

	if (eip < (u32)__text_start ||
	    eip > (u32)__init_text_end - CODE_BYTES)
		return;
	printk("code:");
	for (int i = 0; i < CODE_BYTES; i++)
		printk(" %02x", p[i]);
	printk("\n");
}

static void show_regs(const struct regs *r)
{
	printk("eip %08x %pS\n", r->eip, (void *)r->eip);
	printk("eax %08x ebx %08x ecx %08x edx %08x\n",
	       r->eax, r->ebx, r->ecx, r->edx);
	printk("esi %08x edi %08x ebp %08x eflags %08x\n",
	       r->esi, r->edi, r->ebp, r->eflags);
	printk("cs %04x ds %04x es %04x error %x vector %u\n",
	       r->cs & 0xffff, r->ds & 0xffff, r->es & 0xffff, r->error,
	       r->vector);
	printk("cr0 %08x cr2 %08x cr3 %08x cr4 %08x\n",
	       read_cr0(), read_cr2(), read_cr3(), read_cr4());
	printk("dr6 %08x dr7 %08x\n", get_debugreg(6), get_debugreg(7));
}

void show_trap(const struct regs *r)
{
	show_regs(r);
	show_code(r->eip);
	backtrace(r->ebp);
}
