// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The library of the user programs: strings, error names and printf.  It
 * exists because there is no C library here.  The compiler itself calls
 * memcpy, memmove, memset and memcmp, and it recognises loops that do what
 * these or strlen do; hence the instructions and barriers in them, or they
 * would be compiled into calls of themselves.
 */
#include "lib.h"

#define LINE_MAX	256

void *memcpy(void *to, const void *from, size_t len)
{
	void *d = to;

	asm volatile("rep movsb"
		     : "+D" (d), "+S" (from), "+c" (len) : : "memory");
	return to;
}

void *memmove(void *to, const void *from, size_t len)
{
	char *d = (char *)to + len - 1;
	const char *s = (const char *)from + len - 1;

	if ((uintptr_t)to - (uintptr_t)from >= len)
		return memcpy(to, from, len);
	asm volatile("std; rep movsb; cld"
		     : "+D" (d), "+S" (s), "+c" (len) : : "memory", "cc");
	return to;
}

void *memset(void *to, int byte, size_t len)
{
	void *d = to;

	asm volatile("rep stosb"
		     : "+D" (d), "+c" (len) : "a" (byte) : "memory");
	return to;
}

int memcmp(const void *a, const void *b, size_t len)
{
	const unsigned char *p = a, *q = b;

	for (; len; p++, q++, len--) {
		if (*p != *q)
			return *p - *q;
		asm volatile("");
	}
	return 0;
}

size_t strlen(const char *s)
{
	const char *p = s;

	while (*p) {
		p++;
		asm volatile("" : "+r" (p));
	}
	return p - s;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (unsigned char)*a - (unsigned char)*b;
}

char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++)
		if (!*s)
			return NULL;
	return (char *)s;
}

char *strstr(const char *s, const char *what)
{
	size_t len = strlen(what), left = strlen(s);

	for (; left >= len; s++, left--)
		if (!memcmp(s, what, len))
			return (char *)s;
	return NULL;
}

int atoi(const char *s)
{
	int n = 0, negative = *s == '-';

	for (s += negative; *s >= '0' && *s <= '9'; s++)
		n = n * 10 + *s - '0';
	return negative ? -n : n;
}

struct name {
	int nr;
	const char *text;
};

static const char *name_of(const struct name *names, int count, int nr)
{
	for (; count--; names++)
		if (names->nr == nr)
			return names->text;
	return "unknown";
}

const char *errstr(int err)
{
	static const struct name names[] = {
		{ EPERM, "not permitted" },
		{ ENOENT, "no such file or directory" },
		{ ESRCH, "no such process" },
		{ EIO, "I/O error" },
		{ E2BIG, "argument list too long" },
		{ ENOEXEC, "not an executable" },
		{ EBADF, "bad file descriptor" },
		{ EAGAIN, "try again" },
		{ ENOMEM, "out of memory" },
		{ EACCES, "permission denied" },
		{ EFAULT, "bad address" },
		{ ENOTDIR, "not a directory" },
		{ EISDIR, "is a directory" },
		{ EINVAL, "invalid argument" },
		{ EMFILE, "too many open files" },
		{ ETXTBSY, "program runs" },
		{ ENOSPC, "no memory left for files" },
		{ EROFS, "read-only file system" },
		{ EPIPE, "broken pipe" },
		{ ENAMETOOLONG, "name too long" },
		{ ENOSYS, "no such system call" },
	};

	return name_of(names, ARRAY_SIZE(names), err < 0 ? -err : err);
}

const char *signame(int sig)
{
	static const struct name names[] = {
		{ SIGINT, "interrupt" },
		{ SIGILL, "illegal instruction" },
		{ SIGTRAP, "trap" },
		{ SIGABRT, "aborted" },
		{ SIGBUS, "bus error" },
		{ SIGFPE, "arithmetic exception" },
		{ SIGKILL, "killed" },
		{ SIGSEGV, "segmentation fault" },
		{ SIGPIPE, "broken pipe" },
		{ SIGTERM, "terminated" },
	};

	return name_of(names, ARRAY_SIZE(names), sig);
}

int writeall(int fd, const void *buf, size_t len)
{
	while (len) {
		int n = write(fd, buf, len);

		if (n < 0)
			return n;
		buf = (const char *)buf + n;
		len -= n;
	}
	return 0;
}

struct out {
	int fd;
	size_t len;
	char buf[LINE_MAX];
};

static void put(struct out *o, char c)
{
	if (o->len == LINE_MAX) {
		writeall(o->fd, o->buf, o->len);
		o->len = 0;
	}
	o->buf[o->len++] = c;
}

/* width < 0: flush left. */
static void put_padded(struct out *o, const char *s, size_t len, int width,
		       char fill)
{
	int pad = (width < 0 ? -width : width) - (int)len;

	for (; width > 0 && pad > 0; pad--)
		put(o, fill);
	while (len--)
		put(o, *s++);
	while (pad-- > 0)
		put(o, ' ');
}

static void put_number(struct out *o, uint32_t n, int negative,
		       unsigned int base, int width, char fill)
{
	char digits[12], *p = digits + sizeof(digits);

	if (negative && fill == '0') {
		put(o, '-');
		width--;
	}
	do {
		*--p = "0123456789abcdef"[n % base];
	} while (n /= base);
	if (negative && fill != '0')
		*--p = '-';
	put_padded(o, p, digits + sizeof(digits) - p, width, fill);
}

static void put_argument(struct out *o, char type, int width, char fill,
			 va_list *ap)
{
	const char *s;
	char c;
	int n;

	switch (type) {
	case 'd':
		n = va_arg(*ap, int);
		put_number(o, n < 0 ? -(uint32_t)n : (uint32_t)n, n < 0, 10,
			   width, fill);
		break;
	case 'u':
	case 'x':
	case 'o':
		put_number(o, va_arg(*ap, uint32_t), 0,
			   type == 'u' ? 10 : type == 'x' ? 16 : 8, width,
			   fill);
		break;
	case 'p':
		put_number(o, va_arg(*ap, uint32_t), 0, 16, 8, '0');
		break;
	case 's':
		s = va_arg(*ap, const char *);
		if (!s)
			s = "(null)";
		put_padded(o, s, strlen(s), width, ' ');
		break;
	case 'c':
		c = va_arg(*ap, int);
		put_padded(o, &c, 1, width, ' ');
		break;
	default:
		put(o, type);
	}
}

void vdprintf(int fd, const char *fmt, va_list args)
{
	struct out o = { .fd = fd };
	va_list ap;

	va_copy(ap, args);
	for (; *fmt; fmt++) {
		int width = 0, left;
		char fill = ' ';

		if (*fmt != '%') {
			put(&o, *fmt);
			continue;
		}
		left = *++fmt == '-';
		fmt += left;
		if (*fmt == '0')
			fill = *fmt++;
		for (; *fmt >= '0' && *fmt <= '9'; fmt++)
			width = width * 10 + *fmt - '0';
		while (*fmt == 'l')
			fmt++;
		if (!*fmt)
			break;
		put_argument(&o, *fmt, left ? -width : width, fill, &ap);
	}
	va_end(ap);
	writeall(fd, o.buf, o.len);
}

void dprintf(int fd, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vdprintf(fd, fmt, ap);
	va_end(ap);
}

int complain(const char *program, const char *what, int err)
{
	dprintf(2, "%s: %s: %s\n", program, what, errstr(err));
	return 1;
}
