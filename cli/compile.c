/* nestwright compile: models -> execution methods and configuration blobs.
 *
 * In two steps: every model is read and searched, and all that is wrong is
 * reported; only then the files of all of them are written, together. */
#include "cli/cli.h"

#include "base/path.h"
#include "cli/depfile.h"
#include "cli/layer_choice.h"
#include "cli/limit_options.h"
#include "cli/model.h"
#include "cli/progress.h"
#include "cli/results.h"
#include "cli/search_work.h"
#include "cli/seed_options.h"
#include "cli/status.h"
#include "cli/stop.h"
#include "codegen/layers_json.h"
#include "lib/nestwright.h"
#include "mapper/search_cache.h"
#include "schedule/sensitivity.h"

#include <limits.h>
#include <setjmp.h>
#include <string.h>

struct compile_options {
	struct model_options model;
	struct seed_options seed;
	const char *arch, *out, *depfile, *cache; /* NULL: not given */
	/* Indices of choices; tiles, dump: -1 where not given. */
	int search, tiles, objective, dump;
	int64_t threads;           /* 0: one per CPU */
	double time_limit;         /* seconds; 0: none */
	double min_utilization[3]; /* PE, RF, SPM; below 0: not given */
	int64_t min_exec_methods;  /* 0: not given */
	/* Of the whole model, 0: none. */
	int64_t max_network_cycles, max_network_energy;
	struct text_list layers; /* indices or names; none: all */
	struct ending_options ending;
	struct limits limits; /* what the user names; more in min_utilization */
	bool compat, allow_unresolved, strict, quiet, pareto, sensitivity;
	bool no_feature_dram, no_spatial_reduction, auto_optimize;
	bool plain_files;
};

static const char *const tile_names[] = {
	[TILES_PERFECT] = "perfect", [TILES_PADDED] = "padded", NULL};
/* --objective: one of a nest's, or one of the whole network. */
enum { OBJECTIVE_NETWORK_EDP = OBJ_COUNT };
static const char *const goal_names[] = {
#define OBJECTIVE(id, name, unit, exact, value, least, power) name,
#include "mapper/objectives.def"
#undef OBJECTIVE
	[OBJECTIVE_NETWORK_EDP] = "network-edp",
	NULL,
};

/* All of one run; in the arena, so that it outlasts a jump. */
struct compile_run {
	const struct compile_options *options;
	struct arch arch;
	struct compile_request request; /* of every model */
	size_t count;
	const char **names;          /* [count], of outputs */
	struct compilation **models; /* [count] */
	struct outputs out;          /* a set a model */
	bool out_open;
	struct text told; /* when all is written */
	struct search_cache cache;
	struct stop stop;
	struct progress progress;
	bool early; /* not all is proven, because it was ended */
	bool none;  /* and something has no mapping: nothing is written */
};

/* Removes staged files, closes models. Safe at any time, and twice. */
static void run_release(struct compile_run *run)
{
	progress_stop(&run->progress);
	if (run->out_open)
		outputs_discard(&run->out);
	run->out_open = false;
	for (size_t i = 0; i < run->count; i++)
		compile_close(run->models[i]);
	stop_release(&run->stop);
}

/* NAME of a path to NAME.onnx or NAME.json, fit for a file name. */
static const char *output_name(struct ctx *ctx, const char *path)
{
	struct arena *arena = &ctx->arena;
	const char *name = path_stem(arena, path, ".onnx");
	if (!strcmp(name, path_base(path)))
		name = path_stem(arena, path, ".json");
	return out_safe_name(ctx, name);
}

/* Two models must not write the same files. */
static bool names_differ(struct ctx *ctx, const struct compile_run *run)
{
	bool ok = true;
	for (size_t i = 0; i < run->count; i++) {
		const struct loc loc = {.file = compile_path(run->models[i])};
		for (size_t k = 0; k < i; k++) {
			if (strcmp(run->names[i], run->names[k]) != 0)
				continue;
			ok = diag_error(ctx, &loc,
				"its outputs would be named '%s', as those of "
				"'%s': compile the two into different folders "
				"(-o)",
				run->names[i],
				diag_quote(ctx, compile_path(run->models[k])));
			break;
		}
	}
	return ok;
}

/* Padded ones, too, unless the comparison is with dMazeRunner, which has
 * perfect ones alone. */
static enum tile_sizes tiles_chosen(const struct compile_options *options)
{
	if (options->tiles >= 0)
		return (enum tile_sizes)options->tiles;
	return options->search == SEARCH_PRUNED || options->compat
		? TILES_PERFECT
		: TILES_PADDED;
}

/* --layer-index, --operations, --filter-redundant-layers */
static bool layers_keep(
	void *arg, struct ctx *ctx, const char *path, struct layer_list *list)
{
	const struct compile_options *options = arg;
	return layers_select(ctx, &options->layers, path, list) &&
		seed_layers_select(ctx, &options->seed, path, list);
}

/* The thresholds of an architecture file are the pruned search's. */
static struct limits limits_chosen(
	const struct compile_options *options, const struct arch *arch)
{
	struct limits limits = options->limits;
	if (options->auto_optimize) {
		const struct limits first = limits_auto();
		limits.min_pe_use = first.min_pe_use;
		limits.min_rf_use = first.min_rf_use;
		limits.min_spm_use = first.min_spm_use;
		limits.no_spatial_reduction = first.no_spatial_reduction;
		limits.no_feature_dram = first.no_feature_dram;
	} else if (options->search == SEARCH_PRUNED) {
		limits.min_pe_use = arch->min_pe_use;
		limits.min_rf_use = arch->min_rf_use;
		limits.min_spm_use = arch->min_spm_use;
	}
	if (options->min_utilization[0] >= 0) {
		limits.min_pe_use = options->min_utilization[0];
		limits.min_rf_use = options->min_utilization[1];
		limits.min_spm_use = options->min_utilization[2];
	}
	limits.no_spatial_reduction |= options->no_spatial_reduction;
	limits.no_feature_dram |= options->no_feature_dram;
	return limits;
}

/* Whether mappings are chosen for the network as a whole, and what for. */
static bool network_goal(
	const struct compile_options *options, struct network_goal *goal)
{
	bool whole = options->objective == OBJECTIVE_NETWORK_EDP;
	*goal = (struct network_goal){
		.aim = whole
			? AIM_EDP
			: network_aim_of((enum objective)options->objective),
		.cap = options->max_network_cycles
			? options->max_network_cycles
			: options->max_network_energy,
	};
	return goal->cap || whole;
}

/* --- progress ------------------------------------------------------------- */

/* What is searched for, weighted by how often a nest runs: those that do not,
 * not at all. */
struct gauge {
	struct compile_run *run;
	const struct network *network;
};

static void watch_search(struct ctx *ctx, struct gauge *gauge)
{
	struct compile_run *run = gauge->run;
	const struct network *network = gauge->network;
	const struct compile_request *request = &run->request;
	progress_expect(&run->progress, network->count,
		search_work(ctx, network, search_of(request->search),
			request->tiles),
		run->stop.search.deadline);
	progress_expect_gaps(&run->progress, network->count,
		arena_array(&ctx->arena, network->count, sizeof(double)),
		arena_array(&ctx->arena, network->count, sizeof(double)));
}

static void watch_begin(void *arg, struct ctx *ctx, const struct compilation *c,
	enum stage stage)
{
	struct gauge *gauge = arg;
	struct compile_run *run = gauge->run;
	gauge->network = compile_network(c);
	progress_start(&run->progress, run->options->quiet,
		arena_printf(&ctx->arena, "%s: %s", compile_plan(c)->name,
			stage == STAGE_MAP ? "searching" : "sensitivity"),
		"nests");
	if (stage == STAGE_MAP)
		watch_search(ctx, gauge);
	else
		progress_expect(&run->progress,
			RESOURCE_COUNT * gauge->network->count, NULL,
			run->stop.search.deadline);
}

static void watch_end(void *arg)
{
	struct gauge *gauge = arg;
	progress_stop(&gauge->run->progress);
}

static void watch_progress(void *arg, size_t done, size_t total)
{
	struct gauge *gauge = arg;
	progress_report(&gauge->run->progress, done, total);
}

static void watch_found(void *arg, size_t nest, enum objective objective,
	double value, double bound)
{
	const struct gauge *gauge = arg;
	double runs = (double)gauge->network->nests[nest].instances;
	if (objective == gauge->run->request.objective)
		progress_found(&gauge->run->progress, nest, runs * value,
			runs * bound);
}

static const char *watch_cause(void *arg)
{
	const struct gauge *gauge = arg;
	return stop_cause(&gauge->run->stop);
}

/* --- the pipeline --------------------------------------------------------- */

static struct compile_request request_of(
	struct ctx *ctx, struct compile_run *run)
{
	const struct compile_options *options = run->options;
	struct compile_request request = model_request(&options->model);
	struct gauge *gauge = arena_alloc(&ctx->arena, sizeof *gauge);
	gauge->run = run;
	request.admission =
		(struct admission){.unresolved = options->allow_unresolved,
			.strict = options->strict};
	request.select = layers_keep;
	request.select_arg = (void *)options;
	request.purpose = " to compile";
	request.arch = &run->arch;
	request.rule = options->compat ? BURST_COMPAT : BURST_TRUE;
	request.search = (enum search_method)options->search;
	request.tiles = tiles_chosen(options);
	request.limits = limits_chosen(options, &run->arch);
	request.relax = options->auto_optimize;
	request.least =
		options->auto_optimize ? AUTO_LEAST : options->min_exec_methods;
	request.whole = network_goal(options, &request.goal);
	/* Of a network's goal: what is shown while searching. */
	request.objective = options->objective < OBJ_COUNT
		? (enum objective)options->objective
		: OBJ_EDP;
	request.pareto = options->pareto;
	request.sensitivity = options->sensitivity;
	request.threads = thread_count(options->threads);
	request.cache = options->cache ? &run->cache : NULL;
	request.stop = &run->stop.search;
	request.watch = (struct compile_watch){.begin = watch_begin,
		.end = watch_end,
		.progress = watch_progress,
		.found = watch_found,
		.cause = watch_cause,
		.arg = gauge};
	return request;
}

/* Up to the plan, and what is to be said of it. */
static bool model_compile(
	struct ctx *ctx, struct compile_run *run, struct compilation *c)
{
	const char *path = compile_path(c);
	const struct plan *plan = compile_plan(c);
	if (!compile_until(ctx, c, STAGE_PLAN)) {
		run->none |= compile_empty(c);
		return false;
	}
	tiles_warn(ctx, path, plan);
	if (run->options->ending.require_proof &&
		!proof_require(ctx, path, plan))
		return false;
	run->early |= unproven_warn(
		ctx, path, plan, compile_uncounted(c), stop_cause(&run->stop));
	if (run->options->sensitivity && !plan->sensitivity) {
		const char *cause = stop_cause(&run->stop);
		diag_alert(ctx, &(struct loc){.file = path},
			"%s ended the search: no gains (--sensitivity)",
			cause ? cause : "the time limit");
		run->early = true;
	}
	poor_fits_warn(ctx, path, plan);
	return true;
}

/* What the outputs are made from, for the build that called us: [run->count].
 */
static struct dependency *dependencies_of(
	struct ctx *ctx, const struct compile_run *run)
{
	struct dependency *all =
		arena_array(&ctx->arena, run->count, sizeof *all);
	for (size_t i = 0; i < run->count; i++) {
		const char **sources =
			arena_array(&ctx->arena, 2, sizeof *sources);
		all[i].sources = sources;
		sources[all[i].count++] = compile_path(run->models[i]);
		if (run->options->arch)
			sources[all[i].count++] = run->options->arch;
		all[i].target = arena_printf(&ctx->arena, "%s/%s.nwcfg",
			run->options->out, run->names[i]);
	}
	return all;
}

/* What was found, and where it will lie. */
static void results_tell(struct ctx *ctx, struct compile_run *run)
{
	const struct plan **plans =
		arena_array(&ctx->arena, run->count, sizeof *plans);
	run->told = (struct text){.ctx = ctx};
	for (size_t i = 0; i < run->count; i++)
		plans[i] = compile_plan(run->models[i]);
	results_text(&run->told, run->count, plans);
	files_text(&run->told, &run->out);
}

/* Writes the files of all models, or nothing; then the depfile, which says that
 * they are there. */
static bool outputs_write(struct ctx *ctx, struct compile_run *run)
{
	const char *depfile = run->options->depfile
		? depfile_text(ctx, run->count, dependencies_of(ctx, run))
		: NULL;
	bool ok = true;
	run->out.interrupted = stop_interrupted();
	run->out.plain = run->options->plain_files;
	for (size_t i = 0; ok && i < run->count; i++) {
		compile_into(run->models[i],
			outputs_set(ctx, &run->out, run->names[i]));
		ok = compile_until(ctx, run->models[i], STAGE_WRITE);
	}
	if (!ok)
		return false;
	results_tell(ctx, run);
	return outputs_commit(ctx, &run->out) &&
		(!depfile ||
			file_write(ctx, run->options->depfile, depfile,
				strlen(depfile)));
}

/* outputs_write, with signals held back until what is staged has gone. */
static bool outputs_write_guarded(struct ctx *ctx, struct compile_run *run)
{
	stop_when_writing(&run->stop);
	if (!outputs_write(ctx, run)) {
		run_release(run);
		return false;
	}
	stop_when_written(
		&run->stop, ending_status(&run->options->ending, run->early));
	return true;
}

/* --list-layers */
static bool layers_list(struct ctx *ctx, const struct compile_run *run)
{
	for (size_t i = 0; i < run->count; i++)
		printf("%s%s", i ? "\n" : "",
			layers_text(ctx, compile_layers(run->models[i])));
	return true;
}

/* -d STAGE */
static bool dumps_print(struct ctx *ctx, struct compile_run *run)
{
	const char *what = dump_names[run->options->dump];
	bool ok = true;
	stop_when_searching(&run->stop);
	for (size_t i = 0; i < run->count; i++) {
		const char *text = compile_dump(ctx, run->models[i], what);
		if (text)
			printf("%s%s", i ? "\n" : "", text);
		ok &= text != NULL;
	}
	return ok;
}

/* All models: first all of what is wrong with them, then their searches, then
 * their files. */
static bool models_compile(struct ctx *ctx, struct compile_run *run)
{
	const struct compile_options *options = run->options;
	run->arch = arch_default();
	if (options->arch && !arch_read(ctx, options->arch, &run->arch))
		return false;
	run->request = request_of(ctx, run);
	if (options->dump >= 0)
		return dumps_print(ctx, run);
	bool ok = names_differ(ctx, run);
	if (options->depfile)
		ok &= depfile_check(ctx, options->depfile, run->count,
			dependencies_of(ctx, run));
	for (size_t i = 0; i < run->count; i++)
		ok &= compile_until(ctx, run->models[i], STAGE_MERGE);
	if (!ok || options->seed.list_layers)
		return ok && layers_list(ctx, run);
	if (options->ending.require_proof && options->search == SEARCH_PRUNED)
		return diag_error(ctx, NULL,
			"the pruned search proves nothing: nothing is written "
			"(--require-proof)");
	stop_when_searching(&run->stop);
	run->out_open = true;
	ok = outputs_open(ctx, options->out, &run->out) &&
		(!options->depfile || file_check(ctx, options->depfile)) &&
		(!options->cache ||
			search_cache_open(ctx, options->cache, &run->cache));
	for (size_t i = 0; ok && i < run->count; i++)
		ok = model_compile(ctx, run, run->models[i]);
	if (ok && options->cache)
		search_cache_close(ctx, &run->cache);
	if (!ok || !outputs_write_guarded(ctx, run))
		return false;
	if (!options->quiet)
		fputs(run->told.bytes, stdout);
	return true;
}

/* Options of the pruned search. */
static bool pruned_options_agree(struct ctx *ctx, const struct command *command,
	const struct compile_options *options)
{
	if (options->auto_optimize && options->min_exec_methods)
		return usage_error(ctx, command,
			"option '--auto-optimize' asks for %d mappings itself: "
			"leave out '--opt-min-exec-methods'",
			AUTO_LEAST);
	if (options->search == SEARCH_PRUNED)
		return options->tiles != TILES_PADDED ||
			usage_error(ctx, command,
				"--search pruned knows perfect tiles only: "
				"leave out '--tiles', or take --search exact");
	if (options->auto_optimize || options->min_exec_methods)
		return usage_error(ctx, command,
			"option '--%s' is of --search pruned: add that for "
			"dMazeRunner's search, or leave the option out for the "
			"optimum",
			options->auto_optimize ? "auto-optimize"
					       : "opt-min-exec-methods");
	return true;
}

/* Refuses options that the chosen search would ignore. */
static bool options_agree(struct ctx *ctx, const struct arguments *arguments)
{
	const struct compile_options *options = arguments->options;
	if (options->max_network_cycles && options->objective != OBJ_ENERGY &&
		options->objective != OBJECTIVE_NETWORK_EDP)
		return usage_error(ctx, arguments->command,
			"option '--max-network-cycles' goes with --objective "
			"energy or network-edp");
	if (options->max_network_energy && options->objective != OBJ_CYCLES)
		return usage_error(ctx, arguments->command,
			"option '--max-network-energy' goes with --objective "
			"cycles");
	return ending_agrees(ctx, arguments->command, &options->ending) &&
		pruned_options_agree(ctx, arguments->command, options);
}

static enum status compile_run(
	struct ctx *ctx, const struct arguments *arguments)
{
	const struct compile_options *options = arguments->options;
	const struct text_list *specs = &options->seed.specs;
	enum status status;
	if (!seed_options_agree(ctx, arguments->command, &options->seed,
		    arguments->count, &status))
		return status;
	if (!options_agree(ctx, arguments))
		return STATUS_USAGE;
	jmp_buf guard, *outer = ctx->arena.guard;
	struct compile_run *run = arena_alloc(&ctx->arena, sizeof *run);
	run->options = options;
	stop_init(&run->stop, run->options->time_limit);
	size_t operands = (size_t)arguments->count;
	run->count = operands + specs->count;
	run->names = arena_array(&ctx->arena, run->count, sizeof *run->names);
	run->models = arena_array(
		&ctx->arena, run->count, sizeof(struct compilation *));
	for (size_t i = 0; i < run->count; i++) {
		const char *path = i < operands ? arguments->operands[i]
						: specs->texts[i - operands];
		run->names[i] = output_name(ctx, path);
		run->models[i] =
			compile_open(ctx, path, run->names[i], &run->request);
	}
	ctx->quiet = run->options->quiet;
	ctx->arena.guard = &guard;
	/* Running out of memory leaves no temporary files behind. */
	if (setjmp(guard)) {
		run_release(run);
		longjmp(*outer, 1);
	}
	bool ok = models_compile(ctx, run);
	run_release(run);
	ctx->arena.guard = outer;
	if (run->none)
		stop_raise(&run->stop);
	return ok ? ending_status(&options->ending, run->early)
		  : STATUS_REFUSED;
}

/* clang-format off */
#define FIELD(name) offsetof(struct compile_options, name)
static const struct option compile_rows[] = {
	{.name = "arch-spec", .letter = 'a', .values = "FILE",
	 .help = "the accelerator; by default the one of "
		 "examples/arch/default.json",
	 .take = take_text, .field = FIELD(arch)},
	{.name = "output", .letter = 'o', .values = "DIR",
	 .help = "write into DIR, by default 'output'",
	 .take = take_text, .field = FIELD(out)},
	MODEL_OPTIONS(FIELD(model)),
	SEED_OPTIONS(FIELD(seed)),
	{.name = "layer-index", .values = "LAYER...",
	 .help = "compile only these layers: indices, as 'nestwright layers' "
		 "numbers them, or names",
	 .take = take_layers, .field = FIELD(layers)},
	{.name = "objective", .values = "OBJECTIVE",
	 .help = "what the written execution methods minimise: edp (the "
		 "default), energy or cycles of each layer; network-edp, "
		 "the model's energy times its cycles",
	 .take = take_choice, .choices = goal_names,
	 .field = FIELD(objective)},
	{.name = "max-network-cycles", .values = "N",
	 .help = "choose the layers' execution methods so that the model takes "
		 "at most N cycles; with --objective energy or network-edp",
	 .take = take_positive, .field = FIELD(max_network_cycles)},
	{.name = "max-network-energy", .values = "PJ",
	 .help = "choose them so that the model takes at most PJ pJ; with "
		 "--objective cycles",
	 .take = take_positive, .field = FIELD(max_network_energy)},
	{.name = "pareto",
	 .help = "write every layer's energy-cycles front, and the model's "
		 "trade-offs, into NAME.json and two tables",
	 .take = take_flag, .field = FIELD(pareto)},
	{.name = "search", .values = "SEARCH",
	 .help = "exact (the default) proves its optimum; brute costs every "
		 "mapping, for checking on small layers; pruned is "
		 "dMazeRunner's, without proof",
	 .take = take_choice, .choices = search_names, .field = FIELD(search)},
	{.name = "tiles", .values = "TILES",
	 .help = "which tiling factors are searched: padded (the default), "
		 "all, the last tile of a loop being padded where they do not "
		 "divide its bound; perfect, those that divide; the default "
		 "with --search pruned and --compat, as in dMazeRunner",
	 .take = take_choice, .choices = tile_names, .field = FIELD(tiles)},
	{.name = "threads", .letter = 'j', .values = "N",
	 .help = "search on N threads, by default one per CPU; the results "
		 "do not depend on it",
	 .take = take_positive, .field = FIELD(threads)},
	{.name = "time-limit", .values = "S",
	 .help = "end the search S seconds after the start, as SIGINT does, "
		 "and write the best found by then, marked as not proven",
	 .take = take_seconds, .field = FIELD(time_limit)},
	ENDING_OPTIONS(FIELD(ending)),
	{.name = "cache", .values = "DIR",
	 .help = "keep the results of searches in DIR, and take those that "
		 "are there, proofs included: what can write DIR is trusted "
		 "as the program is; the outputs do not depend on it",
	 .take = take_text, .field = FIELD(cache)},
	{.name = "auto-optimize",
	 .help = "pruned search: begin with the limits 0.8 0.8 0.5 and both "
		 "prunes, and relax them until there are 100 mappings",
	 .take = take_flag, .field = FIELD(auto_optimize)},
	{.name = "opt-min-exec-methods", .values = "N",
	 .help = "pruned search: give up on fewer than N mappings",
	 .take = take_positive, .field = FIELD(min_exec_methods)},
	{.name = "opt-min-utilization", .values = "PE RF SPM",
	 .help = "search only mappings that use at least these fractions of "
		 "the PEs, register files and scratchpad",
	 .take = take_fraction, .field = FIELD(min_utilization)},
	{.name = "opt-no-feature-dram",
	 .help = "search only mappings with the filter loops inside the "
		 "scratchpad",
	 .take = take_flag, .field = FIELD(no_feature_dram)},
	{.name = "opt-no-spatial-reduction",
	 .help = "search only mappings that do not add up across PEs",
	 .take = take_flag, .field = FIELD(no_spatial_reduction)},
	LIMIT_OPTIONS(FIELD(limits)),
	{.name = "sensitivity",
	 .help = "also tell how much the objective would gain from twice the "
		 "PEs, register files, scratchpad and DMA bandwidth: each an "
		 "exact search of its own",
	 .take = take_flag, .field = FIELD(sensitivity)},
	{.name = "compat",
	 .help = "cost padded inputs as dMazeRunner does, for comparing with "
		 "it",
	 .take = take_flag, .field = FIELD(compat)},
	{.name = "allow-unresolved",
	 .help = "leave out convolutions and matrix products whose sizes "
		 "cannot be known",
	 .take = take_flag, .field = FIELD(allow_unresolved)},
	{.name = "strict",
	 .help = "refuse a model with a node that computes products and "
		 "cannot be mapped",
	 .take = take_flag, .field = FIELD(strict)},
	{.name = "plain-files",
	 .help = "write plain files in place of links to a set of files that "
		 "changes as one; for file systems and copies that know no "
		 "links",
	 .take = take_flag, .field = FIELD(plain_files)},
	{.name = "depfile", .values = "FILE",
	 .help = "write the dependencies of the .nwcfg files, for Make and "
		 "Ninja",
	 .take = take_text, .field = FIELD(depfile)},
	{.name = "dump", .letter = 'd', .values = "STAGE",
	 .help = "print what a stage of the compiler leaves, and stop there: "
		 "graph, shapes, layers, nests or plan; nothing is written",
	 .take = take_choice, .choices = dump_names, .field = FIELD(dump)},
	{.name = "quiet", .letter = 'q',
	 .help = "print errors, and what is left out of a model, only",
	 .take = take_flag, .field = FIELD(quiet)},
	{0},
};
/* clang-format on */

static const struct compile_options compile_defaults = {
	.out = "output",
	.tiles = -1,
	.dump = -1,
	.min_utilization = {-1, -1, -1},
	.seed.frontend = -1,
};

const struct command command_compile = {
	.name = "compile",
	.operands = "MODEL...",
	.most = INT_MAX,
	.summary = "find the best execution methods of models and write them",
	.text = "A MODEL is an ONNX file or a dMazeRunner model specification "
		"in JSON. For NAME.onnx the output folder receives NAME.json "
		"(everything, for programs), NAME_summary.csv, "
		"NAME_per-layer.csv, NAME_methods/ with the execution method "
		"of every layer, and NAME.nwcfg, the configuration blob; with "
		"--sensitivity, NAME_sensitivity.csv.\n"
		"Nothing is written unless all of it can be. A search that is "
		"ended early, by --time-limit, SIGINT, SIGTERM or SIGHUP, "
		"leaves the best found so far, and exit status 3.",
	.options = compile_rows,
	.options_bytes = sizeof(struct compile_options),
	.defaults = &compile_defaults,
	.run = compile_run,
};
