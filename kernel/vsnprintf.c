// SPDX-License-Identifier: GPL-2.0-or-later
/* Formatted output to a buffer. printk.c sends it to the console. */
#include <kernel/kernel.h>

struct out {
	char *buf;
	size_t size, len;		/* len may grow past size */
};

struct spec {
	bool zero, left;
	u32 width;
	u32 longs;
};

static void put(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len] = c;
	o->len++;
}

static void put_padded(struct out *o, const char *s, u32 len, struct spec f)
{
	u32 fill = f.width > len ? f.width - len : 0;

	if (f.zero && len && *s == '-') {
		put(o, *s++);
		len--;
	}
	for (; fill && !f.left; fill--)
		put(o, f.zero ? '0' : ' ');
	while (len--)
		put(o, *s++);
	for (; fill; fill--)
		put(o, ' ');
}

static void put_number(struct out *o, u64 n, u32 base, bool negative,
		       const char *digits, struct spec f)
{
	char text[24], *p = text + sizeof(text);

	do {
		u32 rem;

		n = div64(n, base, &rem);
		*--p = digits[rem];
	} while (n);
	if (negative)
		*--p = '-';
	put_padded(o, p, text + sizeof(text) - p, f);
}

static void put_symbol(struct out *o, u32 addr, struct spec f)
{
	char text[64];
	u32 offset = 0;
	const char *name = kallsyms_find(addr, &offset);
	int len = name ? snprintf(text, sizeof(text), "%s+0x%x", name, offset) :
		  snprintf(text, sizeof(text), "0x%x", addr);

	put_padded(o, text, min((u32)len, (u32)sizeof(text) - 1), f);
}

static const char *parse_spec(const char *p, struct spec *f)
{
	*f = (struct spec){ 0 };
	for (; *p == '0' || *p == '-'; p++) {
		f->zero |= *p == '0';
		f->left |= *p == '-';
	}
	for (; *p >= '0' && *p <= '9'; p++)
		f->width = f->width * 10 + *p - '0';
	for (; *p == 'l' || *p == 'z'; p++)
		f->longs += *p == 'l';
	f->zero &= !f->left;
	return p;
}

static const char lower[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";

/* A va_list that is passed by address; the type itself may be an array. */
struct args {
	va_list ap;
};

static void put_integer(struct out *o, char c, struct spec f, struct args *a)
{
	u64 n;

	if (f.longs > 1)
		n = va_arg(a->ap, u64);
	else if (c == 'd')
		n = va_arg(a->ap, int);
	else
		n = va_arg(a->ap, u32);
	if (c == 'd' && (s64)n < 0)
		put_number(o, -n, 10, true, lower, f);
	else
		put_number(o, n, c == 'd' || c == 'u' ? 10 : 16, false,
			   c == 'X' ? upper : lower, f);
}

static const char *put_one(struct out *o, const char *p, struct args *a)
{
	struct spec f;
	const char *s;
	char c;

	p = parse_spec(p, &f);
	switch (*p) {
	case 'd':
	case 'u':
	case 'x':
	case 'X':
		put_integer(o, *p, f, a);
		break;
	case 's':
		s = va_arg(a->ap, const char *);
		s = s ? s : "(null)";
		put_padded(o, s, strlen(s), f);
		break;
	case 'c':
		c = va_arg(a->ap, int);
		put_padded(o, &c, 1, f);
		break;
	case 'p':
		if (p[1] == 'S') {
			put_symbol(o, va_arg(a->ap, u32), f);
			return p + 2;
		}
		f.zero = true;
		f.width = 8;
		put_number(o, va_arg(a->ap, u32), 16, false, lower, f);
		break;
	case '\0':
		return p;
	default:
		put(o, *p);
	}
	return p + 1;
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct out o = { buf, size, 0 };
	struct args a;

	va_copy(a.ap, ap);
	while (*fmt) {
		if (*fmt == '%')
			fmt = put_one(&o, fmt + 1, &a);
		else
			put(&o, *fmt++);
	}
	va_end(a.ap);
	if (size)
		buf[min(o.len, size - 1)] = '\0';
	return o.len;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return len;
}
