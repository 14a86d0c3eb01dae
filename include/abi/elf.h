/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ELF32, as far as a static i386 executable needs it (System V gABI, 4, 5). */
#ifndef ABI_ELF_H
#define ABI_ELF_H

#include <kernel/types.h>

#define ELF_MAGIC	0x464c457f
#define ELF_CLASS32	1
#define ELF_LITTLE	1
#define ET_EXEC		2
#define ET_DYN		3
#define EM_386		3

struct elf_header {
	u32 magic;
	u8 class, data, version, pad[9];
	u16 type, machine;
	u32 version2, entry, phoff, shoff, flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

#define PT_LOAD		1
#define PT_INTERP	3
#define PT_NOTE		4
#define PT_GNU_STACK	0x6474e551
#define PF_X		1
#define PF_W		2
#define PF_R		4

struct elf_segment {
	u32 type, offset, vaddr, paddr, filesz, memsz, flags, align;
};

#define SHT_NOTE	7

struct elf_section {
	u32 name, type, flags, addr, offset, size, link, info, align, entsize;
};

/* Then the name and the description, each filled up to a multiple of 4. */
struct elf_note {
	u32 namesz, descsz, type;
};

/* Auxiliary vector, on a new process's stack. */
#define AT_NULL		0
#define AT_PHDR		3
#define AT_PHENT	4
#define AT_PHNUM	5
#define AT_PAGESZ	6
#define AT_ENTRY	9
#define AT_UID		11
#define AT_EUID		12
#define AT_GID		13
#define AT_EGID		14
#define AT_HWCAP	16
#define AT_CLKTCK	17
#define AT_SECURE	23
#define AT_RANDOM	25

#endif
