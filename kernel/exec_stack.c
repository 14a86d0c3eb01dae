// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a new program finds on its stack (System V ABI, i386, 3: process
 * initialization): from low to high argc, argv[], envp[], the auxiliary vector
 * and the strings. It is written through the direct map, before the address
 * space has ever been active.
 */
#include <abi/elf.h>
#include <kernel/exec.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/uaccess.h>
#include <pv/pv.h>

#define STRINGS_MAX	1000			/* argv and envp together */
#define STACK_ARGS_MAX	(128 * 1024)

struct vectors {
	u32 count[2];				/* argv, envp */
	u32 at[STRINGS_MAX];
};

static struct vma *stack_area(struct exec *e)
{
	struct vma *v = e->mm->vmas;

	while (!v->grows_down)
		v = v->next;
	return v;
}

/* The page of the new stack that holds `va`, made if it is not there. */
static u8 *stack_page(struct exec *e, u32 va_)
{
	pte_t *p = mm_pte(e->mm, va_, true);
	struct vma *v = stack_area(e);
	void *page;

	if (!p)
		return NULL;
	if (pte_flags(p) & PTE_P)
		return va(pte_frame(p));
	page = page_alloc_zeroed();
	if (!page)
		return NULL;
	v->start = min(v->start, ALIGN_DOWN(va_, PAGE_SIZE));
	set_pte(p, pa(page) | vma_flags(v));
	e->mm->pages++;
	return page;
}

/* Copies down to the stack, piece by piece; the caller moved e->sp. */
static int put(struct exec *e, u32 to, const void *from, u32 len, bool user)
{
	while (len) {
		u32 offset = to % PAGE_SIZE, n = min(len, PAGE_SIZE - offset);
		u8 *page;
		int err;

		page = stack_page(e, to);
		if (!page)
			return -ENOMEM;
		if (!user)
			memcpy(page + offset, from, n);
		else if ((err = copy_from_user(page + offset, from, n)))
			return err;
		to += n;
		from = (const u8 *)from + n;
		len -= n;
	}
	return 0;
}

static int string_length(const char *s, bool user)
{
	char buf[256];
	u32 len = 0;

	if (!user)
		return strlen(s);
	for (;;) {
		int n = strncpy_from_user(buf, s + len, sizeof(buf));

		if (n >= 0)
			return len + n;
		if (n != -ENAMETOOLONG)
			return n;
		len += sizeof(buf);
		if (len > STACK_ARGS_MAX)
			return -E2BIG;
		if (resched_point())
			return -EINTR;
	}
}

static int put_string(struct exec *e, const char *s, u32 *at)
{
	int len = string_length(s, e->user);

	if (len < 0)
		return len;
	if (STACK_TOP - e->sp + len + 1 > STACK_ARGS_MAX)
		return -E2BIG;
	e->sp -= len + 1;
	*at = e->sp;
	return put(e, e->sp, s, len + 1, e->user);
}

static int put_strings(struct exec *e, u32 vector, struct vectors *v, int which)
{
	u32 first = which ? v->count[0] : 0;
	u32 *n = &v->count[which];

	for (; vector; ++*n, vector += 4) {
		u32 s = 0;
		int err = 0;

		if (!e->user)
			s = *(u32 *)vector;
		else
			err = get_user(s, (u32 *)vector);
		if (err || !s)
			return err;
		if (first + *n == STRINGS_MAX)
			return -E2BIG;
		err = put_string(e, (const char *)s, &v->at[first + *n]);
		if (err)
			return err;
		if (resched_point())
			return -EINTR;
	}
	return 0;
}

static int put_vectors(struct exec *e, const struct vectors *v)
{
	const u32 aux[] = {
		AT_PHDR, e->phdr_va,
		AT_PHENT, sizeof(struct elf_segment),
		AT_PHNUM, e->header->phnum,
		AT_PAGESZ, PAGE_SIZE,
		AT_ENTRY, e->header->entry,
		AT_UID, 0, AT_EUID, 0, AT_GID, 0, AT_EGID, 0,
		AT_HWCAP, cpu.features, AT_CLKTCK, 100, AT_SECURE, 0,
		AT_RANDOM, e->sp,
		AT_NULL, 0,
	};
	u32 argc = v->count[0], envc = v->count[1], zero = 0;
	u32 sp = e->sp - sizeof(aux) - 4 * (argc + envc + 3);
	int err;

	sp = ALIGN_DOWN(sp, 16);
	e->sp = sp;
	err = put(e, sp, &argc, 4, false);
	if (!err)
		err = put(e, sp + 4, v->at, 4 * argc, false);
	sp += 4 + 4 * argc;
	if (!err)
		err = put(e, sp, &zero, 4, false);
	if (!err)
		err = put(e, sp + 4, v->at + argc, 4 * envc, false);
	sp += 4 + 4 * envc;
	if (!err)
		err = put(e, sp, &zero, 4, false);
	return err ? err : put(e, sp + 4, aux, sizeof(aux), false);
}

/* Sixteen bytes for AT_RANDOM: not secret, but never twice the same. */
static int put_random(struct exec *e)
{
	u64 seed[2] = { rdtsc() * 0x9e3779b97f4a7c15ull, clock_ns() };

	e->sp = ALIGN_DOWN(e->sp, 16) - sizeof(seed);
	return put(e, e->sp, seed, sizeof(seed), false);
}

int exec_build_stack(struct exec *e)
{
	struct vectors *v = kmalloc(sizeof(*v));
	int err;

	if (!v)
		return -ENOMEM;
	v->count[0] = v->count[1] = 0;
	e->sp = STACK_TOP - 4;
	err = put_strings(e, e->argv, v, 0);
	if (!err)
		err = put_strings(e, e->envp, v, 1);
	if (!err)
		err = put_random(e);
	if (!err)
		err = put_vectors(e, v);
	kfree(v);
	return err;
}
