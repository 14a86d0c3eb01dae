// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/pv/trace: the ring as text, a line of LINE bytes for each event, in the
 * order in which they began. Written to, it takes the filter: names of operations
 * and groups, `enter`, `call` and `all`; -NAME takes away. The trace then begins
 * anew.
 */
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <pv/patch.h>
#include <trace/trace.h>

#define LINE		144
#define HEAD_LINES	3
#define ERROR_CODE	(1 << 8 | 0x1f << 10 | 1 << 17)	/* these vectors have */

static char filter[256] = "all";	/* as it was written */
static u32 from, to;		/* the events that are being read */

static struct trace_event *trace_event(u32 number)
{
	return (struct trace_event *)TRACE_VA + number % TRACE_EVENTS;
}

/* ---- one event ----------------------------------------------------------- */

/* "RE(pte_t *, p, pteval_t, value)" and "void" of an operation. */
static const struct {
	const char *params, *result;
} shape[PV_OPS] = {
#define PV_OP(group, name, class, ret, params) { #params, #ret },
#define PV_JUMP(group, name)	{ "P3()", "void" },
#include <pv/ops.def>
};

/* Without an end: when it was recorded. */
static u64 start_of(const struct trace_event *e)
{
	return e->start + (!e->end ? 0 : e->what >= TRACE_CALL ?
			   TRACE_CALL_BEFORE : TRACE_OP_BEFORE);
}

static u64 end_of(const struct trace_event *e)
{
	return max(start_of(e), e->end - (e->what >= TRACE_CALL ?
					  TRACE_CALL_AFTER : TRACE_OP_AFTER));
}

/* Did an interrupt come before it was over? Its entry is one of the next. */
static bool interrupted(const struct trace_event *e)
{
	const struct trace_event *in;

	for (u32 n = e->number + 1; n < to; n++) {
		u32 vector;

		in = trace_event(n);
		vector = (in->what - TRACE_ENTER) / TRACE_STUB;
		if (in->number != n || in->start > e->end)
			break;
		if (in->what >= TRACE_ENTER && vector >= VECTOR_IRQ0 &&
		    vector != VECTOR_SYSCALL)
			return true;
	}
	return false;
}

static u32 stub_of(const struct trace_event *e)
{
	return e->what >= TRACE_ENTER ? (e->what - TRACE_ENTER) / TRACE_STUB :
	       e->what >= TRACE_CALL ? (e->what - TRACE_CALL) / TRACE_CALL_STUB :
	       e->what / TRACE_STUB;
}

/* All but what depends on the kind: `out` is LINE bytes, the length so far. */
static u32 begin_line(char *out, const struct trace_event *e, const char *kind,
		      const char *name, u32 caller)
{
	char task[24], took[24] = "-";
	u32 n = snprintf(task, sizeof(task), "%d:", e->pid);

	for (u32 i = 0; i < sizeof(e->comm) && e->comm[i]; i++)
		task[n++] = e->comm[i] > ' ' && e->comm[i] <= '~' ?
			    e->comm[i] : '?';
	task[n] = '\0';
	if (e->end)
		snprintf(took, sizeof(took), "%llu", end_of(e) - start_of(e));
	return snprintf(out, LINE, "%6u %14llu %6s %-10s %c %-5s %-15s %-28pS",
			e->number, start_of(e), took, task,
			e->end && interrupted(e) ? 'i' : '.', kind, name,
			(void *)caller);
}

/* `args` of them, the last of 64 bits if `wide`, and a result of `bits`. */
static u32 add_values(char *out, u32 n, const struct trace_event *e, u32 args,
		      bool wide, u32 bits)
{
	for (u32 i = 0; i < args; i++)
		n += snprintf(out + n, LINE - n, " %llx", wide && i == args - 1 ?
			      *(const u64 *)&e->arg[i] : e->arg[i]);
	if (bits && e->end)
		n += snprintf(out + n, LINE - n, " = %llx", bits == 64 ?
			      e->result : e->result & ((1ull << bits) - 1));
	return n;
}

static u32 print_op(char *out, const struct trace_event *e)
{
	u32 op = stub_of(e);
	const char *params = shape[op].params, *result = shape[op].result;
	char c = params[1];

	return add_values(out, begin_line(out, e, "op", pv_op_info[op].name,
					  e->caller), e,
			  c <= '3' ? c - '0' : c == 'E' ? 2 : 1,
			  c == 'E' || c == 'Q',
			  *result == 'u' ? parse_u32(result + 1, NULL) :
			  *result == 'p' ? 64 : 0);
}

static u32 print_call(char *out, const struct trace_event *e)
{
	const struct pv_hypervisor *hv = pv_backend->hypervisor;
	u32 nr = stub_of(e);
	const char *name = hv && nr < hv->call_count ? hv->call_name[nr] : NULL;

	return add_values(out, begin_line(out, e, "call", name ?: "unknown",
					  e->caller), e, 4, false, 32);
}

/* The CPU pushed EIP and CS, and below them perhaps an error code. */
static u32 print_enter(char *out, const struct trace_event *e)
{
	u32 vector = stub_of(e);
	bool error = vector < 32 && ERROR_CODE >> vector & 1;
	const u32 *frame = &e->arg[error];
	char name[16];
	u32 n;

	snprintf(name, sizeof(name), vector == VECTOR_SYSCALL ? "syscall" :
		 vector == TRACE_UPCALL ? "upcall" :
		 vector < VECTOR_IRQ0 ? "trap%u" : "irq%u", vector);
	n = begin_line(out, e, "enter", name, frame[0]);
	return n + snprintf(out + n, LINE - n, " %x %x %x", frame[1],
			    e->caller + 4 * error, e->arg[error ? 0 : 3]);
}

/* ---- the file ------------------------------------------------------------ */

static u32 oldest(void)
{
	return trace_count > TRACE_EVENTS ? trace_count - TRACE_EVENTS : 0;
}

static u32 print_head(char *out, u32 line)
{
	bool on = pv_wrapper == &trace_wrapper;

	if (!line) {
		to = on ? trace_count : trace_end;
		from = min(oldest(), to);
	}
	return line == 0 ? snprintf(out, LINE, "# trace %s, %u events, "
			"%u overwritten, %u ends lost", on ? "on" : "off",
			to - from, from, trace_ends_lost) :
	       line == 1 ? snprintf(out, LINE, "# filter: %s", filter) :
	       snprintf(out, LINE, "# number start took task i kind name caller "
			"arguments = result");
}

/* An interrupt may take the event's place at any moment. */
static u32 print_event(char *out, u32 number)
{
	struct trace_event e = *trace_event(number);

	if (e.number != number || number < oldest())
		return snprintf(out, LINE, "# event %u was overwritten while this "
				"was read", number);
	return e.what >= TRACE_ENTER ? print_enter(out, &e) :
	       e.what >= TRACE_CALL ? print_call(out, &e) : print_op(out, &e);
}

/* Events that come meanwhile are not in it, or reading would have no end. */
static void show_trace(struct seq *s)
{
	u32 line = s->skip / LINE, n;
	char text[LINE];

	for (s->skip %= LINE; s->left && !s->err; line++) {
		if (line >= HEAD_LINES && from + line - HEAD_LINES >= to)
			break;
		n = line < HEAD_LINES ? print_head(text, line) :
		    print_event(text, from + line - HEAD_LINES);
		n = min(n, LINE - 1u);
		memset(text + n, ' ', LINE - n);
		text[LINE - 1] = '\n';
		seq_write(s, text, LINE);
	}
}

/* ---- the filter ---------------------------------------------------------- */

static const char *name_of(u32 what)
{
	return what == WANT_ENTER ? "enter" : what == WANT_CALL ? "call" :
	       pv_op_info[what].name;
}

static int unknown(const char *word)
{
	printk("trace: there is no %s. There are the groups irq, cpu, segment, io, "
	       "mmu, time, platform, and all, and:", word);
	for (u32 what = 0; what < WANTS; what++)
		printk(" %s", name_of(what));
	printk("\n");
	return -EINVAL;
}

/* A first word that takes away takes from all. */
static int parse(char *word, bool wanted[WANTS])
{
	char *end;

	memset(wanted, *word == '-', WANTS);
	for (; *word; word = end) {
		bool add = *word != '-', found = false;

		end = strchr(word, ' ') ?: word + strlen(word);
		while (*end == ' ')
			*end++ = '\0';
		word += !add;
		for (u32 what = 0; what < WANTS; what++) {
			if (strcmp(word, "all") && strcmp(word, name_of(what)) &&
			    (what >= PV_OPS ||
			     strcmp(word, pv_op_info[what].group)))
				continue;
			wanted[what] = add;
			found = true;
		}
		if (!found)
			return unknown(word);
	}
	return 0;
}

static int write_trace(const char *text, u32 len)
{
	bool wanted[WANTS];
	char words[sizeof(filter)];
	int err;

	strlcpy(words, text, sizeof(words));
	err = parse(words, wanted);
	if (err)
		return err;
	strlcpy(filter, text, sizeof(filter));
	memcpy(trace_wanted, wanted, sizeof(wanted));
	if (pv_wrapper == &trace_wrapper)
		pv_set_backend(&trace_wrapper);
	return 0;
}

void trace_report(void)
{
	proc_add_writable("pv/trace", show_trace, write_trace);
}
