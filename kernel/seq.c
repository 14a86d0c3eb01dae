// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files whose text is written when they are read. No text is kept: each read
 * writes all of it again and lets through the part that was asked for. That
 * costs time but no memory. The functions that write are in proc.c and, for the
 * hook layer, pv/report.c.
 */
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/uaccess.h>

#define TEXT_MAX	256

void seq_write(struct seq *s, const char *text, u32 len)
{
	u32 skip = min(s->skip, len);

	/* If others run, the task that a /proc/PID file is about may end. */
	if (!s->task && resched_point())
		s->left = 0;
	s->skip -= skip;
	len = min(len - skip, s->left);
	if (!len || s->err)
		return;
	s->err = copy_to_user(s->to + s->done, text + skip, len);
	if (s->err)
		return;
	s->done += len;
	s->left -= len;
}

void seq_puts(struct seq *s, const char *text)
{
	seq_write(s, text, strlen(text));
}

void seq_printf(struct seq *s, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;
	int len;

	if (!s->left)
		return;
	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	seq_write(s, text, min(len, TEXT_MAX - 1));
}

static int show(struct file *f, struct seq *s)
{
	const struct proc_file *p = f->inode->private;

	s->skip = f->pos;
	if (f->inode->fleeting) {
		s->task = proc_task(f->inode);
		if (!s->task)
			return -ESRCH;
	}
	p->show(s);
	f->pos += s->done;
	return s->done ? (int)s->done : s->err;
}

/* One at a time: a task that shares the file gets what follows. */
static int proc_file_read(struct file *f, void *buf, u32 len)
{
	static struct waitq readers = WAITQ_INIT(readers);
	static bool reading;
	struct seq s = { .to = buf, .left = len };
	int ret = wait_event(&readers, !reading);

	if (ret)
		return ret;
	reading = true;
	ret = show(f, &s);
	reading = false;
	wake_all(&readers);
	return ret;
}

static int proc_file_write(struct file *f, const void *buf, u32 len)
{
	const struct proc_file *p = f->inode->private;
	char text[TEXT_MAX];
	u32 end = len;
	int err;

	if (!p->write)
		return -EIO;
	if (len >= TEXT_MAX)
		return -EINVAL;
	err = copy_from_user(text, buf, len);
	if (err)
		return err;
	if (end && text[end - 1] == '\n')
		end--;
	text[end] = '\0';
	err = p->write(text, end);
	return err ? err : (int)len;
}

const struct file_ops proc_file_ops = {
	.seek = SEEK_NO_END,
	.read = proc_file_read,
	.write = proc_file_write,
};

/* A directory of the kernel's. */
static const struct file_ops fixed_dir_ops = {
	.seek = SEEK_NO_END,
	.read = dir_read,
};

struct inode *proc_add_writable(const char *path, void (*show)(struct seq *s),
				int (*write)(const char *text, u32 len))
{
	struct proc_file *p = kmalloc(sizeof(*p));
	struct inode *i = NULL;
	struct walk w;

	snprintf(w.path, sizeof(w.path), "/proc/%s", path);
	walk(&w, root, WALK_LAST | WALK_MAKE);
	if (p && w.dir)
		i = inode_add(w.dir, w.path, S_IFREG | (write ? 0644 : 0444));
	if (!i) {
		kfree(p);
		return NULL;
	}
	if (w.dir->ops == &dir_ops)
		w.dir->ops = &fixed_dir_ops;
	*p = (struct proc_file){ show, write };
	i->ops = &proc_file_ops;
	i->private = p;
	return i;
}

struct inode *proc_add(const char *path, void (*show)(struct seq *s))
{
	return proc_add_writable(path, show, NULL);
}
