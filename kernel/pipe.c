// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pipes: a ring of pages between two open files. No lock: only one task
 * runs in the kernel at a time, and it gives way nowhere but in wait_event.
 */
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/syscall.h>
#include <kernel/uaccess.h>

#define PIPE_PAGES	16		/* as on Linux */
#define PIPE_SIZE	(PIPE_PAGES * PAGE_SIZE)
#define PIPE_BUF	4096		/* writes up to that are not divided */

struct pipe {
	u8 *page[PIPE_PAGES];
	u32 head, tail;		/* bytes ever written, ever read */
	bool open[2];		/* by O_RDONLY and O_WRONLY */
	struct waitq readable, writable;
};

static void wake(struct waitq *q)
{
	if (!list_empty(&q->sleepers))
		wake_all(q);
}

static void pipe_free(struct pipe *p)
{
	for (u32 i = 0; i < PIPE_PAGES && p->page[i]; i++)
		page_put(p->page[i]);
	kfree(p);
}

/* Where byte `at` lies; those behind it, up to the end of the page. */
static u8 *ring(const struct pipe *p, u32 at)
{
	return p->page[at / PAGE_SIZE % PIPE_PAGES] + at % PAGE_SIZE;
}

static u32 in_page(u32 at)
{
	return PAGE_SIZE - at % PAGE_SIZE;
}

static void pipe_close(struct file *f)
{
	struct pipe *p = f->private;

	p->open[f->flags & O_ACCMODE] = false;
	if (!p->open[O_RDONLY] && !p->open[O_WRONLY]) {
		pipe_free(p);
		return;
	}
	wake(&p->readable);
	wake(&p->writable);
}

static int pipe_read(struct file *f, void *buf, u32 len)
{
	struct pipe *p = f->private;
	int err, done = 0;

	if (p->head == p->tail && len) {
		if (!p->open[O_WRONLY])
			return 0;
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event(&p->readable, p->head != p->tail ||
				 !p->open[O_WRONLY]);
		if (err)
			return err;
	}
	while (len && p->head != p->tail) {
		u32 n = min(p->head - p->tail, in_page(p->tail));

		n = min(n, len);
		if (copy_to_user(buf, ring(p, p->tail), n)) {
			if (!done)
				return -EFAULT;
			break;
		}
		p->tail += n;
		buf = (u8 *)buf + n;
		len -= n;
		done += n;
	}
	wake(&p->writable);
	return done;
}

static u32 pipe_room(const struct pipe *p)
{
	return PIPE_SIZE - (p->head - p->tail);
}

/* Until there are `need` bytes of room, or nobody who would read them. */
static __noinline int pipe_wait(struct pipe *p, u32 flags, u32 need)
{
	int err;

	if (p->open[O_RDONLY] && flags & O_NONBLOCK)
		return -EAGAIN;
	err = wait_event(&p->writable,
			 !p->open[O_RDONLY] || pipe_room(p) >= need);
	if (!err && !p->open[O_RDONLY]) {
		signal_task(current, SIGPIPE);
		err = -EPIPE;
	}
	return err;
}

/* Writes of up to PIPE_BUF bytes never mix with others. */
static int pipe_write(struct file *f, const void *buf, u32 len)
{
	struct pipe *p = f->private;
	bool whole = len <= PIPE_BUF;
	int err, done = 0;

	while (len) {
		u32 n = pipe_room(p), need = whole ? len : 1;

		if (unlikely(!p->open[O_RDONLY] || n < need)) {
			err = pipe_wait(p, f->flags, need);
			if (err)
				return done ? done : err;
			continue;
		}
		n = min(n, in_page(p->head));
		n = min(n, len);
		err = copy_from_user(ring(p, p->head), buf, n);
		if (err)
			return done ? done : err;
		p->head += n;
		buf = (const u8 *)buf + n;
		len -= n;
		done += n;
		wake(&p->readable);
	}
	return done;
}

static const struct file_ops pipe_ops = {
	.close = pipe_close,
	.read = pipe_read,
	.write = pipe_write,
};

/* fstat sees all pipes as this one. */
static struct inode pipe_inode = {
	.name = "",
	.ino = 2,
	.mode = S_IFIFO | 0600,
	.nlink = 1,
	.ops = &pipe_ops,
};

static struct pipe *pipe_new(void)
{
	struct pipe *p = kzalloc(sizeof(*p));

	if (!p)
		return NULL;
	for (u32 i = 0; i < PIPE_PAGES; i++) {
		p->page[i] = page_alloc();
		if (!p->page[i]) {
			pipe_free(p);
			return NULL;
		}
	}
	waitq_init(&p->readable);
	waitq_init(&p->writable);
	return p;
}

static struct file *pipe_end(struct pipe *p, u32 flags)
{
	int err;
	struct file *f = file_open(&pipe_inode, flags, &err);

	if (f) {
		f->private = p;
		p->open[flags] = true;
	}
	return f;
}

int sys_pipe(struct regs *r)
{
	struct file *in, *out;
	struct pipe *p;
	int err, fd[2];

	fd[0] = fd_free(0);
	fd[1] = fd_free(fd[0] + 1);
	if (fd[0] < 0 || fd[1] < 0)
		return -EMFILE;
	p = pipe_new();
	in = p ? pipe_end(p, O_RDONLY) : NULL;
	out = in ? pipe_end(p, O_WRONLY) : NULL;
	err = out ? copy_to_user((void *)r->ebx, fd, sizeof(fd)) : -ENOMEM;
	if (!err) {
		fd_assign(fd[0], in, false);
		fd_assign(fd[1], out, false);
		return 0;
	}
	if (out)
		file_put(out);
	if (in)
		file_put(in);
	else if (p)
		pipe_free(p);
	return err;
}
