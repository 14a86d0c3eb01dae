// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makes odd and broken programs out of a good one, on the build machine:
 * "mkbadelf GOOD DIR" writes them to DIR, and DIR/list, which names each with
 * what execve may do with it:
 *   ENOEXEC, EACCES  this error, on Linux as well;
 *   STRICT           ENOEXEC on pv86; Linux may go further;
 *   ANY              it runs, dies or is refused, but nothing else happens;
 *   RUNS             it does what the good one does, as on Linux since 6.6.
 * exec.c runs them.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_SIZE	65536
#define FUZZED		16
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

enum { EHDR_SIZE = 52, PHDR_SIZE = 32 };

/* Where the fields are: in the file's header, */
enum {
	MAGIC = 0, CLASS = 4, DATA = 5, TYPE = 16, MACHINE = 18, ENTRY = 24,
	PHOFF = 28, PHENTSIZE = 42, PHNUM = 44,
};

/* and in the first and second entry of the segment table after it. */
enum {
	P_TYPE = EHDR_SIZE, P_OFFSET = P_TYPE + 4, P_VADDR = P_TYPE + 8,
	P_FILESZ = P_TYPE + 16, P_MEMSZ = P_TYPE + 20, P_FLAGS = P_TYPE + 24,
	P_ALIGN = P_TYPE + 28,
	Q_TYPE = P_TYPE + PHDR_SIZE, Q_OFFSET = Q_TYPE + 4, Q_VADDR = Q_TYPE + 8,
	Q_FILESZ = Q_TYPE + 16, Q_MEMSZ = Q_TYPE + 20, Q_FLAGS = Q_TYPE + 24,
};

struct change {
	const char *name, *outcome;
	struct {
		uint32_t at, size, value;
	} set[6];
};

static const struct change changes[] = {
	{ "unchanged", "RUNS", { { 0 } } },
	{ "magic", "ENOEXEC", { { MAGIC, 1, 0x7e } } },
	{ "class64", "STRICT", { { CLASS, 1, 2 } } },
	{ "bigendian", "STRICT", { { DATA, 1, 2 } } },
	{ "type_rel", "ENOEXEC", { { TYPE, 2, 1 } } },
	{ "type_dyn", "ANY", { { TYPE, 2, 3 } } },
	{ "type_core", "ENOEXEC", { { TYPE, 2, 4 } } },
	{ "machine_0", "ENOEXEC", { { MACHINE, 2, 0 } } },
	{ "machine_arm", "ENOEXEC", { { MACHINE, 2, 40 } } },
	{ "machine_64", "STRICT", { { MACHINE, 2, 62 } } },
	{ "entry_0", "ANY", { { ENTRY, 4, 0 } } },
	{ "entry_kernel", "ANY", { { ENTRY, 4, 0xc0100000 } } },
	{ "entry_outside", "ANY", { { ENTRY, 4, 0x50000000 } } },
	{ "entry_end", "ANY", { { ENTRY, 4, 0x08048fff } } },
	{ "phoff_0", "STRICT", { { PHOFF, 4, 0 } } },
	{ "phoff_odd", "STRICT", { { PHOFF, 4, EHDR_SIZE + 1 } } },
	{ "phoff_far", "ENOEXEC", { { PHOFF, 4, 0x00100000 } } },
	{ "phoff_wrap", "ENOEXEC", { { PHOFF, 4, 0xffffffe0 } } },
	{ "phoff_minus", "ENOEXEC", { { PHOFF, 4, 0x80000000 } } },
	{ "phentsize_0", "ENOEXEC", { { PHENTSIZE, 2, 0 } } },
	{ "phentsize_31", "ENOEXEC", { { PHENTSIZE, 2, 31 } } },
	{ "phentsize_64", "ENOEXEC", { { PHENTSIZE, 2, 64 } } },
	{ "phnum_0", "ENOEXEC", { { PHNUM, 2, 0 } } },
	{ "phnum_far", "ENOEXEC", { { PHNUM, 2, 2000 } } },
	{ "phnum_most", "ENOEXEC", { { PHNUM, 2, 0xffff } } },
	{ "no_load", "STRICT", { { P_TYPE, 4, 0 }, { Q_TYPE, 4, 0 } } },
	{ "offset_far", "STRICT", { { P_OFFSET, 4, 0x10000 } } },
	{ "offset_wrap", "STRICT", { { P_OFFSET, 4, 0xfffff000 } } },
	{ "offset_odd", "STRICT", { { P_OFFSET, 4, 4 } } },
	{ "vaddr_0", "STRICT", { { P_VADDR, 4, 0 } } },
	{ "vaddr_odd", "STRICT", { { P_VADDR, 4, 0x08048010 } } },
	{ "vaddr_kernel", "STRICT", { { P_VADDR, 4, 0xc0000000 } } },
	{ "vaddr_text", "STRICT", { { P_VADDR, 4, 0xc0100000 } } },
	{ "vaddr_last", "STRICT", { { P_VADDR, 4, 0xfffff000 } } },
	{ "vaddr_cross", "STRICT", { { P_VADDR, 4, 0xbffff000 },
				     { P_MEMSZ, 4, 0x2000 } } },
	{ "filesz_far", "STRICT", { { P_FILESZ, 4, 0x8000 },
				    { P_MEMSZ, 4, 0x8000 } } },
	{ "filesz_wrap", "STRICT", { { P_FILESZ, 4, 0xffffffff },
				     { P_MEMSZ, 4, 0xffffffff } } },
	{ "filesz_over", "STRICT", { { P_MEMSZ, 4, 1 } } },
	{ "filesz_0", "ANY", { { P_FILESZ, 4, 0 } } },
	{ "memsz_0", "STRICT", { { P_FILESZ, 4, 0 }, { P_MEMSZ, 4, 0 },
				 { Q_TYPE, 4, 0 } } },
	{ "memsz_large", "ANY", { { P_MEMSZ, 4, 0x40000000 } } },
	{ "memsz_kernel", "STRICT", { { P_MEMSZ, 4, 0xb8000000 } } },
	{ "memsz_wrap", "STRICT", { { P_MEMSZ, 4, 0xf7fb8000 } } },
	{ "flags_none", "ANY", { { P_FLAGS, 4, 0 } } },
	{ "flags_all", "ANY", { { P_FLAGS, 4, 7 } } },
	{ "flags_data", "ANY", { { P_FLAGS, 4, 6 } } },
	{ "align_3", "ANY", { { P_ALIGN, 4, 3 } } },
	{ "align_huge", "ANY", { { P_ALIGN, 4, 0x80000000 } } },
	{ "interpreter", "STRICT", { { Q_TYPE, 4, 3 } } },
	{ "second_empty", "ANY", { { Q_TYPE, 4, 1 } } },
	{ "second_zeros", "ANY", { { Q_TYPE, 4, 1 },
				   { Q_VADDR, 4, 0x50000000 },
				   { Q_MEMSZ, 4, 0x1000 } } },
	{ "zeros_offset_far", "RUNS", { { Q_TYPE, 4, 1 },
					{ Q_OFFSET, 4, 0xfffff000 },
					{ Q_VADDR, 4, 0x50000000 },
					{ Q_MEMSZ, 4, 0x1000 } } },
	{ "zeros_offset_odd", "RUNS", { { Q_TYPE, 4, 1 },
					{ Q_OFFSET, 4, 0x123 },
					{ Q_VADDR, 4, 0x50000000 },
					{ Q_MEMSZ, 4, 0x1000 } } },
	{ "zeros_vaddr_odd", "RUNS", { { Q_TYPE, 4, 1 },
				       { Q_OFFSET, 4, 0 },
				       { Q_VADDR, 4, 0x50000123 },
				       { Q_MEMSZ, 4, 0x1000 } } },
	{ "second_tail", "RUNS", { { Q_TYPE, 4, 1 },
				   { Q_OFFSET, 4, 0x90 },
				   { Q_VADDR, 4, 0x08048090 },
				   { Q_FILESZ, 4, 0x10 },
				   { Q_MEMSZ, 4, 0x10 },
				   { Q_FLAGS, 4, 5 } } },
	{ "second_over", "ANY", { { Q_TYPE, 4, 1 },
				  { Q_VADDR, 4, 0x08048000 },
				  { Q_MEMSZ, 4, 0x1000 },
				  { Q_FLAGS, 4, 6 } } },
	{ "second_kernel", "STRICT", { { Q_TYPE, 4, 1 },
				       { Q_VADDR, 4, 0xc0000000 },
				       { Q_MEMSZ, 4, 0x1000 } } },
	{ "second_far", "STRICT", { { Q_TYPE, 4, 1 },
				    { Q_VADDR, 4, 0x50000000 },
				    { Q_FILESZ, 4, 0x10000 },
				    { Q_MEMSZ, 4, 0x10000 } } },
	{ "stack_exec", "ANY", { { Q_FLAGS, 4, 7 } } },
};

static uint8_t good[MAX_SIZE], bad[MAX_SIZE];
static size_t size;
static const char *dir;
static FILE *list;

static void fail(const char *what)
{
	fprintf(stderr, "mkbadelf: %s: %s\n", what,
		errno ? strerror(errno) : "not what was expected");
	exit(1);
}

static void emit(const char *name, const char *outcome, const void *data,
		 size_t len)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "wb");
	if (!f || fwrite(data, 1, len, f) != len || fclose(f))
		fail(path);
	if (chmod(path, strcmp(outcome, "EACCES") ? 0755 : 0644))
		fail(path);
	fprintf(list, "%s %s\n", name, outcome);
}

static void emit_changes(void)
{
	const struct change *c;
	size_t i;

	for (c = changes; c < changes + ARRAY_SIZE(changes); c++) {
		memcpy(bad, good, size);
		for (i = 0; i < ARRAY_SIZE(c->set); i++)
			memcpy(bad + c->set[i].at, &c->set[i].value,
			       c->set[i].size);
		emit(c->name, c->outcome, bad, size);
	}
}

static void emit_truncated(void)
{
	const size_t table_end = EHDR_SIZE + 2 * PHDR_SIZE;
	const size_t lengths[] = {
		0, 1, 4, 16, EHDR_SIZE - 1, EHDR_SIZE, EHDR_SIZE + 1,
		table_end - PHDR_SIZE, table_end - 1, table_end,
		table_end + 1, size / 2, size - 1,
	};
	char name[32];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		if (lengths[i] >= size)
			continue;
		snprintf(name, sizeof(name), "length_%zu", lengths[i]);
		emit(name, lengths[i] < table_end ? "ENOEXEC" : "STRICT",
		     good, lengths[i]);
	}
}

/* The same bytes with every build: a fixed linear congruential generator. */
static void emit_fuzzed(void)
{
	uint32_t state = 86;
	char name[32];
	int i, j;

	for (i = 0; i < FUZZED; i++) {
		memcpy(bad, good, size);
		for (j = 0; j < 3; j++) {
			state = state * 1664525 + 1013904223;
			bad[6 + (state >> 8) % (EHDR_SIZE - 6 + PHDR_SIZE)] ^=
				1 << (state >> 29);
		}
		snprintf(name, sizeof(name), "fuzzed_%d", i);
		emit(name, "ANY", bad, size);
	}
}

/* How much of the file is loaded by its first two segments: the rest goes. */
static size_t loaded_size(void)
{
	uint32_t segment[PHDR_SIZE / 4], max = 0;
	int i;

	for (i = 0; i < 2; i++) {
		memcpy(segment, good + EHDR_SIZE + i * PHDR_SIZE, PHDR_SIZE);
		if (segment[0] == 1 && segment[1] + segment[4] > max)
			max = segment[1] + segment[4];
	}
	return max;
}

int main(int argc, char **argv)
{
	static const char text[] = "hello\n", script[] = "#!/bin/true\n";
	uint32_t phoff;
	char path[4096];
	FILE *f;

	if (argc != 3) {
		fprintf(stderr, "usage: mkbadelf GOOD DIR\n");
		return 2;
	}
	dir = argv[2];
	f = fopen(argv[1], "rb");
	if (!f)
		fail(argv[1]);
	size = fread(good, 1, sizeof(good), f);
	memcpy(&phoff, good + PHOFF, sizeof(phoff));
	if (size < EHDR_SIZE + 2 * PHDR_SIZE || size == sizeof(good) ||
	    phoff != EHDR_SIZE || good[PHNUM] < 2)
		fail(argv[1]);
	fclose(f);
	size = loaded_size();
	snprintf(path, sizeof(path), "%s/list", dir);
	list = fopen(path, "w");
	if (!list)
		fail(path);
	emit("text", "ENOEXEC", text, sizeof(text) - 1);
	emit("script", "RUNS", script, sizeof(script) - 1);
	emit("not_executable", "EACCES", good, size);
	emit_changes();
	emit_truncated();
	emit_fuzzed();
	return fclose(list) ? 1 : 0;
}
