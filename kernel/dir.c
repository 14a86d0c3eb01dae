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

int sys_mknodat(struct regs *r)
{
	u32 mode = r->edx;
	struct walk w;
	int err = may_add(&w, walk_at(&w, r->ebx, r->ecx, WALK_LAST),
			  S_ISDIR(mode));

	if (!(mode & S_IFMT))
		mode |= S_IFREG;
	if (!err && !S_ISREG(mode) && !S_ISDIR(mode) && !S_ISFIFO(mode))
		err = -EPERM;
	return err ? err : dir_make(&w, mode);
}

int sys_symlinkat(struct regs *r)
{
	struct walk w;
	int err, len = strncpy_from_user(w.path, (char *)r->ebx, PATH_MAX);
	char *text = len > 0 ? kmalloc(len + 1) : NULL;
	struct inode *i;

	if (!text)
		return len > 0 ? -ENOSPC : len < 0 ? len : -ENOENT;
	memcpy(text, w.path, len + 1);
	err = may_add(&w, walk_at(&w, r->ecx, r->edx, WALK_LAST), false);
	i = err ? NULL : inode_new(S_IFLNK | 0777);
	if (!i) {
		kfree(text);
		return err ? err : -ENOSPC;
	}
	i->data = text;
	i->size = len;
	return add(&w, i);
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

int sys_unlinkat(struct regs *r)
{
	u32 flags = r->edx;
	struct walk w;
	int err = flags & ~AT_REMOVEDIR ? -EINVAL :
		  walk_at(&w, r->ebx, r->ecx, WALK_LAST);

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

int sys_linkat(struct regs *r)
{
	u32 flags = r->edi;
	struct walk w;
	struct inode *i;
	int err = 0;

	if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	i = lookup_at(r->ebx, r->ecx, (flags & AT_EMPTY_PATH) | (flags &
		      AT_SYMLINK_FOLLOW ? 0 : AT_SYMLINK_NOFOLLOW), &err);
	if (i && !(i = inode_get(i)))
		err = -ENOMEM;
	if (!i)
		return err;
	err = may_add(&w, walk_at(&w, r->edx, r->esi, WALK_LAST), false);
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

int sys_renameat2(struct regs *r)
{
	struct walk from, to;
	struct inode *dir;
	int err;

	if (r->edi & ~RENAME_NOREPLACE)
		return -EINVAL;
	err = walk_at(&from, r->ebx, r->ecx, WALK_LAST);
	if (!from.dir)
		return err;
	dir = inode_get(from.dir);
	if (!dir)
		return -ENOMEM;
	from.dir = dir;
	err = walk_at(&to, r->edx, r->esi, WALK_LAST);
	err = rename_walked(&from, &to, err, r->edi);
	inode_put(dir);
	return err;
}

/* ---- what an inode says of itself ---------------------------------------- */

/* The inode to change, an open file's if there is no path. Not of /proc. */
static struct inode *target(int dirfd, u32 path, u32 flags, int *err)
{
	struct inode *i = lookup_at(dirfd, path, path || dirfd == AT_FDCWD ?
				    flags : AT_EMPTY_PATH, err);

	if (i && (i->fleeting || i->ops == &proc_file_ops)) {
		*err = -EPERM;
		return NULL;
	}
	if (i)
		i->ctime = wall_ns();
	return i;
}

int sys_fchmodat(struct regs *r)
{
	int err;
	struct inode *i = target(r->ebx, r->ecx, 0, &err);

	if (!i)
		return err;
	i->mode = (i->mode & S_IFMT) | (r->edx & 07777);
	return 0;
}

int sys_fchownat(struct regs *r)
{
	int err;
	struct inode *i = target(r->ebx, r->ecx, r->edi, &err);

	if (!i)
		return err;
	i->uid = r->edx == -1u ? i->uid : r->edx;
	i->gid = r->esi == -1u ? i->gid : r->esi;
	return 0;
}

/* Time of access or of change as it is given there, or the time now. */
static int read_time(const struct regs *r, u32 user, u32 unit, u64 *ns)
{
	u32 rest = 0, at = user + (r->vector >= TIME64 ? 8 : 4);
	int err = user ? get_user(rest, (u32 *)at) : 0;

	*ns = rest == UTIME_OMIT ? STAYS : wall_ns();
	if (err || !user || (unit == NSEC &&
			     (rest == UTIME_OMIT || rest == UTIME_NOW)))
		return err;
	return get_time(r, user, unit, ns);
}

static int set_times(const struct regs *r, u32 flags, const u64 time[2])
{
	int err;
	struct inode *i = target(r->ebx, r->ecx, flags, &err);

	if (!i)
		return err;
	i->atime = time[0] == STAYS ? i->atime : time[0];
	i->mtime = time[1] == STAYS ? i->mtime : time[1];
	return 0;
}

/* ebx directory, ecx path, edx two times. */
static int do_utimes(const struct regs *r, u32 unit, u32 flags)
{
	u32 second = r->edx ? r->edx + (r->vector >= TIME64 ? 16 : 8) : 0;
	u64 time[2];
	int err = read_time(r, r->edx, unit, &time[0]) ?:
		  read_time(r, second, unit, &time[1]);

	return err ?: set_times(r, flags, time);
}

CALL(utimensat, do_utimes(r, NSEC, r->esi))
CALL(futimesat, do_utimes(r, USEC, 0))

/* ebx path, ecx two times in seconds. */
int sys_utime(struct regs *r)
{
	struct regs to = { .ebx = AT_FDCWD, .ecx = r->ebx };
	u32 sec[2];
	int err = r->ecx ? copy_from_user(sec, (void *)r->ecx, sizeof(sec)) : 0;
	u64 now = wall_ns(), time[2] = { now, now };

	for (u32 k = 0; k < 2 && r->ecx && !err; k++)
		time[k] = (u64)sec[k] * NSEC_PER_SEC;
	return err ?: set_times(&to, 0, time);
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

static s64 both(u32 low, u32 high)
{
	return (s64)((u64)high << 32 | low);
}

int sys_truncate64(struct regs *r)
{
	int err;
	struct inode *i = lookup_at(AT_FDCWD, r->ebx, 0, &err);

	return truncate_to(i, both(r->ecx, r->edx), err);
}

int sys_ftruncate64(struct regs *r)
{
	struct file *f = fd_file(r->ebx);

	if (f && !may_write(f))
		return -EINVAL;
	return truncate_to(f ? f->inode : NULL, both(r->ecx, r->edx), -EBADF);
}
