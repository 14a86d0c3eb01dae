// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a signal handler finds on the user's stack, as Linux lays it out on
 * i386, and the way back: sigreturn and rt_sigreturn take all registers from a
 * frame that the user may have written anything to. Selectors get RPL 3, only
 * some flags change; what then does not load is a fault of the user's.
 */
#include <arch/switch.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/signal.h>
#include <kernel/syscall.h>
#include <kernel/uaccess.h>

#define EFLAGS_OF_USER	0x50dd5		/* AC RF OF DF TF SF ZF AF PF CF */
#define EFLAGS_CLEAR	(EFLAGS_TF | EFLAGS_DF | EFLAGS_RF | EFLAGS_VM)
#define INT80_SIZE	2
#define TRAMPOLINE	STACK_TOP

struct sigcontext {
	u32 gs, fs, es, ds;
	u32 edi, esi, ebp, esp, ebx, edx, ecx, eax;
	u32 trapno, err, eip, cs, eflags, esp_at_signal, ss;
	u32 fpstate, oldmask, cr2;
};

struct sigframe {
	u32 restorer, sig;
	struct sigcontext sc;
	struct fpstate fpu;
	u32 mask_high;
	u8 code[8];
};

struct rt_sigframe {
	u32 restorer, sig, info_at, context_at;
	u32 info[SIGINFO_WORDS];
	u32 flags, link;		/* struct ucontext */
	struct altstack stack;
	struct sigcontext sc;
	u64 mask;
	struct fpstate fpu;
	u8 code[8];
};

/* popl %eax; movl $119, %eax; int $0x80, and movl $173, %eax; int $0x80 */
static const u8 code[2][8] = {
	{ 0x58, 0xb8, 119, 0, 0, 0, 0xcd, 0x80 },
	{ 0xb8, 173, 0, 0, 0, 0xcd, 0x80 },
};

/*
 * A stack can't be executed, so a handler without a restorer returns to a page
 * above it, which the process gets when it first needs it.
 */
static int map_trampoline(void)
{
	const u32 end = TRAMPOLINE + PAGE_SIZE;
	struct vma area = {
		.start = TRAMPOLINE, .end = end, .prot = PROT_READ | PROT_WRITE,
	};
	int err;

	if (vma_find(current->mm, TRAMPOLINE))
		return 0;
	err = vma_map(current->mm, &area) ?:
	      copy_to_user((void *)TRAMPOLINE, code, sizeof(code)) ?:
	      vma_protect(current->mm, TRAMPOLINE, end,
			  PROT_READ | PROT_EXEC);
	if (err)
		vma_unmap(current->mm, TRAMPOLINE, end);
	return err;
}

/* Calls that wait for something that comes another time: SA_RESTART. */
static bool restarts(u32 call)
{
	static const u16 calls[] = {
		3, 4, 7, 114, 145, 146, 284,	/* read write wait... waitid */
	};

	for (u32 i = 0; i < ARRAY_SIZE(calls); i++)
		if (calls[i] == call)
			return true;
	return false;
}

/* Flags of segments have no upper half; those that are 0 stay so. */
static u32 user_selector(u32 sel)
{
	return (u16)sel > 3 ? (u16)sel | 3 : (u16)sel;
}

static void put_context(struct sigcontext *sc, const struct regs *r, u64 mask)
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

/* The context of what is interrupted, perhaps of a call to be made again. */
static void fill_context(struct sigcontext *sc, const struct regs *r,
			 u32 flags, u64 mask)
{
	put_context(sc, r, mask);
	if (r->error == IN_SYSCALL && r->eax == (u32)-EINTR &&
	    flags & SA_RESTART && restarts(r->vector)) {
		sc->eax = r->vector;
		sc->eip -= INT80_SIZE;
	}
}

static void fill_rt(struct rt_sigframe *f, u32 at, int sig,
		    const struct siginfo *info, u32 sp, u64 mask)
{
	f->info_at = at + offsetof(struct rt_sigframe, info);
	f->context_at = at + offsetof(struct rt_sigframe, flags);
	siginfo_fill(f->info, sig, info);
	f->stack = altstack_now(sp);
	f->mask = mask;
	memcpy(f->code, code[1], sizeof(f->code));
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
	bool rt = act->flags & SA_SIGINFO, own = act->flags & SA_RESTORER;
	u32 at = frame_at(r->esp, act->flags, rt ? sizeof(f.rt) : sizeof(f.old));
	struct sigcontext *sc = rt ? &f.rt.sc : &f.old.sc;
	struct fpstate *fpu = rt ? &f.rt.fpu : &f.old.fpu;
	int err = own ? 0 : map_trampoline();

	if (err)
		return err;
	memset(&f, 0, sizeof(f));
	f.old.restorer = own ? act->restorer : TRAMPOLINE + rt * sizeof(*code);
	f.old.sig = sig;
	fill_context(sc, r, act->flags, mask);
	if (current->arch.fpu) {
		fpu_to_frame(fpu);
		sc->fpstate = at + ((u32)fpu - (u32)&f);
	}
	if (rt) {
		fill_rt(&f.rt, at, sig, info, r->esp, mask);
	} else {
		f.old.mask_high = mask >> 32;
		memcpy(f.old.code, code[0], sizeof(f.old.code));
	}
	err = copy_to_user((void *)at, &f, rt ? sizeof(f.rt) : sizeof(f.old));
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

/* The call is made again when there is memory. */
static int bad_frame(struct regs *r, int err)
{
	if (err == -ENOMEM) {
		r->eip -= INT80_SIZE;
		return r->vector;
	}
	user_fault(r, "signal frame", SIGSEGV, SI_KERNEL, r->esp);
	return 0;
}

/* The handler's return has taken the restorer off, and code[0] the number. */
int sys_sigreturn(struct regs *r)
{
	const struct sigframe *f = (const void *)(r->esp - 8);
	struct sigcontext sc;
	u32 high;
	int err = get_user(sc, &f->sc) ?: get_user(high, &f->mask_high) ?:
		  take_context(r, &sc);

	if (err)
		return bad_frame(r, err);
	signals_block((u64)high << 32 | sc.oldmask);
	return r->eax;
}

int sys_rt_sigreturn(struct regs *r)
{
	const struct rt_sigframe *f = (const void *)(r->esp - 4);
	struct altstack stack;
	struct sigcontext sc;
	u64 mask;
	int err = get_user(sc, &f->sc) ?: get_user(mask, &f->mask) ?:
		  get_user(stack, &f->stack) ?: take_context(r, &sc);

	if (err)
		return bad_frame(r, err);
	altstack_set(&stack, r->esp);
	signals_block(mask);
	return r->eax;
}
