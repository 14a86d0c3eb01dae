/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory: pages (kernel/page_alloc.c), the kernel heap (kernel/kmalloc.c),
 * address spaces (kernel/mm.c, tables.c, fault.c, mmap.c) and the kernel's own
 * page tables (arch/i386/paging.c).
 */
#ifndef KERNEL_MM_H
#define KERNEL_MM_H

#include <arch/page.h>
#include <kernel/list.h>

/* One for each page frame of usable memory. */
struct page {
	u32 refs;		/* 0: free */
	u8 class;		/* kmalloc size class + 1; 0: not a heap page */
	bool complete;		/* root: root_complete was called */
	u16 inuse;		/* heap: objects handed out; root: tables */
	union {
		void *objects;	/* heap: first free object */
		pte_t *parent;	/* page table: the entry that refers to it */
	};
	struct list link;	/* free list, heap page with room, table of a root */
};

extern struct page *mem_map;
extern u32 mem_pages;		/* frames in mem_map */
extern u32 total_pages;		/* pages the allocator was given */

__inline_always struct page *page_of(const void *va)
{
	return &mem_map[pa(va) >> PAGE_SHIFT];
}

__inline_always void *page_address(const struct page *page)
{
	return va((page - mem_map) << PAGE_SHIFT);
}

/*
 * Pages, by their address in the direct map. page_alloc returns one page with
 * one reference and undefined contents, NULL if there is none. page_put drops
 * a reference and frees the page with the last one.
 */
void *page_alloc(void);
void *page_alloc_zeroed(void);
void page_put(void *page);
__inline_always void page_get(void *page)
{
	page_of(page)->refs++;
}
/* How many could be allocated now, those in caches included. */
u32 pages_free(void);
/* Empties the caches of ready-made tables and stacks into the allocator. */
void drain_caches(void);
u32 cached_pages(void);

/*
 * Memory before the page allocator: physically contiguous, page aligned,
 * never freed but by early_free. NULL if there is no such range.
 */
void *early_alloc(u32 bytes);

/*
 * The heap. kmalloc returns `size` bytes (at most PAGE_SIZE), 8-byte aligned,
 * NULL when out of memory. kfree(NULL) does nothing.
 */
void *kmalloc(u32 size);
void *kzalloc(u32 size);
void kfree(void *p);

#define PROT_READ	1
#define PROT_WRITE	2
#define PROT_EXEC	4

struct inode;

/* A stretch of user addresses with one protection and one source. */
struct vma {
	u32 start, end;		/* page aligned, end exclusive */
	u8 prot;		/* PROT_* */
	bool shared;		/* fork shares the pages: no copy on write */
	bool grows_down;	/* the stack */
	struct inode *file;	/* NULL: anonymous, zero filled */
	u32 offset;		/* of `start` in the file, page aligned */
	u32 file_end;		/* the address where file bytes end, then zero */
	struct vma *next;	/* ascending, never overlapping */
};

/* What a CPU needs of an address space: the operations root_* take it. */
struct page_tables {
	pte_t *l3;		/* four entries at the start of a page, whose */
				/* struct page heads the user half's tables */
	u64 *ldt;		/* NULL, or a page of 512 descriptors */
};

struct mm {
	u32 refs;		/* vfork and kernel threads borrow */
	struct page_tables tables;
	struct vma *vmas;
	u32 areas;		/* number of vmas, at most AREAS_MAX */
	u32 pages;		/* number of pages in them */
	u32 brk_start, brk;
	u32 args;		/* where argv was put */
	struct inode *exe;	/* the program's file, or NULL */
};

extern struct mm kernel_mm;	/* no user half; kernel threads have it */

/*
 * kernel/mm.c. Pointers are NULL and ints -ENOMEM when memory is out. mm_pte
 * returns the L1 entry for `va` or NULL; if `create` it adds tables that are
 * missing. mm_switch makes an address space the active one; that of mm_create has
 * to be complete then, that of mm_fork is. mm_unmap_pages must be called in a
 * lazy section, mm_protect_pages too.
 */
struct mm *mm_create(void);
struct mm *mm_fork(struct mm *old);
void mm_put(struct mm *mm);
void mm_switch(struct mm *mm);
extern struct mm *active_mm;		/* the one in CR3 */
void flush_user(void);			/* from the TLB */
pte_t *mm_pte(struct mm *mm, u32 va, bool create);
void mm_unmap_pages(struct mm *mm, u32 start, u32 end);
void mm_protect_pages(struct mm *mm, const struct vma *v);	/* as it says now */

/*
 * kernel/tables.c. tables_alloc gives tables whose user half is empty, preferably
 * such as are complete or such as are not; false: no memory. tables_free takes
 * them so again, and the LDT. Tables that are complete may be in CR3; retired
 * they may not. Many: to be retired before tables_free. table_add adds the table
 * of that level below *parent, which is empty; NULL: no memory.
 */
bool tables_alloc(struct page_tables *t, bool complete);
void tables_free(struct page_tables *t);
void tables_complete(const struct page_tables *t);
void tables_retire(const struct page_tables *t);
bool tables_many(const struct page_tables *t);
/* All links of all roots, for a backend that was not there as they were made. */
void tables_link_again(void);
pte_t *table_add(struct page_tables *t, pte_t *parent, u32 level);

/*
 * kernel/vma.c. Addresses must be page aligned. Results are 0 or -ENOMEM; after
 * an error the same is mapped. vma_find returns the first area that ends above
 * `va`; it may begin above it too. vma_map puts a copy of `area` where nothing
 * is mapped, vma_replace where something may be. Lists are searched from one
 * end, so their length has a limit, that of Linux.
 */
#define AREAS_MAX	65530

struct vma *vma_find(struct mm *mm, u32 va);
int vma_map(struct mm *mm, const struct vma *area);
int vma_replace(struct mm *mm, const struct vma *area);
int vma_unmap(struct mm *mm, u32 start, u32 end);
int vma_protect(struct mm *mm, u32 start, u32 end, u8 prot);
int vma_fork(struct mm *to, const struct mm *from);
u64 vma_flags(const struct vma *v);	/* of a page that may be touched */

/*
 * kernel/fault.c: make `va` usable for the kind of access in `error` (PF_*).
 * 0, or the negative errno that says why not (-EFAULT, -EACCES, -ENOMEM).
 */
int mm_fault(struct mm *mm, u32 va, u32 error);

/* kernel/page_alloc.c, at boot */
void memory_init(void);			/* finds memory; early_alloc works */
void early_free(u32 start_pa, u32 end_pa);	/* whole pages */
void early_free_initrd(void);		/* what of it is usable memory */
void page_alloc_init(void);		/* gives the rest to page_alloc */
extern u32 direct_end_pa;		/* end of the direct map */

/* arch/i386/paging.c */
void paging_init(void);
void kernel_map(u32 va, u64 pa, u64 flags);	/* in the vmap area */
void kernel_unmap(u32 va);
/* New flags for pages of the direct map; the caller must flush. */
void kernel_set_flags(const u8 *start, const u8 *end, u64 flags);
pte_t *kernel_pte(u32 va);
void protect_kernel(void);	/* the end of boot: read-only data, no .init */
void root_copy_kernel(pte_t *l2);	/* the kernel half of a slot-3 L2 */
extern u64 pte_nx;		/* PTE_NX, or 0 on a CPU without */

#endif
