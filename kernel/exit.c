// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The end of a task, and how its parent learns of it. A zombie keeps only its
 * task structure and stack until its parent waits for it. Orphans go to init.
 */
#include <kernel/exec.h>
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/signal.h>
#include <kernel/syscall.h>
#include <kernel/time.h>
#include <kernel/uaccess.h>

#define WNOHANG		1
#define WNOTHREAD	0x20000000
#define WALL		0x40000000
#define WCLONE		0x80000000	/* children that fork did not make */
#define WAIT_OPTIONS	(WNOHANG | WUNTRACED | WCONTINUED | WNOTHREAD | \
			 WALL | WCLONE)
#define WNOWAIT		0x1000000

/*
 * exec or exit: the parent that lent its memory may go on. `current` must be
 * off that memory: the parent may change or free it from here on.
 */
void vfork_release(void)
{
	if (current->vforked) {
		current->vforked = false;
		current->parent->lending = false;
		wake_all(&current->vfork_done);
	}
}

/* The CPU leaves the address space before its last reference goes. */
static void drop_mm(void)
{
	struct mm *mm = current->mm;

	if (mm == &kernel_mm)
		return;
	if (current->clear_child_tid && mm->refs > 1)
		put_user(0, (u32 *)current->clear_child_tid);
	current->mm = &kernel_mm;
	mm_switch(&kernel_mm);
	mm_put(mm);
	vfork_release();
}

/* init; the idle task while there is none. */
static struct task *new_parent(void)
{
	struct task *init = task_find(1);

	return init && init != current ? init : &idle_task;
}

static void reparent_children(void)
{
	struct task *child, *next, *parent;

	if (list_empty(&current->children))
		return;
	parent = new_parent();
	list_for_each_safe(child, next, &current->children, sibling) {
		list_del(&child->sibling);
		child->parent = parent;
		if (child->state == ZOMBIE && signal_parent(child)) {
			task_free(child);
			continue;
		}
		list_add_tail(&parent->children, &child->sibling);
	}
	wake_all(&parent->child_exit);
}

/*
 * Does not return. Interrupts are on, and no lazy section is open. The order
 * matters: all that can sleep or give the CPU away comes before the state is
 * ZOMBIE, since nobody wakes or schedules a zombie. After that interrupts stay
 * off until the CPU has left this stack: the parent may free it at once.
 */
void do_exit(int status)
{
	if (current->pid == 1)
		panic("init ended with status %x", status);
	BUG_ON(current == &idle_task);
	/* A kill has been obeyed: no resched_point() may cut short the rest. */
	current->exiting = true;
	current->kill_signal = 0;
	current->signalled = false;
	files_close_all();
	drop_mm();
	fpu_release(current);
	if (current->sigactions)
		signals_forget();
	reparent_children();
	current->exit_status = status;
	if (signal_parent(current))
		task_bury();
	irq_disable();
	current->state = ZOMBIE;
	current->report = WEXITED;
	wake_all_irq(&current->parent->child_exit);
	schedule();
	panic("a zombie was scheduled");
}

int sys_exit(struct regs *r)
{
	do_exit((r->ebx & 0xff) << 8);
}

/* A child that pid means, one to tell of if there is one; NULL: no child. */
__inline_always struct task *find_child(int pid, u32 options)
{
	struct task *t, *found = NULL;

	list_for_each(t, &current->children, sibling) {
		if (!task_meant(t, pid))
			continue;
		if (t->report & options)
			return t;
		found = t;
	}
	return found;
}

/*
 * The pid of a child that ended, 0 with WNOHANG, or -ECHILD, -ERESTARTSYS. The
 * child is found anew after each sleep: it may be gone (signal_parent).
 */
int do_wait(int pid, u32 options, int *status)
{
	struct task *child;
	int err;

	options |= WEXITED;
	child = find_child(pid, options);
	if (!child)
		return -ECHILD;
	if (options & WNOHANG && !(child->report & options))
		return 0;
	err = wait_restartable(&current->child_exit,
			       !(child = find_child(pid, options)) ||
			       child->report & options);
	if (err)
		return err;
	if (!child)
		return -ECHILD;
	*status = child->exit_status;
	pid = child->pid;
	if (options & WNOWAIT)
		return pid;
	if (child->report != WEXITED) {
		child->report = 0;
	} else {
		current->children_cycles += child->run_cycles +
					    child->children_cycles;
		task_free(child);
	}
	return pid;
}

static int wait_for(int pid, int *user_status, u32 options)
{
	int status, ret;

	if (options & ~WAIT_OPTIONS)
		return -EINVAL;
	if (pid == S32_MIN)
		return -ESRCH;
	if ((options & (WALL | WCLONE)) == WCLONE)
		return -ECHILD;
	ret = do_wait(pid, options, &status);
	if (ret > 0 && user_status)
		return put_user(status, user_status) ?: ret;
	return ret;
}

CALL(waitpid, wait_for(r->ebx, (int *)r->ecx, r->edx))

/* What the child used that was waited for since `before`. */
static int put_child_usage(u32 user, u64 before)
{
	return put_rusage(user, cycles_ns(current->children_cycles - before));
}

int sys_wait4(struct regs *r)
{
	u64 before = current->children_cycles;
	int ret = wait_for(r->ebx, (int *)r->ecx, r->edx);

	if (ret > 0 && r->esi)
		return put_child_usage(r->esi, before) ?: ret;
	return ret;
}

static int put_siginfo(u32 user, int pid, int status)
{
	struct siginfo info = child_info(pid, status);
	u32 words[SIGINFO_WORDS] = { 0 };

	if (pid)
		siginfo_fill(words, SIGCHLD, &info);
	return copy_to_user((void *)user, words, sizeof(words));
}

/* ebx P_*, ecx its number, edx siginfo, esi options, edi rusage. */
int sys_waitid(struct regs *r)
{
	enum { P_ALL, P_PID, P_PGID } type = r->ebx;
	int id = r->ecx, pid, status, err = 0;
	u64 before = current->children_cycles;

	if (r->esi & ~(WAIT_OPTIONS | WEXITED | WNOWAIT) ||
	    !(r->esi & WEXITED) || type > P_PGID ||
	    (type != P_ALL && id < (type == P_PID)))
		return -EINVAL;
	pid = do_wait(type == P_ALL ? EVERYBODY : type == P_PID ? id : -id,
		      r->esi, &status);
	if (pid < 0)
		return pid;
	if (r->edx)
		err = put_siginfo(r->edx, pid, status);
	if (!err && pid && r->edi)
		err = put_child_usage(r->edi, before);
	return err;
}
