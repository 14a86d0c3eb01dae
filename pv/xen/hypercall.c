// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls to Xen, through the page of stubs that Xen writes when it loads the
 * kernel, and the list of calls that wait for the end of a lazy section.
 * Interrupt handlers change neither page tables nor what a context switch
 * loads. So only the task that filled the list touches it.
 *
 * The patcher calls this code: no site may stand here.
 */
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <pv/backend.h>
#include <xen/hypercall.h>
#include <xen/xen.h>

#define CALLS		16
#define UPDATES		256

s32 xen_lazy;

static struct xen_multicall call[CALLS];
static struct xen_mmuext_op ext[CALLS];		/* ext[i] belongs to call[i] */
static struct xen_mmu_update update[UPDATES];
u32 xen_waiting;		/* calls in the list */
static u32 updates;		/* and updates */
static u32 done;		/* updates that Xen made of the last list */

static u32 count[XEN_HYPERCALLS];
static u32 listed_calls, listed_updates;

u32 xen_calls = (u32)xen_hypercall_page;

const char *const xen_call_name[XEN_HYPERCALLS] = {
#define XEN_HYPERCALL(nr, name) [nr] = #name,
#include <abi/xen/hypercalls.def>
#undef XEN_HYPERCALL
};

/* The patcher's one call through a pointer: scripts/check-core.except. */
__noinline s32 xen_call(u32 nr, u32 a, u32 b, u32 c, u32 d)
{
	s32 result;

	count[nr]++;
	asm volatile("call *%0"
		     : "=a" (result), "+b" (a), "+c" (b), "+d" (c), "+S" (d)
		     : "0" (xen_calls + nr * XEN_HYPERCALL_SLOT)
		     : "memory", "cc");
	return result;
}

/* If there was one list of updates, `done` says which of them failed. */
static void __noreturn fail(u32 nr, s32 error)
{
	const struct xen_mmu_update *u = &update[done];
	bool known = xen_waiting == 1 && done < updates;

	if (!pv_backend)
		xen_refuse(xen_call_name[nr], error);
	xen_waiting = 0;		/* or a fault flushes them again */
	if (nr == XEN_NR_mmu_update && known)
		panic("xen: hypercall mmu_update: error %d: %llx at %llx",
		      -error, u->val, u->ptr);
	panic("xen: hypercall %s: error %d", xen_call_name[nr], -error);
}

s32 xen_must(u32 nr, u32 a, u32 b, u32 c, u32 d)
{
	s32 result = xen_call(nr, a, b, c, d);

	if (unlikely(result < 0))
		fail(nr, result);
	return result;
}

void xen_flush(void)
{
	u32 n = xen_waiting;

	if (!n)
		return;
	listed_updates += updates;
	if (n == 1) {
		const u32 *a = call[0].args;

		xen_must(call[0].op, a[0], a[1], a[2], a[3]);
	} else {
		listed_calls += n;
		xen_must(XEN_NR_multicall, (u32)call, n, 0, 0);
		for (u32 i = 0; i < n; i++)
			if (unlikely(call[i].result < 0))
				fail(call[i].op, call[i].result);
	}
	xen_waiting = updates = 0;
}

void xen_commit(void)
{
	if (xen_lazy <= 0)
		xen_flush();
}

/* xen.lazy=off: each call is made at once, even within an operation. */
static void added(void)
{
	if (xen_lazy <= XEN_LAZY_NEVER / 2)
		xen_flush();
}

static struct xen_multicall *next_call(void)
{
	if (xen_waiting == CALLS)
		xen_flush();
	return &call[xen_waiting++];
}

void xen_queue(u32 nr, u32 a, u32 b, u32 c, u32 d)
{
	*next_call() = (struct xen_multicall){
		.op = nr, .args = { a, b, c, d },
	};
	added();
}

void xen_queue_ext(u32 cmd, u32 arg1, u32 arg2)
{
	struct xen_multicall *next = next_call();
	struct xen_mmuext_op *op = &ext[next - call];

	*op = (struct xen_mmuext_op){ cmd, arg1, arg2 };
	*next = (struct xen_multicall){
		.op = XEN_NR_mmuext_op,
		.args = { (u32)op, 1, 0, XEN_DOMID_SELF },
	};
	added();
}

/* Updates that follow each other are one call. */
void xen_queue_update(u64 ptr, u64 val)
{
	if (updates == UPDATES || xen_waiting == CALLS)
		xen_flush();
	update[updates] = (struct xen_mmu_update){ ptr, val };
	if (xen_waiting && call[xen_waiting - 1].op == XEN_NR_mmu_update)
		call[xen_waiting - 1].args[1]++;
	else
		call[xen_waiting++] = (struct xen_multicall){
			.op = XEN_NR_mmu_update,
			.args = { (u32)&update[updates], 1, (u32)&done,
				  XEN_DOMID_SELF },
		};
	updates++;
	added();
}

u32 pv_hypercalls(void)
{
	u32 sum = 0;

	for (u32 nr = 0; nr < XEN_HYPERCALLS; nr++)
		sum += count[nr];
	return sum;
}

void xen_show_calls(struct seq *s)
{
	seq_printf(s, "hypercalls %u\n", pv_hypercalls());
	for (u32 nr = 0; nr < XEN_HYPERCALLS; nr++)
		if (count[nr])
			seq_printf(s, "hypercall_%s %u\n", xen_call_name[nr],
				   count[nr]);
	seq_printf(s, "multicall_entries %u\nmmu_updates %u\n", listed_calls,
		   listed_updates);
}
