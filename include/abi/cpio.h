/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cpio archives of the "newc" kind. A record is this header in ASCII, then
 * the name, then the file's bytes; name and bytes each end with zeros up to
 * a multiple of 4 from the start of the archive. Every field is eight
 * hexadecimal digits. The last record is named TRAILER!!!.
 */
#ifndef ABI_CPIO_H
#define ABI_CPIO_H

enum cpio_field {
	CPIO_INO, CPIO_MODE, CPIO_UID, CPIO_GID, CPIO_NLINK, CPIO_MTIME,
	CPIO_FILESIZE, CPIO_DEVMAJOR, CPIO_DEVMINOR, CPIO_RDEVMAJOR,
	CPIO_RDEVMINOR,
	CPIO_NAMESIZE,		/* with the NUL at the end */
	CPIO_CHECK,		/* CPIO_CRC_MAGIC: the sum of all bytes */
	CPIO_FIELDS
};

#define CPIO_MAGIC	"070701"
#define CPIO_CRC_MAGIC	"070702"
#define CPIO_MAGIC_LEN	6

struct cpio_header {
	char magic[CPIO_MAGIC_LEN];
	char field[CPIO_FIELDS][8];
};

#define CPIO_TRAILER	"TRAILER!!!"

#endif
