// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The range checks in front of the copies of arch/i386/uaccess.S. Inside the
 * user half a page is either the process's own or faults.
 */
#include <kernel/uaccess.h>

u32 user_copy(void *dst, const void *src, u32 bytes);
u32 user_clear(void *dst, u32 bytes);
int user_strncpy(char *dst, const char *src, u32 size);

int copy_from_user(void *dst, const void *src, u32 len)
{
	if (!user_range(src, len))
		return -EFAULT;
	return user_copy(dst, src, len) ? -EFAULT : 0;
}

int copy_to_user(void *dst, const void *src, u32 len)
{
	if (!user_range(dst, len))
		return -EFAULT;
	return user_copy(dst, src, len) ? -EFAULT : 0;
}

int clear_user(void *dst, u32 len)
{
	if (!user_range(dst, len))
		return -EFAULT;
	return user_clear(dst, len) ? -EFAULT : 0;
}

int strncpy_from_user(char *dst, const char *src, u32 size)
{
	u32 room = min(size, USER_END - (u32)src);
	int len;

	if (!user_range(src, 1))
		return -EFAULT;
	len = user_strncpy(dst, src, room);
	if (len < 0)
		return -EFAULT;
	if ((u32)len == room)
		return room == size ? -ENAMETOOLONG : -EFAULT;
	return len;
}
