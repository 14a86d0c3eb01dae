// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The way to a hypercall: its number finds it in the list
 * include/abi/xen/hypercalls.def. A multicall is a list of them in the guest's
 * memory. xen-pv-abi 3.1. Before: hypercall_entry in arch/x86_64/entry.S.
 */
#include <monitor/xen/hypercall.h>

static const struct {
	s32 (*run)(struct call *c);
	const char *name;
} table[] = {
#define XEN_HYPERCALL(nr, name) [nr] = { hc_##name, #name },
#include <abi/xen/hypercalls.def>
#undef XEN_HYPERCALL
};

u64 hypercalls[ARRAY_SIZE(table)];
u64 hypercalls_unknown;

const char *hypercall_name(u32 nr)
{
	return nr < ARRAY_SIZE(table) ? table[nr].name : NULL;
}

/* Named once a number. */
static s32 unknown(const struct call *c)
{
	static u64 named;

	hypercalls_unknown++;
	if (c->nr < 64 && !(named >> c->nr & 1)) {
		named |= 1ull << c->nr;
		printk("monitor: hypercall %u is not there\n", c->nr);
	}
	return -ENOSYS;
}

static s32 dispatch(struct call *c)
{
	const typeof(table[0]) *entry = &table[c->nr];
	s32 result;

	if (c->nr >= ARRAY_SIZE(table) || !entry->run)
		return unknown(c);
	hypercalls[c->nr]++;
	result = entry->run(c);
	trace(entry->name, c->args[0], result);
	return result;
}

/* The monitor's own, in a place that Xen leaves to the architecture. */
s32 hc_self_check(struct call *c)
{
	return c->args[0] ? trace_command(c->args[0], c->args[1], c->args[2]) :
			    (s32)selfcheck();
}

static s32 __noinline traced_call(struct call *c)
{
	u64 start = rdtsc();
	u32 nr = c->nr, a = c->args[0];
	s32 result = dispatch(c);

	trace_record(start, nr, a, result);
	return result;
}

static s32 run_call(struct call *c)
{
	return unlikely(guest.attention & ATTENTION_TRACE) ? traced_call(c) :
							     dispatch(c);
}

/* iret's result is what its frame has for EAX, RESTART as well as any other. */
void hypercall(struct regs *regs)
{
	struct call c = {
		.nr = regs->eax,
		.args = { regs->ebx, regs->ecx, regs->edx, regs->esi,
			  regs->edi, regs->ebp },
		.regs = regs,
	};
	s32 result;

	if (unlikely(guest.attention & ATTENTION_STEP))
		ptwr_step(regs);
	switches[SWITCH_HYPERCALL]++;
	result = run_call(&c);
	if (likely(result != RESTART) || c.nr == XEN_NR_iret) {
		regs->eax = (u32)result;
		return;
	}
	regs->eip -= 2;			/* int 0x82 again */
	regs->ebx = c.args[0];
	regs->ecx = c.args[1];
	regs->edx = c.args[2];
	regs->esi = c.args[3];
	regs->edi = c.args[4];
}

bool old_form(struct call *c)
{
	u32 at = c->args[0];

	c->args[1] = at + 4;
	return guest_read(&c->args[0], at, 4);
}

bool preempt(void)
{
	asm volatile("sti; nop; cli" : : : "memory");
	return event_due() || guest.attention & ATTENTION_NMI;
}

/* The list is written before the call is made: it must be possible after it. */
static s32 one_of(struct call *c, struct xen_multicall *entry, u32 at)
{
	struct call sub = { .nr = entry->op, .regs = c->regs };
	s32 result;

	/* In place; a call would cost more. */
	__builtin_memcpy(sub.args, entry->args, sizeof(sub.args));
	if (sub.nr == XEN_NR_multicall)
		result = -EINVAL;
	else
		result = run_call(&sub);
	if (result == RESTART) {
		memcpy(entry->args, sub.args, sizeof(sub.args));
		guest_write(at, entry, sizeof(*entry));
	} else {
		guest_write(at + offsetof(struct xen_multicall, result),
			    &result, sizeof(result));
	}
	return result;
}

s32 hc_multicall(struct call *c)
{
	struct xen_multicall entry;
	u32 *at = &c->args[0], *left = &c->args[1];
	s32 result;

	for (; *left; *at += sizeof(entry), --*left) {
		if (!guest_read(&entry, *at, sizeof(entry)) ||
		    !guest_write(*at + 4, &entry.result, 4))
			return -EFAULT;
		result = one_of(c, &entry, *at);
		if (entry.op == XEN_NR_iret) {
			c->nr = XEN_NR_iret;
			return result;
		}
		if (result == RESTART)
			return RESTART;
		if (*left > 1 && *left % 8 == 0 && preempt()) {
			*at += sizeof(entry);
			--*left;
			return RESTART;
		}
	}
	return 0;
}
