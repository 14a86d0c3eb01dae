// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is known of a file without reading it: stat, access, and the entries of
 * a directory. Every process is root and the tree is read-only, so permissions
 * say little.
 */
#include <abi/stat.h>
#include <kernel/file.h>
#include <kernel/syscall.h>
#include <kernel/uaccess.h>

#define BLOCK_SIZE	4096

static int stat_to_user(const struct inode *i, u32 user)
{
	struct stat64 st = {
		.st_dev = 1,
		.st_ino_low = i->ino,
		.st_mode = i->mode,
		.st_nlink = i->nlink,
		.st_rdev = i->rdev,
		.st_size = i->size,
		.st_blksize = BLOCK_SIZE,
		.st_blocks = ((u64)i->size + 511) / 512,
		.st_atime = i->mtime,
		.st_mtime = i->mtime,
		.st_ctime = i->mtime,
		.st_ino = i->ino,
	};

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

/* XXX until the directory of *at calls comes */
#define SHIFTED(r) (struct regs){ .ebx = (r)->ecx, .ecx = (r)->edx, .edx = (r)->esi, .esi = (r)->edi }
int sys_openat(struct regs *r) { struct regs s = SHIFTED(r); return sys_open(&s); }
int sys_readlinkat(struct regs *r) { struct regs s = SHIFTED(r); return sys_readlink(&s); }
int sys_faccessat(struct regs *r) { struct regs s = SHIFTED(r); return sys_access(&s); }
int sys_faccessat2(struct regs *r) { struct regs s = SHIFTED(r); return sys_access(&s); }
int sys_fstatat64(struct regs *r) { struct regs s = SHIFTED(r); char c = 0; get_user(c, (char *)r->ecx); if (!c && r->esi & 0x1000) {s.ebx = r->ebx; return sys_fstat64(&s);} return r->esi & 0x100 ? sys_lstat64(&s) : sys_stat64(&s); }
int sys_statx(struct regs *r) { return -ENOSYS; }

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
	if (want & W_OK && (i->ops == &dir_ops || i->ops == &mem_ops))
		return -EROFS;
	if (want & X_OK && !S_ISDIR(i->mode) && !(i->mode & 0111))
		return -EACCES;
	return 0;
}

/*
 * The entry of `dir` at position *pos or the first one after it, to which *pos
 * moves; NULL at the end. 0 is ".", 1 is "..", then come the children in order,
 * then the entries of ops->entry. `last`, unless NULL, is what the read before
 * gave: the search begins there.
 */
static struct inode *entry_at(struct inode *dir, const struct inode *last,
			      u32 *pos)
{
	struct inode *i = dir->children;

	if (*pos < 2)
		return *pos ? dir->parent : dir;
	if (last && last->parent == dir && last->pos == *pos - 1)
		i = last->next;
	while (i && i->pos != *pos)
		i = i->next;
	if (!i && dir->ops->entry)
		i = dir->ops->entry(dir, pos);
	return i;
}

/* Puts a record at `to`. Its length, -EINVAL if it does not fit, or -errno. */
static int put_entry(const struct inode *i, u32 pos, void *to, u32 room)
{
	const char *name = pos == 0 ? "." : pos == 1 ? ".." : i->name;
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
	u32 done = 0, pos;
	struct inode *i;
	int n;

	if (!f)
		return -EBADF;
	if (!S_ISDIR(f->inode->mode))
		return -ENOTDIR;
	for (;;) {
		pos = f->pos;
		i = entry_at(f->inode, f->private, &pos);
		if (!i)
			return done;
		n = put_entry(i, pos, to + done, r->edx - done);
		if (n < 0)
			return done ? (int)done : n;
		done += n;
		f->pos = pos + 1;
		f->private = i;
		if (resched_point())
			return done;
	}
}
