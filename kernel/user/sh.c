// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sh: the shell.  It reads a line, and runs what it says pipeline by
 * pipeline: the second one of "false; echo $?" is not even split into words
 * before the first one has ended, so $? needs no second pass.  Understood are
 * words with quotes and backslashes, | ; & && ||, the redirections < > >> and
 * N>&M, comments, cd and exit.  With -c TEXT or a FILE it is not interactive.
 * Everything else is a program in /bin.
 */
#include "lib.h"

#define MAX_ARGS	32
#define MAX_COMMANDS	8
#define MAX_REDIRECTS	4

enum token { END, WORD, REDIRECT, PIPE, SEMI, BACKGROUND, AND, OR, BAD };

struct redirect {
	int fd, from;		/* from < 0: open path with flags instead */
	int flags;
	char *path;
};

struct command {
	int argc, redirects;
	char *argv[MAX_ARGS + 1];
	struct redirect redirect[MAX_REDIRECTS];
};

static char line[LINE_SIZE];
static const char *next;			/* what is left of the line */
static char words[LINE_SIZE * 2];	/* the words of one pipeline */
static char *word, *free_word;
static struct redirect redirect;
static struct command commands[MAX_COMMANDS];

static char **env;
static int interactive, input, status;

static int syntax_error(const char *what)
{
	dprintf(2, "sh: syntax error: %s\n", what);
	status = 2;
	return -1;
}

/* A character of the word; one byte is always kept for the end of it. */
static int add(char c)
{
	if (free_word >= words + sizeof(words) - 1)
		return syntax_error("too long");
	*free_word++ = c;
	return 0;
}

/* At the '$' of "$?"; any other '$' stands for itself. */
static int add_dollar(void)
{
	int n = status, unit = 100;

	if (*++next != '?')
		return add('$');
	next++;
	while (unit > 1 && n < unit)
		unit /= 10;
	for (; unit; unit /= 10)
		if (add('0' + n / unit % 10))
			return -1;
	return 0;
}

static enum token read_word(void)
{
	char quote = 0;
	int err;

	word = free_word;
	while (*next) {
		if (!quote && strchr(" \t\n|&;<>", *next))
			break;
		if (quote ? *next == quote : *next == '\'' || *next == '"') {
			quote = quote ? 0 : *next;
			next++;
			continue;
		}
		if (*next == '$' && quote != '\'') {
			err = add_dollar();
		} else {
			if (*next == '\\' && next[1] && (!quote ||
			    (quote == '"' && strchr("\\\"$", next[1]))))
				next++;
			err = add(*next++);
		}
		if (err)
			return BAD;
	}
	if (quote) {
		syntax_error("quote without an end");
		return BAD;
	}
	if (free_word == words + sizeof(words)) {
		syntax_error("too long");
		return BAD;
	}
	*free_word++ = '\0';
	return WORD;
}

/* At '<' or '>', perhaps with the number of a descriptor before it. */
static enum token read_redirect(void)
{
	int fd = -1;

	if (*next >= '0' && *next <= '9')
		fd = *next++ - '0';
	redirect.from = -1;
	if (*next++ == '<') {
		redirect.fd = fd < 0 ? 0 : fd;
		redirect.flags = O_RDONLY;
		return REDIRECT;
	}
	redirect.fd = fd < 0 ? 1 : fd;
	redirect.flags = O_WRONLY | O_CREAT | O_TRUNC;
	if (*next == '>') {
		next++;
		redirect.flags = O_WRONLY | O_CREAT | O_APPEND;
	} else if (*next == '&' && next[1] >= '0' && next[1] <= '9') {
		redirect.from = next[1] - '0';
		next += 2;
	}
	return REDIRECT;
}

static enum token next_token(void)
{
	static const char single[] = "|;&";
	const char *p;

	while (*next == ' ' || *next == '\t')
		next++;
	if (*next == '#')
		while (*next && *next != '\n')
			next++;
	if (!*next)
		return END;
	if (*next == '\n') {
		next++;
		return SEMI;
	}
	p = *next >= '0' && *next <= '9' ? next + 1 : next;
	if (*p == '<' || *p == '>')
		return read_redirect();
	p = strchr(single, *next);
	if (!p)
		return read_word();
	if (*next == next[1] && *next != ';') {
		next += 2;
		return *p == '|' ? OR : AND;
	}
	next++;
	return PIPE + (p - single);
}

static int cd(struct command *c)
{
	const char *dir = c->argc > 1 ? c->argv[1] : "/";
	int err = chdir(dir);

	return err < 0 ? complain("cd", dir, err) : 0;
}

/* 0: c is no command of the shell itself. */
static int builtin(struct command *c)
{
	if (!strcmp(c->argv[0], "exit"))
		exit(c->argc > 1 ? atoi(c->argv[1]) : status);
	if (strcmp(c->argv[0], "cd"))
		return 0;
	status = cd(c);
	return 1;
}

static void apply_redirects(struct command *c)
{
	struct redirect *r;
	int fd;

	for (r = c->redirect; r < c->redirect + c->redirects; r++) {
		fd = r->from;
		if (fd < 0)
			fd = open(r->path, r->flags, 0666);
		if (fd < 0)
			exit(complain("sh", r->path, fd));
		if (fd != r->fd) {
			if (dup2(fd, r->fd) < 0)
				exit(complain("sh", "descriptor", EBADF));
			if (r->from < 0)
				close(fd);
		}
	}
}

static void set_interrupt(void *handler)
{
	struct sigaction sa = { .handler = handler };

	rt_sigaction(SIGINT, &sa, NULL, sizeof(sa.mask));
	rt_sigaction(SIGQUIT, &sa, NULL, sizeof(sa.mask));
}

static void __attribute__((noreturn)) run_child(struct command *c)
{
	static char path[LINE_SIZE * 2 + 5] = "/bin/";
	int err;

	apply_redirects(c);
	if (!c->argc)
		exit(0);
	if (builtin(c))
		exit(status);
	memcpy(path + 5, c->argv[0], strlen(c->argv[0]) + 1);
	err = execve(strchr(c->argv[0], '/') ? c->argv[0] : path, c->argv,
		     env);
	complain("sh", c->argv[0], err);
	exit(err == -ENOENT || err == -ENOTDIR ? 127 : 126);
}

static int start(struct command *c, int in, const int out[2], int background)
{
	int pid = fork();

	if (pid)
		return pid;
	if (in != 0) {
		dup2(in, 0);
		close(in);
	}
	if (out[1] != 1) {
		dup2(out[1], 1);
		close(out[0]);
		close(out[1]);
	}
	if (background)
		set_interrupt(SIG_IGN);
	else if (interactive)
		set_interrupt(SIG_DFL);
	run_child(c);
}

static void report(int pid, int how)
{
	int sig = WTERMSIG(how);

	if (WIFEXITED(how)) {
		status = WEXITSTATUS(how);
		return;
	}
	status = 128 + sig;
	if (sig == SIGINT)
		dprintf(2, "\n");
	else if (sig != SIGPIPE)
		dprintf(2, "sh: process %d: %s (signal %d)\n", pid,
			signame(sig), sig);
}

/* All parts run at once; the status is that of the last one. */
static void run_pipeline(int count, int background)
{
	int pids[MAX_COMMANDS], started, in = 0, i, how;

	if (background)
		in = open("/dev/null", O_RDONLY);
	for (started = 0; started < count; started++) {
		int fds[2] = { -1, 1 }, err = 0;

		if (started < count - 1)
			err = pipe(fds);
		if (!err)
			err = start(&commands[started], in, fds, background);
		if (in > 0)
			close(in);
		if (fds[1] != 1)
			close(fds[1]);
		in = fds[0];
		if (err < 0) {
			complain("sh", "fork", err);
			status = 126;
			break;
		}
		pids[started] = err;
	}
	if (in > 0)
		close(in);
	if (background) {
		status = 0;
		if (interactive && started)
			dprintf(2, "[%d]\n", pids[started - 1]);
		return;
	}
	for (i = 0; i < started; i++)
		if (waitpid(pids[i], &how, 0) == pids[i])
			report(pids[i], how);
}

static int add_token(struct command *c, enum token token)
{
	if (token == REDIRECT) {
		if (c->redirects == MAX_REDIRECTS)
			return syntax_error("too many redirections");
		if (redirect.from < 0) {
			if (next_token() != WORD)
				return syntax_error("redirection to nothing");
			redirect.path = word;
		}
		c->redirect[c->redirects++] = redirect;
		return 0;
	}
	if (c->argc == MAX_ARGS)
		return syntax_error("too many words");
	c->argv[c->argc++] = word;
	c->argv[c->argc] = NULL;
	return 0;
}

/* Reads one pipeline into commands: how many, -1 for an error. */
static int read_pipeline(enum token *end)
{
	struct command *c = commands;

	free_word = words;
	memset(commands, 0, sizeof(commands));
	for (;;) {
		*end = next_token();
		if (*end == BAD)
			return -1;
		if (*end == WORD || *end == REDIRECT) {
			if (add_token(c, *end))
				return -1;
			continue;
		}
		if (!c->argc && !c->redirects) {
			if (c > commands || (*end != END && *end != SEMI))
				return syntax_error("command missing");
			return 0;
		}
		c++;
		if (*end != PIPE)
			return c - commands;
		if (c == commands + MAX_COMMANDS)
			return syntax_error("pipeline too long");
	}
}

static void run_line(const char *text)
{
	enum token end = SEMI;
	int count, skip = 0;

	next = text;
	while (end != END) {
		count = read_pipeline(&end);
		if (count < 0)
			return;
		if (count && !skip) {
			if (count > 1 || end == BACKGROUND ||
			    commands->redirects || !builtin(commands))
				run_pipeline(count, end == BACKGROUND);
		}
		if (end == AND || end == OR)
			skip = (status != 0) == (end == AND);
		else
			skip = 0;
	}
}

/*
 * One byte a read: what follows the line belongs to the program that the line
 * starts.  A line that is too long is not run.  Returns 0 at the end.
 */
static int read_line(void)
{
	size_t len = 0, more = 0;
	char c = 0;

	while (read(input, &c, 1) > 0 && c != '\n') {
		if (len < LINE_SIZE - 1)
			line[len++] = c;
		else
			more++;
		c = 0;
	}
	if (more) {
		syntax_error("line too long");
		len = 0;
	}
	line[len] = '\0';
	return c || len || more;
}

static int prompt(struct termios *tio)
{
	static char text[256];
	int pid, how;
	size_t len;

	while ((pid = waitpid(-1, &how, WNOHANG)) > 0)
		dprintf(2, "[%d] ended, status %d\n", pid, WIFEXITED(how) ?
			WEXITSTATUS(how) : 128 + WTERMSIG(how));
	/* A program may have left the terminal to a group that is gone. */
	ioctl(0, TIOCSCTTY, NULL);
	if (getcwd(text, sizeof(text) - 4) < 0)
		text[0] = '\0';
	len = strlen(text);
	memcpy(text + len, " # ", 4);
	return edit_line(text, line, tio);
}

int main(int argc, char **argv, char **envp)
{
	const struct sigaction ignore = { .handler = SIG_IGN };
	struct termios tio;

	env = envp;
	if (argc > 2 && !strcmp(argv[1], "-c")) {
		run_line(argv[2]);
		return status;
	}
	if (argc > 1) {
		input = open(argv[1], O_RDONLY | O_CLOEXEC);
		if (input < 0) {
			complain("sh", argv[1], input);
			return 127;
		}
	} else if (!ioctl(0, TCGETS, &tio)) {
		/* Whatever the program before left behind. */
		tio.c_lflag |= ISIG | ICANON | ECHO;
		interactive = 1;
		set_interrupt(SIG_IGN);
		/* There are no jobs here: nobody would go on with it. */
		rt_sigaction(SIGTSTP, &ignore, NULL, sizeof(ignore.mask));
	}
	while (interactive ? prompt(&tio) : read_line())
		run_line(line);
	return status;
}
