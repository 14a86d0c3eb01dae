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

int sys_fstatat64(struct regs *r)
{
	int err;
	struct inode *i = lookup_at(r->ebx, r->ecx, r->esi, &err);
	struct stat64 st = { .st_dev = 1, .st_blksize = PAGE_SIZE };

	if (!i)
		return err;
	st.st_ino_low = st.st_ino = i->ino;
	st.st_mode = i->mode;
	st.st_nlink = i->nlink;
	st.st_uid = i->uid;
	st.st_gid = i->gid;
	st.st_rdev = i->rdev;
	st.st_size = i->size;
	st.st_blocks = i->pages * (PAGE_SIZE / 512);
	st.st_atime = div64(i->atime, NSEC_PER_SEC, &st.st_atime_nsec);
	st.st_mtime = div64(i->mtime, NSEC_PER_SEC, &st.st_mtime_nsec);
	st.st_ctime = div64(i->ctime, NSEC_PER_SEC, &st.st_ctime_nsec);
	return copy_to_user((void *)r->edx, &st, sizeof(st));
}

/* ebx directory, ecx path, edx flags, esi what is wanted, edi struct statx. */
int sys_statx(struct regs *r)
{
	int err;
	struct inode *i = lookup_at(r->ebx, r->ecx, r->edx, &err);
	struct statx st = {
		.stx_mask = STATX_BASIC_STATS,
		.stx_blksize = PAGE_SIZE,
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
	st.stx_atime.sec = div64(i->atime, NSEC_PER_SEC, &st.stx_atime.nsec);
	st.stx_ctime.sec = div64(i->ctime, NSEC_PER_SEC, &st.stx_ctime.nsec);
	st.stx_mtime.sec = div64(i->mtime, NSEC_PER_SEC, &st.stx_mtime.nsec);
	st.stx_rdev_major = i->rdev >> 8;
	st.stx_rdev_minor = i->rdev & 0xff;
	return copy_to_user((void *)r->edi, &st, sizeof(st));
}

int sys_faccessat2(struct regs *r)
{
	u32 want = r->edx;
	struct inode *i;
	int err;

	if (want & ~(R_OK | W_OK | X_OK))
		return -EINVAL;
	i = lookup_at(r->ebx, r->ecx, r->esi, &err);
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

static int do_statfs(struct regs *r, int dirfd, u32 path, u32 flags)
{
	int err;
	const struct inode *i = lookup_at(dirfd, path, flags, &err);
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
	return r->ecx == sizeof(st) ?
	       copy_to_user((void *)r->edx, &st, sizeof(st)) : -EINVAL;
}

CALL(statfs64, do_statfs(r, AT_FDCWD, r->ebx, 0))
CALL(fstatfs64, do_statfs(r, r->ebx, 0, AT_EMPTY_PATH))
