// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the hypervisor leaves of its own: in registers, in frames, around what it
 * returns, in memory that it gives. xen-pv-abi 2.1, 3.3, 6.2.
 */
#include <abi/xen/vcpu.h>
#include "guest.h"

#define PATTERN	0xa5

static void t_registers(void)
{
	static const u32 numbers[] = {
		XEN_NR_xen_version, XEN_NR_sched_op, XEN_NR_fpu_taskswitch,
		XEN_NR_get_debugreg, XEN_NR_set_timer_op, 11, 63, ~0u,
	};

	for (u32 i = 0; i < ARRAY_SIZE(numbers); i++) {
		u32 r[7] = { numbers[i], 0, 0, 0x33333333, 0x44444444,
			     0x55555555, 0x66666666 };

		hypercall_registers(r);
		EQ(r[1], 0);
		EQ(r[2], 0);
		EQ(r[3], 0x33333333);
		EQ(r[4], 0x44444444);
		EQ(r[5], 0x55555555);
		EQ(r[6], 0x66666666);
	}
}

/* Ring 3 has its own registers when it traps, but for what a trap changes. */
static void t_user_registers(void)
{
	EQ(user(user_return, 0xb0b0b0b0), VECTOR_SYSCALL);
	EQ(trapped.ebx, 0xb0b0b0b0);
	EQ(trapped.eax, 0xa0a0a0a0);
	EQ(trapped.ds & 0xffff, 0xe033);
	EQ(trapped.ss, 0xe033);
	EQ(trapped.cs & ~0xff0000u, 0xe02b);
	EQ(user(user_read, NOWHERE), TRAP_PAGE_FAULT);
	EQ(trapped.ss, 0xe033);
	EQ(trapped.cs & ~0xff0000u, 0xe02b);
	EQ(trapped.ebx, NOWHERE);
}

/* Only the frame is written. */
static void t_frame(void)
{
	u8 *base = (u8 *)(u32)trap_stack;

	user_frame(user_return);
	memset(base, PATTERN, 4096);
	EQ(user(user_hlt, 0), TRAP_GP);
	/* error, EIP, CS, EFLAGS, ESP, SS; then trap()'s own, downwards. */
	EQ(trapped.eflags & ~0xcd7u, EFLAGS_IF * !shared->vcpu[0].mask);
	EQ((u32)trapped_at + sizeof(struct frame), (u32)trap_stack_top);
	for (u32 i = 0; i < 512; i++)
		if (!equal(base[i], PATTERN, "the stack below"))
			break;
}

/* So many bytes, and none behind them. */
static const struct {
	u32 nr, cmd, vcpu, bytes;
} outputs[] = {
	{ XEN_NR_xen_version, 1, ~0u, 16 },
	{ XEN_NR_xen_version, 2, ~0u, 144 },
	{ XEN_NR_xen_version, 3, ~0u, 1024 },
	{ XEN_NR_xen_version, 4, ~0u, 64 },
	{ XEN_NR_xen_version, 5, ~0u, 4 },
	{ XEN_NR_xen_version, 8, ~0u, 16 },
	{ XEN_NR_xen_version, 9, ~0u, 1024 },
	{ XEN_NR_vcpu_op, 4, 0, 44 },
	{ XEN_NR_memory_op, 12, ~0u, 12 },
};

static bool is_text(u32 i)
{
	return outputs[i].nr == XEN_NR_xen_version && outputs[i].cmd != 2 &&
		outputs[i].cmd != 5 && outputs[i].cmd != 8;
}

static void t_outputs(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(outputs); i++) {
		u8 *page = new_page();
		u32 bytes = outputs[i].bytes, before = failures, n;
		s32 r;

		memset(page, PATTERN, PAGE_SIZE);
		r = outputs[i].vcpu == ~0u ?
			hypercall5(outputs[i].nr, outputs[i].cmd, (u32)page + 8,
				   0, 0, 0) :
			hypercall5(outputs[i].nr, outputs[i].cmd, 0,
				   (u32)page + 8, 0, 0);
		if (r < 0)
			continue;
		for (n = PAGE_SIZE; n && page[n - 1] == PATTERN; n--)
			;
		CHECK(n <= 8 + bytes);
		for (n = 0; n < 8; n++)
			EQ(page[n], PATTERN);
		/* Behind the end of a text: nothing, or what was there. */
		for (n = 8; is_text(i) && n < 8 + bytes && page[n]; n++)
			;
		for (; is_text(i) && n < 8 + bytes; n++)
			if (page[n] && page[n] != PATTERN) {
				check(false, "nothing follows the text");
				break;
			}
		if (failures != before)
			note("call %u, command %u", outputs[i].nr,
			     outputs[i].cmd);
	}
}

/* A call that fails writes nothing. */
static void t_failed(void)
{
	static const u32 cmds[] = { 0, 1, 2, 4, 5, 6, 7, 8, 10, 11, 12, 13, 99 };
	u8 *page = new_page();

	for (u32 i = 0; i < ARRAY_SIZE(cmds); i++) {
		memset(page, PATTERN, PAGE_SIZE);
		if (hypercall(event_channel_op, cmds[i], page) >= 0)
			continue;
		for (u32 n = 0; n < PAGE_SIZE; n++)
			if (page[n] != PATTERN && cmds[i] != 5) {
				check(false, "nothing is written");
				note("event_channel_op %u, byte %u", cmds[i], n);
				break;
			}
	}
	memset(page, PATTERN, PAGE_SIZE);
	NEVER(hypercall(vcpu_op, 4, 77, page));
	NEVER(hypercall(vcpu_op, 99, 0, page));
	NEVER(hypercall(xen_version, 99, page));
	NEVER(hypercall(memory_op, 60, page));
	NEVER(hypercall(physdev_op, 77, page));
	for (u32 n = 0; n < PAGE_SIZE; n++)
		if (!equal(page[n], PATTERN, "nothing is written"))
			break;
}

/* Memory that comes anew shows at most what the guest had in its own. */
static void t_fresh(void)
{
	for (u32 i = 0; i < 64; i++) {
		u32 mfn = spare_mfn(), got = 0;
		struct xen_reservation r = { (u32)&mfn, 1, 0, 0,
					     XEN_DOMID_SELF };
		const u32 *w = (u32 *)window_va(0);

		EQ(hypercall(memory_op, XEN_MEMORY_DECREASE, &r), 1);
		r.extents = (u32)&got;
		EQ(hypercall(memory_op, XEN_MEMORY_INCREASE, &r), 1);
		replace_spare(got);
		window(0, (u64)got << PAGE_SHIFT | PTE_P);
		for (u32 n = 0; n < PAGE_SIZE / 4; n++)
			if (w[n]) {
				check(false, "a new frame is empty");
				note("word %u: %x", n, w[n]);
				break;
			}
		DONE(map(window_va(0), 0));
	}
}

const struct attack leak_attacks[] = {
	{ "leak-registers", t_registers },
	{ "leak-user-registers", t_user_registers },
	{ "leak-frame", t_frame },
	{ "leak-outputs", t_outputs },
	{ "leak-failed-calls", t_failed },
	{ "leak-fresh-memory", t_fresh },
	{ }
};
