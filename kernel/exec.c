// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Executing a program: find it, through scripts, check the ELF file and build a
 * new address space beside the old one (exec_stack.c builds its stack). Only
 * when nothing can fail any more, change over. Pages of the file are mapped when
 * touched (fault.c).
 */
#include <abi/elf.h>
#include <kernel/exec.h>
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/syscall.h>
#include <kernel/uaccess.h>

#define SEGMENTS_MAX	2048		/* 64 KiB, as on Linux */
#define PIE_BASE	0x08000000	/* where a program goes that fits anywhere */
#define SCRIPTS_MAX	5		/* one run by another, as on Linux */
#define LINE_MAX	255		/* of a script's first line */
#define WORDS_MAX	(PAGE_SIZE - PATH_MAX)

/* False: not a static 32-bit program for this CPU. */
static bool header_ok(struct exec *e)
{
	struct elf_header *h = &e->header;
	struct inode *file = e->mm->exe;

	if (file->size < sizeof(*h) || h->magic != ELF_MAGIC ||
	    h->class != ELF_CLASS32 || h->data != ELF_LITTLE ||
	    (h->type != ET_EXEC && h->type != ET_DYN) || h->machine != EM_386)
		return false;
	e->bias = h->type == ET_DYN ? PIE_BASE : 0;
	h->entry += e->bias;
	return h->phentsize == sizeof(struct elf_segment) && h->phnum &&
	       h->phnum <= SEGMENTS_MAX && !(h->phoff & 3) &&
	       h->phoff <= file->size &&
	       (u32)h->phnum * h->phentsize <= file->size - h->phoff;
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

static int map_image(struct exec *e)
{
	const struct elf_header *h = &e->header;
	u8 stack_prot = PROT_READ | PROT_WRITE;
	u32 loaded = 0;

	for (u32 i = 0; i < h->phnum; i++) {
		struct elf_segment s;
		int err;

		inode_read(e->mm->exe, h->phoff + i * sizeof(s), &s, sizeof(s),
			   false);
		if (s.type == PT_INTERP)
			return -ENOEXEC;
		if (s.type == PT_GNU_STACK && s.flags & PF_X)
			stack_prot |= PROT_EXEC;
		if (s.type != PT_LOAD || !s.memsz)
			continue;
		s.vaddr += e->bias;
		err = map_segment(e->mm, e->mm->exe, &s);
		if (err)
			return err;
		if (h->phoff >= s.offset && h->phoff < s.offset + s.filesz)
			e->phdr_va = s.vaddr + h->phoff - s.offset;
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
	current->misses = false;
	current->clear_child_tid = 0;
	strlcpy(current->comm, e->comm, sizeof(current->comm));
	arch_exec(regs, e->header.entry, e->sp);
}

/* Puts a word before those that are there. */
static void add_word(struct exec *e, const char *word, u32 len)
{
	e->words -= len + 1;
	memcpy(e->words, word, len);
	e->words[len] = '\0';
	e->count++;
}

/*
 * Reads the header, or of a script the first line: "#!", a program and perhaps
 * one argument, which may hold blanks. They go before the path. *err: -ENOEXEC
 * if it is none.
 */
static bool is_script(struct exec *e, struct inode *file, int *err)
{
	char line[LINE_MAX + 1], *name, *arg, *end;
	struct elf_header *h = &e->header;
	int len = inode_read(file, 0, h, sizeof(*h), false);

	*err = 0;
	if (len < 2 || memcmp(h, "#!", 2))
		return false;
	len = inode_read(file, 0, line, LINE_MAX, false);
	line[len] = '\0';
	end = strchr(line, '\n');
	if (!end)
		end = line + strlen(line);
	while (strchr(" \t", end[-1]))
		end--;
	*end = '\0';
	for (name = line + 2; *name == ' ' || *name == '\t'; )
		name++;
	for (arg = name; *arg && !strchr(" \t", *arg); )
		arg++;
	/* A name that may have been cut off is not tried. */
	if (arg == name || arg == line + LINE_MAX) {
		*err = -ENOEXEC;
		return true;
	}
	len = arg - name;
	while (*arg == ' ' || *arg == '\t')
		arg++;
	if (arg < end)
		add_word(e, arg, end - arg);
	add_word(e, name, len);
	return true;
}

/* The program at that path, or the one that runs the script there. */
static struct inode *find_program(struct exec *e, int *err)
{
	for (u32 scripts = 0; ; scripts++) {
		struct inode *i = lookup(e->words, true, err);

		if (!i)
			return NULL;
		if (!S_ISREG(i->mode) || !(i->mode & 0111))
			*err = -EACCES;
		else if (i->writers > 0)
			*err = -ETXTBSY;
		else if (!is_script(e, i, err))
			return i;
		if (!*err && scripts == SCRIPTS_MAX)
			*err = -ELOOP;
		if (*err)
			return NULL;
	}
}

/* Builds the address space, which keeps its program's file as it is. */
static int build(struct exec *e)
{
	int err;
	struct inode *file = find_program(e, &err);

	if (!file)
		return err;
	e->mm = mm_create();
	if (!e->mm)
		return -ENOMEM;
	e->mm->exe = file;
	file->writers--;
	if (!header_ok(e))
		return -ENOEXEC;
	err = map_image(e);
	return err ? err : exec_build_stack(e);
}

/* `page` is memory for words; the path stands at its end. */
static int do_exec(struct exec *e, struct regs *regs, char *path)
{
	const char *name = path;
	int err;

	for (const char *p = path; *p; p++)
		if (*p == '/')
			name = p + 1;
	strlcpy(e->comm, name, sizeof(e->comm));
	e->words = path;
	e->count = 0;
	err = build(e);
	if (err) {
		if (e->mm)
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
	char *page = page_alloc(), *path = page + WORDS_MAX;
	int err;

	if (!page)
		return -ENOMEM;
	err = strncpy_from_user(path, (const char *)r->ebx, PATH_MAX);
	if (err >= 0)
		err = do_exec(&e, r, path);
	page_put(page);
	return err;
}

/* A kernel thread becomes the process. */
int kernel_exec(const char *path, const char *const argv[])
{
	struct exec e = { .argv = (u32)argv };
	char *page = page_alloc();
	int err;

	if (!page)
		return -ENOMEM;
	strlcpy(page + WORDS_MAX, path, PATH_MAX);
	err = do_exec(&e, task_regs(current), page + WORDS_MAX);
	page_put(page);
	if (!err)
		enter_user(task_regs(current));
	return err;
}
