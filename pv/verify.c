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
	u32 offset = addr - c->text->live.start, i, n;

	for (i = 0; i < len; i += n + !n) {
		struct pv_difference d = {
			.addr = addr + i,
			.site = site,
			.linked = c->text->linked.bytes + offset + i,
			.live = c->text->live.bytes + offset + i,
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
		compare(&c, NULL, at, text->linked.bytes +
			(at - text->linked.start), next - at);
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
