// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/pv/trace: the ring as text, one line an event, in the order in which
 * they began. Written to, it takes the filter: names of operations and groups,
 * `enter`, `call` and `all`; -NAME takes away. The trace then begins anew.
 */
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <pv/patch.h>
#include <trace/trace.h>

#define LINE_MAX	192
#define COLUMNS		\
	"\n# number start took task i kind name caller arguments = result\n"

/* ---- one event ----------------------------------------------------------- */

/* How many arguments; the last has 64 bits; bits of the result. */
#define ARGS_P0()		0, false
#define ARGS_P1(t, a)		1, false
#define ARGS_P2(t, a, u, b)	2, false
#define ARGS_P3(t, a, u, b, v, c) 3, false
#define ARGS_PQ(t, a)		1, true
#define ARGS_PE(t, a, u, b)	2, true
#define ARGS_PD(t, a)		1, false
#define ARGS_R1(t, a)		1, false
#define ARGS_RE(t, a, u, b)	2, true
#define BITS_void	0
#define BITS_u8		8
#define BITS_u16	16
#define BITS_u32	32
#define BITS_u64	64
#define BITS_pteval_t	64

struct shape {
	u8 args;
	bool wide;
	u8 bits;
};
static const struct shape shape[PV_OPS] = {
#define PV_OP(group, name, class, ret, params)				\
	{ ARGS_##params, BITS_##ret },
#define PV_JUMP(group, name)	{ 3, false, 0 },
#include <pv/ops.def>
};

static u32 kind_of(const struct trace_event *e)
{
	return e->what & TRACE_KIND;
}

static u32 number_in(const struct trace_event *e)
{
	return (e->what & ~TRACE_KIND) /
	       (kind_of(e) == TRACE_CALL ? TRACE_CALL_STUB : TRACE_STUB);
}

static const char *name_of(const struct trace_event *e)
{
	const struct pv_hypervisor *hv = pv_backend->hypervisor;
	u32 n = number_in(e);
	static char text[16];

	if (kind_of(e) == TRACE_OP)
		return pv_op_info[n].name;
	if (kind_of(e) == TRACE_CALL && n < hv->call_count && hv->call_name[n])
		return hv->call_name[n];
	if (n == TRACE_UPCALL)
		return "upcall";
	if (kind_of(e) == TRACE_ENTER && n == VECTOR_SYSCALL)
		return "syscall";
	snprintf(text, sizeof(text), "%s%u", kind_of(e) == TRACE_CALL ? "call" :
		 n < VECTOR_IRQ0 ? "trap" : "irq", n);
	return text;
}

static struct shape shape_of(const struct trace_event *e)
{
	return kind_of(e) == TRACE_OP ? shape[number_in(e)] :
	       kind_of(e) == TRACE_CALL ? (struct shape){ 4, false, 32 } :
	       (struct shape){ 3, false, 0 };
}

/* The same few callers come again and again, and a look-up is slow. */
static u32 print_caller(char *out, u32 room, u32 addr)
{
	static struct {
		u32 addr, offset;
		const char *name;
	} cache[256], *c;

	c = &cache[addr / 2 % ARRAY_SIZE(cache)];
	if (c->addr != addr) {
		c->name = kallsyms_find(addr, &c->offset);
		c->addr = addr;
	}
	return c->name ? snprintf(out, room, "%s+0x%x", c->name, c->offset) :
	       snprintf(out, room, "%x", addr);
}

/* Did an interrupt come before it was over? Its entry is one of the next. */
static bool interrupted(const struct trace_event *e, u32 to)
{
	const struct trace_event *in;

	for (u32 n = e->number + 1; n < to; n++) {
		in = trace_event(n);
		if (in->number != n || in->start > e->end)
			break;
		if (kind_of(in) == TRACE_ENTER && number_in(in) >= VECTOR_IRQ0 &&
		    number_in(in) != VECTOR_SYSCALL)
			return true;
	}
	return false;
}

/* Line and newline; `to`: the number after the last event. */
static u32 print_event(char *out, const struct trace_event *e, u32 to)
{
	static const char *const kind[] = { "op", "call", "enter" };
	struct shape s = shape_of(e);
	bool call = kind_of(e) == TRACE_CALL;
	u64 start = !e->end ? e->start :
		    e->start + (call ? TRACE_CALL_BEFORE : TRACE_OP_BEFORE);
	u64 end = max(e->end - (call ? TRACE_CALL_AFTER : TRACE_OP_AFTER), start);
	char task[24], took[24], caller[64];
	u32 n = snprintf(task, sizeof(task), "%d:", e->pid);

	for (u32 i = 0; i < sizeof(e->comm) && e->comm[i]; i++)
		task[n++] = e->comm[i] > ' ' && e->comm[i] <= '~' ? e->comm[i] : '?';
	task[n] = '\0';
	snprintf(took, sizeof(took), e->end ? "%llu" : "-", end - start);
	print_caller(caller, sizeof(caller), e->caller);
	n = snprintf(out, LINE_MAX, "%6u %14llu %6s %-10s %c %-5s %-15s %-28s",
		     e->number, start, took, task,
		     e->end && interrupted(e, to) ? 'i' : '.',
		     kind[kind_of(e) / TRACE_CALL], name_of(e), caller);
	for (u32 i = 0; i < s.args; i++)
		n += snprintf(out + n, LINE_MAX - n, " %llx",
			      s.wide && i == s.args - 1u ?
			      *(const u64 *)&e->arg[i] : e->arg[i]);
	if (s.bits && e->end)
		n += snprintf(out + n, LINE_MAX - n, " = %llx",
			      s.bits == 64 ? e->result :
			      e->result & ~(~0ull << s.bits));
	out[n++] = '\n';
	return n;
}

/* ---- the file ------------------------------------------------------------ */

/* Where a line of the text begins, so that the next read goes on from there. */
static struct {
	u32 pos, number;
} at;
static u32 to;			/* the number after the last event of this text */
static char filter[256] = "all";	/* as it was written */

static u32 oldest(void)
{
	return trace_count > TRACE_EVENTS ? trace_count - TRACE_EVENTS : 0;
}

static void line(struct seq *s, const char *text, u32 len)
{
	seq_write(s, text, len);
	if (s->left)
		at.pos += len;
}

static void show_head(struct seq *s)
{
	char text[LINE_MAX];

	at.pos = 0;
	at.number = oldest();
	to = trace_count;
	line(s, text, snprintf(text, sizeof(text),
		"# trace %s, %u events, %u overwritten, %u ends lost\n# filter: ",
		pv_wrapper == &trace_wrapper ? "on" : "off", to - at.number,
		at.number, trace_ends_lost));
	line(s, filter, strlen(filter));
	line(s, COLUMNS, sizeof(COLUMNS) - 1);
}

/*
 * Events that come meanwhile are not in the text, or else reading would have no
 * end. They may overwrite some that are: a line says how many.
 */
static void show_trace(struct seq *s)
{
	char text[LINE_MAX];
	struct trace_event e;

	if (s->skip && s->skip >= at.pos)
		s->skip -= at.pos;
	else
		show_head(s);
	while (s->left && !s->err && at.number < to) {
		e = *trace_event(at.number);
		if (e.number != at.number || at.number < oldest()) {
			line(s, text, snprintf(text, sizeof(text),
				"# %u overwritten while this was read\n",
				min(oldest(), to) - at.number));
			if (s->left)
				at.number = min(oldest(), to);
			continue;
		}
		line(s, text, print_event(text, &e, to));
		at.number += s->left != 0;
	}
}

/* ---- the filter ---------------------------------------------------------- */

static const char *const other[] = { "enter", "call" };

static bool matches(u32 what, const char *word)
{
	return !strcmp(word, "all") ||
	       !strcmp(word, what < PV_OPS ? pv_op_info[what].name :
		       other[what - PV_OPS]) ||
	       (what < PV_OPS && !strcmp(word, pv_op_info[what].group));
}

static int unknown(const char *word)
{
	const char *group = "";

	printk("trace: there is no %s. There are: all, enter, call, and each of "
	       "these groups and operations:", word);
	for (u32 op = 0; op < PV_OPS; op++) {
		if (strcmp(group, pv_op_info[op].group))
			printk("\n  %s:", pv_op_info[op].group);
		group = pv_op_info[op].group;
		printk(" %s", pv_op_info[op].name);
	}
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
			if (!matches(what, word))
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

	while (*text == ' ')
		text++;
	strlcpy(words, *text ? text : "all", sizeof(words));
	err = parse(words, wanted);
	if (err)
		return err;
	strlcpy(filter, *text ? text : "all", sizeof(filter));
	memcpy(trace_wanted, wanted, sizeof(wanted));
	if (pv_wrapper == &trace_wrapper)
		pv_set_backend(&trace_wrapper);
	return 0;
}

void trace_report(void)
{
	proc_add_writable("pv/trace", show_trace, write_trace);
}
