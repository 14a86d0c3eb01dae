// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A xenstore for one domU that has no devices: names with values, to which the
 * guest may add. Nobody else changes one, so a transaction is always a success,
 * and of what is watched there is nothing to tell but that it is.
 */
#include <monitor/xen/rings.h>

#define NODES		64
#define HOME		"/local/domain/1/"	/* where other names begin */

static struct node {
	char name[64], value[64];
	u32 length;
} nodes[NODES];
static u32 count = 1;		/* the first is the root, "" */

/* The request as far as it has come, the answer as far as it has gone. */
static struct message {
	struct xen_store_message head;
	char body[XEN_STORE_LENGTH_MAX + 32];
} request, answer;
static u32 got, sent, due;
static bool broken;

static struct node *find(const char *name)
{
	for (struct node *n = nodes; n < nodes + count; n++)
		if (!strcmp(n->name, name))
			return n;
	return NULL;
}

/* What n is called in that directory; NULL: it is not in there. */
static const char *child(const struct node *n, const char *dir)
{
	u32 len = strlen(dir);
	const char *name = n->name + len;

	if (!*n->name || strncmp(n->name, dir, len) || (len && *name++ != '/'))
		return NULL;
	return strchr(name, '/') ? NULL : name;
}

/* With the directories that it lies in. NULL, or the error. */
static const char *set(const char *name, const void *value, u32 length)
{
	struct node *n;
	char dir[sizeof(n->name)];

	if (*name == '/' || strlcpy(dir, name, sizeof(dir)) >= sizeof(dir) ||
	    length > sizeof(n->value))
		return "EINVAL";
	for (char *slash = dir; (slash = strchr(slash, '/')); *slash++ = '/') {
		*slash = '\0';
		if (!find(dir) && set(dir, "", 0))
			return "ENOSPC";
	}
	n = find(name);
	if (!n && count == NODES)
		return "ENOSPC";
	if (!n)
		n = &nodes[count++];
	strlcpy(n->name, name, sizeof(n->name));
	memcpy(n->value, value, length);
	n->length = length;
	return NULL;
}

static void add(const void *data, u32 bytes)
{
	memcpy(answer.body + answer.head.length, data, bytes);
	answer.head.length += bytes;
}

/* The names are no longer than what an answer can hold. */
static void add_children(const char *dir)
{
	for (u32 i = 0; i < count; i++) {
		const char *name = child(&nodes[i], dir);

		if (name)
			add(name, strlen(name) + 1);
	}
}

static const char *perform(u32 type, const char *name, const char *value,
			   u32 length)
{
	const struct node *n = find(name);
	const char *error = type == XEN_STORE_WRITE ? set(name, value, length) :
			    NULL;

	if (error)
		return error;
	switch (type) {
	case XEN_STORE_READ:
		if (n)
			add(n->value, n->length);
		return n ? NULL : "ENOENT";
	case XEN_STORE_DIRECTORY:
		add_children(name);
		return n ? NULL : "ENOENT";
	case XEN_STORE_BEGIN:
		add("1", 2);
		return NULL;
	case XEN_STORE_WATCH:
	case XEN_STORE_UNWATCH:
		if (!length)
			return "EINVAL";
		/* Fall through. */
	case XEN_STORE_WRITE:
	case XEN_STORE_END:
		add("OK", 3);
		return NULL;
	}
	return "ENOSYS";
}

/* A watch tells of what is watched at once, as if it had changed. */
static u32 put_event(char *to)
{
	struct xen_store_message event = {
		XEN_STORE_EVENT, 0, 0, request.head.length,
	};

	memcpy(to, &event, sizeof(event));
	memcpy(to + sizeof(event), request.body, event.length);
	return sizeof(event) + event.length;
}

static void reply(void)
{
	const char *name = request.body, *error = "EINVAL";
	u32 after = strlen(name) + 1, home = strlen(HOME);

	answer.head = request.head;
	answer.head.length = 0;
	if (!strncmp(name, HOME, home))
		name += home;
	if (after <= request.head.length)
		error = perform(request.head.type, name, request.body + after,
				request.head.length - after);
	if (error) {
		answer.head.type = XEN_STORE_ERROR;
		answer.head.length = 0;
		add(error, strlen(error) + 1);
	}
	sent = 0;
	due = sizeof(answer.head) + answer.head.length;
	if (answer.head.type == XEN_STORE_WATCH)
		due += put_event(answer.body + answer.head.length);
}

/* False: not all of a request is there. */
static bool receive(const struct ring *requests)
{
	u32 size = sizeof(request.head);

	if (got < size)
		got += ring_take(requests, (u8 *)&request + got, size - got);
	if (got < size)
		return false;
	broken = request.head.length > XEN_STORE_LENGTH_MAX;
	if (broken) {
		printk("monitor: a request of %u bytes closes the xenstore\n",
		       request.head.length);
		return false;
	}
	size += request.head.length;
	got += ring_take(requests, (u8 *)&request + got, size - got);
	if (got < size)
		return false;
	request.body[request.head.length] = '\0';
	got = 0;
	return true;
}

bool store_serve(const struct ring *requests, const struct ring *responses)
{
	u32 before = *requests->cons + *responses->prod;

	while (!broken) {
		sent += ring_put(responses, (u8 *)&answer + sent, due - sent);
		if (sent < due || !receive(requests))
			break;
		reply();
	}
	return *requests->cons + *responses->prod != before;
}

static void set_number(const char *name, u32 n)
{
	char text[16];

	set(name, text, snprintf(text, sizeof(text), "%u", n));
}

void store_init(u32 console_mfn, u32 console_port)
{
	set("domid", "1", 1);
	set("device", "", 0);
	set("control/shutdown", "", 0);
	set_number("memory/target", guest.pages * 4);
	set_number("console/ring-ref", console_mfn);
	set_number("console/port", console_port);
}
