// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How long an instruction is, for the general-purpose subset of the i386 that
 * compilers emit into this kernel. The patcher needs it where an operation is
 * left out: the site becomes prefixes of the instruction behind it. What is
 * not in the table is 0: unknown, and the patcher then uses a no-op.
 * Intel SDM volume 2, appendix A (opcode maps) and chapter 2 (ModRM, SIB).
 */
#include <pv/core.h>

#define OPERAND_SIZE	0x66
#define TWO_BYTE	0x0f

/*
 * What follows an opcode, 16 a row: . nothing, m ModRM, b a byte, z an operand
 * of 16 or 32 bits, a an address, M ModRM and byte, Z ModRM and z, 2 two
 * bytes, t ModRM and a byte in TEST, T ModRM and z in TEST, - unknown.
 */
static const char one_byte[] =
	"mmmmbz..mmmmbz.-"	/* 00 */
	"mmmmbz..mmmmbz.."	/* 10 */
	"mmmmbz-.mmmmbz-."	/* 20 */
	"mmmmbz-.mmmmbz-."	/* 30 */
	"................"	/* 40 */
	"................"	/* 50 */
	"..-m----zZbM...."	/* 60 */
	"bbbbbbbbbbbbbbbb"	/* 70 */
	"MZMMmmmmmmmmmmmm"	/* 80 */
	"..........-....."	/* 90 */
	"aaaa....bz......"	/* a0 */
	"bbbbbbbbzzzzzzzz"	/* b0 */
	"MM2.--MZ-.--.b-."	/* c0 */
	"mmmmbb-.mmmmmmmm"	/* d0 */
	"bbbbbbbbzz-b...."	/* e0 */
	"----..tT......mm";	/* f0 */

static const char two_bytes[] =
	"-----------.----"	/* 00 */
	"---------------m"	/* 10 */
	"----------------"	/* 20 */
	"-.--------------"	/* 30 */
	"mmmmmmmmmmmmmmmm"	/* 40 */
	"----------------"	/* 50 */
	"----------------"	/* 60 */
	"----------------"	/* 70 */
	"zzzzzzzzzzzzzzzz"	/* 80 */
	"mmmmmmmmmmmmmmmm"	/* 90 */
	"..-mMm-----mMm-m"	/* a0 */
	"mm-m--mm--Mmmmmm"	/* b0 */
	"mm-----m........"	/* c0 */
	"----------------"	/* d0 */
	"----------------"	/* e0 */
	"----------------";	/* f0 */

/* ModRM, SIB and displacement. */
static u32 modrm_length(const u8 *p, u32 max)
{
	u32 mod = p[0] >> 6, rm = p[0] & 7, length = 1;

	if (mod == 3)
		return 1;
	if (rm == 4) {
		if (max < 2)
			return max + 1;
		length = 2;
		if (mod == 0 && (p[1] & 7) == 5)
			return 6;
	}
	if (mod == 0 && rm == 5)
		return 5;
	return length + (mod == 1 ? 1 : mod == 2 ? 4 : 0);
}

static u32 operand_length(char kind, const u8 *p, u32 max, u32 z)
{
	u32 modrm = max ? modrm_length(p, max) : 1;
	bool test = max && (p[0] & 0x38) < 0x10;

	switch (kind) {
	case '.':
		return 0;
	case 'b':
		return 1;
	case '2':
		return 2;
	case 'z':
		return z;
	case 'a':
		return 4;
	case 'm':
		return modrm;
	case 'M':
		return modrm + 1;
	case 'Z':
		return modrm + z;
	case 't':
		return modrm + test;
	default:		/* 'T' */
		return modrm + (test ? z : 0);
	}
}

u32 pv_insn_length(const u8 *p, u32 max)
{
	const char *map = one_byte;
	u32 at = 0, z = 4;

	while (at < max && (p[at] == OPERAND_SIZE || p[at] == 0xf0 ||
			    p[at] == 0xf2 || p[at] == 0xf3)) {
		if (p[at++] == OPERAND_SIZE)
			z = 2;
	}
	if (at < max && p[at] == TWO_BYTE) {
		map = two_bytes;
		at++;
	}
	if (at >= max || map[p[at]] == '-')
		return 0;
	at += 1 + operand_length(map[p[at]], p + at + 1, max - at - 1, z);
	return at <= max ? at : 0;
}
