// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is known of a file without reading it: stat, access, and the entries of
 * a directory. Every process is root, so permissions say little.
 */
#include <abi/stat.h>
#include <kernel/file.h>
#include <kernel/mm.h>
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

static int stat_at(int dirfd, u32 path, u32 user, u32 flags)
{
	int err;
	struct inode *i = lookup_at(dirfd, path, flags, &err);

	return i ? stat_to_user(i, user) : err;
}

int sys_fstat64(struct regs *r)
{
	struct file *f = fd_file(r->ebx);

	return f ? stat_to_user(f->inode, r->ecx) : -EBADF;
}

CALL(stat64, stat_at(AT_FDCWD, r->ebx, r->ecx, 0))
CALL(lstat64, stat_at(AT_FDCWD, r->ebx, r->ecx, AT_SYMLINK_NOFOLLOW))
CALL(fstatat64, stat_at(r->ebx, r->ecx, r->edx, r->esi))

static struct statx_time to_statx_time(u64 ns)
{
	struct statx_time t = { 0 };

	t.sec = seconds(ns, &t.nsec);
	return t;
}

/* ebx directory, ecx path, edx flags, esi what is wanted, edi struct statx. */
int sys_statx(struct regs *r)
{
	int err;
	struct inode *i = lookup_at(r->ebx, r->ecx, r->edx, &err);
	struct statx st = {
		.stx_mask = STATX_BASIC_STATS,
		.stx_blksize = BLOCK_SIZE,
		.stx_dev_minor = 1,
	};

	if (!i)
		return err;
	st.stx_nlink = i->nlink;
	st.stx_uid = i->uid;
	st.stx_gid = i->gid;
	st.stx_mode = i->mode;
	st.stx_ino = i->ino;
	st.stx_size = i->size;
	st.stx_blocks = i->pages * (PAGE_SIZE / 512);
	st.stx_atime = to_statx_time(i->atime);
	st.stx_ctime = to_statx_time(i->ctime);
	st.stx_mtime = to_statx_time(i->mtime);
	st.stx_rdev_major = i->rdev >> 8;
	st.stx_rdev_minor = i->rdev & 0xff;
	return copy_to_user((void *)r->edi, &st, sizeof(st));
}

static int access_at(int dirfd, u32 path, u32 want, u32 flags)
{
	struct inode *i;
	int err;

	if (want & ~(R_OK | W_OK | X_OK))
		return -EINVAL;
	i = lookup_at(dirfd, path, flags, &err);
	if (!i)
		return err;
	if (want & X_OK && !S_ISDIR(i->mode) && !(i->mode & 0111))
		return -EACCES;
	return 0;
}

CALL(access, access_at(AT_FDCWD, r->ebx, r->ecx, 0))
CALL(faccessat, access_at(r->ebx, r->ecx, r->edx, 0))
CALL(faccessat2, access_at(r->ebx, r->ecx, r->edx, r->esi))

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
	if (!*last)
		*last = &dir->children;
	while (!dir->fleeting && (*last = (*last)->next) != &dir->children) {
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

static int do_statfs(const struct inode *i, u32 size, u32 user, int err)
{
	struct statfs64 st = {
		.f_type = 0x858458f6,		/* RAMFS_MAGIC */
		.f_bsize = PAGE_SIZE,
		.f_frsize = PAGE_SIZE,
		.f_namelen = NAME_MAX,
	};

	if (!i)
		return err;
	if (i->ops == &mem_ops || i->ops == &dir_ops) {
		st.f_blocks = total_pages;
		st.f_bfree = st.f_bavail = files_room();
	}
	return size == sizeof(st) ?
	       copy_to_user((void *)user, &st, sizeof(st)) : -EINVAL;
}

int sys_statfs64(struct regs *r)
{
	int err;
	const struct inode *i = lookup_user(r->ebx, true, &err);

	return do_statfs(i, r->ecx, r->edx, err);
}

int sys_fstatfs64(struct regs *r)
{
	const struct file *f = fd_file(r->ebx);

	return do_statfs(f ? f->inode : NULL, r->ecx, r->edx, -EBADF);
}
