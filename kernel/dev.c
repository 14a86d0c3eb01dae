// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /dev: these devices exist, whatever the initrd says. tty.c has the console.
 */
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <kernel/uaccess.h>

#define DEVICE(major, minor)	((major) << 8 | (minor))

static int null_read(struct file *f, void *buf, u32 len)
{
	return 0;
}

static int null_write(struct file *f, const void *buf, u32 len)
{
	return len;
}

static int full_write(struct file *f, const void *buf, u32 len)
{
	return -ENOSPC;
}

static int zero_read(struct file *f, void *buf, u32 len)
{
	return copy_out(buf, NULL, len);
}

#define OPS(from, to)	{ .seek = SEEK_NOWHERE, .read = from, .write = to }

static const struct file_ops null_ops = OPS(null_read, null_write);
static const struct file_ops full_ops = OPS(zero_read, full_write);
static const struct file_ops zero_ops = OPS(zero_read, null_write);
static const struct file_ops random_ops = OPS(random_read, null_write);

void __init dev_init(void)
{
	static const struct {
		const char *name;
		u32 rdev, mode;
		const struct file_ops *ops;
	} devices[] = {
		{ "console", DEVICE(5, 1), 0600, &tty_ops },
		{ "full", DEVICE(1, 7), 0666, &full_ops },
		{ "null", DEVICE(1, 3), 0666, &null_ops },
		{ "tty", DEVICE(5, 0), 0666, &tty_ops },
		{ "urandom", DEVICE(1, 9), 0666, &random_ops },
		{ "zero", DEVICE(1, 5), 0666, &zero_ops },
	};
	struct inode *dev = inode_add(root, "dev", S_IFDIR | 0755), *i;
	u32 n;

	for (n = 0; dev && n < ARRAY_SIZE(devices); n++) {
		i = inode_add(dev, devices[n].name, S_IFCHR | devices[n].mode);
		if (!i)
			break;
		i->rdev = devices[n].rdev;
		i->ops = devices[n].ops;
	}
	if (n < ARRAY_SIZE(devices))
		panic("no memory for /dev");
}
