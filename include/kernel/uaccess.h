/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The only ways from the kernel to user memory. A pointer that is not in the
 * user half, or not mapped for the access, gives -EFAULT. A page for which
 * there is no memory gives -ENOMEM. A copy that faults in the middle may have
 * written its first part. arch/i386/uaccess.S, kernel/uaccess.c.
 */
#ifndef KERNEL_UACCESS_H
#define KERNEL_UACCESS_H

#include <arch/page.h>
#include <kernel/kernel.h>

__inline_always bool user_range(const void *p, u32 len)
{
	return (u32)p <= USER_END && len <= USER_END - (u32)p;
}

/* A trap calls this when a copy below has faulted; err: its result. */
void copy_failed(int err);

/* 0, -EFAULT or -ENOMEM. */
int copy_from_user(void *dst, const void *src, u32 len);
int copy_to_user(void *dst, const void *src, u32 len);
int clear_user(void *dst, u32 len);

/*
 * A copy to user memory of any length, page by page: others run in between.
 * `src` NULL: zeros. The number of bytes copied, or the error if that is none.
 */
int copy_out(void *dst, const void *src, u32 len);

/* The length without the NUL; -ENAMETOOLONG if it is more than size - 1. */
int strncpy_from_user(char *dst, const char *src, u32 size);

#define get_user(var, ptr)	copy_from_user(&(var), (ptr), sizeof(var))
#define put_user(val, ptr) ({						\
	typeof(*(ptr)) __v = (val);					\
	copy_to_user((ptr), &__v, sizeof(__v));				\
})

#endif
