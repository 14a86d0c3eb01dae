// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What programs ask about themselves and the machine: identities, of which
 * there is one, limits, which are fixed, the time and memory that was used, and
 * numbers that nobody expects.
 */
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/syscall.h>
#include <kernel/time.h>
#include <kernel/uaccess.h>

/* Everybody is root, and can become nobody else; -1: stays what it is. */
static int id_error(u32 id)
{
	return id + 1 > 1 ? -EINVAL : 0;
}

int sys_setuid(struct regs *r)
{
	return r->ebx ? -EINVAL : 0;
}

int sys_setreuid(struct regs *r)
{
	return id_error(r->ebx) ?: id_error(r->ecx);
}

int sys_setresuid(struct regs *r)
{
	return sys_setreuid(r) ?: id_error(r->edx);
}

int sys_getresuid(struct regs *r)
{
	return put_user(0, (u32 *)r->ebx) ?: put_user(0, (u32 *)r->ecx) ?:
	       put_user(0, (u32 *)r->edx);
}

int sys_umask(struct regs *r)
{
	u32 old = current->umask;

	current->umask = r->ebx & 0777;
	return old;
}

#define RLIM_INFINITY	(~0ull)
#define RLIM_NLIMITS	16

/* The limit of `what`, soft and hard, as 64 bits. */
static u64 limit_of(u32 what)
{
	enum { STACK = 3, CORE = 4, NOFILE = 7 };

	return what == STACK ? STACK_MAX : what == CORE ? 0 :
	       what == NOFILE ? MAX_FILES : RLIM_INFINITY;
}

/* They can be set to what they are, and that of core files to anything. */
static int limit_error(u32 what, u64 soft, u64 hard)
{
	return limit_of(what) && (soft != limit_of(what) || hard != soft) ?
	       -EPERM : 0;
}

int sys_getrlimit(struct regs *r)
{
	u32 limit = limit_of(r->ebx), both[2] = { limit, limit };

	if (r->ebx >= RLIM_NLIMITS)
		return -EINVAL;
	return copy_to_user((void *)r->ecx, both, sizeof(both));
}

static u64 widen(u32 limit)
{
	return limit == ~0u ? RLIM_INFINITY : limit;
}

int sys_setrlimit(struct regs *r)
{
	u32 new[2];
	int err = copy_from_user(new, (void *)r->ecx, sizeof(new));

	if (err)
		return err;
	return r->ebx >= RLIM_NLIMITS ? -EINVAL :
	       limit_error(r->ebx, widen(new[0]), widen(new[1]));
}

/* ebx process, 0: the caller; ecx which, edx new, esi old. */
int sys_prlimit64(struct regs *r)
{
	u64 limit = limit_of(r->ecx), old[2] = { limit, limit }, new[2];
	int err = 0;

	if (r->ecx >= RLIM_NLIMITS)
		return -EINVAL;
	if (r->edx)
		err = copy_from_user(new, (void *)r->edx, sizeof(new));
	if (!err && r->ebx && !task_find(r->ebx))
		err = -ESRCH;
	if (!err && r->edx)
		err = limit_error(r->ecx, new[0], new[1]);
	if (!err && r->esi)
		err = copy_to_user((void *)r->esi, old, sizeof(old));
	return err;
}

int sys_sysinfo(struct regs *r)
{
	struct {
		u32 uptime, loads[3], total, free, shared, buffers, swap[2];
		u16 procs, pad;
		u32 high[2], unit;
		u8 pad2[8];
	} info = {
		.uptime = div64(clock_ns(), NSEC_PER_SEC, NULL),
		.total = total_pages,
		.free = pages_free(),
		.unit = PAGE_SIZE,
	};
	struct task *t;

	list_for_each(t, &all_tasks, all)
		info.procs++;
	return copy_to_user((void *)r->ebx, &info, sizeof(info));
}

int sys_sched_getaffinity(struct regs *r)
{
	if (r->ebx && !task_find(r->ebx))
		return -ESRCH;
	if (r->ecx < 4 || r->ecx % 4)
		return -EINVAL;
	return put_user(1, (u32 *)r->edx) ?: 4;
}

/* It must leave the one CPU that there is. */
int sys_sched_setaffinity(struct regs *r)
{
	u8 first = 0;
	int err = r->ecx ? get_user(first, (u8 *)r->edx) : 0;

	if (!err && r->ebx && !task_find(r->ebx))
		err = -ESRCH;
	if (err)
		return err;
	return first & 1 ? 0 : -EINVAL;
}

int sys_times(struct regs *r)
{
	u32 t[4] = {
		div64(cpu_ns(current), TICK_NS, NULL), 0,
		div64(cycles_ns(current->children_cycles), TICK_NS, NULL), 0,
	};
	int err = r->ebx ? copy_to_user((void *)r->ebx, t, sizeof(t)) : 0;

	return err ?: (int)(div64(clock_ns(), TICK_NS, NULL) & S32_MAX);
}

int put_rusage(u32 user, u64 ns)
{
	u32 usage[18] = { 0 };

	usage[0] = div64(ns, NSEC_PER_SEC, &usage[1]);
	usage[1] /= 1000;
	return copy_to_user((void *)user, usage, sizeof(usage));
}

int sys_getrusage(struct regs *r)
{
	enum { CHILDREN = -1, SELF, THREAD } who = r->ebx;

	if (who < CHILDREN || who > THREAD)
		return -EINVAL;
	return put_rusage(r->ecx, who == CHILDREN ?
			  cycles_ns(current->children_cycles) :
			  cpu_ns(current));
}

/*
 * The low bits of the TSC are all that is not known here, and a user may know
 * them: good for hash tables and names of files, not for keys.
 */
static u32 random(void)
{
	static u64 state;

	state = state * 6364136223846793005ull + rdtsc();
	return state >> 32;
}

int random_read(struct file *f, void *buf, u32 len)
{
	u32 done = 0, bits, n;
	int err;

	while (done < len && !resched_point()) {
		bits = random();
		n = min(len - done, sizeof(bits));
		err = copy_to_user((u8 *)buf + done, &bits, n);
		if (err)
			return done ? (int)done : err;
		done += n;
	}
	return done;
}

int sys_getrandom(struct regs *r)
{
	if (r->edx > 7)
		return -EINVAL;
	return random_read(NULL, (void *)r->ebx, min(r->ecx, S32_MAX));
}
