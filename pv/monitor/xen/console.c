// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The console: the UART, which guest and monitor share. What is typed goes to
 * the guest, but for what follows Ctrl-A. xen-pv-abi 9.
 */
#include <abi/xen/platform.h>
#include <arch/pc.h>
#include <kernel/irq.h>
#include <monitor/xen/hypercall.h>

#define RING		1024		/* of what was typed */
#define CHUNK		256		/* of what is written at once */
#define CTRL_A		1

static char ring[RING];
static u32 produced, consumed;

void console_write(const char *s, u32 len)
{
	uart_write(s, len);
}

/* %pS: the monitor has no table of its symbols. */
const char *kallsyms_find(u32 addr, u32 *offset)
{
	return NULL;
}

/* uart.c calls it before it empties the FIFO: nobody has typed for us yet. */
void tty_receive(void)
{
}

u32 console_read(char *buf, u32 len)
{
	u32 n = 0;

	while (n < len && consumed != produced)
		buf[n++] = ring[consumed++ % RING];
	return n;
}

static void help(void);

static void debug_guest(void)
{
	event_virq(XEN_VIRQ_DEBUG);
}

static void check(void)
{
	printk("monitor: %u counts are wrong\n", selfcheck());
}

static const struct {
	char key;
	const char *does;
	void (*run)(void);
} command[] = {
	{ 'h', "the monitor's state", report },
	{ 'c', "counts all references again", check },
	{ 'd', "VIRQ_DEBUG for the guest", debug_guest },
	{ '?', "this list", help },
};

static void help(void)
{
	printk("monitor: Ctrl-A and\n");
	for (u32 i = 0; i < ARRAY_SIZE(command); i++)
		printk("  %c  %s\n", command[i].key, command[i].does);
}

/* True: it was for the monitor. Ctrl-A twice is one for the guest. */
static bool is_command(char c)
{
	static bool after;

	if (!after) {
		after = c == CTRL_A;
		return after;
	}
	after = false;
	for (u32 i = 0; i < ARRAY_SIZE(command); i++)
		if (command[i].key == c) {
			command[i].run();
			return true;
		}
	return c != CTRL_A;
}

void console_interrupt(void)
{
	bool typed = false;
	char c;

	while (uart_read(&c, 1)) {
		if (is_command(c) || produced - consumed == RING)
			continue;
		ring[produced++ % RING] = c;
		typed = true;
	}
	if (typed) {
		event_virq(XEN_VIRQ_CONSOLE);
		console_poll_rings();
	}
}

/* Long texts in pieces: events may come between them. */
static s32 write_out(struct call *c)
{
	char text[CHUNK];

	while (c->args[1]) {
		u32 n = min(c->args[1], (u32)CHUNK);

		if (!guest_read(text, c->args[2], n))
			return -EFAULT;
		console_write(text, n);
		console_in_line = text[n - 1] != '\n';
		c->args[1] -= n;
		c->args[2] += n;
		if (c->args[1] && preempt())
			return RESTART;
	}
	return 0;
}

static s32 read_in(u32 len, u32 at)
{
	char text[CHUNK];
	u32 before = consumed, n = console_read(text, min(len, (u32)CHUNK));

	if (guest_write(at, text, n))
		return n;
	consumed = before;
	return -EFAULT;
}

s32 hc_console_io(struct call *c)
{
	if (c->args[0] == XEN_CONSOLE_WRITE)
		return write_out(c);
	if (c->args[0] == XEN_CONSOLE_READ)
		return read_in(c->args[1], c->args[2]);
	return -ENOSYS;
}
