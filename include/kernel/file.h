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
#define S_ISLNK(mode)	(((mode) & S_IFMT) == S_IFLNK)

#define NAME_MAX	255
#define PATH_MAX	1024

struct file;
struct inode;
struct iovec;

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
	char *name;
	u32 ino, mode, size, rdev, mtime, nlink;
	struct inode *parent;
	/*
	 * The entries of a directory are a list, in the order in which they
	 * came, and a tree by a hash of their names. The first entry, in
	 * `children`, is the head of the list and the root of the tree.
	 */
	struct inode *children, *last;
	struct inode *next, *branch[2];
	u32 hash;
	u32 pos;			/* in the directory, for getdents64 */
	u8 *data;			/* bytes, in whole pages; link text */
	const struct file_ops *ops;
	void *private;
	/*
	 * Most inodes stay for ever. A fleeting one is valid until the next
	 * lookup; inode_get() keeps a copy.
	 */
	bool fleeting;
	u32 refs;			/* of a fleeting inode that is kept */
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
void *initrd_carve(u32 bytes);		/* zeroed; for inodes made meanwhile */
extern bool initrd_unpacking;

/*
 * kernel/namei.c. Lookups return NULL and set *err to -errno if they fail.
 * Paths and names are kernel strings. lookup_from starts at `dir`, lookup at
 * the current directory, both at the root if the path begins with a slash.
 */
struct inode *lookup(const char *path, bool follow, int *err);
struct inode *lookup_from(struct inode *dir, const char *path, bool follow,
			  int *err);
struct inode *lookup_user(u32 path, bool follow, int *err);
/* One entry of one directory; NULL if there is none. */
struct inode *inode_find(struct inode *dir, const char *name, u32 len);
/*
 * Adds a name, or gives an existing one a new mode and empty contents, except
 * that a directory which stays one keeps its children. NULL: no memory.
 */
struct inode *inode_add(struct inode *dir, const char *name, u32 mode);
/*
 * The directory that `path` lies in; missing ones are added. Changes the path
 * and sets *name to its last part, "" if that is the directory itself, as for
 * "/" and "dir/.". Starts at the root; no part may be "..".
 */
struct inode *inode_parent(char *path, char **name, int *err);
struct inode *inode_get(struct inode *i);	/* NULL: no memory */
void inode_put(struct inode *i);

/* kernel/file.c */
struct file *file_open(struct inode *i, u32 flags, int *err);
void file_put(struct file *f);
void files_close_all(void);		/* the current task's; and its cwd */
void files_close_on_exec(void);
void files_open_console(void);		/* descriptors 0, 1 and 2 */
void files_fork(struct task *child);	/* shares all open files, and the cwd */
int fd_free(u32 from);			/* the lowest fd >= from, or -EMFILE */
void fd_assign(u32 fd, struct file *f, bool cloexec);
int fd_install(struct file *f, bool cloexec);	/* fd or -EMFILE */

/* kernel/rw.c: files of the initrd, and directories. */
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

/* At most 255 bytes a call; seq_puts has no limit. */
void seq_printf(struct seq *s, const char *fmt, ...) __printf(2, 3);
void seq_puts(struct seq *s, const char *text);
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

/* kernel/dev.c */
void dev_init(void);

/* kernel/tty.c: the console. */
void tty_init(void);
extern const struct file_ops tty_ops;

#endif
