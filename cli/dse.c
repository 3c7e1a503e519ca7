/* nestwright dse: which accelerator of a space is best for these models.
 *
 * Every process of a run reads the same files; rank 0 keeps the journal and
 * writes the results, and the others search what it hands out (dse/remote.h).
 * A shard writes a journal alone, and merge the results of all of them. */
#include "cli/cli.h"

#include "cli/model.h"
#include "cli/progress.h"
#include "cli/results.h"
#include "cli/status.h"
#include "cli/stop.h"
#include "codegen/layers_json.h"
#include "dse/remote.h"
#include "dse/report_files.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct dse_options {
	struct model_options model;
	const char *space, *out;
	int objective, tiles;
	unsigned front; /* metrics; 0: not given */
	int64_t top, threads;
	struct shard {
		int64_t index, count; /* count 0: not given */
	} shard;
	double time_limit; /* seconds; 0: none */
	struct ending_options ending;
	bool all, times, quiet;
};

static const char *const tile_names[] = {
	[TILES_PERFECT] = "perfect", [TILES_PADDED] = "padded", NULL};

/* All of one run; in the arena, so that it outlasts a jump. */
struct dse_run {
	const struct dse_options *options;
	bool merge;
	size_t model_count;
	char **models; /* of the command line */
	struct remote remote;
	FILE *silence; /* where ranks but the first say what is wrong */
	struct space space;
	struct design_list designs;
	struct work work;
	const char *forks; /* lines about open Ifs; NULL: there are none */
	struct explore explore;
	struct findings findings;
	struct outputs out;
	bool exploring, out_open;
	struct progress progress;
	struct stop stop;
	bool early; /* designs are missing, because it was ended */
};

static void run_release(struct dse_run *run)
{
	progress_stop(&run->progress);
	if (run->exploring)
		explore_release(&run->explore);
	if (run->out_open)
		outputs_discard(&run->out);
	run->exploring = run->out_open = false;
	stop_release(&run->stop);
}

/* --- options -------------------------------------------------------------- */

static bool take_metrics(struct ctx *ctx, const struct option *option,
	const char *value, int k, void *field)
{
	(void)k;
	unsigned set = 0;
	for (const char *s = value;; s++) {
		size_t n = strcspn(s, ",");
		int m = 0;
		while (m < METRIC_COUNT &&
			(strlen(metric_name((enum metric)m)) != n ||
				strncmp(metric_name((enum metric)m), s, n)))
			m++;
		if (m == METRIC_COUNT)
			return option_error(ctx, option,
				"expected some of energy, cycles, edp, area "
				"and power, with commas between them, found "
				"'%s'",
				diag_quote(ctx, value));
		set |= 1u << m;
		s += n;
		if (!*s)
			break;
	}
	*(unsigned *)field = set;
	return true;
}

static bool take_shard(struct ctx *ctx, const struct option *option,
	const char *value, int k, void *field)
{
	(void)k;
	struct shard shard;
	int end = 0;
	if (sscanf(value, "%" SCNd64 "/%" SCNd64 "%n", &shard.index,
		    &shard.count, &end) != 2 ||
		value[end] || value[0] < '0' || value[0] > '9' ||
		shard.count < 1 || shard.index >= shard.count)
		return option_error(ctx, option,
			"expected I/N with I from 0 to N-1, as in 0/4, found "
			"'%s'",
			diag_quote(ctx, value));
	*(struct shard *)field = shard;
	return true;
}

static bool front_agrees(struct ctx *ctx, struct dse_run *run, unsigned *front)
{
	const struct loc loc = {.file = run->space.path};
	*front = run->options->front;
	if (!*front)
		*front = 1u << METRIC_ENERGY | 1u << METRIC_CYCLES |
			(run->space.has_area ? 1u << METRIC_AREA : 0);
	if (*front & 1u << METRIC_AREA && !run->space.has_area)
		return diag_error(ctx, &loc,
			"--front asks for the area: the space has no "
			"expression for it (key 'area')");
	if (*front & 1u << METRIC_POWER && !run->space.has_power)
		return diag_error(ctx, &loc,
			"--front asks for the power: the space has no "
			"expression for it (key 'power')");
	return true;
}

/* --- reading -------------------------------------------------------------- */

static bool workload_read(
	struct ctx *ctx, struct dse_run *run, const char *path, double weight)
{
	const struct compile_request request =
		model_request(&run->options->model);
	struct compilation *c = compile_open(ctx, path, NULL, &request);
	const struct layer_list *list = compile_layers(c);
	bool ok = compile_until(ctx, c, STAGE_MERGE);
	if (ok)
		work_add(ctx, &run->work, compile_network(c), weight);
	for (size_t k = 0; ok && k < list->fork_count; k++)
		run->forks = arena_printf(&ctx->arena, "%s%s: %s",
			run->forks ? run->forks : "", list->model,
			fork_text(ctx, &list->forks[k]));
	compile_close(c);
	return ok;
}

/* The models of the command line, in place of the space's. */
static bool workloads_read(struct ctx *ctx, struct dse_run *run)
{
	const struct loc loc = {.file = run->space.path};
	bool ok = true;
	for (size_t i = 0; i < run->model_count; i++)
		ok &= workload_read(ctx, run, run->models[i], 1);
	for (size_t i = 0; !run->model_count && i < run->space.workload_count;
		i++)
		ok &= workload_read(ctx, run, run->space.workloads[i].path,
			run->space.workloads[i].weight);
	if (ok && !run->work.count)
		ok = diag_error(ctx, &loc,
			"no models: name them on the command line or under "
			"'workloads'");
	return ok;
}

static bool inputs_read(struct ctx *ctx, struct dse_run *run)
{
	const struct dse_options *options = run->options;
	unsigned front;
	run->work.objective = (enum objective)options->objective;
	if (!space_read(ctx, options->space, &run->space) ||
		!front_agrees(ctx, run, &front) ||
		!space_designs(ctx, &run->space, &run->designs) ||
		!workloads_read(ctx, run))
		return false;
	const struct explore_options explore = {
		.objective = (enum objective)options->objective,
		.tiles = (enum tile_sizes)options->tiles,
		.front = front,
		.top = (size_t)options->top < run->designs.count
			? (size_t)options->top
			: run->designs.count,
		.all = options->all,
		.shard = options->shard.index,
		.shards = options->shard.count ? options->shard.count : 1,
		.stop = &run->stop.search,
		.progress = progress_report,
		.progress_arg = &run->progress,
	};
	return explore_init(ctx, &run->space, &run->designs, &run->work,
		&explore, &run->explore);
}

/* --- journals ------------------------------------------------------------- */

static bool is_journal(const char *name)
{
	static const char ending[] = ".journal";
	size_t n = strlen(name);
	return n > sizeof ending - 1 && *name != '.' &&
		!strcmp(name + n - (sizeof ending - 1), ending);
}

static int name_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *const *journals_list(
	struct ctx *ctx, const char *folder, size_t *count)
{
	const char **names = NULL;
	size_t capacity = 0;
	DIR *dir = opendir(folder);
	*count = 0;
	for (struct dirent *d; dir && (d = readdir(dir));) {
		if (!is_journal(d->d_name))
			continue;
		names = arena_grow(&ctx->arena, names, *count, &capacity,
			*count + 1, sizeof *names);
		names[(*count)++] = arena_strdup(&ctx->arena, d->d_name);
	}
	if (dir)
		closedir(dir);
	if (*count)
		qsort(names, *count, sizeof *names, name_compare);
	return names;
}

/* Everything that the shards found. */
static bool shards_recall(struct ctx *ctx, struct dse_run *run)
{
	size_t count;
	const char *folder = run->options->out;
	const struct loc loc = {.file = folder};
	const char *const *names = journals_list(ctx, folder, &count);
	if (!count)
		return diag_error(ctx, &loc,
			"no journals to merge: run the shards first, with the "
			"same -o");
	const struct journal_reader reader = explore_reader(&run->explore);
	for (size_t i = 0; i < count; i++)
		if (!journal_read(ctx,
			    arena_printf(
				    &ctx->arena, "%s/%s", folder, names[i]),
			    &reader))
			return false;
	return true;
}

static const char *journal_path(struct ctx *ctx, const struct dse_run *run)
{
	const struct dse_options *o = run->options;
	return o->shard.count
		? arena_printf(&ctx->arena,
			  "%s/shard-%" PRId64 "-of-%" PRId64 ".journal", o->out,
			  o->shard.index, o->shard.count)
		: arena_printf(&ctx->arena, "%s/designs.journal", o->out);
}

/* --- exploring ------------------------------------------------------------ */

/* A rank for each CPU is how MPI programs are started. */
static int threads_of(const struct dse_run *run)
{
	return run->remote.size > 1 && !run->options->threads
		? 1
		: thread_count(run->options->threads);
}

static bool explore_all(struct ctx *ctx, struct dse_run *run)
{
	struct explore *e = &run->explore;
	if (run->merge)
		return shards_recall(ctx, run);
	const struct journal_reader reader = explore_reader(e);
	if (!journal_open(ctx, journal_path(ctx, run), &reader, &e->journal))
		return false;
	explore_begin(e);
	progress_start(
		&run->progress, run->options->quiet, "exploring", "designs");
	bool ok = remote_serve(&run->remote, e, threads_of(run));
	progress_stop(&run->progress);
	return ok;
}

/* Writes everything, or nothing. */
static bool results_write(struct ctx *ctx, struct dse_run *run)
{
	struct report report;
	report_init(ctx, &run->explore, &run->findings, run->options->times,
		&report);
	struct text told = {.ctx = ctx};
	const char *journal = journal_path(ctx, run);
	stop_when_writing(&run->stop);
	run->out.interrupted = stop_interrupted();
	if (!report_write(ctx, &report, outputs_set(ctx, &run->out, "+dse")))
		return false;
	text_add(&told, "%s%s", report_text(ctx, &report),
		run->forks ? run->forks : "");
	files_text(&told, &run->out);
	if (!outputs_commit(ctx, &run->out))
		return false;
	/* A finished exploration needs no journal to go on from. */
	if (run->findings.complete && !run->merge)
		unlink(journal);
	stop_when_written(&run->stop,
		ending_status(&run->options->ending, run->early));
	if (!run->options->quiet)
		fputs(told.bytes, stdout);
	return true;
}

/* Says so when designs are missing. False where a proof is required. */
static bool completeness_tell(struct ctx *ctx, struct dse_run *run)
{
	const struct loc loc = {.file = run->options->space};
	const char *cause = stop_cause(&run->stop);
	const char *text;
	if (run->findings.complete)
		return true;
	text = arena_printf(&ctx->arena,
		"%s%s: %zu of %zu designs are not searched; run the same "
		"command again to go on from the journal",
		cause ? "ended by " : "incomplete", cause ? cause : "",
		run->findings.open, run->designs.count);
	run->early = true;
	if (run->options->ending.require_proof)
		return diag_error(ctx, &loc,
			"%s: nothing is written (--require-proof)", text);
	diag_alert(ctx, &loc, "%s", text);
	return true;
}

static bool shard_tell(struct ctx *ctx, struct dse_run *run)
{
	const struct loc loc = {.file = run->options->space};
	const char *cause = stop_cause(&run->stop);
	const struct explore *e = &run->explore;
	size_t known = 0;
	for (size_t i = 0; i < run->designs.count; i++)
		known += e->outcomes[i].kind == OUTCOME_SEARCHED;
	if (cause && e->done < e->order_count) {
		run->early = true;
		diag_alert(ctx, &loc,
			"ended by %s: run the same command again to go on from "
			"the journal",
			cause);
		return !run->options->ending.require_proof;
	}
	if (!run->options->quiet)
		printf("shard %" PRId64 " of %" PRId64
		       ": %zu designs searched, in %s\n",
			run->options->shard.index, run->options->shard.count,
			known, journal_path(ctx, run));
	return true;
}

/* A merge of unfinished shards writes nothing. */
static bool merge_complete(struct ctx *ctx, const struct dse_run *run)
{
	const struct loc loc = {.file = run->options->out};
	size_t i = 0;
	if (!run->merge || run->findings.complete)
		return true;
	while (run->explore.outcomes[i].kind != OUTCOME_OPEN)
		i++;
	return diag_error(ctx, &loc,
		"%zu of %zu designs are in no journal, design %zu (%s) the "
		"first: finish all shards and merge again",
		run->findings.open, run->designs.count, i,
		design_text(ctx, &run->space, &run->designs.designs[i]));
}

static bool explore_and_write(struct ctx *ctx, struct dse_run *run)
{
	run->out_open = true;
	if (!outputs_open(ctx, run->options->out, &run->out) ||
		!explore_all(ctx, run))
		return false;
	if (run->options->shard.count)
		return shard_tell(ctx, run);
	return explore_finish(&run->explore, threads_of(run), &run->findings) &&
		merge_complete(ctx, run) && completeness_tell(ctx, run) &&
		results_write(ctx, run);
}

static bool explore_models(struct ctx *ctx, struct dse_run *run)
{
	stop_init(&run->stop, run->options->time_limit);
	if (!inputs_read(ctx, run))
		/* So do the others: none waits. */
		return (run->remote.stopped = true, false);
	run->exploring = true;
	stop_when_searching(&run->stop);
	if (run->remote.rank == 0)
		return explore_and_write(ctx, run);
	remote_work(&run->remote, &run->explore);
	return true;
}

static bool options_agree(struct ctx *ctx, const struct arguments *arguments,
	const struct dse_run *run)
{
	const struct dse_options *options = run->options;
	if (!options->space)
		return usage_error(ctx, arguments->command,
			"option '--space' is missing: the designs to explore");
	if (run->merge && options->shard.count)
		return usage_error(ctx, arguments->command,
			"merge takes all shards: leave out --shard");
	if (run->remote.size > 1 && (run->merge || options->shard.count))
		return usage_error(ctx, arguments->command,
			"%s is for one process, not for mpirun",
			run->merge ? "merge" : "--shard");
	return ending_agrees(ctx, arguments->command, &options->ending);
}

static enum status dse_status(
	struct ctx *ctx, const struct arguments *arguments, struct dse_run *run)
{
	run->options = arguments->options;
	run->model_count = (size_t)arguments->count;
	run->models = arguments->operands;
	if (run->model_count && !strcmp(run->models[0], "merge")) {
		run->merge = true;
		run->model_count--;
		run->models++;
	}
	ctx->quiet = run->options->quiet;
	if (!options_agree(ctx, arguments, run))
		return (run->remote.stopped = true, STATUS_USAGE);
	return explore_models(ctx, run)
		? ending_status(&run->options->ending, run->early)
		: STATUS_REFUSED;
}

static enum status dse_run(struct ctx *ctx, const struct arguments *arguments)
{
	jmp_buf guard, *outer = ctx->arena.guard;
	FILE *messages = ctx->messages;
	struct dse_run *run = arena_alloc(&ctx->arena, sizeof *run);
	remote_join(&run->remote);
	/* Rank 0 says it for all. */
	if (run->remote.rank && (run->silence = fopen("/dev/null", "w")))
		ctx->messages = run->silence;
	ctx->arena.guard = &guard;
	/* Running out of memory leaves no temporary files behind. */
	if (setjmp(guard)) {
		run_release(run);
		longjmp(*outer, 1);
	}
	enum status status = dse_status(ctx, arguments, run);
	remote_leave(&run->remote);
	run_release(run);
	ctx->arena.guard = outer;
	ctx->messages = messages;
	if (run->silence)
		fclose(run->silence);
	return status;
}

/* clang-format off */
#define FIELD(name) offsetof(struct dse_options, name)
static const struct option dse_rows[] = {
	{.name = "space", .letter = 's', .values = "FILE",
	 .help = "the design space; docs/dse.md tells its form",
	 .take = take_text, .field = FIELD(space)},
	{.name = "output", .letter = 'o', .values = "DIR",
	 .help = "write into DIR, by default 'output'",
	 .take = take_text, .field = FIELD(out)},
	MODEL_OPTIONS(FIELD(model)),
	{.name = "objective", .values = "OBJECTIVE",
	 .help = "what every layer's execution method minimises, and by which "
		 "designs are ranked: edp (the default), energy or cycles",
	 .take = take_choice, .choices = objective_names,
	 .field = FIELD(objective)},
	{.name = "tiles", .values = "TILES",
	 .help = "which tiling factors are searched: perfect (the default), "
		 "those that divide the loops' bounds, which is faster; padded, "
		 "all, as compile does",
	 .take = take_choice, .choices = tile_names, .field = FIELD(tiles)},
	{.name = "front", .values = "METRICS",
	 .help = "metrics of the front, some of energy, cycles, edp, area and "
		 "power with commas between them; by default energy,cycles, "
		 "and area where the space has it",
	 .take = take_metrics, .field = FIELD(front)},
	{.name = "top", .values = "N",
	 .help = "list the N best designs, by default 5",
	 .take = take_positive, .field = FIELD(top)},
	{.name = "all",
	 .help = "search every design, also those that a bound keeps off the "
		 "front and the list",
	 .take = take_flag, .field = FIELD(all)},
	{.name = "time-limit", .values = "S",
	 .help = "end S seconds after the start, as SIGINT does, and write what "
		 "is known by then; the journal has it, too",
	 .take = take_seconds, .field = FIELD(time_limit)},
	ENDING_OPTIONS(FIELD(ending)),
	{.name = "times",
	 .help = "write when each design was searched and how long it took; "
		 "equal runs differ in this alone",
	 .take = take_flag, .field = FIELD(times)},
	{.name = "shard", .values = "I/N",
	 .help = "search the designs of shard I, from 0 to N-1, into a journal "
		 "that 'dse merge' reads",
	 .take = take_shard, .field = FIELD(shard)},
	{.name = "threads", .letter = 'j', .values = "N",
	 .help = "search on N threads, by default one per CPU, under mpirun "
		 "one; the results do not depend on it",
	 .take = take_positive, .field = FIELD(threads)},
	{.name = "quiet", .letter = 'q',
	 .help = "print errors, and what is left out of a model, only",
	 .take = take_flag, .field = FIELD(quiet)},
	{0},
};
/* clang-format on */

static const struct dse_options dse_defaults = {.out = "output", .top = 5};

const struct command command_dse = {
	.name = "dse",
	.operands = "[merge] [MODEL...]",
	.least = 0,
	.most = INT_MAX,
	.summary = "find the best accelerators of a design space for models",
	.text = "Searches every design of the space to its proven optimum for "
		"the MODELs, or for the space's own workloads when none is "
		"named, and writes designs.csv, designs.xlsx, designs.html, "
		"sensitivity.csv and best.json, the architecture file of the "
		"best design.\n"
		"A run that is ended early writes what is known, with exit "
		"status 3, and goes on from its journal when it is started "
		"again. 'mpirun -n K nestwright-mpi dse ...' spreads "
		"the designs over processes; --shard does it for schedulers "
		"without MPI, and 'nestwright dse merge' with the same models, "
		"space and folder writes the results of all shards.",
	.options = dse_rows,
	.options_bytes = sizeof(struct dse_options),
	.defaults = &dse_defaults,
	.run = dse_run,
};
