// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading and writing: the system calls that find the open file and call its
 * operations. sys_read and sys_write are short on purpose, since pipes are
 * measured by them.
 */
#include <abi/stat.h>
#include <kernel/file.h>
#include <kernel/syscall.h>
#include <kernel/uaccess.h>

int dir_read(struct file *f, void *buf, u32 len)
{
	return -EISDIR;
}

const struct file_ops dir_ops = { .seek = SEEK_NO_END, .read = dir_read };

int sys_read(struct regs *r)
{
	struct file *f = fd_file(r->ebx);
	void *buf = (void *)r->ecx;
	u32 len = r->edx;

	if (!f || !may_read(f))
		return -EBADF;
	if (!user_range(buf, len))
		return -EFAULT;
	if (!f->ops->read || len > S32_MAX)
		return -EINVAL;
	return f->ops->read(f, buf, len);
}

int sys_write(struct regs *r)
{
	struct file *f = fd_file(r->ebx);
	const void *buf = (void *)r->ecx;
	u32 len = r->edx;

	if (!f || !may_write(f))
		return -EBADF;
	if (!user_range(buf, len))
		return -EFAULT;
	if (!f->ops->write || len > S32_MAX)
		return -EINVAL;
	return f->ops->write(f, buf, len);
}

/*
 * The length of all vectors, at most S32_MAX, or an error. All are checked
 * before the first write, since a call with one bad vector must do nothing.
 */
static int check_vectors(const struct iovec *user, u32 count)
{
	struct iovec v;
	u32 i, total = 0;
	int err;

	for (i = 0; i < count; i++) {
		err = get_user(v, user + i);
		if (err)
			return err;
		if (v.len > S32_MAX)
			return -EINVAL;
		if (!user_range((void *)v.base, v.len))
			return -EFAULT;
		total += min(v.len, S32_MAX - total);
	}
	return total;
}

typedef int (*rw_fn)(struct file *f, void *buf, u32 len);

/* Calls fn for each vector, until one is not filled; `total` bytes at most. */
static int each_vector(struct file *f, rw_fn fn, const struct iovec *user,
		       u32 count, u32 total)
{
	u32 done = 0;
	struct iovec v;
	int n = 0;

	for (; count && done < total; user++, count--) {
		n = get_user(v, user);
		if (n)
			break;
		/* A task that shares this memory may have changed it. */
		v.len = min(v.len, total - done);
		n = v.len ? fn(f, (void *)v.base, v.len) : 0;
		if (n < 0)
			break;
		done += n;
		if ((u32)n < v.len || resched_point())
			break;
	}
	return done ? (int)done : n;
}

static int each_checked(struct regs *r, struct file *f, rw_fn fn)
{
	const struct iovec *user = (void *)r->ecx;
	int n;

	if (!fn || r->edx > IOV_MAX)
		return -EINVAL;
	n = check_vectors(user, r->edx);
	if (n > 0 && n <= PIPE_BUF && fn == (rw_fn)f->ops->write &&
	    f->ops->write_whole)
		return f->ops->write_whole(f, user, r->edx, n);
	return n <= 0 ? n : each_vector(f, fn, user, r->edx, n);
}

int sys_readv(struct regs *r)
{
	struct file *f = fd_file(r->ebx);

	return f && may_read(f) ? each_checked(r, f, f->ops->read) : -EBADF;
}

int sys_writev(struct regs *r)
{
	struct file *f = fd_file(r->ebx);

	return f && may_write(f) ?
	       each_checked(r, f, (rw_fn)f->ops->write) : -EBADF;
}

/* The call on a file that is `f` but for its position, which is in esi, edi. */
static int at_position(struct regs *r, int (*call)(struct regs *r))
{
	struct file *f = fd_file(r->ebx), copy;
	int n;

	if (!f)
		return -EBADF;
	if ((s32)r->edi < 0)
		return -EINVAL;
	if (f->ops->seek == SEEK_NEVER)
		return -ESPIPE;
	copy = *f;
	copy.pos = r->edi || r->esi > S32_MAX ? S32_MAX : r->esi;
	current->files[r->ebx] = &copy;
	n = call(r);
	current->files[r->ebx] = f;
	return n;
}

CALL(pread64, at_position(r, sys_read))
CALL(pwrite64, at_position(r, sys_write))
CALL(fsync, fd_file(r->ebx) ? 0 : -EBADF)

/* Every position fits 31 bits, and so do all offsets that lead to one. */
static s64 seek(struct file *f, s64 offset, u32 whence)
{
	if (whence > SEEK_LAST)
		return -EINVAL;
	if (f->ops->seek == SEEK_NEVER)
		return -ESPIPE;
	if (f->ops->seek == SEEK_NOWHERE)
		return 0;
	if (whence > SEEK_END || offset > S32_MAX || offset < -S32_MAX ||
	    (whence == SEEK_END && f->ops->seek != SEEK_FULLY))
		return -EINVAL;
	if (whence == SEEK_CUR)
		offset += f->pos;
	if (whence == SEEK_END)
		offset += f->inode->size;
	if (offset < 0 || offset > S32_MAX)
		return -EINVAL;
	f->pos = offset;
	return offset;
}

int sys_lseek(struct regs *r)
{
	struct file *f = fd_file(r->ebx);

	return f ? (int)seek(f, (s32)r->ecx, r->edx) : -EBADF;
}

int sys__llseek(struct regs *r)
{
	struct file *f = fd_file(r->ebx);
	s64 at;

	if (!f)
		return -EBADF;
	at = seek(f, (s64)((u64)r->ecx << 32 | r->edx), r->edi);
	return at < 0 ? (int)at : put_user(at, (s64 *)r->esi);
}

int sys_ioctl(struct regs *r)
{
	struct file *f = fd_file(r->ebx);

	if (!f)
		return -EBADF;
	return f->ops->ioctl ? f->ops->ioctl(f, r->ecx, r->edx) : -ENOTTY;
}
