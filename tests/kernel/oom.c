// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Self-tests of the end of all memory as system calls and their callers see
 * it: what a call answers whose user memory has no page, and who is killed.
 */
#include <arch/switch.h>
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/selftest.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <kernel/uaccess.h>

/* A process of so many pages from here on; there may be more. */
#define MEMORY		0x10000000u
#define UNTOUCHED	0x40000000u	/* has not even a table */

static bool become(u32 pages)
{
	struct vma area = {
		.start = MEMORY, .end = UNTOUCHED + PAGE_SIZE,
		.prot = PROT_READ | PROT_WRITE,
	};

	if (!become_process() || vma_map(current->mm, &area))
		return false;
	for (u32 i = 0; i < pages; i++)
		if (clear_user((void *)(MEMORY + i * PAGE_SIZE), 1))
			return false;
	return true;
}

/* ---- what calls answer --------------------------------------------------- */

/* What the good page holds. */
#define WORDS		MEMORY		/* the string "/proc/self" */
#define ROOM		(MEMORY + 64)
#define VECTOR		(MEMORY + 128)	/* four untouched bytes */
#define TCGETS		0x5401
#define TCSETS		0x5402
#define TIOCGWINSZ	0x5413

enum { ZERO, PROC, TTY, DIR, IN, OUT };

static const struct call {
	const char *name;
	int (*run)(struct regs *r);
	u32 ebx, ecx, edx, esi, edi;
} calls[] = {
	/* First: it says nothing to who has been killed. */
	{ "read /proc", sys_read, PROC, UNTOUCHED, 4, 0, 0 },
	{ "read zeros", sys_read, ZERO, UNTOUCHED, 4, 0, 0 },
	{ "read a pipe", sys_read, IN, UNTOUCHED, 4, 0, 0 },
	{ "write a pipe", sys_write, OUT, UNTOUCHED, 4, 0, 0 },
	{ "write the console", sys_write, TTY, UNTOUCHED, 4, 0, 0 },
	{ "writev, vectors", sys_writev, OUT, UNTOUCHED, 1, 0, 0 },
	{ "writev, bytes", sys_writev, OUT, VECTOR, 1, 0, 0 },
	{ "open", sys_open, UNTOUCHED, O_RDONLY, 0, 0, 0 },
	{ "execve", sys_execve, UNTOUCHED, 0, 0, 0, 0 },
	{ "access", sys_access, UNTOUCHED, 0, 0, 0, 0 },
	{ "chdir", sys_chdir, UNTOUCHED, 0, 0, 0, 0 },
	{ "stat64, path", sys_stat64, UNTOUCHED, ROOM, 0, 0, 0 },
	{ "stat64", sys_stat64, WORDS, UNTOUCHED, 0, 0, 0 },
	{ "lstat64", sys_lstat64, WORDS, UNTOUCHED, 0, 0, 0 },
	{ "fstat64", sys_fstat64, ZERO, UNTOUCHED, 0, 0, 0 },
	{ "readlink, path", sys_readlink, UNTOUCHED, ROOM, 9, 0, 0 },
	{ "readlink", sys_readlink, WORDS, UNTOUCHED, 9, 0, 0 },
	{ "getcwd", sys_getcwd, UNTOUCHED, 9, 0, 0, 0 },
	{ "getdents64", sys_getdents64, DIR, UNTOUCHED, 99, 0, 0 },
	{ "llseek", sys__llseek, DIR, 0, 0, UNTOUCHED, 0 },
	{ "TCGETS", sys_ioctl, TTY, TCGETS, UNTOUCHED, 0, 0 },
	{ "TCSETS", sys_ioctl, TTY, TCSETS, UNTOUCHED, 0, 0 },
	{ "TIOCGWINSZ", sys_ioctl, TTY, TIOCGWINSZ, UNTOUCHED, 0, 0 },
	{ "pipe", sys_pipe, UNTOUCHED, 0, 0, 0, 0 },
	{ "nanosleep", sys_nanosleep, UNTOUCHED, 0, 0, 0, 0 },
	{ "gettimeofday", sys_gettimeofday, UNTOUCHED, 0, 0, 0, 0 },
	{ "gettimeofday, zone", sys_gettimeofday, 0, UNTOUCHED, 0, 0, 0 },
	{ "clock_gettime", sys_clock_gettime, 0, UNTOUCHED, 0, 0, 0 },
	{ "uname", sys_uname, UNTOUCHED, 0, 0, 0, 0 },
	{ "sigaction, new", sys_rt_sigaction, 1, UNTOUCHED, 0, 8, 0 },
	{ "sigaction, old", sys_rt_sigaction, 1, 0, UNTOUCHED, 8, 0 },
	{ "sigprocmask, new", sys_rt_sigprocmask, 0, UNTOUCHED, 0, 8, 0 },
	{ "sigprocmask, old", sys_rt_sigprocmask, 0, 0, UNTOUCHED, 8, 0 },
	{ "set_thread_area", sys_set_thread_area, UNTOUCHED, 0, 0, 0, 0 },
	{ "modify_ldt", sys_modify_ldt, 1, UNTOUCHED, 16, 0, 0 },
	/* Last: the child's stack is free then, which is not enough. */
	{ "waitpid", sys_waitpid, -1, UNTOUCHED, 0, 0, 0 },
};

static void end_at_once(void *unused)
{
}

static bool open_all(void)
{
	static const char *const paths[] = {
		"/dev/zero", "/proc/version", "/dev/console", "/dev",
	};
	struct regs pipe = { .ebx = ROOM }, write = { .ebx = OUT, .ecx = ROOM,
						      .edx = 4 };
	int err;

	if (!kthread_create("test", end_at_once, NULL))
		return false;
	yield();
	for (u32 fd = 0; fd < ARRAY_SIZE(paths); fd++)
		current->files[fd] = file_open(lookup(paths[fd], true, &err),
					       O_RDWR, &err);
	return !sys_pipe(&pipe) && sys_write(&write) == 4;
}

static void **held;

/* A call may have given some back. */
static void hold_all(void)
{
	void **page;

	while ((page = page_alloc())) {
		*page = held;
		held = page;
	}
}

static void let_go(void)
{
	while (held) {
		void **page = held;

		held = *page;
		page_put(page);
	}
}

static void call_all(void *unused)
{
	const u32 vector[2] = { UNTOUCHED, 4 };

	if (!become(1) || !open_all() ||
	    copy_to_user((void *)WORDS, "/proc/self", 11) ||
	    copy_to_user((void *)VECTOR, vector, sizeof(vector))) {
		FAIL("a process");
		return;
	}
	for (u32 i = 0; i < ARRAY_SIZE(calls); i++) {
		const struct call *c = &calls[i];
		struct regs r = { .ebx = c->ebx, .ecx = c->ecx, .edx = c->edx,
				  .esi = c->esi, .edi = c->edi };
		int result;

		hold_all();
		result = c->run(&r);
		if (result == -ENOMEM)
			continue;
		printk("# %s: %d\n", c->name, result);
		FAIL("-ENOMEM");
	}
	EXPECT_EQ(current->kill_signal, SIGKILL);
	let_go();
}

static void reap(u32 tasks)
{
	int status;

	while (tasks--)
		EXPECT(do_wait(-1, 0, &status) > 0);
}

SELFTEST(oom_calls, "memory: system calls whose user memory gets no page "
	 "answer ENOMEM, and the caller is killed")
{
	EXPECT(kthread_create("test", call_all, NULL));
	reap(1);
}

/* ---- who is killed ------------------------------------------------------- */

static struct waitq queue = WAITQ_INIT(queue);
static struct mm *lent;
static bool over;

static void have_pages(void *pages)
{
	EXPECT(become((u32)pages));
	lent = current->mm;
	wait_event(&queue, over);
}

static void borrow_pages(void *unused)
{
	lent->refs++;
	current->mm = lent;
	mm_switch(lent);
	task_loaded();
	wait_event(&queue, over);
}

/* Killed; others run in the middle of taking its memory apart. */
static void leave(void *unused)
{
	EXPECT(become(1) && !clear_user((void *)(MEMORY + L2_SPAN), 1));
	current->kill_signal = SIGKILL;
	current->signalled = true;
	user_work = true;
}

static struct task *start(void (*fn)(void *), u32 pages)
{
	struct task *t = kthread_create("test", fn, (void *)pages);

	EXPECT(t);
	yield();
	return t;
}

SELFTEST(oom_choice, "memory: the largest process is killed with all who share "
	 "its memory, one at a time, process 1 never")
{
	struct task *small = start(have_pages, 3), *large = start(have_pages, 5);
	struct task *lender = start(have_pages, 9), *leaving;
	struct task *borrower = start(borrow_pages, 0);

	if (!small || !large || !lender || !borrower || !become(20)) {
		FAIL("processes");
		return;
	}
	EXPECT(out_of_memory());
	EXPECT(lender->kill_signal == SIGKILL);
	EXPECT(borrower->kill_signal == SIGKILL);
	EXPECT(out_of_memory());
	EXPECT(!large->kill_signal && !small->kill_signal);
	reap(2);
	leaving = start(leave, 0);
	EXPECT(leaving->state == RUNNABLE && !leaving->kill_signal);
	EXPECT(out_of_memory());
	EXPECT(!large->kill_signal && !small->kill_signal);
	over = true;
	wake_all(&queue);
	reap(3);
	over = false;
	small = start(have_pages, 3);
	large = start(have_pages, 5);
	signal_task(small, SIGKILL);
	EXPECT(out_of_memory());
	EXPECT(!large->kill_signal);
	reap(1);
	EXPECT(out_of_memory());
	EXPECT(large->kill_signal == SIGKILL);
	reap(1);
	EXPECT(!out_of_memory());
	EXPECT(!current->kill_signal);
	leave_process();
}

/* ---- what address spaces count ------------------------------------------- */

static void counts_are_right(struct mm *mm)
{
	u32 areas = 0, pages = 0;

	for (struct vma *v = mm->vmas; v; v = v->next) {
		areas++;
		for (u32 at = v->start; at < v->end; at += PAGE_SIZE) {
			const pte_t *p = mm_pte(mm, at, false);

			pages += p && pte_flags(p) & PTE_MAPPED;
		}
	}
	EXPECT_EQ(mm->areas, areas);
	EXPECT_EQ(mm->pages, pages);
}

SELFTEST(mm_counts, "memory: an address space knows how many areas and pages "
	 "it has")
{
	const u32 middle = MEMORY + 8 * PAGE_SIZE;
	struct mm *mm, *copy;

	EXPECT(become(16));
	mm = current->mm;
	counts_are_right(mm);
	EXPECT_EQ(mm->pages, 16);
	EXPECT_EQ(vma_protect(mm, middle, middle + 2 * PAGE_SIZE, 0), 0);
	EXPECT_EQ(mm->areas, 3);
	counts_are_right(mm);
	EXPECT_EQ(vma_unmap(mm, middle - PAGE_SIZE, middle + PAGE_SIZE), 0);
	EXPECT_EQ(mm->pages, 14);
	counts_are_right(mm);
	copy = mm_fork(mm);
	EXPECT(copy && copy->areas == mm->areas && copy->pages == mm->pages);
	EXPECT_EQ(clear_user((void *)MEMORY, 1), 0);
	if (copy) {
		counts_are_right(copy);
		mm_put(copy);
	}
	counts_are_right(mm);
	leave_process();
}

/* From the top, so that each new border is near the head of the list. */
SELFTEST(areas_limit, "memory: an address space has at most 65530 areas, one "
	 "more is ENOMEM")
{
	u32 at = MEMORY + 2 * AREAS_MAX * PAGE_SIZE;
	int err = 0;

	EXPECT(become(0));
	while (!err && at > MEMORY) {
		at -= 2 * PAGE_SIZE;
		err = vma_protect(current->mm, at, at + PAGE_SIZE, PROT_READ);
	}
	EXPECT_EQ(err, -ENOMEM);
	EXPECT(current->mm->areas == 65530);
	EXPECT_EQ(vma_unmap(current->mm, MEMORY, UNTOUCHED + PAGE_SIZE), 0);
	EXPECT_EQ(current->mm->areas, 0);
	leave_process();
}
