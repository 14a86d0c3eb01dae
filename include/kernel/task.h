/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tasks and their scheduler. There is one CPU, and kernel code is never
 * pre-empted. So kernel data needs no lock: other tasks run only where this one
 * sleeps, yields or has a resched_point(). What interrupt handlers use too is
 * changed with interrupts off. kernel/task.c, sched.c, fork.c, exit.c.
 */
#ifndef KERNEL_TASK_H
#define KERNEL_TASK_H

#include <arch/task.h>
#include <kernel/list.h>
#include <pv/pv.h>

#define MAX_FILES	32
#define KSTACK_SIZE	0x2000
#define SYSCALLS_NAMED	512		/* if missing; others are nonsense */

#define SIGHUP		1
#define SIGINT		2
#define SIGQUIT		3
#define SIGILL		4
#define SIGTRAP		5
#define SIGABRT		6
#define SIGBUS		7
#define SIGFPE		8
#define SIGKILL		9
#define SIGSEGV		11
#define SIGPIPE		13
#define SIGALRM		14
#define SIGTERM		15
#define SIGCHLD		17
#define SIGCONT		18
#define SIGSTOP		19
#define SIGTSTP		20
#define SIGTTIN		21
#define SIGTTOU		22
#define SIGURG		23
#define SIGWINCH	28
#define NSIG		64

struct file;
struct inode;
struct mm;
struct sigactions;

struct waitq {
	struct list sleepers;	/* of struct waiter */
};

struct waiter {
	struct list link;
	struct task *task;
};

#define WAITQ_INIT(name)	{ LIST_INIT((name).sleepers) }

/*
 * NEW: still being made, nobody may wake it. RUNNABLE: current, or in the run
 * queue. SLEEPING: until wake_task. ZOMBIE: ended, until its parent frees it.
 * STOPPED: by a signal, until SIGCONT or SIGKILL.
 *
 *	NEW -> SLEEPING -> RUNNABLE		task_start
 *	RUNNABLE -> SLEEPING			sleep_on, by the task itself
 *	SLEEPING -> RUNNABLE			wake_task
 *	RUNNABLE -> ZOMBIE			do_exit, by the task itself
 *	RUNNABLE -> STOPPED			signals_stop, by the task itself
 *	STOPPED -> SLEEPING			signal_with
 */
enum task_state { RUNNABLE, SLEEPING, ZOMBIE, NEW, STOPPED };

struct task {
	struct arch_task arch;
	int pid, group, session;
	enum task_state state;
	char comm[16];

	struct mm *mm;		/* kernel_mm for kernel threads */
	struct list run;	/* in the run queue while RUNNABLE, not running */
	struct waiter wait;	/* in a wait queue while SLEEPING in one */
	struct list sleep;	/* in the timer list */
	u64 wake_at;		/* ns, while in the timer list */

	struct task *parent;
	struct list children, sibling;
	struct list all;	/* every task but idle */
	struct waitq child_exit;
	struct waitq vfork_done;
	/* All 0 in a new task: the compiler does that by one store. */
	bool vforked;		/* parent waits until exec or exit */
	bool executed;		/* a program, since it was forked */
	u8 kill_signal;		/* not 0: dies on its way to user mode */
	bool signalled;		/* killed, or a handler is to be called there */

	bool lending;		/* waits for a child that has `vforked` */
	bool exiting;		/* in do_exit */
	u8 report;		/* WUNTRACED, WEXITED, WCONTINUED: for wait */
	int exit_status;	/* as wait4 reports it, or a stop */

	u64 sig_ignored;	/* bit sig - 1 */
	u64 sig_blocked, sig_pending;
	struct sigactions *sigactions;	/* NULL: none was ever set */
	u32 clear_child_tid;

	u32 cloexec;		/* bit fd */
	struct inode *cwd;
	u32 umask;

	u32 fault_addr;		/* of its last page fault */
	int fault_err;		/* why its last user copy failed: -errno */
	u32 stack;		/* lowest address of the kernel stack */
	u32 switches;
	u64 start_ns;
	u64 run_cycles, run_started;	/* TSC */
	u64 children_cycles;	/* of those that it waited for, and theirs */
	u64 alarm_at, alarm_every;	/* ns, 0: never */
	bool misses;		/* this program makes calls that are missing */

	/* From here on task_create copies nothing but, if misses, `missing`. */
	u32 missing[SYSCALLS_NAMED / 32];	/* bit: this was named */
	struct file *files[MAX_FILES];
};

extern struct task *current;
extern struct task idle_task;
extern struct list all_tasks;
extern bool user_work;		/* the slice is over, or current->signalled */

__inline_always struct regs *task_regs(struct task *t)
{
	return (struct regs *)(t->stack + KSTACK_SIZE) - 1;
}

/*
 * kernel/sched.c. schedule, wake_task, preempt_current and do_user_work are
 * called with interrupts off, the others with interrupts on.
 */
void schedule(void);
void yield(void);
void schedule_tail(void);		/* first thing a new task does */
void do_user_work(struct regs *regs);
void __noreturn idle_loop(void);
bool preempt_current(void);		/* the slice is over: does anybody wait? */
void wake_task(struct task *t);

#ifdef DEBUG
/* How many lazy sections are open: in schedule() none may be. */
extern u32 lazy_open;
#define lazy_mmu_begin()	(lazy_open++, lazy_mmu_begin())
#define lazy_mmu_end()		(lazy_mmu_end(), (void)lazy_open--)
#endif

/*
 * A resched_point() must stand in each loop over a size that a user gives, and
 * in each that runs at the speed of a device. Others run there if the slice is
 * over. Interrupts must be on, and no lazy section may be open. The caller must
 * hold nothing that others free or change: no task but its own, no fleeting
 * inode, no static buffer. True: the task was killed and should leave out what
 * it may. resched_lazy_point() stands within one lazy section, which it ends
 * and begins again.
 */
bool resched(void);
void resched_lazy(void);

__inline_always bool resched_point(void)
{
	return unlikely(user_work) && resched();
}

__inline_always void resched_lazy_point(void)
{
	if (unlikely(user_work))
		resched_lazy();
}

/*
 * Sleeping. sleep_on puts the caller to sleep until somebody wakes the queue.
 * The caller must turn interrupts off before it checks its condition, and check
 * it again afterwards; they are off on return. wait_event does that in a loop,
 * with interrupts on before and after. Both give -EINTR if it is signalled.
 */
int sleep_on(struct waitq *q);
void wake_all_irq(struct waitq *q);	/* interrupts are off */

void wake_all(struct waitq *q);		/* they are on, before and after */

__inline_always void waitq_init(struct waitq *q)
{
	list_init(&q->sleepers);
}

#define wait_event(q, cond) ({						\
	int __err = 0;							\
	irq_disable();							\
	while (!(cond) && !(__err = sleep_on(q)))			\
		;							\
	irq_enable();							\
	__err;								\
})

/*
 * wait_event without a queue: whoever makes cond true wakes the task. 0 as well
 * when that time of clock_ns has come.
 */
#define wait_event_until(cond, deadline_ns) ({				\
	u64 __deadline = (deadline_ns);					\
	int __err = 0;							\
	irq_disable();							\
	while (!(cond) && !__err && clock_ns() < __deadline) {		\
		timer_add(current, __deadline);				\
		__err = sleep_on(NULL);					\
	}								\
	timer_remove(current);						\
	irq_enable();							\
	__err;								\
})

/* wait_event in a call that SA_RESTART makes again: -ERESTARTSYS. */
#define wait_restartable(q, cond) \
	(wait_event(q, cond) ? -ERESTARTSYS : 0)

/* Sleeps until that time of clock_ns, or until signalled: then -EINTR. */
int sleep_until(u64 deadline_ns);

/* kernel/task.c. `fn` may return: the thread then exits. NULL: no memory. */
struct task *kthread_create(const char *name, void (*fn)(void *), void *arg);
struct task *task_find(int pid);
struct task *task_create(void);		/* a copy of current, NEW */
bool tasks_full(void);			/* no room for another kernel stack */
void task_start(struct task *t);	/* it is complete and may run */
void task_free(struct task *t);
void task_bury(void);			/* frees current when it is off the CPU */
void task_init(void);
void stack_cache_drain(void);
bool stack_overflowed(u32 sp);		/* is that below the stack of current? */
u32 stack_cache_pages(void);

/*
 * kernel/signal.c. signal_task: `sig` calls its handler, or does what it does by
 * default, as soon as it is not blocked. Interrupts may be off.
 */
void signal_task(struct task *t, int sig);
void signal_group(int group, int sig);
bool signal_parent(const struct task *child);	/* true: no zombie is wanted */
void signals_deliver(struct regs *r);	/* on the way to user mode */
void signals_recheck(struct task *t);	/* its `lending` has changed */
/*
 * Stops current if a signal wants that, until it goes on. Interrupts are off.
 * False: it is signalled for something else.
 */
bool signals_stop(void);
void signals_share(void);		/* fork */
void signals_forget(void);		/* exec, exit: what rt_sigaction set */

/* kernel/group.c: is there such a group in a session? */
bool group_exists(int group, int session);
/* Is t meant by `pid`, as kill and waitpid take it? */
#define EVERYBODY	-1
bool task_in_group(const struct task *t, int pid);
__inline_always bool task_meant(const struct task *t, int pid)
{
	return t->pid == pid || (pid <= 0 && task_in_group(t, pid));
}

/*
 * kernel/oom.c: memory is out. True: a task has to end, perhaps the current
 * one, and will leave some. False: there is none that could.
 */
bool out_of_memory(void);
/* The same for a trap in user mode: on return it may be tried again. */
void wait_for_memory(void);
bool memory_later(void);	/* the same; false: the task is killed */

/*
 * kernel/fault.c: calls the handler of `signal` next, with that si_code and
 * si_addr. If there is none the current process ends, and a line says why.
 */
void user_fault(const struct regs *regs, const char *what, int signal,
		int code, u32 addr);

#define WUNTRACED	2
#define WEXITED		4
#define WCONTINUED	8
/* kernel/exit.c. `status` is what wait4 reports: code << 8, or a signal. */
void __noreturn do_exit(int status);
/* The pid of a child to tell of, of those meant; -ECHILD, -ERESTARTSYS. */
int do_wait(int pid, u32 options, int *status);
/* kernel/limits.c: struct rusage for so many ns. */
int put_rusage(u32 user, u64 ns);

/*
 * kernel/exec.c: the calling kernel thread becomes a process with this image.
 * Kernel strings. Returns -errno, or not at all.
 */
int kernel_exec(const char *path, const char *const argv[]);

#endif
