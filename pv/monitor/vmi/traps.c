// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Traps and interrupts of a guest that speaks VMI. The interrupt controllers are
 * its own: what they send is pending here until the guest's flag allows it.
 * vmi-abi 6. Before: ../traps.c.
 */
#include <face.h>
#include <monitor/vmi/vmi.h>
#include <monitor/vmi/walk.h>

#define MSR_MCG_STATUS	0x17a
#define MCG_IN_PROGRESS	4
#define CALL_BYTES	5
#define CONTRIBUTORY	0x7c01		/* bit n: exception n, before another fault */

static u32 pending[8];		/* a bit for each vector */

/* It is pending until the guest's flag allows it. */
void face_interrupt(u32 vector)
{
	pending[vector / 32] |= 1u << vector % 32;
	shared.vcpu.pending = 1;
}

void unpend(u32 vector, u32 count)
{
	for (; count--; vector++)
		pending[vector / 32] &= ~(1u << vector % 32);
}

/* The highest first, as the local APIC has it. ~0: none. */
static u32 highest(void)
{
	for (u32 i = ARRAY_SIZE(pending); i--;)
		if (pending[i])
			return i * 32 + 31 - __builtin_clz(pending[i]);
	return ~0u;
}

bool pending_any(void)
{
	return highest() != ~0u;
}

/* It returns to `wait_end`. */
asm(".globl wait_end\nwait_once:\n\tsti\n\thlt\nwait_end:\n\tcli\n\tret");
void wait_once(void);

void wait_for_interrupt(void)
{
	while (!(shared.vcpu.pending && !shared.vcpu.mask) &&
	       !(guest.attention & ATTENTION_NMI))
		wait_once();
}

/* ---- NMI ----------------------------------------------------------------------- */

/*
 * If it comes when the way back has looked already, the guest makes one step and
 * comes back. The frame of the guest is what the CPU pushed first. Before that
 * TF must not be set there: the guest would get it in a frame of its own.
 */
static bool stepping;

static bool looked_already(const struct regs *regs)
{
	for (const struct range *r = returning; r < returning_end; r++)
		if (!ring_of(regs) && regs->eip >= r->from && regs->eip <= r->to)
			return true;
	return false;
}

void face_nmi(const struct regs *regs)
{
	guest.attention |= ATTENTION_NMI;
	if (guest.attention & ATTENTION_STEP || !looked_already(regs))
		return;
	stepping = !(monitor_frame.eflags & EFLAGS_TF);
	monitor_frame.eflags |= EFLAGS_TF;
	guest.attention |= ATTENTION_STEP;
}

void step_done(struct regs *regs)
{
	guest.attention &= ~ATTENTION_STEP;
	if (stepping)
		regs->eflags &= ~(u64)EFLAGS_TF;
}

bool face_step(struct regs *regs)
{
	bool ours = stepping && regs->vector == TRAP_DEBUG;

	step_done(regs);
	return ours;
}

/* ---- the ROM's IRET --------------------------------------------------------- */

static bool usable(u32 selector)
{
	bool ok;

	asm("lar %1, %%eax" : "=@ccz" (ok) : "r" (selector) : "eax");
	return ok;
}

bool complete_iret(struct regs *regs)
{
	struct {
		u32 eip, cs, eflags, esp, ss;
	} f = { 0 };
	bool inner;

	if (!guest_read(&f, regs->esp, 12) || f.eflags & EFLAGS_VM)
		return false;
	inner = (f.cs & 3) < 2;
	f.cs |= inner;
	if (!usable(f.cs & 0xffff))
		return false;
	if (!inner && (!guest_read(&f, regs->esp, 20) || !usable(f.ss & 0xffff)))
		return false;
	regs->eip = f.eip;
	regs->cs = f.cs & 0xffff;
	regs->eflags = (f.eflags & EFLAGS_USER) | EFLAGS_FIXED | EFLAGS_IF;
	regs->esp = inner ? (u32)regs->esp + 12 : f.esp;
	if (!inner)
		regs->ss = f.ss & 0xffff;
	return true;
}

static bool at_iret(const struct regs *regs)
{
	return regs->eip == vmi.iret && ring_of(regs) == 1;
}

/*
 * A frame of ring 0, from before the launch, is one of ring 1 now. Any other
 * that the CPU refuses is a fault where the client calls IRET. 6.2.
 */
static bool iret_refused(struct regs *regs)
{
	u32 cs, back;

	if (!at_iret(regs))
		return false;
	if (guest_read(&cs, regs->esp + 4, 4) && !(cs & 3) &&
	    complete_iret(regs))
		return true;
	if (guest_read(&back, regs->esp - 4, 4))
		regs->eip = back - CALL_BYTES;
	return false;
}

/* ---- traps ---------------------------------------------------------------------- */

/* To a page that is never writable: trying it again does not help. */
static bool guarded_store(u32 va, u32 error, u64 *machine)
{
	return error & PF_WRITE && shadow_translate(va, machine) &&
	       guarded(*machine >> PAGE_SHIFT);
}

/* The monitor itself makes no such store for the guest. */
bool face_monitor_fault(u64 va, u32 error)
{
	u64 machine;

	error &= ~PF_USER;
	return !(va >> 32) && shadow_fault(va, &error) &&
	       !guarded_store(va, error, &machine);
}

bool face_access(u32 va, u32 *error)
{
	queue_drain();
	return shadow_fault(va, error);
}

/* A store to such a page is done for whoever may make it. */
bool face_page_fault(struct regs *regs, u64 *va, u32 *error)
{
	u32 was = *error;
	u64 machine;

	if (!face_access(*va, error))
		return false;
	return !guarded_store(*va, was, &machine) || !(was & PF_PRESENT) ||
	       emulate_store(regs, machine);
}

/* An interrupt may have this vector, or one that has no error code here. */
static bool no_machine_check(void)
{
	u32 low, high;

	return !rdmsr_safe(MSR_MCG_STATUS, &low, &high) ||
	       !(low & MCG_IN_PROGRESS);
}

bool face_exception(struct regs *regs)
{
	u32 vector = regs->vector;

	if (vector == TRAP_MACHINE_CHECK && no_machine_check()) {
		face_interrupt(vector);
		return true;
	}
	if ((vector == TRAP_INVALID_OP || vector == TRAP_GP) &&
	    ring_of(regs) == 3 && emulate_sysenter(regs))
		return true;
	if (vector == TRAP_DEBUG) {
		guest.debugreg[6] = read_dr6();
		complete_note(regs);
	}
	return vector >= TRAP_NOT_PRESENT && vector <= TRAP_GP &&
	       iret_refused(regs);
}

/* It is a fault of the program. */
void face_vm86(struct regs *regs)
{
	regs->eflags &= ~(u64)EFLAGS_VM;
	regs->cs |= 3;
	if (regs->vector == TRAP_NMI)
		face_nmi(regs);
	else if (is_interrupt(regs))
		face_interrupt(regs->vector);
	inject(regs, TRAP_GP, 0);
}

/*
 * As the CPU has it: #NP or #GP, with the bit for an event that no instruction
 * asked for; #DF, if it was such a fault itself or a page fault; then a reset.
 */
void face_no_handler(struct regs *regs, u32 vector, u32 error)
{
	const struct xen_trap_info *t = &guest.trap[vector];

	if (t->flags & TRAP_TASK && enter_task(regs, t->address, error))
		return;
	if (vector == TRAP_DOUBLE_FAULT)
		machine_reset();
	if (vector < 32 && CONTRIBUTORY >> vector & 1)
		inject(regs, TRAP_DOUBLE_FAULT, 0);
	else
		inject(regs, t->flags & TRAP_ABSENT ? TRAP_NOT_PRESENT : TRAP_GP,
		       vector * 8 + 3);
}

void face_no_stack(struct regs *regs, u32 sp)
{
	static bool nested;

	if (nested)
		machine_reset();
	nested = true;
	inject(regs, TRAP_DOUBLE_FAULT, 0);
	nested = false;
}

/* Something is due before the guest goes on. */
void before_return(struct regs *regs)
{
	u32 vector;

	if (guest.attention & ATTENTION_STEP)
		step_done(regs);
	if (at_iret(regs) && !complete_iret(regs))
		return;			/* it faults first */
	complete_note(regs);
	if (guest.attention & ATTENTION_NMI && !guest.nmi_blocked) {
		guest.attention &= ~ATTENTION_NMI;
		guest.nmi_blocked = true;
		inject(regs, TRAP_NMI, NO_ERROR_CODE);
	}
	vector = shared.vcpu.mask ? ~0u : highest();
	if (vector != ~0u) {
		unpend(vector, 1);
		inject(regs, vector, NO_ERROR_CODE);
	}
	/* IRET has to tell when it ends the handler of an NMI. */
	shared.vcpu.pending = pending_any() || guest.nmi_blocked;
}
