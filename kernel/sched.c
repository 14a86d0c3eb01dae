// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who runs next: round robin over one queue. Kernel code is never pre-empted.
 * A task loses the CPU in user mode or at a resched_point(), when its slice is
 * over and others wait. While nobody waits there is no slice.
 *
 * What must hold:
 *  - A task in run_queue is RUNNABLE. It is in no wait queue and has no timer.
 *  - The running task is not in run_queue; idle_task never is.
 *  - A SLEEPING task is in at most one wait queue and has at most one timer.
 *  - The run queue, wait queues and timers change with interrupts off, since
 *    interrupt handlers wake tasks.
 *  - user_work is set if `current` has to do something before user mode: the
 *    slice is over, or it is signalled.
 * A DEBUG build asserts them.
 */
#include <arch/switch.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/task.h>
#include <kernel/time.h>

static struct list run_queue = LIST_INIT(run_queue);
struct task *current = &idle_task;
bool user_work;
#ifdef DEBUG
u32 lazy_open;
#endif

/* In no wait queue and without a timer: so is a task that does not sleep. */
static __unused bool unlinked(const struct task *t)
{
	return list_empty(&t->wait.link) && list_empty(&t->sleep);
}

/* Takes the head of the queue out; the idle task if there is none. */
static struct task *pick_next(void)
{
	struct task *t;

	if (list_empty(&run_queue))
		return &idle_task;
	t = list_entry(run_queue.next, struct task, run);
	list_del(&t->run);
	return t;
}

static void switch_to(struct task *prev, struct task *next)
{
	u64 now = rdtsc();

	prev->run_cycles += now - prev->run_started;
	next->run_started = now;
	next->switches++;
	if (next->signalled)
		user_work = true;
	save_segments(&prev->arch);
	if (next->mm != &kernel_mm)
		mm_switch(next->mm);
	arch_switch(prev, next);
}

/*
 * Gives the CPU away and returns when the caller has it again. Interrupts must
 * be off, and are off on return. No lazy section may be open: what it delays
 * would be delayed for other tasks too. The caller has set its own state. If
 * that is still RUNNABLE it goes to the end of the queue; if not, it must be
 * where a waker finds it, or never come back (ZOMBIE).
 */
void schedule(void)
{
	struct task *prev = current, *next;

	ASSERT(!(irqs_enabled()));
	ASSERT(!lazy_open);
	ASSERT(prev->state != NEW && list_empty(&prev->run));
	ASSERT(prev != &idle_task || prev->state == RUNNABLE);
	if (prev->state == RUNNABLE && prev != &idle_task)
		list_add_tail(&run_queue, &prev->run);
	next = pick_next();
	ASSERT(next->state == RUNNABLE && unlinked(next));
	if (next != prev)
		switch_to(prev, next);
}

/* Interrupts must be on, and are on again. Returns at once if nobody waits. */
void __noinline yield(void)
{
	ASSERT(irqs_enabled());
	if (list_empty(&run_queue))
		return;
	irq_disable();
	schedule();
	irq_enable();
}

/*
 * Where a new task comes to from switch_stacks, with interrupts off. The others
 * come back to schedule(), whose caller turns them on.
 */
void schedule_tail(void)
{
	irq_enable();
}

/*
 * user_work is cleared before others run: what comes meanwhile sets it again. A
 * signal keeps it set, so that the way to user mode sees it too.
 */
bool __noinline resched(void)
{
	user_work = false;
	yield();
	if (current->signalled)
		user_work = true;
	return current->kill_signal;
}

/*
 * Another task may use this address space too (vfork). So what was delayed is
 * in force, and old translations are flushed, before others run.
 */
void __noinline resched_lazy(void)
{
	flush_user();
	lazy_mmu_end();
	resched();
	lazy_mmu_begin();
}

/*
 * Called with interrupts off, on the way to user mode; returns with them on. So
 * the caller turns them off and looks at user_work again.
 */
void do_user_work(struct regs *regs)
{
	irq_enable();
	if (current->signalled)
		signals_deliver(regs);
	resched();
}

/* For a task that does not sleep only its timer goes. */
static __noinline void make_runnable(struct task *t)
{
	ASSERT(!(irqs_enabled()));
	ASSERT(t->state == SLEEPING ? list_empty(&t->run) : unlinked(t));
	timer_remove(t);
	if (t->state != SLEEPING)
		return;
	t->state = RUNNABLE;
	list_add_tail(&run_queue, &t->run);
	slice_start();
}

/*
 * Makes a sleeper RUNNABLE, whatever it sleeps for: it must check its condition
 * again. Interrupts are off.
 */
void __noinline wake_task(struct task *t)
{
	list_del(&t->wait.link);
	make_runnable(t);
}

/* Called by the timer interrupt. False: nobody waits, there is no new slice. */
bool preempt_current(void)
{
	if (list_empty(&run_queue))
		return false;
	user_work = true;
	return true;
}

/*
 * The caller has turned interrupts off and then found its condition false. They
 * stay off until schedule() has switched, so no wakeup is lost in between. A
 * signalled task does not sleep, since the wakeup for that may be over.
 */
int sleep_on(struct waitq *q)
{
	ASSERT(!(irqs_enabled()));
	ASSERT(current->state == RUNNABLE && list_empty(&current->wait.link));
	if (current->signalled)
		return signals_stop() ? 0 : -EINTR;
	current->state = SLEEPING;
	if (q)
		list_add_tail(&q->sleepers, &current->wait.link);
	schedule();
	return current->signalled && !signals_stop() ? -EINTR : 0;
}

void __noinline wake_all_irq(struct waitq *q)
{
	while (!list_empty(&q->sleepers)) {
		struct waiter *w = list_entry(q->sleepers.next, struct waiter,
					      link);

		list_del(&w->link);
		make_runnable(w->task);
	}
}

void wake_all(struct waitq *q)
{
	ASSERT(irqs_enabled());
	irq_disable();
	wake_all_irq(q);
	irq_enable();
}

int sleep_until(u64 deadline_ns)
{
	ASSERT(irqs_enabled());
	return wait_event_until(false, deadline_ns);
}

/*
 * The idle task: the context in which the kernel booted. The queue is looked at
 * with interrupts off, and safe_halt turns them on and waits in one step: an
 * interrupt that fills the queue can't come between.
 */
void idle_loop(void)
{
	for (;;) {
		irq_disable();
		if (list_empty(&run_queue)) {
			slice_stop();
			safe_halt();
		} else {
			schedule();
			irq_enable();
		}
	}
}
