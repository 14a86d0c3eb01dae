// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc: the state of the kernel in text, in Linux' formats, and a directory
 * for each process. Those directories and their files are not in the tree. A
 * lookup fills one of two fleeting inodes, whose number says which process and
 * file it stands for. So a process that has ended is noticed at each use. seq.c
 * calls the functions show_*.
 */
#include <kernel/file.h>
#include <kernel/irq.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/time.h>

#define PID_INO		0x10000		/* + 16 * pid + file */
#define SELF_POS	0x10000		/* in the directory; + pid */

static void show_meminfo(struct seq *s)
{
	u32 kib = PAGE_SIZE / 1024, free = pages_free() * kib;

	seq_printf(s, "MemTotal:     %10u kB\n", total_pages * kib);
	seq_printf(s, "MemFree:      %10u kB\n", free);
	seq_printf(s, "MemAvailable: %10u kB\n", free);
}

/* How long a task has run, in hundredths of a second. */
static u32 run_ticks(const struct task *t)
{
	return div64(t->run_cycles, tsc_khz * 10, NULL);
}

static void show_uptime(struct seq *s)
{
	u32 up = div64(clock_ns(), TICK_NS, NULL), idle = run_ticks(&idle_task);

	seq_printf(s, "%u.%02u %u.%02u\n", up / 100, up % 100, idle / 100,
		   idle % 100);
}

static void show_interrupts(struct seq *s)
{
	u32 kind;

	seq_puts(s, "           CPU0\n");
	for (kind = 0; kind < IRQ_KINDS; kind++)
		seq_printf(s, "%3u: %10u  %s\n", kind, irq_count[kind],
			   irq_name[kind]);
}

static void show_version(struct seq *s)
{
	seq_puts(s, "pv86 for i386, compiler version " __VERSION__ "\n");
}

static void show_cmdline(struct seq *s)
{
	seq_puts(s, cmdline);
	seq_puts(s, "\n");
}

static void show_mounts(struct seq *s)
{
	seq_puts(s, "rootfs / rootfs rw 0 0\nproc /proc proc rw 0 0\n");
}

/* No average is kept: it is how many run now. */
static void show_loadavg(struct seq *s)
{
	struct task *t;
	u32 all = 0, n = 0;

	list_for_each(t, &all_tasks, all) {
		all++;
		n += t->state == RUNNABLE;
	}
	seq_printf(s, "%u.00 %u.00 %u.00 %u/%u 0\n", n, n, n, n, all);
}

/* Time that was not idle is all called the users'. */
static void show_stat(struct seq *s)
{
	u32 up = div64(clock_ns(), TICK_NS, NULL), idle = run_ticks(&idle_task);

	for (u32 n = 0; n < 2; n++)
		seq_printf(s, "cpu%s %u 0 0 %u 0 0 0 0\n", n ? "0" : " ",
			   up - min(idle, up), idle);
	seq_printf(s, "btime %u\n", (u32)div64(wall_ns() - clock_ns(),
						NSEC_PER_SEC, NULL));
}

static u32 mapped_bytes(const struct task *t)
{
	u32 size = 0;

	for (struct vma *v = t->mm->vmas; v; v = v->next)
		size += v->end - v->start;
	return size;
}

static const char states[] = "RSZST";

static int parent_of(const struct task *t)
{
	return t->parent ? t->parent->pid : 0;
}

/* The 44 fields of Linux 2.6, 0 where nothing is known. */
static void show_pid_stat(struct seq *s)
{
	struct task *t = s->task;

	seq_printf(s, "%d (%s) %c %d %d 0 0 0 0 0 0 0 0 ", t->pid, t->comm,
		   states[t->state], parent_of(t), t->group);
	seq_printf(s, "%u 0 0 0 20 0 1 0 %u %u %u", run_ticks(t),
		   (u32)div64(t->start_ns, TICK_NS, NULL), mapped_bytes(t),
		   t->mm->pages);
	seq_puts(s, " 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
}

static void show_pid_status(struct seq *s)
{
	struct task *t = s->task;
	u32 kib = PAGE_SIZE / 1024;

	seq_printf(s, "Name:\t%s\nState:\t%c\nTgid:\t%d\nPid:\t%d\nPPid:\t%d\n",
		   t->comm, states[t->state], t->pid, t->pid, parent_of(t));
	seq_puts(s, "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n");
	seq_printf(s, "VmSize:\t%u kB\nVmRSS:\t%u kB\nThreads:\t1\n",
		   mapped_bytes(t) / 1024, t->mm->pages * kib);
}

/* A piece of another process's memory, within a page; false: not there. */
static bool peek(struct mm *mm, u32 at, void *to, u32 len)
{
	pte_t *p = at < USER_END ? mm_pte(mm, at, false) : NULL;

	if (!p || !(pte_flags(p) & PTE_P))
		return false;
	memcpy(to, (u8 *)va(pte_frame(p)) + at % PAGE_SIZE, len);
	return true;
}

/* Its arguments, each with its NUL, as they are now: up to a page. */
static void show_pid_cmdline(struct seq *s)
{
	struct mm *mm = s->task->mm;
	u32 left = PAGE_SIZE, string;
	char c;

	for (u32 at = mm->args; peek(mm, at, &string, 4) && string; at += 4)
		do {
			if (!left-- || !peek(mm, string++, &c, 1))
				return;
			seq_write(s, &c, 1);
		} while (c);
}

static void show_pid_comm(struct seq *s)
{
	seq_printf(s, "%s\n", s->task->comm);
}

static const struct {
	char *name;
	struct proc_file file;
} pid_files[] = {
	{ "cmdline", { .show = show_pid_cmdline } },
	{ "comm", { .show = show_pid_comm } },
	{ "exe", { 0 } },		/* a link */
	{ "stat", { .show = show_pid_stat } },
	{ "status", { .show = show_pid_status } },
};

static struct inode *proc;
static struct inode pid_dir, pid_file;	/* what was looked at last */
static char pid_name[12];

static struct inode *fill(struct inode *i, char *name, u32 ino, u32 mode,
			  const struct file_ops *ops)
{
	*i = (struct inode){
		.name = name, .ino = ino, .mode = mode, .nlink = 1,
		.parent = proc, .ops = ops, .fleeting = true,
	};
	return i;
}

struct task *proc_task(const struct inode *i)
{
	return task_find((i->ino - PID_INO) / 16);
}

static struct inode *link_to(char *text)
{
	pid_file.mode = S_IFLNK | 0777;
	pid_file.ops = &mem_ops;
	pid_file.data = text;
	pid_file.size = strlen(text);
	return &pid_file;
}

/* What it runs, by one of the names that it has now. */
static void make_exe_link(const struct task *t)
{
	static char path[PATH_MAX];
	char *text = t->mm->exe ? inode_path(t->mm->exe, path) : NULL;

	link_to(text ? text : "(deleted)");
}

static struct inode *pid_file_entry(struct inode *dir, u32 *pos)
{
	struct task *t = proc_task(dir);
	u32 n = *pos - 2;

	if (n >= ARRAY_SIZE(pid_files) || !t)
		return NULL;
	fill(&pid_file, pid_files[n].name, dir->ino + 1 + n, S_IFREG | 0444,
	     &proc_file_ops);
	pid_file.private = (void *)&pid_files[n].file;
	if (!pid_files[n].file.show)
		make_exe_link(t);
	return &pid_file;
}

static const struct file_ops pid_dir_ops = {
	.seek = SEEK_NO_END,
	.read = dir_read,
	.entry = pid_file_entry,
};

static struct inode *pid_entry(u32 pid)
{
	snprintf(pid_name, sizeof(pid_name), "%u", pid);
	return fill(&pid_dir, pid_name, PID_INO + 16 * pid, S_IFDIR | 0555,
		    &pid_dir_ops);
}

/* /proc/self, a link to the directory of whoever looks. */
static struct inode *self_link(void)
{
	fill(&pid_file, "self", PID_INO, 0, NULL);
	snprintf(pid_name, sizeof(pid_name), "%d", current->pid);
	return link_to(pid_name);
}

/* The process with the lowest number that is at least `pid`, or 0. */
static u32 next_pid(u32 pid)
{
	struct task *t;
	u32 best = 0;

	list_for_each(t, &all_tasks, all)
		if ((u32)t->pid >= pid && (!best || (u32)t->pid < best))
			best = t->pid;
	return best;
}

static struct inode *proc_entry(struct inode *dir, u32 *pos)
{
	u32 pid;

	if (*pos <= SELF_POS) {
		*pos = SELF_POS;
		return self_link();
	}
	pid = next_pid(*pos - SELF_POS);
	*pos = SELF_POS + pid;
	return pid ? pid_entry(pid) : NULL;
}

static struct inode *proc_find(const char *name)
{
	u32 pid = parse_u32(name, NULL);

	if (*name == 's')
		return self_link();
	return task_find(pid) ? pid_entry(pid) : NULL;
}

static const struct file_ops proc_dir_ops = {
	.seek = SEEK_NO_END,
	.read = dir_read,
	.entry = proc_entry,
	.find = proc_find,
};

void __init proc_init(void)
{
	static const struct {
		const char *path;
		void (*show)(struct seq *s);
	} files[] = {
		{ "cmdline", show_cmdline },
		{ "interrupts", show_interrupts },
		{ "loadavg", show_loadavg },
		{ "meminfo", show_meminfo },
		{ "mounts", show_mounts },
		{ "stat", show_stat },
		{ "uptime", show_uptime },
		{ "version", show_version },
	};
	u32 n;

	proc = inode_add(root, "proc", S_IFDIR | 0555);
	if (!proc)
		panic("no memory for /proc");
	proc->ops = &proc_dir_ops;
	for (n = 0; n < ARRAY_SIZE(files); n++)
		if (!proc_add(files[n].path, files[n].show))
			panic("no memory for /proc");
}
