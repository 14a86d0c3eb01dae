// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/pv as a process sees it: opened, read whole and in odd pieces, and
 * every line held against the site or the operation that it is about.
 */
#include <kernel/file.h>
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
	mm_dup(mm);
	EXPECT_EQ(vma_map(mm, &area), 0);
	current->mm = mm;
	mm_switch(mm);
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
	EXPECT_OP(site->op, strcmp(word[2], "indirect"));
	EXPECT_OP(site->op, glob_match(site->thunk ? "*e8*" : "*ff*",
					    word[3]));
	EXPECT_OP(site->op, strlen(word[3]) == 2u * site->len);
	hex(text, (const u8 *)site->addr, site->len);
	EXPECT_OP(site->op, !strcmp(word[4], text));
	EXPECT_OP(site->op, glob_match("*+0x*", word[5]));
}

static void read_sites(void)
{
	go_to_level(PV_LEVEL_INLINE);
	EXPECT_EQ(each_line(read_twice("/proc/pv/sites"), check_site_line),
		  pv_text.count + 1);
	go_to_level(pv_boot_level);
}

SELFTEST_HOOKS(proc_sites, "pv: /proc/pv/sites has every site, with its bytes")
{
	in_user_space(read_sites);
}

static u32 sites_shown;

static void check_op_line(u32 line, char **word, u32 words)
{
	u32 op = line - 2;

	EXPECT_EQ(words, line ? 5 : 2);
	if (line < 2 || words != 5 || op >= PV_OPS)
		return;
	EXPECT_OP(op, !strcmp(word[0], pv_op_info[op].group));
	EXPECT_OP(op, !strcmp(word[1], pv_op_info[op].name));
	EXPECT_OP(op, strcmp(word[2], "?"));
	EXPECT_OP(op, !strcmp(word[4], "-") == !pv_impl[op].template);
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
		"backend", "patch", "verify", "sites", "indirect", "direct",
		"thunk", "inlined", "erased", "bytes_changed", "pokes",
		"passes", "patch_cycles", "patch_us", "steal_ns", "nx",
	};

	EXPECT_EQ(words, line == 2 ? 3 : 2);
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
	EXPECT(pv_backend->stats ? lines > 16 : lines == 16);
	go_to_level(pv_boot_level);
}

SELFTEST_HOOKS(proc_stats, "pv: /proc/pv/stats says what was done, and no "
	       "error")
{
	in_user_space(read_stats);
}
