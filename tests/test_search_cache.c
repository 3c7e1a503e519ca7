/* Results kept in a folder: found again, and never believed when wrong. */
#include "mapper/search_cache.h"

#include "oracle/search_brute.h"
#include "tests/cmocka.h"
#include "tests/search_case.h"
#include "tests/times.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What decides a result. */
struct subject {
	struct nest nest;
	struct arch arch;
	struct search_options options;
};

struct fixture {
	struct ctx ctx;
	struct search_cache cache;
	struct subject subject;
	struct search_result plain; /* without a cache */
};

static int setup(void **state)
{
	static char dir[] = "/tmp/nestwright-cache.XXXXXX";
	static const int64_t image[2] = {4, 5}, filter[2] = {3, 1},
			     step[2] = {1, 1};
	static struct fixture f;
	ctx_init(&f.ctx, stderr, NULL);
	strcpy(dir + sizeof dir - 7, "XXXXXX");
	assert_non_null(mkdtemp(dir));
	assert_true(search_cache_open(&f.ctx, dir, &f.cache));
	f.subject = (struct subject){
		.nest = nest_conv(1, 4, 3, image, filter, step, step),
		.arch = arch_default(),
		.options = {.front = true,
			.pruned.exhaustive = search_brute}};
	assert_true(search_exact(&f.ctx, &f.subject.nest, &f.subject.arch,
		&f.subject.options, &f.plain));
	assert_true(f.plain.front_count > 1);
	f.subject.options.network.cache = &f.cache;
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	const char *command =
		arena_printf(&f->ctx.arena, "rm -r %s", f->cache.dir);
	assert_int_equal(system(command), 0);
	ctx_release(&f->ctx);
	return 0;
}

static const char *entry_of(
	struct fixture *f, const struct subject *s, search_fn *search)
{
	struct search_key key;
	assert_true(search_key_make(
		&f->ctx, &s->nest, &s->arch, &s->options, search, &key));
	return arena_printf(&f->ctx.arena, "%s/%s", f->cache.dir,
		search_key_file(&f->ctx, &key));
}

/* Distinguishes an entry from one that replaces it; 0: there is none. */
static ino_t entry_id(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 ? st.st_ino : 0;
}

static bool candidates_same(
	const struct candidate *a, const struct candidate *b)
{
	return mapping_compare(&a->mapping, &b->mapping) == 0 &&
		a->estimate.energy_pj == b->estimate.energy_pj &&
		a->estimate.cycles == b->estimate.cycles &&
		a->estimate.edp == b->estimate.edp &&
		memcmp(a->estimate.component_pj, b->estimate.component_pj,
			sizeof a->estimate.component_pj) == 0 &&
		a->estimate.pass_cycles == b->estimate.pass_cycles &&
		a->estimate.pass_pj == b->estimate.pass_pj &&
		a->estimate.far_pj == b->estimate.far_pj &&
		memcmp(a->estimate.held, b->estimate.held,
			sizeof a->estimate.held) == 0 &&
		a->estimate.partial_sum_fetches ==
		b->estimate.partial_sum_fetches;
}

static bool proofs_same(const struct proof *a, const struct proof *b)
{
	return a->proven == b->proven && a->bound == b->bound &&
		a->tiles_visited == b->tiles_visited &&
		a->tiles_cut == b->tiles_cut &&
		a->arrays_visited == b->arrays_visited &&
		a->arrays_cut == b->arrays_cut &&
		a->splits_visited == b->splits_visited &&
		a->splits_cut == b->splits_cut &&
		a->pairs_evaluated == b->pairs_evaluated;
}

/* In what is reported of a result. */
static bool results_same(
	const struct search_result *a, const struct search_result *b)
{
	bool same = a->feasible == b->feasible && a->tiles == b->tiles &&
		a->perfect_feasible == b->perfect_feasible &&
		a->evaluated == b->evaluated &&
		a->relaxations == b->relaxations &&
		!a->misfit.memory == !b->misfit.memory &&
		(!a->misfit.memory ||
			!strcmp(a->misfit.memory, b->misfit.memory)) &&
		a->misfit.needs_bytes == b->misfit.needs_bytes &&
		a->misfit.has_bytes == b->misfit.has_bytes &&
		a->misfit.needs_banks == b->misfit.needs_banks &&
		a->misfit.has_banks == b->misfit.has_banks;
	if (!same || !a->feasible)
		return same;
	for (int o = 0; o < OBJ_COUNT; o++)
		same = same &&
			candidates_same(
				&a->best[o].winner, &b->best[o].winner) &&
			proofs_same(&a->best[o].proof, &b->best[o].proof);
	same = same && a->front_count == b->front_count &&
		proofs_same(&a->front_proof, &b->front_proof);
	for (size_t i = 0; same && i < a->front_count; i++)
		same = candidates_same(&a->front[i], &b->front[i]);
	return same;
}

static bool cached_same(struct fixture *f)
{
	struct search_result result;
	const struct subject *s = &f->subject;
	return search_cached(&f->ctx, &s->nest, &s->arch, &s->options,
		       search_exact, &result) &&
		results_same(&result, &f->plain);
}

/* The first search leaves an entry, the second leaves it alone. */
static void kept_and_found(void **state)
{
	struct fixture *f = *state;
	const char *path = entry_of(f, &f->subject, search_exact);
	assert_int_equal(entry_id(path), 0);
	assert_true(cached_same(f));
	ino_t id = entry_id(path);
	assert_true(id != 0);
	assert_true(cached_same(f));
	assert_int_equal(entry_id(path), id);
}

/* Random nests, machines and limits: what is found is what would be. */
static void same_as_without(void **state)
{
	struct fixture *f = *state;
	static search_fn *const searches[] = {
		search_exact, search_brute, search_pruned};
	struct random random = {.state = 77};
	int feasible = 0;
	for (int i = 0; i < 60; i++) {
		struct subject *s = &f->subject;
		search_fn *search = searches[i % 3];
		struct search_result plain, first, second;
		s->nest = random_nest(&random);
		s->arch = random_arch(&random);
		s->options.limits = random_limits(&random);
		s->options.pruned.relax = search == search_pruned;
		assert_true(search(
			&f->ctx, &s->nest, &s->arch, &s->options, &plain));
		assert_true(search_cached(&f->ctx, &s->nest, &s->arch,
			&s->options, search, &first));
		ino_t id = entry_id(entry_of(f, s, search));
		assert_true(id != 0);
		assert_true(search_cached(&f->ctx, &s->nest, &s->arch,
			&s->options, search, &second));
		assert_int_equal(entry_id(entry_of(f, s, search)), id);
		assert_true(results_same(&plain, &first));
		assert_true(results_same(&plain, &second));
		feasible += plain.feasible;
	}
	/* Results of both kinds were kept. */
	assert_in_range(feasible, 10, 59);
}

static size_t file_read(const char *path, unsigned char *bytes, size_t most)
{
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	size_t count = fread(bytes, 1, most, file);
	fclose(file);
	return count;
}

static void file_write(
	const char *path, const unsigned char *bytes, size_t count)
{
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, count, file), count);
	fclose(file);
}

enum { ENTRY_MAX = 1 << 16 };

/* Puts what is no entry in the place of one: it is replaced by the entry. */
static void expect_replaced(struct fixture *f, const unsigned char *wrong,
	size_t wrong_count, const unsigned char *entry, size_t count)
{
	static unsigned char now[ENTRY_MAX];
	const char *path = entry_of(f, &f->subject, search_exact);
	file_write(path, wrong, wrong_count);
	assert_true(cached_same(f));
	assert_int_equal(file_read(path, now, sizeof now), count);
	assert_memory_equal(now, entry, count);
}

static void damaged_is_replaced(void **state)
{
	struct fixture *f = *state;
	static unsigned char entry[ENTRY_MAX], wrong[ENTRY_MAX];
	const char *path = entry_of(f, &f->subject, search_exact);
	assert_true(cached_same(f));
	size_t count = file_read(path, entry, sizeof entry);
	assert_in_range(count, 1000, sizeof entry - 1);
	/* All of the head, and samples of the rest. */
	const size_t step = times_step(37);
	memcpy(wrong, entry, count);
	for (size_t i = 0; i < count; i += i < 64 ? 1 : step) {
		wrong[i] ^= (unsigned char)(1 << i % 8);
		expect_replaced(f, wrong, count, entry, count);
		wrong[i] = entry[i];
	}
	for (size_t i = 0; i < count; i += i < 64 ? 1 : step)
		expect_replaced(f, entry, i, entry, count);
	wrong[count] = 0;
	expect_replaced(f, wrong, count + 1, entry, count);
}

/* A whole entry of another key, under this one's name: as if hashes met. */
static void foreign_is_replaced(void **state)
{
	struct fixture *f = *state;
	static unsigned char entry[ENTRY_MAX], foreign[ENTRY_MAX];
	struct subject other = f->subject;
	struct search_result result;
	other.arch.pes /= 2;
	assert_true(cached_same(f));
	assert_true(search_cached(&f->ctx, &other.nest, &other.arch,
		&other.options, search_exact, &result));
	size_t count = file_read(
		entry_of(f, &f->subject, search_exact), entry, sizeof entry);
	size_t others = file_read(
		entry_of(f, &other, search_exact), foreign, sizeof foreign);
	expect_replaced(f, foreign, others, entry, count);
}

/* What the key holds: each value of each row, changed by its lowest bit, makes
 * another key. */
#define ROW(path, count)                                                  \
	{                                                                 \
#path, offsetof(struct subject, path),                    \
			sizeof(((struct subject *)NULL)->path) / (count), \
			(count)                                           \
	}
#define ONE(path) ROW(path, 1)
/* The first so many elements, from the one at path on: what slots that no
 * machine has say is no part of the key. */
#define SOME(path, count)                                               \
	{                                                               \
#path, offsetof(struct subject, path),                  \
			sizeof(((struct subject *)NULL)->path), (count) \
	}
static const struct {
	const char *name;
	size_t offset, size, count;
} key_rows[] = {
	ROW(nest.bound, LOOP_COUNT),
	ROW(nest.stride, AXIS_COUNT),
	ROW(nest.dilation, AXIS_COUNT),
	ROW(nest.indexes, OPND_COUNT),
	ONE(nest.tensor[0].type),
	ONE(nest.tensor[0].dims),
	ONE(nest.tensor[0].dim[0].index),
	ONE(nest.tensor[0].dim[0].size),
	ONE(nest.tensor[0].dim[0].pitch),
	ONE(nest.tensor[0].dim[0].split),
	ONE(nest.tensor[0].dim[0].split_pitch),
	ONE(nest.tensor[2].dim[3].pitch),
	ONE(options.rule),
	ONE(options.objectives),
	ONE(options.front),
	ONE(options.pruned.relax),
	ONE(options.pruned.least),
	ONE(options.limits.min_pe_use),
	ONE(options.limits.min_rf_use),
	ONE(options.limits.min_spm_use),
	ONE(options.limits.no_spatial_reduction),
	ONE(options.limits.no_feature_dram),
	SOME(options.limits.factor[0][0], SEED_SLOTS *LOOP_COUNT),
	SOME(options.limits.ordered[0], SEED_ORDERED),
	SOME(options.limits.order[0][0], SEED_ORDERED *LOOP_COUNT),
	ONE(options.limits.max_cycles),
	ONE(options.limits.max_energy_pj),
	ONE(arch.dataflow.grid),
	ONE(arch.dataflow.slot[SLOT_SPM].barred),
	ROW(arch.dataflow.slot[SLOT_RF].fix, LOOP_COUNT),
	ROW(arch.dataflow.slot[SLOT_RF].most, LOOP_COUNT),
	SOME(arch.dataflow.stationary[0], SEED_ORDERED),
	ONE(arch.dataflow.axis[GRID_ROWS].most_loops),
	ROW(arch.dataflow.not_shared, OPND_COUNT),
	ROW(arch.dataflow.not_distinct, OPND_COUNT),
};

static bool keys_equal(struct fixture *f, const struct subject *a,
	const struct subject *b, search_fn *search)
{
	struct search_key p, q;
	assert_true(search_key_make(
		&f->ctx, &a->nest, &a->arch, &a->options, search_exact, &p));
	assert_true(search_key_make(
		&f->ctx, &b->nest, &b->arch, &b->options, search, &q));
	return p.count == q.count && !memcmp(p.bytes, q.bytes, p.count);
}

static void key_holds_what_decides(void **state)
{
	struct fixture *f = *state;
	struct subject base = f->subject;
	base.options.objectives = 7;
	base.options.limits.ordered[0] = base.options.limits.ordered[1] = true;
	for (size_t i = 0; i < sizeof key_rows / sizeof *key_rows; i++)
		for (size_t k = 0; k < key_rows[i].count; k++) {
			struct subject other = base;
			unsigned char *at = (unsigned char *)&other +
				key_rows[i].offset + k * key_rows[i].size;
			*at ^= 1;
			if (keys_equal(f, &base, &other, search_exact))
				fail_msg("%s[%zu]", key_rows[i].name, k);
		}
	for (size_t i = 0; i < arch_key_count; i++) {
		struct subject other = base;
		const struct arch_key *key = &arch_keys[i];
		double value = arch_get(&base.arch, key);
		if (key->kind == ARCH_TRUE)
			continue;
		arch_set(&other.arch, key, value + 1);
		assert_false(keys_equal(f, &base, &other, search_exact));
	}
	assert_false(keys_equal(f, &base, &base, search_brute));
	assert_false(keys_equal(f, &base, &base, search_pruned));
}

static void key_leaves_out_the_rest(void **state)
{
	struct fixture *f = *state;
	const struct subject base = f->subject;
	const struct search_stop stop = {0};
	struct subject other = base;
	other.arch.name = "another";
	other.options.objectives = 7; /* as 0 */
	other.options.network.cache = NULL;
	other.options.stop = &stop;
	other.options.network.progress_arg = f;
	/* Bytes of an order that is not asked for. */
	other.options.limits.order[0][0] = 6;
	assert_true(keys_equal(f, &base, &other, search_exact));
}

/* A search that was told to end is not kept, whatever it found. */
static void stopped_is_not_kept(void **state)
{
	struct fixture *f = *state;
	static const volatile sig_atomic_t now = 1;
	const struct search_stop stop = {.requested = &now};
	struct subject *s = &f->subject;
	struct search_result result;
	s->options.stop = &stop;
	assert_true(search_cached(&f->ctx, &s->nest, &s->arch, &s->options,
		search_exact, &result));
	assert_true(result.feasible);
	assert_int_equal(entry_id(entry_of(f, s, search_exact)), 0);
}

/* Child processes that write entries again and again. */
static pid_t writer_start(struct fixture *f, int rounds)
{
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid)
		return pid;
	const char *path = entry_of(f, &f->subject, search_exact);
	for (int i = 0; i < rounds || !rounds; i++) {
		if (!cached_same(f))
			_exit(1);
		unlink(path);
	}
	_exit(0);
}

static void several_processes_at_once(void **state)
{
	struct fixture *f = *state;
	enum { WRITERS = 3, ROUNDS = 40 };
	pid_t writers[WRITERS];
	for (int i = 0; i < WRITERS; i++)
		writers[i] = writer_start(f, ROUNDS);
	for (int i = 0; i < ROUNDS; i++)
		assert_true(cached_same(f));
	for (int i = 0; i < WRITERS; i++) {
		int status;
		assert_int_equal(waitpid(writers[i], &status, 0), writers[i]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
}

static void a_killed_process_does_no_harm(void **state)
{
	struct fixture *f = *state;
	struct random random = {.state = 5};
	for (int i = 0; i < 20; i++) {
		pid_t writer = writer_start(f, 0);
		const struct timespec pause = {
			.tv_nsec = random_below(&random, 8000000)};
		nanosleep(&pause, NULL);
		assert_int_equal(kill(writer, SIGKILL), 0);
		assert_int_equal(waitpid(writer, NULL, 0), writer);
		assert_true(cached_same(f));
		assert_true(cached_same(f));
	}
}

static void folders_that_cannot_be_written(void **state)
{
	struct fixture *f = *state;
	static const char *const dirs[] = {
		"", "/dev/null", "/dev/null/cache", "/proc/cache"};
	struct ctx ctx;
	FILE *sink = fopen("/dev/null", "w");
	ctx_init(&ctx, sink, NULL);
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++) {
		struct search_cache cache;
		assert_false(search_cache_open(&ctx, dirs[i], &cache));
		assert_int_equal(ctx.errors, (int)i + 1);
	}
	/* The folder goes while the program runs. */
	f->cache.dir = arena_printf(&f->ctx.arena, "%s/gone", f->cache.dir);
	assert_true(cached_same(f));
	search_cache_close(&ctx, &f->cache);
	assert_int_equal(ctx.warnings, 1);
	*strrchr((char *)f->cache.dir, '/') = '\0';
	ctx_release(&ctx);
	fclose(sink);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(kept_and_found),
		TEST(same_as_without),
		TEST(damaged_is_replaced),
		TEST(foreign_is_replaced),
		TEST(key_holds_what_decides),
		TEST(key_leaves_out_the_rest),
		TEST(stopped_is_not_kept),
		TEST(several_processes_at_once),
		TEST(a_killed_process_does_no_harm),
		TEST(folders_that_cannot_be_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
