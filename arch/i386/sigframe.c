// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a signal handler finds on the user's stack, as Linux lays it out on
 * i386, and the way back: sigreturn and rt_sigreturn take all registers from a
 * frame that the user may have written anything to. Selectors get RPL 3, only
 * some flags change; what then does not load is a fault of the user's.
 */
#include <abi/signal.h>
#include <arch/switch.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/signal.h>
#include <kernel/syscall.h>
#include <kernel/uaccess.h>

#define EFLAGS_OF_USER	0x50dd5		/* AC RF OF DF TF SF ZF AF PF CF */
#define EFLAGS_CLEAR	(EFLAGS_TF | EFLAGS_DF | EFLAGS_RF | EFLAGS_VM)
#define INT80_SIZE	2
#define RETURN		STACK_TOP	/* nothing is there */

/* popl %eax; movl $119, %eax; int $0x80, and movl $173, %eax; int $0x80 */
static const u8 code[2][8] = {
	{ 0x58, 0xb8, 119, 0, 0, 0, 0xcd, 0x80 },
	{ 0xb8, 173, 0, 0, 0, 0xcd, 0x80 },
};

/* Flags of segments have no upper half; those that are 0 stay so. */
static u32 user_selector(u32 sel)
{
	return (u16)sel > 3 ? (u16)sel | 3 : (u16)sel;
}

/* A call that waited for what comes another time is made again, if so wanted. */
static void fill_context(struct sigcontext *sc, const struct regs *r,
			 bool restart, u64 mask)
{
	struct arch_task *t = &current->arch;
	bool fault = r->error != IN_SYSCALL && r->vector < 32;

	save_segments(t);
	*sc = (struct sigcontext){
		.gs = (u16)t->gs, .fs = (u16)t->fs,
		.es = (u16)r->es, .ds = (u16)r->ds,
		.edi = r->edi, .esi = r->esi, .ebp = r->ebp, .esp = r->esp,
		.ebx = r->ebx, .edx = r->edx, .ecx = r->ecx, .eax = r->eax,
		.trapno = fault ? r->vector : 0, .err = fault ? r->error : 0,
		.eip = r->eip, .cs = (u16)r->cs, .eflags = r->eflags,
		.esp_at_signal = r->esp, .ss = (u16)r->ss,
		.oldmask = (u32)mask, .cr2 = current->fault_addr,
	};
	if (r->error != IN_SYSCALL || r->eax != (u32)-ERESTARTSYS)
		return;
	sc->eax = restart ? r->vector : (u32)-EINTR;
	sc->eip -= restart ? INT80_SIZE : 0;
}

/* The address of a frame; at the start of a function ESP + 4 is aligned. */
static u32 frame_at(u32 sp, u32 flags, u32 size)
{
	const struct altstack *alt = &current->sigactions->stack;
	bool there = on_altstack(sp);
	u32 at = sp;

	if (flags & SA_ONSTACK && !there)
		at = alt->size ? alt->sp + alt->size : sp;
	at = ALIGN_DOWN(at - size + 4, 16) - 4;
	/* A frame below the alternate stack would meet anything. */
	return there && !on_altstack(at) ? ~0u : at;
}

static void begin_handler(struct regs *r, u32 handler, u32 sp)
{
	r->eip = handler;
	r->esp = sp;
	r->ds = r->es = r->ss = USER_DS;
	r->cs = USER_CS;
	r->eflags &= ~EFLAGS_CLEAR;
	r->vector = VECTOR_SYSCALL;
	r->error = 0;
	fpu_release(current);
}

int signal_frame(struct regs *r, int sig, const struct sigaction *act,
		 const struct siginfo *info, u64 mask)
{
	union { struct sigframe old; struct rt_sigframe rt; } f;
	bool rt = act->flags & SA_SIGINFO;
	u32 size = rt ? sizeof(f.rt) : sizeof(f.old);
	u32 at = frame_at(r->esp, act->flags, size);
	struct sigcontext *sc = rt ? &f.rt.sc : &f.old.sc;
	struct fpstate *fpu = rt ? &f.rt.fpu : &f.old.fpu;
	int err;

	memset(&f, 0, size);
	f.old.restorer = act->flags & SA_RESTORER ? act->restorer : RETURN + rt;
	f.old.sig = sig;
	fill_context(sc, r, act->flags & SA_RESTART, mask);
	if (current->arch.fpu) {
		fpu_to_frame(fpu);
		sc->fpstate = at + ((u32)fpu - (u32)&f);
	}
	if (rt) {
		f.rt.info_at = at + offsetof(struct rt_sigframe, info);
		f.rt.context_at = at + offsetof(struct rt_sigframe, flags);
		siginfo_fill(f.rt.info, sig, info);
		f.rt.stack = altstack_now(r->esp);
		f.rt.mask = mask;
	} else {
		f.old.mask_high = mask >> 32;
	}
	memcpy(rt ? f.rt.code : f.old.code, code[rt], sizeof(code[rt]));
	err = copy_to_user((void *)at, &f, size);
	if (err)
		return err;
	begin_handler(r, act->handler, at);
	r->eax = sig;
	r->edx = rt ? f.rt.info_at : 0;
	r->ecx = rt ? f.rt.context_at : 0;
	return 0;
}

/* All that can fail comes first. */
static int take_context(struct regs *r, const struct sigcontext *sc)
{
	int err = 0;

	if (sc->fpstate)
		err = fpu_from_frame((const struct fpstate *)sc->fpstate);
	else
		fpu_release(current);
	if (err)
		return err;
	*r = (struct regs){
		.ebx = sc->ebx, .ecx = sc->ecx, .edx = sc->edx,
		.esi = sc->esi, .edi = sc->edi, .ebp = sc->ebp,
		.eax = sc->eax, .esp = sc->esp, .eip = sc->eip,
		.ds = user_selector(sc->ds), .es = user_selector(sc->es),
		.cs = (u16)sc->cs | 3, .ss = (u16)sc->ss | 3,
		.eflags = (r->eflags & ~EFLAGS_OF_USER) |
			  (sc->eflags & EFLAGS_OF_USER),
		.vector = VECTOR_SYSCALL,
	};
	LOAD_SEGMENT(fs, user_selector(sc->fs));
	LOAD_SEGMENT(gs, user_selector(sc->gs));
	return 0;
}

static int leave_handler(struct regs *r, const struct sigcontext *user,
			 const u32 *low, const u32 *high)
{
	struct sigcontext sc;
	u32 mask[2];
	int err;

	do
		err = get_user(sc, user) ?: get_user(mask[0], low) ?:
		      get_user(mask[1], high) ?: take_context(r, &sc);
	while (err == -ENOMEM && memory_later());
	if (err)
		user_fault(r, "signal frame", SIGSEGV, SI_KERNEL, r->esp);
	else
		signals_block((u64)mask[1] << 32 | mask[0]);
	return r->eax;
}

/* The handler's RET has taken the restorer, and then code[0] the number. */
int sys_sigreturn(struct regs *r)
{
	const struct sigframe *f = (const void *)(r->esp - 8);

	return leave_handler(r, &f->sc, &f->sc.oldmask, &f->mask_high);
}

int sys_rt_sigreturn(struct regs *r)
{
	const struct rt_sigframe *f = (const void *)(r->esp - 4);
	const u32 *mask = (const u32 *)&f->mask;
	int ret = leave_handler(r, &f->sc, mask, mask + 1);
	struct altstack stack;

	if (!get_user(stack, &f->stack))
		altstack_set(stack, r->esp);
	return ret;
}

/*
 * A stack can't be executed. So a handler that has no restorer returns to where
 * nothing is, and the fault there does what code[] would do.
 */
bool signal_return(struct regs *r)
{
	if (r->eip == RETURN) {
		r->esp += 4;
		sys_sigreturn(r);
	} else if (r->eip == RETURN + 1) {
		sys_rt_sigreturn(r);
	} else {
		return false;
	}
	return true;
}
