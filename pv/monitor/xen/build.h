/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From what a loader left in memory to a guest that can be entered: what
 * multiboot.c, frames.c, elf.c and builder.c know of each other. The monitor
 * has no use for any of it once the guest runs.
 */
#ifndef MONITOR_BUILD_H
#define MONITOR_BUILD_H

#include <abi/xen/elfnote.h>
#include <kernel/kernel.h>
#include <kernel/memmap.h>

/* multiboot.c: a file that the loader read, and the words that came with it. */
struct module {
	const u8 *data;		/* NULL: there is none */
	u32 start, size;
	char words[CMDLINE_MAX];	/* but for the file's name */
};

extern struct loaded {
	struct memory_map ram;	/* what can be used below 4 GiB */
	struct module kernel, initrd;
} loaded;

/* The command line of the monitor itself. */
extern struct options {
	u64 memory;		/* bytes for the guest; 0: what is there */
	u64 verbosity;		/* 1: also what went as it should */
	u64 watchdog;		/* seconds; 0: none */
	u64 debugexit;		/* port; 0: none */
	bool domu, stats;
} options;

/* Panics, as all of these, if there is nothing to start or no way to believe it. */
void multiboot_init(u32 magic, u32 info);

/* frames.c: the table of frames; the modules' stay theirs until released. */
void frames_init(const struct memory_map *ram);
void frames_release(u32 start, u32 bytes);
/* For the guest: the first of `count` frames in a row, aligned to as many if
 * that is a power of 2; ~0: there are none. */
u32 frames_alloc_run(u32 count, u32 align);
/* Where the guest sees m2p and which entries its top L2 gets: 4.6. */
void m2p_place(bool movable, u32 lowest);

/* elf.c: what a kernel says about itself. */
struct elf_text {
	const char *at;		/* not ended by a NUL */
	u32 len;
};

struct elf_image {
	const u8 *file;
	u32 size;
	u32 has;		/* bit n: there is a note n */
	u32 number[XEN_ELFNOTES];
	struct elf_text text[XEN_ELFNOTES];
	bool extended_cr3;
	u32 base;		/* address of PFN 0 */
	s64 offset;		/* from what the file calls physical to that */
	u32 start, end;		/* addresses of the kernel, `end` not included */
	u32 entry;
};

__inline_always bool elf_has(const struct elf_image *image, u32 note)
{
	return image->has >> note & 1;
}

/* NULL, or why this can not be started. Nothing outside the file is read. */
const char *elf_parse(struct elf_image *image, const void *file, u32 size,
		      bool dom0);
/* Copies the segments, to where the page at `base` is. The rest is left. */
void elf_load(const struct elf_image *image, u8 *to);

/* builder.c: all that the guest has, and its first registers. */
struct regs;
void build_guest(struct regs *regs);

#endif
