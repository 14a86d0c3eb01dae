// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The console as a terminal: input is echoed and edited line by line, output
 * gets its carriage returns. Bytes go out by the operation console_write. The
 * interrupt takes bytes in by console_read and puts them into `raw`. A thread
 * moves them to `ring`, as lines, while there is room. When ring is full raw
 * fills up, and then the device does, so that the sender has to wait. So
 * nothing is lost.
 */
#include <abi/stat.h>
#include <kernel/file.h>
#include <kernel/irq.h>
#include <kernel/kernel.h>
#include <kernel/uaccess.h>

#define RAW_SIZE	0x10000		/* a power of two, as is the other */
#define RING_SIZE	4096
#define CHUNK		128

/*
 * Counts of bytes, modulo 2^32. worked <= received <= worked + RAW_SIZE: moved
 * on, taken in. looked: searched for a Ctrl-C, if it is not behind worked. The
 * interrupt changes `received` and nothing else; tasks change the others.
 */
static char raw[RAW_SIZE];
static u32 worked, looked, received;
static struct waitq work = WAITQ_INIT(work);

/* taken <= ready <= typed <= taken + RING_SIZE: read, readable, edited yet. */
static char ring[RING_SIZE];
static u32 taken, ready, typed;
static struct waitq readers = WAITQ_INIT(readers);
static struct waitq writers = WAITQ_INIT(writers);
static bool writing;		/* what a call writes is not mixed with others' */

static int session = 1, foreground = 1;	/* whose it is; whom Ctrl-C is for */

static struct termios tio = {
	.c_iflag = ICRNL,
	.c_oflag = OPOST | ONLCR,
	.c_cflag = B115200 | CS8 | CREAD,
	.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE,
	.c_cc = {
		[VINTR] = 'C' - '@', [VQUIT] = '\\' - '@',
		[VERASE] = 0x7f, [VKILL] = 'U' - '@', [VEOF] = 'D' - '@',
		[VMIN] = 1, [VSUSP] = 'Z' - '@', [VWERASE] = 'W' - '@',
	},
};

static bool canonical(void)
{
	return tio.c_lflag & ICANON;
}

/* A special character of 0 is switched off. */
static bool is_special(u8 c, u32 which)
{
	return c && c == tio.c_cc[which];
}

/* At most CHUNK bytes, in kernel memory. */
static __noinline void output(const char *s, u32 len)
{
	const u32 both = OPOST | ONLCR;
	char out[2 * CHUNK];
	u32 i, n = 0;

	for (i = 0; i < len; i++) {
		if (s[i] == '\n' && (tio.c_oflag & both) == both)
			out[n++] = '\r';
		out[n++] = s[i];
	}
	console_write(out, n);
	console_in_line = n && out[n - 1] != '\n';
}

static bool is_control(u8 c)
{
	return c < ' ' || c == 0x7f;
}

/* A tab shows as one blank, so that erasing it needs no memory of columns. */
static void echo(char c)
{
	char caret[2] = { '^', c ^ 0x40 };

	if (!(tio.c_lflag & ECHO))
		return;
	if (c == '\t')
		output(" ", 1);
	else if (is_control(c) && c != '\n')
		output(caret, 2);
	else
		output(&c, 1);
}

/* Takes back the last character, of one byte or of several in UTF-8. */
static void erase_char(void)
{
	u8 c;

	do {
		c = ring[--typed % RING_SIZE];
	} while ((c & 0xc0) == 0x80 && typed != ready);
	if (!(tio.c_lflag & ECHO))
		return;
	output("\b \b", 3);
	if (is_control(c) && c != '\t')
		output("\b \b", 3);
}

static bool before_cursor(bool blank)
{
	return typed != ready &&
	       (ring[(typed - 1) % RING_SIZE] == ' ') == blank;
}

static void erase_word(void)
{
	while (before_cursor(true))
		erase_char();
	while (before_cursor(false))
		erase_char();
}

/* The last free byte of the ring is kept for the end of a line. */
static void store(char c, bool ends)
{
	if (typed - taken + !ends >= RING_SIZE) {
		output("\a", 1);
		return;
	}
	ring[typed++ % RING_SIZE] = c;
	if (!is_special(c, VEOF) || !canonical())
		echo(c);
	if (ends)
		ready = typed;
}

/* The signal that a character sends; 0: none. */
static int signal_of(u8 c)
{
	if (!(tio.c_lflag & ISIG))
		return 0;
	return is_special(c, VINTR) ? SIGINT : is_special(c, VQUIT) ? SIGQUIT :
	       is_special(c, VSUSP) ? SIGTSTP : 0;
}

static void interrupt(char c)
{
	echo(c);
	echo('\n');
	typed = ready = taken;
	signal_group(foreground, signal_of(c));
}

static void input(char c)
{
	if (c == '\r' && tio.c_iflag & ICRNL)
		c = '\n';
	if (signal_of(c)) {
		interrupt(c);
	} else if (!canonical()) {
		store(c, true);
	} else if (is_special(c, VERASE) || c == '\b') {
		if (typed != ready)
			erase_char();
	} else if (is_special(c, VKILL)) {
		while (typed != ready)
			erase_char();
	} else if (is_special(c, VWERASE)) {
		erase_word();
	} else {
		store(c, c == '\n' || is_special(c, VEOF));
	}
}

/* Called with interrupts off. Bytes for which raw has no room stay outside. */
void tty_receive(void)
{
	u32 at = received % RAW_SIZE;
	u32 room = min(RAW_SIZE - (received - worked), RAW_SIZE - at);

	received += console_read(raw + at, min(room, (u32)CHUNK));
	if (received != worked)
		wake_all_irq(&work);
}

/* A line that fills the ring gets its end all the same: it must be readable. */
static bool room(void)
{
	return typed - taken < RING_SIZE - 1 || (canonical() && ready == taken);
}

/*
 * Ctrl-C must not wait for the bytes that it throws away. `looked` may be
 * behind `worked`: then looked - worked wraps to more than any number of bytes.
 */
static bool skip_to_interrupt(void)
{
	if (looked - worked > received - worked)
		looked = worked;
	while (looked != received) {
		u32 at = looked++;

		if (signal_of(raw[at % RAW_SIZE])) {
			worked = at;
			return true;
		}
	}
	return false;
}

/* What comes while raw is full raises no interrupt: hence tty_receive. */
static bool has_work(void)
{
	tty_receive();
	return received != worked && (room() || looked != received);
}

static void tty_thread(void *unused)
{
	for (;;) {
		u32 n = CHUNK;

		wait_event(&work, has_work());
		if (!room() && !skip_to_interrupt())
			continue;
		do
			input(raw[worked++ % RAW_SIZE]);
		while (--n && worked != received && room());
		if (ready != taken)
			wake_all(&readers);
		yield();
	}
}

void tty_init(void)
{
	if (!kthread_create("tty", tty_thread, NULL))
		panic("no memory for the terminal");
}

/* The next byte for a reader, or -1. */
static int take(void)
{
	return ready == taken ? -1 : (u8)ring[taken++ % RING_SIZE];
}

static bool ends_file(u8 c)
{
	return canonical() && is_special(c, VEOF);
}

/*
 * Copies out at most one line of what there is, `c` first. A VEOF after the
 * last byte that was asked for is taken too, or the next read would end.
 */
static int read_line(int c, char *buf, u32 len)
{
	u32 done = 0;
	int err;

	while (c >= 0 && !ends_file(c)) {
		err = put_user((char)c, buf + done);
		if (err)
			return done ? (int)done : err;
		done++;
		if (canonical() && c == '\n')
			break;
		if (done == len) {
			if (ready != taken &&
			    ends_file(ring[taken % RING_SIZE]))
				taken++;
			break;
		}
		c = take();
	}
	return done;
}

static int tty_read(struct file *f, void *buf, u32 len)
{
	int err, c;

	if (!len)
		return 0;
	c = take();
	if (c < 0) {
		if (!canonical() && !tio.c_cc[VMIN])
			return 0;
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_restartable(&readers, (c = take()) >= 0);
		if (err)
			return err;
	}
	c = read_line(c, buf, len);
	if (worked != received)
		wake_all(&work);
	return c;
}

static int tty_write(struct file *f, const void *buf, u32 len)
{
	char chunk[CHUNK];
	u32 n, done = 0;
	int err = wait_restartable(&writers, !writing);

	if (err)
		return err;
	writing = true;
	while (done < len) {
		n = min(len - done, (u32)CHUNK);
		err = copy_from_user(chunk, (const u8 *)buf + done, n);
		if (err)
			break;
		output(chunk, n);
		done += n;
		if (resched_point())
			break;
	}
	writing = false;
	wake_all(&writers);
	return done ? (int)done : err;
}

static int set_termios(u32 user, bool flush)
{
	struct termios new;
	int err = copy_from_user(&new, (void *)user, sizeof(new));

	if (err)
		return err;
	tio = new;
	if (flush) {
		typed = ready = taken;
		worked = received;
	}
	if (!canonical())
		ready = typed;
	if (ready != taken)
		wake_all(&readers);
	wake_all(&work);
	return 0;
}

static int set_foreground(u32 user)
{
	int group, err = get_user(group, (int *)user);

	if (!err && !group_exists(group, session))
		err = group < 0 ? -EINVAL : -EPERM;
	if (!err)
		foreground = group;
	return err;
}

static int tty_ioctl(struct file *f, u32 cmd, u32 arg)
{
	static const struct winsize size = { .ws_row = 24, .ws_col = 80 };

	switch (cmd) {
	case TCGETS:
		return copy_to_user((void *)arg, &tio, sizeof(tio));
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
		return set_termios(arg, cmd == TCSETSF);
	case TIOCSCTTY:
		session = current->session;
		foreground = current->group;
		return 0;
	case TIOCGPGRP:
		return current->session != session ? -ENOTTY :
		       put_user(foreground, (int *)arg);
	case TIOCSPGRP:
		return current->session != session ? -ENOTTY :
		       set_foreground(arg);
	case TIOCGWINSZ:
		return copy_to_user((void *)arg, &size, sizeof(size));
	}
	return -ENOTTY;
}

static u32 tty_poll(struct file *f, struct poll *poll)
{
	poll_wait(poll, &readers);
	return POLLOUT | (ready != taken ? POLLIN : 0);
}

const struct file_ops tty_ops = {
	.read = tty_read,
	.write = tty_write,
	.ioctl = tty_ioctl,
	.poll = tty_poll,
};
