// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Open files, and the table in which each task numbers its own. rw.c has what
 * is done with them.
 *
 * What must hold: a struct file has one reference for each descriptor, of any
 * task, that names it; fork and dup add some. A call on a file takes none of
 * its own, also where it sleeps: only the task itself closes its descriptors.
 */
#include <abi/stat.h>
#include <kernel/file.h>
#include <kernel/mm.h>
#include <kernel/syscall.h>
#include <kernel/uaccess.h>

#define SETTABLE	(O_APPEND | O_NONBLOCK)
/* What open keeps for F_GETFL. */
#define KEPT		(O_ACCMODE | SETTABLE | O_LARGEFILE | O_DIRECTORY | \
			 O_NOFOLLOW)

/* With one reference, which the caller must give to a descriptor. */
struct file *file_open(struct inode *i, u32 flags, int *err)
{
	struct file *f = kmalloc(sizeof(*f));

	*err = -ENOMEM;
	if (!f)
		return NULL;
	i = inode_get(i);
	if (!i) {
		kfree(f);
		return NULL;
	}
	*err = 0;
	if (i->ops == &mem_ops && (flags + 1) & 2)
		i->writers++;
	*f = (struct file){
		.refs = 1,
		.flags = flags & KEPT,
		.inode = i,
		.ops = i->ops,
		.private = i->private,
	};
	return f;
}

void file_put(struct file *f)
{
	if (--f->refs)
		return;
	if (f->ops->close)
		f->ops->close(f);
	inode_put(f->inode);
	kfree(f);
}

int fd_free(u32 from)
{
	u32 fd;

	for (fd = from; fd < MAX_FILES; fd++)
		if (!current->files[fd])
			return fd;
	return -EMFILE;
}

void fd_assign(u32 fd, struct file *f, bool cloexec)
{
	current->files[fd] = f;
	current->cloexec &= ~(1u << fd);
	current->cloexec |= (u32)cloexec << fd;
}

static void fd_close(u32 fd)
{
	struct file *f = current->files[fd];

	fd_assign(fd, NULL, false);
	file_put(f);
}

void files_close_all(void)
{
	u32 fd;

	for (fd = 0; fd < MAX_FILES; fd++)
		if (current->files[fd])
			fd_close(fd);
	if (current->cwd)
		inode_put(current->cwd);
	current->cwd = root;
}

void files_close_on_exec(void)
{
	while (current->cloexec)
		fd_close(__builtin_ctz(current->cloexec));
}

void files_fork(struct task *child)
{
	struct file *f;
	u32 fd;

	for (fd = 0; fd < MAX_FILES; fd++) {
		f = current->files[fd];
		child->files[fd] = f;
		if (f)
			f->refs++;
	}
	child->cloexec = current->cloexec;
	child->cwd = current->cwd;
	child->cwd->refs++;
}

/* What keeps an existing inode from being opened like this, in Linux' order. */
static int may_open(const struct inode *i, u32 flags)
{
	bool write = (flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC;

	if (flags & O_CREAT && flags & O_EXCL)
		return -EEXIST;
	if (flags & O_CREAT && S_ISDIR(i->mode))
		return -EISDIR;
	if (flags & O_DIRECTORY && !S_ISDIR(i->mode))
		return -ENOTDIR;
	if (S_ISLNK(i->mode))
		return -ELOOP;
	if (S_ISFIFO(i->mode))
		return -ENXIO;		/* only a name */
	if (!write)
		return 0;
	if (S_ISDIR(i->mode))
		return -EISDIR;
	return i->writers < 0 ? -ETXTBSY : 0;
}

/* The inode to open, which O_CREAT may make: then O_TRUNC has nothing to do. */
static struct inode *open_inode(struct walk *w, const struct regs *r,
				u32 *flags, int *err)
{
	u32 how = *flags & O_CREAT ? WALK_LAST : 0;

	if (!(*flags & O_NOFOLLOW) && ~*flags & (O_CREAT | O_EXCL))
		how |= WALK_FOLLOW;
	*err = walk_at(w, r->ebx, r->ecx, how);
	if (*flags & O_CREAT && w->dir && w->slash)
		*err = -EISDIR;
	else if (!*err)
		*err = may_open(w->inode, *flags);
	else if (*flags & O_CREAT && w->dir) {
		*flags &= ~O_TRUNC;
		*err = dir_make(w, S_IFREG | (r->esi & 07777));
	}
	return *err ? NULL : w->inode;
}

int sys_openat(struct regs *r)
{
	u32 flags = r->edx;
	struct walk w;
	struct inode *i;
	struct file *f;
	int err, fd = fd_free(0);

	if (fd < 0)
		return fd;
	i = open_inode(&w, r, &flags, &err);
	f = i ? file_open(i, flags, &err) : NULL;
	if (f && flags & O_TRUNC && i->ops == &mem_ops)
		err = inode_truncate(f->inode, 0);
	if (f && err)
		file_put(f);
	if (err)
		return err;
	fd_assign(fd, f, flags & O_CLOEXEC);
	return fd;
}

int sys_close(struct regs *r)
{
	if (!fd_file(r->ebx))
		return -EBADF;
	fd_close(r->ebx);
	return 0;
}

int sys_dup2(struct regs *r)
{
	struct file *f = fd_file(r->ebx);
	u32 to = r->ecx;

	if (!f || to >= MAX_FILES)
		return -EBADF;
	if (to == r->ebx)
		return to;
	f->refs++;
	if (current->files[to])
		fd_close(to);
	fd_assign(to, f, false);
	return to;
}

int sys_dup3(struct regs *r)
{
	int fd = r->ebx == r->ecx || r->edx & ~O_CLOEXEC ? -EINVAL :
		 sys_dup2(r);

	if (fd >= 0 && r->edx)
		current->cloexec |= 1u << fd;
	return fd;
}

int sys_fcntl64(struct regs *r)
{
	u32 fd = r->ebx, arg = r->edx;
	struct file *f = fd_file(fd);
	int to;

	if (!f)
		return -EBADF;
	switch (r->ecx) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		if (arg >= MAX_FILES)
			return -EINVAL;
		to = fd_free(arg);
		if (to < 0)
			return to;
		f->refs++;
		fd_assign(to, f, r->ecx == F_DUPFD_CLOEXEC);
		return to;
	case F_GETFD:
		return current->cloexec >> fd & 1;
	case F_SETFD:
		fd_assign(fd, f, arg & FD_CLOEXEC);
		return 0;
	case F_GETFL:
		return f->flags;
	case F_SETFL:
		f->flags = (f->flags & ~SETTABLE) | (arg & SETTABLE);
		return 0;
	}
	return -EINVAL;
}

/* For a program that the kernel starts: descriptors 0, 1 and 2. */
void files_open_console(void)
{
	int err;
	struct inode *console = lookup("/dev/console", true, &err);

	for (int fd = 0; console && fd < 3; fd++) {
		struct file *f = file_open(console, O_RDWR, &err);

		if (f)
			fd_assign(fd, f, false);
	}
}
