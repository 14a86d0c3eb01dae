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
	u32 what;		/* where its stub is in trace_stubs, in bytes */
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
	       PV_OPS <= TRACE_CALL, "as in trace.h and stubs.S");

extern const u8 trace_stubs[];
#define stub(number)	((u32)trace_stubs + TRACE_STUB * (number))
/* Where the stubs go on, each as far from the next as its stub is. */
u32 trace_below[TRACE_IRET + 1][2];

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
	trace_below[TRACE_IRET][0] = impl[PV_NR_iret].fn;
	for (u32 op = 0; op < PV_OPS; op++) {
		if (!wanted[op])
			continue;
		trace_below[op][0] = impl[op].fn;
		impl[op] = (struct pv_impl){ .fn = stub(op) };
	}
	impl[PV_NR_iret] = (struct pv_impl){ .fn = stub(TRACE_IRET) };
}

/*
 * Has a pointer lead to stubs, or to what was there before. An interrupt may use
 * it at once: by then the stubs must know where to go on.
 */
static void divert(u32 *pointer, u32 first, u32 end)
{
	for (u32 n = first; on && n < end; n++)
		trace_below[n][0] = *pointer + TRACE_STUB * (n - first);
	barrier();
	*pointer = on ? stub(first) : trace_below[first][0];
}

/* What it takes to put it on or off is not in the trace. */
static void use(bool begin)
{
	const struct pv_hypervisor *hv = pv_backend->hypervisor;

	if (on == begin || !mapped)
		return;
	on = begin;
	last = trace_count;
	idt_divert(on ? (const u8 *)stub(TRACE_ENTER) : NULL, TRACE_STUB,
		   trace_below[TRACE_ENTER], hv ? hv->entry : NULL);
	if (hv)
		hv->monitor(on ? MONITOR_TRACE_ON : MONITOR_TRACE_OFF, 0, NULL);
	if (hv && hv->calls) {
		divert(hv->calls, TRACE_CALL, TRACE_ENTER);
		divert(hv->upcall, TRACE_UPCALL, TRACE_UPCALL + 1);
	}
	if (on)
		trace_count = trace_ends_lost = 0;
}

/* ---- /proc/pv/trace ------------------------------------------------------ */

static const char *call_name(u32 number)
{
	const struct pv_hypervisor *hv = pv_backend->hypervisor;

	return (number < hv->call_count ? hv->call_name[number] : NULL) ?: "unknown";
}

static const char *vector_name(u32 vector)
{
	static char name[16];

	snprintf(name, sizeof(name), vector == VECTOR_SYSCALL ? "syscall" :
		 vector == TRACE_UPCALL - TRACE_ENTER ? "upcall" :
		 vector < VECTOR_IRQ0 ? "trap%u" : "irq%u", vector);
	return name;
}

/* What is printed of an event beside what all have; as in struct pv_op_info. */
struct line {
	const char *kind, *name, *params, *result;
	u32 caller, arg[4];
};

/* On the stack were EIP and CS; at some vectors an error code lies below. */
static struct line line_of(const struct trace_event *e)
{
	u32 what = e->what / TRACE_STUB, vector = what - TRACE_ENTER;
	bool error = vector < 18 && 1 << vector & 0x27d00;
	const u32 *arg = e->arg, *frame = arg + error;

	if (what == TRACE_IRET)
		return (struct line){ "op", "iret", "P3", "void", (u32)iret_site,
				      { frame[0], frame[1], e->caller } };
	if (what >= TRACE_ENTER)
		return (struct line){ "enter", vector_name(vector), "P3", "void",
				      frame[0], { frame[1], e->caller + 4 * error,
						  arg[error ? 0 : 3] } };
	if (what >= TRACE_CALL)
		return (struct line){ "call", call_name((what - TRACE_CALL) /
				      TRACE_CALL_STUBS), "P4", "u32", e->caller,
				      { arg[0], arg[2], arg[1], arg[3] } };
	return (struct line){ "op", pv_op_info[what].name, pv_op_info[what].params,
			      pv_op_info[what].result, e->caller,
			      { arg[0], arg[1], arg[2] } };
}

/* Is an interrupt, even one that only IRET shows, among the events in it? */
static bool interrupted(const struct trace_event *e)
{
	for (u32 n = e->number + 1; n < to && event(n)->start < e->end; n++)
		if (event(n)->what >= TRACE_STUB * (TRACE_ENTER + VECTOR_IRQ0))
			return true;
	return false;
}

/* Goes on after `n` bytes; returns the length. Only the last may be of 64 bits. */
static int print_what(char *out, int n, const struct trace_event *e)
{
	const struct line l = line_of(e);
	char params = l.params[1], result = l.result[0];
	u32 args = params <= '4' ? params - '0' : params == 'E' ? 2 : 1;
	u32 wide = params == 'Q' || params == 'E' ? args - 1 : args;
	u32 bits = result == 'u' ? parse_u32(l.result + 1, NULL) : 64;

	n += snprintf(out + n, ROOM - n, " %-5s %-15s %-28pS", l.kind, l.name,
		      (void *)l.caller);
	for (u32 i = 0; i < args; i++)
		n += snprintf(out + n, ROOM - n, " %llx",
			      i == wide ? *(u64 *)&l.arg[i] : l.arg[i]);
	if (result != 'v' && e->end)
		n += snprintf(out + n, ROOM - n, " = %llx",
			      e->result & (~0ull >> (64 - bits)));
	return n;
}

/* Returns the length. An event may be overwritten any time. */
static int print_event(char *out, u32 number)
{
	const struct trace_event e = *event(number);
	u64 start = e.start + (e.end ? TRACE_BEFORE : 0), end = e.end - TRACE_AFTER;
	char task[24], took[24];
	int n;

	if (e.number != number || trace_count - number > TRACE_EVENTS)
		return snprintf(out, ROOM, "# event %u was overwritten while this "
				"was read", number);
	n = snprintf(task, sizeof(task), "%d:", e.pid);
	for (u32 i = 0; i < sizeof(e.comm) && e.comm[i]; i++)
		task[n++] = e.comm[i] > ' ' && e.comm[i] <= '~' ? e.comm[i] : '?';
	task[n] = '\0';
	snprintf(took, sizeof(took), e.end ? "%llu" : "-", max(start, end) - start);
	n = snprintf(out, ROOM, "%6u %14llu %6s %-10s %c", number, start, took,
		     task, interrupted(&e) ? 'i' : '.');
	return print_what(out, n, &e);
}

/*
 * What our own monitor recorded. It stamps its events by the TSC that the guest
 * reads, so they can be merged by time. To ask for an event is one, so there is
 * an end only while nothing is recorded. Another hypervisor does not know the
 * command.
 */
static void show_monitor(const struct pv_hypervisor *hv, struct seq *s)
{
	struct monitor_event e;
	u32 n = 0;

	while (s->left && hv->monitor(MONITOR_TRACE_READ, n, &e) == -E2BIG)
		n++;
	if (n)
		seq_printf(s, "# the monitor, %u events overwritten\n", n);
	for (; s->left && hv->monitor(MONITOR_TRACE_READ, n, &e) >= 0; n++)
		seq_printf(s, "%6u %14llu %6llu -          . mon   %-15s - %x %x\n",
			   n, e.start, e.end - e.start, e.what < MONITOR_TRAP ?
			   call_name(e.what) : vector_name(e.what - MONITOR_TRAP),
			   e.a, e.b);
}

/* Events that come meanwhile are not in it, or reading would have no end. */
static void show_trace(struct seq *s)
{
	char text[ROOM];
	u32 line, n;

	if (!s->skip) {
		to = on ? trace_count : last;
		from = min(max(trace_count, TRACE_EVENTS) - TRACE_EVENTS, to);
	}
	line = min(s->skip / LINE, to - from + 1);
	s->skip -= line * LINE;
	for (; s->left && !s->err && line <= to - from; line++) {
		n = line ? print_event(text, from + line - 1) :
		    snprintf(text, ROOM, HEAD, on ? "on" : "off", to - from, from,
			     trace_ends_lost);
		memset(text + n, ' ', ROOM - n);
		text[LINE - 1] = '\n';
		seq_write(s, text, LINE);
	}
	if (pv_backend->hypervisor && !on)
		show_monitor(pv_backend->hypervisor, s);
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
