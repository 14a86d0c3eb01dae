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
CALL(setreuid, r->ebx + 1 > 1 || r->ecx + 1 > 1 ? -EINVAL : 0)

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

enum { STACK = 3, CORE = 4, NOFILE = 7, LIMITS = 16 };

/* Soft and hard; all bits: there is none. */
static u64 limit_of(u32 what)
{
	return what == STACK ? STACK_MAX : what == CORE ? 0 :
	       what == NOFILE ? MAX_FILES : ~0ull;
}

int sys_getrlimit(struct regs *r)
{
	u32 limit = limit_of(r->ebx), both[2] = { limit, limit };

	return r->ebx >= LIMITS ? -EINVAL :
	       copy_to_user((void *)r->ecx, both, sizeof(both));
}

/* ebx process, ecx which, edx new ones, which must be the old, esi old ones. */
int sys_prlimit64(struct regs *r)
{
	u64 limit = limit_of(r->ecx), old[2] = { limit, limit }, new[2];
	int err = r->ecx >= LIMITS ? -EINVAL : 0;

	if (!err && r->edx)
		err = copy_from_user(new, (void *)r->edx, sizeof(new)) ?:
		      memcmp(new, old, sizeof(old)) ? -EPERM : 0;
	if (!err && r->esi)
		err = copy_to_user((void *)r->esi, old, sizeof(old));
	return err;
}

int sys_sysinfo(struct regs *r)
{
	enum { UPTIME, TOTAL = 4, FREE, PROCS = 10, UNIT = 13, WORDS = 16 };
	u32 info[WORDS] = {
		[UPTIME] = div64(clock_ns(), NSEC_PER_SEC, NULL),
		[TOTAL] = total_pages, [FREE] = pages_free(),
		[UNIT] = PAGE_SIZE,
	};
	struct task *t;

	list_for_each(t, &all_tasks, all)
		info[PROCS]++;
	return copy_to_user((void *)r->ebx, info, sizeof(info));
}

/* One CPU. */
CALL(sched_getaffinity, r->ecx < 4 || r->ecx % 4 ? -EINVAL :
     put_user(1, (u32 *)r->edx) ?: 4)

static u32 ticks(u64 ns)
{
	return div64(ns, TICK_NS, NULL);
}

int sys_times(struct regs *r)
{
	u32 t[4] = { ticks(cpu_ns(current)), 0,
		     ticks(cycles_ns(current->children_cycles)), 0 };
	int err = r->ebx ? copy_to_user((void *)r->ebx, t, sizeof(t)) : 0;

	return err ?: (int)(ticks(clock_ns()) & S32_MAX);
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
	return put_rusage(r->ecx, who != CHILDREN ? cpu_ns(current) :
			  cycles_ns(current->children_cycles));
}

/*
 * The low bits of the TSC are all that is not known here, and a user may know
 * them: good for hash tables and names of files, not for keys.
 */
int random_read(struct file *f, void *buf, u32 len)
{
	static u64 state;
	u32 done;
	int err;

	for (done = 0; done < len && !resched_point(); done++) {
		state = state * 6364136223846793005ull + rdtsc();
		err = put_user((u8)(state >> 56), (u8 *)buf + done);
		if (err)
			return done ? (int)done : err;
	}
	return done;
}

CALL(getrandom, r->edx > 7 ? -EINVAL :
     random_read(NULL, (void *)r->ebx, min(r->ecx, S32_MAX)))
