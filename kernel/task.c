// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Making and freeing tasks. Kernel stacks lie in the vmap area, each above a
 * page that stays unmapped, so that an overflow faults. A few freed ones stay
 * mapped for the next fork.
 *
 * A task is in all_tasks and in its parent's list of children from task_create
 * to task_free or task_bury. Its parent, or the idle task after it, frees it; a
 * task can't free the stack that it runs on.
 */
#include <arch/switch.h>
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/task.h>
#include <kernel/time.h>

#define STACK_SLOT	(KSTACK_SIZE + PAGE_SIZE)
#define STACK_SLOTS	((TRACE_VA - STACKS_BASE) / STACK_SLOT)
#define STACK_FLAGS	(PTE_P | PTE_W | PTE_A | PTE_D | PTE_G)
#define CACHE_MAX	8
#define PID_MAX		32768

struct list all_tasks = LIST_INIT(all_tasks);
extern u8 boot_stack[];
struct task idle_task = {
	.comm = "idle",
	.stack = (u32)boot_stack,
	.mm = &kernel_mm,
	.run = LIST_INIT(idle_task.run),
	.wait = { LIST_INIT(idle_task.wait.link), &idle_task },
	.sleep = LIST_INIT(idle_task.sleep),
	.children = LIST_INIT(idle_task.children),
	.child_exit = WAITQ_INIT(idle_task.child_exit),
};

static u32 pids[PID_MAX / 32 + 1];	/* bit: in use */
static u32 used[STACK_SLOTS / 32 + 1];	/* bit: slot in use or cached */
static u32 cached[CACHE_MAX], cached_count;
static struct task *buried;		/* to be freed; may be on its stack */

static u32 stack_page(u32 stack, u32 n)
{
	return stack + n * PAGE_SIZE;
}

static void stack_unmap(u32 stack)
{
	u32 slot = (stack - STACKS_BASE) / STACK_SLOT;

	for (u32 n = 0; n < KSTACK_SIZE / PAGE_SIZE; n++) {
		u32 at = stack_page(stack, n);
		void *page = va(pte_frame(kernel_pte(at)));

		kernel_unmap(at);
		page_put(page);
	}
	used[slot / 32] &= ~(1u << slot % 32);
}

/* STACK_SLOTS: there is none. */
static u32 free_slot(void)
{
	for (u32 slot = 0; slot < STACK_SLOTS; slot++)
		if (!(used[slot / 32] & 1u << slot % 32))
			return slot;
	return STACK_SLOTS;
}

bool tasks_full(void)
{
	return !cached_count && free_slot() == STACK_SLOTS;
}

/* The lowest address of a new stack, or 0: no memory, or no slot. */
static u32 stack_map(void)
{
	void *page[KSTACK_SIZE / PAGE_SIZE] = { page_alloc(), page_alloc() };
	u32 slot = free_slot();
	u32 stack = STACKS_BASE + slot * STACK_SLOT + PAGE_SIZE;

	if (!page[0] || !page[1] || slot == STACK_SLOTS) {
		for (u32 n = 0; n < ARRAY_SIZE(page); n++)
			if (page[n])
				page_put(page[n]);
		return 0;
	}
	used[slot / 32] |= 1u << slot % 32;
	for (u32 n = 0; n < ARRAY_SIZE(page); n++)
		kernel_map(stack_page(stack, n), pa(page[n]),
			   STACK_FLAGS | pte_nx);
	return stack;
}

static u32 stack_alloc(void)
{
	return cached_count ? cached[--cached_count] : stack_map();
}

static void stack_free(u32 stack)
{
	if (cached_count < CACHE_MAX)
		cached[cached_count++] = stack;
	else
		stack_unmap(stack);
}

/* Another task calls this, so the buried one is off the CPU. */
static void free_buried(void)
{
	struct task *t = buried;

	buried = NULL;
	if (t)
		task_free(t);
}

void stack_cache_drain(void)
{
	free_buried();
	while (cached_count)
		stack_unmap(cached[--cached_count]);
}

u32 stack_cache_pages(void)
{
	return cached_count * (KSTACK_SIZE / PAGE_SIZE);
}

/* In the unmapped page below the stack, or less than 64 bytes above it. */
bool stack_overflowed(u32 sp)
{
	return sp - (current->stack - PAGE_SIZE) < PAGE_SIZE + 64;
}

struct task *task_find(int pid)
{
	struct task *t;

	list_for_each(t, &all_tasks, all)
		if (t->pid == pid)
			return t;
	return NULL;
}

static int new_pid(void)
{
	static u32 last;

	do
		last = last % PID_MAX + 1;
	while (pids[last / 32] & 1u << last % 32);
	pids[last / 32] |= 1u << last % 32;
	return last;
}

/*
 * A copy of the current task without its files, NEW: nobody may wake it before
 * task_start. What it points to (mm, cwd, sigactions) has no reference of its
 * own yet: the caller must take them, or put other things there, and the files,
 * before task_start.
 * Until then task_free takes it apart. NULL: no memory, or no room for a stack.
 */
struct task *task_create(void)
{
	struct task *t = kmalloc(sizeof(*t));
	u32 stack = stack_alloc();

	if (!t || !stack) {
		kfree(t);
		if (stack)
			stack_free(stack);
		return NULL;
	}
	memcpy(t, current, offsetof(struct task, missing));
	if (t->misses)
		memcpy(t->missing, current->missing, sizeof(t->missing));
	t->stack = stack;
	t->pid = new_pid();
	t->state = NEW;
	t->parent = current;
	list_init(&t->run);
	list_init(&t->wait.link);
	t->wait.task = t;
	list_init(&t->sleep);
	list_init(&t->children);
	waitq_init(&t->child_exit);
	waitq_init(&t->vfork_done);
	t->vforked = false;
	t->executed = false;
	t->kill_signal = 0;
	t->signalled = false;
	t->sig_pending = 0;
	t->report = 0;
	t->clear_child_tid = 0;
	t->switches = 0;
	t->run_cycles = 0;
	t->children_cycles = 0;
	t->alarm_at = 0;
	t->arch.fpu = NULL;
	t->start_ns = clock_ns();
	list_add_tail(&current->children, &t->sibling);
	list_add_tail(&all_tasks, &t->all);
	return t;
}

/* From here on t runs, and may have ended and be gone on return. */
void task_start(struct task *t)
{
	irq_disable();
	t->state = SLEEPING;
	wake_task(t);
	irq_enable();
}

/* t must not be current: its stack goes too. */
void task_free(struct task *t)
{
	pids[t->pid / 32] &= ~(1u << t->pid % 32);
	list_del(&t->sibling);
	list_del(&t->all);
	stack_free(t->stack);
	kfree(t);
}

/* The end of a task that nobody waits for. One is buried at a time. */
void task_bury(void)
{
	free_buried();
	list_del(&current->sibling);
	list_del(&current->all);
	buried = current;
}

struct task *kthread_create(const char *name, void (*fn)(void *), void *arg)
{
	struct task *t = task_create();

	if (!t)
		return NULL;
	t->mm = &kernel_mm;
	memset(t->files, 0, sizeof(t->files));
	t->cwd = root;
	t->group = t->session = t->pid;
	t->sigactions = NULL;
	strlcpy(t->comm, name, sizeof(t->comm));
	arch_thread(t, fn, arg);
	task_start(t);
	return t;
}

void __init task_init(void)
{
	idle_task.cwd = root;
	idle_task.umask = 022;
	idle_task.run_started = rdtsc();
	task_loaded();
}
