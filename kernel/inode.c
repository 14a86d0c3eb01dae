// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Inodes: what a name (namei.c) or an open file (file.c) stands for, and the
 * bytes of regular files. They lie in pages, those of the initrd too, and pages
 * that were never written are not there. fault.c maps them as they are.
 *
 * An inode lives while it has a name, a reference, or a program that runs. Who
 * has none of them may use it until the next lookup or resched_point().
 *
 * Writes take turns, and so do changes of the size: others may run in between.
 */
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/time.h>
#include <kernel/uaccess.h>

#define FAN_BITS	10
#define FAN		(1u << FAN_BITS)	/* pointers in a page */

static struct waitq unlocked = WAITQ_INIT(unlocked);

/*
 * How many pages files may still have. They leave some to processes, so that one
 * can remove them. At boot total_pages is 0, and they may have all.
 */
u32 files_room(void)
{
	u32 kept = total_pages / 16, free = pages_free();

	return total_pages ? max(free, kept) - kept : 1;
}

struct inode *inode_new(u32 mode)
{
	static u32 last_ino = 2;	/* root and pipes */
	struct inode *i = kzalloc(sizeof(*i));

	if (!i)
		return NULL;
	i->ino = ++last_ino;
	i->mode = mode;
	i->ops = S_ISDIR(mode) ? &dir_ops : &mem_ops;
	list_init(&i->children);
	return i;
}

/* Of a fleeting inode the caller gets a copy with its name. */
struct inode *inode_get(struct inode *i)
{
	struct inode *copy;
	u32 name;

	if (!i->fleeting || i->refs) {
		i->refs++;
		return i;
	}
	name = strlen(i->name) + 1;
	copy = kmalloc(sizeof(*copy) + name);
	if (!copy)
		return NULL;
	memcpy(copy, i, sizeof(*copy));
	copy->refs = 1;
	copy->name = memcpy(copy + 1, i->name, name);
	return copy;
}

/*
 * Frees the pages from number `from` on of a tree with so many levels above
 * its pages. True: all of it is gone.
 */
static bool free_pages(struct inode *i, void **tree, u32 levels, u32 from)
{
	u32 shift = levels ? FAN_BITS * (levels - 1) : 0;
	u32 rest = from & ((1u << shift) - 1);

	if (levels) {
		for (u32 n = from >> shift; n < FAN; n++, rest = 0)
			if (tree[n] && free_pages(i, tree[n], levels - 1, rest))
				tree[n] = NULL;
		resched_point();
	} else {
		i->pages--;
	}
	if (!from)
		page_put(tree);
	return !from;
}

static void drop_pages(struct inode *i, u32 from)
{
	if (!i->data || from >> FAN_BITS * i->levels)
		return;
	if (free_pages(i, i->data, i->levels, from)) {
		i->data = NULL;
		i->levels = 0;
	}
}

/* The last reference, name or program may be gone. Others may run. */
void inode_unused(struct inode *i)
{
	while (i && !i->refs && (i->fleeting || !i->nlink) &&
	       i->writers >= 0) {
		struct inode *parent = i->fleeting ? NULL : i->parent;

		if (S_ISREG(i->mode))
			drop_pages(i, 0);
		else if (S_ISLNK(i->mode) && !i->fleeting)
			kfree(i->data);
		kfree(i);
		if (parent)
			parent->refs--;
		i = parent;
	}
}

/* Where page number `n` of the file is noted; NULL: nowhere, or no memory. */
static void **page_slot(struct inode *i, u32 n, bool create)
{
	void **at = &i->data;

	while (n >> FAN_BITS * i->levels) {
		void **top = create ? page_alloc_zeroed() : NULL;

		if (!top)
			return NULL;
		top[0] = i->data;
		i->data = top;
		i->levels++;
	}
	for (u32 left = i->levels; left--; ) {
		if (!*at && create)
			*at = page_alloc_zeroed();
		if (!*at)
			return NULL;
		at = (void **)*at + (n >> FAN_BITS * left) % FAN;
	}
	return at;
}

u8 *inode_page(struct inode *i, u32 n)
{
	void **at = page_slot(i, n, false);

	return at ? *at : NULL;
}

static u8 *add_page(struct inode *i, u32 n)
{
	void **at = files_room() ? page_slot(i, n, true) : NULL;

	if (at && !*at) {
		*at = page_alloc_zeroed();
		i->pages += *at != NULL;
	}
	return at ? *at : NULL;
}

/* How many of `len` bytes at `pos` lie in one page. */
static u32 in_page(u32 pos, u32 len)
{
	return min(len, PAGE_SIZE - pos % PAGE_SIZE);
}

/* User memory may get less than there is: others may run. */
int inode_read(struct inode *i, u32 pos, void *buf, u32 len, bool user)
{
	u32 done = 0;
	int err = 0;

	len = min(len, max(i->size, pos) - pos);
	while (done < len && !err) {
		u32 n = in_page(pos, len - done);
		const u8 *page = inode_page(i, pos / PAGE_SIZE);
		u8 *to = (u8 *)buf + done;

		if (user && page)
			err = copy_to_user(to, page + pos % PAGE_SIZE, n);
		else if (user)
			err = clear_user(to, n);
		else if (page)
			memcpy(to, page + pos % PAGE_SIZE, n);
		else
			memset(to, 0, n);
		if (err)
			break;
		done += n;
		pos += n;
		if (user && done < len && resched_point())
			break;
	}
	return done ? (int)done : err;
}

/* Part of it is written if memory runs out, or the task is killed. */
int inode_write(struct inode *i, u32 pos, const void *buf, u32 len, bool user)
{
	u32 done = 0;
	int err = 0;

	while (done < len && !err) {
		u32 n = in_page(pos, len - done);
		u8 *to = add_page(i, pos / PAGE_SIZE);
		const u8 *from = (const u8 *)buf + done;

		if (!to)
			err = -ENOSPC;
		else if (user)
			err = copy_from_user(to + pos % PAGE_SIZE, from, n);
		else
			memcpy(to + pos % PAGE_SIZE, from, n);
		if (err)
			break;
		done += n;
		pos += n;
		i->size = max(i->size, pos);
		if (resched_point())
			err = -EINTR;
	}
	return done ? (int)done : err;
}

static int inode_lock(struct inode *i)
{
	int err = wait_event(&unlocked, !i->locked);

	if (!err)
		i->locked = true;
	return err;
}

static void inode_unlock(struct inode *i)
{
	i->locked = false;
	wake_all(&unlocked);
}

void inode_changed(struct inode *i)
{
	i->mtime = i->ctime = wall_ns();
}

/* The caller has a reference. Programs that run keep their file's bytes. */
int inode_truncate(struct inode *i, u32 size)
{
	u32 tail = size % PAGE_SIZE;
	u8 *last;
	int err;

	if (i->writers < 0)
		return -ETXTBSY;
	err = inode_lock(i);
	if (err)
		return err;
	i->writers++;
	if (size < i->size) {
		i->size = size;
		last = tail ? inode_page(i, size / PAGE_SIZE) : NULL;
		if (last)
			memset(last + tail, 0, PAGE_SIZE - tail);
		drop_pages(i, (size + PAGE_SIZE - 1) / PAGE_SIZE);
	}
	i->size = size;
	i->writers--;
	inode_changed(i);
	inode_unlock(i);
	return 0;
}

static int mem_read(struct file *f, void *buf, u32 len)
{
	u32 pos = f->pos;
	int n;

	len = min(len, max(f->inode->size, pos) - pos);
	/* A task that shares the file and reads meanwhile gets what follows. */
	f->pos += len;
	n = inode_read(f->inode, pos, buf, len, true);
	f->pos -= len - max(n, 0);
	return n;
}

static int mem_write(struct file *f, const void *buf, u32 len)
{
	struct inode *i = f->inode;
	int n = inode_lock(i);

	if (n)
		return n;
	if (f->flags & O_APPEND)
		f->pos = i->size;
	if (f->pos == S32_MAX && len)
		n = -EFBIG;
	else
		n = inode_write(i, f->pos, buf, min(len, S32_MAX - f->pos),
				true);
	if (n > 0) {
		f->pos += n;
		inode_changed(i);
	}
	inode_unlock(i);
	return n;
}

static void mem_close(struct file *f)
{
	if (may_write(f))
		f->inode->writers--;
}

const struct file_ops mem_ops = {
	.seek = SEEK_FULLY,
	.close = mem_close,
	.read = mem_read,
	.write = mem_write,
};
