// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Self-tests of what is left of a task that ended: a zombie if its parent wants
 * to know, else nothing. How user programs see it is in tests/user/pending.c.
 */
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/selftest.h>
#include <kernel/task.h>

#define IGNORES_CHILDREN	(1ull << (SIGCHLD - 1))

static void end(void *unused)
{
}

/* Its child has become a zombie when it ends itself. */
static void leave_zombie(void *zombie)
{
	struct task *t = kthread_create("test", end, NULL);

	yield();
	*(bool *)zombie = t && t->state == ZOMBIE;
}

static u32 tasks(void)
{
	struct task *t;
	u32 n = 0;

	list_for_each(t, &all_tasks, all)
		n++;
	return n;
}

SELFTEST(exit_ignored, "tasks: of those whose parent ignores SIGCHLD nothing "
	 "is left, own children and orphans")
{
	u32 before = tasks(), free, i;
	bool zombie = false;
	int status;

	if (current->pid != 1) {
		selftest_skip("this is not process 1");
		return;
	}
	drain_caches();
	free = pages_free();
	current->sig_ignored |= IGNORES_CHILDREN;
	for (i = 0; i < 20; i++) {
		EXPECT(kthread_create("test", leave_zombie, &zombie));
		EXPECT_EQ(do_wait(-1, 0, &status), -ECHILD);
		EXPECT(zombie);
		EXPECT_EQ(tasks(), before);
	}
	current->sig_ignored &= ~IGNORES_CHILDREN;
	drain_caches();
	EXPECT_EQ(pages_free(), free);
	EXPECT(kthread_create("test", end, NULL));
	yield();
	EXPECT_EQ(tasks(), before + 1);
	EXPECT(do_wait(-1, 0, &status) > 0);
}
