// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Executing a program: check the ELF file and build a new address space beside
 * the old one (exec_stack.c builds its stack). Only when nothing can fail any
 * more, change over. Pages of the file are mapped when touched (fault.c).
 */
#include <abi/elf.h>
#include <kernel/exec.h>
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/syscall.h>
#include <kernel/uaccess.h>

#define SEGMENTS_MAX	2048		/* 64 KiB, as on Linux */

/* The segment table, if it lies wholly in the file and is aligned; or NULL. */
static const struct elf_segment *segments(const struct inode *file,
					  const struct elf_header *h)
{
	if (h->phentsize != sizeof(struct elf_segment) || !h->phnum ||
	    h->phnum > SEGMENTS_MAX || h->phoff & 3 || h->phoff > file->size ||
	    h->phnum * sizeof(struct elf_segment) > file->size - h->phoff)
		return NULL;
	return (const struct elf_segment *)(file->data + h->phoff);
}

/* NULL: not a static 32-bit program for this CPU. */
static const struct elf_header *header(const struct inode *file)
{
	const struct elf_header *h = (const void *)file->data;

	if (file->size < sizeof(*h) || h->magic != ELF_MAGIC ||
	    h->class != ELF_CLASS32 || h->data != ELF_LITTLE ||
	    h->type != ET_EXEC || h->machine != EM_386)
		return NULL;
	return h;
}

/* The offset of a segment without bytes of the file means nothing. */
static bool bytes_ok(const struct inode *file, const struct elf_segment *s)
{
	return !s->filesz ||
	       (s->offset <= file->size && s->filesz <= file->size - s->offset &&
		(s->vaddr - s->offset) % PAGE_SIZE == 0);
}

static bool segment_ok(const struct inode *file, const struct elf_segment *s)
{
	return bytes_ok(file, s) && s->filesz <= s->memsz &&
	       s->vaddr >= PAGE_SIZE && s->vaddr < MMAP_BOTTOM &&
	       s->memsz <= MMAP_BOTTOM - s->vaddr;
}

static u8 segment_prot(const struct elf_segment *s)
{
	return (s->flags & PF_R ? PROT_READ : 0) |
	       (s->flags & PF_W ? PROT_WRITE : 0) |
	       (s->flags & PF_X ? PROT_EXEC : 0);
}

/*
 * Pages are mapped whole, as on Linux: with the bytes that the file has before
 * a segment and, unless zeros follow, after it. A page that segments share
 * belongs to the later one.
 */
static int map_segment(struct mm *mm, struct inode *file,
		       const struct elf_segment *s)
{
	int err;
	struct vma v = {
		.start = ALIGN_DOWN(s->vaddr, PAGE_SIZE),
		.end = ALIGN_UP(s->vaddr + s->memsz, PAGE_SIZE),
		.prot = segment_prot(s),
		.file = s->filesz ? file : NULL,
		.offset = ALIGN_DOWN(s->offset, PAGE_SIZE),
		.file_end = s->vaddr + s->filesz,
	};

	if (!segment_ok(file, s))
		return -ENOEXEC;
	if (s->filesz == s->memsz)
		v.file_end = v.end;
	err = vma_unmap(mm, v.start, v.end);
	if (err)
		return err;
	mm->brk_start = max(mm->brk_start, v.end);
	return vma_map(mm, &v);
}

static int map_stack(struct mm *mm, u8 prot)
{
	struct vma v = {
		.start = STACK_TOP - PAGE_SIZE, .end = STACK_TOP,
		.prot = prot, .grows_down = true,
	};

	return vma_map(mm, &v);
}

static int map_image(struct exec *e, const struct elf_segment *s)
{
	u8 stack_prot = PROT_READ | PROT_WRITE;
	u32 loaded = 0;

	for (u32 i = 0; i < e->header->phnum; i++, s++) {
		int err;

		if (s->type == PT_INTERP)
			return -ENOEXEC;
		if (s->type == PT_GNU_STACK && s->flags & PF_X)
			stack_prot |= PROT_EXEC;
		if (s->type != PT_LOAD || !s->memsz)
			continue;
		err = map_segment(e->mm, e->file, s);
		if (err)
			return err;
		if (e->header->phoff >= s->offset &&
		    e->header->phoff < s->offset + s->filesz)
			e->phdr_va = s->vaddr + e->header->phoff - s->offset;
		loaded++;
	}
	e->mm->brk = e->mm->brk_start;
	return loaded ? map_stack(e->mm, stack_prot) : -ENOEXEC;
}

/*
 * Nothing can fail any more: the old image goes. The task leaves its old
 * address space before it drops the reference and lets a vfork parent go on.
 */
static void change_over(struct exec *e, struct regs *regs)
{
	struct mm *old = current->mm;

	files_close_on_exec();
	current->mm = e->mm;
	mm_switch(e->mm);
	if (old != &kernel_mm)
		mm_put(old);
	vfork_release();
	if (current->sigactions)
		signals_forget();
	current->executed = true;
	if (current->misses)
		memset(current->missing, 0, sizeof(current->missing));
	current->misses = false;
	current->clear_child_tid = 0;
	strlcpy(current->comm, e->file->name, sizeof(current->comm));
	arch_exec(regs, e->header->entry, e->sp);
}

static int do_exec(struct exec *e, struct regs *regs)
{
	const struct elf_segment *s;
	int err;

	if ((e->file->mode & S_IFMT) != S_IFREG || !(e->file->mode & 0111))
		return -EACCES;
	e->header = header(e->file);
	s = e->header ? segments(e->file, e->header) : NULL;
	if (!s)
		return -ENOEXEC;
	e->mm = mm_create();
	if (!e->mm)
		return -ENOMEM;
	err = map_image(e, s);
	if (!err)
		err = exec_build_stack(e);
	if (err) {
		mm_put(e->mm);
		return err;
	}
	tables_complete(&e->mm->tables);
	change_over(e, regs);
	return 0;
}

int sys_execve(struct regs *r)
{
	struct exec e = { .argv = r->ecx, .envp = r->edx, .user = true };
	char *path = kmalloc(PATH_MAX);
	int err;

	if (!path)
		return -ENOMEM;
	err = strncpy_from_user(path, (const char *)r->ebx, PATH_MAX);
	if (err >= 0)
		e.file = lookup(path, true, &err);
	kfree(path);
	return e.file ? do_exec(&e, r) : err;
}

/* A kernel thread becomes the process. */
int kernel_exec(const char *path, const char *const argv[])
{
	struct exec e = { .argv = (u32)argv };
	int err = 0;

	e.file = lookup(path, true, &err);
	if (e.file)
		err = do_exec(&e, task_regs(current));
	if (!err)
		enter_user(task_regs(current));
	return err;
}
