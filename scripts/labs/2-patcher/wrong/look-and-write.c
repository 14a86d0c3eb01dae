// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * It looks at each site only when it is its turn to be written. If one is
 * wrong, those before it have been written already, and nobody can say what
 * state the kernel is in.
 * Fails: patch: a bit that changed is seen and named
 * Fails: patch: a backend's mistake is refused
 */
static struct pv_fault pass(const struct pv_text *text,
			    const struct pv_state *from,
			    const struct pv_state *to,
			    void (*write)(u32 addr, const u8 *bytes, u32 len),
			    u32 *changed)
{
	u8 bytes[PV_SITE_MAX];
	enum pv_error error;
	enum pv_form form;

	if (!write)
		return (struct pv_fault){ PV_OK, 0 };
	for (u32 n = 0; n < text->count; n++) {
		const struct pv_site *site = &text->sites[n];
		const u8 *live = pv_view(&text->live, site->addr);
		u32 differ;

		error = pv_encode(text, site, from, bytes, &form);
		if (error == PV_OK && differences(bytes, live, site->len))
			error = PV_BAD_BYTES;
		if (error == PV_OK)
			error = pv_encode(text, site, to, bytes, &form);
		if (error != PV_OK)
			return (struct pv_fault){ error, site->addr };
		differ = differences(bytes, live, site->len);
		if (!differ)
			continue;
		write(site->addr, bytes, site->len);
		*changed += differ;
	}
	return (struct pv_fault){ PV_OK, 0 };
}
