/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A backend says what each operation is on one kind of machine. A wrapper is a
 * backend that lies on top of the one in use and may be put there and taken
 * away while the kernel runs. A backend with `enter` and `leave` may take the
 * place of its base, and give it back. All register themselves:
 *
 *	static const struct pv_backend mine = {
 *		.name = "mine", .base = &pv_native, .fill = fill,
 *	};
 *	PV_BACKEND(mine);
 *
 * fill() gets an array with the promises of the base (or, for a wrapper, of the
 * backend in use) and changes what it does otherwise:
 *
 *	impl[PV_NR_wall_clock] = (struct pv_impl){ .fn = (u32)mine_wall_clock };
 *	pv_inline(impl, PV_NR_io_delay, no_delay);
 *
 * struct pv_impl is in core.h. What the patcher reaches must contain no site
 * (scripts/check-core.sh): save_fl, restore_fl, irq_disable, rdtsc, cpuid,
 * set_pte, clear_pte and flush_tlb_page.
 */
#ifndef PV_BACKEND_H
#define PV_BACKEND_H

#include <pv/core.h>
#include <pv/pv.h>

struct regs;
struct seq;

/* What there is to trace besides operations, if a hypervisor is underneath. */
struct pv_hypervisor {
	u32 *calls;			/* its stubs, 32 bytes each, are there... */
	const char *const *call_name;	/* by number; NULL: it has none */
	u32 call_count;
	u32 *upcall;			/* ...a function of struct regs; or NULL */
	/* Where that vector enters the kernel, if that is its gate. */
	u32 (*entry)(u32 vector, u64 gate);
	/* Our own records by itself: abi/monitor.h. */
	s32 (*monitor)(u32 command, u32 number, void *to);
};

struct pv_backend {
	const char *name;		/* pv=NAME */
	const struct pv_backend *base;	/* NULL: it starts from nothing */
	bool wrapper;			/* it starts from the one in use */
	/*
	 * Is its machine there? Called before any operation works. NULL: the
	 * base is asked, and pv=auto never takes it.
	 */
	bool (*probe)(void);
	/* Changes what differs from the base. Called again for each wrapper. */
	void (*fill)(struct pv_impl impl[PV_OPS]);
	/* NULL where there are none. */
	void (*start)(void);		/* once, as soon as it is in use */
	void (*stats)(struct seq *s);	/* adds to /proc/pv/stats */
	u32 (*hypercalls)(void);	/* made so far */
	void (*report)(void);		/* adds files of its own to /proc/pv */
	const struct pv_hypervisor *hypervisor;
	/* Of a wrapper: after it was put on (true), before it is taken off. */
	void (*use)(bool on);
	/*
	 * From the base to this one while the kernel runs, and back: they do what
	 * the machine needs, and call pv_install() where that fits. No site may
	 * run before. 0, or an error: -EAGAIN, or they have said why.
	 */
	int (*enter)(void), (*leave)(void);
	void (*go_on)(u64 ns);		/* clock_ns does, from there, and alarms */
};

#define PV_BACKEND(backend)						\
	static const struct pv_backend *const backend##_registered	\
	__used __section(".pv_backends") = &(backend)

extern const struct pv_backend *const __pv_backends[],
	*const __pv_backends_end[];
extern const struct pv_backend pv_native;	/* the base of most */

extern const struct pv_backend *pv_backend;	/* in use */
extern const struct pv_backend *pv_wrapper;	/* on top of it, or NULL */
/*
 * pv/setup.c. Installable are all wrappers, the backend in use, whose name takes
 * the wrapper away, and those that it can give way to. NULL: none of that name.
 */
bool pv_installable(const struct pv_backend *backend);
const struct pv_backend *pv_find_installable(const char *name);
/* For enter and leave: rewrites all sites for this one. Reaches no site. */
void pv_install(const struct pv_backend *backend);
/* Takes each function of a table, none of them inlined. Skips empty slots. */
void pv_fill(struct pv_impl impl[PV_OPS], const struct pv_ops *functions);

/*
 * Instructions of a backend for sites of class INSN, assembled as data, which
 * pv_inline has sites get. An empty list: the operation does nothing. More than
 * PV_ROOM bytes are an assembler error, since .org can not move backwards.
 */
#define PV_INSTRUCTIONS(name, ...)					\
	extern const u8 pv_bytes_##name[], pv_bytes_##name##_end[];	\
	asm(".pushsection .pv_bytes, \"a\"\n"				\
	    "pv_bytes_" #name ":\n"					\
	    "	" PV_STRING(__VA_ARGS__) "\n"				\
	    "pv_bytes_" #name "_end:\n"					\
	    "	.org pv_bytes_" #name " + " PV_STRING(PV_ROOM) "\n"	\
	    ".popsection")
#define pv_inline(impl, op, name)					\
	((impl)[op] = (struct pv_impl){ (impl)[op].fn, PV_BYTES,	\
		pv_bytes_##name, pv_bytes_##name##_end - pv_bytes_##name })

/* pv/table.c: names, groups, and what an empty slot calls. */
struct pv_op_info {
	const char *group, *name, *params, *result;
};
extern const struct pv_op_info pv_op_info[PV_OPS];
#define PV_STUB_BYTES	5	/* call rel32; panics with the name */
extern const u8 pv_missing_stubs[];

#endif
