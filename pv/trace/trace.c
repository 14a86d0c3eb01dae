// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The trace: a wrapper that records. Each operation that the filter names gets a
 * stub (stubs.S), which writes an event into a ring and goes on to the backend in
 * use. What no operation shows is recorded in the same way: entries into the
 * kernel by an IDT of the trace's own, upcalls and hypercalls by the pointers that
 * a backend names in its struct pv_hypervisor. So nothing is there while the
 * trace is off.
 *
 * The ring is mapped at TRACE_VA when the trace is first turned on, and stays. A
 * new event takes the place of the oldest. Reading: report.c.
 */
#include <arch/desc.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/task.h>
#include <pv/patch.h>
#include <trace/trace.h>

#define STUB(op)	((u32)trace_op + TRACE_STUB * (op))

_Static_assert(sizeof(struct trace_event) == 64 &&
	       offsetof(struct trace_event, arg) == TRACE_ARGS &&
	       offsetof(struct trace_event, end) == TRACE_END &&
	       offsetof(struct task, pid) == TASK_PID &&
	       offsetof(struct task, comm) == TASK_COMM &&
	       offsetof(struct regs, eip) == REGS_EIP &&
	       PV_NR_shutdown + 1 == PV_OPS, "trace.h");

/* stubs.S */
extern const u8 trace_op[], trace_gate[], trace_call[];
void trace_iret(void);
void trace_upcall(struct regs *regs);

/* Where the stubs go on, each as far from the one before as its stub is. */
struct below {
	u32 fn, unused;
};
struct below trace_below[PV_OPS], trace_handler[256];
u32 trace_calls_below;
void (*trace_upcall_below)(struct regs *regs);

bool trace_wanted[WANTS] = { [0 ... WANTS - 1] = true };
u32 trace_count, trace_ends_lost;
static bool mapped, hooked_entries, hooked_calls;

static void fill(struct pv_impl impl[PV_OPS])
{
	for (u32 op = 0; op < PV_OPS && mapped; op++) {
		if (!trace_wanted[op])
			continue;
		trace_below[op].fn = impl[op].fn;
		impl[op] = (struct pv_impl){
			.fn = op == PV_NR_iret ? (u32)trace_iret : STUB(op)
		};
	}
}

static void unmap_ring(u32 end)
{
	for (u32 at = TRACE_VA; at < end; at += PAGE_SIZE) {
		void *page = va(pte_frame(kernel_pte(at)));

		kernel_unmap(at);
		page_put(page);
	}
}

static bool map_ring(void)
{
	for (u32 at = TRACE_VA; at < TRACE_VA + TRACE_SIZE; at += PAGE_SIZE) {
		void *page = page_alloc();

		if (!page) {
			unmap_ring(at);
			printk("trace: no memory for its ring of %u KiB\n",
			       TRACE_SIZE / 1024);
			return false;
		}
		kernel_map(at, pa(page), PTE_P | PTE_W | PTE_A | PTE_D | PTE_G |
			   pte_nx);
	}
	return true;
}

/* ---- what no operation shows --------------------------------------------- */

static u32 handler_of(u32 vector)
{
	const struct pv_hypervisor *hv = pv_backend->hypervisor;

	return hv ? hv->entry(vector, idt[vector]) :
	       (u32)(idt[vector] >> 32 & 0xffff0000) | (u16)idt[vector];
}

/* An NMI's way has no room for more, and a task gate no handler. */
static bool has_stub(u32 vector)
{
	u32 type = idt[vector] >> 40 & 0xf;

	return vector != TRAP_NMI &&
	       (type == GATE_INTERRUPT || type == GATE_TRAP);
}

static void use_idt(bool own)
{
	static u64 table[256] __aligned(8);
	struct desc_ptr p = { sizeof(table) - 1, (u32)(own ? table : idt) };

	for (u32 vector = 0; vector < 256; vector++) {
		u32 stub = (u32)trace_gate + TRACE_STUB * vector;

		table[vector] = idt[vector];
		if (!has_stub(vector))
			continue;
		trace_handler[vector].fn = handler_of(vector);
		table[vector] = (idt[vector] & 0x0000ffffffff0000) |
				(u64)(stub & 0xffff0000) << 32 | (u16)stub;
	}
	load_idt(&p);
}

static void hook(void)
{
	const struct pv_hypervisor *hv = pv_backend->hypervisor;

	hooked_entries = trace_wanted[WANT_ENTER];
	hooked_calls = hv && trace_wanted[WANT_CALL];
	if (hooked_entries)
		use_idt(true);
	if (hooked_entries && hv) {
		trace_upcall_below = *hv->upcall;
		*hv->upcall = trace_upcall;
	}
	if (hooked_calls) {
		trace_calls_below = *hv->calls;
		*hv->calls = (u32)trace_call;
	}
}

static void unhook(void)
{
	const struct pv_hypervisor *hv = pv_backend->hypervisor;

	if (hooked_calls)
		*hv->calls = trace_calls_below;
	if (hooked_entries && hv)
		*hv->upcall = trace_upcall_below;
	if (hooked_entries)
		use_idt(false);
	hooked_entries = hooked_calls = false;
}

/* ---- on and off ---------------------------------------------------------- */

static bool use(bool on)
{
	unhook();
	if (!on)
		return true;
	mapped = mapped || map_ring();
	if (!mapped)
		return false;
	trace_count = trace_ends_lost = 0;
	hook();
	return true;
}

/* With pv=trace it begins now: before, there was no memory for the ring. */
static void report(void)
{
	trace_report();
	if (pv_wrapper == &trace_wrapper)
		pv_set_backend(&trace_wrapper);
}

const struct pv_backend trace_wrapper = {
	.name = "trace", .wrapper = true, .fill = fill, .use = use,
	.report = report,
};
PV_BACKEND(trace_wrapper);
