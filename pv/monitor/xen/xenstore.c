// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A xenstore for one domU that has no devices: a small table of names and
 * values, which the guest may change, and the answers that guests wait for.
 * A transaction is a name for nothing, since nobody else writes. What is
 * watched is told once, as the protocol has it, and never changes thereafter.
 */
#include <monitor/monitor.h>
#include <monitor/xen/rings.h>

#define NODES		64
#define HOME		"/local/domain/1"	/* where a relative name begins */

static struct node {
	char name[64];		/* below HOME; empty: this one is free */
	char value[64];
	u32 length;
} nodes[NODES];

/* The request as far as it has come, and what is left of the answer. */
static struct {
	struct xen_store_message head;
	char body[XEN_STORE_LENGTH_MAX + 1];
	u32 got;
} request;
static struct {
	char data[XEN_STORE_LENGTH_MAX + 64];
	u32 length, sent;
} answer;
static bool broken;

static struct node *find(const char *name)
{
	for (struct node *n = nodes; n < nodes + NODES; n++)
		if (!strcmp(n->name, name))
			return n;
	return NULL;
}

/* What follows in the node's name if it lies below `dir`, "" being the root. */
static const char *below(const struct node *n, const char *dir)
{
	u32 len = strlen(dir);

	if (!*n->name || strncmp(n->name, dir, len))
		return NULL;
	if (!len)
		return n->name;
	return n->name[len] == '/' ? n->name + len + 1 : NULL;
}

static bool exists(const char *name)
{
	if (!*name || find(name))
		return true;
	for (u32 i = 0; i < NODES; i++)
		if (below(&nodes[i], name))
			return true;
	return false;
}

static const char *set(const char *name, const void *value, u32 length)
{
	struct node *n = find(name);

	if (!*name || strlen(name) >= sizeof(n->name) ||
	    length > sizeof(n->value))
		return "EINVAL";
	if (!n)
		n = find("");
	if (!n)
		return "ENOSPC";
	strlcpy(n->name, name, sizeof(n->name));
	memcpy(n->value, value, length);
	n->length = length;
	return NULL;
}

/* ---- answers -------------------------------------------------------------- */

/* What does not fit is cut off: only a directory could be so long. */
static void add(const void *data, u32 bytes)
{
	bytes = min(bytes, (u32)sizeof(answer.data) - answer.length);
	memcpy(answer.data + answer.length, data, bytes);
	answer.length += bytes;
}

static void add_text(const char *s)
{
	add(s, strlen(s) + 1);
}

/* Each handler gets the name and the bytes after it. NULL, or the error. */
static const char *read(const char *name, const char *value, u32 length)
{
	const struct node *n = find(name);

	if (!exists(name))
		return "ENOENT";
	if (n)
		add(n->value, n->length);
	return NULL;
}

/* True if a node before n is in the same entry of the directory. */
static bool listed(const struct node *n, const char *dir, const char *child,
		   u32 len)
{
	for (const struct node *o = nodes; o < n; o++) {
		const char *other = below(o, dir);

		if (other && !strncmp(other, child, len) &&
		    (!other[len] || other[len] == '/'))
			return true;
	}
	return false;
}

static const char *directory(const char *name, const char *value, u32 length)
{
	if (!exists(name))
		return "ENOENT";
	for (const struct node *n = nodes; n < nodes + NODES; n++) {
		const char *child = below(n, name);
		u32 len = 0;

		if (!child)
			continue;
		while (child[len] && child[len] != '/')
			len++;
		if (listed(n, name, child, len))
			continue;
		add(child, len);
		add("", 1);
	}
	return NULL;
}

static const char *done(const char *error)
{
	if (!error)
		add_text("OK");
	return error;
}

static const char *write(const char *name, const char *value, u32 length)
{
	return done(set(name, value, length));
}

static const char *make(const char *name, const char *value, u32 length)
{
	return done(exists(name) ? NULL : set(name, "", 0));
}

static const char *remove(const char *name, const char *value, u32 length)
{
	if (!*name)
		return "EINVAL";
	for (struct node *n = nodes; n < nodes + NODES; n++)
		if (below(n, name) || !strcmp(n->name, name))
			n->name[0] = '\0';
	return done(NULL);
}

static const char *permissions(const char *name, const char *value, u32 length)
{
	if (!exists(name))
		return "ENOENT";
	add_text("n1");
	return NULL;
}

static const char *accept(const char *name, const char *value, u32 length)
{
	return done(NULL);
}

static const char *begin(const char *name, const char *value, u32 length)
{
	add_text("1");
	return NULL;
}

static const char *path(const char *name, const char *value, u32 length)
{
	add_text(HOME);
	return NULL;
}

static const char *(*const handlers[])(const char *, const char *, u32) = {
	[XEN_STORE_DIRECTORY] = directory, [XEN_STORE_READ] = read,
	[XEN_STORE_GET_PERMS] = permissions, [XEN_STORE_SET_PERMS] = accept,
	[XEN_STORE_WATCH] = accept, [XEN_STORE_UNWATCH] = accept,
	[XEN_STORE_BEGIN] = begin, [XEN_STORE_END] = accept,
	[XEN_STORE_DOMAIN_PATH] = path, [XEN_STORE_WRITE] = write,
	[XEN_STORE_MKDIR] = make, [XEN_STORE_RM] = remove,
};

/* Writes the head of the message that begins at `at` and ends here. */
static void finish(u32 at, struct xen_store_message head)
{
	head.length = answer.length - at - sizeof(head);
	memcpy(answer.data + at, &head, sizeof(head));
}

/* A name below HOME, or NULL: all else does not exist. */
static const char *relative(const char *name)
{
	u32 len = strlen(HOME);

	if (*name != '/')
		return name;
	if (strncmp(name, HOME, len) || (name[len] && name[len] != '/'))
		return NULL;
	return name + len + (name[len] == '/');
}

static const char *perform(void)
{
	const char *name = relative(request.body), *value;
	u32 type = request.head.type, length = request.head.length;

	if (type >= ARRAY_SIZE(handlers) || !handlers[type])
		return "ENOSYS";
	if (!length || strlen(request.body) >= length)
		return "EINVAL";
	value = request.body + strlen(request.body) + 1;
	if (!name && type != XEN_STORE_WATCH && type != XEN_STORE_UNWATCH)
		return "ENOENT";
	return handlers[type](name, value, request.body + length - value);
}

/* A new watch is told at once of what it watches. */
static void reply(void)
{
	struct xen_store_message head = request.head;
	const char *error;
	u32 next;

	answer.sent = 0;
	answer.length = sizeof(head);
	error = perform();
	if (error) {
		head.type = XEN_STORE_ERROR;
		add_text(error);
	}
	finish(0, head);
	if (head.type != XEN_STORE_WATCH)
		return;
	next = answer.length;
	answer.length += sizeof(head);
	add(request.body, request.head.length);
	finish(next, (struct xen_store_message){
		.type = XEN_STORE_WATCH_EVENT,
	});
}

/* ---- messages ------------------------------------------------------------- */

/* False: not all of a request is there. */
static bool receive(const struct ring *requests)
{
	const u32 head = sizeof(request.head);
	u32 *got = &request.got;

	if (*got < head)
		*got += ring_take(requests, (char *)&request.head + *got,
				  head - *got);
	if (*got < head)
		return false;
	if (request.head.length > XEN_STORE_LENGTH_MAX) {
		printk("monitor: a request to the xenstore of %u bytes: it is "
		       "closed\n", request.head.length);
		broken = true;
		return false;
	}
	*got += ring_take(requests, request.body + *got - head,
			  head + request.head.length - *got);
	if (*got < head + request.head.length)
		return false;
	request.body[request.head.length] = '\0';
	*got = 0;
	return true;
}

bool store_serve(const struct ring *requests, const struct ring *responses)
{
	u32 before = *requests->cons + *responses->prod;

	while (!broken) {
		answer.sent += ring_put(responses, answer.data + answer.sent,
					answer.length - answer.sent);
		if (answer.sent < answer.length || !receive(requests))
			break;
		reply();
	}
	return *requests->cons + *responses->prod != before;
}

void store_init(u32 console_mfn, u32 console_port)
{
	char number[16];

	set("domid", "1", 1);
	set("name", "guest", 5);
	set("device", "", 0);
	set("console/type", "xenconsoled", 11);
	set("control/shutdown", "", 0);
	set("memory/target", number,
	    snprintf(number, sizeof(number), "%u", guest.pages * 4));
	set("console/ring-ref", number,
	    snprintf(number, sizeof(number), "%u", console_mfn));
	set("console/port", number,
	    snprintf(number, sizeof(number), "%u", console_port));
}
