// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who runs next: round robin over one queue. Kernel code is never pre-empted;
 * a task loses the CPU when its slice is over and others wait, in user mode or
 * at a resched_point(), and there is a slice only while others wait.
 *
 * Read next: kernel/task.c, kernel/time.c.
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

/* In no wait queue and without a timer, as a task is that does not sleep. */
static __unused bool unlinked(const struct task *t)
{
	return list_empty(&t->wait) && list_empty(&t->sleep);
}

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
	if (next->kill_signal)
		user_work = true;
	if (next->mm != &kernel_mm)
		mm_switch(next->mm);
	arch_switch(prev, next);
}

/*
 * Gives the CPU away; interrupts are off on the way in and out. A RUNNABLE
 * caller goes to the end of the queue.
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

void __noinline yield(void)
{
	ASSERT(irqs_enabled());
	if (list_empty(&run_queue))
		return;
	irq_disable();
	schedule();
	irq_enable();
}

/* A new task arrives here from switch_stacks, interrupts off. */
void schedule_tail(void)
{
	irq_enable();
}

/* The way to user mode has to see a kill, too. */
bool __noinline resched(void)
{
	user_work = false;
	yield();
	if (current->kill_signal)
		user_work = true;
	return current->kill_signal;
}

/* Who has lent this address space, or borrows it, sees what has been done. */
void __noinline resched_lazy(void)
{
	flush_user();
	lazy_mmu_end();
	resched();
	lazy_mmu_begin();
}

/* Interrupts off, on the way to user mode; returns with them on. */
void do_user_work(struct regs *regs)
{
	irq_enable();
	if (current->kill_signal || resched())
		do_exit(current->kill_signal);
}

void __noinline wake_task(struct task *t)
{
	ASSERT(!(irqs_enabled()));
	ASSERT(t->state == SLEEPING ? list_empty(&t->run) : unlinked(t));
	/* Whatever its state: callers go on until a list is empty. */
	list_del(&t->wait);
	timer_remove(t);
	if (t->state != SLEEPING)
		return;
	t->state = RUNNABLE;
	list_add_tail(&run_queue, &t->run);
	slice_start();
}

bool preempt_current(void)
{
	if (list_empty(&run_queue))
		return false;
	user_work = true;
	return true;
}

int sleep_on(struct waitq *q)
{
	ASSERT(!(irqs_enabled()));
	ASSERT(current->state == RUNNABLE && list_empty(&current->wait));
	if (current->kill_signal)
		return -EINTR;
	current->state = SLEEPING;
	if (q)
		list_add_tail(&q->sleepers, &current->wait);
	schedule();
	return current->kill_signal ? -EINTR : 0;
}

void __noinline wake_all_irq(struct waitq *q)
{
	while (!list_empty(&q->sleepers))
		wake_task(list_entry(q->sleepers.next, struct task, wait));
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
	int err = 0;

	ASSERT(irqs_enabled());
	irq_disable();
	while (!err && clock_ns() < deadline_ns) {
		timer_add(current, deadline_ns);
		err = sleep_on(NULL);
	}
	timer_remove(current);
	irq_enable();
	return err;
}

/* The idle task: the context in which the kernel booted. */
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
