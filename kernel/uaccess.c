// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The range checks before the copies of arch/i386/uaccess.S. They are enough:
 * inside the user half an address is the process's own, or it faults.
 */
#include <kernel/task.h>
#include <kernel/uaccess.h>

int user_copy(void *dst, const void *src, u32 bytes);
int user_clear(void *dst, u32 bytes);
int user_strncpy(char *dst, const char *src, u32 size);
int user_error(void);

/* A copy lets nobody else run: it fails, and some task has to end. */
void copy_failed(int err)
{
	current->fault_err = err == -ENOMEM ? err : -EFAULT;
	if (err == -ENOMEM)
		out_of_memory();
}

/* A copy that faults returns what this does: why its page fault failed. */
int user_error(void)
{
	return current->fault_err;
}

int copy_from_user(void *dst, const void *src, u32 len)
{
	if (!user_range(src, len))
		return -EFAULT;
	return user_copy(dst, src, len);
}

int copy_to_user(void *dst, const void *src, u32 len)
{
	if (!user_range(dst, len))
		return -EFAULT;
	return user_copy(dst, src, len);
}

int clear_user(void *dst, u32 len)
{
	if (!user_range(dst, len))
		return -EFAULT;
	return user_clear(dst, len);
}

int copy_out(void *dst, const void *src, u32 len)
{
	u32 done = 0;

	for (;;) {
		u8 *to = (u8 *)dst + done;
		u32 n = min(len - done, PAGE_SIZE - (u32)to % PAGE_SIZE);
		int err = src ? copy_to_user(to, (const u8 *)src + done, n) :
			  clear_user(to, n);

		if (err)
			return done ? (int)done : err;
		done += n;
		if (done == len || resched_point())
			return done;
	}
}

int strncpy_from_user(char *dst, const char *src, u32 size)
{
	u32 room = min(size, USER_END - (u32)src);
	int len;

	if (!user_range(src, 1))
		return -EFAULT;
	len = user_strncpy(dst, src, room);
	if (len >= 0 && (u32)len == room)
		return room == size ? -ENAMETOOLONG : -EFAULT;
	return len;
}
