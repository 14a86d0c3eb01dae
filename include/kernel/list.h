/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A circular, doubly linked list whose links lie inside the things it links:
 * no allocation, and removal without knowing the list.
 */
#ifndef KERNEL_LIST_H
#define KERNEL_LIST_H

#include <kernel/types.h>

struct list {
	struct list *next, *prev;
};

#define LIST_INIT(name)		{ &(name), &(name) }

__inline_always void list_init(struct list *l)
{
	l->next = l->prev = l;
}

__inline_always bool list_empty(const struct list *l)
{
	return l->next == l;
}

/* Puts `n` before `l`: at the end of the list, if `l` is its head. */
__inline_always void list_add_tail(struct list *l, struct list *n)
{
	n->next = l;
	n->prev = l->prev;
	l->prev->next = n;
	l->prev = n;
}

__inline_always void list_add(struct list *l, struct list *n)
{
	list_add_tail(l->next, n);
}

/* Leaves `n` an empty list of its own, so that a second call does no harm. */
__inline_always void list_del(struct list *n)
{
	n->prev->next = n->next;
	n->next->prev = n->prev;
	list_init(n);
}

#define list_entry(p, type, member)	container_of(p, type, member)
#define list_for_each(pos, head, member)				\
	for (pos = list_entry((head)->next, typeof(*pos), member);	\
	     &pos->member != (head);					\
	     pos = list_entry(pos->member.next, typeof(*pos), member))
#define list_for_each_safe(pos, tmp, head, member)			\
	for (pos = list_entry((head)->next, typeof(*pos), member),	\
	     tmp = list_entry(pos->member.next, typeof(*pos), member);	\
	     &pos->member != (head);					\
	     pos = tmp,							\
	     tmp = list_entry(tmp->member.next, typeof(*tmp), member))

#endif
