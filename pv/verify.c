// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is the live text the linked image but for the sites? decode.c reads back the
 * sites alone. This compares every byte: between sites with the linked image,
 * in a site with what the encoder of core.c gives.
 *
 * The linked image is a copy that pv/patch.c takes before the first patch. Its
 * sum shows that it is what the linker wrote (pv/parts.c).
 */
#include <pv/verify.h>

#define CKSUM_POLY	0x04c11db7
#define PIECE		1024		/* bytes */

struct comparison {
	const struct pv_text *text;
	void (*differ)(void *arg, const struct pv_difference *d);
	void *arg;
	u32 found;
};

static void compare(struct comparison *c, const struct pv_site *site, u32 addr,
		    const u8 *promised, u32 len)
{
	u32 i, n;

	/* n bytes from i on differ; a byte that does not is a step of 1. */
	for (i = 0; i < len; i += n + !n) {
		struct pv_difference d = {
			.addr = addr + i,
			.site = site,
			.linked = pv_view(&c->text->linked, addr + i),
			.live = pv_view(&c->text->live, addr + i),
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
	       void (*differ)(void *arg, const struct pv_difference *d),
	       void *arg)
{
	struct comparison c = { text, differ, arg, 0 };
	u32 at = text->linked.start;

	for (u32 n = 0; n <= text->count; n++) {
		const struct pv_site *site = &text->sites[n];
		u32 next = n < text->count ? site->addr : text->linked.end;
		u8 bytes[PV_SITE_MAX];
		enum pv_form form;

		pv_pause();
		compare(&c, NULL, at, pv_view(&text->linked, at), next - at);
		if (n == text->count)
			break;
		pv_encode(text, site, state, bytes, &form);
		compare(&c, site, next, bytes, site->len);
		at = next + site->len;
	}
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

	for (u32 i = 0; i < len; i++) {
		if (i % PIECE == 0)
			pv_pause();
		crc = add_byte(crc, bytes[i]);
	}
	for (; len; len >>= 8)
		crc = add_byte(crc, (u8)len);
	return ~crc;
}
