// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Frames and handlers that a guest gives: where it goes on after a trap, and
 * where a trap takes it. xen-pv-abi 6.
 */
#include "guest.h"

#define VM_HOLES	(EFLAGS_NT | EFLAGS_IOPL | EFLAGS_VM)

/* All is as it was. */
static void still_alive(void)
{
	u32 flags;

	EQ(user(user_return, 0), VECTOR_SYSCALL);
	EQ(trapped.eip, user_va(user_return) + 2);
	asm volatile("pushf\n\tpop %0" : "=r" (flags));
	EQ(flags & (EFLAGS_VM | EFLAGS_IOPL | EFLAGS_TF), 0);
}

static const struct {
	u32 cs, ss, eflags;
	u32 vector, error;
} frames[] = {
	{ 0xe00b, 0xe033, 0, TRAP_GP, 0xe008 },
	{ 0xe02b, 0x0023, 0, TRAP_GP, 0x0020 },
	{ 0xe02b, 0xe021, 0, TRAP_GP, 0xe020 },
	{ 0xe02b, 0xe013, 0, TRAP_GP, 0xe010 },
	{ 0xe02b, 0x0003, 0, TRAP_GP, 0 },
	{ 0xe02b, 0xe02b, 0, TRAP_GP, 0xe028 },
	{ 0xe033, 0xe033, 0, TRAP_GP, 0xe030 },
	{ 0xe043, 0xe033, 0, TRAP_GP, 0xe040 },
	{ 0xe053, 0xe033, 0, TRAP_GP, 0xe050 },
	{ 0xe063, 0xe033, 0, TRAP_GP, 0xe060 },
	{ 0xe01b, 0xe033, 0, TRAP_GP, 0xe018 },
	{ 0x0003, 0xe033, 0, TRAP_GP, 0 },
	{ 0xfff7, 0xe033, 0, TRAP_GP, 0xfff4 },
	{ 0xfff3, 0xe033, 0, TRAP_GP, 0xfff0 },
	{ 0xe02b, 0xe033, EFLAGS_VM, TRAP_GP, 0 },
	{ 0xe02b, 0xe033, VM_HOLES, TRAP_GP, 0 },
	{ 0xe02b, 0xe033, EFLAGS_NT, VECTOR_SYSCALL, 0 },
	{ 0xe02b, 0xe033, EFLAGS_IOPL, VECTOR_SYSCALL, 0 },
	{ 0xe02b, 0xe033, EFLAGS_TF, TRAP_DEBUG, 0 },
	{ 0xe02b, 0xe033, EFLAGS_DF | 0xfffc0000, VECTOR_SYSCALL, 0 },
};

/* A fault may be pushed where the frame was. */
#define AWAY	(stack + PAGE_SIZE)

static void t_iret(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(frames); i++) {
		struct iret_frame f = user_frame(user_nop);
		u32 before = failures;

		f.cs = frames[i].cs;
		f.ss = frames[i].ss;
		f.eflags |= frames[i].eflags;
		memcpy(AWAY, &f, sizeof(f));
		faults(frames[i].vector, frames[i].error, enter, (u32)AWAY);
		if (!(f.eflags & EFLAGS_VM)) {
			EQ((u32)(trapped_at + 1), (u32)trap_stack_top);
			if (frames[i].vector == TRAP_GP)
				EQ(trapped.eip, f.eip);
		}
		still_alive();
		if (failures != before)
			note("cs %x, ss %x, eflags %x: trap %u at %x:%x",
			     f.cs, f.ss, f.eflags, trapped.vector, trapped.cs,
			     trapped.eip);
	}
}

/* The instruction, which the hypervisor does not see unless it fails. VM is
 * left out: QEMU's TCG takes it, as no CPU does. */
static void t_native_iret(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(frames); i++) {
		struct iret_frame f = user_frame(user_nop);

		if (frames[i].eflags & EFLAGS_VM)
			continue;
		f.cs = frames[i].cs;
		f.ss = frames[i].ss;
		f.eflags |= frames[i].eflags;
		memcpy(AWAY, &f, sizeof(f));
		faults(frames[i].vector, frames[i].error, enter_native,
		       (u32)AWAY);
		still_alive();
	}
}

/* Ring 3 has no more rights for what the frame said of them. */
static void t_iopl(void)
{
	static const struct {
		const char *code;
		u32 flags;
	} all[] = {
		{ user_in, EFLAGS_IOPL }, { user_cli, EFLAGS_IOPL },
		{ user_hlt, EFLAGS_IOPL }, { user_cr3, 0 }, { user_lgdt, 0 },
		{ user_msr, 0 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(all); i++) {
		struct iret_frame f = user_frame(all[i].code);

		f.eflags |= all[i].flags;
		faults(TRAP_GP, 0, enter, (u32)&f);
		EQ(trapped.eip, f.eip);
		EQ(trapped.cs & 0xffff, 0xe02b);
	}
}

/* Addresses that are the hypervisor's: a page fault there. */
static void t_addresses(void)
{
	static const u32 bad[] = { NOWHERE, 0xffe00000, 0xfffffffe, 0xf5900000 };

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		struct iret_frame f = user_frame(user_nop);

		f.eip = bad[i];
		check(traps(enter, (u32)&f), "nothing to execute");
		EQ(trapped.vector, TRAP_PAGE_FAULT);
		EQ(trapped.eip, bad[i]);
		EQ(trapped.cs & 0xffff, 0xe02b);
		f = user_frame(user_nop);
		f.esp = bad[i];
		faults(VECTOR_SYSCALL, 0, enter, (u32)&f);
		EQ(trapped.esp, bad[i]);
	}
}

/* Handlers at such addresses, or with selectors that are not for code. */
static void t_handlers(void)
{
	static const u32 bad[] = { NOWHERE, 0xffe00000, 0xfffffff0 };
	static const u16 cs[] = { 0xe021, 0xe009, 0xe041, 0xe061, 0xfff9 };

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		DONE(set_trap(TRAP_BREAKPOINT, 0, XEN_KERNEL_CS, bad[i]));
		check(traps(push_at, (u32)stack + 8192), "no handler");
		EQ(trapped.vector, TRAP_PAGE_FAULT);
		EQ(trapped.eip, bad[i]);
		EQ(trapped.cs & 0xffff, XEN_KERNEL_CS);
	}
	for (u32 i = 0; i < ARRAY_SIZE(cs); i++) {
		s32 r = set_trap(TRAP_BREAKPOINT, 0, cs[i], (u32)stubs[3]);

		if (r < 0)
			continue;
		check(traps(push_at, (u32)stack + 8192), "no handler");
		EQ(trapped.vector, TRAP_GP);
		EQ(trapped.error, cs[i] & ~3u);
	}
	default_traps();
	still_alive();
}

static void send_event(u32 port)
{
	hypercall(event_channel_op, XEN_EVENT_SEND, &port);
}

static void t_callback(void)
{
	static const u32 bad[] = { NOWHERE, 0xffe00000, 0xfffffff0 };
	struct xen_bind_ipi bind = { 0, 0 };

	DONE(hypercall(event_channel_op, XEN_EVENT_BIND_IPI, &bind));
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		hypercall(set_callbacks, XEN_KERNEL_CS, bad[i], XEN_KERNEL_CS,
			  bad[i]);
		shared->mask[0] = 0;
		mask_events(false);
		check(traps(send_event, bind.port), "no callback there");
		mask_events(true);
		shared->vcpu[0].pending = 0;
		shared->vcpu[0].selector = 0;
		shared->pending[0] = 0;
		EQ(trapped.vector, TRAP_PAGE_FAULT);
		EQ(trapped.eip, bad[i]);
	}
	DONE(hypercall(event_channel_op, XEN_EVENT_CLOSE, &bind.port));
}

/* ---- flags and segments at the entry of the hypervisor ---- */

static s32 call_with_flags(u32 flags)
{
	s32 result;

	asm volatile("push %3\n\tpopf\n\tint $0x82\n\tpush $0x202\n\tpopf"
		     : "=a" (result)
		     : "0" (XEN_NR_xen_version), "b" (1), "r" (flags | 0x202),
		       "c" (pool[0])
		     : "memory");
	return result;
}

static void step_call(u32 flags)
{
	call_with_flags(flags);
}

static void t_entry_flags(void)
{
	static const u32 flags[] = {
		EFLAGS_DF, EFLAGS_NT, 0x40000, EFLAGS_IOPL, EFLAGS_ID,
		EFLAGS_NT | EFLAGS_DF | 0x40000,
	};

	new_page();
	for (u32 i = 0; i < ARRAY_SIZE(flags); i++) {
		EQ(call_with_flags(flags[i]), 0);
		still_alive();
	}
	check(traps(step_call, EFLAGS_TF), "it steps");
	EQ(trapped.vector, TRAP_DEBUG);
	still_alive();
}

static void t_entry_segments(void)
{
	s32 result;

	asm volatile("mov %4, %%ds\n\tmov %4, %%es\n\t"
		     "mov %4, %%fs\n\tmov %4, %%gs\n\t"
		     "int $0x82\n\t"
		     "mov %5, %%ecx\n\tmov %%ecx, %%ds\n\tmov %%ecx, %%es"
		     : "=a" (result), "+c" ((u32){ (u32)new_page() })
		     : "0" (XEN_NR_xen_version), "b" (1), "r" (0),
		       "i" (XEN_KERNEL_DS) : "memory");
	EQ(result, 0);
}

const struct attack bounce_attacks[] = {
	{ "bounce-iret", t_iret },
	{ "bounce-native-iret", t_native_iret },
	{ "bounce-iopl", t_iopl },
	{ "bounce-addresses", t_addresses },
	{ "bounce-handlers", t_handlers },
	{ "bounce-callback", t_callback },
	{ "bounce-entry-flags", t_entry_flags },
	{ "bounce-entry-segments", t_entry_segments },
	{ }
};
