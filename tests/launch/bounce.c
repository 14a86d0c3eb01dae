// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A monitor for the VMI ROM that does nothing but go back to its client, once it
 * has spoilt what a real one uses of the CPU: for tests of the way in and out.
 */
#include <x86_64/cpu.h>
#include <monitor/vmi/enter.h>

#define TSS		16		/* a free place in T's GDT, for 16 bytes */

void __noreturn vmi_main(struct vmi_state *state, struct trampoline *t);

static void spoil(u64 at)
{
	u64 *gdt = phys(at + T_GDT);

	gdt[TSS / 8] = 0x67 | (at & 0xffffff) << 16 | 0x89ull << 40 |
		       at >> 24 << 56;
	gdt[TSS / 8 + 1] = 0;
	asm volatile("ltr %w0\n\tlldt %w1\n\tmov %1, %%es\n\tmov %1, %%fs\n\t"
		     "mov %1, %%gs" : : "r" (TSS), "r" (0));
	write_cr2(at);
	write_dr0(at);
	write_dr1(at);
	write_dr2(at);
	write_dr3(at);
	write_cr0((read_cr0() & ~CR0_AM) ^ CR0_TS);
	write_cr4(CR4_PAE | CR4_OSFXSR);
}

void __noreturn vmi_main(struct vmi_state *state, struct trampoline *t)
{
	launch_begin(t);
	spoil((u64)t);
	launch_state->task.eax = 0;
	leave_begin();
	vmi_leave();
}
