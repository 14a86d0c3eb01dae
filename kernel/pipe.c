// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pipes: a ring of one page between two open files.
 *
 * What must hold: tail <= head <= tail + PIPE_SIZE, counted modulo 2^32.
 * Between waits a call runs alone, so it needs no lock: user copies may fault,
 * but let nobody else run. Bytes count only when head or tail moves, after the
 * copy.
 */
#include <abi/stat.h>
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/syscall.h>
#include <kernel/uaccess.h>

#define PIPE_SIZE	PIPE_BUF

struct pipe {
	u8 *ring;
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
	page_put(p->ring);
	kfree(p);
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
	u32 n, at, done = 0;
	int err;

	if (p->head == p->tail && len) {
		if (!p->open[O_WRONLY])
			return 0;
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_restartable(&p->readable, p->head != p->tail ||
				       !p->open[O_WRONLY]);
		if (err)
			return err;
	}
	while (done < len && p->head != p->tail) {
		at = p->tail % PIPE_SIZE;
		n = min(p->head - p->tail, PIPE_SIZE - at);
		n = min(n, len - done);
		err = copy_to_user((u8 *)buf + done, p->ring + at, n);
		if (err && !done)
			return err;
		if (err)
			break;
		p->tail += n;
		done += n;
	}
	wake(&p->writable);
	return done;
}

/* Waits for `need` bytes of room. -EPIPE comes with SIGPIPE. */
static int pipe_room(struct pipe *p, u32 flags, u32 need)
{
	int err = 0;

	if (p->open[O_RDONLY] && PIPE_SIZE - (p->head - p->tail) < need) {
		if (flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_restartable(&p->writable, !p->open[O_RDONLY] ||
				PIPE_SIZE - (p->head - p->tail) >= need);
	}
	if (!err && !p->open[O_RDONLY]) {
		signal_task(current, SIGPIPE);
		err = -EPIPE;
	}
	return err;
}

/* Puts bytes into the ring, which has room for them; nobody sees them yet. */
__inline_always int fill(struct pipe *p, u32 at, const void *buf,
				u32 len)
{
	u32 n = min(len, PIPE_SIZE - at % PIPE_SIZE);
	int err = copy_from_user(p->ring + at % PIPE_SIZE, buf, n);

	if (unlikely(!err && n < len))
		err = copy_from_user(p->ring, (const u8 *)buf + n, len - n);
	return err;
}

static int pipe_write_much(struct file *f, const void *buf, u32 len)
{
	struct pipe *p = f->private;
	u32 n, done;
	int err = 0;

	for (done = 0; done < len; done += n) {
		err = pipe_room(p, f->flags, 1);
		if (err)
			break;
		n = min(len - done, PIPE_SIZE - (p->head - p->tail));
		err = fill(p, p->head, (const u8 *)buf + done, n);
		if (err)
			break;
		p->head += n;
		wake(&p->readable);
	}
	return done ? (int)done : err;
}

/* Up to PIPE_BUF bytes go in at once. */
static int pipe_write(struct file *f, const void *buf, u32 len)
{
	struct pipe *p = f->private;
	int err;

	if (len - 1 >= PIPE_BUF)	/* more, or 0: 0 - 1 is the largest */
		return pipe_write_much(f, buf, len);
	err = pipe_room(p, f->flags, len);
	if (!err)
		err = fill(p, p->head, buf, len);
	if (err)
		return err;
	p->head += len;
	wake(&p->readable);
	return len;
}

static int pipe_write_whole(struct file *f, const struct iovec *user,
			    u32 count, u32 total)
{
	struct pipe *p = f->private;
	int err = pipe_room(p, f->flags, total);
	struct iovec v;
	u32 done = 0;

	for (; !err && count; user++, count--) {
		err = get_user(v, user);
		if (err)
			break;
		/* A task that shares this memory may have changed it. */
		v.len = min(v.len, total - done);
		err = fill(p, p->head + done, (void *)v.base, v.len);
		done += v.len;
	}
	if (err)
		return err;
	p->head += done;
	wake(&p->readable);
	return done;
}

/* A write of PIPE_BUF bytes must not wait where there is said to be room. */
static u32 pipe_poll(struct file *f, struct poll *poll)
{
	struct pipe *p = f->private;

	if ((f->flags & O_ACCMODE) == O_RDONLY) {
		poll_wait(poll, &p->readable);
		return (p->head != p->tail ? POLLIN : 0) |
		       (p->open[O_WRONLY] ? 0 : POLLHUP);
	}
	poll_wait(poll, &p->writable);
	return (p->head == p->tail ? POLLOUT : 0) |
	       (p->open[O_RDONLY] ? 0 : POLLERR);
}

static const struct file_ops pipe_ops = {
	.close = pipe_close,
	.read = pipe_read,
	.write = pipe_write,
	.write_whole = pipe_write_whole,
	.poll = pipe_poll,
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
	p->ring = page_alloc();
	if (!p->ring) {
		kfree(p);
		return NULL;
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
		p->open[flags & O_ACCMODE] = true;
	}
	return f;
}

static int make_pipe(u32 user, u32 flags)
{
	struct file *in, *out;
	struct pipe *p;
	int err, fd[2];

	if (flags & ~(O_NONBLOCK | O_CLOEXEC))
		return -EINVAL;
	fd[0] = fd_free(0);
	fd[1] = fd_free(fd[0] + 1);
	if (fd[0] < 0 || fd[1] < 0)
		return -EMFILE;
	p = pipe_new();
	in = p ? pipe_end(p, flags | O_RDONLY) : NULL;
	out = in ? pipe_end(p, flags | O_WRONLY) : NULL;
	err = out ? copy_to_user((void *)user, fd, sizeof(fd)) : -ENOMEM;
	if (!err) {
		fd_assign(fd[0], in, flags & O_CLOEXEC);
		fd_assign(fd[1], out, flags & O_CLOEXEC);
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

CALL(pipe2, make_pipe(r->ebx, r->ecx))
