// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What follows a trap. In user mode it becomes a page (kernel/fault.c), FPU
 * state, or a signal. In the kernel it is a fault on a
 * user address that the code expected (the exception table), or a bug
 * (kernel/panic.c).
 */
#include <arch/pc.h>
#include <arch/trap.h>
#include <kernel/irq.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/sections.h>
#include <kernel/signal.h>
#include <kernel/uaccess.h>

static const struct {
	const char *name;
	u8 signal, code;	/* SI_KERNEL: without an address */
} traps[32] = {
	[0] = { "divide error", SIGFPE, FPE_INTDIV },
	[TRAP_DEBUG] = { "debug trap", SIGTRAP, TRAP_TRACE },
	[TRAP_BREAKPOINT] = { "breakpoint", SIGTRAP, SI_KERNEL },
	[TRAP_OVERFLOW] = { "overflow", SIGSEGV, SI_KERNEL },
	[TRAP_BOUND] = { "bound range", SIGSEGV, SI_KERNEL },
	[TRAP_INVALID_OP] = { "invalid opcode", SIGILL, ILL_ILLOPN },
	[TRAP_NO_FPU] = { "no FPU", SIGFPE, SI_KERNEL },
	[9] = { "FPU segment overrun", SIGFPE, SI_KERNEL },
	[10] = { "invalid TSS", SIGSEGV, SI_KERNEL },
	[11] = { "segment not present", SIGBUS, SI_KERNEL },
	[12] = { "stack segment", SIGBUS, SI_KERNEL },
	[TRAP_GP] = { "general protection", SIGSEGV, SI_KERNEL },
	[TRAP_PAGE_FAULT] = { "page fault", SIGSEGV, SI_KERNEL },
	[TRAP_FPU] = { "FPU error", SIGFPE, FPE_FLTINV },
	[TRAP_ALIGNMENT] = { "alignment check", SIGBUS, BUS_ADRALN },
	[18] = { "machine check", 0, SI_KERNEL },
	[TRAP_SIMD] = { "SIMD error", SIGFPE, FPE_FLTINV },
};

const struct extable *extable_find(u32 insn)
{
	const struct extable *e;

	if (insn == firmware.iret)
		insn = (u32)iret_site;
	for (e = __extable; e < __extable_end; e++)
		if (e->insn == insn)
			return e;
	return NULL;
}

static bool fixup(struct regs *regs, int err)
{
	const struct extable *e = extable_find(regs->eip);

	copy_failed(err);
	if (e)
		regs->eip = e->fixup;
	return e;
}

static __noinline void bad_page_fault(struct regs *regs, int err)
{
	u32 addr = current->fault_addr;

	if (user_mode(regs)) {
		if (err == -ENOMEM)
			wait_for_memory();
		else if (regs->eip != addr || !signal_return(regs))
			user_fault(regs, "page fault", SIGSEGV, err == -EACCES ?
				   SEGV_ACCERR : SEGV_MAPERR, addr);
	} else if (!fixup(regs, err)) {
		char what[64];

		snprintf(what, sizeof(what), "page fault at address %08x%s",
			 addr, addr < PAGE_SIZE ? " (null pointer)" :
			 regs->error & PF_EXEC ? " (execution)" :
			 regs->error & PF_PRESENT ? " (protection)" : "");
		die(what, regs);
	}
}

static void page_fault(struct regs *regs)
{
	u32 addr = read_cr2();
	int err = -EFAULT;

	/* Before another task can fault. */
	current->fault_addr = addr;
	if (regs->eflags & EFLAGS_IF)
		irq_enable();
	if (addr < USER_END && current->mm != &kernel_mm)
		err = mm_fault(current->mm, addr, regs->error);
	if (err)
		bad_page_fault(regs, err);
}

static __noinline void exception(struct regs *regs)
{
	u8 code = traps[regs->vector].code;

	if (!user_mode(regs)) {
		if (regs->vector == TRAP_DEBUG) {
			regs->eflags &= ~EFLAGS_TF;
			set_debugreg(6, 0);
			return;
		}
		if (!fixup(regs, -EFAULT))
			die(traps[regs->vector].name ?: "reserved trap", regs);
		return;
	}
	irq_enable();
	if (regs->vector == TRAP_DEBUG)
		set_debugreg(6, 0);
	if (regs->vector == TRAP_FPU || regs->vector == TRAP_SIMD)
		code = fpu_error(regs->vector == TRAP_SIMD);
	user_fault(regs, traps[regs->vector].name,
		   traps[regs->vector].signal ?: SIGSEGV, code ?: SI_KERNEL,
		   code == SI_KERNEL ? 0 : regs->eip);
}

/*
 * An NMI comes in the middle of anything, even of a pass of the patcher. So
 * from its vector, in trap_stubs[], to its return there is only one site, that
 * of iret, which is written by one store: scripts/check-core.sh shows it. Data
 * is reached through SS, since DS may be the user's.
 */
__attribute__((naked)) void nmi(void)
{
	asm volatile("incl	%%ss:%c0\n\tjmp	iret_site"
		     : : "i" (&irq_count[IRQ_NMI]));
}

void trap(struct regs *regs)
{
	switch (regs->vector) {
	case TRAP_PAGE_FAULT:
		page_fault(regs);
		break;
	case TRAP_NO_FPU:
		if (!user_mode(regs))
			die("FPU used in the kernel", regs);
		if (fpu_trap())
			wait_for_memory();
		break;
	default:
		if (regs->vector < VECTOR_IRQ0)
			exception(regs);
		else
			pc_interrupt(regs->vector);
	}
}
