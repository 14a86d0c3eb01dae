// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * poll and select: waiting for one of several files. The caller looks at all,
 * and a waiter of its own stands in the queue of each, so that it looks again
 * when one of them wakes it.
 */
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <kernel/signal.h>
#include <kernel/syscall.h>
#include <kernel/time.h>
#include <kernel/uaccess.h>

#define POLLPRI		2
#define POLLNVAL	0x20

struct pollfd {
	int fd;
	s16 events, revents;
};

struct poll {
	u32 count;
	struct waiter waiter[MAX_FILES];
};

void poll_wait(struct poll *poll, struct waitq *q)
{
	struct waiter *w = &poll->waiter[poll->count++];

	w->task = current;
	list_add_tail(&q->sleepers, &w->link);
}

static void poll_leave(struct poll *poll)
{
	u32 flags = irq_save();

	while (poll->count)
		list_del(&poll->waiter[--poll->count].link);
	restore_fl(flags);
}

/* How many of them are ready. Each adds at most one waiter, none stays behind. */
static int look(struct pollfd *p, u32 count, struct poll *poll)
{
	int found = 0;

	poll_leave(poll);
	for (; count--; p++) {
		struct file *f = fd_file(p->fd);
		u32 is = !f ? POLLNVAL : !f->ops->poll ? POLLIN | POLLOUT :
			 f->ops->poll(f, poll);

		p->revents = p->fd < 0 ? 0 : is &
			     ((u16)p->events | POLLERR | POLLHUP | POLLNVAL);
		found += p->revents != 0;
	}
	return found;
}

/* The same, or -EINTR; it waits for one until the deadline. */
static int wait_for_any(struct pollfd *p, u32 count, u64 deadline)
{
	struct poll poll;
	int found, err;

	poll.count = 0;
	err = wait_event_until((found = look(p, count, &poll)), deadline);
	poll_leave(&poll);
	return found ?: err;
}

static int do_poll(u32 user, u32 count, u64 deadline)
{
	struct pollfd fds[MAX_FILES];
	u32 bytes = count * sizeof(fds[0]);
	int err, found;

	if (count > MAX_FILES)
		return -EINVAL;
	err = copy_from_user(fds, (void *)user, bytes);
	if (err)
		return err;
	found = wait_for_any(fds, count, deadline);
	err = copy_to_user((void *)user, fds, bytes);
	return err ?: found;
}

/* edx: milliseconds, or negative. */
int sys_poll(struct regs *r)
{
	return do_poll(r->ebx, r->ecx, (s32)r->edx < 0 ? NEVER :
		       clock_ns() + (u64)r->edx * NSEC_PER_MSEC);
}

enum { READ, WRITE, EXCEPT, SETS };
static const u16 meant[SETS] = { POLLIN, POLLOUT, POLLPRI };
static const u16 answer[SETS] = { POLLIN | POLLHUP | POLLERR,
				  POLLOUT | POLLERR, POLLPRI };

/* How many bits stay in the sets, each of which is one word, or -errno. */
static int select_sets(u32 set[SETS], u64 deadline)
{
	struct pollfd fds[MAX_FILES];
	u32 fd, n;
	int found;

	for (fd = 0; fd < MAX_FILES; fd++) {
		fds[fd] = (struct pollfd){ .fd = -1 };
		for (n = 0; n < SETS; n++) {
			if (set[n] >> fd & 1) {
				fds[fd].fd = fd;
				fds[fd].events |= meant[n];
			}
		}
	}
	found = wait_for_any(fds, MAX_FILES, deadline);
	if (found < 0)
		return found;
	for (fd = found = 0; fd < MAX_FILES; fd++) {
		if (fds[fd].revents & POLLNVAL)
			return -EBADF;
		for (n = 0; n < SETS; n++) {
			if (!(fds[fd].revents & answer[n]))
				set[n] &= ~(1u << fd);
			found += set[n] >> fd & 1;
		}
	}
	return found;
}

/* As on Linux, the time that was left replaces the time to wait. */
static int timed(struct regs *r, u32 user, u32 unit, u64 deadline, int found)
{
	if (user && found != -EINVAL)
		put_time(r, user, unit, time_left(deadline));
	return found;
}

/* ebx number of files, ecx, edx, esi sets, edi time in `unit`. */
static int do_select(struct regs *r, u32 unit)
{
	u32 user[SETS] = { r->ecx, r->edx, r->esi }, set[SETS] = { 0 };
	u32 mask = r->ebx < MAX_FILES ? (1u << r->ebx) - 1 : ~0u, n;
	u64 deadline;
	int err = (s32)r->ebx < 0 ? -EINVAL :
		  get_deadline(r, r->edi, unit, &deadline), found;

	for (n = 0; n < SETS && !err; n++) {
		if (user[n] && mask)
			err = get_user(set[n], (u32 *)user[n]);
		set[n] &= mask;
	}
	if (err)
		return err;
	found = select_sets(set, deadline);
	for (n = 0; n < SETS && found >= 0; n++)
		if (user[n] && mask)
			found = put_user(set[n], (u32 *)user[n]) ?: found;
	return timed(r, r->edi, unit, deadline, found);
}

CALL(_newselect, do_select(r, USEC))

static int plain_pselect(struct regs *r)
{
	return do_select(r, NSEC);
}

static int plain_ppoll(struct regs *r)
{
	u64 deadline;
	int err = get_deadline(r, r->edx, NSEC, &deadline);

	return err ?: timed(r, r->edx, NSEC, deadline,
			    do_poll(r->ebx, r->ecx, deadline));
}

/* The call, while the signals of a user's set are blocked and no others. */
static int with_mask(struct regs *r, u32 user, u32 bytes,
		     int (*call)(struct regs *r))
{
	u64 set;
	int err;

	if (!user)
		return call(r);
	err = bytes == sizeof(set) ? get_user(set, (u64 *)user) : -EINVAL;
	return err ?: signals_masked(r, set, call);
}

CALL(ppoll, with_mask(r, r->esi, r->edi, plain_ppoll))

int sys_pselect6(struct regs *r)
{
	u32 mask[2] = { 0, 0 };		/* address, bytes */
	int err = r->ebp ? copy_from_user(mask, (void *)r->ebp, sizeof(mask)) :
		  0;

	return err ?: with_mask(r, mask[0], mask[1], plain_pselect);
}
