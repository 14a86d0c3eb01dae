// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The calls of VMI that need the monitor: the ROM has put the number in EBX,
 * and left the arguments where its caller had them. What the ROM does alone is
 * in rom/guest.def. Numbers of sections are those of vmi-abi.
 */
#include <monitor/emulate.h>
#include <monitor/rom/rom.h>
#include <monitor/vmi/vmi.h>

struct call {
	struct regs *regs;
	u32 a, d, c;			/* EAX, EDX, ECX */
};

/* Words of stack behind EBX and the address of the return. 3.1. */
static u32 stack_word(const struct call *c, u32 n)
{
	u32 word = 0;

	guest_read(&word, c->regs->esp + 8 + n * 4, 4);
	return word;
}

static void set_result(const struct call *c, u64 value)
{
	c->regs->eax = (u32)value;
	c->regs->edx = value >> 32;
}

static void call_CPUID(const struct call *c)
{
	u32 r[4];

	guest_cpuid(c->a, c->c, r);
	set_result(c, r[0] | (u64)r[3] << 32);
	c->regs->ecx = r[2];
	/* The ROM's caller gets EBX from the stack. */
	guest_write(c->regs->esp, &r[1], 4);
}

/* The table may be one of another kind, or none that is in use. 5.2. */
static void call_WriteGDTEntry(const struct call *c)
{
	u64 value = c->c | (u64)stack_word(c, 0) << 32;

	if (guest_write(c->a + c->d * 8, &value, 8))
		table_entry(c->a, c->d, value);
}

#define call_WriteLDTEntry	call_WriteGDTEntry
#define call_WriteIDTEntry	call_WriteGDTEntry

/*
 * The slow way of the ROM's IRET: on the stack EBX, the address of the return,
 * the frame. Its flag counts from now on, and an NMI may come again.
 */
static void call_IRET(const struct call *c)
{
	struct regs *regs = c->regs;
	u32 ebx = 0, eflags = EFLAGS_IF;

	guest_read(&ebx, regs->esp, 4);
	guest_read(&eflags, regs->esp + 16, 4);
	regs->ebx = ebx;
	regs->esp = (u32)regs->esp + 8;
	regs->eip = vmi.iret;
	guest.nmi_blocked = false;
	shared.vcpu.mask = !(eflags & EFLAGS_IF);
	shared.vcpu.pending = pending_any();
}

static void call_FlushTLB(const struct call *c)
{
	if (!(c->a & VMI_FLUSH_TLB))
		return;
	queue_drain();
	shadow_flush(c->a & VMI_FLUSH_GLOBAL);
}

static void call_SetIOPLMask(const struct call *c)
{
	guest.iopl = c->a >> 12 & 3;
	guest.frame_iopl = shared.iopl = guest.iopl << 12;
}

/*
 * What is pending has been acknowledged: nobody would bring it again. An NMI goes
 * along, also if the IRET that ended the last handler was none of the ROM's.
 */
static void call_Leave(const struct call *c)
{
	if (pending_any())
		set_result(c, 1);
	else
		leave(c->regs);
}

/* Those that are a statement or two. */
#define DO(name, ...) static void call_##name(const struct call *c) { __VA_ARGS__; }

DO(SetCR0,		set_cr0(c->a))
DO(SetCR3,		set_cr3(c->a))
DO(SetCR4,		if (cr4_allowed(c->a)) set_cr4(c->a))
DO(CLTS,		clear_ts())
DO(SetGDT,		load_table(c->a, set_gdt))
DO(SetIDT,		load_table(c->a, set_idt))
DO(SetLDT,		set_ldt_selector(c->a))
DO(SetTR,		set_tr(c->a))
/* That something is pending is seen on the way back. */
DO(EnableInterrupts,	shared.vcpu.mask = 0)
DO(Halt,		shared.vcpu.mask = 0; wait_for_interrupt())
DO(Reboot,		machine_reset())
DO(Shutdown,		for (;;) asm volatile("cli; hlt"))
DO(InvalPage,		inval_page(c->a))
DO(SetLinearMapping,	map_slot(c->a, c->d, c->c, stack_word(c, 0)))
DO(Note,		queue_note(c->a, c->d))
DO(APICWrite,		apic_write(c->a, c->d))
DO(APICRead,		set_result(c, apic_read(c->a)))
DO(SetAlarm,		SetAlarm(c->a, c->d, c->c, stack_word(c, 0),
				 stack_word(c, 1)))
DO(CancelAlarm,		set_result(c, CancelAlarm(c->a)))
DO(GetWallclockTime,	set_result(c, GetWallclockTime()))
DO(Trace,		set_result(c, (u32)trace_command(c->a, c->d, c->c)))
DO(SelfCheck,		set_result(c, shadow_selfcheck()))
DO(Switches,		set_result(c, c->a < SWITCH_CAUSES ? switches[c->a] :
						     ~0ull))

static void (*const table[])(const struct call *c) = {
#define HYPER(name) [VMI_##name] = call_##name,
#define CALL(name, ...)
#define FUNC(name)
#define NOP(name)
#include <monitor/rom/guest.def>
	[VMI_IRET] = call_IRET,
	[VMI_EnableInterrupts] = call_EnableInterrupts,
	[VMI_SetIOPLMask] = call_SetIOPLMask,
	[VMI_Note] = call_Note,
	[VMI_SelfCheck] = call_SelfCheck,
};

static void traced_call(const struct call *c, u32 nr)
{
	u64 start = rdtsc();

	table[nr](c);
	trace_record(start, nr, c->a, c->regs->eax);
}

/* Of another ring or with an unknown number: an interrupt that a device sent. */
void hypercall(struct regs *regs)
{
	struct call c = { regs, regs->eax, regs->edx, regs->ecx };
	u32 nr = regs->ebx;

	if (!ring_of(regs)) {
		face_interrupt(HYPERCALL_VECTOR);
		resume(regs);
	}
	guest_regs = regs;
	switches[SWITCH_HYPERCALL]++;
	if (ring_of(regs) != 1 || nr >= ARRAY_SIZE(table) || !table[nr])
		return;
	if (unlikely(guest.attention & ATTENTION_TRACE))
		traced_call(&c, nr);
	else
		table[nr](&c);
}
