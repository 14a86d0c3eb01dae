// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A line typed at the terminal, with a cursor in it and a history; sh.c uses
 * it. The terminal hands on each key meanwhile. A line that is wider than the
 * screen is scrolled sideways, so that one row is all that ever changes.
 */
#include "lib.h"

#define COLUMNS		80
#define HISTORY		16		/* lines, the present one included */
#define CTRL(key)	((key) - '@')
#define DELETE		256		/* keys that are more than a byte */
#define NOTHING		257

static const char *prompt;
static char *line;
static size_t len, at;			/* bytes, and which the cursor is on */
static int dropped;			/* there was no room for all */

static char history[HISTORY][LINE_SIZE];
static unsigned int newest, shown;	/* at newest: the present line */

static int is_start(char c)
{
	return (c & 0xc0) != 0x80;	/* of a character, in UTF-8 */
}

static size_t left_of(size_t i)
{
	while (i && !is_start(line[--i]))
		;
	return i;
}

static size_t right_of(size_t i)
{
	while (i < len && (++i == len || !is_start(line[i])))
		;
	return i;
}

static int columns(const char *s, size_t count)
{
	int n = 0;

	while (count--)
		n += is_start(*s++);
	return n;
}

static void show(void)
{
	int width = COLUMNS - 1 - columns(prompt, strlen(prompt)), back;
	size_t from = 0, to = len, i;
	char out[LINE_SIZE];

	while (columns(line + from, at - from) > width)
		from = right_of(from);
	while (columns(line + from, to - from) > width)
		to = left_of(to);
	for (i = from; i < to; i++)
		out[i - from] = line[i] == '\t' ? ' ' : line[i];
	dprintf(1, "\r\33[K%s", prompt);
	writeall(1, out, to - from);
	back = columns(line + at, to - at);
	if (back)
		dprintf(1, "\33[%dD", back);
}

/* A byte, what stands for a key of several, or -1 at the end of input. */
static int read_key(void)
{
	static const char names[] = "ABCDHF";
	static const char keys[] = {
		CTRL('P'), CTRL('N'), CTRL('F'), CTRL('B'), CTRL('A'),
		CTRL('E'),
	};
	unsigned char c;
	int number = 0;

	if (read(0, &c, 1) <= 0)
		return -1;
	if (c != CTRL('['))
		return c;
	if (read(0, &c, 1) <= 0 || (c != '[' && c != 'O'))
		return NOTHING;
	while (read(0, &c, 1) > 0 && ((c >= '0' && c <= '9') || c == ';'))
		number = number * 10 + c - '0';
	if (c == '~')
		return number == 1 ? CTRL('A') : number == 4 ? CTRL('E') :
		       number == 3 ? DELETE : NOTHING;
	return c && strchr(names, c) ? keys[strchr(names, c) - names] : NOTHING;
}

static void cut(size_t from, size_t to)
{
	memmove(line + from, line + to, len - to);
	len -= to - from;
	at = from;
}

static void cut_word(void)
{
	size_t from = at;

	while (from && line[from - 1] == ' ')
		from--;
	while (from && line[from - 1] != ' ')
		from--;
	cut(from, at);
}

static void insert(char c)
{
	char shown_as = c == '\t' ? ' ' : c;

	if (len == LINE_SIZE - 1) {
		dropped = 1;
		writeall(1, "\a", 1);
		return;
	}
	memmove(line + at + 1, line + at, len - at);
	line[at++] = c;
	len++;
	if (at == len && columns(line, len) + columns(prompt, strlen(prompt)) <
	    COLUMNS)
		writeall(1, &shown_as, 1);
	else
		show();
}

static void keep(void)
{
	line[len] = '\0';
	memcpy(history[newest % HISTORY], line, len + 1);
}

static void recall(unsigned int which)
{
	if (which > newest || which + HISTORY <= newest)
		return;
	if (shown == newest)
		keep();
	shown = which;
	len = at = strlen(history[which % HISTORY]);
	memcpy(line, history[which % HISTORY], len);
}

/* All keys that insert nothing. */
static void obey(int key)
{
	switch (key) {
	case CTRL('A'):
		at = 0;
		break;
	case CTRL('B'):
		at = left_of(at);
		break;
	case CTRL('D'):
	case DELETE:
		cut(at, right_of(at));
		break;
	case CTRL('E'):
		at = len;
		break;
	case CTRL('F'):
		at = right_of(at);
		break;
	case CTRL('H'):
	case 0x7f:
		cut(left_of(at), at);
		break;
	case CTRL('K'):
		len = at;
		break;
	case CTRL('N'):
		recall(shown + 1);
		break;
	case CTRL('P'):
		recall(shown - 1);
		break;
	case CTRL('U'):
		cut(0, at);
		break;
	case CTRL('W'):
		cut_word();
		break;
	default:
		return;
	}
	show();
}

static int read_keys(void)
{
	int key;

	for (;;) {
		key = read_key();
		if (key < 0 || (key == CTRL('D') && !len))
			return 0;
		if (key == '\n' || key == '\r')
			return 1;
		if (key == CTRL('C')) {
			writeall(1, "^C", 2);
			len = 0;
			return 1;
		}
		if ((key >= ' ' && key < 0x7f) || (key > 0x7f && key < 256) ||
		    key == '\t')
			insert(key);
		else
			obey(key);
		if (!len)
			dropped = 0;
	}
}

int edit_line(const char *prompt_, char *line_, struct termios *tio)
{
	struct termios keys = *tio;
	int more;

	keys.c_lflag &= ~(ISIG | ICANON | ECHO);
	ioctl(0, TCSETS, &keys);
	prompt = prompt_;
	line = line_;
	len = at = dropped = 0;
	shown = newest;
	writeall(1, prompt, strlen(prompt));
	more = read_keys();
	writeall(1, "\n", 1);
	if (dropped) {
		complain("sh", "line", E2BIG);
		len = 0;
	}
	keep();
	if (len && (!newest || strcmp(line, history[(newest - 1) % HISTORY])))
		newest++;
	ioctl(0, TCSETS, tio);
	return more;
}
