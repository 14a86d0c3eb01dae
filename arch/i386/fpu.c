// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * FPU and SSE state, switched lazily. CR0.TS stays set until a task uses the
 * FPU. The trap then saves the registers of the last owner and loads those of
 * the new one. The kernel itself never uses the FPU.
 *
 * What must hold: the FPU has the state of fpu_owner, which is newer than the
 * owner's fpu memory; NULL: nobody's. TS is clear only while `current` is the
 * owner. A task with fpu == NULL has never used the FPU.
 */
#include <abi/signal.h>
#include <arch/switch.h>
#include <arch/trap.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/signal.h>
#include <kernel/uaccess.h>

#define FPU_STATE_SIZE	512		/* FXSAVE; FNSAVE needs 108 */
#define CONTROL_DEFAULT	0x037f
#define MXCSR_DEFAULT	0x1f80

struct task *fpu_owner;			/* whose state the registers hold */

void fpu_disable(void)
{
	write_cr0(read_cr0() | CR0_TS);
}

/* FXSAVE wants 16-byte alignment: kmalloc aligns a power of two to its size. */
static void save(void *state)
{
	if (cpu.features & CPU_FXSR)
		asm volatile("fxsave (%0)" : : "r" (state) : "memory");
	else
		asm volatile("fnsave (%0)\n\tfwait"
			     : : "r" (state) : "memory");
}

/*
 * FRSTOR first waits for exceptions, and would take one that a task left in the
 * registers when it ended: hence FNCLEX. FXRSTOR does not wait.
 */
static void restore(const void *state)
{
	if (cpu.features & CPU_FXSR)
		asm volatile("fxrstor (%0)" : : "r" (state) : "memory");
	else
		asm volatile("fnclex\n\tfrstor (%0)"
			     : : "r" (state) : "memory");
}

/*
 * The state at a program's first use of the FPU: default control words, and
 * nothing of the task that used the registers before.
 */
static void make_fresh(u32 *state)
{
	if (cpu.features & CPU_FXSR) {
		state[0] = CONTROL_DEFAULT;
		state[6] = MXCSR_DEFAULT;
	} else {
		state[0] = 0xffff0000 | CONTROL_DEFAULT;
		state[1] = 0xffff0000;		/* status */
		state[2] = 0xffffffff;		/* tags: all empty */
	}
}

void __init fpu_init(void)
{
	fpu_disable();
}

/* Device not available: `current` wants to use the FPU. */
int fpu_trap(void)
{
	if (!current->arch.fpu) {
		current->arch.fpu = kzalloc(FPU_STATE_SIZE);
		if (!current->arch.fpu) {
			fpu_disable();	/* Xen has cleared it */
			task_loaded();
			return -ENOMEM;
		}
		make_fresh(current->arch.fpu);
	}
	clts();
	if (fpu_owner == current)
		return 0;
	if (fpu_owner)
		save(fpu_owner->arch.fpu);
	fpu_owner = current;
	restore(current->arch.fpu);
	return 0;
}

void fpu_release(struct task *t)
{
	if (!t->arch.fpu)
		return;
	if (fpu_owner == t) {
		fpu_owner = NULL;
		fpu_disable();
		if (!t->exiting)	/* a switch follows */
			task_loaded();
	}
	kfree(t->arch.fpu);
	t->arch.fpu = NULL;
}

/* Brings its memory up to date. FNSAVE also resets: load the registers again. */
static void save_current(void)
{
	if (fpu_owner == current) {
		clts();
		save(current->arch.fpu);
		restore(current->arch.fpu);
	}
}

int fpu_fork(struct task *child)
{
	child->arch.fpu = kmalloc(FPU_STATE_SIZE);
	if (!child->arch.fpu)
		return -ENOMEM;
	save_current();
	memcpy(child->arch.fpu, current->arch.fpu, FPU_STATE_SIZE);
	return 0;
}

u8 fpu_error(bool sse)
{
	static const u8 codes[] = {
		FPE_FLTINV, FPE_FLTUND, FPE_FLTDIV, FPE_FLTOVF, FPE_FLTUND,
		FPE_FLTRES,
	};
	u32 status = 0, masked = 0, i = 0;

	if (sse)
		asm volatile("stmxcsr %0" : "=m" (status));
	else
		asm volatile("fnstsw %0\n\tfnstcw %1"
			     : "+m" (status), "+m" (masked));
	status &= ~(sse ? status >> 7 : masked);
	while (i < ARRAY_SIZE(codes) - 1 && !(status & 1u << i))
		i++;
	return codes[i];
}

/* The CPU converts: registers that FXRSTOR has loaded are stored by FNSAVE. */
void fpu_to_frame(struct fpstate *to)
{
	void *state = current->arch.fpu;

	save_current();
	if (cpu.features & CPU_FXSR)
		memcpy(to->fxsr, state, sizeof(to->fxsr));
	else
		to->magic = 0xffff;
	fpu_trap();
	asm volatile("fnsave (%0)\n\tfwait" : : "r" (to) : "memory");
	restore(state);
	to->status = to->env[1];
}

/* FXRSTOR faults on bits of MXCSR that the CPU lacks: they are refused. */
static int load_fxsr(u32 *state, const struct fpstate *user)
{
	u32 mask;
	int err;

	save(state);
	mask = state[7] ? state[7] : 0xffbf;
	err = copy_from_user(state, user->fxsr, sizeof(user->fxsr));
	if (!err && state[6] & ~mask)
		err = -EINVAL;
	if (!err)
		restore(state);
	return err;
}

/* The first form counts where both say something, as on Linux. */
int fpu_from_frame(const struct fpstate *user)
{
	u8 first[offsetof(struct fpstate, status)];
	int err = copy_from_user(first, user, sizeof(first));

	if (!err)
		err = fpu_trap();
	if (!err && cpu.features & CPU_FXSR)
		err = load_fxsr(current->arch.fpu, user);
	if (!err)
		asm volatile("fnclex\n\tfrstor (%0)"
			     : : "r" (first) : "memory");
	return err;
}
