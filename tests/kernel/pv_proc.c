// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/pv as a process sees it: opened, read whole and in odd pieces, and
 * every line held against the site or the operation that it is about. What
 * /proc/pv/verify says is tested with differences that are planted here.
 */
#include <arch/switch.h>
#include <kernel/file.h>
#include <kernel/sections.h>
#include <kernel/task.h>
#include <kernel/uaccess.h>
#include "pv_test.h"

#define WHOLE		((u8 *)0x10000000)	/* user addresses */
#define PIECES		((u8 *)0x10100000)
#define ROOM		0x100000
#define PIECE		3989			/* a prime */
#define COLUMNS		16

/* Reads all of a file to `to`, at most `piece` bytes a time. */
static u32 read_all(const char *path, u8 *to, u32 piece)
{
	int err, n;
	u32 len = 0;
	struct inode *i = lookup(path, true, &err);
	struct file *f = i ? file_open(i, O_RDONLY, &err) : NULL;

	EXPECT(f);
	if (!f)
		return 0;
	while ((n = f->ops->read(f, to + len, min(piece, ROOM - len))) > 0)
		len += n;
	EXPECT_EQ(n, 0);
	file_put(f);
	return len;
}

static u32 differences(u32 len)
{
	u32 n = 0;
	u8 a[64], b[64];

	for (u32 at = 0; at < len; at += sizeof(a)) {
		u32 part = min(len - at, (u32)sizeof(a));

		EXPECT_EQ(copy_from_user(a, WHOLE + at, part), 0);
		EXPECT_EQ(copy_from_user(b, PIECES + at, part), 0);
		n += memcmp(a, b, part) != 0;
	}
	return n;
}

/* Cuts a line up at blanks; returns how many words there are. */
static u32 split(char *line, char *word[COLUMNS])
{
	u32 n = 0;

	for (char *c = line; *c; c++) {
		if (*c == ' ')
			*c = '\0';
		else if (n < COLUMNS && (c == line || !c[-1]))
			word[n++] = c;
	}
	return n;
}

/* Calls check(number, words, how many) for each line; returns their number. */
static u32 each_line(u32 len, void (*check)(u32 line, char **word, u32 words))
{
	char line[256], *word[COLUMNS];
	u32 n = 0, at = 0, end;

	while (at < len) {
		u32 part = min(len - at, (u32)sizeof(line) - 1);

		EXPECT_EQ(copy_from_user(line, WHOLE + at, part), 0);
		line[part] = '\n';
		for (end = 0; line[end] != '\n'; end++)
			;
		EXPECT(end < part);
		line[end] = '\0';
		at += end + 1;
		check(n++, word, split(line, word));
	}
	return n;
}

/* Runs as a process would, with a user half: the pages come by faults. */
static void in_user_space(void (*run)(void))
{
	struct vma area = { .start = (u32)WHOLE, .end = (u32)PIECES + ROOM,
			    .prot = PROT_READ | PROT_WRITE };
	struct mm *mm = mm_create();

	EXPECT(mm);
	if (!mm)
		return;
	tables_complete(&mm->tables);
	EXPECT_EQ(vma_map(mm, &area), 0);
	current->mm = mm;
	mm_switch(mm);
	task_loaded();
	run();
	current->mm = &kernel_mm;
	mm_switch(&kernel_mm);
	mm_put(mm);
}

/* Reads a file both ways and returns its length. */
static u32 read_twice(const char *path)
{
	u32 len = read_all(path, WHOLE, ROOM);

	EXPECT(len > 0 && len < ROOM);
	EXPECT_EQ(read_all(path, PIECES, PIECE), len);
	EXPECT_EQ(differences(len), 0);
	return len;
}

static void hex(char *out, const u8 *bytes, u32 len)
{
	for (u32 i = 0; i < len; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

static void check_site_line(u32 line, char **word, u32 words)
{
	const struct pv_site *site = &pv_text.sites[line - 1];
	char text[2 * PV_SITE_MAX + 1];

	EXPECT_EQ(words, 6);
	if (!line || words != 6 || line > pv_text.count)
		return;
	snprintf(text, sizeof(text), "%08x", site->addr);
	EXPECT_OP(site->op, !strcmp(word[0], text));
	EXPECT_OP(site->op, !strcmp(word[1], pv_op_info[site->op].name));
	EXPECT_OP(site->op, !strcmp(word[2], "indirect") ==
		  (pv_now.level == PV_LEVEL_OFF &&
		   site->class != PV_CLASS_ANY));
	EXPECT_OP(site->op, glob_match(site->class == PV_CLASS_ANY ?
					 "*e8*" : "*ff*", word[3]));
	EXPECT_OP(site->op, strlen(word[3]) == 2u * site->len);
	hex(text, (const u8 *)site->addr, site->len);
	EXPECT_OP(site->op, !strcmp(word[4], text));
	EXPECT_OP(site->op, glob_match("*+0x*", word[5]));
}

static void read_sites(void)
{
	u32 n = 0;

	while (n < pv_text.count && pv_text.sites[n].addr < (u32)__tests_text_start)
		n++;
	EXPECT_EQ(each_line(read_twice("/proc/pv/sites"), check_site_line), n + 1);
	EXPECT((u8 *)schedule < __tests_text_start);
	EXPECT((u8 *)read_sites >= __tests_text_start);
}

SELFTEST_HOOKS(proc_sites, "pv: /proc/pv/sites has every site of the kernel, and "
	       "none of the tests, with its bytes")
{
	in_user_space(read_sites);
}

static u32 sites_shown;

static void check_op_line(u32 line, char **word, u32 words)
{
	u32 op = line - 2;

	EXPECT(words == 5 || line < 2);
	if (line < 2 || words != 5 || op >= PV_OPS)
		return;
	EXPECT_OP(op, !strcmp(word[0], pv_op_info[op].group));
	EXPECT_OP(op, !strcmp(word[1], pv_op_info[op].name));
	EXPECT_OP(op, strcmp(word[2], "?"));
	EXPECT_OP(op, !strcmp(word[4], "-") ==
		  (pv_impl[op].inlined == PV_CALLED));
	sites_shown += parse_u32(word[3], NULL);
}

static void read_ops(void)
{
	sites_shown = 0;
	EXPECT_EQ(each_line(read_twice("/proc/pv/ops"), check_op_line),
		  PV_OPS + 2);
	EXPECT_EQ(sites_shown, pv_text.count);
}

SELFTEST_HOOKS(proc_ops, "pv: /proc/pv/ops has every operation, function and "
	       "count")
{
	in_user_space(read_ops);
}

static void check_stat_line(u32 line, char **word, u32 words)
{
	static const char *const names[] = {
		"backend", "patch", "verify", "sites", "indirect", "thunk",
		"direct", "inlined", "erased", "bytes_changed", "pokes",
		"passes", "nmis", "switches", "switch_cycles", "patch_cycles",
		"patch_us", "steal_ns", "nx",
	};

	EXPECT(words == 2 + (line == 2) || (!line && words == 3));
	/* Behind these a backend may have counters of its own. */
	if (line >= ARRAY_SIZE(names))
		return;
	EXPECT(!strcmp(word[0], names[line]));
	if (line == 1)
		EXPECT(!strcmp(word[1], pv_level_name[pv_now.level]));
	if (line == 2)
		EXPECT(!strcmp(word[1], "no") && !strcmp(word[2], "error"));
	if (line == 3)
		EXPECT_EQ(parse_u32(word[1], NULL), pv_text.count);
	if (line == 4)
		EXPECT_EQ(parse_u32(word[1], NULL), 0);
	if (line == 10)
		EXPECT_EQ(parse_u32(word[1], NULL), pv_patch_stats.pokes);
}

static void read_stats(void)
{
	u32 len, lines;

	go_to_level(PV_LEVEL_DIRECT);
	len = read_all("/proc/pv/stats", WHOLE, ROOM);
	EXPECT(len > 0 && len < ROOM);
	lines = each_line(len, check_stat_line);
	EXPECT(pv_backend->stats ? lines > 19 : lines == 19);
	go_to_level(pv_boot_level);
}

SELFTEST_HOOKS(proc_stats, "pv: /proc/pv/stats says what was done, and no "
	       "error")
{
	in_user_space(read_stats);
}

/* ---- /proc/pv/verify ---------------------------------------------------- */

#define NOP		0x90
#define OTHER		0x91

/* Two sites with a byte between them, where differences can be planted. */
static u8 __noinline __used never_run(void)
{
	irq_disable();
	asm volatile(".globl never_run_nop\nnever_run_nop: nop");
	irq_enable();
	return inb(0);
}
extern u8 never_run_nop[];

/* What is planted, what a line has to say of it, and what was said. */
static struct {
	u32 addr;		/* 0: nothing */
	u8 linked, live;
	const char *name;	/* GLOB of symbol and offset */
	const char *op;		/* NULL: in no site */
	const char *sum;	/* of the copy */
	u32 lines, bytes;
	bool clean;
} planted;

static void check_planted_line(char **word, u32 words)
{
	char linked[3], live[4];

	snprintf(linked, sizeof(linked), "%02x", planted.linked);
	snprintf(live, sizeof(live), planted.op ? "%02x," : "%02x",
		 planted.live);
	EXPECT_EQ(words, planted.op ? 9 : 6);
	EXPECT(glob_match(planted.name, word[1]));
	EXPECT(!strcmp(word[2], "linked") && !strcmp(word[3], linked));
	EXPECT(!strcmp(word[4], "live") && !strcmp(word[5], live));
	EXPECT(!planted.op || !strcmp(word[6], planted.op));
	planted.lines++;
}

static void check_verify_line(u32 line, char **word, u32 words)
{
	char addr[9];

	planted.clean = !strcmp(word[0], "no") && !strcmp(word[1], "difference");
	snprintf(addr, sizeof(addr), "%08x", planted.addr);
	if (!strcmp(word[0], addr))
		check_planted_line(word, words);
	else if (!strcmp(word[0], "linked_sum"))
		EXPECT(!strcmp(word[2], planted.sum));
	else if (!strcmp(word[0], "sites"))
		EXPECT_EQ(parse_u32(word[1], NULL), pv_text.count);
	else if (glob_match("*_bytes", word[0]))
		planted.bytes += parse_u32(word[1], NULL);
	else
		/* Nothing else looks like an address in the text. */
		EXPECT(!glob_match("c01?????", word[0]));
}

static void read_verify(void)
{
	planted.lines = planted.bytes = 0;
	planted.sum = planted.sum ?: "good";
	each_line(read_twice("/proc/pv/verify"), check_verify_line);
	EXPECT_EQ(planted.bytes, __init_text_start - __text_start);
	EXPECT_EQ(planted.lines, planted.addr != 0);
	EXPECT(planted.clean == !planted.addr);
}

static void verify_each_level(void)
{
	planted.addr = 0;
	at_each_level(read_verify);
}

SELFTEST_HOOKS(proc_verify, "pv: the live text is the linked image, but for "
	       "what sites explain")
{
	const char *name = in_use();

	go_to_backend("poison");
	in_user_space(verify_each_level);
	go_to_backend(pv_backend->name);
	in_user_space(verify_each_level);
	go_to_backend(name);
}

/* Writes a byte for as long as the file is read; says it is now other. */
static void plant(u32 at, u8 byte)
{
	u8 was = *(u8 *)at;

	poke_text(at, &byte, 1);
	in_user_space(read_verify);
	if (planted.op)
		in_user_space(read_sites);
	poke_text(at, &was, 1);
	planted.op = NULL;
	planted.sum = NULL;
}

static void plant_between(u32 at, const char *name)
{
	planted.addr = at;
	planted.linked = NOP;
	planted.live = OTHER;
	planted.name = name;
	plant(at, OTHER);
}

SELFTEST_HOOKS(proc_planted, "pv: a byte of the text that is not as linked is "
	       "named")
{
	u32 last = (u32)__init_text_start - 1, byte;
	const struct pv_site *site = pv_text.sites;

	plant_between((u32)never_run_nop, "never_run*+0x*");
	plant_between(last, "*+0x*");

	/* The last byte of a site that nothing runs, and its line in sites. */
	while (site->op != PV_NR_shutdown)
		site++;
	byte = site->addr + site->len - 1;
	planted.addr = byte;
	planted.linked = pv_text.linked.bytes[byte - pv_text.linked.start];
	planted.live = OTHER;
	planted.name = "*+0x*";
	planted.op = "shutdown";
	plant(byte, OTHER);

	/* In the copy of the linked image: its sum knows. */
	planted.addr = last;
	planted.linked = OTHER;
	planted.live = NOP;
	planted.name = "*+0x*";
	planted.sum = "WRONG";
	plant((u32)pv_text.linked.bytes + last - pv_text.linked.start, OTHER);

	planted.addr = 0;
	in_user_space(read_verify);
}
