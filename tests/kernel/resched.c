// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Self-tests of what must not keep the CPU: each long piece of work that a
 * process can ask for lets others run in its middle, and ends early when it is
 * killed. No timer is needed: a second thread sets user_work, as the end of a
 * slice does, whenever it gets the CPU, and counts how often that is.
 */
#include <abi/elf.h>
#include <abi/stat.h>
#include <kernel/exec.h>
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/selftest.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <kernel/uaccess.h>
#include <pv/patch.h>
#include <pv/verify.h>

#define MEMORY		0x10000000u	/* of the process that works */
#define TABLES		4u		/* L1 tables that it spans */
#define PAGES		4u		/* that are there, in the first one */
#define LINKS		5

static u32 turns, readable;
static bool over;

/* A kernel thread finds the address space that was active before it. */
static void take_turns(void *unused)
{
	u32 word;

	while (!over) {
		turns++;
		readable += !get_user(word, (u32 *)MEMORY);
		user_work = true;
		yield();
	}
}

/* Memory of which a page in each table is there, and all of the first pages. */
static bool make_memory(void)
{
	struct vma area = {
		.start = MEMORY, .end = MEMORY + TABLES * L2_SPAN,
		.prot = PROT_READ | PROT_WRITE,
	};
	int err;

	if (!become_process())
		return false;
	err = vma_map(current->mm, &area);
	for (u32 i = 0; i < TABLES && !err; i++)
		err = clear_user((void *)(MEMORY + i * L2_SPAN), 1);
	for (u32 i = 0; i < PAGES && !err; i++)
		err = clear_user((void *)(MEMORY + i * PAGE_SIZE), 1);
	return !err;
}

/* ---- the work ------------------------------------------------------------ */

static int use_file(const char *path, bool write, u32 len)
{
	int err, ret;
	struct inode *i = lookup(path, true, &err);
	struct file *f = i ? file_open(i, O_RDWR, &err) : NULL;

	if (!f)
		return err;
	ret = write ? f->ops->write(f, (void *)MEMORY, len) :
	      f->ops->read(f, (void *)MEMORY, len);
	file_put(f);
	return ret;
}

static int read_zeros(void)
{
	return use_file("/dev/zero", false, PAGES * PAGE_SIZE);
}

static int read_memory(void)
{
	struct inode hole = { .size = 3 * PAGE_SIZE };
	struct file f = { .inode = &hole, .pos = PAGE_SIZE };
	int n = mem_ops.read(&f, (void *)MEMORY, PAGES * PAGE_SIZE);

	EXPECT_EQ(f.pos, PAGE_SIZE + n);
	return n;
}

/* A new file without a name: one page, or one in each of three indexes. */
static struct inode *make_file(bool large)
{
	struct inode *i = inode_new(S_IFREG | 0600);

	for (u32 n = 0; large && i && n < 3; n++)
		EXPECT_EQ(inode_write(i, n * L2_SPAN * 2, "x", 1, false), 1);
	return i;
}

static int write_file(void)
{
	int err, n;
	struct inode *i = make_file(false);
	struct file *f = i ? file_open(i, O_WRONLY, &err) : NULL;

	if (!f)
		return -ENOMEM;
	n = f->ops->write(f, (void *)MEMORY, PAGES * PAGE_SIZE);
	EXPECT_EQ(i->size, n);
	file_put(f);
	return n;
}

static int cut_file(void)
{
	struct inode *i = make_file(true);
	int err = i ? inode_truncate(i, 0) : -ENOMEM;

	EXPECT(i && !i->pages && !i->data);
	if (i)
		inode_unused(i);
	return err;
}

static int forget_file(void)
{
	struct inode *i = make_file(true);

	if (!i)
		return -ENOMEM;
	inode_unused(i);
	return 0;
}

/* Two empty lines; the second may be missing. */
static int write_console(void)
{
	char text[256];

	memset(text, '\r', sizeof(text));
	text[127] = text[255] = '\n';
	EXPECT_EQ(copy_to_user((void *)MEMORY, text, sizeof(text)), 0);
	return use_file("/dev/console", true, sizeof(text));
}

static int write_vectors(void)
{
	int err;
	struct file *f = file_open(lookup("/dev/null", true, &err), O_WRONLY,
				   &err);
	struct regs r = { .ebx = fd_free(0), .ecx = MEMORY,
			  .edx = PAGES };
	struct iovec v = { .base = MEMORY, .len = 10 };
	int n;

	fd_assign(r.ebx, f, false);
	for (u32 i = 0; i < PAGES; i++)
		EXPECT_EQ(put_user(v, (struct iovec *)MEMORY + i), 0);
	n = sys_writev(&r);
	sys_close(&r);
	return n;
}

static int read_proc(void)
{
	return use_file("/proc/interrupts", false, PAGE_SIZE) > 100;
}

static int list_directory(void)
{
	int err;
	struct file *f = file_open(lookup("/dev", true, &err), O_RDONLY, &err);
	struct regs r = { .ebx = fd_free(0), .ecx = MEMORY,
			  .edx = PAGE_SIZE };
	int n;

	fd_assign(r.ebx, f, false);
	n = sys_getdents64(&r);
	sys_close(&r);
	return n > 100;
}

/* A directory with a link to itself. */
static struct inode dir = {
	.mode = S_IFDIR | 0755, .nlink = 2, .ops = &dir_ops,
	.children = LIST_INIT(dir.children),
};

static struct inode *make_link(void)
{
	struct inode *link = inode_add(&dir, "l", S_IFLNK | 0777);

	if (!link)
		return NULL;
	link->data = kzalloc(2);
	link->size = 1;
	if (link->data)
		memcpy(link->data, ".", 1);
	return link->data ? link : NULL;
}

static int follow_links(void)
{
	int err = -ENOMEM;

	if (make_link() &&
	    lookup_from(&dir, "l/l/l/l/l", true, &err) == &dir)
		err = 0;
	dir_set(&dir, "l", NULL);
	return err;
}

/* How long a lookup takes depends on it. */
SELFTEST(long_link, "files: a link with more text than a path may have is not "
	 "followed")
{
	struct inode *link = make_link();
	int err;

	if (!link) {
		FAIL("a link");
		return;
	}
	link->size = PATH_MAX;
	EXPECT(!lookup_from(&dir, "l", true, &err));
	EXPECT_EQ(err, -ENAMETOOLONG);
	EXPECT(lookup_from(&dir, "l", false, &err) == link);
	dir_set(&dir, "l", NULL);
}

SELFTEST(proc_names, "files: a process is found by its number as /proc shows "
	 "it, and by no other name")
{
	static const char *const names[] = {
		"/proc/1x", "/proc/01", "/proc/0x1", "/proc/4294967297",
		"/proc/0", "/proc/-1", "/proc/ 1", "/proc/selfish", "/proc/s",
	};
	int err;

	EXPECT(lookup("/proc/1/stat", true, &err));
	EXPECT(lookup("/proc/self/stat", true, &err));
	for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
		EXPECT(!lookup(names[i], true, &err));
		EXPECT_EQ(err, -ENOENT);
	}
}

static int share_memory(void)
{
	struct regs r = { .ecx = PAGES * PAGE_SIZE, .edx = PROT_READ,
			  .esi = 0x21, .edi = -1 };

	int ret = sys_mmap2(&r);

	return (u32)ret < USER_END ? 0 : ret;
}

/* What has been unmapped by then is not to be reached by anybody. */
static int unmap(void)
{
	int err;

	readable = 0;
	err = vma_unmap(current->mm, MEMORY, MEMORY + TABLES * L2_SPAN);
	EXPECT_EQ(readable, 0);
	return err;
}

static int protect(void)
{
	return vma_protect(current->mm, MEMORY, MEMORY + TABLES * L2_SPAN,
			   PROT_READ);
}

static int make_areas(void)
{
	int err = 0;

	for (u32 i = 0; i < PAGES; i += 2)
		err |= vma_protect(current->mm, MEMORY + i * PAGE_SIZE,
				   MEMORY + (i + 1) * PAGE_SIZE, PROT_READ);
	return err;
}

static int unmap_areas(void)
{
	return vma_unmap(current->mm, MEMORY, MEMORY + PAGES * PAGE_SIZE);
}

static int protect_areas(void)
{
	return vma_protect(current->mm, MEMORY, MEMORY + PAGES * PAGE_SIZE, 0);
}

static int fork_memory(void)
{
	struct mm *mm = mm_fork(current->mm);

	if (!mm)
		return -ENOMEM;
	EXPECT_EQ(mm->pages, current->mm->pages);
	mm_put(mm);
	return 0;
}

static int end_process(void)
{
	leave_process();
	return 0;
}

#define STRINGS		16

/* As many argument strings, all of this length. */
static int pass_arguments(u32 strings, u32 len)
{
	struct vma stack = { .start = STACK_TOP - PAGE_SIZE, .end = STACK_TOP,
			     .prot = PROT_READ | PROT_WRITE, .grows_down = true };
	struct exec e = { .header.phnum = 1, .mm = mm_create(), .user = true,
			  .argv = MEMORY + (PAGES - 1) * PAGE_SIZE };
	int err = e.mm ? vma_map(e.mm, &stack) : -ENOMEM;

	for (u32 i = 0; i < len; i++)
		err |= put_user('a', (char *)MEMORY + i);
	for (u32 i = 0; i < strings; i++)
		err |= put_user(MEMORY, (u32 *)e.argv + i);
	if (!err)
		err = exec_build_stack(&e);
	mm_put(e.mm);
	return err;
}

static int pass_many(void)
{
	return pass_arguments(STRINGS, 10);
}

static int pass_long(void)
{
	return pass_arguments(1, 2 * PAGE_SIZE);
}

#ifndef PV_OFF
static int add_up(void)
{
	pv_cksum((u8 *)KERNEL_BASE + 0x100000, 4 * PAGE_SIZE);
	return 0;
}

static void differ(void *unused, const struct pv_difference *d)
{
}

static int compare(void)
{
	return pv_compare(&pv_text, &pv_now, differ, NULL);
}
#endif

/* What comes of it, and when it is killed at once; at least so many turns. */
static const struct work {
	const char *name;
	int (*prepare)(void), (*run)(void);
	int result, killed;
	u32 turns;
} works[] = {
	{ "read /dev/zero", NULL, read_zeros, PAGES * PAGE_SIZE, PAGE_SIZE,
	  PAGES - 1 },
	{ "read a file", NULL, read_memory, 2 * PAGE_SIZE, PAGE_SIZE, 1 },
	{ "write a file", NULL, write_file, PAGES * PAGE_SIZE, PAGE_SIZE,
	  PAGES - 1 },
	{ "cut off a file", NULL, cut_file, 0, 0, 3 },
	{ "forget a file", NULL, forget_file, 0, 0, 3 },
	{ "write the console", NULL, write_console, 256, 128, 2 },
	{ "write vectors", NULL, write_vectors, PAGES * 10, 10, PAGES },
	{ "read /proc", NULL, read_proc, true, false, 3 },
	{ "list a directory", NULL, list_directory, true, false, 5 },
	{ "follow links", NULL, follow_links, 0, -EINTR, LINKS },
	{ "pass many arguments", NULL, pass_many, 0, -EINTR, STRINGS },
	{ "pass a long argument", NULL, pass_long, 0, -EINTR, 30 },
	{ "share memory", NULL, share_memory, 0, -EINTR, PAGES },
	{ "unmap tables", NULL, unmap, 0, 0, TABLES - 1 },
	{ "unmap areas", make_areas, unmap_areas, 0, 0, PAGES },
	{ "protect tables", NULL, protect, 0, 0, TABLES - 1 },
	{ "protect areas", make_areas, protect_areas, 0, 0, PAGES },
	{ "fork tables", NULL, fork_memory, 0, 0, 3 * (TABLES - 1) },
	{ "fork areas", make_areas, fork_memory, 0, 0, 3 * PAGES },
	{ "end with tables", NULL, end_process, 0, 0, TABLES - 1 },
	{ "end with areas", make_areas, end_process, 0, 0, PAGES },
#ifndef PV_OFF
	{ "add up text", NULL, add_up, 0, 0, 4 },
	{ "compare text", NULL, compare, 0, 0, 100 },
#endif
};

static void work(const struct work *w, u8 signal)
{
	int want = signal ? w->killed : w->result, result = want - 1;

	if (make_memory() && (!w->prepare || !w->prepare())) {
		turns = 0;
		current->kill_signal = signal;
		current->signalled = signal;
		user_work = true;
		result = w->run();
		current->kill_signal = 0;
		current->signalled = false;
	}
	if (result != want || (!signal && turns < w->turns)) {
		printk("# %s: result %d, turns %u\n", w->name, result, turns);
		FAIL("the right result, and turns for others");
	}
	leave_process();
}

static void work_all(u8 signal)
{
	over = false;
	if (!kthread_create("turns", take_turns, NULL)) {
		FAIL("a thread");
		return;
	}
	for (u32 i = 0; i < ARRAY_SIZE(works); i++)
		work(&works[i], signal);
	over = true;
	user_work = false;
}

SELFTEST(resched_all, "tasks: others run in the middle of every long call")
{
	work_all(0);
}

SELFTEST(resched_killed, "tasks: a killed task ends soon in every long call")
{
	work_all(SIGKILL);
}

static bool written;

static void write_too(void *unused)
{
	if (make_memory())
		EXPECT_EQ(write_console(), 256);
	written = true;
}

SELFTEST(writers, "tasks: what one call writes to the console is not mixed "
	 "with what another writes")
{
	int status;

	EXPECT(make_memory() && kthread_create("test", write_too, NULL));
	user_work = true;
	EXPECT_EQ(write_console(), 256);
	EXPECT(!written);
	EXPECT(do_wait(-1, 0, &status) > 0);
	EXPECT(written);
	written = false;
	leave_process();
}

SELFTEST(resched_idle, "tasks: a rescheduling point gives the CPU away only "
	 "when the slice is over, and tells of a kill")
{
	over = false;
	turns = 0;
	EXPECT(kthread_create("turns", take_turns, NULL));
	user_work = false;
	EXPECT(!resched_point());
	EXPECT_EQ(turns, 0);
	user_work = true;
	EXPECT(!resched_point());
	EXPECT_EQ(turns, 1);
	over = true;
	current->kill_signal = SIGKILL;
	current->signalled = true;
	EXPECT(resched_point());
	EXPECT(user_work);
	current->kill_signal = 0;
	current->signalled = false;
	user_work = false;
}
