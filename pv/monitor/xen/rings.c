// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a domU has instead of the console hypercall: a page with a ring each
 * way, and one like it to the xenstore (xenstore.c). xen-pv-abi 9.
 */
#include <monitor/xen/rings.h>

static struct xen_console_ring *console;	/* NULL: dom0 */
static struct xen_store_ring *store;
static u32 port, port_of_store;

/* ~0: more than fits, so the guest's indices are no such. */
static u32 held(const struct ring *r)
{
	u32 bytes = *r->prod - *r->cons;

	return bytes <= r->size ? bytes : ~0u;
}

u32 ring_take(const struct ring *r, void *to, u32 most)
{
	u32 bytes = held(r), cons = *r->cons;

	if (bytes == ~0u)
		return 0;
	bytes = min(bytes, most);
	for (u32 i = 0; i < bytes; i++)
		((char *)to)[i] = r->data[(cons + i) & (r->size - 1)];
	*r->cons = cons + bytes;
	return bytes;
}

static u32 room(const struct ring *r)
{
	u32 bytes = held(r);

	return bytes == ~0u ? 0 : r->size - bytes;
}

u32 ring_put(const struct ring *r, const void *from, u32 bytes)
{
	u32 prod = *r->prod;

	bytes = min(bytes, room(r));
	for (u32 i = 0; i < bytes; i++)
		r->data[(prod + i) & (r->size - 1)] = ((const char *)from)[i];
	*r->prod = prod + bytes;
	return bytes;
}

static bool serve_console(void)
{
	const struct ring out = {
		console->out, sizeof(console->out),
		&console->out_cons, &console->out_prod,
	}, in = {
		console->in, sizeof(console->in),
		&console->in_cons, &console->in_prod,
	};
	char buf[128];
	u32 n, moved = 0;

	for (; (n = ring_take(&out, buf, sizeof(buf))); moved += n)
		console_write(buf, n);
	for (; (n = console_read(buf, min(room(&in), (u32)sizeof(buf))));
	     moved += n)
		ring_put(&in, buf, n);
	return moved;
}

void console_poll_rings(void)
{
	if (!console)
		return;
	if (serve_console())
		event_raise(port);
	if (store_serve(&(struct ring){
			store->request, sizeof(store->request),
			&store->request_cons, &store->request_prod,
		}, &(struct ring){
			store->response, sizeof(store->response),
			&store->response_cons, &store->response_prod,
		}))
		event_raise(port_of_store);
}

void rings_init(struct xen_console_ring *c, u32 *console_port,
		struct xen_store_ring *s, u32 *store_port)
{
	*store_port = port_of_store = event_alloc_interdomain();
	*console_port = port = event_alloc_interdomain();
	store_init(mfn_of(c), port);
	console = c;
	store = s;
}
