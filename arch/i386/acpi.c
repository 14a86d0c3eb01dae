// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the firmware's ACPI tables say of two things: a timer, and how to
 * switch the machine off. Each table is believed only with the right
 * signature, a length that can be and a sum of 0, and each port only if it is
 * one. ACPI specification 6.4, chapters 5.2 (tables), 7.4.2 (\_S5), 20.2 (AML).
 *
 * Read next: power.c.
 */
#include <arch/pc.h>
#include <kernel/kernel.h>

#define SIGNATURE(a, b, c, d)	((a) | (b) << 8 | (c) << 16 | (u32)(d) << 24)
#define RSDP_LOW		SIGNATURE('R', 'S', 'D', ' ')
#define RSDP_HIGH		SIGNATURE('P', 'T', 'R', ' ')
#define RSDT			SIGNATURE('R', 'S', 'D', 'T')
#define XSDT			SIGNATURE('X', 'S', 'D', 'T')
#define EBDA_SEGMENT		0x40e
#define BIOS_START		0xe0000
#define BIOS_END		0x100000
#define HEADER			36
#define TABLE_MAX		0x100000

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
#define AML_ROOT		0x5c		/* \ */
#define AML_PACKAGE		0x12
#define AML_BYTE		0x0a
#define S5_LENGTH		10		/* at least */
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

/* The length of a table of that kind, below 4 GiB; 0: it is none. */
static u32 __init table(u64 pa, u32 signature, u32 least)
{
	u32 length;

	if (!pa || pa > 0xffffffff - TABLE_MAX ||
	    number(pa, 4) != signature)
		return 0;
	length = number(pa + 4, 4);
	return length >= least && length <= TABLE_MAX && sum_is_0(pa, length) ?
	       length : 0;
}

static u32 __init find_rsdp(u32 start, u32 end)
{
	for (u32 pa = start; pa < end; pa += 16)
		if (number(pa, 4) == RSDP_LOW && number(pa + 4, 4) == RSDP_HIGH &&
		    sum_is_0(pa, 20))
			return pa;
	return 0;
}

/* The fixed table, by the list of 64-bit or that of 32-bit addresses. */
static u32 __init find_fadt(u32 list, u32 signature, u32 size)
{
	u32 length = table(list, signature, HEADER);

	for (u32 at = HEADER; at + size <= length; at += size) {
		u64 pa = number(list + at, size);

		if (table(pa, SIGNATURE('F', 'A', 'C', 'P'), FADT_LENGTH))
			return pa;
	}
	return 0;
}

static u16 __init port(u32 pa)
{
	u64 n = number(pa, 4);

	return n >= 0x100 && n < 0xfff0 ? n : 0;
}

/* A small integer of a package; SLEEP_TYPE_MAX + 1 for anything else. */
static u32 __init element(u32 *pa)
{
	u32 value = phys_byte((*pa)++);

	if (value == AML_BYTE)
		value = phys_byte((*pa)++);
	else if (value > 1)
		value = ~0u;
	return min(value, SLEEP_TYPE_MAX + 1u);
}

/* Name (_S5_, Package () { a, b, ... }), which ends where its length says. */
static bool __init read_s5(u32 pa, u32 end)
{
	u32 lead, start, length, a, b;

	if (number(pa, 4) != SIGNATURE('_', 'S', '5', '_') ||
	    phys_byte(pa + 4) != AML_PACKAGE)
		return false;
	start = pa + 5;
	lead = phys_byte(start);
	length = lead < 0x40 ? lead : (lead & 15) | phys_byte(start + 1) << 4;
	pa = start + 1 + (lead >> 6);
	if (lead >= 0x80 || phys_byte(pa++) < 2)
		return false;
	a = element(&pa);
	b = element(&pa);
	if (pa > start + length || start + length > end ||
	    max(a, b) > SLEEP_TYPE_MAX)
		return false;
	acpi.off_a = a;
	acpi.off_b = b;
	return true;
}

/* The object that has that name, and not the name in some other place. */
static bool __init find_s5(u64 dsdt)
{
	u32 length = table(dsdt, SIGNATURE('D', 'S', 'D', 'T'), HEADER);
	u32 end = dsdt + length;

	for (u32 pa = dsdt + HEADER; length && pa + S5_LENGTH <= end; pa++)
		if (phys_byte(pa) == AML_NAME &&
		    read_s5(pa + 1 + (phys_byte(pa + 1) == AML_ROOT), end))
			return true;
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
	acpi.command = number(fadt + SMI_COMMAND, 4);
}

void __init acpi_init(void)
{
	u32 rsdp = find_rsdp(BIOS_START, BIOS_END), fadt = 0;
	u32 ebda = number(EBDA_SEGMENT, 2) << 4;

	if (!rsdp && ebda)
		rsdp = find_rsdp(ebda, ebda + 1024);
	if (rsdp && phys_byte(rsdp + 15) >= 2 && sum_is_0(rsdp, 36) &&
	    !number(rsdp + 28, 4))
		fadt = find_fadt(number(rsdp + 24, 4), XSDT, 8);
	if (rsdp && !fadt)
		fadt = find_fadt(number(rsdp + 16, 4), RSDT, 4);
	if (fadt)
		read_fadt(fadt);
}
