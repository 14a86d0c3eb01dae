// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pv_insn_length() against encodings checked by hand, against random bytes and
 * against the disassembler of binutils: each opcode with each shape of its
 * operands, and all of the kernel's text. It may say 0, not known, but a length
 * must be right, since the patcher writes prefixes on its strength. Code lies
 * in heap blocks of its exact size, so that the sanitizer sees any read behind
 * it.
 *
 * Argument: the image, otherwise the one that was built together with this.
 * Where there is none, or no objdump, tests are skipped.
 *
 * link: pv/length.c
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <pv/core.h>
#include "tap.h"

#define INSN_MAX	15
#define CELL		16	/* a test case in a file for objdump */
#define OBJDUMP		"LC_ALL=C objdump -w --insn-width=15 "

static char image[4096];

/* With not one byte more than `max` in memory. */
static u32 length(const u8 *bytes, u32 max)
{
	u8 *exact = malloc(max);
	u32 len;

	if (max)
		memcpy(exact, bytes, max);
	len = pv_insn_length(exact, max);
	free(exact);
	return len;
}

/* One length, whatever follows; not known if a byte is missing. */
static bool is_stable(const u8 *bytes, u32 len, u32 max)
{
	for (u32 i = 0; i < len; i++)
		if (length(bytes, i))
			return false;
	for (u32 i = len; i <= max; i++)
		if (length(bytes, i) != len)
			return false;
	return true;
}

/* Returns how many bytes the text "8b 44 24 08" has. */
static u32 from_hex(const char *hex, u8 bytes[INSN_MAX])
{
	u32 len = 0;
	char *end;

	for (; len < INSN_MAX; len++) {
		unsigned long byte = strtoul(hex, &end, 16);

		if (end != hex + 2 && end != hex + 3)
			break;
		bytes[len] = (u8)byte;
		hex = end;
	}
	return len;
}

/* Each is one instruction, whole. */
static const char *const known[] = {
	/* Nothing, a byte, 32 bits, an address behind the opcode. */
	"c3", "90", "50", "5f", "40", "99", "9c", "cc", "f4", "fa", "fb", "a4",
	"ee", "c9", "60", "d7", "27", "cf",
	"04 80", "6a 00", "a8 01", "b0 ff", "cd 80", "e4 60", "e6 61", "d4 0a",
	"05 78 56 34 12", "68 78 56 34 12", "a9 00 02 00 00",
	"b8 78 56 34 12", "bf 78 56 34 12",
	"a0 00 10 00 c0", "a1 00 10 00 c0", "a2 00 10 00 c0", "a3 00 10 00 c0",
	"c2 08 00",
	/* Branches. */
	"70 00", "7f 80", "e2 fe", "e3 10", "eb fe",
	"e8 00 00 00 00", "e9 fb ff ff ff",
	"0f 80 00 00 00 00", "0f 8f 00 00 00 00",
	/* ModRM: registers, (reg), disp8, disp32, disp32 alone. */
	"8b c1", "8b 00", "8b 07", "8b 40 04", "8b 47 fc",
	"8b 80 00 10 00 00", "8b 87 00 10 00 00", "8b 05 00 10 00 c0",
	"8b 45 f8", "8b 85 00 ff ff ff",
	/* SIB: without, with disp8, disp32, and disp32 for no base. */
	"8b 04 24", "8b 04 c8", "8b 44 24 08", "8b 84 24 00 10 00 00",
	"8b 04 8d 00 10 00 c0", "8b 04 25 00 10 00 c0", "8b 44 8d 00",
	"8b 84 8d 00 10 00 00",
	/* Operands behind it. */
	"80 38 00", "81 38 78 56 34 12", "83 c0 01", "83 3d 00 10 00 c0 00",
	"81 3d 00 10 00 c0 78 56 34 12", "6b c0 0a", "69 c0 e8 03 00 00",
	"6b 04 24 0a", "69 84 24 00 10 00 00 e8 03 00 00",
	"c6 00 00", "c6 44 24 0f 00", "c7 00 00 00 00 00",
	"c7 44 24 04 78 56 34 12", "c7 05 00 10 00 c0 78 56 34 12",
	"c7 84 24 00 10 00 00 78 56 34 12", "c1 e0 0c", "c0 e8 04", "d1 e8",
	"d3 e0", "8d 74 26 00", "8d b4 26 00 00 00 00",
	/* TEST has an operand that NOT, NEG, MUL and DIV have not. */
	"f6 c1 01", "f6 40 04 80", "f6 d0", "f6 d8", "f6 e1", "f6 f9",
	"f7 c1 00 02 00 00", "f7 40 04 00 02 00 00", "f7 d0", "f7 d8", "f7 e1",
	"f7 7c 24 04", "f7 05 00 10 00 c0 01 00 00 00",
	"f7 15 00 10 00 c0",
	/* Groups 4 and 5: INC, DEC, CALL, JMP, PUSH. */
	"fe 00", "fe c8", "ff 00", "ff d0", "ff 15 00 00 40 c0",
	"ff 25 00 00 40 c0", "ff 24 85 00 00 11 c0", "ff 74 24 04", "8f 00",
	/* Two-byte opcodes. */
	"0f 0b", "0f 31", "0f c8", "0f a0", "0f a1",
	"0f 1f 00", "0f 1f 44 00 00", "0f 1f 84 00 00 00 00 00",
	"0f 44 c1", "0f 4f 44 24 04", "0f 94 c0", "0f 9f 45 ff",
	"0f a3 c1", "0f ab 08", "0f b3 08", "0f a4 c2 04", "0f ac d0 0c",
	"0f a5 c2", "0f ad d0", "0f af c1", "0f b1 0a", "0f b6 00", "0f b7 c0",
	"0f ba e0 05", "0f ba 6c 24 04 1f", "0f bc c0", "0f bd c0",
	"0f be 00", "0f bf c0", "0f c1 02", "0f c7 0e", "0f c7 4c 24 08",
	/* x87 instructions without a prefix. */
	"d9 00", "dd 44 24 08", "db e3",
	/* Prefixes: 66 halves an operand of 32 bits, no address. */
	"66 90", "66 89 c8", "66 b8 34 12", "66 05 34 12", "66 68 34 12",
	"66 c7 00 34 12", "66 c7 44 24 04 34 12", "66 81 38 34 12",
	"66 83 c0 01", "66 6b c0 0a", "66 69 c0 e8 03", "66 f7 c1 00 02",
	"66 f7 d0", "66 a9 34 12", "66 a1 00 10 00 c0", "66 0f af c1",
	"66 0f ba e0 05", "66 66 90", "66 c1 e0 04", "66 ef",
	"f0 ff 00", "f0 0f b1 0a", "f0 0f c7 0e", "f3 a4", "f3 ab", "f2 ae",
	"f3 90", "f3 c3", "f3 66 a5", "66 f3 a5", "f0 66 83 00 01",
	"f0 66 81 00 34 12", "f0 81 84 24 00 10 00 00 78 56 34 12",
};

static void known_lengths(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(known); i++) {
		u8 bytes[2 * INSN_MAX];
		u32 len = from_hex(known[i], bytes);

		memset(bytes + len, 0xff, sizeof(bytes) - len);
		EQ(3 * len, strlen(known[i]) + 1);
		if (!EQ(length(bytes, sizeof(bytes)), len))
			printf("#   %s\n", known[i]);
	}
}

static void truncated(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(known); i++) {
		u8 bytes[2 * INSN_MAX] = { 0 };
		u32 len = from_hex(known[i], bytes);

		if (!CHECK(is_stable(bytes, len, sizeof(bytes))))
			printf("#   %s\n", known[i]);
	}
	EQ(pv_insn_length(NULL, 0), 0);
}

/* What the patcher must not put prefixes in front of. */
static void not_known(void)
{
	static const char *const unknown[] = {
		"26 90", "2e 90", "36 90", "3e 90", "64 90", "65 90", "67 90",
		"66 65 90", "f3 64 a4", "66 3e 90", "f0 3e ff 00",
		"3e ff 15 00 00 40 c0", "3e 3e 3e 3e 3e fa",
		"9a 00 00 10 00 08 00", "ea 00 00 10 00 08 00", "cb",
		"c8 10 00 00", "c4 00", "c5 f8 77", "62 f1 7c 48 10 00",
		"0f 00 d8", "0f 01 10", "0f 05", "0f 06", "0f 20 d8",
		"0f 22 d8", "0f 30", "0f 32", "0f 34", "0f ae 00", "0f 09",
		"0f 10 00", "0f 38 f0 00", "0f 3a 0f c1 04", "0f 77",
	};

	for (u32 i = 0; i < ARRAY_SIZE(unknown); i++) {
		u8 bytes[2 * INSN_MAX] = { 0 };

		from_hex(unknown[i], bytes);
		if (!EQ(length(bytes, sizeof(bytes)), 0))
			printf("#   %s\n", unknown[i]);
	}
}

/* All bytes ModRM and all bytes SIB, from the tables of the manual. */
static void every_modrm(void)
{
	static const u8 displacement[4][8] = {	/* by mod and rm */
		{ 0, 0, 0, 0, 0, 4, 0, 0 },
		{ 1, 1, 1, 1, 1, 1, 1, 1 },
		{ 4, 4, 4, 4, 4, 4, 4, 4 },
		{ 0, 0, 0, 0, 0, 0, 0, 0 },
	};

	for (u32 i = 0; i < 65536; i++) {
		u8 bytes[INSN_MAX] = { 0x8b, (u8)i, (u8)(i >> 8) };
		u32 mod = bytes[1] >> 6, rm = bytes[1] % 8;
		bool sib = mod < 3 && rm == 4;
		u32 want = 2 + sib + displacement[mod][rm];

		/* The base of a SIB byte means what rm would without. */
		if (sib)
			want = 3 + displacement[mod][bytes[2] % 8];
		if (!EQ(length(bytes, sizeof(bytes)), want) ||
		    !CHECK(is_stable(bytes, want, want)))
			return;
	}
}

static u32 rnd(void)
{
	static u64 state = 86;

	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (u32)(state * 0x2545f4914f6cdd1dull >> 32);
}

/* Random bytes, every fourth of them one that other bytes follow. */
static void random_bytes(void)
{
	static const u8 more[] = {
		0x66, 0xf0, 0xf2, 0xf3, 0x0f, 0x81, 0xc7, 0xf6, 0xf7, 0x04,
		0x44, 0x84, 0x05, 0x25, 0x67, 0x3e,
	};
	u32 found = 0;

	for (u32 n = 0; n < 200000; n++) {
		u32 max = rnd() % 24, len;
		u8 bytes[24];

		for (u32 i = 0; i < max; i++)
			bytes[i] = rnd() % 4 ? (u8)rnd() : more[rnd() % 16];
		len = length(bytes, max);
		found += len != 0;
		if (!CHECK(len <= max) ||
		    (len && !CHECK(is_stable(bytes, len, max))))
			return;
	}
	CHECK(found > 50000);
}

/* binutils show WAIT and an x87 instruction behind it as one. */
static bool is_wait(const u8 *bytes)
{
	return bytes[bytes[0] == 0x66] == 0x9b;
}

/*
 * Runs objdump and gives each instruction that it knows to `each`, with more
 * bytes behind it. Returns how many, 0 if there is no objdump for the i386.
 */
static u32 disassemble(const char *arguments, const char *file,
		       void (*each)(u32 addr, const u8 *bytes, u32 len))
{
	char line[512], command[sizeof(image) + 256];
	u32 count = 0;
	FILE *out;

	snprintf(command, sizeof(command), OBJDUMP "%s '%s' 2>/dev/null",
		 arguments, file);
	out = popen(command, "r");
	while (out && fgets(line, sizeof(line), out)) {
		u8 bytes[INSN_MAX];
		char *colon, *tab = strchr(line, '\t');
		u32 addr = (u32)strtoul(line, &colon, 16);

		/* ADDRESS: <tab> BYTES <tab> TEXT */
		if (!tab || colon == line || *colon != ':' ||
		    !strchr(tab + 1, '\t') || strstr(tab, "(bad)") ||
		    strstr(tab, ".byte"))
			continue;
		memset(bytes, 0x90, sizeof(bytes));
		each(addr, bytes, from_hex(tab + 1, bytes));
		count++;
	}
	return out && !pclose(out) ? count : 0;
}

static u32 checked, unknowns;

static void check(u32 addr, const u8 *bytes, u32 len)
{
	u32 got = length(bytes, INSN_MAX);

	checked++;
	unknowns += !got;
	if (!got || is_wait(bytes) ||
	    (EQ(got, len) && CHECK(is_stable(bytes, len, INSN_MAX))))
		return;
	if (tap_failures <= TAP_LINES) {
		printf("#   at %x:", addr);
		for (u32 i = 0; i < len; i++)
			printf(" %02x", bytes[i]);
		printf("\n");
	}
}

static void kernel_text(void)
{
	checked = unknowns = 0;
	if (access(image, R_OK))
		return tap_skip("no kernel image");
	if (!disassemble("-d", image, check))
		return tap_skip("no objdump for i386");
	printf("# %u instructions, %u unknown\n", checked, unknowns);
	CHECK(unknowns * 100 < checked);
}

/* Cell starts alone: what follows is the rest of one, read as code. */
static void check_cell(u32 addr, const u8 *bytes, u32 len)
{
	if (addr % CELL == 0)
		check(addr, bytes, len);
}

/*
 * One and two bytes of opcode, with 66 and without, all of mod and reg, and rm
 * for a register, SIB with base and without, and an address. The bytes behind
 * are no-ops, so that the disassembler is back in step before the next cell.
 */
static void every_opcode(void)
{
	static const u8 rm_sib[][2] = {
		{ 0, 0x90 }, { 4, 0x90 }, { 4, 0x95 }, { 5, 0x90 },
	};
	char name[] = "/tmp/pv86-length-XXXXXX";
	int fd = mkstemp(name);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	checked = unknowns = 0;
	if (!file)
		return tap_skip("no temporary file");
	for (u32 i = 0; i < 2 * 2 * 256 * 32 * 4; i++) {
		u8 cell[CELL], *p = cell;

		memset(cell, 0x90, CELL);
		if (i >> 16 & 1)
			*p++ = 0x66;
		if (i >> 15 & 1)
			*p++ = 0x0f;
		*p++ = (u8)(i >> 7);
		*p++ = (u8)(i >> 2 << 3 | rm_sib[i % 4][0]);
		*p = rm_sib[i % 4][1];
		fwrite(cell, CELL, 1, file);
	}
	fclose(file);
	if (!disassemble("-D -b binary -m i386", name, check_cell))
		tap_skip("no objdump for i386");
	else
		printf("# %u encodings, %u unknown\n", checked, unknowns);
	unlink(name);
}

static const struct tap_test tests[] = {
	{ "length: encodings checked by hand", known_lengths },
	{ "length: a truncated instruction is not known, nor read beyond",
	  truncated },
	{ "length: prefixes of segments and rare instructions are not known",
	  not_known },
	{ "length: every ModRM and SIB byte", every_modrm },
	{ "length: random bytes: never more than there are", random_bytes },
	{ "length: every opcode: right or not known", every_opcode },
	{ "length: the kernel's text: right, and almost all known",
	  kernel_text },
};

int main(int argc, char **argv)
{
	char *slash = strrchr(argv[0], '/');

	if (argc > 1)
		snprintf(image, sizeof(image), "%s", argv[1]);
	else
		snprintf(image, sizeof(image), "%.*s../pv86.elf",
			 slash ? (int)(slash + 1 - argv[0]) : 0, argv[0]);
	return tap_run(tests, ARRAY_SIZE(tests));
}
