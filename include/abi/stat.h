/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What system calls on files exchange with user programs: structures and
 * numbers as Linux has them on i386, where 64-bit words are aligned to 4.
 */
#ifndef ABI_STAT_H
#define ABI_STAT_H

#include <kernel/types.h>

struct stat64 {
	u64 st_dev;
	u32 pad0;
	u32 st_ino_low;
	u32 st_mode;
	u32 st_nlink;
	u32 st_uid, st_gid;
	u64 st_rdev;
	u32 pad1;
	s64 st_size;
	u32 st_blksize;
	u64 st_blocks;			/* of 512 bytes */
	u32 st_atime, st_atime_nsec;
	u32 st_mtime, st_mtime_nsec;
	u32 st_ctime, st_ctime_nsec;
	u64 st_ino;
} __packed __aligned(4);

struct statx_time {
	s64 sec;
	u32 nsec, pad;
} __packed __aligned(4);

struct statx {
	u32 stx_mask, stx_blksize;
	u64 stx_attributes;
	u32 stx_nlink, stx_uid, stx_gid;
	u16 stx_mode, pad0;
	u64 stx_ino, stx_size, stx_blocks, stx_attributes_mask;
	struct statx_time stx_atime, stx_btime, stx_ctime, stx_mtime;
	u32 stx_rdev_major, stx_rdev_minor, stx_dev_major, stx_dev_minor;
	u64 pad1[14];
} __packed __aligned(4);

#define STATX_BASIC_STATS	0x7ff

struct statfs64 {
	u32 f_type, f_bsize;
	u64 f_blocks, f_bfree, f_bavail, f_files, f_ffree;
	u32 f_fsid[2], f_namelen, f_frsize, f_flags, f_spare[4];
} __packed __aligned(4);

struct dirent64 {
	u64 d_ino;
	s64 d_off;			/* where the next entry is */
	u16 d_reclen;			/* a multiple of 8 */
	u8 d_type;			/* mode >> 12 */
	char d_name[];
} __packed __aligned(4);

struct iovec {
	u32 base, len;
};

#define IOV_MAX		1024

#define SEEK_SET	0
#define SEEK_CUR	1
#define SEEK_END	2
#define SEEK_LAST	4		/* SEEK_HOLE */

#define F_DUPFD		0
#define F_GETFD		1
#define F_SETFD		2
#define F_GETFL		3
#define F_SETFL		4
#define F_DUPFD_CLOEXEC	1030
#define FD_CLOEXEC	1

#define AT_FDCWD		(-100)
#define AT_SYMLINK_NOFOLLOW	0x100
#define AT_REMOVEDIR		0x200
#define AT_SYMLINK_FOLLOW	0x400
#define AT_EMPTY_PATH		0x1000

#define UTIME_NOW	0x3fffffff
#define UTIME_OMIT	0x3ffffffe

#define X_OK		1
#define W_OK		2
#define R_OK		4

#define NCCS		19

struct termios {
	u32 c_iflag, c_oflag, c_cflag, c_lflag;
	u8 c_line, c_cc[NCCS];
};

enum { VINTR, VQUIT, VERASE, VKILL, VEOF, VTIME, VMIN, VSUSP = 10,
       VWERASE = 14 };

#define ICRNL		000400		/* c_iflag */
#define OPOST		000001		/* c_oflag */
#define ONLCR		000004
#define B115200		010002		/* c_cflag */
#define CS8		000060
#define CREAD		000200
#define ISIG		000001		/* c_lflag */
#define ICANON		000002
#define ECHO		000010
#define ECHOE		000020
#define ECHOK		000040
#define ECHOCTL		001000
#define ECHOKE		004000

struct winsize {
	u16 ws_row, ws_col, ws_xpixel, ws_ypixel;
};

#define TCGETS		0x5401
#define TCSETS		0x5402
#define TCSETSW		0x5403
#define TCSETSF		0x5404
#define TIOCSCTTY	0x540e
#define TIOCGPGRP	0x540f
#define TIOCSPGRP	0x5410
#define TIOCGWINSZ	0x5413

#endif
