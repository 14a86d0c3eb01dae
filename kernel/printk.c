// SPDX-License-Identifier: GPL-2.0-or-later
/* Formatted output to the console. vsnprintf.c makes the text. */
#include <kernel/kernel.h>
#include <pv/pv.h>

#define LINE_MAX	256

bool console_in_line;

/*
 * The console wants CR LF. A line of more than LINE_MAX bytes is cut. If a
 * program has begun a line, the message begins a new one. May be called
 * anywhere, also with interrupts off and before any initialisation.
 */
void printk(const char *fmt, ...)
{
	char line[LINE_MAX];
	char *s = line, *nl;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (console_in_line)
		console_write("\r\n", 2);
	console_in_line = false;
	while ((nl = strchr(s, '\n'))) {
		console_write(s, nl - s);
		console_write("\r\n", 2);
		s = nl + 1;
	}
	console_write(s, strlen(s));
}
