// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the file of this image brings into memory, and with it all that decides
 * what stands at a site: text, records, stored bytes, tables, names. Each part
 * has the sum that the build took of the finished file (scripts/sums.sh). Both
 * ways into the kernel ask pv_damaged() first, when nothing is written yet; but
 * the CPU may have marked descriptors, so the GDT is no part.
 *
 * Another range that has to be as it was linked is another row here, between
 * symbols of arch/i386/pv86.ld. Read next: pv/verify.c.
 */
#include <pv/parts.h>
#include <pv/verify.h>

#define PART(name, start, end)						\
	asm(".pushsection .pv_parts, \"a\"\n"				\
	    "	.long	771f, " #start ", " #end ", 0\n"		\
	    "	.popsection\n"						\
	    "	.pushsection .rodata.parts, \"a\"\n"			\
	    "771:	.asciz	\"" name "\"\n"				\
	    "	.popsection")

/* A part of another one comes after it; the text is the first. */
PART("text", __text_start, __init_text_start);
PART("patcher", __pv_core_start, __pv_core_end);
PART("thunks", __pv_thunks, __pv_thunks_end);
PART("text of boot", __init_text_start, __init_text_last);
PART("constants", __rodata_start, pv_parts);
PART("native bytes", __pv_native, __pv_native_end);
PART("bytes of backends", __pv_bytes, __pv_bytes_end);
PART("tables of the hook layer", __pv_tables, __pv_tables_end);
PART("exception table", __extable, __extable_end);
PART("names", __kallsyms, __kallsyms_end);
PART("data of boot", __init_data_start, __init_data_last);
PART("data read-only after boot", __ro_after_init_start, __pv_sites);
PART("site records", __pv_sites, __pv_sites_end);
PART("data", __data_start, __data_last);

const char *__init pv_damaged(void)
{
	const char *name = NULL;

	for (const struct pv_part *p = pv_parts; p < pv_parts_end; p++)
		if (pv_cksum(p->start, p->end - p->start) != p->sum)
			name = p->name;
	return name;
}
