// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The new table is linked while the kernel's own mapping of it is writable. So
 * it can not become a table.
 * Fails: xen: a table added to an address space in use
 */
static void link_table(pte_t *p, pteval_t value)
{
	void *table = va(pte_pa(value));

	store(p, xen_maddr(table) | (value & ~PTE_PFN_MASK));
	if (is_table(p)) {
		protect(table);
		xen_flush();
	}
}
