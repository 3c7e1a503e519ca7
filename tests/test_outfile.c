/* Output files: all or none, whatever fails. */
#include "codegen/outfile.h"

#include "tests/cmocka.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
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

/* A command's outputs: one set, "m", begun. */
static bool begin(struct fixture *f, const char *dir, bool plain,
	struct outputs *out, struct out_set **set)
{
	if (!outputs_open(&f->ctx, dir, out))
		return false;
	out->plain = plain;
	*set = outputs_set(&f->ctx, out, "m");
	return true;
}

static bool put_out(struct fixture *f, struct out_set *set, const char *name,
	const char *text)
{
	return out_write(&f->ctx, set, name, text, strlen(text));
}

/* Commits NAME TEXT pairs as the set "m" of the top. */
static bool commit(struct fixture *f, bool plain, const char *const *pairs)
{
	struct outputs out;
	struct out_set *set;
	assert_true(begin(f, f->top, plain, &out, &set));
	for (; *pairs; pairs += 2)
		assert_true(put_out(f, set, pairs[0], pairs[1]));
	bool ok = outputs_commit(&f->ctx, &out);
	outputs_discard(&out);
	return ok;
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

static void links_lead_to_the_set(void **state)
{
	struct fixture *f = *state;
	struct outputs out;
	struct out_set *set;
	assert_true(begin(f, in(f, "a/b"), false, &out, &set));
	assert_true(put_out(f, set, "m_methods/000_x.json", "one"));
	assert_true(put_out(f, set, "m.csv", "two"));
	assert_string_equal(listing(f), "./a ./a/b ");
	assert_true(outputs_commit(&f->ctx, &out));
	assert_true(out_has(set, "m.csv"));
	assert_false(out_has(set, "m_methods"));
	outputs_discard(&out);
	outputs_discard(&out);
	assert_string_equal(listing(f),
		"./a ./a/b ./a/b/.nestwright ./a/b/.nestwright/m "
		"./a/b/.nestwright/m/0 ./a/b/.nestwright/m/0/m.csv "
		"./a/b/.nestwright/m/0/m_methods "
		"./a/b/.nestwright/m/0/m_methods/000_x.json "
		"./a/b/.nestwright/m/now ./a/b/m.csv ./a/b/m_methods ");
	assert_holds(f, "a/b/m_methods/000_x.json", "one");
	assert_holds(f, "a/b/m.csv", "two");
}

/* The set before is there until the next but one; names that the new one has
 * not are gone. */
static void sets_follow_each_other(void **state)
{
	struct fixture *f = *state;
	static const char *const first[] = {
		"m.csv", "1", "gone.csv", "1", NULL};
	static const char *const second[] = {
		"m.csv", "2", "new.csv", "2", NULL};
	static const char *const third[] = {"m.csv", "3", NULL};
	assert_true(commit(f, false, first));
	assert_true(commit(f, false, second));
	assert_holds(f, "m.csv", "2");
	assert_holds(f, "new.csv", "2");
	assert_false(there(f, "gone.csv"));
	assert_holds(f, ".nestwright/m/0/gone.csv", "1");
	assert_true(commit(f, false, third));
	assert_string_equal(listing(f),
		"./.nestwright ./.nestwright/m ./.nestwright/m/0 "
		"./.nestwright/m/0/m.csv ./.nestwright/m/1 "
		"./.nestwright/m/1/m.csv ./.nestwright/m/1/new.csv "
		"./.nestwright/m/now ./m.csv ");
}

static void plain_files_come_whole(void **state)
{
	struct fixture *f = *state;
	static const char *const first[] = {
		"m.csv", "1", "ms/a.json", "1", "ms/b.json", "1", NULL};
	static const char *const second[] = {
		"m.csv", "2", "ms/a.json", "2", NULL};
	assert_true(commit(f, true, first));
	assert_string_equal(
		listing(f), "./m.csv ./ms ./ms/a.json ./ms/b.json ");
	/* Without being asked: plain files stand. */
	assert_true(commit(f, false, second));
	assert_string_equal(
		listing(f), "./m.csv ./ms ./ms/a.json ./ms/b.json ");
	assert_holds(f, "m.csv", "2");
	assert_holds(f, "ms/a.json", "2");
}

static void links_become_plain_files(void **state)
{
	struct fixture *f = *state;
	static const char *const first[] = {
		"m.csv", "1", "gone.csv", "1", "ms/a.json", "1", NULL};
	static const char *const second[] = {
		"m.csv", "2", "ms/a.json", "2", "ms/b.json", "2", NULL};
	struct stat st;
	assert_true(commit(f, false, first));
	assert_true(commit(f, true, second));
	assert_string_equal(
		listing(f), "./m.csv ./ms ./ms/a.json ./ms/b.json ");
	assert_int_equal(lstat(in(f, "ms"), &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_holds(f, "ms/a.json", "2");
}

static void discard_leaves_what_was_there(void **state)
{
	struct fixture *f = *state;
	struct outputs out;
	struct out_set *set;
	put(f, "m.csv", "old");
	assert_true(begin(f, f->top, false, &out, &set));
	assert_true(put_out(f, set, "m.csv", "new"));
	assert_true(put_out(f, set, "m_methods/000_x.json", "new"));
	outputs_discard(&out);
	assert_string_equal(listing(f), "./m.csv ");
	assert_holds(f, "m.csv", "old");

	assert_true(begin(f, in(f, "new/deep"), false, &out, &set));
	assert_true(put_out(f, set, "m.csv", "new"));
	outputs_discard(&out);
	assert_string_equal(listing(f), "./m.csv ");
}

static bool is_json(const char *name)
{
	size_t n = strlen(name);
	return n > 5 && strcmp(name + n - 5, ".json") == 0;
}

/* Methods of layers that are no more go, files of others' stay; either way. */
static void others_files_stay(void **state)
{
	struct fixture *f = *state;
	for (int plain = 0; plain < 2; plain++) {
		static const char *const first[] = {
			"ms/gone.json", "1", "ms/kept.json", "1", NULL};
		struct outputs out;
		struct out_set *set;
		assert_true(commit(f, plain, first));
		put(f, "ms/notes.md", "mine");
		assert_true(begin(f, f->top, plain, &out, &set));
		assert_true(put_out(f, set, "ms/kept.json", "2"));
		out_sweep(&f->ctx, set, "ms", is_json);
		assert_true(there(f, "ms/gone.json"));
		assert_true(outputs_commit(&f->ctx, &out));
		outputs_discard(&out);
		assert_false(there(f, "ms/gone.json"));
		assert_holds(f, "ms/kept.json", "2");
		assert_holds(f, "ms/notes.md", "mine");
	}
}

static void removed_when_not_written(void **state)
{
	struct fixture *f = *state;
	static const char *const first[] = {
		"m.csv", "1", "more.csv", "1", NULL};
	for (int plain = 0; plain < 2; plain++) {
		struct outputs out;
		struct out_set *set;
		assert_true(commit(f, plain, first));
		assert_true(begin(f, f->top, plain, &out, &set));
		assert_true(put_out(f, set, "m.csv", "2"));
		out_remove(&f->ctx, set, "m.csv");
		out_remove(&f->ctx, set, "more.csv");
		out_remove(&f->ctx, set, "never.csv");
		assert_true(outputs_commit(&f->ctx, &out));
		outputs_discard(&out);
		assert_holds(f, "m.csv", "2");
		assert_false(there(f, "more.csv"));
	}
}

/* No link leads what is written or removed out of the folder. */
static void links_are_not_followed(void **state)
{
	struct fixture *f = *state;
	struct outputs out;
	struct out_set *set;
	static const char *const folder[] = {"ms/a.json", "new", NULL};
	static const char *const file[] = {"m.csv", "new", NULL};
	mkdir(in(f, "elsewhere"), 0777);
	put(f, "elsewhere/a.json", "precious");
	mkdir(in(f, "out"), 0777);
	strcat(f->top, "/out");
	assert_int_equal(symlink("../elsewhere", in(f, "ms")), 0);
	assert_int_equal(symlink("../elsewhere/a.json", in(f, "m.csv")), 0);
	for (int plain = 0; plain < 2; plain++) {
		assert_false(commit(f, plain, folder));
		assert_said(f,
			"ms: error: a link stands where the output "
			"folder should be");
		assert_true(begin(f, f->top, plain, &out, &set));
		out_sweep(&f->ctx, set, "ms", is_json);
		out_remove(&f->ctx, set, "ms/a.json");
		assert_true(put_out(f, set, "x.csv", "new"));
		assert_true(outputs_commit(&f->ctx, &out));
		outputs_discard(&out);
		assert_holds(f, "../elsewhere/a.json", "precious");
	}
	assert_true(commit(f, false, file));
	assert_holds(f, "m.csv", "new");
	assert_holds(f, "../elsewhere/a.json", "precious");
	unlink(in(f, "ms"));
	/* Nor the folder of all sets. */
	char command[192];
	snprintf(command, sizeof command,
		"cd %s && rm -rf .nestwright && ln -s ../elsewhere .nestwright",
		f->top);
	assert_int_equal(system(command), 0);
	assert_false(commit(f, false, folder));
	assert_said(f, ".nestwright: error: a file or link stands where");
	f->top[strlen(f->top) - strlen("/out")] = '\0';
	assert_holds(f, "elsewhere/a.json", "precious");
}

static void places_that_cannot_be_written(void **state)
{
	struct fixture *f = *state;
	struct outputs out;
	static const char *const csv[] = {"m.csv", "new", NULL};
	static const char *const below[] = {"file/x", "new", NULL};
	struct out_set *set;
	put(f, "file", "");
	assert_false(outputs_open(&f->ctx, in(f, "file"), &out));
	assert_said(f, "file: error: a file stands where the output folder");
	outputs_discard(&out);
	assert_false(outputs_open(&f->ctx, in(f, "file/below"), &out));
	outputs_discard(&out);
	assert_false(outputs_open(&f->ctx, "", &out));
	outputs_discard(&out);
	assert_false(outputs_open(&f->ctx, "/proc/nestwright", &out));
	assert_said(f, "/proc/nestwright: error: cannot make the output");
	outputs_discard(&out);
	assert_false(outputs_open(&f->ctx, "/proc/self", &out));
	assert_said(f, "/proc/self: error: cannot write into the output");
	outputs_discard(&out);

	mkdir(in(f, "m.csv"), 0777);
	assert_false(commit(f, false, csv));
	assert_said(f, "m.csv: error: a folder stands where the output file");
	assert_false(commit(f, true, below));
	assert_said(f, "file: error: a file stands where the output folder");
	assert_true(begin(f, f->top, false, &out, &set));
	assert_true(put_out(f, set, "x", "new"));
	assert_false(put_out(f, set, "x", "again"));
	assert_said(f, "x: error: two results would go into this file");
	outputs_discard(&out);
	char name[300];
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	const char *const longer[] = {name, "new", NULL};
	assert_false(commit(f, false, longer));
	assert_said(f, "File name too long");
	assert_string_equal(listing(f), "./file ./m.csv ");

	if (geteuid() == 0)
		return; /* whom no mode stops */
	mkdir(in(f, "locked"), 0555);
	assert_false(outputs_open(&f->ctx, in(f, "locked"), &out));
	assert_said(f, "locked: error: cannot write into the output folder");
	outputs_discard(&out);
}

/* A limit on file sizes fails like a full disk: part of the bytes, then an
 * error. */
static void a_disk_that_fills_up(void **state)
{
	struct fixture *f = *state;
	struct outputs out;
	struct out_set *set;
	static char big[100000];
	struct rlimit old, small = {.rlim_cur = 50000};
	void (*was)(int) = signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small.rlim_max = old.rlim_max;
	put(f, "m.csv", "old");
	assert_true(begin(f, f->top, false, &out, &set));
	assert_true(put_out(f, set, "m.csv", "new"));
	assert_true(out_write(&f->ctx, set, "m.bin", big, sizeof big));
	setrlimit(RLIMIT_FSIZE, &small);
	bool written = outputs_commit(&f->ctx, &out);
	outputs_discard(&out);
	bool lone = file_write(&f->ctx, in(f, "d"), big, sizeof big);
	setrlimit(RLIMIT_FSIZE, &old);
	signal(SIGXFSZ, was);
	assert_false(written);
	assert_false(lone);
	assert_said(f, "m.bin: error: cannot write: File too large");
	assert_said(f, "d: error: cannot write: File too large");
	outputs_discard(&out);
	assert_string_equal(listing(f), "./m.csv ");
	assert_holds(f, "m.csv", "old");
}

static void interruption(void **state)
{
	struct fixture *f = *state;
	struct outputs out;
	struct out_set *set;
	volatile sig_atomic_t flag = 0;
	assert_true(begin(f, f->top, false, &out, &set));
	out.interrupted = &flag;
	assert_true(put_out(f, set, "a", "new"));
	flag = 1;
	assert_false(outputs_commit(&f->ctx, &out));
	assert_said(f, "interrupted, nothing was written");
	outputs_discard(&out);
	assert_string_equal(listing(f), "");
}

/* A command waits for another that holds the folder. */
static void commits_take_turns(void **state)
{
	struct fixture *f = *state;
	static const char *const second[] = {"m", "second", NULL};
	const struct timespec pause = {.tv_nsec = 100000000};
	int lock = open(f->top, O_RDONLY | O_DIRECTORY);
	assert_int_equal(flock(lock, LOCK_EX), 0);
	put(f, "m", "first");
	pid_t child = fork();
	if (child == 0) {
		close(lock);
		_exit(commit(f, false, second) ? 0 : 1);
	}
	nanosleep(&pause, NULL);
	assert_holds(f, "m", "first");
	close(lock);
	int status;
	waitpid(child, &status, 0);
	assert_int_equal(status, 0);
	assert_holds(f, "m", "second");
}

/* A journal of each state, as a kill leaves it; what then stands. */
static void journals_are_settled(void **state)
{
	struct fixture *f = *state;
#define NEW_HEX \
	"11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437"
	static const char ops[] = "nestwright-journal 1\n"
				  "drop gone\n"
				  "folder ms\n"
				  "add 3 " NEW_HEX " ms/x\n"
				  "put 3 " NEW_HEX " m.csv\nend\n";
	/* clang-format off */
	static const struct {
		const char *what, *before, *journal, *want;
		bool ok;
	} cases[] = {
		{"before the first rename", "", "", "new - new", true},
		{"one file is there",
			"rm gone; mkdir ms; mv $m/new/ms/x ms/x", "",
			"new - new", true},
		{"all files are there",
			"rm gone; mkdir ms; mv $m/new/ms/x ms/x; "
				"mv $m/new/m.csv m.csv", "", "new - new", true},
		{"done",
			"rm gone; mkdir ms; mv $m/new/ms/x ms/x; "
				"mv $m/new/m.csv m.csv; rm -r $m/new", "done\n",
			"new - new", true},
		{"done, then changed by hand",
			"rm gone; mkdir ms; mv $m/new/ms/x ms/x; "
				"printf mine >m.csv", "done\n", "mine - new",
			true},
		{"going back", "rm gone; mkdir ms; mv $m/new/ms/x ms/x",
			"back\n", "old old -", true},
		{"half a new file", "printf ne >$m/new/m.csv", "",
			"old old -", true},
		{"half a new file, one there",
			"rm gone; mkdir ms; mv $m/new/ms/x ms/x; "
				"printf ne >$m/new/m.csv", "", "old old -",
			true},
		{"no journal yet", "rm $m/journal", NULL, "old old -", true},
		{"another's journal", "echo what >$m/journal", NULL,
			"old old -", false},
		{"a name that leads out",
			"sed -i 's|gone|../gone|' $m/journal", NULL,
			"old old -", false},
	};
	/* clang-format on */
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char command[1024], got[64] = "";
		snprintf(command, sizeof command,
			"cd %s && rm -rf * .nestwright && m=.nestwright/m && "
			"mkdir -p $m/new/ms $m/old && printf old >m.csv && "
			"printf old >gone && ln m.csv gone $m/old && "
			"printf new | tee $m/new/m.csv >$m/new/ms/x && "
			"printf '%s%s' >$m/journal && { %s\n true; }",
			f->top, ops, cases[i].journal ? cases[i].journal : "",
			cases[i].before);
		assert_int_equal(system(command), 0);
		if (out_recover(&f->ctx, in(f, "m.csv")) != cases[i].ok)
			fail_msg("%s: %s", cases[i].what,
				cases[i].ok ? "not settled" : "settled");
		snprintf(command, sizeof command,
			"cd %s && for n in m.csv gone ms/x; do "
			"cat $n 2>/dev/null || printf -- -; printf ' '; done",
			f->top);
		FILE *p = popen(command, "r");
		got[fread(got, 1, sizeof got - 1, p)] = '\0';
		pclose(p);
		got[strlen(got) - 1] = '\0';
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("%s: left '%s', wanted '%s'", cases[i].what,
				got, cases[i].want);
		assert_int_equal(
			there(f, ".nestwright/m/journal"), !cases[i].ok);
	}
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
		TEST(links_lead_to_the_set),
		TEST(sets_follow_each_other),
		TEST(plain_files_come_whole),
		TEST(links_become_plain_files),
		TEST(discard_leaves_what_was_there),
		TEST(others_files_stay),
		TEST(removed_when_not_written),
		TEST(links_are_not_followed),
		TEST(places_that_cannot_be_written),
		TEST(a_disk_that_fills_up),
		TEST(interruption),
		TEST(commits_take_turns),
		TEST(journals_are_settled),
		TEST(safe_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
