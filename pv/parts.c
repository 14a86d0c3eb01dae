// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The parts of this image that the file brings into memory. Among them is all
 * that decides what stands at a site: text, records, native bytes, tables,
 * names. The build takes a sum of each part of the finished file
 * (scripts/sums.sh). Both entries into the kernel call pv_damaged() before they
 * write anything. The GDT is no part, since the CPU may have marked descriptors
 * by then.
 *
 * Another range that must be as it was linked is another row here, between
 * symbols of arch/i386/pv86.ld.
 */
#include <pv/pv.h>
#include <pv/verify.h>

#define PART(name, start, end)						\
	asm(".pushsection .pv_parts, \"a\"\n"				\
	    "	.long	771f, " #start ", " #end ", 0\n"		\
	    "	.popsection\n"						\
	    "	.pushsection .rodata.parts, \"a\"\n"			\
	    "771:	.asciz	\"" name "\"\n"				\
	    "	.popsection")

/* The text must be the first. A part that lies within another follows it. */
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
