// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the firmware's ACPI tables say of two things: a timer, and how to switch
 * the machine off (power.c). A table is believed only with the right signature,
 * a possible length and a sum of 0, a port only if it can be one. ACPI
 * specification 6.4, chapters 5.2 (tables), 7.4.2 (\_S5), 20.2 (AML).
 */
#include <arch/pc.h>
#include <kernel/kernel.h>

#define EBDA_SEGMENT		0x40e
#define BIOS_START		0xe0000
#define BIOS_END		0x100000
#define HEADER			36
#define TABLE_MAX		0x100000
#define PORT_MIN		0x80		/* below: a PC's own */

/* Offsets in the fixed table (FADT), and its length in ACPI 1.0. */
#define DSDT			40
#define SMI_COMMAND		48
#define ACPI_ENABLE		52
#define PM1A_CONTROL		64
#define PM1B_CONTROL		68
#define PM_TIMER		76
#define PM1_CONTROL_LENGTH	89
#define PM_TIMER_LENGTH		91
#define FLAGS			112
#define FADT_LENGTH		116
#define X_DSDT			140
#define HARDWARE_REDUCED	(1 << 20)	/* no such registers at all */

#define AML_NAME		0x08
#define AML_BYTE		0x0a
#define ONE_BYTE_LENGTH		63
#define S5_LENGTH		10		/* of that name, at least */
#define SLEEP_TYPE_MAX		7

struct acpi acpi __ro_after_init_zero;

/* A little-endian number in physical memory. */
static u64 __init number(u32 pa, u32 bytes)
{
	u64 n = 0;

	while (bytes--)
		n = n << 8 | phys_byte(pa + bytes);
	return n;
}

static bool __init sum_is_0(u32 pa, u32 length)
{
	u8 sum = 0;

	while (length--)
		sum += phys_byte(pa + length);
	return !sum;
}

static bool __init is(u32 pa, const char *signature)
{
	while (*signature)
		if (phys_byte(pa++) != *signature++)
			return false;
	return true;
}

/* The length of a table with that signature; 0: there is none below 4 GiB. */
static u32 __init table(u64 pa, const char *signature, u32 least)
{
	u32 length;

	if (!pa || pa > 0xffffffff - TABLE_MAX || !is(pa, signature))
		return 0;
	length = number(pa + 4, 4);
	return length >= least && length <= TABLE_MAX && sum_is_0(pa, length) ?
	       length : 0;
}

static u32 __init find_rsdp(u32 start, u32 end)
{
	for (u32 pa = start; pa < end; pa += 16)
		if (is(pa, "RSD PTR ") && sum_is_0(pa, 20))
			return pa;
	return 0;
}

/* The fixed table, found in a list of addresses of 8 or 4 bytes; 0: none. */
static u32 __init find_fadt(u64 list, const char *signature, u32 size)
{
	u32 length = table(list, signature, HEADER);

	for (u32 at = HEADER; at + size <= length; at += size) {
		u64 pa = number(list + at, size);

		if (table(pa, "FACP", FADT_LENGTH))
			return pa;
	}
	return 0;
}

static u16 __init port(u32 pa)
{
	u64 n = number(pa, 4);

	return n >= PORT_MIN && n < 0xfff0 ? n : 0;
}

/* A small integer of a package; for anything else a value above 255. */
static u32 __init element(u32 *pa)
{
	u32 value = phys_byte((*pa)++);

	if (value == AML_BYTE)
		value = phys_byte((*pa)++);
	else if (value > 1)
		value = ~0u;
	return value;
}

/* Name (_S5_, Package () { a, b, ... }): a and b, both within the package. */
static bool __init read_s5(u32 pa, u32 end)
{
	u32 start = pa + 5, length = phys_byte(start), a, b;

	if (!is(pa, "_S5_\x12") || length > end - start ||
	    length > ONE_BYTE_LENGTH || phys_byte(start + 1) < 2)
		return false;
	pa = start + 2;
	a = element(&pa);
	b = element(&pa);
	if (pa > start + length || max(a, b) > SLEEP_TYPE_MAX)
		return false;
	acpi.off_a = a;
	acpi.off_b = b;
	return true;
}

/* Looks for the definition of _S5_: the name after a NAME opcode. */
static bool __init find_s5(u64 dsdt)
{
	u32 length = table(dsdt, "DSDT", HEADER);

	for (u32 at = HEADER; at + S5_LENGTH <= length; at++) {
		u32 pa = dsdt + at, root = phys_byte(pa + 1) == '\\';

		if (phys_byte(pa) == AML_NAME &&
		    read_s5(pa + 1 + root, dsdt + length))
			return true;
	}
	return false;
}

static void __init read_fadt(u32 fadt)
{
	u16 control;

	if (number(fadt + FLAGS, 4) & HARDWARE_REDUCED)
		return;
	if (phys_byte(fadt + PM_TIMER_LENGTH) == 4)
		acpi.timer = port(fadt + PM_TIMER);
	control = port(fadt + PM1A_CONTROL);
	if (!control || phys_byte(fadt + PM1_CONTROL_LENGTH) < 2)
		return;
	if (!(number(fadt + 4, 4) >= X_DSDT + 8 &&
	      find_s5(number(fadt + X_DSDT, 8))) &&
	    !find_s5(number(fadt + DSDT, 4)))
		return;
	acpi.control_a = control;
	acpi.control_b = port(fadt + PM1B_CONTROL);
	acpi.enable = phys_byte(fadt + ACPI_ENABLE);
	acpi.command = port(fadt + SMI_COMMAND);
}

void __init acpi_init(void)
{
	u32 rsdp = find_rsdp(BIOS_START, BIOS_END), fadt = 0;
	u32 ebda = number(EBDA_SEGMENT, 2) << 4;

	if (!rsdp && ebda)
		rsdp = find_rsdp(ebda, ebda + 1024);
	if (rsdp && phys_byte(rsdp + 15) >= 2 && sum_is_0(rsdp, 36))
		fadt = find_fadt(number(rsdp + 24, 8), "XSDT", 8);
	if (rsdp && !fadt)
		fadt = find_fadt(number(rsdp + 16, 4), "RSDT", 4);
	if (fadt)
		read_fadt(fadt);
}
