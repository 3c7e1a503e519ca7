/* The journal: what is read is what was written; a file that ends or is damaged
 * anywhere gives the whole sound lines and goes on; others' are refused. */
#include "dse/journal.h"

#include "tests/cmocka.h"
#include "tests/times.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NESTS = 2, DESIGNS = 4, WHOSE = 7 };

static struct work_nest nests[NESTS];
static struct nest_form forms[NESTS] = {
	{0, 1, false},
	{1, 1, false},
};
static struct work_task tasks[NESTS] = {
	{.name = "a", .task = {1, &forms[0], 1}, .runs = 3  },
	{.name = "b", .task = {1, &forms[1], 1}, .runs = 0.5}
};
static const struct work work = {
	.count = NESTS, .nests = nests, .task_count = NESTS, .tasks = tasks};

struct fixture {
	struct ctx ctx;
	char *said;
	size_t said_size;
	char dir[40], path[60];
	struct outcome outcomes[DESIGNS];
	/* As the journal has them: the order is not theirs. */
	size_t order[DESIGNS];
	const char *text; /* of the whole journal */
	size_t head;      /* length of its first line */
	struct journal journal;
	size_t taken[DESIGNS + 1]; /* calls for each design */
};

static void take(void *arg, size_t design, const struct outcome *outcome)
{
	struct fixture *f = arg;
	assert_true(design < DESIGNS);
	const struct outcome *want = &f->outcomes[design];
	assert_int_equal(outcome->kind, OUTCOME_SEARCHED);
	assert_memory_equal(
		outcome->nests, want->nests, NESTS * sizeof *want->nests);
	assert_true(outcome->began_s == want->began_s);
	assert_true(outcome->ended_s == want->ended_s);
	assert_int_equal(isnan(outcome->least_cycles), design != 2);
	assert_true(design != 2 ||
		(outcome->least_cycles == 5e9 &&
			outcome->least_energy_pj == 1.0 / 3));
	f->taken[design]++;
}

static struct journal_reader reader_of(struct fixture *f, uint64_t whose)
{
	return (struct journal_reader){whose, DESIGNS, &work, take, f};
}

/* Of DESIGNS of the work. */
static bool parse(struct fixture *f, const char *line, size_t *design,
	struct outcome *outcome)
{
	const struct journal_reader reader = reader_of(f, WHOSE);
	return journal_parse(
		&f->ctx, &reader, line, strlen(line), design, outcome);
}

static bool start(struct fixture *f, uint64_t whose)
{
	const struct journal_reader reader = reader_of(f, whose);
	memset(f->taken, 0, sizeof f->taken);
	fflush(f->ctx.messages);
	rewind(f->ctx.messages);
	return journal_open(&f->ctx, f->path, &reader, &f->journal);
}

static void file_put(const char *path, const char *bytes, size_t length)
{
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

static const char *file_get(struct fixture *f, size_t *length)
{
	static char bytes[4096];
	FILE *file = fopen(f->path, "rb");
	assert_non_null(file);
	*length = fread(bytes, 1, sizeof bytes, file);
	fclose(file);
	return bytes;
}

static int setup(void **state)
{
	static struct fixture f;
	f = (struct fixture){
		.order = {2, 0, 3, 1}
        };
	ctx_init(&f.ctx, open_memstream(&f.said, &f.said_size), NULL);
	strcpy(f.dir, "/tmp/nestwright-journal.XXXXXX");
	assert_non_null(mkdtemp(f.dir));
	snprintf(f.path, sizeof f.path, "%s/j", f.dir);
	for (size_t d = 0; d < DESIGNS; d++) {
		struct outcome *o = &f.outcomes[d];
		*o = (struct outcome){.kind = OUTCOME_SEARCHED,
			.began_s = 1.7e9 + (double)d / 3,
			.ended_s = 1.7e9 + 0.1 + (double)d / 3,
			.least_energy_pj = d == 2 ? 1.0 / 3 : NAN,
			.least_cycles = d == 2 ? 5e9 : NAN,
			.nests = arena_array(
				&f.ctx.arena, NESTS, sizeof *o->nests)};
		for (size_t n = 0; n < NESTS; n++)
			o->nests[n] = (struct nest_cost){
				.energy_pj = 1e10 / (3 + (double)(d + n)),
				.cycles = (1LL << 52) + (int64_t)(d * n),
				.edp = 1e300 / (7 + (double)d),
				.evaluated = (int64_t)(d + 10 * n)};
	}
	assert_true(start(&f, WHOSE));
	for (size_t i = 0; i < DESIGNS; i++)
		assert_true(journal_append(&f.ctx, &f.journal,
			journal_line(&f.ctx, f.order[i], &work,
				&f.outcomes[f.order[i]])));
	journal_close(&f.journal);
	size_t length;
	const char *bytes = file_get(&f, &length);
	f.text = arena_strndup(&f.ctx.arena, bytes, length);
	f.head = strcspn(f.text, "\n") + 1;
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	journal_close(&f->journal);
	unlink(f->path);
	rmdir(f->dir);
	fclose(f->ctx.messages);
	free(f->said);
	ctx_release(&f->ctx);
	return 0;
}

static bool said(struct fixture *f, const char *what)
{
	fflush(f->ctx.messages);
	return f->said && strstr(f->said, what);
}

static void it_reads_what_it_wrote(void **state)
{
	struct fixture *f = *state;
	assert_true(start(f, WHOSE));
	for (size_t d = 0; d < DESIGNS; d++)
		assert_int_equal(f->taken[d], 1);
	/* Sums over the nests, times their runs. */
	struct outcome o;
	size_t design;
	const char *line = journal_line(&f->ctx, 1, &work, &f->outcomes[1]);
	assert_true(parse(f, line, &design, &o));
	double pj = 3 * (1e10 / 4) + 0.5 * (1e10 / 5);
	double cycles = 3.0 * (1LL << 52) + 0.5 * ((1LL << 52) + 1);
	assert_int_equal(design, 1);
	assert_true(o.energy_pj == pj && o.cycles == cycles);
	assert_true(o.edp == pj * cycles && o.evaluated == 12);
}

/* Cut at every byte: the lines that are whole are there, the run goes on, and
 * the file ends as if it had never been cut. */
static void cut_anywhere_it_goes_on(void **state)
{
	struct fixture *f = *state;
	size_t length = strlen(f->text);
	for (size_t n = 0; n <= length; n++) {
		size_t whole = 0;
		for (size_t i = 0; i < n; i++)
			whole += f->text[i] == '\n';
		whole -= whole > 0; /* the first line */
		file_put(f->path, f->text, n);
		assert_true(start(f, WHOSE));
		for (size_t i = 0; i < DESIGNS; i++)
			assert_int_equal(f->taken[f->order[i]], i < whole);
		for (size_t i = whole; i < DESIGNS; i++)
			assert_true(journal_append(&f->ctx, &f->journal,
				journal_line(&f->ctx, f->order[i], &work,
					&f->outcomes[f->order[i]])));
		journal_close(&f->journal);
		size_t now;
		const char *bytes = file_get(f, &now);
		assert_int_equal(now, length);
		assert_memory_equal(bytes, f->text, length);
	}
}

/* Another byte anywhere: of the lines, those that it touches are not there, of
 * the first line it makes another's journal. */
static void damaged_anywhere_it_goes_on(void **state)
{
	static const char others[] = {'\n', ' ', '0', '#', '\0'};
	const unsigned step = times_step(sizeof others);
	struct fixture *f = *state;
	size_t length = strlen(f->text);
	char *bytes = arena_strdup(&f->ctx.arena, f->text);
	for (size_t n = 0; n < length; n++)
		for (size_t k = n % step; k < sizeof others; k += step) {
			bytes[n] = others[k];
			if (bytes[n] == f->text[n])
				continue;
			file_put(f->path, bytes, length);
			bool ok = start(f, WHOSE);
			journal_close(&f->journal);
			assert_int_equal(ok, n >= f->head);
			size_t at = f->head;
			for (size_t i = 0; ok && i < DESIGNS; i++) {
				size_t end =
					at + strcspn(f->text + at, "\n") + 1;
				/* A newline that is gone makes one line of
				 * two. */
				bool hit = (n >= at && n < end) || n + 1 == at;
				assert_int_equal(f->taken[f->order[i]], !hit);
				at = end;
			}
			bytes[n] = f->text[n];
		}
}

static void others_are_refused(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *bytes;
	} rows[] = {
		{"nestwright dse journal 2, exploration 0000000000000007\n"},
		{"nestwright dse journal 1, exploration 0000000000000008\n"},
		{"nestwright dse journal 1\n"},
		{"my notes"},
		{"\n"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		size_t length;
		file_put(f->path, rows[i].bytes, strlen(rows[i].bytes));
		assert_false(start(f, WHOSE));
		assert_true(said(f, "of another exploration"));
		journal_close(&f->journal);
		assert_memory_equal(file_get(f, &length), rows[i].bytes,
			strlen(rows[i].bytes));
		assert_int_equal(length, strlen(rows[i].bytes));
	}
}

static void one_run_at_a_time(void **state)
{
	struct fixture *f = *state;
	struct journal first;
	assert_true(start(f, WHOSE));
	first = f->journal;
	assert_false(start(f, WHOSE));
	assert_true(said(f, "another run writes this journal"));
	journal_close(&f->journal);
	journal_close(&first);
	assert_true(start(f, WHOSE));
}

/* A design that the space does not have, or a nest more or less. */
static void lines_of_other_work(void **state)
{
	struct fixture *f = *state;
	struct work one = {
		.count = 1, .nests = nests, .task_count = 1, .tasks = tasks};
	struct outcome o;
	size_t design;
	const char *line = journal_line(&f->ctx, 3, &work, &f->outcomes[3]);
	size_t n = strlen(line);
	const struct journal_reader fewer = {.count = 3, .work = &work};
	const struct journal_reader other = {.count = 4, .work = &one};
	assert_true(parse(f, line, &design, &o));
	assert_false(journal_parse(&f->ctx, &fewer, line, n, &design, &o));
	assert_false(journal_parse(&f->ctx, &other, line, n, &design, &o));
	line = journal_line(&f->ctx, 3, &one, &f->outcomes[3]);
	assert_false(parse(f, line, &design, &o));
}

/* A nest that no mapping suits is one without an energy. */
static void a_misfit_that_was_searched(void **state)
{
	struct fixture *f = *state;
	struct outcome o;
	size_t design;
	f->outcomes[3].nests[1].energy_pj = NAN;
	const char *line = journal_line(&f->ctx, 3, &work, &f->outcomes[3]);
	assert_true(parse(f, line, &design, &o));
	assert_int_equal(o.kind, OUTCOME_MISFIT);
	assert_int_equal(o.misfit, 1);
}

/* Merging reads the journals of others, who may still write them. */
static void reading_changes_nothing(void **state)
{
	struct fixture *f = *state;
	size_t cut = strlen(f->text) - 3, length;
	file_put(f->path, f->text, cut);
	memset(f->taken, 0, sizeof f->taken);
	struct journal_reader reader = reader_of(f, WHOSE);
	assert_true(journal_read(&f->ctx, f->path, &reader));
	assert_int_equal(f->taken[f->order[0]], 1);
	assert_int_equal(f->taken[f->order[DESIGNS - 1]], 0);
	file_get(f, &length);
	assert_int_equal(length, cut);
	reader.whose++;
	assert_false(journal_read(&f->ctx, f->path, &reader));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(it_reads_what_it_wrote),
		TEST(cut_anywhere_it_goes_on),
		TEST(damaged_anywhere_it_goes_on),
		TEST(others_are_refused),
		TEST(one_run_at_a_time),
		TEST(lines_of_other_work),
		TEST(a_misfit_that_was_searched),
		TEST(reading_changes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
