// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Self-tests of kernel threads, wait queues and the scheduler. Kernel code is
 * not pre-empted: what a thread does up to its next sleep or yield is one
 * step, and the order of steps is fixed. The tests write it down and compare.
 */
#include <arch/switch.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/selftest.h>
#include <kernel/task.h>
#include <kernel/time.h>
#include <pv/pv.h>

#define THREADS		8

static struct task *start(void (*fn)(void *), void *arg)
{
	struct task *t = kthread_create("test", fn, arg);

	if (!t)
		FAIL("a thread");
	return t;
}

static void wait_for_all(u32 threads)
{
	int status;

	while (threads--)
		EXPECT(do_wait(-1, 0, &status) > 0);
	EXPECT_EQ(do_wait(-1, 0, &status), -ECHILD);
}

/* Who was there, in order. */
static u8 order[32];
static u32 arrived;

static void arrive(u32 who)
{
	if (arrived < ARRAY_SIZE(order))
		order[arrived++] = who;
}

static u32 out_of_order(void)
{
	u32 wrong = 0;

	for (u32 i = 0; i < arrived; i++)
		wrong += order[i] != i;
	return wrong;
}

struct seen {
	void *arg;
	struct task *task, *parent;
	int pid;
	u32 flags;
};

static void look_around(void *arg)
{
	struct seen *seen = arg;

	seen->arg = arg;
	seen->task = current;
	seen->parent = current->parent;
	seen->pid = current->pid;
	seen->flags = save_fl();
	do_exit(42 << 8);
}

SELFTEST(thread_life, "tasks: a kernel thread runs with its argument, ends, "
	 "is waited for")
{
	struct task *me = current, *t;
	struct seen seen = { .arg = NULL };
	int status = 0, pid;

	t = start(look_around, &seen);
	if (!t)
		return;
	pid = t->pid;
	EXPECT(!seen.arg);
	EXPECT(task_find(pid) == t && t->state == RUNNABLE);
	EXPECT_EQ(do_wait(pid, 0, &status), pid);
	EXPECT_EQ(status, 42 << 8);
	EXPECT(seen.arg == &seen);
	EXPECT(seen.task == t && seen.parent == me && current == me);
	EXPECT_EQ(seen.pid, pid);
	EXPECT(seen.flags & EFLAGS_IF);
	EXPECT(!task_find(pid));
	EXPECT_EQ(do_wait(pid, 0, &status), -ECHILD);
}

static void make_orphan(void *unused)
{
	start(look_around, unused);
}

SELFTEST(thread_orphan, "tasks: an orphan becomes a child of process 1")
{
	struct seen seen = { .arg = NULL };

	if (current->pid != 1) {
		selftest_skip("this is not process 1");
		return;
	}
	start(make_orphan, &seen);
	wait_for_all(2);
	EXPECT(seen.arg == &seen);
	EXPECT(seen.parent == current);
}

static struct waitq queue = WAITQ_INIT(queue);

static void sleep_in_queue(void *who)
{
	irq_disable();
	EXPECT_EQ(sleep_on(&queue), 0);
	EXPECT(!(save_fl() & EFLAGS_IF));
	irq_enable();
	arrive((u32)who);
}

/* Starts threads and lets them go to sleep, in the order of their numbers. */
static void fill_queue(void)
{
	arrived = 0;
	for (u32 i = 0; i < THREADS; i++)
		start(sleep_in_queue, (void *)i);
	yield();
	EXPECT_EQ(arrived, 0);
}

SELFTEST(wake_all_fifo, "tasks: wake_all wakes all sleepers in their order")
{
	fill_queue();
	wake_all(&queue);
	EXPECT(list_empty(&queue.sleepers));
	EXPECT_EQ(arrived, 0);
	yield();
	EXPECT_EQ(arrived, THREADS);
	EXPECT_EQ(out_of_order(), 0);
	wake_all(&queue);
	wait_for_all(THREADS);
}

SELFTEST(wake_runnable, "tasks: waking a task that does not sleep changes "
	 "nothing")
{
	fill_queue();
	wake_all(&queue);
	irq_disable();
	wake_task(current);
	wake_task(list_entry(current->children.next, struct task, sibling));
	irq_enable();
	EXPECT(list_empty(&current->run));
	yield();
	EXPECT_EQ(arrived, THREADS);
	wait_for_all(THREADS);
}

static bool ready;

static void wait_for_ready(void *who)
{
	EXPECT_EQ(wait_event(&queue, ready), 0);
	EXPECT(save_fl() & EFLAGS_IF);
	arrive((u32)who);
}

SELFTEST(wait_condition, "tasks: wait_event sleeps on until its condition "
	 "holds")
{
	ready = false;
	arrived = 0;
	for (u32 i = 0; i < THREADS; i++)
		start(wait_for_ready, (void *)i);
	yield();
	wake_all(&queue);
	yield();
	EXPECT_EQ(arrived, 0);
	ready = true;
	EXPECT_EQ(wait_event(&queue, ready), 0);
	wake_all(&queue);
	wait_for_all(THREADS);
	EXPECT_EQ(arrived, THREADS);
	EXPECT_EQ(out_of_order(), 0);
}

/*
 * The condition of a wait_event. At first it is false, and an alarm that is
 * due already is the only thing to wake the caller: it pends from here to the
 * moment when the task sleeps, or it is lost.
 */
static bool alarm_came(u64 *due)
{
	if (save_fl() & EFLAGS_IF) {
		FAIL("interrupts off");
		return true;
	}
	if (!*due) {
		*due = clock_ns();
		timer_add(current, *due);
		while (clock_ns() < *due + 10000)
			;
		return false;
	}
	return true;
}

SELFTEST(wait_race, "tasks: wait_event loses no wake-up from an interrupt "
	 "after its check")
{
	for (int i = 0; i < 100; i++) {
		u64 due = 0;

		EXPECT_EQ(wait_event(&queue, alarm_came(&due)), 0);
		EXPECT(due);
	}
	EXPECT(list_empty(&queue.sleepers) && list_empty(&current->sleep));
}

#define SLEEPERS	24

/* Number 0 is woken first; those of the same time in the order of asking. */
static u64 wake_times[SLEEPERS];

static void sleep_for_a_time(void *arg)
{
	u32 who = (u32)arg;

	EXPECT_EQ(sleep_until(wake_times[who]), 0);
	EXPECT(clock_ns() >= wake_times[who]);
	arrive(who);
}

SELFTEST(sleep_order, "tasks: sleepers wake in the order of their times, none "
	 "too early")
{
	u64 now = clock_ns() + 200 * NSEC_PER_MSEC;

	arrived = 0;
	for (u32 i = 0; i < SLEEPERS; i++)
		wake_times[i] = now + i / 2 * (NSEC_PER_MSEC / 4);
	/* 7 and 12 have no common divisor: every pair once, and again. */
	for (u32 i = 0; i < SLEEPERS; i++)
		start(sleep_for_a_time, (void *)(i * 7 % 12 * 2 + i / 12));
	wait_for_all(SLEEPERS);
	EXPECT_EQ(arrived, SLEEPERS);
	EXPECT_EQ(out_of_order(), 0);
}

SELFTEST(sleep_past, "tasks: sleep_until a time that is past returns at once")
{
	u32 switches = current->switches;

	EXPECT_EQ(sleep_until(0), 0);
	EXPECT_EQ(sleep_until(clock_ns()), 0);
	EXPECT_EQ(current->switches, switches);
	EXPECT(save_fl() & EFLAGS_IF);
}

bool become_process(void)
{
	struct mm *mm = mm_create();

	EXPECT(mm);
	if (!mm)
		return false;
	tables_complete(&mm->tables);
	current->mm = mm;
	mm_switch(mm);
	task_loaded();
	return true;
}

void leave_process(void)
{
	struct mm *mm = current->mm;

	current->mm = &kernel_mm;
	mm_switch(&kernel_mm);
	if (mm != &kernel_mm)
		mm_put(mm);
}

static void killed_asleep(void *err)
{
	if (become_process())
		*(int *)err = sleep_until(clock_ns() + 60ull * NSEC_PER_SEC);
}

static void killed_in_queue(void *err)
{
	if (become_process())
		*(int *)err = wait_event(&queue, false);
}

static void killed_before(void *err)
{
	if (become_process()) {
		yield();
		*(int *)err = wait_event(&queue, false);
	}
}

static int kill_one(void (*fn)(void *))
{
	int err = 0, status = -1;
	struct task *t = start(fn, &err);

	if (!t)
		return 0;
	yield();
	EXPECT(!err);
	signal_task(t, SIGKILL);
	EXPECT_EQ(do_wait(t->pid, 0, &status), t->pid);
	EXPECT_EQ(status, 0);
	return err;
}

SELFTEST(kill_sleeper, "tasks: a killed sleeper gets -EINTR and leaves every "
	 "list")
{
	EXPECT_EQ(kill_one(killed_asleep), -EINTR);
	EXPECT_EQ(kill_one(killed_in_queue), -EINTR);
	EXPECT_EQ(kill_one(killed_before), -EINTR);
	EXPECT(list_empty(&queue.sleepers));
}

/* As fork does it, when a signal comes and then memory is out. */
SELFTEST(kill_unborn, "tasks: a task that is killed while it is made leaves "
	 "the run queue")
{
	struct task *t = task_create();
	struct mm *mm = mm_create();
	struct list *next, *prev;

	if (!t || !mm) {
		FAIL("a task and its memory");
		return;
	}
	t->mm = mm;
	signal_task(t, SIGKILL);
	next = t->run.next;
	prev = t->run.prev;
	task_free(t);
	mm_put(mm);
	if (next != &t->run && next->prev == &t->run) {
		FAIL("no freed task in the run queue");
		next->prev = prev;
		prev->next = next;
	}
}

static u32 turns[THREADS], turns_left;

static void take_turns(void *who)
{
	while (turns_left) {
		turns_left--;
		turns[(u32)who]++;
		yield();
	}
}

SELFTEST(round_robin, "tasks: threads that yield take equal turns")
{
	memset(turns, 0, sizeof(turns));
	turns_left = THREADS * 500;
	for (u32 i = 0; i < THREADS; i++)
		start(take_turns, (void *)i);
	wait_for_all(THREADS);
	for (u32 i = 0; i < THREADS; i++)
		EXPECT_EQ(turns[i], 500);
}

SELFTEST(yield_alone, "tasks: yield returns at once if nobody else can run")
{
	u32 switches = current->switches;

	for (int i = 0; i < 10; i++)
		yield();
	EXPECT_EQ(current->switches, switches);
}

static u32 stack_of[THREADS];

static void note_stack(void *who)
{
	volatile u32 here = 0;
	u32 at = (u32)&here;

	EXPECT(at >= current->stack && at < current->stack + KSTACK_SIZE);
	EXPECT(!(pte_flags(kernel_pte(current->stack - PAGE_SIZE)) & PTE_P));
	stack_of[(u32)who] = current->stack;
	yield();
	EXPECT_EQ(here, 0);
}

SELFTEST(stacks, "tasks: each thread has a stack of its own, above an "
	 "unmapped page")
{
	u32 shared = 0;

	for (u32 i = 0; i < THREADS; i++)
		start(note_stack, (void *)i);
	wait_for_all(THREADS);
	for (u32 i = 0; i < THREADS; i++)
		for (u32 j = 0; j < i; j++)
			shared += stack_of[i] - stack_of[j] + KSTACK_SIZE <=
				  2 * KSTACK_SIZE;
	EXPECT_EQ(shared, 0);
}

#define MORE_THAN_PIDS	33000		/* PID_MAX and a few */

SELFTEST(pids, "tasks: no pid is given twice at a time, and they come round")
{
	struct task *old = task_create(), *t;
	u32 clashes = 0, lower = 0;
	int last = 0;

	if (!old)
		return;
	EXPECT(old->pid > 1);
	for (u32 i = 0; i < MORE_THAN_PIDS && (t = task_create()); i++) {
		clashes += t->pid == old->pid || t->pid == current->pid ||
			   t->pid <= 0 || t->pid == last;
		lower += t->pid < last;
		last = t->pid;
		task_free(t);
	}
	EXPECT_EQ(clashes, 0);
	EXPECT(lower == 1 || lower == 2);
	task_free(old);
}

/*
 * Two contexts without tasks: `here` and `there` stand for the first word of a
 * struct arch_task. The way there starts from a frame like that of a new task; the
 * other side notes its registers, spoils them all, and switches back.
 */
static u32 here, there;
static struct kept {
	u32 edi, esi, ebx, ebp;
} own, other;

static void __noinline there_and_back(u32 *frame)
{
	u32 a, c, d;

	there = (u32)frame;
	asm volatile("push %%ebp\n\t"
		     "movl $1f, 16(%%ecx)\n\t"
		     "mov $0x44444444, %%ebp\n\t"
		     "call switch_stacks\n\t"
		     "jmp 2f\n"
		     "1:	mov %%edi, %[edi]\n\t"
		     "mov %%esi, %[esi]\n\t"
		     "mov %%ebx, %[ebx]\n\t"
		     "mov %%ebp, %[ebp]\n\t"
		     "xor %%edi, %%edi\n\t"
		     "xor %%esi, %%esi\n\t"
		     "xor %%ebx, %%ebx\n\t"
		     "xor %%ebp, %%ebp\n\t"
		     "mov %[there], %%eax\n\t"
		     "mov %[here], %%edx\n\t"
		     "call switch_stacks\n"
		     "2:	mov %%ebp, %[own_ebp]\n\t"
		     "pop %%ebp"
		     : "=D" (own.edi), "=S" (own.esi), "=b" (own.ebx),
		       "=a" (a), "=c" (c), "=d" (d),
		       [own_ebp] "=m" (own.ebp), [edi] "=m" (other.edi),
		       [esi] "=m" (other.esi), [ebx] "=m" (other.ebx),
		       [ebp] "=m" (other.ebp)
		     : "0" (0x11111111), "1" (0x22222222), "2" (0x33333333),
		       "3" (&here), "4" (frame), "5" (&there),
		       [here] "i" (&here), [there] "i" (&there)
		     : "memory", "cc");
}

SELFTEST(registers, "tasks: a context switch keeps ebx, esi, edi and ebp of "
	 "both sides")
{
	static const struct kept frame = { 0x55555555, 0x66666666, 0x77777777,
					   0x88888888 };
	u32 *stack = page_alloc(), flags;

	if (!stack) {
		FAIL("a stack");
		return;
	}
	stack += PAGE_SIZE / 4 - 8;
	memcpy(stack, &frame, sizeof(frame));
	flags = irq_save();
	there_and_back(stack);
	restore_fl(flags);
	EXPECT(!memcmp(&other, &frame, sizeof(frame)));
	EXPECT(own.edi == 0x11111111 && own.esi == 0x22222222);
	EXPECT(own.ebx == 0x33333333 && own.ebp == 0x44444444);
	page_put((void *)ALIGN_DOWN((u32)stack, PAGE_SIZE));
}
