// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rings by which a domU talks to the monitor: pv/monitor/xen/rings.c with
 * the xenstore behind it. A guest is played here that keeps to the protocol, and
 * then one that writes anything anywhere in its pages.
 */
/* link: pv/monitor/xen/rings.c pv/monitor/xen/xenstore.c */
#include <stdlib.h>
#include <string.h>
#include "tap.h"
#include <monitor/monitor.h>
#include <monitor/xen/rings.h>

enum { STORE_PORT = 1, CONSOLE_PORT };

struct guest guest = { .pages = 1024 };

static struct xen_console_ring console;
static struct xen_store_ring store;
static char printed[8192], typed[4096];
static u32 printed_len, typed_len, raised[3], ports;

size_t strlcpy(char *dst, const char *src, size_t size)
{
	return snprintf(dst, size, "%s", src);
}

void printk(const char *fmt, ...)
{
}

void console_write(const char *s, u32 len)
{
	if (CHECK(len <= sizeof(printed) - printed_len))
		memcpy(printed + printed_len, s, len);
	printed_len += len;
}

u32 console_read(char *buf, u32 len)
{
	len = min(len, typed_len);
	memcpy(buf, typed, len);
	memmove(typed, typed + len, typed_len -= len);
	return len;
}

u32 event_alloc_interdomain(void)
{
	return ++ports;
}

void event_raise(u32 port)
{
	raised[port]++;
}

static void poll(void)
{
	memset(raised, 0, sizeof(raised));
	printed_len = 0;
	console_poll_rings();
}

static void start(void)
{
	u32 console_port, store_port;

	rings_init(&console, &console_port, &store, &store_port);
	EQ(console_port, CONSOLE_PORT);
	EQ(store_port, STORE_PORT);
}

/* ---- the console ----------------------------------------------------------- */

static void say(const char *s)
{
	for (; *s; s++)
		console.out[console.out_prod++ % sizeof(console.out)] = *s;
}

static void output(void)
{
	console.out_cons = console.out_prod = 0u - 3;
	say("hello, world\n");
	poll();
	EQ(printed_len, 13);
	CHECK(!memcmp(printed, "hello, world\n", 13));
	EQ(console.out_cons, console.out_prod);
	EQ(raised[CONSOLE_PORT], 1);
	poll();
	EQ(printed_len, 0);
	EQ(raised[CONSOLE_PORT], 0);
}

static void input(void)
{
	console.in_cons = console.in_prod = 0u - 1;
	memset(typed, 'x', typed_len = 1030);
	typed[0] = 'a';
	poll();
	EQ(console.in_prod - console.in_cons, sizeof(console.in));
	EQ(console.in[1023], 'a');
	EQ(typed_len, 6);
	console.in_cons += 10;
	poll();
	EQ(typed_len, 0);
	EQ(raised[CONSOLE_PORT], 1);
	EQ(console.in_prod - console.in_cons, sizeof(console.in) - 4);
}

static void nonsense(void)
{
	console.out_prod = console.out_cons + sizeof(console.out) + 1;
	console.in_prod = console.in_cons - 1;
	store.request_prod = store.request_cons + sizeof(store.request) + 1;
	typed_len = 1;
	poll();
	EQ(printed_len, 0);
	EQ(typed_len, 1);
	EQ(raised[CONSOLE_PORT] + raised[STORE_PORT], 0);
	memset(&console, 0, sizeof(console));
	store.request_prod = store.request_cons;
	typed_len = 0;
}

/* ---- the store -------------------------------------------------------------- */

static struct {
	struct xen_store_message head;
	char body[XEN_STORE_LENGTH_MAX];
} reply;

static void put(const void *from, u32 bytes)
{
	for (u32 i = 0; i < bytes; i++)
		store.request[store.request_prod++ % sizeof(store.request)] =
			((const char *)from)[i];
}

static void get(void *to, u32 bytes)
{
	for (u32 i = 0; i < bytes; i++) {
		if (store.response_cons == store.response_prod)
			poll();
		if (!CHECK(store.response_cons != store.response_prod))
			return;
		((char *)to)[i] = store.response[store.response_cons++ %
						 sizeof(store.response)];
	}
}

static void receive(void)
{
	memset(&reply, 0, sizeof(reply));
	get(&reply.head, sizeof(reply.head));
	if (CHECK(reply.head.length <= sizeof(reply.body)))
		get(reply.body, reply.head.length);
}

static void ask(u32 type, const char *body, u32 length)
{
	struct xen_store_message m = { type, 77, 5, length };

	put(&m, sizeof(m));
	put(body, length);
	poll();
	EQ(raised[STORE_PORT], 1);
	receive();
	EQ(reply.head.request, 77);
	EQ(reply.head.transaction, 5);
}

/* `body` with the NUL that the compiler adds. */
#define ASK(type, body)	ask(XEN_STORE_##type, body, sizeof(body))
#define REPLY(type_, body_) do {					\
	EQ(reply.head.type, XEN_STORE_##type_);				\
	EQ(reply.head.length, sizeof(body_) - 1);			\
	CHECK(!memcmp(reply.body, body_, sizeof(body_) - 1));		\
} while (0)

static void store_reads(void)
{
	ASK(READ, "domid");
	REPLY(READ, "1");
	ASK(READ, "/local/domain/1/memory/target");
	REPLY(READ, "4096");
	ASK(READ, "console/port");
	REPLY(READ, "2");
	ASK(DIRECTORY, "console");
	REPLY(DIRECTORY, "ring-ref\0port\0");
	ASK(DIRECTORY, "");
	REPLY(DIRECTORY, "domid\0device\0control\0memory\0console\0");
	ASK(DIRECTORY, "device");
	REPLY(DIRECTORY, "");
	ASK(DIRECTORY, "device/vbd");
	REPLY(ERROR, "ENOENT\0");
	ASK(READ, "domi");
	REPLY(ERROR, "ENOENT\0");
	ASK(READ, "/local/domain/12/domid");
	REPLY(ERROR, "ENOENT\0");
}

static void store_writes(void)
{
	ask(XEN_STORE_WRITE, "data/a\0one", 10);
	REPLY(WRITE, "OK\0");
	ask(XEN_STORE_WRITE, "data/b/c\0", 9);
	REPLY(WRITE, "OK\0");
	ask(XEN_STORE_WRITE, "data/a\0three", 12);
	ASK(READ, "data/a");
	REPLY(READ, "three");
	ASK(DIRECTORY, "data");
	REPLY(DIRECTORY, "a\0b\0");
	ASK(READ, "data/b/c");
	REPLY(READ, "");
	for (char body[] = "n/0\0x"; body[2] < '0' + 49; body[2]++) {
		ask(XEN_STORE_WRITE, body, 5);
		EQ(reply.head.type, XEN_STORE_WRITE);
	}
	ask(XEN_STORE_WRITE, "n/more\0x", 8);
	REPLY(ERROR, "ENOSPC\0");
	ask(XEN_STORE_WRITE, "o/more\0x", 8);
	REPLY(ERROR, "ENOSPC\0");
}

static void store_errors(void)
{
	static char big[100] = "name";

	ask(XEN_STORE_READ, "domid", 5);
	REPLY(ERROR, "EINVAL\0");
	ask(XEN_STORE_READ, "", 0);
	REPLY(ERROR, "EINVAL\0");
	ask(XEN_STORE_WRITE, big, sizeof(big));
	REPLY(ERROR, "EINVAL\0");
	memset(big, 'n', sizeof(big) - 1);
	ask(XEN_STORE_WRITE, big, sizeof(big));
	REPLY(ERROR, "EINVAL\0");
	ask(XEN_STORE_WRITE, "/x\0y", 4);
	REPLY(ERROR, "EINVAL\0");
	ask(0, "x", 2);
	REPLY(ERROR, "ENOSYS\0");
	ask(~0u, "x", 2);
	REPLY(ERROR, "ENOSYS\0");
	ask(XEN_STORE_WATCH, "device\0token", 13);
	REPLY(WATCH, "OK\0");
	receive();
	REPLY(EVENT, "device\0token\0");
	ask(XEN_STORE_UNWATCH, "device\0token", 13);
	REPLY(UNWATCH, "OK\0");
	ASK(WATCH, "device");
	REPLY(ERROR, "EINVAL\0");
	ASK(BEGIN, "");
	REPLY(BEGIN, "1\0");
	ASK(END, "T");
	REPLY(END, "OK\0");
}

/* A request that the ring cannot hold, and more answers than it can. */
static void store_long(void)
{
	static char body[XEN_STORE_LENGTH_MAX];
	struct xen_store_message m = { XEN_STORE_WATCH, 1, 0, sizeof(body) };

	memset(body, 'w', sizeof(body) - 1);
	body[100] = '\0';
	put(&m, sizeof(m));
	for (u32 i = 0; i < sizeof(body); i += 512) {
		put(body + i, 512);
		poll();
		EQ(store.request_cons, store.request_prod);
	}
	receive();
	REPLY(WATCH, "OK\0");
	receive();
	EQ(reply.head.type, XEN_STORE_EVENT);
	EQ(reply.head.length, sizeof(body));
	CHECK(!memcmp(reply.body, body, sizeof(body)));
	m = (struct xen_store_message){ XEN_STORE_DIRECTORY, 1, 0, 2 };
	for (u32 i = 0; i < 40; i++) {
		put(&m, sizeof(m));
		put("n", 2);
		poll();
	}
	CHECK(store.request_cons != store.request_prod);
	for (u32 i = 0; i < 40; i++) {
		receive();
		EQ(reply.head.type, XEN_STORE_DIRECTORY);
		EQ(reply.head.length, 2 * 49);
	}
	EQ(store.response_cons, store.response_prod);
}

static void scribble(void)
{
	srandom(86);
	for (u32 i = 0; i < 20000; i++) {
		u32 *words = random() % 2 ? (u32 *)&console : (u32 *)&store;
		u32 n = words == (u32 *)&console ? sizeof(console) / 4 :
			sizeof(store) / 4;

		for (u32 k = random() % 40; k; k--)
			words[random() % n] = random() % 8 ? random() % 20 :
					      random() * 2u;
		words[n - 1 - random() % 4] += random() % 64;
		typed_len = random() % sizeof(typed);
		poll();
		CHECK(printed_len <= sizeof(console.out));
	}
}

static void store_closed(void)
{
	struct xen_store_message m = { XEN_STORE_READ, 1, 0, 4097 };

	memset(&store, 0, sizeof(store));
	for (u32 i = 0; i < 300; i++) {
		put(&m, sizeof(m));
		poll();
		store.response_cons = store.response_prod;
	}
	CHECK(store.request_cons != store.request_prod);
}

static const struct tap_test tests[] = {
	{ "a domU's console is written as it comes", output },
	{ "and read as far as there is room", input },
	{ "indices that make no sense move nothing", nonsense },
	{ "the store tells what is in it", store_reads },
	{ "and keeps what the guest writes, as far as it has room",
	  store_writes },
	{ "a wrong request gets the name of an error, a right one is confirmed",
	  store_errors },
	{ "requests and answers may be longer than the ring", store_long },
	{ "whatever stands in the pages, serving them ends", scribble },
	{ "a request that is too long closes the store", store_closed },
};

TAP_MAIN_AROUND(tests, start(), (void)0)
