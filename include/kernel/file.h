/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files: a tree of inodes (kernel/namei.c) that the initrd fills (initrd.c),
 * with devices (dev.c, tty.c) and /proc (proc.c) in it, and the open files that
 * system calls work on (file.c, rw.c, stat.c, pipe.c).
 */
#ifndef KERNEL_FILE_H
#define KERNEL_FILE_H

#include <kernel/task.h>

#define S_IFMT		0170000
#define S_IFIFO		0010000
#define S_IFCHR		0020000
#define S_IFDIR		0040000
#define S_IFREG		0100000
#define S_IFLNK		0120000

#define S_ISCHR(mode)	(((mode) & S_IFMT) == S_IFCHR)
#define S_ISDIR(mode)	(((mode) & S_IFMT) == S_IFDIR)
#define S_ISREG(mode)	(((mode) & S_IFMT) == S_IFREG)
#define S_ISFIFO(mode)	(((mode) & S_IFMT) == S_IFIFO)
#define S_ISLNK(mode)	(((mode) & S_IFMT) == S_IFLNK)

#define NAME_MAX	255
#define PATH_MAX	1024

struct file;
struct inode;
struct iovec;
struct poll;

/* What lseek does. */
enum seek {
	SEEK_NEVER,		/* -ESPIPE */
	SEEK_NOWHERE,		/* accepts all, stays at 0 */
	SEEK_NO_END,		/* the end is not known */
	SEEK_FULLY,
};

/*
 * What an open file can do. NULL: the call's usual error. `buf` is a user
 * address for read and write, checked to lie in the user half. Results are
 * byte counts or -errno.
 */
struct file_ops {
	enum seek seek;
	void (*close)(struct file *f);
	int (*read)(struct file *f, void *buf, u32 len);
	int (*write)(struct file *f, const void *buf, u32 len);
	int (*ioctl)(struct file *f, u32 cmd, u32 arg);
	/* POLL* of what it is ready for now; NULL: always for all. */
	u32 (*poll)(struct file *f, struct poll *poll);
	/*
	 * All bytes of these vectors, in user memory and PIPE_BUF together at
	 * most, or an error; none of another write among them.
	 */
	int (*write_whole)(struct file *f, const struct iovec *user, u32 count,
			   u32 total);

	/*
	 * A directory with more entries than its children: the first one at
	 * or after *pos, which moves to it; NULL at the end. Positions 0 and
	 * 1 are "." and "..". The inode may be a fleeting one.
	 */
	struct inode *(*entry)(struct inode *dir, u32 *pos);
	/* Of many entries the one that `name` can be; or NULL. */
	struct inode *(*find)(const char *name);
};

struct inode {
	u32 refs;			/* who use it, but for names */
	u32 ino, mode, size, rdev, nlink, uid, gid;
	u64 atime, mtime, ctime;	/* ns */
	const struct file_ops *ops;
	void *private;
	/* Of a directory, which has only one name. */
	char *name;
	struct inode *parent;
	struct list children;		/* entries, by pos */
	u32 next_pos;
	/*
	 * Of a regular file: its bytes, a tree of pages (inode.c). A link's
	 * text.
	 */
	void *data;
	u32 levels, pages;
	s32 writers;			/* -1 for each program that runs */
	bool locked;
	bool fleeting;			/* valid until the next lookup */
};

/* A name in a directory. */
struct entry {
	struct entry *chain;		/* of the same hash */
	struct inode *dir, *inode;
	struct list link;
	u32 pos;			/* in the directory, for getdents64 */
	char name[];
};

struct file {
	u32 refs;
	u32 flags;			/* O_* */
	u32 pos;
	struct inode *inode;
	const struct file_ops *ops;
	void *private;
};

#define PIPE_BUF	4096

#define O_ACCMODE	3
#define O_RDONLY	0
#define O_WRONLY	1
#define O_RDWR		2
#define O_CREAT		0100
#define O_EXCL		0200
#define O_NOCTTY	0400
#define O_TRUNC		01000
#define O_APPEND	02000
#define O_NONBLOCK	04000
#define O_LARGEFILE	0100000
#define O_DIRECTORY	0200000
#define O_NOFOLLOW	0400000
#define O_CLOEXEC	02000000

/*
 * The access mode plus 1 has bit 0 for reading and bit 1 for writing:
 *
 *	O_RDONLY + 1 = 1	O_RDWR + 1 = 3
 *	O_WRONLY + 1 = 2	3 + 1 = 4: neither, as on Linux
 */
__inline_always bool may_read(const struct file *f)
{
	return (f->flags + 1) & 1;
}

__inline_always bool may_write(const struct file *f)
{
	return (f->flags + 1) & 2;
}

/* The current task's open file, or NULL. */
__inline_always struct file *fd_file(u32 fd)
{
	return likely(fd < MAX_FILES) ? current->files[fd] : NULL;
}

extern struct inode *root;

/* kernel/initrd.c: unpacks cpio newc into the tree; says what is wrong. */
void initrd_init(const void *start, u32 size);

/*
 * kernel/inode.c. inode_new: without a name and a reference; NULL: no memory.
 * inode_unused frees an inode that has none of both left. Bytes of regular
 * files: from or to memory of the kernel or the user; how many, or an error.
 */
struct inode *inode_new(u32 mode);
struct inode *inode_get(struct inode *i);	/* NULL: no memory */
void inode_unused(struct inode *i);
int inode_read(struct inode *i, u32 pos, void *buf, u32 len, bool user);
int inode_write(struct inode *i, u32 pos, const void *buf, u32 len, bool user);
int inode_truncate(struct inode *i, u32 size);
u8 *inode_page(struct inode *i, u32 n);		/* NULL: all zeros */
void inode_changed(struct inode *i);		/* now */
u32 files_room(void);				/* pages */

__inline_always void inode_put(struct inode *i)
{
	if (!--i->refs)
		inode_unused(i);
}

/*
 * kernel/namei.c. Lookups return NULL and set *err to -errno if they fail.
 * Paths and names are kernel strings. lookup_from starts at `dir`, lookup at
 * the current directory, both at the root if the path begins with a slash.
 * lookup_at takes a user's path, which starts at an open directory or AT_FDCWD,
 * and AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH; with that and no path (0) it gives an
 * open file.
 */
struct inode *lookup(const char *path, bool follow, int *err);
struct inode *lookup_from(struct inode *dir, const char *path, bool follow,
			  int *err);
struct inode *lookup_at(int dirfd, u32 user_path, u32 flags, int *err);

/*
 * A lookup that tells of the last name too. If there is no such entry but one
 * could be added the result is -ENOENT, and `dir` is not NULL.
 */
#define NESTING_MAX	8	/* links in the middle of a link's text */
struct walk {
	struct inode *dir;		/* where the last name belongs */
	struct inode *inode;		/* what it is there, or NULL */
	bool slash;			/* the path ends with one */
	u32 links, depth;		/* followed so far */
	struct {
		struct inode *link;
		const char *rest;
	} text[NESTING_MAX + 1];
	char path[PATH_MAX];		/* afterwards the last name, or "" */
};

#define WALK_FOLLOW	1	/* a link at the end, too */
#define WALK_EMPTY	2	/* no path: dirfd itself */
#define WALK_LAST	4	/* a slash at the end means nothing */
#define WALK_MAKE	8	/* directories that are missing before it */

/* Where it starts in `path`, of PATH_MAX bytes; NULL: it has none. */
char *inode_path(struct inode *i, char *path);
int walk(struct walk *w, struct inode *at, u32 how);
int walk_at(struct walk *w, int dirfd, u32 user_path, u32 how);

/* One entry of one directory; NULL if there is none. */
struct inode *inode_find(struct inode *dir, const char *name, u32 len);
/*
 * Makes `name` stand for that inode, or with NULL for nothing; 0 or -ENOSPC.
 * It is all that ever changes a directory. Others may run at its end.
 */
int dir_set(struct inode *dir, const char *name, struct inode *to);
/*
 * A new inode with that name, in place of what has it now, except that a
 * directory which stays one keeps its children. NULL: no memory.
 */
struct inode *inode_add(struct inode *dir, const char *name, u32 mode);
/* kernel/file.c */
struct file *file_open(struct inode *i, u32 flags, int *err);
void file_put(struct file *f);
void files_close_all(void);		/* the current task's; and its cwd */
void files_close_on_exec(void);
void files_open_console(void);		/* descriptors 0, 1 and 2 */
void files_fork(struct task *child);	/* shares all open files, and the cwd */
int fd_free(u32 from);			/* the lowest fd >= from, or -EMFILE */
void fd_assign(u32 fd, struct file *f, bool cloexec);

/* Regular files (inode.c), and directories that names can be added to. */
extern const struct file_ops mem_ops, dir_ops;
int dir_read(struct file *f, void *buf, u32 len);	/* -EISDIR */

/*
 * kernel/seq.c: files whose text is written when they are read. `show` writes
 * all of it at every read, and the sink keeps what the reader asked for. `task`
 * is the process that a file below /proc/PID is about.
 */
struct seq {
	struct task *task;
	u32 skip;		/* bytes to drop before those asked for */
	u8 *to;			/* user buffer */
	u32 left, done;
	int err;
};

struct proc_file {
	void (*show)(struct seq *s);
	/* `text` ends with a NUL instead of its newline. 0 or -errno. */
	int (*write)(const char *text, u32 len);
};

extern const struct file_ops proc_file_ops;

/* At most 255 bytes a call; the others have no limit. */
void seq_printf(struct seq *s, const char *fmt, ...) __printf(2, 3);
void seq_puts(struct seq *s, const char *text);
void seq_write(struct seq *s, const char *text, u32 len);
/*
 * Adds a file below /proc, as "pv/ops", with the directories it needs. NULL:
 * no memory. proc_add_writable also takes what is written, up to 255 bytes.
 */
struct inode *proc_add(const char *path, void (*show)(struct seq *s));
struct inode *proc_add_writable(const char *path, void (*show)(struct seq *s),
				int (*write)(const char *text, u32 len));

/* kernel/proc.c: what is in /proc. NULL: that process is gone. */
void proc_init(void);
struct task *proc_task(const struct inode *i);

/* kernel/poll.c: who polls sleeps on each of these queues. Interrupts are off. */
void poll_wait(struct poll *poll, struct waitq *q);

#define POLLIN		0x41		/* with POLLRDNORM */
#define POLLOUT		0x104		/* with POLLWRNORM */
#define POLLERR		8
#define POLLHUP		0x10

/* kernel/limits.c: /dev/urandom. `f` means nothing. */
int random_read(struct file *f, void *buf, u32 len);

/* kernel/dir.c: a new file or directory where a walk ended; it is w->inode. */
int dir_make(struct walk *w, u32 mode);

/* kernel/dev.c */
void dev_init(void);

/* kernel/tty.c: the console. */
void tty_init(void);
extern const struct file_ops tty_ops;

#endif
