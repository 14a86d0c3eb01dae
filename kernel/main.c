// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From the boot entry to the first process. The command line decides whether
 * init, the self-tests or the benchmarks follow.
 */
#include <arch/desc.h>
#include <arch/trap.h>
#include <kernel/boot.h>
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/sections.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <kernel/time.h>

/* Filled by the boot entry, before start_kernel, or by memory_map(). */
struct boot_info boot __initdata;

/* The first process: kernel_exec returns only if there is an error. */
static void __noreturn run_init(void)
{
	static const char *const paths[] = { "/init", "/bin/init" };
	const char *forced = cmdline_get("init");
	char path[64];
	const char *argv[] = { path, NULL };
	int err = 0;

	files_open_console();
	if (forced) {
		strlcpy(path, forced, sizeof(path));
		err = kernel_exec(path, argv);
		panic("init=%s cannot be executed: error %d", path, -err);
	}
	for (u32 i = 0; i < ARRAY_SIZE(paths); i++) {
		strlcpy(path, paths[i], sizeof(path));
		err = kernel_exec(path, argv);
	}
	panic("no init found (error %d): give an initrd with /init, or "
	      "init=PATH", -err);
}

static void first_thread(void *unused)
{
	for (const struct boot_word *w = __boot_words; w < __boot_words_end;
	     w++) {
		const char *value = cmdline_get(w->word);

		if (value)
			w->run(value);
	}
	run_init();
}

/* Not in .init, which it frees. Interrupts are on from here. */
static void __noinline __noreturn run(void)
{
	protect_kernel();
	irq_enable();
	if (!kthread_create("init", first_thread, NULL))
		panic("no memory for the first task");
	tty_init();
	alarm_init();
	idle_loop();
}

/*
 * Both starts come here, with interrupts off, the command line known and some
 * page tables in force. The order matters:
 *
 *	pv_init			no operation works before it
 *	desc_init		no trap is caught before it
 *	memory_init		early_alloc; needs the memory map
 *	initrd_init		while the loader's memory is still mapped
 *	paging_init		the kernel's own tables, with all memory
 *	pv_patch_kernel		needs them, and early_alloc
 *	page_alloc_init		takes what early_alloc has left
 *	task_init		needs the root directory
 *	run			frees .init, then turns interrupts on
 */
void __init start_kernel(void)
{
	pv_init();
	printk("pv86 on %s\n", pv_name());
	printk("command line: ");
	console_write(cmdline, strlen(cmdline));	/* longer than a line */
	printk(cmdline_cut ? " (cut off)\n" : "\n");
	cpu_identify();
	desc_init();
	memory_init();
	initrd_init(boot.initrd, boot.initrd_end - boot.initrd_start);
	early_free_initrd();
	paging_init();
	cpu_init();
	pv_patch_kernel();	/* takes memory for a copy of the text */
	page_alloc_init();
	start_irqs();
	start_clock();
	start_alarm();
	dev_init();
	proc_init();
	pv_report();
	syscall_init();
	task_init();
	run();
}
