// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/pv: the hook layer as it is at this moment.
 *
 *	ops	each operation, its function, its bytes and number of sites
 *	sites	each site of the kernel, without those of the self-tests: its
 *		form, its compiled and its present bytes
 *	stats	sums, with the self-tests
 *	verify	the whole text, byte by byte, against the linked image
 *	patch	the level
 *	backend	the one in use, what may take its place, and the wrappers; in
 *		brackets what is in force
 *
 * Another level or name that is written to the last two rewrites the live
 * kernel.
 */
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/sections.h>
#include <kernel/time.h>
#include <pv/backend.h>
#include <pv/patch.h>
#include <pv/verify.h>

/* Hex digits, in one of two static buffers: a line may need both. */
static const char *hex(const u8 *bytes, u32 len, int buffer)
{
	static char text[2][2 * 16 + 1];
	char *out = text[buffer];

	out[0] = '\0';
	for (u32 i = 0; i < len && i < 16; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
	return out;
}

static u32 sites_of(u32 op)
{
	u32 n = 0;

	for (u32 i = 0; i < pv_text.count; i++)
		n += pv_text.sites[i].op == op;
	return n;
}

static void show_ops(struct seq *s)
{
	seq_printf(s, "backend %s\n%-8s %-15s %-28s %5s  %s\n",
		   pv_name(), "group", "operation", "function", "sites",
		   "inlined");
	for (u32 op = 0; op < PV_OPS; op++) {
		const struct pv_op_info *info = &pv_op_info[op];
		const struct pv_impl *impl = &pv_impl[op];
		const char *fn = kallsyms_find(impl->fn, NULL);
		char firmware_fn[9];

		snprintf(firmware_fn, sizeof(firmware_fn), "%08x", impl->fn);
		seq_printf(s, "%-8s %-15s %-28s %5u  %s\n", info->group,
			   info->name, fn ?: firmware_fn, sites_of(op),
			   impl->inlined == PV_CALLED ? "-" :
			   impl->inlined == PV_NATIVE ? "native" :
			   impl->len ? hex(impl->bytes, impl->len, 0) :
			   "nothing");
	}
}

/* Name, form and twice the bytes of at most PV_SITE_MAX. */
#define SITE_COLUMNS	"%-15s %-8s %-30s %-30s "

static void show_site(struct seq *s, const struct pv_site *site)
{
	u8 promised[PV_SITE_MAX];
	enum pv_form form;

	pv_encode(&pv_text, site, &pv_now, promised, &form);
	seq_printf(s, "%08x " SITE_COLUMNS "%pS\n", site->addr,
		   pv_op_info[site->op].name, pv_form_name[form],
		   hex(pv_view(&pv_text.linked, site->addr), site->len, 0),
		   hex((const u8 *)site->addr, site->len, 1),
		   (void *)site->addr);
}

static void show_sites(struct seq *s)
{
	seq_printf(s, "%-8s " SITE_COLUMNS "%s\n", "address", "operation",
		   "form", "compiled", "present", "function");
	for (u32 i = 0; i < pv_text.count; i++)
		if (pv_text.sites[i].addr < (u32)__tests_text_start)
			show_site(s, &pv_text.sites[i]);
}

/* What is in force, how many sites have each form, and the decoder's verdict. */
static struct pv_fault show_forms(struct seq *s)
{
	u32 forms[PV_FORMS];
	struct pv_fault fault = pv_verify(&pv_text, &pv_now, forms);

	seq_printf(s, "backend %s\npatch %s\nverify %s", pv_name(),
		   pv_level_name[pv_now.level], pv_error_name[fault.error]);
	if (fault.error != PV_OK)
		seq_printf(s, " at %08x", fault.addr);
	seq_printf(s, "\nsites %u\n", pv_text.count);
	for (int i = 0; i < PV_FORMS; i++)
		seq_printf(s, "%s %u\n", pv_form_name[i], forms[i]);
	return fault;
}

static void show_stats(struct seq *s)
{
	show_forms(s);
	seq_printf(s, "bytes_changed %u\npokes %u\npasses %u\nnmis %u\n",
		   pv_patch_stats.changed, pv_patch_stats.pokes,
		   pv_patch_stats.passes, pv_patch_stats.nmis);
	seq_printf(s, "switches %u\nswitch_cycles %llu\n",
		   pv_patch_stats.switches, pv_patch_stats.switch_cycles);
	seq_printf(s, "patch_cycles %llu\npatch_us %llu\n",
		   pv_patch_stats.cycles,
		   div64(pv_patch_stats.cycles * 1000, tsc_khz, NULL));
	seq_printf(s, "steal_ns %llu\nnx %s\n", steal_ns(),
		   pte_nx ? "yes" : "no");
	if (pv_backend->stats)
		pv_backend->stats(s);
}

void pv_pause(void)
{
	resched_point();
}

static void show_difference(void *to, const struct pv_difference *d)
{
	seq_printf(to, "%08x %pS linked %s live %s", d->addr, (void *)d->addr,
		   hex(d->linked, d->len, 0), hex(d->live, d->len, 1));
	if (d->site)
		seq_printf(to, ", %s promises %s", pv_op_info[d->site->op].name,
			   hex(d->promised, d->len, 0));
	seq_puts(to, "\n");
}

static void show_verify(struct seq *s)
{
	const struct pv_range *linked = &pv_text.linked;
	u32 bytes = linked->end - linked->start, in_sites = 0, n;
	u32 sum = pv_cksum(linked->bytes, bytes);
	bool good = sum == pv_parts[0].sum;
	struct pv_fault fault = show_forms(s);

	for (n = 0; n < pv_text.count; n++)
		in_sites += pv_text.sites[n].len;
	seq_printf(s, "text %08x-%08x\nsite_bytes %u\nother_bytes %u\n",
		   linked->start, linked->end, in_sites, bytes - in_sites);
	seq_printf(s, "linked_sum %u %s\n", sum, good ? "good" : "WRONG");
	n = pv_compare(&pv_text, &pv_now, show_difference, s);
	if (good && fault.error == PV_OK && !n)
		seq_puts(s, "no difference\n");
	else
		seq_printf(s, "%u bytes different\n", n);
}

static void show_patch(struct seq *s)
{
	seq_printf(s, "%s\n", pv_level_name[pv_now.level]);
}

static int result(struct pv_fault fault)
{
	if (fault.error == PV_OK)
		return 0;
	printk("pv: site %08x: %s, nothing written\n", fault.addr,
	       pv_error_name[fault.error]);
	return -EIO;
}

static int write_patch(const char *text, u32 len)
{
	int level = pv_find_level(text);

	return level < 0 ? level : result(pv_set_level(level));
}

static void show_backend(struct seq *s)
{
	seq_printf(s, pv_wrapper ? "%s " : "[%s] ", pv_backend->name);
	for (const struct pv_backend *const *b = __pv_backends;
	     b < __pv_backends_end; b++)
		if (*b != pv_backend && pv_installable(*b))
			seq_printf(s, *b == pv_wrapper ? "[%s] " : "%s ",
				   (*b)->name);
	seq_puts(s, "\n");
}

static int write_backend(const char *text, u32 len)
{
	const struct pv_backend *backend = pv_find_installable(text);
	int err;

	if (!backend) {
		printk("pv: %s: not possible here; /proc/pv/backend has what is\n",
		       text);
		return -EINVAL;
	}
	if (backend->wrapper || backend == pv_backend)
		return result(pv_set_backend(backend));
	err = result(pv_set_level(pv_now.level));	/* are all sites well? */
	return err ?: pv_switch(backend);
}

void pv_report(void)
{
	proc_add("pv/ops", show_ops);
	proc_add("pv/sites", show_sites);
	proc_add("pv/stats", show_stats);
	proc_add("pv/verify", show_verify);
	proc_add_writable("pv/patch", show_patch, write_patch);
	proc_add_writable("pv/backend", show_backend, write_backend);
	for (const struct pv_backend *const *b = __pv_backends;
	     b < __pv_backends_end; b++)
		if ((*b)->report)
			(*b)->report();
}
