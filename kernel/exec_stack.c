// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a new program finds on its stack (System V ABI, i386, 3: process
 * initialization): from low to high argc, argv[], envp[], the auxiliary vector
 * and the strings. It is written through the direct map: the new address space
 * is not active yet, and user pointers are those of the old one.
 */
#include <abi/elf.h>
#include <kernel/exec.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/uaccess.h>
#include <pv/pv.h>

/* As on Linux: one string with its NUL, and all of them with their vectors. */
#define STRING_MAX	(128 * 1024)
#define ARGS_MAX	(STACK_MAX / 4)

/* The words of the vectors, until all strings are on the stack. */
struct words {
	struct words *next;
	u32 word[PAGE_SIZE / 4 - 1];
};

struct vectors {
	u32 count;
	struct words *first, *last;
};

static struct vma *stack_area(struct exec *e)
{
	struct vma *v = e->mm->vmas;

	while (!v->grows_down)
		v = v->next;
	return v;
}

/* The page of the new stack that holds `va`; it is added if it is missing. */
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

/* Copies to the stack, page by page; the caller has moved e->sp. */
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

/* -E2BIG, -EINTR or -EFAULT if that fails. */
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
		if (len >= STRING_MAX)
			return -E2BIG;
		if (resched_point())
			return -EINTR;
	}
}

static int add_word(struct vectors *v, u32 word)
{
	u32 at = v->count % ARRAY_SIZE(v->last->word);

	if (!at) {
		struct words *new = page_alloc();

		if (!new)
			return -ENOMEM;
		new->next = NULL;
		*(v->last ? &v->last->next : &v->first) = new;
		v->last = new;
	}
	v->last->word[at] = word;
	v->count++;
	return 0;
}

/* Adds the string, with its NUL, and its address to the vector. */
static int put_string(struct exec *e, const char *s, bool user,
		      struct vectors *v)
{
	int err, len = string_length(s, user);

	if (len < 0)
		return len;
	if (len >= STRING_MAX ||
	    STACK_TOP - e->sp + len + 1 + 4 * v->count > ARGS_MAX)
		return -E2BIG;
	e->sp -= len + 1;
	err = put(e, e->sp, s, len + 1, user);
	return err ? err : add_word(v, e->sp);
}

/*
 * The strings of a vector; its last word is 0. So many words take the place of
 * its first string.
 */
static int put_strings(struct exec *e, u32 vector, u32 count, struct vectors *v)
{
	const char *word = e->words;
	int err = 0;

	for (u32 n = 0; n < count && !err; n++) {
		err = put_string(e, word, false, v);
		word += strlen(word) + 1;
	}
	for (; vector && !err; vector += 4) {
		u32 s = 0;

		if (!e->user)
			s = *(u32 *)vector;
		else
			err = get_user(s, (u32 *)vector);
		if (err || !s)
			break;
		if (count) {
			count = 0;
			continue;
		}
		err = put_string(e, (const char *)s, e->user, v);
		if (!err && resched_point())
			err = -EINTR;
	}
	return err ? err : add_word(v, 0);
}

/*
 * All words and the auxiliary vector. The first word is 16-byte aligned. Behind
 * the last one are sixteen bytes, not secret, but never twice the same.
 */
static int put_words(struct exec *e, const struct vectors *v)
{
	u64 seed = rdtsc() * 0x9e3779b97f4a7c15ull, now = clock_ns();
	u32 aux[] = {
		AT_RANDOM, 0,
		AT_PHDR, e->phdr_va,
		AT_PHENT, sizeof(struct elf_segment),
		AT_PHNUM, e->header.phnum,
		AT_PAGESZ, PAGE_SIZE,
		AT_ENTRY, e->header.entry,
		AT_UID, 0, AT_EUID, 0, AT_GID, 0, AT_EGID, 0,
		AT_HWCAP, cpu.features, AT_CLKTCK, 100, AT_SECURE, 0,
		AT_NULL, 0,
		seed, seed >> 32, now, now >> 32,
	};
	u32 left = v->count, to;
	int err = 0;

	to = e->sp = ALIGN_DOWN(e->sp - 4 * left - sizeof(aux), 16);
	e->mm->args = to + 4;
	aux[1] = to + 4 * left + sizeof(aux) - 16;
	for (const struct words *w = v->first; w && !err; w = w->next) {
		u32 n = min(left, ARRAY_SIZE(w->word));

		err = put(e, to, w->word, 4 * n, false);
		to += 4 * n;
		left -= n;
	}
	return err ? err : put(e, to, aux, sizeof(aux), false);
}

int exec_build_stack(struct exec *e)
{
	struct vectors v = { 0 };
	u32 argc;
	int err;

	e->sp = STACK_TOP - 4;
	err = add_word(&v, 0);		/* argc */
	if (!err)
		err = put_strings(e, e->argv, e->count ? e->count + 1 : 0, &v);
	argc = v.count - 2;
	if (!err)
		err = put_strings(e, e->envp, 0, &v);
	if (!err) {
		v.first->word[0] = argc;
		err = put_words(e, &v);
	}
	while ((v.last = v.first)) {
		v.first = v.first->next;
		page_put(v.last);
	}
	return err;
}
