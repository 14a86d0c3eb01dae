// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A task gate: kernels have one for double faults, since it needs no stack that
 * is good. 64-bit mode has no task switch, so it is made here, as far as a
 * handler that never returns can see. Intel SDM volume 3, 7.3.
 */
#include <monitor/vmi/vmi.h>

#define TSS_CR3		0x1c		/* from here on the task's state */

void save_task(struct task_state *s, const struct regs *r)
{
	u16 now[4];

	read_segments(now);
	*s = (struct task_state){
		.cr3 = vmi.paging.cr3, .eip = r->eip, .eax = r->eax,
		.ecx = r->ecx, .edx = r->edx, .ebx = r->ebx, .esp = r->esp,
		.ebp = r->ebp, .esi = r->esi, .edi = r->edi, .es = now[1],
		.cs = r->cs, .ss = r->ss, .ds = now[0], .fs = now[2],
		.gs = now[3], .ldt = shared.ldt,
		.eflags = (r->eflags & ~(u64)(EFLAGS_IF | EFLAGS_IOPL)) |
			  guest.frame_iopl | (shared.vcpu.mask ? 0 : EFLAGS_IF),
	};
}

void load_task(struct regs *r, const struct task_state *s)
{
	const u16 selector[4] = { s->ds, s->es, s->fs, s->gs };

	*r = (struct regs){
		.eax = s->eax, .ecx = s->ecx, .edx = s->edx, .ebx = s->ebx,
		.ebp = s->ebp, .esi = s->esi, .edi = s->edi, .eip = s->eip,
		.esp = s->esp, .cs = (s->cs & 0xfffc) | 1,
		.ss = (s->ss & 0xfffc) | 1,
		.eflags = (s->eflags & EFLAGS_USER) | EFLAGS_FIXED | EFLAGS_IF,
	};
	shared.vcpu.mask = !(s->eflags & EFLAGS_IF);
	set_ldt_selector(s->ldt);
	load_segments(selector);
}

bool enter_task(struct regs *regs, u32 selector, u32 error)
{
	u32 old = shared.tr, from, to;
	struct task_state s;

	save_task(&s, regs);
	if (!tss_limit(&from) ||
	    !guest_write(from + TSS_CR3 + 4, &s.eip,	/* no CR3, no LDT */
			 offsetof(struct task_state, ldt) - 4))
		return false;
	set_tr(selector);
	if (!tss_limit(&to) || !guest_read(&s, to + TSS_CR3, sizeof(s)) ||
	    !guest_write(to, &old, 4))
		return false;
	set_cr3(s.cr3);
	s.esp -= 4;
	if (!guest_write(s.esp, &error, 4))
		return false;
	load_task(regs, &s);
	return true;
}
