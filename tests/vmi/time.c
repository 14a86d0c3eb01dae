// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The local APIC, the counters and the wall clock: vmi-abi 6.5 and 7.
 */
#include "test.h"

#define APIC_LINT0	0x350
#define PIT_OFF		0x3a
#define PIT_CONTROL	0x43
#define PIT_2		0x42
#define GATE_PORT	0x61
#define MEASURE		29829		/* PIT ticks: 1/40 second */

u64 unit;
bool have_apic;

u64 now(void)
{
	return vmi(GetCycleCounter, VMI_CYCLES_REAL);
}

bool no_time(void)
{
	if (!answers[VMI_GetCycleFrequency])
		skip("the ROM leaves time to the kernel");
	return !answers[VMI_GetCycleFrequency];
}

/* Cycles in so many ticks of the PIT; 0 if nobody saw when they were over. */
static u32 measure(u32 pit)
{
	u64 start, low, next;

	outb((inb(GATE_PORT) & ~2) | 1, GATE_PORT);
	outb(0xb0, PIT_CONTROL);
	outb(pit & 0xff, PIT_2);
	low = now();
	outb(pit >> 8, PIT_2);
	next = start = now();
	if (start - low > unit / 1024)
		return 0;
	do {
		low = next;
		next = now();
	} while (!(inb(GATE_PORT) & 0x20));
	return now() - low > unit / 1024 ? 0 : (u32)(next - start);
}

static void t_frequency(void)
{
	u32 cycles = 0;
	u64 hz;

	if (no_time())
		return;
	hz = vmi(GetCycleFrequency);
	unit = hz >> 6;
	for (u32 i = 0; i < 200 && !cycles; i++)
		cycles = measure(MEASURE >> (i & 3)) << (i & 3);
	say("# %u kHz, by the PIT %u\n", (u32)(hz >> 3) / 125,
	    cycles / 25);
	/* hz = cycles * 40, within 1 %. */
	check((u64)cycles * 4040 > hz * 100 && (u64)cycles * 3960 < hz * 100,
	      "cycles are those of the counter");
	CHECK(vmi(GetCycleFrequency) == hz);
}

static void t_counters(void)
{
	u64 real, available;

	if (no_time())
		return;
	real = now();
	CHECK(now() > real);
	real = vmi(GetCycleCounter, VMI_CYCLES_AVAILABLE);
	CHECK(vmi(GetCycleCounter, VMI_CYCLES_AVAILABLE) > real);
	real = now();
	available = vmi(GetCycleCounter, VMI_CYCLES_AVAILABLE);
	available += vmi(GetCycleCounter, VMI_CYCLES_STOLEN);
	CHECK(available >= real);
	CHECK(vmi(GetCycleCounter, VMI_CYCLES_STOLEN) < real >> 1);
	CHECK(vmi(GetCycleCounter, 3) == 0);
	CHECK(vmi(GetCycleCounter, ~0u) == 0);
}

static u32 bcd(u8 reg)
{
	u8 value;

	outb(reg, 0x70);
	value = inb(0x71);
	return (value >> 4) * 10 + (value & 15);
}

/* n / d, for a quotient of 32 bits */
static u32 divide(u64 n, u32 d)
{
	u32 low = (u32)n, high = (u32)(n >> 32);

	asm("divl %2" : "+a" (low), "+d" (high) : "r" (d));
	return low;
}

static u32 number(const char *s)
{
	u32 n = 0;

	while (*s >= '0' && *s <= '9')
		n = n * 10 + *s++ - '0';
	return n;
}

static void t_wallclock(void)
{
	u32 seconds, second, tries = 0;

	if (no_time())
		return;
	do {
		second = bcd(0);
		seconds = divide(vmi(GetWallclockTime), 1000000000);
	} while (bcd(0) != second && ++tries < 10);
	EQ(seconds % 60, second);
	EQ(seconds / 60 % 60, bcd(2));
	EQ(seconds / 3600 % 24, bcd(4));
	if (option("clock="))
		check(seconds - number(option("clock=")) < 600, "the date");
	EQ((u32)vmi(WallclockUpdated), 0);
}

/* The clock of a PC counts in BCD or binary, to 12 or to 24. */
static void t_formats(void)
{
	u32 was;
	u8 format;

	if (no_time())
		return;
	outb(11, 0x70);
	format = inb(0x71);
	was = divide(vmi(GetWallclockTime), 1000000000);
	for (u32 i = 0; i < 4; i++) {
		outb(11, 0x70);
		outb(format ^ i << 1, 0x71);
		check(divide(vmi(GetWallclockTime), 1000000000) - was < 60,
		      "the same time");
	}
	outb(11, 0x70);
	outb(format, 0x71);
}

/* As Linux begins: 7.3. */
static void t_begin(void)
{
	outb(PIT_OFF, PIT_CONTROL);
	have_apic = apic_va != 0;
	if (!have_apic)
		return;
	vmi(APICWrite, APIC_SVR, 0x1ff);
	vmi(APICWrite, APIC_LINT0, 0x700);
	vmi(APICWrite, APIC_LVTT, VECTOR_LVTT);
	EQ((u32)vmi(APICRead, APIC_LVTT) & 0x100ff, VECTOR_LVTT);
}

static void t_apic(void)
{
	if (!have_apic || !answers[VMI_APICRead])
		return skip("no local APIC, or not asked of the ROM");
	check((vmi(APICRead, APIC_VERSION) & 0xf0) == 0x10, "a version");
	for (u32 i = 0; i < 2; i++) {
		/* An offset, or as older clients had it, an address. */
		u32 tpr = APIC_TPR + i * apic_va;

		vmi(APICWrite, tpr, 0x20);
		EQ((u32)vmi(APICRead, tpr), 0x20);
		vmi(APICWrite, tpr, 0);
		EQ((u32)vmi(APICRead, APIC_TPR), 0);
	}
}

const struct test time_tests[] = {
	{ "the APIC and the PIT as Linux leaves them to VMI", t_begin },
	{ "the APIC, by offset and by address", t_apic },
	{ "the frequency is that of the cycle counter", t_frequency },
	{ "real, available and stolen cycles", t_counters },
	{ "the wall clock is that of the machine", t_wallclock },
	{ "the wall clock, in each format of the machine's", t_formats },
	{ }
};
