// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The system calls that change the tree of names, and what its inodes say of
 * themselves. All of it is in memory and belongs to everybody; what the kernel
 * shows in /proc is not changed.
 */
#include <abi/stat.h>
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/syscall.h>
#include <kernel/time.h>
#include <kernel/uaccess.h>

#define RENAME_NOREPLACE	1
#define STAYS			(~0ull)

static bool is_name(const struct walk *w)
{
	return *w->path && strcmp(w->path, ".") && strcmp(w->path, "..");
}

/* Others may run if an inode goes. */
static int change(struct inode *dir, const char *name, struct inode *to)
{
	int err;

	dir->refs++;
	err = dir_set(dir, name, to);
	if (!err)
		inode_changed(dir);
	inode_put(dir);
	return err;
}

/* Where a new name may go: `err` is what the walk returned. */
static int may_add(const struct walk *w, int err, bool dir)
{
	if (!err)
		return -EEXIST;
	return w->dir && (dir || !w->slash) ? 0 : err;
}

static int add(struct walk *w, struct inode *i)
{
	int err = i && files_room() ? change(w->dir, w->path, i) : -ENOSPC;

	if (!err)
		inode_changed(i);
	else if (i)
		inode_unused(i);
	w->inode = err ? NULL : i;
	return err;
}

int dir_make(struct walk *w, u32 mode)
{
	return add(w, inode_new(mode & ~current->umask));
}

static int do_mknod(int dirfd, u32 path, u32 mode)
{
	struct walk w;
	int err = may_add(&w, walk_at(&w, dirfd, path, WALK_LAST),
			  S_ISDIR(mode));

	if (!(mode & S_IFMT))
		mode |= S_IFREG;
	if (!err && !S_ISREG(mode) && !S_ISDIR(mode) && !S_ISFIFO(mode))
		err = -EPERM;
	return err ? err : dir_make(&w, mode);
}

static int do_mkdir(int dirfd, u32 path, u32 mode)
{
	return do_mknod(dirfd, path, S_IFDIR | (mode & 01777));
}

static int do_symlink(u32 text, int dirfd, u32 path)
{
	char *copy = kmalloc(PATH_MAX);
	struct inode *i = copy ? inode_new(S_IFLNK | 0777) : NULL;
	int len = i ? strncpy_from_user(copy, (char *)text, PATH_MAX) : -ENOSPC;
	struct walk w;
	int err = len > 0 ? walk_at(&w, dirfd, path, WALK_LAST) : 0;

	if (len > 0)
		err = may_add(&w, err, false);
	else
		err = len ? len : -ENOENT;
	if (!err && !(i->data = kmalloc(len + 1)))
		err = -ENOSPC;
	if (!err) {
		i->size = len;
		memcpy(i->data, copy, len + 1);
		err = add(&w, i);
	} else if (i) {
		inode_unused(i);
	}
	kfree(copy);
	return err;
}

/* Why a directory can't go, as the end of a walk; its name counts first. */
static int may_remove_dir(const struct walk *w)
{
	const struct inode *i = w->inode;

	if (!strcmp(w->path, "."))
		return -EINVAL;
	if (!strcmp(w->path, ".."))
		return -ENOTEMPTY;
	if (!S_ISDIR(i->mode))
		return -ENOTDIR;
	if (i->ops != &dir_ops || i == root)
		return -EBUSY;
	return list_empty(&i->children) ? 0 : -ENOTEMPTY;
}

static int do_unlink(int dirfd, u32 path, u32 flags)
{
	struct walk w;
	int err = flags & ~AT_REMOVEDIR ? -EINVAL :
		  walk_at(&w, dirfd, path, WALK_LAST);

	if (err)
		return err;
	if (flags)
		err = may_remove_dir(&w);
	else if (S_ISDIR(w.inode->mode))
		err = -EISDIR;
	else if (w.slash)
		err = -ENOTDIR;
	if (!err && w.dir->ops != &dir_ops)
		err = -EPERM;
	return err ? err : change(w.dir, w.path, NULL);
}

static int do_link(int from, u32 old, int to, u32 new, u32 flags)
{
	struct walk w;
	struct inode *i;
	int err = 0;

	if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	i = lookup_at(from, old, (flags & AT_EMPTY_PATH) | (flags &
		      AT_SYMLINK_FOLLOW ? 0 : AT_SYMLINK_NOFOLLOW), &err);
	if (i && !(i = inode_get(i)))
		err = -ENOMEM;
	if (!i)
		return err;
	err = may_add(&w, walk_at(&w, to, new, WALK_LAST), false);
	if (!err && S_ISDIR(i->mode))
		err = -EPERM;
	if (!err && i->fleeting)
		err = -EXDEV;
	if (!err && !i->nlink)
		err = -ENOENT;
	if (!err)
		err = add(&w, i);
	inode_put(i);
	return err;
}

static bool is_below(const struct inode *i, const struct inode *dir)
{
	while (i != dir && i != root)
		i = i->parent;
	return i == dir;
}

/* `i`, found as `from` says, may take the place that `to` says. */
static int may_rename(struct walk *from, struct inode *i, struct walk *to,
		      u32 flags)
{
	struct inode *old = to->inode;
	bool dir = S_ISDIR(i->mode);

	if (old && flags & RENAME_NOREPLACE)
		return -EEXIST;
	if (!dir && (from->slash || to->slash))
		return -ENOTDIR;
	if (dir && i->ops != &dir_ops)
		return -EBUSY;
	if (dir && is_below(to->dir, i))
		return -EINVAL;
	if (!old || old == i)
		return 0;
	if (S_ISDIR(old->mode) && is_below(from->dir, old))
		return -ENOTEMPTY;
	if (dir)
		return may_remove_dir(to);
	return S_ISDIR(old->mode) ? -EISDIR : 0;
}

/* Others may have run in the second walk: what the first found is found anew. */
static int rename_walked(struct walk *from, struct walk *to, int err, u32 flags)
{
	struct inode *i = inode_find(from->dir, from->path, strlen(from->path));
	struct inode *old = to->inode;

	if (err && !to->dir)
		return err;
	if (from->dir->ops != &dir_ops || to->dir->ops != &dir_ops)
		return from->dir->ops == to->dir->ops ? -EPERM : -EXDEV;
	if (!is_name(from) || !is_name(to))
		return flags && !is_name(to) ? -EEXIST : -EBUSY;
	if (!i)
		return -ENOENT;
	err = may_rename(from, i, to, flags);
	if (err || i == old)
		return err;
	if (old)
		old->refs++;	/* nobody runs before both are changed */
	err = change(to->dir, to->path, i);
	if (!err)
		err = change(from->dir, from->path, NULL);
	i->ctime = wall_ns();
	if (old)
		inode_put(old);
	return err;
}

static int do_rename(int olddir, u32 old, int newdir, u32 new, u32 flags)
{
	struct walk from, to;
	struct inode *dir;
	int err;

	if (flags & ~RENAME_NOREPLACE)
		return -EINVAL;
	err = walk_at(&from, olddir, old, WALK_LAST);
	if (!from.dir)
		return err;
	dir = inode_get(from.dir);
	if (!dir)
		return -ENOMEM;
	from.dir = dir;
	err = walk_at(&to, newdir, new, WALK_LAST);
	err = rename_walked(&from, &to, err, flags);
	inode_put(dir);
	return err;
}

/* ---- what an inode says of itself ---------------------------------------- */

/* The inode to change, an open file's if there is no path. Not of /proc. */
static struct inode *target(int dirfd, u32 path, u32 flags, int *err)
{
	struct file *f = path ? NULL : fd_file(dirfd);
	struct inode *i = f ? f->inode : NULL;

	*err = -EBADF;
	if (path || dirfd == AT_FDCWD)
		i = lookup_at(dirfd, path, flags, err);
	if (i && (i->fleeting || i->ops == &proc_file_ops)) {
		*err = -EPERM;
		return NULL;
	}
	if (i)
		i->ctime = wall_ns();
	return i;
}

static int do_chmod(int dirfd, u32 path, u32 mode)
{
	int err;
	struct inode *i = target(dirfd, path, 0, &err);

	if (!i)
		return err;
	i->mode = (i->mode & S_IFMT) | (mode & 07777);
	return 0;
}

static int do_chown(int dirfd, u32 path, u32 uid, u32 gid, u32 flags)
{
	int err;
	struct inode *i = target(dirfd, path, flags, &err);

	if (!i)
		return err;
	i->uid = uid == -1u ? i->uid : uid;
	i->gid = gid == -1u ? i->gid : gid;
	return 0;
}

/*
 * Time of access and of change, each of so many words, its fraction of a second
 * in so many nanoseconds. STAYS: as it is.
 */
static int read_times(u32 user, u32 words, u32 unit, u64 time[2])
{
	u32 word[8];
	int err = user ? copy_from_user(word, (void *)user, 8 * words) : 0;

	time[0] = time[1] = wall_ns();
	for (u32 k = 0; k < 2 && user && !err; k++) {
		const u32 *at = word + k * words;
		u32 fraction = words > 1 ? at[words / 2] : 0;

		if (unit == 1 && fraction == UTIME_OMIT)
			time[k] = STAYS;
		else if (unit > 1 || fraction != UTIME_NOW)
			time[k] = (u64)at[0] * NSEC_PER_SEC + fraction * unit;
		if (fraction >= NSEC_PER_SEC / unit && (unit > 1 ||
		    (fraction != UTIME_OMIT && fraction != UTIME_NOW)))
			err = -EINVAL;
	}
	return err;
}

static int do_utimes(int dirfd, u32 path, u32 user, u32 words, u32 unit,
		     u32 flags)
{
	u64 time[2];
	int err = read_times(user, words, unit, time);
	struct inode *i = err ? NULL : target(dirfd, path, flags, &err);

	if (!i)
		return err;
	i->atime = time[0] == STAYS ? i->atime : time[0];
	i->mtime = time[1] == STAYS ? i->mtime : time[1];
	return 0;
}

static int truncate_to(struct inode *i, s64 size, int err)
{
	if (!i)
		return err;
	if (S_ISDIR(i->mode))
		return -EISDIR;
	if (i->ops != &mem_ops || size < 0)
		return -EINVAL;
	if (size > S32_MAX)
		return -EFBIG;
	i->refs++;
	err = inode_truncate(i, size);
	inode_put(i);
	return err;
}

static int do_truncate(u32 path, s64 size)
{
	int err;
	struct inode *i = lookup_user(path, true, &err);

	return truncate_to(i, size, err);
}

static int do_ftruncate(u32 fd, s64 size)
{
	struct file *f = fd_file(fd);

	if (f && !may_write(f))
		return -EINVAL;
	return truncate_to(f ? f->inode : NULL, size, -EBADF);
}

static s64 both(u32 low, u32 high)
{
	return (s64)((u64)high << 32 | low);
}

#define TIMES32		2, 1		/* words, nanoseconds */
#define TIMES64		4, 1
#define TIMEVAL		2, 1000

CALL(mkdir, do_mkdir(AT_FDCWD, r->ebx, r->ecx))
CALL(mkdirat, do_mkdir(r->ebx, r->ecx, r->edx))
CALL(mknod, do_mknod(AT_FDCWD, r->ebx, r->ecx))
CALL(mknodat, do_mknod(r->ebx, r->ecx, r->edx))
CALL(unlink, do_unlink(AT_FDCWD, r->ebx, 0))
CALL(rmdir, do_unlink(AT_FDCWD, r->ebx, AT_REMOVEDIR))
CALL(unlinkat, do_unlink(r->ebx, r->ecx, r->edx))
CALL(rename, do_rename(AT_FDCWD, r->ebx, AT_FDCWD, r->ecx, 0))
CALL(renameat, do_rename(r->ebx, r->ecx, r->edx, r->esi, 0))
CALL(renameat2, do_rename(r->ebx, r->ecx, r->edx, r->esi, r->edi))
CALL(link, do_link(AT_FDCWD, r->ebx, AT_FDCWD, r->ecx, 0))
CALL(linkat, do_link(r->ebx, r->ecx, r->edx, r->esi, r->edi))
CALL(symlink, do_symlink(r->ebx, AT_FDCWD, r->ecx))
CALL(symlinkat, do_symlink(r->ebx, r->ecx, r->edx))
CALL(chmod, do_chmod(AT_FDCWD, r->ebx, r->ecx))
CALL(fchmod, do_chmod(r->ebx, 0, r->ecx))
CALL(fchmodat, do_chmod(r->ebx, r->ecx, r->edx))
CALL(chown, do_chown(AT_FDCWD, r->ebx, r->ecx, r->edx, 0))
CALL(lchown, do_chown(AT_FDCWD, r->ebx, r->ecx, r->edx, AT_SYMLINK_NOFOLLOW))
CALL(fchown, do_chown(r->ebx, 0, r->ecx, r->edx, 0))
CALL(fchownat, do_chown(r->ebx, r->ecx, r->edx, r->esi, r->edi))
CALL(utime, do_utimes(AT_FDCWD, r->ebx, r->ecx, 1, NSEC_PER_SEC, 0))
CALL(utimes, do_utimes(AT_FDCWD, r->ebx, r->ecx, TIMEVAL, 0))
CALL(futimesat, do_utimes(r->ebx, r->ecx, r->edx, TIMEVAL, 0))
CALL(utimensat, do_utimes(r->ebx, r->ecx, r->edx, TIMES32, r->esi))
CALL(utimensat_time64, do_utimes(r->ebx, r->ecx, r->edx, TIMES64, r->esi))
CALL(truncate, do_truncate(r->ebx, (s32)r->ecx))
CALL(truncate64, do_truncate(r->ebx, both(r->ecx, r->edx)))
CALL(ftruncate, do_ftruncate(r->ebx, (s32)r->ecx))
CALL(ftruncate64, do_ftruncate(r->ebx, both(r->ecx, r->edx)))
