// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names for addresses in the kernel's text, for backtraces and reports. The
 * table is made from the linked image by scripts/kallsyms.sh and linked in by
 * a second pass; in the first it is empty. The sum of the text goes with it.
 */
#include <kernel/kernel.h>
#include <kernel/sections.h>

extern const u32 kallsyms_count, kallsyms_addrs[];
extern const char kallsyms_names[];

const char *kallsyms_find(u32 addr, u32 *offset)
{
	const char *name = kallsyms_names;
	u32 lo = 0, hi = kallsyms_count;

	if (addr < (u32)__text_start || addr >= (u32)__init_text_end)
		return NULL;
	/* The last symbol that does not lie above the address. */
	while (lo < hi) {
		u32 mid = (lo + hi) / 2;

		if (kallsyms_addrs[mid] <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo)
		return NULL;
	for (u32 i = 0; i < lo - 1; i++)
		name += strlen(name) + 1;
	if (offset)
		*offset = addr - kallsyms_addrs[lo - 1];
	return name;
}
