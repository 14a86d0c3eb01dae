// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The pin is a use of its own: as long as it is there, the root is a table,
 * and so are all below it.
 * Fails: xen: tables of an address space that had an LDT
 */
void __pv_keeps xen_root_retire(const struct page_tables *t)
{
	if (!is_table(t->l3))
		return;
	for_each_table(t, unprotect);
	if (t->ldt)
		unprotect(t->ldt);
	xen_queue_ext(XEN_MMUEXT_TLB_FLUSH, 0, 0);
	xen_flush();
}
