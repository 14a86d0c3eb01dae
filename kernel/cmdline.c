// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The command line: words separated by blanks, "name" or "name=value". QEMU
 * and GRUB put the kernel's file name first, which no caller asks for.
 */
#include <kernel/kernel.h>

char cmdline[CMDLINE_MAX];
bool cmdline_cut;

void cmdline_init(const char *text)
{
	cmdline_cut = strlcpy(cmdline, text, sizeof(cmdline)) >= CMDLINE_MAX;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* A later word with the same name wins. */
const char *cmdline_get(const char *name)
{
	static char value[CMDLINE_MAX];
	u32 len = strlen(name);
	const char *p = cmdline, *found = NULL;

	while (*p) {
		while (is_blank(*p))
			p++;
		if (!strncmp(p, name, len) &&
		    (p[len] == '=' || is_blank(p[len]) || !p[len]))
			found = p + len + (p[len] == '=');
		while (*p && !is_blank(*p))
			p++;
	}
	if (!found)
		return NULL;
	for (len = 0; found[len] && !is_blank(found[len]); len++)
		value[len] = found[len];
	value[len] = '\0';
	return value;
}
