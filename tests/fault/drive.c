/* Runs the program with a fault at the n-th libc call of a kind, for every n,
 * and looks at what it leaves.
 *
 *   drive PROGRAM LIBRARY MODEL SPACE STRIDE [CASE]
 *
 * in an empty folder: PROGRAM with LIBRARY (fault.c) before libc. Every
 * STRIDE-th n is tried, from n to n another share of the kinds. Prints a line
 * 'ok' or 'not ok' for each case and kind, as TAP, with what went wrong.
 *
 * Sets: over the files of one compile another one runs. Where it is killed or
 * a call fails, the folder holds the old files or the new ones, whole: with
 * links for every reader at once, with plain files after a command of ours has
 * looked at it. An exit of 1 leaves the old ones, with a line that says why; an
 * exit of 0 the new ones. The same command then succeeds, and leaves what it
 * leaves without faults.
 *
 * Memory: commands of all kinds print and write what they do without faults, or
 * exit with 1, a line, and nothing. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS = 24 };

static const char *program, *library;
static long stride;
static const char *model, *space; /* mixed.onnx, and one for dse */
static int failures;

/* --- texts that grow --------------------------------------------------------
 */

struct bytes {
	char *at;
	size_t count, capacity;
};

static void add(struct bytes *b, const void *from, size_t n)
{
	if (b->count + n + 1 > b->capacity) {
		b->capacity = 2 * (b->count + n + 1);
		b->at = realloc(b->at, b->capacity);
		if (!b->at)
			abort();
	}
	memcpy(b->at + b->count, from, n);
	b->count += n;
	b->at[b->count] = '\0';
}

static void add_text(struct bytes *b, const char *text)
{
	add(b, text, strlen(text));
}

static void add_file(struct bytes *b, const char *path)
{
	char some[1 << 14];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	for (ssize_t n; fd >= 0 && (n = read(fd, some, sizeof some)) > 0;)
		add(b, some, (size_t)n);
	if (fd >= 0)
		close(fd);
}

static bool same(const struct bytes *a, const struct bytes *b)
{
	return a->count == b->count &&
		(!a->count || !memcmp(a->at, b->at, a->count));
}

/* --- what is in a folder ----------------------------------------------------
 */

static int all(const struct dirent *d)
{
	return strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
}

/* Names and bytes as a reader sees them: links followed, hidden files and
 * links to nothing left out, and journals, from which an exploration goes on. */
static void see(struct bytes *b, const char *dir)
{
	struct dirent **names;
	int n = scandir(dir, &names, all, alphasort);
	for (int i = 0; i < n; i++) {
		char path[4096];
		struct stat st;
		snprintf(path, sizeof path, "%s/%s", dir, names[i]->d_name);
		if (names[i]->d_name[0] != '.' && stat(path, &st) == 0 &&
			!strstr(path, ".journal")) {
			add_text(b, names[i]->d_name);
			add_text(b, S_ISDIR(st.st_mode) ? "{\n" : "\n");
			if (S_ISDIR(st.st_mode))
				see(b, path);
			else
				add_file(b, path);
			add_text(b, "}\n");
		}
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

/* All names, those of slots made one: which slot is in use is no matter. */
static void list(struct bytes *b, const char *dir)
{
	struct dirent **names;
	int n = scandir(dir, &names, all, alphasort);
	for (int i = 0; i < n; i++) {
		char path[4096];
		struct stat st;
		const char *name = names[i]->d_name;
		snprintf(path, sizeof path, "%s/%s", dir, name);
		if (lstat(path, &st) == 0 &&
			!(S_ISDIR(st.st_mode) && strchr("01", *name))) {
			add_text(b, path);
			add_text(b, S_ISLNK(st.st_mode) ? " ->\n" : "\n");
			if (S_ISDIR(st.st_mode))
				list(b, path);
		}
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

static struct bytes seen(const char *dir)
{
	struct bytes b = {0};
	see(&b, dir);
	return b;
}

static struct bytes listed(const char *dir)
{
	struct bytes b = {0};
	list(&b, dir);
	return b;
}

/* --- running ------------------------------------------------------------- */

struct fault {
	const char *kind, *what;
	long at;
	bool last;
};

/* Runs; standard output and error go to files out and err. Its wait status. */
static int run(const char *const *words, const struct fault *fault)
{
	pid_t child = fork();
	if (child < 0)
		abort();
	if (child == 0) {
		const char *argv[WORDS + 2] = {program};
		char at[24];
		for (int i = 0; words[i]; i++)
			argv[i + 1] = words[i];
		dup2(open("err", O_CREAT | O_TRUNC | O_WRONLY, 0666), 2);
		dup2(open("out", O_CREAT | O_TRUNC | O_WRONLY, 0666), 1);
		if (fault) {
			snprintf(at, sizeof at, "%ld", fault->at);
			setenv("FAULT_KIND", fault->kind, 1);
			setenv("FAULT_DO", fault->what, 1);
			setenv("FAULT_AT", at, 1);
			setenv("FAULT_MARK", "mark", 1);
			if (fault->last)
				setenv("FAULT_LAST", "1", 1);
			setenv("LD_PRELOAD", library, 1);
		}
		execv(program, (char *const *)argv);
		_exit(127);
	}
	int status = 0;
	waitpid(child, &status, 0);
	return status;
}

static void tool(const char *a, const char *b, const char *c, const char *d)
{
	pid_t child = fork();
	if (child == 0) {
		execlp(a, a, b, c, d, (char *)NULL);
		_exit(127);
	}
	int status = 0;
	if (child < 0 || waitpid(child, &status, 0) != child || status)
		abort();
}

/* out becomes a copy of from; NULL: nothing. */
static void folder_reset(const char *from)
{
	tool("rm", "-rf", "o", "d");
	if (from)
		tool("cp", "-a", from, "o");
}

static bool exited(int status, int with)
{
	return WIFEXITED(status) && WEXITSTATUS(status) == with;
}

/* What a command said; to be freed. */
static struct bytes told(void)
{
	struct bytes err = {0};
	add(&err, "", 0);
	add_file(&err, "err");
	return err;
}

/* A line of an error on standard error. */
static bool said_of(const char *file)
{
	struct bytes err = told();
	bool ok = strstr(err.at, "error: ") &&
		!strncmp(err.at, file, strlen(file)) &&
		err.at[err.count - 1] == '\n';
	free(err.at);
	return ok;
}

static bool said(void)
{
	return said_of("");
}

/* --- the tally -------------------------------------------------------------- */

struct tally {
	const char *name;
	char kind[64];
	long tried;
	int bad;
};

__attribute__((format(printf, 3, 4))) static void wrong(
	struct tally *t, long at, const char *format, ...)
{
	va_list ap;
	if (t->bad++ >= 12)
		return;
	printf("# %s, %s, call %ld: ", t->name, t->kind, at);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	printf("\n");
}

static void tally_end(struct tally *t)
{
	failures += t->bad > 0;
	printf("%sok - %s: %s: %ld calls, %d wrong\n", t->bad ? "not " : "",
		t->name, t->kind, t->tried, t->bad);
	fflush(stdout);
}

static const char *ending(int status, char text[32])
{
	if (WIFSIGNALED(status))
		snprintf(text, 32, "signal %d", WTERMSIG(status));
	else
		snprintf(text, 32, "exit %d", WEXITSTATUS(status));
	return text;
}

/* --- sets ----------------------------------------------------------------- */

struct set_case {
	const char *name;
	bool links, depfile;
	const char *old[WORDS], *new[WORDS]; /* options of compile */
};

#define OLD "--objective", "energy", "--sensitivity", "--layer-index", "0"
static const struct set_case set_cases[] = {
	{"links over links", true, false, {OLD}, {"--tiles", "perfect"}},
	{"plain files over plain files", false, false, {OLD, "--plain-files"},
		{"--tiles", "perfect"}},
	{"plain files over links", false, false, {OLD},
		{"--tiles", "perfect", "--plain-files"}},
	{"links over nothing", true, true, {NULL},
		{"--tiles", "perfect", "--depfile", "d/mixed.d"}},
	{"plain files over nothing", false, false, {NULL},
		{"--tiles", "perfect", "--plain-files"}},
};

static void compile_words(const char **words, const char *const *options)
{
	const char *const all_of[] = {
		"compile", "-q", "-j", "1", "-o", "o", model, NULL};
	int n = 0;
	for (int i = 0; all_of[i]; i++)
		words[n++] = all_of[i];
	for (int i = 0; options[i]; i++)
		words[n++] = options[i];
	words[n] = NULL;
}

/* What is known of a case before a fault. */
struct set_state {
	struct tally *tally;
	const struct set_case *c;
	const char *words[WORDS];
	struct bytes old, new, names; /* names: after it ran twice */
	bool had;                     /* an old set */
};

static const char *which(const struct set_state *s, const struct bytes *b)
{
	return same(b, &s->old) ? "old"
		: same(b, &s->new) ? "new"
				   : NULL;
}

static void set_fault(struct set_state *s, const struct fault *fault)
{
	static const char *const inspect[] = {
		"inspect", "o/mixed.nwcfg", NULL};
	struct tally *t = s->tally;
	char text[32];
	folder_reset(s->had ? "old" : NULL);
	int status = run(s->words, fault);
	t->tried++;
	bool killed = !strcmp(fault->what, "kill") && WIFSIGNALED(status) &&
		WTERMSIG(status) == SIGKILL;
	if (!killed && !exited(status, 0) && !exited(status, 1))
		wrong(t, fault->at, "%s", ending(status, text));
	if (exited(status, 1) && !said())
		wrong(t, fault->at, "exit 1 without a line");
	struct bytes before = seen("o");
	if (s->c->links && !which(s, &before))
		wrong(t, fault->at, "%s, a mixture for readers",
			ending(status, text));
	/* Written after the set, and no part of it. */
	bool depfile = s->c->depfile && said_of("d");
	int looked = run(inspect, NULL);
	struct bytes after = seen("o");
	const char *has = which(s, &after);
	if (!has)
		wrong(t, fault->at, "%s, a mixture", ending(status, text));
	else if (exited(status, 0) && strcmp(has, "new") != 0)
		wrong(t, fault->at, "exit 0 and the old set");
	else if (exited(status, 1) && strcmp(has, "old") != 0 &&
		!depfile)
		wrong(t, fault->at, "exit 1 and the new set");
	if (has && after.count && !exited(looked, 0))
		wrong(t, fault->at, "inspect refuses the set");
	free(before.at);
	free(after.at);

	status = run(s->words, NULL);
	if (!exited(status, 0)) {
		struct bytes err = told();
		wrong(t, fault->at, "the next compile: %s: %s",
			ending(status, text), err.at);
		free(err.at);
	}
	after = seen("o");
	before = listed("o");
	list(&before, "d");
	if (!same(&after, &s->new))
		wrong(t, fault->at, "the next compile wrote another set");
	if (!same(&before, &s->names))
		wrong(t, fault->at, "left behind after the next compile:\n%s",
			before.at);
	free(before.at);
	free(after.at);
}

/* One kind, every stride-th call, until there is no such call. */
static void set_kind(struct set_state *s, struct fault fault, long first)
{
	struct tally t = {.name = s->c->name};
	snprintf(t.kind, sizeof t.kind, "%s, %s%s", fault.kind,
		!strcmp(fault.what, "kill") ||
				!strcmp(fault.what, "short")
			? fault.what
			: strerror(atoi(fault.what)),
		fault.last ? ", lasting" : "");
	s->tally = &t;
	for (fault.at = 1 + first % stride;; fault.at += stride) {
		unlink("mark");
		set_fault(s, &fault);
		if (access("mark", F_OK) != 0)
			break;
	}
	tally_end(&t);
}

static void set_case_run(const struct set_case *c)
{
	static const struct {
		const char *kind;
		int code; /* 0: kill; below: short */
		bool last;
	} faults[] = {
		{"disk", 0, false},
		{"open", EMFILE, false},
		{"open", EACCES, true},
		{"read", EIO, false},
		{"write", ENOSPC, false},
		{"write", ENOSPC, true},
		{"write", -1, false},
		{"rename", EPERM, false},
		{"rename", EIO, true},
		{"link", ENOSPC, false},
		{"link", EIO, true},
		{"unlink", EIO, false},
		{"unlink", EACCES, true},
		{"mkdir", ENOSPC, false},
		{"fsync", EIO, false},
		{"fsync", EIO, true},
		{"close", EIO, false},
		{"look", EIO, false},
		{"list", ENOMEM, false},
		{"lock", EINTR, false},
	};
	struct set_state s = {.c = c, .had = c->old[0] != NULL};
	tool("rm", "-rf", "old", NULL);
	folder_reset(NULL);
	if (s.had) {
		compile_words(s.words, c->old);
		if (!exited(run(s.words, NULL), 0))
			abort();
		tool("cp", "-a", "o", "old");
	}
	s.old = seen("o");
	compile_words(s.words, c->new);
	for (int i = 0; i < 2; i++)
		if (!exited(run(s.words, NULL), 0))
			abort();
	s.new = seen("o");
	s.names = listed("o");
	list(&s.names, "d");
	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
		char code[16] = "kill";
		if (faults[i].code)
			snprintf(code, sizeof code, "%d", faults[i].code);
		set_kind(&s,
			(struct fault){.kind = faults[i].kind,
				.what = faults[i].code < 0 ? "short" : code,
				.last = faults[i].last},
			7 * (long)i);
	}
	free(s.old.at);
	free(s.new.at);
	free(s.names.at);
}

/* --- memory --------------------------------------------------------------- */

struct memory_case {
	const char *name;
	const char *words[WORDS]; /* MODEL and SPACE stand for their files */
};

/* In a folder o with the files of a compile. */
static const struct memory_case memory_cases[] = {
	{"memory of compile",
		{"compile", "-j", "1", "-o", "o", "--tiles", "perfect",
			"--pareto", "--sensitivity", "MODEL"}},
	{"memory of compile, plain files",
		{"compile", "-j", "2", "-o", "o", "--plain-files", "--cache",
			"c", "--depfile", "d/mixed.d", "MODEL"}},
	{"memory of layers", {"layers", "--json", "MODEL"}},
	{"memory of spec", {"spec", "MODEL"}},
	{"memory of arch", {"arch"}},
	{"memory of dse",
		{"dse", "-q", "-j", "1", "-o", "o", "-s", "SPACE", "MODEL"}},
	{"memory of dse, two threads",
		{"dse", "-j", "2", "-o", "o", "-s", "SPACE", "MODEL"}},
	{"memory of check-proof", {"check-proof", "--json", "o/mixed.json"}},
	{"memory of replay",
		{"replay", "--json", "o/mixed_methods/000_first.json"}},
	{"memory of inspect", {"inspect", "--json", "o/mixed.nwcfg"}},
	{"memory of verify",
		{"verify", "--json", "o/mixed.nwcfg", "--model", "MODEL"}},
	{"memory of ops", {"ops"}},
	{"memory of help", {"help", "compile"}},
};

/* What a command prints and leaves. */
struct outcome {
	int status;
	struct bytes out, files;
};

static struct outcome outcome_of(
	const char *const *words, const struct fault *fault)
{
	struct outcome o = {.status = run(words, fault)};
	add(&o.out, "", 0);
	add_file(&o.out, "out");
	o.files = seen("o");
	return o;
}

static void outcome_free(struct outcome *o)
{
	free(o->out.at);
	free(o->files.at);
}

static void memory_fault(struct tally *t, const char *const *words,
	const struct fault *fault, const struct bytes *old,
	const struct outcome *want)
{
	char text[32];
	folder_reset("old");
	struct outcome got = outcome_of(words, fault);
	ending(got.status, text);
	t->tried++;
	if (exited(got.status, 1) && said()) {
		if (!same(&got.files, old))
			wrong(t, fault->at, "exit 1, and files changed");
		if (got.out.count)
			wrong(t, fault->at, "exit 1, and a part was printed");
	} else if (got.status != want->status) {
		wrong(t, fault->at, "%s", text);
	} else if (!same(&got.out, &want->out)) {
		wrong(t, fault->at, "%s, and something else printed", text);
	} else if (!same(&got.files, &want->files)) {
		wrong(t, fault->at, "%s, and other files", text);
	}
	outcome_free(&got);
}

static void memory_case_run(const struct memory_case *c)
{
	static const char *const first[] = {
		"--tiles", "perfect", "--plain-files", NULL};
	const char *words[WORDS] = {NULL};
	for (int i = 0; c->words[i]; i++)
		words[i] = !strcmp(c->words[i], "MODEL") ? model
			: !strcmp(c->words[i], "SPACE")  ? space
							 : c->words[i];
	folder_reset(NULL);
	tool("rm", "-rf", "old", "c");
	const char *before[WORDS];
	compile_words(before, first);
	if (!exited(run(before, NULL), 0))
		abort();
	tool("cp", "-a", "o", "old");
	struct bytes old = seen("o");
	struct outcome want = outcome_of(words, NULL);
	for (int lasting = 0; lasting < 2; lasting++) {
		struct tally t = {.name = c->name};
		struct fault fault = {.kind = "alloc", .last = lasting};
		char code[16];
		snprintf(code, sizeof code, "%d", ENOMEM);
		fault.what = code;
		snprintf(t.kind, sizeof t.kind, "%s",
			lasting ? "all from the n-th on" : "the n-th");
		for (fault.at = 1;; fault.at += stride) {
			unlink("mark");
			memory_fault(&t, words, &fault, &old, &want);
			if (access("mark", F_OK) != 0)
				break;
		}
		tally_end(&t);
	}
	outcome_free(&want);
	free(old.at);
}

int main(int argc, char **argv)
{
	if (argc < 6) {
		fputs("usage: drive PROGRAM LIBRARY MODEL SPACE STRIDE "
		      "[CASE]\n",
			stderr);
		return 2;
	}
	program = argv[1];
	library = argv[2];
	model = argv[3];
	space = argv[4];
	stride = atol(argv[5]);
	for (size_t i = 0; i < sizeof set_cases / sizeof *set_cases; i++)
		if (!argv[6] || strstr(set_cases[i].name, argv[6]))
			set_case_run(&set_cases[i]);
	for (size_t i = 0; i < sizeof memory_cases / sizeof *memory_cases; i++)
		if (!argv[6] || strstr(memory_cases[i].name, argv[6]))
			memory_case_run(&memory_cases[i]);
	return failures != 0;
}
