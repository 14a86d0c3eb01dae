// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Traps of a guest that speaks Xen's ABI: what the monitor does with them before
 * they are the guest's, and what is due before it goes on. xen-pv-abi 6.
 * Before: ../traps.c.
 */
#include <monitor/xen/xen.h>
#include <monitor/xen/hypercall.h>

bool face_step(struct regs *regs)
{
	return ptwr_step(regs);
}

/* The CPU reads descriptors for the guest: those of the LDT. */
bool face_monitor_fault(u64 va, u32 error)
{
	return ldt_fault(va);
}

bool face_page_fault(struct regs *regs, u64 *va, u32 *error)
{
	*error &= ~PF_RESERVED;
	if (*va >> 32) {
		if (ldt_fault(*va))
			return true;
		*va = guest.ldt_base + (u32)(*va - LDT_BASE);
		return false;
	}
	return *error == (PF_PRESENT | PF_WRITE) &&
	       ring_of(regs) == 1 && ptwr_fault(regs, *va);
}

bool face_exception(struct regs *regs)
{
	switch (regs->vector) {
	case TRAP_DEBUG:
		guest.debugreg[6] = read_dr6();
		break;
	case TRAP_INVALID_OP:
		return emulate_cpuid(regs) || emulate_syscall(regs);
	case TRAP_NO_FPU:
		clts();			/* as the guest gets it: 6.2 */
	}
	return false;
}

void face_interrupt(u32 vector)
{
	interrupt(vector);
}

/* An NMI is given to the guest by an interrupt that follows it at once. */
void face_nmi(const struct regs *regs)
{
	guest.attention |= ATTENTION_NMI;
	kick();
}

void face_vm86(struct regs *regs)
{
	guest_crash(NULL, "EFLAGS.VM is set");
}

void face_no_handler(struct regs *regs, u32 vector, u32 error)
{
	guest_crash(regs, "no handler for trap %u, error %x", vector,
		    error == NO_ERROR_CODE ? 0 : error);
}

void face_no_stack(struct regs *regs, u32 sp)
{
	guest_crash(regs, "no stack for a frame at %08x", sp);
}

/* DS, ES, FS and GS are 0 where they failed; the frame has what they were. */
static void enter_failsafe(struct regs *regs)
{
	u32 lost[4];

	guest.attention &= ~ATTENTION_FAILSAFE;
	if (!guest.failsafe.eip)
		guest_crash(regs, "no failsafe callback for a bad selector");
	for (u32 i = 0; i < 4; i++)
		lost[i] = segment_lost[i];
	push_words(regs, lost);
	enter_handler(regs, GUEST_CS, guest.failsafe.eip, guest.failsafe.mask_events);
	regs->ss = GUEST_DS;
}

/* Something is due before the guest goes on. */
void before_return(struct regs *regs)
{
	const struct xen_trap_info *t = &guest.trap[TRAP_NMI];

	if (guest.attention & ATTENTION_STEP)
		return;
	if (guest.attention & ATTENTION_FAILSAFE)
		enter_failsafe(regs);
	if (event_due() && guest.event.eip)
		bounce(regs, guest.event.cs, guest.event.eip, true,
		       NO_ERROR_CODE);
	if (guest.attention & ATTENTION_NMI && !guest.nmi_blocked) {
		guest.attention &= ~ATTENTION_NMI;
		guest.nmi_blocked = true;
		if (guest.nmi.eip)
			bounce(regs, guest.nmi.cs, guest.nmi.eip, true,
			       NO_ERROR_CODE);
		else if (t->cs > 3)
			bounce(regs, t->cs, t->address, true, NO_ERROR_CODE);
	}
}
