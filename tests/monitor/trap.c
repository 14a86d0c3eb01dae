// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Traps and events: a test catches the trap that it causes, any other one ends
 * the run. xen-pv-abi 6, 7.
 */
#include "guest.h"

struct frame trapped;
u32 trapped_cr2;
const struct frame *trapped_at;
u32 events, nmis;
void (*event_action)(void), (*nmi_action)(void);
extern u32 way_back;

/* Ports that are pending are forgotten: who waits for one looks at `events`. */
static void event(void)
{
	shared->vcpu[0].pending = 0;
	shared->vcpu[0].selector = 0;
	for (u32 i = 0; i < ARRAY_SIZE(shared->pending); i++)
		shared->pending[i] = 0;
	events++;
	if (event_action)
		event_action();
}

void trap(const struct frame *f);
void trap(const struct frame *f)
{
	if (f->vector == VECTOR_EVENT)
		return event();
	if (f->vector == TRAP_NMI) {
		nmis++;
		if (nmi_action)
			nmi_action();
		return;
	}
	trapped = *f;
	trapped_at = f;
	trapped_cr2 = shared->vcpu[0].cr2;
	if (way_back)
		caught();
	if (f->vector == TRAP_DEBUG) {	/* what somebody else has watched */
		hypercall(set_debugreg, 7, 0);
		return;
	}
	say("# trap %u, error %x, at %x:%x, cr2 %x\n", f->vector, f->error,
	    f->cs, f->eip, trapped_cr2);
	finish(false);
}

s32 set_trap(u32 vector, u32 flags, u32 cs, u32 address)
{
	struct xen_trap_info info[2] = { { vector, flags, cs, address } };

	return hypercall(set_trap_table, info);
}

/* As every test finds them. INT n is for ring 1, 0x80 for ring 3. */
void default_traps(void)
{
	static struct xen_trap_info table[257];
	struct xen_callback callbacks[] = {
		{ XEN_CALLBACK_EVENT, 0, XEN_KERNEL_CS, (u32)on_event },
		{ XEN_CALLBACK_FAILSAFE, 0, XEN_KERNEL_CS, (u32)on_failsafe },
	};

	for (u32 i = 0; i < 256; i++)
		table[i] = (struct xen_trap_info){
			i, XEN_TRAP_DPL(i == VECTOR_SYSCALL ? 3 : 1),
			XEN_KERNEL_CS, (u32)stubs[i],
		};
	DONE(hypercall(set_trap_table, table));
	for (u32 i = 0; i < ARRAY_SIZE(callbacks); i++)
		DONE(hypercall(callback_op, XEN_CALLBACK_REGISTER,
			       &callbacks[i]));
	DONE(hypercall(stack_switch, XEN_KERNEL_DS, trap_stack_top));
	event_action = nmi_action = NULL;
}

void trap_init(void)
{
	default_traps();
	mask_events(true);
}

bool faults(u32 vector, u32 error, void (*action)(u32), u32 argument)
{
	if (!check(traps(action, argument), "it traps")) {
		note("no trap with %x", argument);
		return false;
	}
	equal(trapped.error, error, "error code of the trap");
	return equal(trapped.vector, vector, "vector of the trap");
}

/* ---- ring 3 ---- */

#define USER_CODE	(USER_STACK + PAGE_SIZE)

u32 user_va(const char *code)
{
	return USER_CODE + (code - user_code);
}

struct iret_frame user_frame(const char *code)
{
	static char *page;

	if (!(*ENTRY(USER_STACK, 1) & PTE_P)) {
		page = new_page();
		memcpy(page, user_code, user_code_end - user_code);
		DONE(map(USER_CODE, pte(page, PTE_P | PTE_U)));
		DONE(map(USER_STACK, pte(new_page(), PTE_P | PTE_W | PTE_U)));
	}
	return (struct iret_frame){
		.eax = 0xa0a0a0a0, .eip = user_va(code), .cs = 0xe02b,
		.eflags = EFLAGS_FIXED, .esp = USER_STACK + PAGE_SIZE - 64,
		.ss = 0xe033,
	};
}

/* ebx of the caller is ring 3's: no C code is between. */
static void enter_with(u32 frame_and_ebx)
{
	u32 *args = (u32 *)frame_and_ebx;

	asm volatile("mov %0, %%esp\n\t"
		     "mov $0xe033, %%ecx\n\tmov %%ecx, %%ds\n\t"
		     "mov %%ecx, %%es\n\t"
		     "mov $23, %%eax\n\tint $0x82"
		     : : "r" (args[0]), "b" (args[1]) : "memory");
}

u32 user(const char *code, u32 ebx)
{
	struct iret_frame f = user_frame(code);
	u32 args[] = { (u32)&f, ebx };

	if (!check(traps(enter_with, (u32)args), "ring 3 ends in a trap"))
		return ~0u;
	return trapped.vector;
}
