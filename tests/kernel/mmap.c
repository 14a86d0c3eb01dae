// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Self-tests of mmap2 when memory is out: each allocation on its way is made to
 * fail once, and the process must find what it had. What mmap2 does when all
 * goes well is in tests/user/memory.c.
 */
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/selftest.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <kernel/uaccess.h>
#include <pv/pv.h>

#define AREA		0x20000000u
#define PAGES		6u
#define TRIES		40u
#define MAP_SHARED	0x01
#define MAP_PRIVATE	0x02
#define MAP_FIXED	0x10
#define MAP_ANONYMOUS	0x20

/* What a test holds, by the first word of each: pages, and objects of `size`. */
static void **pages, **objects;

static void hold_all(u32 size)
{
	void **p;

	drain_caches();
	while ((p = page_alloc())) {
		*p = pages;
		pages = p;
	}
	while ((p = kmalloc(size))) {
		*p = objects;
		objects = p;
	}
}

static void let_pages_go(u32 n)
{
	while (pages && n--) {
		void **p = pages;

		pages = *p;
		page_put(p);
	}
}

static void let_objects_go(u32 n)
{
	while (objects && n--) {
		void **p = objects;

		objects = *p;
		kfree(p);
	}
}

static int map(u32 start, u32 len, u32 prot, u32 flags)
{
	struct regs r = {
		.ebx = start, .ecx = len, .edx = prot,
		.esi = flags | MAP_FIXED | MAP_ANONYMOUS, .edi = -1,
	};

	return sys_mmap2(&r);
}

/* How many pages of the area do not hold their number, writable. */
static u32 wrong_pages(void)
{
	u32 wrong = 0, n;

	for (u32 i = 0; i < PAGES; i++) {
		u32 *at = (u32 *)(AREA + i * PAGE_SIZE);

		wrong += get_user(n, at) || n != i + 1 || put_user(n, at);
	}
	return wrong;
}

static bool make_area(void)
{
	u32 len = PAGES * PAGE_SIZE;

	EXPECT_EQ(map(AREA, len, PROT_READ | PROT_WRITE, MAP_PRIVATE), AREA);
	for (u32 i = 0; i < PAGES; i++)
		EXPECT_EQ(put_user(i + 1, (u32 *)(AREA + i * PAGE_SIZE)), 0);
	return !wrong_pages();
}

/* With `memory` of both kinds left: did it fail, and if so, without harm? */
static bool fails_well(u32 first, u32 count, u32 flags, u32 n_pages,
		       u32 n_objects)
{
	u32 start = AREA + first * PAGE_SIZE;
	int ret;

	if (!make_area())
		return false;
	hold_all(sizeof(struct vma));
	let_pages_go(n_pages);
	let_objects_go(n_objects);
	ret = map(start, count * PAGE_SIZE, PROT_READ, flags);
	let_objects_go(~0u);
	let_pages_go(~0u);
	if (ret == (int)start)
		return false;
	EXPECT_EQ(ret, -ENOMEM);
	EXPECT_EQ(wrong_pages(), 0);
	return true;
}

static void replace(u32 first, u32 count, u32 flags)
{
	u32 failures = 0, n, word;

	for (n = 0; n < TRIES; n++)
		failures += fails_well(first, count, flags, n / 4, n % 4);
	/* The last one had enough: that is another page now. */
	EXPECT(failures && failures < TRIES);
	EXPECT_EQ(get_user(word, (u32 *)(AREA + first * PAGE_SIZE)), 0);
	EXPECT_EQ(word, 0);
	EXPECT(put_user(1, (u32 *)(AREA + first * PAGE_SIZE)));
}

static void replace_all(void *unused)
{
	if (!become_process())
		return;
	replace(2, 2, MAP_PRIVATE);
	replace(0, 3, MAP_SHARED);
	replace(3, 3, MAP_SHARED);
	replace(2, 2, MAP_SHARED);
	replace(0, PAGES, MAP_SHARED);
}

SELFTEST(mmap_fixed_out, "mmap: a MAP_FIXED that finds no memory keeps what "
	 "was there")
{
	struct task *t = kthread_create("test", replace_all, NULL);
	int status;

	EXPECT(t && do_wait(t->pid, 0, &status) == t->pid);
}
