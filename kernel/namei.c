// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tree of names, and how a path becomes an inode (inode.c). There is one
 * tree, which initrd.c, dev.c and proc.c fill at boot and dir.c changes. The
 * processes below /proc are not in it: a lookup fills a fleeting inode (proc.c).
 *
 * What a lookup returns is valid until the next lookup or resched_point(),
 * unless inode_get() keeps it.
 */
#include <abi/stat.h>
#include <kernel/file.h>
#include <kernel/mm.h>
#include <kernel/syscall.h>
#include <kernel/uaccess.h>

#define LINKS_MAX	40	/* symbolic links followed in one lookup */
#define HASH_BITS	12

static struct inode root_inode = {
	.name = "",
	.ino = 1,
	.mode = S_IFDIR | 0755,
	.nlink = 2,
	.parent = &root_inode,
	.children = LIST_INIT(root_inode.children),
	.ops = &dir_ops,
};

struct inode *root = &root_inode;

/* All entries of all directories, in chains. */
static struct entry *names[1u << HASH_BITS];

/*
 * FNV-1a, then a multiplication that spreads the last bytes to all bits: names
 * that are alike get hashes that are not.
 */
static u32 name_hash(const struct inode *dir, const char *name, u32 len)
{
	u32 hash = 0x811c9dc5 ^ (u32)dir;

	while (len--)
		hash = (hash ^ (u8)*name++) * 0x01000193;
	return ((hash ^ hash >> 15) * 0x2c1b3c6d) >> (32 - HASH_BITS);
}

static bool same_name(const char *a, const char *name, u32 len)
{
	return !strncmp(a, name, len) && !a[len];
}

/* The link to the entry of that name, or the link where it belongs. */
static struct entry **place_of(const struct inode *dir, const char *name,
			       u32 len)
{
	struct entry **at = &names[name_hash(dir, name, len)], *e;

	while ((e = *at) && (e->dir != dir || !same_name(e->name, name, len)))
		at = &e->chain;
	return at;
}

struct inode *inode_find(struct inode *dir, const char *name, u32 len)
{
	struct entry *e = *place_of(dir, name, len);
	struct inode *i;
	u32 pos;

	if (e || !dir->ops->entry)
		return e ? e->inode : NULL;
	if (dir->ops->find) {
		i = dir->ops->find(name);
		return i && same_name(i->name, name, len) ? i : NULL;
	}
	for (pos = 2; (i = dir->ops->entry(dir, &pos)); pos++)
		if (same_name(i->name, name, len))
			return i;
	return NULL;
}

static struct entry *entry_new(struct inode *dir, const char *name)
{
	u32 size = strlen(name) + 1;
	struct entry *e = kmalloc(sizeof(*e) + size);

	if (!e)
		return NULL;
	*e = (struct entry){ .dir = dir, .pos = 2 + dir->next_pos++ };
	memcpy(e->name, name, size);
	list_add_tail(&dir->children, &e->link);
	return e;
}

/* A directory has one name, which it knows, and keeps the one that it is in. */
static void name_added(struct entry *e)
{
	struct inode *i = e->inode, *old = i->parent;

	i->nlink++;
	if (!S_ISDIR(i->mode))
		return;
	i->nlink++;
	e->dir->nlink++;
	e->dir->refs++;
	i->parent = e->dir;
	i->name = e->name;
	if (old)
		old->refs--;
}

static void name_removed(struct inode *dir, struct inode *i)
{
	i->nlink--;
	if (S_ISDIR(i->mode)) {
		i->nlink--;
		dir->nlink--;
	}
	inode_unused(i);
}

int dir_set(struct inode *dir, const char *name, struct inode *to)
{
	struct entry **at = place_of(dir, name, strlen(name)), *e = *at;
	struct inode *old = e ? e->inode : NULL;

	if (to && !e) {
		*at = e = entry_new(dir, name);
		if (!e)
			return -ENOSPC;
	}
	if (to) {
		e->inode = to;
		name_added(e);
	} else if (e) {
		*at = e->chain;
		list_del(&e->link);
		kfree(e);
	}
	if (old)
		name_removed(dir, old);
	return 0;
}

struct inode *inode_add(struct inode *dir, const char *name, u32 mode)
{
	struct inode *i = inode_find(dir, name, strlen(name));

	if (!i || !S_ISDIR(mode) || !S_ISDIR(i->mode)) {
		i = inode_new(mode);
		if (i && dir_set(dir, name, i)) {
			inode_unused(i);
			return NULL;
		}
	}
	if (i)
		i->mode = mode;
	return i;
}

/* The entry of `at` with that name; *err: why there is none. */
static struct inode *walk_step(struct inode *at, const char *name, u32 len,
			       int *err)
{
	struct inode *i = NULL;

	*err = 0;
	if (!S_ISDIR(at->mode))
		*err = -ENOTDIR;
	else if (len > NAME_MAX)
		*err = -ENAMETOOLONG;
	else if (name[0] == '.' && len == 1)
		i = at;
	else if (name[0] == '.' && name[1] == '.' && len == 2)
		i = at->parent;
	else if (!(i = inode_find(at, name, len)))
		*err = -ENOENT;
	return i;
}

/* Others may run while a link is followed, but not if `at` may be fleeting. */
static int walk_turn(struct inode *at)
{
	int err = 0;

	if (at->ops->entry)
		return 0;
	at->refs++;
	if (resched_point())
		err = -EINTR;
	else if (!at->nlink)
		err = -ENOENT;
	inode_put(at);
	return err;
}

/*
 * Goes on with the text of a link. What follows the link is kept for later. If
 * that is nothing, the text takes its place, so that chains need no room.
 */
static int walk_link(struct walk *w, struct inode **at, struct inode *link)
{
	bool more = *w->text[w->depth].rest;
	int err;

	if (++w->links > LINKS_MAX || w->depth + more > NESTING_MAX)
		return -ELOOP;
	if (link->size >= PATH_MAX)
		return -ENAMETOOLONG;
	if (!more)
		inode_put(w->text[w->depth].link);
	w->depth += more;
	w->text[w->depth].rest = link->data;
	w->text[w->depth].link = link->fleeting ? root : link;
	w->text[w->depth].link->refs++;
	err = walk_turn(*at);
	if (*(char *)link->data == '/')
		*at = root;
	return err;
}

/* A slash at the end asks for a directory. */
static bool walk_slash(const struct walk *w, u32 how)
{
	return w->slash && !(how & WALK_LAST);
}

/* Sets *end to the end of the name, and *rest to the name after it. */
static const char *next_name(const char **rest, const char **end)
{
	const char *name = *rest;

	while (*name == '/')
		name++;
	for (*end = name; **end && **end != '/'; )
		++*end;
	for (*rest = *end; **rest == '/'; )
		++*rest;
	return name;
}

/*
 * The last name is kept in place of the path. It stands for `i`, or for nothing
 * and can be added, if the directory takes names.
 */
static int walk_end(struct walk *w, struct inode *at, const char *name, u32 len,
		    struct inode *i)
{
	w->inode = i;
	if (i || at->nlink)
		w->dir = at;
	memmove(w->path, name, len);
	w->path[len] = '\0';
	return i ? 0 : -ENOENT;
}

static int walk_from(struct walk *w, struct inode *at, u32 how)
{
	for (;;) {
		const char *end, **rest = &w->text[w->depth].rest;
		const char *name = next_name(rest, &end);
		bool more = **rest || w->depth;
		struct inode *next;
		int err = 0;

		if (name == end && w->depth) {
			inode_put(w->text[w->depth--].link);
			continue;
		}
		w->slash |= !more && *end;
		next = name == end ? at : walk_step(at, name, end - name, &err);
		if (err == -ENOENT && more && how & WALK_MAKE && !w->depth) {
			*(char *)end = '\0';
			next = inode_add(at, name, S_IFDIR | 0755);
			*(char *)end = '/';
			err = next ? 0 : -ENOMEM;
		}
		if (err && (more || err != -ENOENT ||
			    (at->ops != &dir_ops && !(how & WALK_MAKE))))
			return err;
		if (next && S_ISLNK(next->mode) &&
		    (more || how & WALK_FOLLOW || walk_slash(w, how))) {
			err = walk_link(w, &at, next);
			if (err)
				return err;
			continue;
		}
		if (!more)
			return walk_end(w, at, name, end - name, next);
		at = next;
	}
}

int walk(struct walk *w, struct inode *at, u32 how)
{
	int err;

	w->dir = w->inode = NULL;
	w->slash = false;
	w->links = w->depth = 0;
	w->text[0].rest = w->path;
	w->text[0].link = root;		/* it needs a reference like all */
	root->refs++;
	err = walk_from(w, *w->path == '/' ? root : at, how);
	if (!err && walk_slash(w, how) && !S_ISDIR(w->inode->mode))
		err = -ENOTDIR;
	do
		inode_put(w->text[w->depth].link);
	while (w->depth--);
	return err;
}

struct inode *lookup_from(struct inode *dir, const char *path, bool follow,
			  int *err)
{
	struct walk w;

	*err = *path ? 0 : -ENOENT;
	if (strlcpy(w.path, path, PATH_MAX) >= PATH_MAX)
		*err = -ENAMETOOLONG;
	if (!*err)
		*err = walk(&w, dir, follow ? WALK_FOLLOW : 0);
	return *err ? NULL : w.inode;
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

int walk_at(struct walk *w, int dirfd, u32 user_path, u32 how)
{
	bool file_itself = !user_path && how & WALK_EMPTY;
	int len = file_itself ? 0 :
		  strncpy_from_user(w->path, (char *)user_path, PATH_MAX);
	struct file *f = fd_file(dirfd);
	struct inode *at = f ? f->inode : NULL;

	if (dirfd == AT_FDCWD && !file_itself)
		at = cwd();
	w->dir = NULL;
	w->inode = at;
	if (len < 0)
		return len;
	if (!len && !(how & WALK_EMPTY))
		return -ENOENT;
	if (!at && (!len || *w->path != '/'))
		return -EBADF;
	return len ? walk(w, at, how) : 0;
}

struct inode *lookup_at(int dirfd, u32 user_path, u32 flags, int *err)
{
	struct walk w;

	*err = walk_at(&w, dirfd, user_path,
		       (flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) |
		       (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0));
	return *err ? NULL : w.inode;
}

static int change_dir(int dirfd, u32 path, u32 flags)
{
	int err;
	struct inode *i = lookup_at(dirfd, path, flags, &err);

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

CALL(chdir, change_dir(AT_FDCWD, r->ebx, 0))
CALL(fchdir, change_dir(r->ebx, 0, AT_EMPTY_PATH))

/*
 * Puts the path of a name in `dir` at the end of `path`, which has PATH_MAX
 * bytes; "": of the directory itself. Where it begins; NULL: it is too long.
 */
static char *put_path(struct inode *dir, const char *name, char *path)
{
	char *at = path + PATH_MAX - 1;
	u32 len;

	*at = '\0';
	if (dir == root && !*name)
		*--at = '/';
	for (;;) {
		len = strlen(name);
		if (len + 1 > (u32)(at - path))
			return NULL;
		at -= len;
		memcpy(at, name, len);
		if (len)
			*--at = '/';
		if (dir == root)
			return at;
		name = dir->name;
		dir = dir->parent;
	}
}

char *inode_path(struct inode *i, char *path)
{
	for (u32 n = 0; n < ARRAY_SIZE(names); n++)
		for (struct entry *e = names[n]; e; e = e->chain)
			if (e->inode == i)
				return put_path(e->dir, e->name, path);
	return NULL;
}

/* Returns the length with the NUL, as the system call of Linux does. */
int sys_getcwd(struct regs *r)
{
	char path[PATH_MAX], *at;
	u32 len;

	if (!cwd()->nlink)
		return -ENOENT;
	at = put_path(cwd(), "", path);
	if (!at)
		return -ENAMETOOLONG;
	len = path + PATH_MAX - at;
	if (len > r->ecx)
		return -ERANGE;
	return copy_to_user((void *)r->ebx, at, len) ?: (int)len;
}

int sys_readlinkat(struct regs *r)
{
	int err, size = r->esi;
	struct inode *i;
	u32 len;

	if (size <= 0)
		return -EINVAL;
	i = lookup_at(r->ebx, r->ecx, AT_SYMLINK_NOFOLLOW, &err);
	if (!i)
		return err;
	if (!S_ISLNK(i->mode))
		return -EINVAL;
	len = min(i->size, (u32)size);
	return copy_to_user((void *)r->edx, i->data, len) ?: (int)len;
}
