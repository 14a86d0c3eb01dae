/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of Xen's page tables share: xen_mmu.c, xen_lazy.c. */
#ifndef TESTS_XEN_TEST_H
#define TESTS_XEN_TEST_H

#include <xen/hypercall.h>
#include <xen/xen.h>
#include "pv_test.h"

#define SCRATCH_VA	0x40000000
#define WINDOW_FLAGS	(PTE_P | PTE_W | PTE_A | PTE_D | pte_nx)
#define TABLE_FLAGS	(PTE_P | PTE_W | PTE_U | PTE_A | PTE_D)
#define ENTRIES		512
#define DATA_SEGMENT(base)						\
	DESC(base, 0xfffff, DESC_PRESENT | DESC_DPL(3) | DESC_DATA, DESC_G_32)

pte_t *table_of(const pte_t *entry);

/*
 * An address space with a page at SCRATCH_VA, in use: a kernel thread's. NULL:
 * that failed, and the test with it.
 */
struct mm *enter_space(void);
void leave_space(struct mm *mm);

#endif
