// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where the guest wants to be entered, and on which stack; and how it returns
 * from there. xen-pv-abi 3.3, 6.
 */
#include <monitor/xen/hypercall.h>

#define CALLBACK_EVENT		0
#define CALLBACK_FAILSAFE	1
#define CALLBACK_NMI		4
#define CALLBACK_SYSENTER	5
#define CALLBACK_SYSCALL32	7

/* Ends with an entry whose address is 0; NULL forgets all. */
s32 hc_set_trap_table(struct call *c)
{
	struct xen_trap_info t;

	if (!c->args[0]) {
		memset(guest.trap, 0, sizeof(guest.trap));
		return 0;
	}
	for (u32 n = 1;; n++, c->args[0] += sizeof(t)) {
		if (!guest_read(&t, c->args[0], sizeof(t)))
			return -EFAULT;
		if (!t.address)
			return 0;
		if (t.cs > 3)
			t.cs = guest_selector(t.cs);
		guest.trap[t.vector] = t;
		if (!(n & 255) && preempt()) {
			c->args[0] += sizeof(t);
			return RESTART;
		}
	}
}

/* On entry from ring 2 or 3. */
s32 hc_stack_switch(struct call *c)
{
	guest.kernel_ss = guest_selector(c->args[0]);
	guest.kernel_sp = c->args[1];
	return 0;
}

static void set_callback(struct callback *to, u32 cs, u32 eip, bool mask)
{
	*to = (struct callback){ guest_selector(cs), eip, mask };
}

s32 hc_set_callbacks(struct call *c)
{
	set_callback(&guest.event, c->args[0], c->args[1], true);
	set_callback(&guest.failsafe, c->args[2], c->args[3], false);
	return 0;
}

static struct callback *const callbacks[] = {
	[CALLBACK_EVENT] = &guest.event, [CALLBACK_FAILSAFE] = &guest.failsafe,
	[CALLBACK_NMI] = &guest.nmi, [CALLBACK_SYSCALL32] = &guest.syscall,
};

static s32 callback_register(const struct xen_callback *k)
{
	bool always = k->type == CALLBACK_EVENT || k->type == CALLBACK_NMI;

	if (k->type == CALLBACK_SYSENTER)	/* CPUID does not offer it */
		return 0;
	if (k->type >= ARRAY_SIZE(callbacks) || !callbacks[k->type])
		return -ENOSYS;
	set_callback(callbacks[k->type], k->cs, k->eip,
		     always || k->flags & XEN_CALLBACK_MASK_EVENTS);
	return 0;
}

/* Of the NMI's alone. */
static s32 callback_unregister(u32 type)
{
	if (type == CALLBACK_NMI) {
		guest.nmi.eip = 0;
		return 0;
	}
	return type == CALLBACK_SYSENTER ||
	       (type < ARRAY_SIZE(callbacks) && callbacks[type]) ? -EINVAL :
	       -ENOSYS;
}

s32 hc_callback_op(struct call *c)
{
	bool add = c->args[0] == XEN_CALLBACK_REGISTER;
	struct xen_callback k;

	if (c->args[0] > 1)
		return -EINVAL;
	if (!guest_read(&k, c->args[1], add ? sizeof(k) : 4))
		return -EFAULT;
	return add ? callback_register(&k) : callback_unregister(k.type);
}

s32 hc_nmi_op(struct call *c)
{
	u32 eip = 0;

	if (c->args[0] > 1)
		return -ENOSYS;
	if (!c->args[0] && !guest_read(&eip, c->args[1], sizeof(eip)))
		return -EFAULT;
	set_callback(&guest.nmi, GUEST_CS, eip, true);
	return 0;
}

/*
 * EAX, EIP, CS, EFLAGS and, to ring 2 or 3, ESP and SS lie at ESP. The mask
 * becomes the opposite of IF. The CPU's own IF stays set, IOPL 0. What CS and
 * SS name is checked by the IRET at the end: iret_fault().
 */
s32 hc_iret(struct call *c)
{
	struct {
		u32 eax, eip, cs, eflags, esp, ss;
	} f;
	struct regs *regs = c->regs;
	u32 at = regs->esp, inner = offsetof(typeof(f), esp);

	if (!guest_read(&f, at, inner) || !(f.cs & 3))
		guest_crash(regs, "iret by a bad frame at %08x", at);
	if ((f.cs & 3) > 1 && !guest_read(&f, at, sizeof(f)))
		guest_crash(regs, "iret by a bad frame at %08x", at);
	if (f.eflags & EFLAGS_VM) {
		inject(regs, TRAP_GP, 0);
		return regs->eax;
	}
	regs->eip = f.eip;
	regs->cs = f.cs & 0xffff;
	regs->esp = (f.cs & 3) > 1 ? f.esp : at + inner;
	if ((f.cs & 3) > 1)
		regs->ss = f.ss & 0xffff;
	if (guest.assist & ASSIST_IOPL) {
		guest.frame_iopl = f.eflags & EFLAGS_IOPL;
		guest.iopl = guest.frame_iopl >> 12;
	}
	regs->eflags = (f.eflags & EFLAGS_USER) | EFLAGS_FIXED | EFLAGS_IF;
	guest.vcpu->mask = !(f.eflags & EFLAGS_IF);
	guest.nmi_blocked = false;
	return f.eax;
}
