// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Traps: what the CPU raises while the guest runs is the monitor's own business
 * (an emulated instruction, a store to a live L1 table, a shadow table that has
 * to be filled) or the guest's. Then bounce() builds the frame that the guest's
 * handler expects and goes on there. xen-pv-abi 6, vmi-abi 6.4. What differs by
 * the guest's interface is in xen/traps.c and vmi/traps.c. Before:
 * arch/x86_64/entry.S.
 */
#include <face.h>
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
_Static_assert(sizeof(struct regs) == REGS_SIZE, "regs");
_Static_assert((int)SWITCH_SYSTEM_CALL == SWITCH_SYSCALL, "switches");

#define ERROR_CODES	0x00227d00	/* bit n: exception n has one */

struct guest guest;
u64 switches[SWITCH_CAUSES];
const struct regs *guest_regs;

/*
 * What the guest's handler finds on its stack, the lowest first: of `before`
 * the last `words`.
 */
struct trap_frame {
	u32 before[4];
	u32 eip, cs, eflags;
	u32 esp, ss;		/* from ring 2 or 3 */
};

/*
 * EFLAGS.IF is the opposite of the mask. From ring 2 or 3 the frame goes to the
 * kernel's stack, else to the stack in use.
 */
__inline_always bool push_frame(struct regs *regs, struct trap_frame *f,
				u32 words)
{
	bool outer = ring_of(regs) > 1;
	u32 mask = guest.vcpu->mask, n = words + (outer ? 5 : 3);
	u32 sp = (outer ? kernel_sp() : regs->esp) - n * 4;

	f->eip = regs->eip;
	f->cs = (regs->cs & 0xffff) | FRAME_MASK(mask);
	f->eflags = (regs->eflags & ~(EFLAGS_IF | EFLAGS_IOPL)) |
		    guest.frame_iopl | (mask ? 0 : EFLAGS_IF);
	if (outer) {
		f->esp = regs->esp;
		f->ss = regs->ss;
	}
	if (!guest_range(sp, n * 4) ||
	    !copy_words((void *)(u64)sp, &f->eip - words, n)) {
		face_no_stack(regs, sp);
		return false;
	}
	if (outer)
		regs->ss = kernel_ss();
	regs->esp = sp;
	return true;
}

void enter_handler(struct regs *regs, u32 cs, u32 eip, bool mask)
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
	if (push_frame(regs, &f, error != NO_ERROR_CODE))
		enter_handler(regs, cs, eip, mask);
}

bool push_words(struct regs *regs, const u32 words[4])
{
	struct trap_frame f;

	memcpy(f.before, words, sizeof(f.before));
	return push_frame(regs, &f, 4);
}

void inject(struct regs *regs, u32 vector, u32 error)
{
	const struct xen_trap_info *t = &guest.trap[vector];

	if (t->cs <= 3)
		face_no_handler(regs, vector, error);
	else
		bounce(regs, t->cs, t->address,
		       t->flags & XEN_TRAP_MASK_EVENTS, error);
}

void inject_page_fault(struct regs *regs, u32 va, u32 error)
{
	guest.vcpu->cr2 = va;
	error &= ~PF_USER;
	if (ring_of(regs) == 3)
		error |= PF_USER;
	inject(regs, TRAP_PAGE_FAULT, error);
}

/*
 * `int n` whose gate is not open: the CPU raises #GP with IDT and n in the error
 * code. Some emulators make 2n of it, so n is read from the instruction.
 */
static void software_interrupt(struct regs *regs)
{
	u32 vector = (u8)(regs->error >> 3), fault;
	u8 insn[2];

	if (read_code(regs, insn, 2) && insn[0] >= 0xcc && insn[0] <= 0xce)
		vector = insn[0] == 0xcd ? insn[1] :
			 insn[0] == 0xcc ? TRAP_BREAKPOINT : TRAP_OVERFLOW;
	fault = int_fault(vector, ring_of(regs));
	if (fault)
		return inject(regs, fault, vector * 8 + 2);
	regs->eip += 2;
	inject(regs, vector, NO_ERROR_CODE);
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
	if (face_exception(regs))
		return;
	switch (vector) {
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

static void page_fault(struct regs *regs)
{
	u64 va = read_cr2();
	u32 error = regs->error;

	switches[SWITCH_PAGE_FAULT]++;
	if (!face_page_fault(regs, &va, &error))
		inject_page_fault(regs, va, error);
}

/* The way into the monitor for all but hypercalls and most system calls. */
void trap(struct regs *regs)
{
	guest_regs = regs;
	if (regs->vector == TRAP_NMI)
		return face_nmi(regs);
	if (guest.attention & ATTENTION_STEP && face_step(regs))
		return;
	if (is_interrupt(regs)) {
		switches[SWITCH_INTERRUPT]++;
		face_interrupt(regs->vector);
	} else if (regs->vector == TRAP_PAGE_FAULT) {
		page_fault(regs);
	} else {
		exception(regs);
	}
}

void (*run_trap)(struct regs *regs) = trap;

/* Of the last fault that was fixed up; entry.S. */
u64 iret_vector, iret_error;

/*
 * Nothing of the guest may have run since the last: then its handler is bad, and
 * at the third time that of the double fault.
 */
void iret_fault(struct regs *regs)
{
	static u64 last;
	static u32 again;
	u64 entries = 0, va = read_cr2();
	u32 error = regs->error;

	if (guest.attention & ATTENTION_STEP)
		face_step(regs);
	if (regs->vector == TRAP_PAGE_FAULT && face_monitor_fault(va, error))
		return;
	for (u32 i = 0; i < SWITCH_CAUSES; i++)
		entries += switches[i];
	again = entries == last ? again + 1 : 0;
	last = entries;
	if (again)
		return face_no_handler(regs, again > 1 ? TRAP_DOUBLE_FAULT :
				       regs->vector, error);
	if (regs->vector != TRAP_PAGE_FAULT)
		inject(regs, regs->vector, error);
	else if (!face_page_fault(regs, &va, &error))
		inject_page_fault(regs, va, error);
}

extern const struct {
	u64 at, fixup;
} extable_start[], extable_end[];

/* What comes while the monitor itself runs. */
void monitor_trap(struct regs *regs)
{
	if (regs->vector == TRAP_NMI)
		return face_nmi(regs);
	if (is_interrupt(regs) || face_waits(regs))
		return face_interrupt(regs->vector);
	if (regs->vector == TRAP_PAGE_FAULT &&
	    face_monitor_fault(read_cr2(), regs->error))
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
