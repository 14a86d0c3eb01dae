// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is the live text the linked image, but for what the sites explain? The core's
 * verifier decodes sites; this looks at every byte there is, in sites and
 * between them, and names what is different.
 *
 * What is compared with is a copy that pv/patch.c took before the first patch.
 * That the copy is the image that the linker made, the sum says (pv/parts.c).
 * Read next: pv/report.c, which makes /proc/pv/verify of it.
 */
#include <pv/verify.h>

#define CKSUM_POLY	0x04c11db7

struct comparison {
	const struct pv_text *text;
	const u8 *linked;
	void (*differ)(void *arg, const struct pv_difference *d);
	void *arg;
	u32 found;
};

static void compare(struct comparison *c, const struct pv_site *site, u32 addr,
		    const u8 *promised, u32 len)
{
	u32 offset = addr - c->text->start, i, n;

	for (i = 0; i < len; i += n + !n) {
		struct pv_difference d = {
			.addr = addr + i,
			.site = site,
			.linked = c->linked + offset + i,
			.live = c->text->bytes + offset + i,
			.promised = promised + i,
		};

		for (n = 0; i + n < len && n < PV_DIFFERENCE_MAX; n++)
			if (d.live[n] == d.promised[n])
				break;
		d.len = n;
		c->found += n;
		if (n)
			c->differ(c->arg, &d);
	}
}

u32 pv_compare(const struct pv_text *text, const struct pv_state *state,
	       const u8 *linked, u32 end,
	       void (*differ)(void *arg, const struct pv_difference *d),
	       void *arg)
{
	struct comparison c = { text, linked, differ, arg, 0 };
	const struct pv_site *site = text->sites;
	u32 at = text->start;

	for (u32 n = 0; n < text->count; n++, site++) {
		const u8 *here = linked + (site->addr - text->start);
		u8 bytes[PV_SITE_MAX];
		enum pv_form form;

		compare(&c, NULL, at, linked + (at - text->start),
			site->addr - at);
		at = site->addr + site->len;
		if (state->level == PV_LEVEL_OFF ||
		    pv_encode(text, site, state, bytes, &form) != PV_OK)
			compare(&c, site, site->addr, here, site->len);
		else
			compare(&c, site, site->addr, bytes, site->len);
	}
	compare(&c, NULL, at, linked + (at - text->start), end - at);
	return c.found;
}

static u32 add_byte(u32 crc, u8 byte)
{
	crc ^= (u32)byte << 24;
	for (int i = 0; i < 8; i++)
		crc = crc << 1 ^ (crc >> 31 ? CKSUM_POLY : 0);
	return crc;
}

u32 pv_cksum(const u8 *bytes, u32 len)
{
	u32 crc = 0;

	for (u32 i = 0; i < len; i++)
		crc = add_byte(crc, bytes[i]);
	for (; len; len >>= 8)
		crc = add_byte(crc, (u8)len);
	return ~crc;
}
