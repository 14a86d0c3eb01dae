/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between kernel/exec.c and kernel/exec_stack.c. */
#ifndef KERNEL_EXEC_H
#define KERNEL_EXEC_H

#include <abi/elf.h>
#include <kernel/task.h>

struct exec {
	struct elf_header header;
	struct mm *mm;			/* the new one */
	u32 argv, envp;			/* vectors of strings; 0: empty */
	bool user;			/* they are user addresses */
	/*
	 * The path. For a script so many words are before it, one after the
	 * other; all of them take the place of argv[0].
	 */
	char *words;
	u32 count;
	char comm[16];
	u32 bias;			/* added to addresses in the file */
	u32 phdr_va;			/* 0: not loaded */
	u32 sp;
};

/* Puts strings, vectors and auxiliary vector on the new stack; sets e->sp. */
int exec_build_stack(struct exec *e);
void vfork_release(void);		/* kernel/exit.c */

#endif
