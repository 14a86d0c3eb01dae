// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Traps: what the CPU raises while the guest runs is the monitor's own business
 * (an emulated instruction, a store to a live L1 table, a page of the LDT) or
 * the guest's. Then bounce() builds the frame that the guest's handler expects
 * and goes on there. xen-pv-abi 6. Before: arch/x86_64/entry.S.
 */
#include <monitor/monitor.h>
#include <monitor/offsets.h>

#define GUEST_AT(field, offset) \
	_Static_assert(offsetof(struct guest, field) == offset, #field)
GUEST_AT(attention, GUEST_ATTENTION);
GUEST_AT(kernel_sp, GUEST_KERNEL_SP);
GUEST_AT(kernel_ss, GUEST_KERNEL_SS);
GUEST_AT(frame_iopl, GUEST_FRAME_IOPL);
GUEST_AT(vcpu, GUEST_VCPU);
GUEST_AT(trap[0x80], GUEST_SYSCALL);
_Static_assert(offsetof(struct regs, cs) == REGS_CS, "regs.cs");
_Static_assert(offsetof(struct regs, eflags) == REGS_EFLAGS, "regs.eflags");
_Static_assert((int)SWITCH_SYSTEM_CALL == SWITCH_SYSCALL, "switches");

#define ERROR_CODES	0x00227d00	/* bit n: exception n has one */

struct guest guest;
u64 switches[SWITCH_CAUSES];
const struct regs *guest_regs;

/*
 * What the guest's handler finds on its stack, the lowest first: of `before`
 * for a trap its error code, the last of them, or nothing, for the failsafe
 * callback four selectors.
 */
struct trap_frame {
	u32 before[4];
	u32 eip, cs, eflags;
	u32 esp, ss;		/* from ring 2 or 3 */
};

/*
 * CS has the mask above it, and EFLAGS.IF is its opposite. From ring 2 or 3 the
 * frame goes to the kernel's stack, else to the stack in use.
 */
__inline_always void push_frame(struct regs *regs, struct trap_frame *f,
				u32 words)
{
	bool outer = ring_of(regs) > 1;
	u32 mask = guest.vcpu->mask, n = words + (outer ? 5 : 3);
	u32 sp = (outer ? guest.kernel_sp : regs->esp) - n * 4;

	f->eip = regs->eip;
	f->cs = (regs->cs & 0xffff) | mask << 16;
	f->eflags = (regs->eflags & ~(EFLAGS_IF | EFLAGS_IOPL)) |
		    guest.frame_iopl | (mask ? 0 : EFLAGS_IF);
	if (outer) {
		f->esp = regs->esp;
		f->ss = regs->ss;
		regs->ss = guest.kernel_ss;
	}
	if (!guest_range(sp, n * 4) ||
	    !copy_words((void *)(u64)sp, &f->eip - words, n))
		guest_crash(regs, "no stack for a frame at %08x", sp);
	regs->esp = sp;
}

static void enter_at(struct regs *regs, u32 cs, u32 eip, bool mask)
{
	regs->cs = cs;
	regs->eip = eip;
	regs->eflags &= ~(EFLAGS_TF | EFLAGS_NT | EFLAGS_RF | EFLAGS_VM);
	if (mask)
		guest.vcpu->mask |= 1;
}

void bounce(struct regs *regs, u32 cs, u32 eip, bool mask, u32 error)
{
	struct trap_frame f;

	f.before[3] = error;
	push_frame(regs, &f, error != NO_ERROR_CODE);
	enter_at(regs, cs, eip, mask);
}

void inject(struct regs *regs, u32 vector, u32 error)
{
	const struct xen_trap_info *t = &guest.trap[vector];

	if (t->cs <= 3)
		guest_crash(regs, "no handler for trap %u, error %x", vector,
			    error == NO_ERROR_CODE ? 0 : error);
	bounce(regs, t->cs, t->address, t->flags & XEN_TRAP_MASK_EVENTS, error);
}

void inject_page_fault(struct regs *regs, u32 va, u32 error)
{
	guest.vcpu->cr2 = va;
	error &= ~PF_USER;
	if (ring_of(regs) == 3)
		error |= PF_USER;
	inject(regs, TRAP_PAGE_FAULT, error);
}

static void page_fault(struct regs *regs)
{
	u64 va = read_cr2();
	u32 error = regs->error;

	switches[SWITCH_PAGE_FAULT]++;
	if (va >> 32) {
		/* The CPU read a descriptor for the guest. */
		if (ldt_fault(va))
			return;
		va = guest.ldt_base + (u32)(va - LDT_BASE);
	} else if ((error & ~PF_RESERVED) == (PF_PRESENT | PF_WRITE) &&
		   ring_of(regs) == 1 && ptwr_fault(regs, va)) {
		return;
	}
	inject_page_fault(regs, va, error & ~PF_RESERVED);
}

/*
 * `int n` whose gate is not open: the CPU raises #GP with IDT and n in the error
 * code. Some emulators make 2n of it, so n is read from the instruction.
 */
static void software_interrupt(struct regs *regs)
{
	u8 insn[2], vector = regs->error >> 3;
	u32 dpl;

	if (read_code(regs, insn, 2) && insn[0] == 0xcd)
		vector = insn[1];
	dpl = guest.trap[vector].flags & 3;
	if (guest.trap[vector].cs > 3 && dpl && dpl >= ring_of(regs)) {
		regs->eip += 2;
		inject(regs, vector, NO_ERROR_CODE);
	} else {
		inject(regs, TRAP_GP, vector * 8 + 2);
	}
}

static void general_protection(struct regs *regs)
{
	if (regs->error & 2)
		software_interrupt(regs);
	else if (regs->error || !emulate(regs))
		inject(regs, TRAP_GP, regs->error);
}

static void exception(struct regs *regs)
{
	u32 vector = regs->vector;

	switches[SWITCH_EXCEPTION]++;
	switch (vector) {
	case TRAP_DEBUG:
		guest.debugreg[6] = read_dr6();
		break;
	case TRAP_INVALID_OP:
		if (emulate_cpuid(regs) || emulate_syscall(regs))
			return;
		break;
	case TRAP_NO_FPU:
		clts();			/* as the guest gets it: 6.2 */
		break;
	case TRAP_DOUBLE_FAULT:
	case TRAP_MACHINE_CHECK:
		monitor_die("the machine failed under the guest", regs);
	case TRAP_GP:
		return general_protection(regs);
	case VECTOR_SYSCALL:
		if (guest.trap[vector].cs > 3)
			break;
		regs->eip = (u32)(regs->eip - 2);	/* as if not open */
		return inject(regs, TRAP_GP, vector * 8 + 2);
	}
	inject(regs, vector, vector < 32 && ERROR_CODES >> vector & 1 ?
	       regs->error : NO_ERROR_CODE);
}

/* An NMI is given to the guest by an interrupt that follows it at once. */
static void nmi(void)
{
	guest.attention |= ATTENTION_NMI;
	kick();
}

/* The way into the monitor for all but hypercalls and most system calls. */
void trap(struct regs *regs)
{
	guest_regs = regs;
	if (regs->vector == TRAP_NMI)
		return nmi();
	if (guest.attention & ATTENTION_STEP && ptwr_step(regs))
		return;
	if (regs->vector >= VECTOR_IRQ0 && regs->vector != VECTOR_SYSCALL) {
		switches[SWITCH_INTERRUPT]++;
		interrupt(regs->vector);
	} else if (regs->vector == TRAP_PAGE_FAULT) {
		page_fault(regs);
	} else {
		exception(regs);
	}
}

/* Of the last fault that was fixed up; entry.S. */
u64 iret_vector, iret_error;

/* Nothing of the guest may have run since the last: then its handler is bad. */
void iret_fault(struct regs *regs)
{
	static u64 last;
	u64 entries = 0;

	if (regs->vector == TRAP_PAGE_FAULT && ldt_fault(read_cr2()))
		return;
	for (u32 i = 0; i < SWITCH_CAUSES; i++)
		entries += switches[i];
	if (entries == last)
		guest_crash(regs, "bad selector of a trap handler");
	last = entries;
	if (regs->vector == TRAP_PAGE_FAULT)
		inject_page_fault(regs, read_cr2() - LDT_BASE + guest.ldt_base,
				  regs->error);
	else
		inject(regs, regs->vector, regs->error);
}

void __noreturn no_vm86(void)
{
	guest_crash(NULL, "EFLAGS.VM is set");
}

extern const struct {
	u64 at, fixup;
} extable_start[], extable_end[];

/* What comes while the monitor itself runs. */
void monitor_trap(struct regs *regs)
{
	if (regs->vector == TRAP_NMI)
		return nmi();
	if (regs->vector >= VECTOR_IRQ0)
		return interrupt(regs->vector);
	if (regs->vector == TRAP_PAGE_FAULT && ldt_fault(read_cr2()))
		return;
	if (regs->vector == TRAP_DEBUG)
		return;		/* the guest watches memory that a call uses */
	for (typeof(&*extable_start) e = extable_start; e < extable_end; e++)
		if (e->at == regs->eip) {
			regs->eip = e->fixup;
			iret_vector = regs->vector;
			iret_error = regs->error;
			return;
		}
	monitor_die("a fault in the monitor", regs);
}

/* DS, ES, FS and GS are 0 where they failed; the frame has what they were. */
static void enter_failsafe(struct regs *regs)
{
	struct trap_frame f;

	guest.attention &= ~ATTENTION_FAILSAFE;
	if (!guest.failsafe.eip)
		guest_crash(regs, "no failsafe callback for a bad selector");
	for (u32 i = 0; i < 4; i++)
		f.before[i] = segment_lost[i];
	push_frame(regs, &f, 4);
	enter_at(regs, GUEST_CS, guest.failsafe.eip, guest.failsafe.mask_events);
	regs->ss = GUEST_DS;
}

static void enter_nmi(struct regs *regs)
{
	guest.attention &= ~ATTENTION_NMI;
	guest.nmi_blocked = true;
	if (guest.nmi.eip)
		bounce(regs, guest.nmi.cs, guest.nmi.eip, true, NO_ERROR_CODE);
	else if (guest.trap[TRAP_NMI].cs > 3)
		bounce(regs, guest.trap[TRAP_NMI].cs,
		       guest.trap[TRAP_NMI].address, true, NO_ERROR_CODE);
}

/* Something is due before the guest goes on. */
void before_return(struct regs *regs)
{
	if (guest.attention & ATTENTION_STEP)
		return;
	if (guest.attention & ATTENTION_FAILSAFE)
		enter_failsafe(regs);
	if (event_due() && guest.event.eip)
		bounce(regs, guest.event.cs, guest.event.eip, true,
		       NO_ERROR_CODE);
	if (guest.attention & ATTENTION_NMI && !guest.nmi_blocked)
		enter_nmi(regs);
}
