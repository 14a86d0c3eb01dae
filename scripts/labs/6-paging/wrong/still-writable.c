// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Frames are translated, but a mapping of a table asks to be writable. The
 * hypervisor refuses it.
 * Fails: xen: a table in use cannot be mapped writable
 */
static pteval_t machine_of(pteval_t value)
{
	u32 mfn;

	if (!(value & PTE_P))
		return value;
	mfn = xen_p2m[pte_pa(value) >> PAGE_SHIFT];
	return (u64)(mfn & ~XEN_P2M_TABLE) << PAGE_SHIFT |
	       (value & ~PTE_PFN_MASK);
}
