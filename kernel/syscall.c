// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The system call table, with Linux i386 numbers, and the calls that fit
 * nowhere else. arch/i386/entry.S calls through it; what a call returns is the
 * result, from -4095 to -1 an error. A missing call is named on the console,
 * once for each program that makes it.
 */
#include <abi/stat.h>
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <kernel/time.h>
#include <kernel/uaccess.h>

#define LINUX_REBOOT_MAGIC1	0xfee1dead
#define LINUX_REBOOT_RESTART	0x01234567
#define LINUX_REBOOT_POWER_OFF	0x4321fedc
#define LINUX_REBOOT_HALT	0xcdef0123

static int sys_none(struct regs *r)
{
	return -ENOSYS;
}

static int sys_zero(struct regs *r)
{
	return 0;
}

static int other(struct regs *r, int (*call)(struct regs *r), const u32 arg[5])
{
	struct regs to = {
		.ebx = arg[0], .ecx = arg[1], .edx = arg[2], .esi = arg[3],
		.edi = arg[4], .vector = r->vector,
	};

	return call(&to);
}

#define A	r->ebx
#define B	r->ecx
#define C	r->edx
#define D	r->esi
#define CWD	AT_FDCWD
#define OTHER(number, name, as, ...)					\
	CALL(name, other(r, sys_##as, (const u32[5]){ __VA_ARGS__ }))
#include <kernel/syscalls.def>

int (*syscall_table[SYSCALL_LIMIT])(struct regs *r) __ro_after_init = {
#define SYSCALL(number, name)	[number] = sys_##name,
#define SAME(number, name, as)	[number] = sys_##as,
#define OTHER(number, name, as, ...)	[number] = sys_##name,
#define NONE(number, name)	[number] = sys_none,
#include <kernel/syscalls.def>
};

void __init syscall_init(void)
{
	for (u32 i = 0; i < SYSCALL_LIMIT; i++)
		if (!syscall_table[i])
			syscall_table[i] = sys_unknown;
}

int sys_unknown(struct regs *r)
{
	u32 number = r->vector, bit = 1u << number % 32;

	if (!current->misses)
		memset(current->missing, 0, sizeof(current->missing));
	current->misses = true;
	if (number < SYSCALLS_NAMED &&
	    !(current->missing[number / 32] & bit)) {
		current->missing[number / 32] |= bit;
		printk("%s[%d]: system call %u is not implemented\n",
		       current->comm, current->pid, number);
	}
	return -ENOSYS;
}

CALL(getpid, current->pid)
CALL(getppid, current->parent->pid)

int sys_set_tid_address(struct regs *r)
{
	current->clear_child_tid = r->ebx;
	return current->pid;
}

int sys_sched_yield(struct regs *r)
{
	yield();
	return 0;
}

/* C libraries refuse to start on a kernel that is older than they know. */
int sys_uname(struct regs *r)
{
	static const char names[6][65] = {
		"pv86", "pv86", "5.1.0", "#1", "i686", "(none)",
	};

	return copy_to_user((void *)r->ebx, names, sizeof(names));
}

int sys_reboot(struct regs *r)
{
	if (r->ebx != LINUX_REBOOT_MAGIC1)
		return -EINVAL;
	switch (r->edx) {
	case LINUX_REBOOT_POWER_OFF:
	case LINUX_REBOOT_HALT:
		printk("pv86: power off\n");
		shutdown(SHUTDOWN_POWEROFF, STATUS_OK);
		break;
	case LINUX_REBOOT_RESTART:
		printk("pv86: restart\n");
		shutdown(SHUTDOWN_RESTART, STATUS_OK);
		break;
	}
	return -EINVAL;
}
