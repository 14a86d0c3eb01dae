// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * arch/i386/acpi.c on tables that are made here, good and damaged. Nothing of
 * a table is believed whose sum, length or address is wrong, and whatever
 * stands there, reading ends.
 */
#include "klib.h"
#include <abi/errno.h>
#include "../../arch/i386/acpi.c"

#define RSDP_AT		0xf0010
#define EBDA_AT		0x9fc00
#define TABLES		0x7fe0000u
#define RSDT_AT		TABLES
#define XSDT_AT		(TABLES + 0x100)
#define FADT_AT		(TABLES + 0x200)
#define DSDT_AT		(TABLES + 0xff0)	/* over the end of a page */
#define OTHER_AT	(TABLES + 0x1800)
#define READS_MAX	5000000

static u8 low[0x100000], high[0x2000];
static u32 reads;

u8 phys_byte(u32 pa)
{
	reads++;
	return pa < sizeof(low) ? low[pa] :
	       pa - TABLES < sizeof(high) ? high[pa - TABLES] : 0xff;
}

static u8 *at(u32 pa)
{
	return pa < sizeof(low) ? low + pa : high + (pa - TABLES);
}

static void poke(u32 pa, u64 n, u32 bytes)
{
	memcpy(at(pa), &n, bytes);
}

static void fix_sum(u32 pa, u32 length, u32 sum_at)
{
	u8 sum = 0;

	*at(pa + sum_at) = 0;
	for (u32 i = 0; i < length; i++)
		sum += *at(pa + i);
	*at(pa + sum_at) = -sum;
}

static void make(u32 pa, const char *signature, u32 length)
{
	memcpy(at(pa), signature, 4);
	poke(pa + 4, length, 4);
	fix_sum(pa, length, 9);
}

static void make_rsdp(u32 pa)
{
	memcpy(at(pa), "RSD PTR ", 8);
	poke(pa + 16, RSDT_AT, 4);
	fix_sum(pa, 20, 8);
}

static void make_dsdt(const u8 *aml, u32 length)
{
	memset(at(DSDT_AT + HEADER), 0xa3, 100);
	memcpy(at(DSDT_AT + HEADER + 7), aml, length);
	make(DSDT_AT, "DSDT", HEADER + 7 + length);
}

static const u8 s5[] = { 0x08, '_', 'S', '5', '_', 0x12, 6, 4, 0x0a, 5, 1, 0 };

/* ACPI 1.0, and on top of it what 2.0 added. */
static void make_tables(bool version_2)
{
	memset(low, 0, sizeof(low));
	memset(high, 0, sizeof(high));
	make_rsdp(RSDP_AT);
	poke(RSDT_AT + HEADER, OTHER_AT, 4);
	poke(RSDT_AT + HEADER + 4, FADT_AT, 4);
	make(RSDT_AT, "RSDT", HEADER + 8);
	make(OTHER_AT, "APIC", 44);
	poke(FADT_AT + DSDT, DSDT_AT, 4);
	poke(FADT_AT + SMI_COMMAND, 0xb2, 4);
	poke(FADT_AT + ACPI_ENABLE, 0xf1, 1);
	poke(FADT_AT + PM1A_CONTROL, 0x604, 4);
	poke(FADT_AT + PM1B_CONTROL, 0x704, 4);
	poke(FADT_AT + PM_TIMER, 0x608, 4);
	poke(FADT_AT + PM1_CONTROL_LENGTH, 2, 1);
	poke(FADT_AT + PM_TIMER_LENGTH, 4, 1);
	make(FADT_AT, "FACP", FADT_LENGTH);
	make_dsdt(s5, sizeof(s5));
	if (!version_2)
		return;
	poke(RSDP_AT + 15, 2, 1);
	poke(RSDP_AT + 20, 36, 4);
	poke(RSDP_AT + 24, XSDT_AT, 8);
	fix_sum(RSDP_AT, 20, 8);
	fix_sum(RSDP_AT, 36, 32);
	poke(XSDT_AT + HEADER, 1ull << 32 | FADT_AT, 8);	/* not reached */
	poke(XSDT_AT + HEADER + 8, FADT_AT, 8);
	make(XSDT_AT, "XSDT", HEADER + 16);
	poke(FADT_AT + DSDT, 0, 4);
	poke(FADT_AT + X_DSDT, DSDT_AT, 8);
	make(FADT_AT, "FACP", 244);
}

static void init(void)
{
	memset(&acpi, 0, sizeof(acpi));
	reads = 0;
	acpi_init();
	CHECK(reads < READS_MAX);
}

static bool is_good(void)
{
	return acpi.timer == 0x608 && acpi.control_a == 0x604 &&
	       acpi.control_b == 0x704 && acpi.off_a == 5 && acpi.off_b == 1 &&
	       acpi.command == 0xb2 && acpi.enable == 0xf1;
}

static void good(void)
{
	make_tables(false);
	init();
	CHECK(is_good());
	memset(at(RSDP_AT), 0, 36);
	poke(EBDA_SEGMENT, EBDA_AT >> 4, 2);
	make_rsdp(EBDA_AT + 0x3f0);
	init();
	CHECK(is_good());
	make_tables(true);
	poke(RSDP_AT + 16, 0, 4);
	fix_sum(RSDP_AT, 20, 8);
	fix_sum(RSDP_AT, 36, 32);
	init();
	CHECK(is_good());
}

static void damaged(void)
{
	static const struct {
		u32 pa, length;
		bool timer;	/* does not depend on it */
	} tables[] = {
		{ RSDP_AT, 20, false }, { RSDT_AT, HEADER + 8, false },
		{ FADT_AT, FADT_LENGTH, false },
		{ DSDT_AT, HEADER + 7 + sizeof(s5), true },
	};

	for (u32 t = 0; t < ARRAY_SIZE(tables); t++) {
		make_tables(false);
		for (u32 i = 0; i < tables[t].length; i++) {
			*at(tables[t].pa + i) ^= 1 << i % 8;
			init();
			EQ(acpi.control_a, 0);
			EQ(acpi.timer, tables[t].timer ? 0x608 : 0);
			*at(tables[t].pa + i) ^= 1 << i % 8;
		}
		init();
		CHECK(is_good());
	}
	make_tables(true);
	*at(XSDT_AT + 50) ^= 1;		/* the other list is as good */
	init();
	CHECK(is_good());
}

static void fadt_says(u32 offset, u64 n, u32 bytes, u16 timer, u16 control)
{
	make_tables(false);
	poke(FADT_AT + offset, n, bytes);
	make(FADT_AT, "FACP", FADT_LENGTH);
	init();
	EQ(acpi.timer, timer);
	EQ(acpi.control_a, control);
}

/* With a sum that is right. */
static void implausible(void)
{
	fadt_says(FLAGS, HARDWARE_REDUCED, 4, 0, 0);
	fadt_says(PM_TIMER, 0, 4, 0, 0x604);
	fadt_says(PM_TIMER, 0x10608, 4, 0, 0x604);
	fadt_says(PM_TIMER, 0x40, 4, 0, 0x604);
	fadt_says(PM_TIMER_LENGTH, 3, 1, 0, 0x604);
	fadt_says(PM1A_CONTROL, 0, 4, 0x608, 0);
	fadt_says(PM1A_CONTROL, 0xfed00604, 4, 0x608, 0);
	fadt_says(PM1_CONTROL_LENGTH, 1, 1, 0x608, 0);
	fadt_says(DSDT, 0, 4, 0x608, 0);
	fadt_says(DSDT, FADT_AT, 4, 0x608, 0);
	fadt_says(DSDT, 0xfffffff0, 4, 0x608, 0);
	make_tables(false);
	make(FADT_AT, "FACP", FADT_LENGTH - 1);
	init();
	EQ(acpi.timer, 0);
	make_tables(false);
	poke(RSDT_AT + 4, 0xffffffff, 4);
	init();
	EQ(acpi.timer, 0);
}

static void sleep_types(void)
{
	static const struct {
		u8 aml[16];
		u32 length;
		int a, b;	/* -1: not found */
	} cases[] = {
		{ { 8, '\\', '_', 'S', '5', '_', 0x12, 4, 2, 0, 0 }, 12, 0, 0 },
		{ { 8, '_', 'S', '5', '_', 0x12, 8, 4, 10, 7, 10, 6 }, 15, 7, 6 },
		{ { 8, '_', 'S', '5', '_', 0x12, 8, 2, 10, 8, 0 }, 15, -1, 0 },
		{ { 8, '_', 'S', '5', '_', 0x12, 8, 2, 12, 0, 0 }, 15, -1, 0 },
		{ { 8, '_', 'S', '5', '_', 0x12, 3, 1, 0 }, 14, -1, 0 },
		{ { 8, '_', 'S', '5', '_', 0x12, 3, 2, 0, 0 }, 14, -1, 0 },
		{ { 8, '_', 'S', '5', '_', 0x12, 40, 2, 0, 0 }, 14, -1, 0 },
		{ { 8, '_', 'S', '5', '_', 0x12, 0x46, 0, 2, 0, 0 }, 14, -1, 0 },
		{ { 8, '_', 'S', '5', '_', 0x11, 4, 2, 0, 0 }, 14, -1, 0 },
		{ { 8, '_', 'S', '4', '_', 0x12, 4, 2, 0, 0 }, 14, -1, 0 },
		{ { 1, '_', 'S', '5', '_', 0x12, 4, 2, 0, 0 }, 14, -1, 0 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		make_tables(false);
		make_dsdt(cases[i].aml, cases[i].length);
		init();
		EQ(acpi.control_a, cases[i].a < 0 ? 0 : 0x604);
		if (acpi.control_a) {
			EQ(acpi.off_a, cases[i].a);
			EQ(acpi.off_b, cases[i].b);
		}
	}
}

static void any_bytes(void)
{
	for (u32 i = 0; i < 300; i++) {
		make_tables(i % 2);
		for (u32 n = rnd() % 6; n; n--)
			high[rnd() % 0x300] = rnd();
		fix_sum(RSDT_AT, HEADER + 8, 9);
		fix_sum(XSDT_AT, HEADER + 16, 9);
		fix_sum(FADT_AT, i % 2 ? 244 : FADT_LENGTH, 9);
		init();
		CHECK(acpi.off_a <= 7 && acpi.off_b <= 7);
	}
}

static const struct tap_test tests[] = {
	{ "acpi: the timer and the power switch, by either list", good },
	{ "acpi: no bit of a table may be wrong", damaged },
	{ "acpi: no address, length or port that cannot be", implausible },
	{ "acpi: \\_S5 in each way that it may be written", sleep_types },
	{ "acpi: whatever stands there, reading ends", any_bytes },
};

TAP_MAIN(tests)
