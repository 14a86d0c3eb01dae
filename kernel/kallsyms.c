// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names for addresses in the kernel's text, for backtraces and reports.
 * scripts/kallsyms.sh makes the table from the linked image, and a second link
 * puts it in; in the first link it is empty.
 */
#include <kernel/kernel.h>
#include <kernel/sections.h>

/* How far each symbol is from the one before; the first is __text_start. */
extern const u16 kallsyms_steps[];
extern const u32 kallsyms_count;
extern const char kallsyms_names[];

const char *kallsyms_find(u32 addr, u32 *offset)
{
	const char *name = kallsyms_names;

	if (addr < (u32)__text_start || addr >= (u32)__init_text_end)
		return NULL;
	addr -= (u32)__text_start;
	for (u32 i = 1; i < kallsyms_count && addr >= kallsyms_steps[i]; i++) {
		addr -= kallsyms_steps[i];
		name += strlen(name) + 1;
	}
	if (offset)
		*offset = addr;
	return name;
}
