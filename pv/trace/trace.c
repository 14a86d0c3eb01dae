// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The trace: a wrapper that records. Each operation that the filter names gets
 * a stub (stubs.S), which writes an event into a ring and goes on to the
 * backend in use. What no operation shows is recorded in the same way: entries
 * into the kernel by an IDT of the trace's own, upcalls and hypercalls by the
 * pointers that a backend names in its struct pv_hypervisor. So nothing is
 * there while the trace is off.
 *
 * The ring is mapped at TRACE_VA when the trace is first put on, and stays. A
 * new event takes the place of the oldest. /proc/pv/trace is the ring as text,
 * a line of LINE bytes for each event, in the order in which they began.
 * Written to, it takes the filter: names of operations and groups, and `all`;
 * -NAME takes away. The trace then begins anew. Entries, IRET and hypercalls
 * are always recorded. Once the trace is off the events of our own monitor follow.
 */
#include <abi/monitor.h>
#include <arch/desc.h>
#include <arch/trap.h>
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <pv/backend.h>
#include <pv/patch.h>
#include <trace/trace.h>

#define LINE		144
#define ROOM		256	/* what does not fit is cut off */
#define HEAD		"# trace %s, %u events, %u overwritten, %u ends lost: " \
	"number start took task i kind name caller arguments = result"

struct trace_event {
	u32 number;		/* of this event since the trace began */
	u32 what;
	u32 caller;		/* of an entry: where the CPU's frame is */
	s32 pid;
	char comm[8];		/* without a NUL if longer */
	u32 arg[4];
	u64 result, start, end;	/* TSC; end 0: not over, or it has none */
};
#define event(number)	((struct trace_event *)TRACE_VA + (number) % TRACE_EVENTS)

_Static_assert(offsetof(struct trace_event, end) == 56 &&
	       offsetof(struct task, pid) == TASK_PID &&
	       offsetof(struct task, comm) == TASK_COMM &&
	       offsetof(struct regs, eip) == REGS_EIP &&
	       PV_NR_shutdown + 1 == PV_OPS, "as in trace.h and stubs.S");

extern const u8 trace_op[], trace_gate[], trace_call[];
/* Where the stubs go on, each as far from the next as its stub is. */
u32 trace_below[PV_OPS][2], trace_handler[TRACE_IRET + 1][2] = {
	[TRACE_UPCALL] = { (u32)trace_gate + TRACE_STUB * TRACE_UPCALL },
};
u32 trace_calls_below = (u32)trace_call;

/* Events since the trace began; of them, overwritten before they ended. */
u32 trace_count, trace_ends_lost;
static u32 from, to, last;	/* events that are being read; of one taken off */
static bool mapped, on, wanted[PV_OPS] = { [0 ... PV_OPS - 1] = true };

static bool map_ring(void)
{
	mapped = pages_free() > 2 * TRACE_SIZE / PAGE_SIZE;
	if (!mapped)
		printk("trace: no memory for %u events\n", TRACE_EVENTS);
	for (u32 at = 0; at < TRACE_SIZE && mapped; at += PAGE_SIZE)
		kernel_map(TRACE_VA + at, pa(page_alloc()), PTE_P | PTE_W |
			   PTE_A | PTE_D | PTE_G | pte_nx);
	return mapped;
}

/* At boot there is no memory yet. Without IRET no way out would be known. */
static void fill(struct pv_impl impl[PV_OPS])
{
	if (!pv_text.count || !(mapped || map_ring()))
		return;
	wanted[PV_NR_iret] = true;
	for (u32 op = 0; op < PV_OPS; op++) {
		if (!wanted[op])
			continue;
		trace_below[op][0] = impl[op].fn;
		impl[op] = (struct pv_impl){ .fn = (u32)trace_op + TRACE_STUB * op };
	}
	trace_handler[TRACE_IRET][0] = trace_below[PV_NR_iret][0];
	impl[PV_NR_iret].fn = (u32)trace_gate + TRACE_STUB * TRACE_IRET;
}

#define swap(p, value)	(value) = __atomic_exchange_n(p, value, __ATOMIC_RELAXED)

/* What it takes to put it on or off is not in the trace. */
static void use(bool begin)
{
	const struct pv_hypervisor *hv = pv_backend->hypervisor;

	last = on ? trace_count : last;
	if (on != begin && mapped) {
		on = begin;
		idt_divert(on ? trace_gate : NULL, TRACE_STUB, trace_handler,
			   hv ? hv->entry : NULL);
		if (hv) {
			hv->monitor(on ? MONITOR_TRACE_ON : MONITOR_TRACE_OFF,
				    0, NULL);
		}
		if (hv && hv->calls) {
			swap(hv->calls, trace_calls_below);
			swap(hv->upcall, trace_handler[TRACE_UPCALL][0]);
		}
	}
	if (on)
		trace_count = trace_ends_lost = 0;
}

/* ---- /proc/pv/trace ------------------------------------------------------ */

/* What is printed of an event beside what all have. */
struct line {
	const char *kind, *name;
	u32 caller, args, bits;	/* how many of arg; of the result, 0: none */
	u64 arg[4];
};

static struct line op_line(const struct trace_event *e)
{
	const struct pv_op_info *op = &pv_op_info[e->what / TRACE_STUB];
	const char *result = op->result, c = op->params[1];
	u64 high = (u64)e->arg[c == 'E' ? 2 : 1] << 32;

	return (struct line){
		"op", op->name, e->caller, c <= '3' ? c - '0' : 1 + (c == 'E'),
		*result == 'u' ? parse_u32(result + 1, NULL) : *result == 'p' ? 64 : 0,
		{ e->arg[0] | (c == 'Q' ? high : 0), e->arg[1] | (c == 'E' ? high : 0),
		  e->arg[2] },
	};
}

static struct line call_line(const struct trace_event *e)
{
	const struct pv_hypervisor *hv = pv_backend->hypervisor;
	u32 nr = (e->what - TRACE_CALL) / TRACE_CALL_STUB;

	return (struct line){
		"call", (nr < hv->call_count ? hv->call_name[nr] : NULL) ?: "unknown",
		e->caller, 4, 32, { e->arg[0], e->arg[2], e->arg[1], e->arg[3] },
	};
}

/* On the stack were EIP and CS; at these vectors an error code lies below. */
static struct line gate_line(const struct trace_event *e)
{
	static char name[16];
	u32 vector = (e->what - TRACE_ENTER) / TRACE_STUB;
	bool error = vector < 18 && 1 << vector & 0x27d00;
	u32 eip = e->arg[error], cs = e->arg[1 + error], at = e->caller + 4 * error;

	if (vector == TRACE_IRET)
		return (struct line){ "op", "iret", (u32)iret_site, 3, 0, { eip, cs, at } };
	snprintf(name, sizeof(name), vector == VECTOR_SYSCALL ? "syscall" :
		 vector == TRACE_UPCALL ? "upcall" :
		 vector < VECTOR_IRQ0 ? "trap%u" : "irq%u", vector);
	return (struct line){ "enter", name, eip, 3, 0, { cs, at,
			      e->arg[error ? 0 : 3] } };
}

/* Is an interrupt, even one that only IRET shows, among the events in it? */
static bool interrupted(const struct trace_event *e)
{
	u32 n = e->number + 1;

	while (n < to && event(n)->start < e->end &&
	       event(n)->what < TRACE_ENTER + TRACE_STUB * VECTOR_IRQ0)
		n++;
	return n < to && event(n)->start < e->end;
}

/* Returns the length. An event may be overwritten any time. */
static int print_event(char *out, u32 number)
{
	const struct trace_event e = *event(number);
	u64 start = e.start + (e.end ? TRACE_BEFORE : 0), end = e.end - TRACE_AFTER;
	char task[24], took[24];
	struct line l;
	int n;

	if (e.number != number || trace_count - number > TRACE_EVENTS)
		return snprintf(out, ROOM, "# event %u was overwritten while this "
				"was read", number);
	l = e.what >= TRACE_ENTER ? gate_line(&e) :
	    e.what >= TRACE_CALL ? call_line(&e) : op_line(&e);
	n = snprintf(task, sizeof(task), "%d:", e.pid);
	for (u32 i = 0; i < sizeof(e.comm) && e.comm[i]; i++)
		task[n++] = e.comm[i] > ' ' && e.comm[i] <= '~' ? e.comm[i] : '?';
	task[n] = '\0';
	snprintf(took, sizeof(took), e.end ? "%llu" : "-", max(start, end) - start);
	n = snprintf(out, ROOM, "%6u %14llu %6s %-10s %c %-5s %-15s %-28pS",
		     number, start, took, task, e.end && interrupted(&e) ? 'i' : '.',
		     l.kind, l.name, (void *)l.caller);
	for (u32 i = 0; i < l.args; i++)
		n += snprintf(out + n, ROOM - n, " %llx", l.arg[i]);
	if (l.bits && e.end)
		n += snprintf(out + n, ROOM - n, " = %llx", l.bits == 64 ?
			      e.result : e.result & ((1ull << l.bits) - 1));
	return n;
}

/* Events that come meanwhile are not in it, or reading would have no end. */
static void show_trace(struct seq *s)
{
	u32 line = min(s->skip / LINE, to - from + 1);
	char text[ROOM];
	int n;

	for (s->skip -= line * LINE; s->left && !s->err; line++) {
		if (!line) {
			to = on ? trace_count : last;
			from = trace_count > TRACE_EVENTS ?
			       min(trace_count - TRACE_EVENTS, to) : 0;
		} else if (from + line > to) {
			break;
		}
		n = line ? print_event(text, from + line - 1) :
		    snprintf(text, ROOM, HEAD, on ? "on" : "off", to - from, from,
			     trace_ends_lost);
		memset(text + n, ' ', ROOM - n);
		text[LINE - 1] = '\n';
		seq_write(s, text, LINE);
	}
	if (pv_backend->hypervisor && !on)
		peer_show(pv_backend->hypervisor, s);
}

/* A first word that takes away takes from all. */
static int write_trace(const char *text, u32 len)
{
	char words[256], *word = words, *end;
	bool want[PV_OPS];

	strlcpy(words, text, sizeof(words));
	memset(want, *word == '-', sizeof(want));
	for (; *word; word = end) {
		bool add = *word != '-', found = false;

		end = strchr(word, ' ') ?: word + strlen(word);
		while (*end == ' ')
			*end++ = '\0';
		word += !add;
		for (u32 op = 0; op < PV_OPS; op++)
			if (!strcmp(word, "all") ||
			    !strcmp(word, pv_op_info[op].group) ||
			    !strcmp(word, pv_op_info[op].name))
				want[op] = add, found = true;
		if (found)
			continue;
		printk("trace: no %s. There are: all irq cpu segment io mmu time "
		       "platform", word);
		for (u32 op = 0; op < PV_OPS; op++)
			printk(" %s", pv_op_info[op].name);
		printk("\n");
		return -EINVAL;
	}
	memcpy(wanted, want, sizeof(want));
	if (on)
		pv_set_backend(pv_wrapper);
	return 0;
}

/* With pv=trace it begins now. */
static void report(void)
{
	proc_add_writable("pv/trace", show_trace, write_trace);
	if (pv_wrapper && pv_wrapper->report == report)
		pv_set_backend(pv_wrapper);
}

static const struct pv_backend trace_wrapper = {
	.name = "trace", .wrapper = true, .fill = fill, .use = use,
	.report = report,
};
PV_BACKEND(trace_wrapper);
