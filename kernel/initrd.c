// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The initrd becomes the root tree (namei.c): a cpio archive
 * (include/abi/cpio.h) is unpacked. Nothing in the archive is trusted: each kind
 * of damage is named with its offset, and what came before it stays.
 */
#include <abi/cpio.h>
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/time.h>

struct archive {
	const u8 *start;
	u32 size;
	u32 pos;		/* of the record that is read next */
	u32 record;		/* of the one that was read last */
	struct inode files_seen;	/* a directory: see file_of */
	u32 files;
};

struct record {
	u32 field[CPIO_FIELDS];
	char name[PATH_MAX];
	const u8 *data;
};

static bool __init bad(const struct archive *a, const char *what)
{
	printk("initrd: %s at offset 0x%x\n", what, a->record);
	return false;
}

static bool __init parse_hex(const char *digits, u32 *value)
{
	int i;
	char c;

	*value = 0;
	for (i = 0; i < 8; i++) {
		c = digits[i] | 0x20;
		if (c >= '0' && c <= '9')
			c -= '0';
		else if (c >= 'a' && c <= 'f')
			c -= 'a' - 10;
		else
			return false;
		*value = *value << 4 | c;
	}
	return true;
}

static bool __init is_magic(const char *magic)
{
	return !memcmp(magic, CPIO_MAGIC, CPIO_MAGIC_LEN) ||
	       !memcmp(magic, CPIO_CRC_MAGIC, CPIO_MAGIC_LEN);
}

static bool __init checksum_ok(const struct cpio_header *h,
			       const struct record *r)
{
	u32 i, sum = 0;

	if (!memcmp(h->magic, CPIO_MAGIC, CPIO_MAGIC_LEN))
		return true;
	for (i = 0; i < r->field[CPIO_FILESIZE]; i++)
		sum += r->data[i];
	return !r->field[CPIO_FILESIZE] || sum == r->field[CPIO_CHECK];
}

static u32 __init bytes_left(const struct archive *a)
{
	return a->size - a->pos;
}

/* Moves to the next multiple of 4, or to the end. */
static void __init align(struct archive *a)
{
	a->pos += min(-a->pos & 3, bytes_left(a));
}

static bool __init read_header(struct archive *a, struct record *r)
{
	const struct cpio_header *h = (void *)(a->start + a->pos);
	int i;

	a->record = a->pos;
	if (!bytes_left(a))
		return bad(a, "no " CPIO_TRAILER);
	if (bytes_left(a) < sizeof(*h))
		return bad(a, "header cut off");
	if (!is_magic(h->magic))
		return bad(a, "not a cpio (newc) header");
	for (i = 0; i < CPIO_FIELDS; i++)
		if (!parse_hex(h->field[i], &r->field[i]))
			return bad(a, "bad hexadecimal digit");
	a->pos += sizeof(*h);
	return true;
}

static bool __init read_name(struct archive *a, struct record *r)
{
	u32 size = r->field[CPIO_NAMESIZE];

	if (!size)
		return bad(a, "no name");
	if (size > PATH_MAX)
		return bad(a, "name too long");
	if (size > bytes_left(a))
		return bad(a, "name cut off");
	memcpy(r->name, a->start + a->pos, size);
	if (r->name[size - 1])
		return bad(a, "name without end");
	a->pos += size;
	align(a);
	return true;
}

/* Reads one record and moves past it. False: nothing more can be read. */
static bool __init read_record(struct archive *a, struct record *r)
{
	const struct cpio_header *h = (void *)(a->start + a->pos);

	if (!read_header(a, r) || !read_name(a, r))
		return false;
	if (r->field[CPIO_FILESIZE] > bytes_left(a))
		return bad(a, "file cut off");
	r->data = a->start + a->pos;
	if (!checksum_ok(h, r))
		return bad(a, "wrong checksum");
	a->pos += r->field[CPIO_FILESIZE];
	align(a);
	return true;
}

/* The next archive has numbers of its own. */
static void __init forget_files(struct archive *a)
{
	struct list *names = &a->files_seen.children;

	while (!list_empty(names))
		dir_set(&a->files_seen,
			list_entry(names->next, struct entry, link)->name,
			NULL);
}

/* Archives may follow each other, with zeros between. */
static bool __init next_archive(struct archive *a)
{
	forget_files(a);
	while (bytes_left(a) && !a->start[a->pos])
		a->pos++;
	a->record = a->pos;
	if (!bytes_left(a))
		return false;
	if (bytes_left(a) < CPIO_MAGIC_LEN || a->pos & 3 ||
	    !is_magic((const char *)a->start + a->pos))
		return bad(a, "unknown bytes after the archive");
	return true;
}

/*
 * A file with several names is one inode, under its number in the archive, in a
 * directory of its own. NULL: no memory.
 */
static struct inode *__init file_of(struct archive *a, const struct record *r)
{
	u32 mode = r->field[CPIO_MODE], len;
	char key[3 * 9];
	struct inode *i;

	if (!S_ISREG(mode) || r->field[CPIO_NLINK] < 2)
		return inode_new(mode);
	len = snprintf(key, sizeof(key), "%x %x %x", r->field[CPIO_INO],
		       r->field[CPIO_DEVMAJOR], r->field[CPIO_DEVMINOR]);
	i = inode_find(&a->files_seen, key, len);
	return i ? i : inode_add(&a->files_seen, key, mode);
}

/* Its bytes come with one of its names. */
static bool __init set_data(struct inode *i, const struct record *r)
{
	u32 size = r->field[CPIO_FILESIZE];

	if (S_ISREG(i->mode))
		return inode_write(i, 0, r->data, size, false) == (int)size;
	i->data = kmalloc(size + 1);
	if (!i->data)
		return false;
	i->size = size;
	memcpy(i->data, r->data, size);
	((char *)i->data)[size] = '\0';
	return true;
}

/* Why a directory, file or link can't be added where the walk ended, or NULL. */
static const char *__init refusal(const struct record *r, const struct walk *w,
				  int err)
{
	u32 mode = r->field[CPIO_MODE], size = r->field[CPIO_FILESIZE];

	if (!w->dir)
		return err == -ENAMETOOLONG ? "name too long" :
		       err == -ENOMEM ? "out of memory" :
		       err == -ENOTDIR ?
		       "path through something that is no directory" :
		       "path through a link to nowhere";
	if (w->inode && S_ISDIR(w->inode->mode) && !S_ISDIR(mode))
		return "name of a directory";
	if (S_ISLNK(mode) && (!size || size >= PATH_MAX || !r->data[0]))
		return "link text empty or too long";
	return NULL;
}

/* Adds a directory, file or link where the walk ended. False: no memory. */
static bool __init add_node(struct archive *a, const struct record *r,
			    struct walk *w)
{
	u32 mode = r->field[CPIO_MODE];
	struct inode *i = w->inode;

	if (!S_ISDIR(mode)) {
		i = file_of(a, r);
		if (!i || !set_data(i, r) || dir_set(w->dir, w->path, i))
			return false;
	} else if (!i || !S_ISDIR(i->mode)) {
		i = inode_add(w->dir, w->path, mode);
	}
	if (!i)
		return false;
	i->mode = mode;
	i->mtime = (u64)r->field[CPIO_MTIME] * NSEC_PER_SEC;
	i->atime = i->ctime = i->mtime;
	a->files++;
	return true;
}

/* False: no memory to go on. Devices are left out: /dev is dev.c's. */
static bool __init add_record(struct archive *a, const struct record *r)
{
	static struct walk w __initdata;
	u32 mode = r->field[CPIO_MODE];
	const char *why;
	int err;

	if (!S_ISDIR(mode) && !S_ISREG(mode) && !S_ISLNK(mode))
		return true;
	strlcpy(w.path, r->name, PATH_MAX);
	err = walk(&w, root, WALK_LAST | WALK_MAKE);
	why = refusal(r, &w, err);
	if (why) {
		bad(a, why);
		return err != -ENOMEM;
	}
	return add_node(a, r, &w) || bad(a, "out of memory");
}

void __init initrd_init(const void *start, u32 size)
{
	static struct record r __initdata;
	struct archive a = { .start = start, .size = size };

	if (!start || !size) {
		printk("initrd: none\n");
		return;
	}
	list_init(&a.files_seen.children);
	a.files_seen.ops = &dir_ops;
	while (read_record(&a, &r)) {
		if (!strcmp(r.name, CPIO_TRAILER)) {
			if (!next_archive(&a))
				break;
		} else if (!add_record(&a, &r)) {
			break;
		}
	}
	forget_files(&a);
	printk("initrd: %u files and directories\n", a.files);
}
