/* Output files: all or none, whatever fails. */
#include "codegen/outfile.h"

#include "tests/cmocka.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct fixture {
	struct ctx ctx;
	FILE *messages;
	char *text; /* of messages */
	size_t length;
	char top[64]; /* a folder of the test's own */
};

static int start(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	f->messages = open_memstream(&f->text, &f->length);
	ctx_init(&f->ctx, f->messages, NULL);
	strcpy(f->top, "/tmp/nestwright-outfile-XXXXXX");
	assert_non_null(mkdtemp(f->top));
	*state = f;
	return 0;
}

static int stop(void **state)
{
	struct fixture *f = *state;
	char command[192];
	snprintf(command, sizeof command, "chmod -R u+w %s; rm -r %s", f->top,
		f->top);
	assert_int_equal(system(command), 0);
	ctx_release(&f->ctx);
	fclose(f->messages);
	free(f->text);
	free(f);
	return 0;
}

static const char *in(struct fixture *f, const char *name)
{
	return arena_printf(&f->ctx.arena, "%s/%s", f->top, name);
}

static void put(struct fixture *f, const char *name, const char *text)
{
	FILE *file = fopen(in(f, name), "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static bool there(struct fixture *f, const char *name)
{
	struct stat st;
	return lstat(in(f, name), &st) == 0;
}

static void assert_holds(struct fixture *f, const char *name, const char *want)
{
	char got[256] = "";
	FILE *file = fopen(in(f, name), "r");
	if (!file)
		fail_msg("%s is missing", name);
	got[fread(got, 1, sizeof got - 1, file)] = '\0';
	fclose(file);
	assert_string_equal(got, want);
}

static bool put_out(struct fixture *f, struct out_set *out, const char *name,
	const char *text)
{
	return out_write(&f->ctx, out, name, text, strlen(text));
}

static void assert_said(struct fixture *f, const char *want)
{
	fflush(f->messages);
	if (!strstr(f->text, want))
		fail_msg("expected '%s' in: %s", want, f->text);
}

/* Names, hidden ones too, of everything below the top. */
static const char *listing(struct fixture *f)
{
	static char text[1024];
	char command[128];
	snprintf(command, sizeof command,
		"cd %s && find . -mindepth 1 | sort | tr '\\n' ' '", f->top);
	FILE *p = popen(command, "r");
	text[fread(text, 1, sizeof text - 1, p)] = '\0';
	pclose(p);
	return text;
}

static void files_appear_at_commit(void **state)
{
	struct fixture *f = *state;
	struct out_set out;
	assert_true(out_open(&f->ctx, in(f, "a/b"), &out));
	assert_true(put_out(f, &out, "m_methods/000_x.json", "one"));
	assert_true(put_out(f, &out, "m.csv", "two"));
	assert_true(out_seal(&f->ctx, &out, "m.json", "three", 5));
	assert_false(there(f, "a/b/m.csv"));
	assert_true(there(f, "a/b/.m.csv.tmp"));
	assert_true(out_commit(&f->ctx, &out));
	assert_int_equal(out_count(&out), 3);
	assert_string_equal(out_name(&out, 1), "m.csv");
	assert_true(out_same_folder(&out, in(f, "a/../a/b/.")));
	assert_false(out_same_folder(&out, in(f, "a")));
	assert_false(out_same_folder(&out, in(f, "none")));
	out_discard(&out);
	out_discard(&out);
	assert_string_equal(listing(f),
		"./a ./a/b ./a/b/m.csv ./a/b/m.json ./a/b/m_methods "
		"./a/b/m_methods/000_x.json ");
	assert_holds(f, "a/b/m_methods/000_x.json", "one");
	assert_holds(f, "a/b/m.json", "three");
}

static void discard_leaves_what_was_there(void **state)
{
	struct fixture *f = *state;
	struct out_set out;
	put(f, "m.csv", "old");
	assert_true(out_open(&f->ctx, f->top, &out));
	assert_true(put_out(f, &out, "m.csv", "new"));
	assert_true(put_out(f, &out, "m_methods/000_x.json", "new"));
	out_discard(&out);
	assert_string_equal(listing(f), "./m.csv ");
	assert_holds(f, "m.csv", "old");

	assert_true(out_open(&f->ctx, in(f, "new/deep"), &out));
	assert_true(put_out(f, &out, "m.csv", "new"));
	out_discard(&out);
	assert_string_equal(listing(f), "./m.csv ");
}

static bool is_json(const char *name)
{
	size_t n = strlen(name);
	return n > 5 && strcmp(name + n - 5, ".json") == 0;
}

/* A killed run's temporary files, and methods of layers that are no more. */
static void leftovers_go(void **state)
{
	struct fixture *f = *state;
	struct out_set out;
	mkdir(in(f, "ms"), 0777);
	put(f, ".m.csv.tmp", "half");
	put(f, "ms/.gone.json.tmp", "half");
	put(f, "ms/gone.json", "old");
	put(f, "ms/kept.json", "old");
	put(f, "ms/notes.md", "mine");
	put(f, "ms/.notes.tmp", "mine");
	assert_true(out_open(&f->ctx, f->top, &out));
	assert_true(put_out(f, &out, "m.csv", "new"));
	assert_true(put_out(f, &out, "ms/kept.json", "new"));
	out_sweep(&f->ctx, &out, "ms", is_json);
	assert_true(there(f, "ms/gone.json"));
	assert_true(out_commit(&f->ctx, &out));
	out_discard(&out);
	assert_string_equal(listing(f),
		"./m.csv ./ms ./ms/.notes.tmp ./ms/kept.json ./ms/notes.md ");
	assert_holds(f, "ms/kept.json", "new");
}

/* A temporary name that somebody made a link is not written through. */
static void links_are_not_followed(void **state)
{
	struct fixture *f = *state;
	struct out_set out;
	put(f, "precious", "precious");
	assert_int_equal(symlink("precious", in(f, ".m.csv.tmp")), 0);
	assert_true(out_open(&f->ctx, f->top, &out));
	assert_true(put_out(f, &out, "m.csv", "new"));
	assert_true(out_commit(&f->ctx, &out));
	out_discard(&out);
	assert_holds(f, "precious", "precious");
	assert_holds(f, "m.csv", "new");
}

static void places_that_cannot_be_written(void **state)
{
	struct fixture *f = *state;
	struct out_set out;
	put(f, "file", "");
	assert_false(out_open(&f->ctx, in(f, "file"), &out));
	assert_said(f, "file: error: a file stands where the output folder");
	out_discard(&out);
	assert_false(out_open(&f->ctx, in(f, "file/below"), &out));
	out_discard(&out);
	assert_false(out_open(&f->ctx, "", &out));
	out_discard(&out);
	assert_false(out_open(&f->ctx, "/proc/nestwright", &out));
	assert_said(f, "/proc/nestwright: error: cannot make the output");
	out_discard(&out);
	assert_false(out_open(&f->ctx, "/proc/self", &out));
	assert_said(f, "/proc/self: error: cannot write into the output");
	out_discard(&out);

	mkdir(in(f, "m.csv"), 0777);
	assert_true(out_open(&f->ctx, f->top, &out));
	assert_false(put_out(f, &out, "m.csv", "new"));
	assert_said(f, "m.csv: error: a folder stands where the output file");
	assert_false(put_out(f, &out, "file/x", "new"));
	assert_said(f, "file: error: a file stands where the output folder");
	assert_true(put_out(f, &out, "x", "new"));
	assert_false(put_out(f, &out, "x", "again"));
	assert_said(f, "x: error: two results would go into this file");
	char name[300];
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	assert_false(put_out(f, &out, name, "new"));
	assert_said(f, "File name too long");
	out_discard(&out);
	assert_string_equal(listing(f), "./file ./m.csv ");

	if (geteuid() == 0)
		return; /* whom no mode stops */
	mkdir(in(f, "locked"), 0555);
	assert_false(out_open(&f->ctx, in(f, "locked"), &out));
	assert_said(f, "locked: error: cannot write into the output folder");
	out_discard(&out);
}

/* A limit on file sizes fails like a full disk: part of the bytes, then an
 * error. */
static void a_disk_that_fills_up(void **state)
{
	struct fixture *f = *state;
	struct out_set out;
	static char big[100000];
	struct rlimit old, small = {.rlim_cur = 50000};
	void (*was)(int) = signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small.rlim_max = old.rlim_max;
	put(f, "m.csv", "old");
	assert_true(out_open(&f->ctx, f->top, &out));
	assert_true(put_out(f, &out, "m.csv", "new"));
	setrlimit(RLIMIT_FSIZE, &small);
	bool written = out_write(&f->ctx, &out, "m.bin", big, sizeof big);
	setrlimit(RLIMIT_FSIZE, &old);
	signal(SIGXFSZ, was);
	assert_false(written);
	assert_said(f, "m.bin: error: cannot write: File too large");
	out_discard(&out);
	assert_string_equal(listing(f), "./m.csv ");
	assert_holds(f, "m.csv", "old");
}

/* A rename that fails: no seal stands, the old one included. */
static void commit_that_fails(void **state)
{
	struct fixture *f = *state;
	struct out_set out;
	put(f, "m.json", "old");
	assert_true(out_open(&f->ctx, f->top, &out));
	assert_true(out_seal(&f->ctx, &out, "m.json", "new", 3));
	assert_true(put_out(f, &out, "m.csv", "new"));
	mkdir(in(f, "m.csv"), 0777);
	assert_false(out_commit(&f->ctx, &out));
	assert_said(f, "m.csv: error: cannot write");
	out_discard(&out);
	assert_string_equal(listing(f), "./m.csv ");
}

static void interruption(void **state)
{
	struct fixture *f = *state;
	struct out_set out;
	volatile sig_atomic_t flag = 0;
	assert_true(out_open(&f->ctx, f->top, &out));
	out.interrupted = &flag;
	assert_true(put_out(f, &out, "a", "new"));
	flag = 1;
	assert_false(put_out(f, &out, "b", "new"));
	assert_said(f, "interrupted, nothing was written");
	assert_false(out_commit(&f->ctx, &out));
	out_discard(&out);
	assert_string_equal(listing(f), "");
}

/* The second of two runs waits until the first is through. */
static void runs_take_turns(void **state)
{
	struct fixture *f = *state;
	struct out_set out;
	assert_true(out_open(&f->ctx, f->top, &out));
	assert_true(put_out(f, &out, "m", "first"));
	int ready[2];
	assert_int_equal(pipe(ready), 0);
	pid_t child = fork();
	if (child == 0) {
		struct out_set other;
		bool good = out_open(&f->ctx, f->top, &other);
		close(out.lock); /* a copy of the parent's */
		(void)!write(ready[1], "r", 1);
		good = good && put_out(f, &other, "m", "second");
		good = good && out_commit(&f->ctx, &other);
		out_discard(&other);
		_exit(good ? 0 : 1);
	}
	char byte;
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_true(out_commit(&f->ctx, &out));
	assert_holds(f, "m", "first");
	out_discard(&out);
	int status;
	waitpid(child, &status, 0);
	assert_int_equal(status, 0);
	assert_holds(f, "m", "second");
	close(ready[0]);
	close(ready[1]);
}

static void safe_names(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *name, *want;
	} cases[] = {
		{"conv1",            "conv1"     },
		{"/conv1/Conv",      "conv1_Conv"},
		{"a b  'c'\"d\"",    "a_b_c_d"   },
		{"../../etc/passwd", "etc_passwd"},
		{"-rf",              "rf"        },
		{".hidden",          "hidden"    },
		{"tab\there\n",      "tab_here"  },
		{"caf\xc3\xa9_1",    "caf_1"     },
		{"a/b:0",            "a_b_0"     },
 /* crc32 of the two bytes, and of nothing */
		{"\xc3\xa9",         "~0e048d3e" },
		{"",                 "~00000000" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(
			out_safe_name(&f->ctx, cases[i].name), cases[i].want);
	char one[301], two[301];
	memset(one, 'a', 300);
	one[300] = '\0';
	strcpy(two, one);
	two[299] = 'b';
	const char *a = out_safe_name(&f->ctx, one);
	const char *b = out_safe_name(&f->ctx, two);
	assert_int_equal(strlen(a), 80);
	assert_int_equal(strlen(b), 80);
	assert_string_not_equal(a, b);
	one[80] = '\0';
	assert_string_equal(out_safe_name(&f->ctx, one), one);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)
	const struct CMUnitTest tests[] = {
		TEST(files_appear_at_commit),
		TEST(discard_leaves_what_was_there),
		TEST(leftovers_go),
		TEST(links_are_not_followed),
		TEST(places_that_cannot_be_written),
		TEST(a_disk_that_fills_up),
		TEST(commit_that_fails),
		TEST(interruption),
		TEST(runs_take_turns),
		TEST(safe_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
