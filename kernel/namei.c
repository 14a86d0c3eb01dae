// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tree of names, and how a path becomes an inode. There is one tree, which
 * initrd.c, dev.c and proc.c fill at boot. Nothing is ever removed, so an inode
 * in it needs no reference. The exception are the processes below /proc: a
 * lookup fills a fleeting inode (proc.c), which is valid until the next lookup
 * or resched_point(), unless inode_get() makes a copy.
 */
#include <kernel/file.h>
#include <kernel/mm.h>
#include <kernel/syscall.h>
#include <kernel/uaccess.h>

#define LINKS_MAX	40	/* symbolic links followed in one lookup */
#define NESTING_MAX	8	/* of them, inside the text of another */

static struct inode root_inode = {
	.name = "",
	.ino = 1,
	.mode = S_IFDIR | 0755,
	.nlink = 1,
	.parent = &root_inode,
	.ops = &dir_ops,
};

struct inode *root = &root_inode;

/*
 * FNV-1a, then a multiplication that spreads the last bytes to all bits: names
 * that are alike get hashes that are not.
 */
static u32 name_hash(const char *name, u32 len)
{
	u32 hash = 0x811c9dc5;

	while (len--)
		hash = (hash ^ (u8)*name++) * 0x01000193;
	return (hash ^ hash >> 15) * 0x2c1b3c6d;
}

static bool same_name(const struct inode *i, const char *name, u32 len)
{
	return !strncmp(i->name, name, len) && !i->name[len];
}

/*
 * The link to the entry of that name, or the link where it belongs. The tree is
 * ordered by hash, so it is not deep in whatever order names come. Entries of
 * the same hash are all on the way to the left.
 */
static struct inode **place_of(struct inode *dir, const char *name, u32 len,
			       u32 hash)
{
	struct inode **at = &dir->children, *i;

	while ((i = *at) && (i->hash != hash || !same_name(i, name, len)))
		at = &i->branch[hash > i->hash];
	return at;
}

struct inode *inode_find(struct inode *dir, const char *name, u32 len)
{
	struct inode *i = *place_of(dir, name, len, name_hash(name, len));
	u32 pos;

	if (i || !dir->ops->entry)
		return i;
	if (dir->ops->find) {
		i = dir->ops->find(name);
		return i && same_name(i, name, len) ? i : NULL;
	}
	for (pos = 2; (i = dir->ops->entry(dir, &pos)); pos++)
		if (same_name(i, name, len))
			return i;
	return NULL;
}

static void *node_memory(u32 bytes)
{
	return initrd_unpacking ? initrd_carve(bytes) : kzalloc(bytes);
}

/* The name follows the inode, in the same memory. */
static struct inode *inode_new(struct inode *dir, const char *name)
{
	static u32 last_ino = 2;	/* root and pipes */
	u32 len = strlen(name);
	struct inode *i = node_memory(sizeof(*i) + len + 1);

	if (!i)
		return NULL;
	i->name = memcpy(i + 1, name, len);
	i->ino = ++last_ino;
	i->parent = dir;
	i->hash = name_hash(name, len);
	i->pos = 2;
	*place_of(dir, name, len, i->hash) = i;
	if (dir->last) {
		dir->last->next = i;
		i->pos = dir->last->pos + 1;
	}
	dir->last = i;
	return i;
}

/* Of a fleeting inode the caller gets a copy with its name, to be put later. */
struct inode *inode_get(struct inode *i)
{
	struct inode *copy;
	u32 name;

	if (!i->fleeting)
		return i;
	if (i->refs) {
		i->refs++;
		return i;
	}
	name = strlen(i->name) + 1;
	copy = kmalloc(sizeof(*copy) + name);
	if (!copy)
		return NULL;
	memcpy(copy, i, sizeof(*copy));
	copy->refs = 1;
	copy->name = memcpy(copy + 1, i->name, name);
	return copy;
}

void inode_put(struct inode *i)
{
	if (i->fleeting && !--i->refs)
		kfree(i);
}

struct inode *inode_add(struct inode *dir, const char *name, u32 mode)
{
	struct inode *i = inode_find(dir, name, strlen(name));

	if (!i)
		i = inode_new(dir, name);
	if (!i)
		return NULL;
	if (!S_ISDIR(mode) || !S_ISDIR(i->mode)) {
		i->children = i->last = NULL;
		i->ops = S_ISDIR(mode) ? &dir_ops : &mem_ops;
	}
	i->mode = mode;
	i->data = NULL;
	i->size = 0;
	i->nlink = 1;
	return i;
}

/* The directory `name` in `dir`; it is added if nothing has that name. */
static struct inode *inode_enter(struct inode *dir, const char *name, int *err)
{
	struct inode *i = lookup_from(dir, name, true, err);

	if (*err == -ENOENT && !inode_find(dir, name, strlen(name))) {
		i = inode_add(dir, name, S_IFDIR | 0755);
		*err = i ? 0 : -ENOMEM;
	}
	if (i && !S_ISDIR(i->mode))
		*err = -ENOTDIR;
	return *err ? NULL : i;
}

struct inode *inode_parent(char *path, char **name, int *err)
{
	struct inode *dir = root;
	char *end;

	for (*name = path; dir; *name = end + 1) {
		end = strchr(*name, '/');
		if (end)
			*end = '\0';
		*err = 0;
		if (!strcmp(*name, ".."))
			*err = -EINVAL;
		if (strlen(*name) > NAME_MAX)
			*err = -ENAMETOOLONG;
		if (*err)
			return NULL;
		if (!strcmp(*name, "."))
			*name = "";
		if (!end)
			return dir;
		if (**name)
			dir = inode_enter(dir, *name, err);
	}
	return NULL;
}

struct walk {
	u32 links;		/* followed so far */
	int err;
};

static struct inode *walk_fail(struct walk *w, int err)
{
	w->err = err;
	return NULL;
}

/* The entry of `at` that `*path` begins with. *path moves past its name. */
static struct inode *walk_step(struct walk *w, struct inode *at,
			       const char **path)
{
	const char *name = *path;
	u32 len;

	if (!S_ISDIR(at->mode))
		return walk_fail(w, -ENOTDIR);
	while (**path && **path != '/')
		++*path;
	len = *path - name;
	if (len > NAME_MAX)
		return walk_fail(w, -ENAMETOOLONG);
	if (name[0] == '.' && len == 1)
		return at;
	if (name[0] == '.' && name[1] == '.' && len == 2)
		return at->parent;
	at = inode_find(at, name, len);
	return at ? at : walk_fail(w, -ENOENT);
}

/*
 * A link at the end of a path is followed in place, so that chains of links
 * need no stack. A link in the middle is followed by a call. Hence the two
 * limits.
 */
static struct inode *walk(struct walk *w, struct inode *at, const char *path,
			  bool follow, u32 nesting)
{
	struct inode *next;
	bool more;

	for (;;) {
		if (*path == '/')
			at = root;
		while (*path == '/')
			path++;
		if (!*path)
			return at;
		next = walk_step(w, at, &path);
		if (!next)
			return NULL;
		more = *path;
		if (S_ISLNK(next->mode) && (follow || more)) {
			if (++w->links > LINKS_MAX || nesting > NESTING_MAX)
				return walk_fail(w, -ELOOP);
			if (next->size >= PATH_MAX)
				return walk_fail(w, -ENAMETOOLONG);
			/* Others may run, but not if `at` may be fleeting. */
			if (!at->ops->entry && resched_point())
				return walk_fail(w, -EINTR);
			if (!more) {
				path = (char *)next->data;
				continue;
			}
			next = walk(w, at, (char *)next->data, true,
				    nesting + 1);
			if (!next)
				return NULL;
		}
		at = next;
		while (*path == '/')
			path++;
		if (more && !S_ISDIR(at->mode))
			return walk_fail(w, -ENOTDIR);
	}
}

struct inode *lookup_from(struct inode *dir, const char *path, bool follow,
			  int *err)
{
	struct walk w = { 0 };
	struct inode *i;

	if (!*path) {
		*err = -ENOENT;
		return NULL;
	}
	i = walk(&w, dir, path, follow, 0);
	*err = w.err;
	return i;
}

/* Kernel threads may have no directory of their own. */
static struct inode *cwd(void)
{
	return current->cwd ? current->cwd : root;
}

struct inode *lookup(const char *path, bool follow, int *err)
{
	return lookup_from(cwd(), path, follow, err);
}

struct inode *lookup_user(u32 user_path, bool follow, int *err)
{
	char path[PATH_MAX];
	int len;

	len = strncpy_from_user(path, (char *)user_path, sizeof(path));
	if (len < 0) {
		*err = len;
		return NULL;
	}
	return lookup(path, follow, err);
}

int sys_chdir(struct regs *r)
{
	int err;
	struct inode *i = lookup_user(r->ebx, true, &err);

	if (!i)
		return err;
	if (!S_ISDIR(i->mode))
		return -ENOTDIR;
	i = inode_get(i);
	if (!i)
		return -ENOMEM;
	inode_put(cwd());
	current->cwd = i;
	return 0;
}

/* Returns the length with the NUL, as the system call of Linux does. */
int sys_getcwd(struct regs *r)
{
	char path[PATH_MAX];
	struct inode *i;
	u32 at = sizeof(path) - 1, len;

	path[at] = '\0';
	for (i = cwd(); i != root; i = i->parent) {
		len = strlen(i->name);
		if (len + 1 > at)
			return -ENAMETOOLONG;
		at -= len;
		memcpy(path + at, i->name, len);
		path[--at] = '/';
	}
	if (cwd() == root)
		path[--at] = '/';
	len = sizeof(path) - at;
	if (len > r->ecx)
		return -ERANGE;
	return copy_to_user((void *)r->ebx, path + at, len) ?: (int)len;
}

int sys_readlink(struct regs *r)
{
	int err;
	struct inode *i;
	u32 len;

	if ((s32)r->edx <= 0)
		return -EINVAL;
	i = lookup_user(r->ebx, false, &err);
	if (!i)
		return err;
	if (!S_ISLNK(i->mode))
		return -EINVAL;
	len = min(i->size, r->edx);
	return copy_to_user((void *)r->ecx, i->data, len) ?: (int)len;
}
