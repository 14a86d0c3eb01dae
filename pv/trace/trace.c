// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The trace: a wrapper that records. Each operation that the filter names gets a
 * stub (stubs.S), which writes an event into a ring and goes on to the backend in
 * use. What no operation shows is recorded in the same way: entries into the
 * kernel by an IDT of the trace's own, upcalls and hypercalls by the pointers that
 * a backend names in its struct pv_hypervisor. So nothing is there while the
 * trace is off.
 *
 * The ring is mapped at TRACE_VA when the trace is first put on, and stays. A new
 * event takes the place of the oldest. Reading: report.c.
 */
#include <arch/desc.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/task.h>
#include <pv/patch.h>
#include <trace/trace.h>

_Static_assert(sizeof(struct trace_event) == 64 &&
	       offsetof(struct trace_event, end) == TRACE_END &&
	       offsetof(struct task, pid) == TASK_PID &&
	       offsetof(struct task, comm) == TASK_COMM &&
	       offsetof(struct regs, eip) == REGS_EIP &&
	       PV_NR_shutdown + 1 == PV_OPS, "trace.h");

/* stubs.S */
extern const u8 trace_op[], trace_gate[], trace_call[], trace_iret[],
	trace_upcall[];

/* Where the stubs go on, each as far from the one before as its stub is. */
struct {
	u32 fn, unused;
} trace_below[PV_OPS], trace_handler[256];
/* And these, while the trace is off: what takes their place. */
u32 trace_calls_below = (u32)trace_call;
u32 trace_upcall_below = (u32)trace_upcall;

bool trace_wanted[WANTS] = { [0 ... WANTS - 1] = true };
u32 trace_count, trace_end, trace_ends_lost;
static bool mapped, on;

static void map_ring(void)
{
	if (pages_free() < 2 * TRACE_SIZE / PAGE_SIZE) {
		printk("trace: no memory for its ring of %u KiB\n",
		       TRACE_SIZE / 1024);
		return;
	}
	for (u32 at = TRACE_VA; at < TRACE_VA + TRACE_SIZE; at += PAGE_SIZE)
		kernel_map(at, pa(page_alloc()), PTE_P | PTE_W | PTE_A | PTE_D |
			   PTE_G | pte_nx);
	mapped = true;
}

/* At boot there is no memory yet. */
static void fill(struct pv_impl impl[PV_OPS])
{
	if (!mapped && pv_text.count)
		map_ring();
	for (u32 op = 0; op < PV_OPS && mapped; op++) {
		if (!trace_wanted[op])
			continue;
		trace_below[op].fn = impl[op].fn;
		impl[op] = (struct pv_impl){
			.fn = op == PV_NR_iret ? (u32)trace_iret :
			      (u32)trace_op + TRACE_STUB * op
		};
	}
}

/* An NMI's way has no room for more, and a task gate no handler. */
static void use_idt(bool own)
{
	static u64 table[256] __aligned(8);
	struct desc_ptr p = { sizeof(table) - 1, (u32)(own ? table : idt) };
	const struct pv_hypervisor *hv = pv_backend->hypervisor;

	for (u32 vector = 0; vector < 256; vector++) {
		u64 gate = idt[vector];
		u32 type = gate >> 40 & 0xf;
		u32 stub = (u32)trace_gate + TRACE_STUB * vector;

		trace_handler[vector].fn = hv ? hv->entry(vector, gate) :
			(u32)(gate >> 32 & 0xffff0000) | (u16)gate;
		table[vector] = vector == TRAP_NMI || type == GATE_TASK ? gate :
			(gate & 0x0000ffffffff0000) | (u16)stub |
			(u64)(stub & 0xffff0000) << 32;
	}
	load_idt(&p);
}

static void swap(u32 *a, u32 *b)
{
	u32 was = *a;

	*a = *b;
	*b = was;
}

/* What no operation shows begins to be recorded, or ends. */
static void toggle(void)
{
	const struct pv_hypervisor *hv = pv_backend->hypervisor;
	static bool entries, calls;

	on = !on;
	if (on) {
		entries = trace_wanted[WANT_ENTER];
		calls = trace_wanted[WANT_CALL] && hv;
	}
	if (calls)
		swap(hv->calls, &trace_calls_below);
	if (entries && hv)
		swap((u32 *)hv->upcall, &trace_upcall_below);
	if (entries)
		use_idt(on);
}

/* What it takes to put it on or off is not in the trace. */
static void use(bool begin)
{
	if (on)
		trace_end = trace_count;
	if (on != begin && mapped)
		toggle();
	if (on)
		trace_count = trace_ends_lost = 0;
}

/* With pv=trace it begins now. */
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
