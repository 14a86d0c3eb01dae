// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is known of a file without reading it: stat, access, and the entries of
 * a directory. Every process is root, so permissions say little.
 */
#include <abi/stat.h>
#include <kernel/file.h>
#include <kernel/syscall.h>
#include <kernel/time.h>
#include <kernel/uaccess.h>

#define BLOCK_SIZE	4096

static u32 seconds(u64 ns, u32 *rest)
{
	return div64(ns, NSEC_PER_SEC, rest);
}

static int stat_to_user(const struct inode *i, u32 user)
{
	struct stat64 st = {
		.st_dev = 1,
		.st_ino_low = i->ino,
		.st_mode = i->mode,
		.st_nlink = i->nlink,
		.st_uid = i->uid,
		.st_gid = i->gid,
		.st_rdev = i->rdev,
		.st_size = i->size,
		.st_blksize = BLOCK_SIZE,
		.st_blocks = i->pages * (PAGE_SIZE / 512),
		.st_ino = i->ino,
	};

	st.st_atime = seconds(i->atime, &st.st_atime_nsec);
	st.st_mtime = seconds(i->mtime, &st.st_mtime_nsec);
	st.st_ctime = seconds(i->ctime, &st.st_ctime_nsec);
	return copy_to_user((void *)user, &st, sizeof(st));
}

static int stat_path(struct regs *r, bool follow)
{
	int err;
	struct inode *i = lookup_user(r->ebx, follow, &err);

	return i ? stat_to_user(i, r->ecx) : err;
}

int sys_stat64(struct regs *r)
{
	return stat_path(r, true);
}

int sys_lstat64(struct regs *r)
{
	return stat_path(r, false);
}

int sys_fstat64(struct regs *r)
{
	struct file *f = fd_file(r->ebx);

	return f ? stat_to_user(f->inode, r->ecx) : -EBADF;
}

int sys_access(struct regs *r)
{
	u32 want = r->ecx;
	struct inode *i;
	int err;

	if (want & ~(R_OK | W_OK | X_OK))
		return -EINVAL;
	i = lookup_user(r->ebx, true, &err);
	if (!i)
		return err;
	if (want & X_OK && !S_ISDIR(i->mode) && !(i->mode & 0111))
		return -EACCES;
	return 0;
}

/*
 * The entry of `dir` at position *pos or the first one after it, to which *pos
 * moves; NULL at the end. 0 is ".", 1 is "..", then come the children in order,
 * then the entries of ops->entry. *last is the child before it, or NULL.
 */
static struct inode *entry_at(struct inode *dir, struct list **last, u32 *pos,
			      const char **name)
{
	struct entry *e;
	struct inode *i;

	*name = *pos ? ".." : ".";
	if (*pos < 2)
		return *pos ? dir->parent : dir;
	for (*last = *last ? (*last)->next : dir->children.next;
	     *last != &dir->children; *last = (*last)->next) {
		e = list_entry(*last, struct entry, link);
		if (e->pos < *pos)
			continue;
		*pos = e->pos;
		*name = e->name;
		return e->inode;
	}
	*last = NULL;
	i = dir->ops->entry ? dir->ops->entry(dir, pos) : NULL;
	if (i)
		*name = i->name;
	return i;
}

/* Puts a record at `to`. Its length, -EINVAL if it does not fit, or -errno. */
static int put_entry(const struct inode *i, const char *name, u32 pos, void *to,
		     u32 room)
{
	u8 buf[ALIGN_UP(sizeof(struct dirent64) + NAME_MAX + 1, 8)];
	struct dirent64 *d = (struct dirent64 *)buf;
	u32 size = strlen(name) + 1;
	u32 len = ALIGN_UP(offsetof(struct dirent64, d_name) + size, 8);

	if (len > room)
		return -EINVAL;
	memset(buf, 0, len);
	d->d_ino = i->ino;
	d->d_off = pos + 1;
	d->d_reclen = len;
	d->d_type = (i->mode & S_IFMT) >> 12;
	memcpy(d->d_name, name, size);
	return copy_to_user(to, buf, len) ?: (int)len;
}

int sys_getdents64(struct regs *r)
{
	struct file *f = fd_file(r->ebx);
	u8 *to = (u8 *)r->ecx;
	struct list *last = NULL;
	u32 done = 0, pos;
	const char *name;
	struct inode *i;
	int n;

	if (!f)
		return -EBADF;
	if (!S_ISDIR(f->inode->mode))
		return -ENOTDIR;
	for (;;) {
		pos = f->pos;
		i = f->inode->nlink ? entry_at(f->inode, &last, &pos, &name) :
		    NULL;
		if (!i)
			return done;
		n = put_entry(i, name, pos, to + done, r->edx - done);
		if (n < 0)
			return done ? (int)done : n;
		done += n;
		f->pos = pos + 1;
		if (!user_work)
			continue;
		if (resched_point())
			return done;
		last = NULL;	/* others may have removed it */
	}
}
