/* The pipeline. The table at the end is its table of contents; a stage is a
 * function above it, in the same order. */
#include "lib/compilation.h"

#include "codegen/set.h"
#include "import/formats.h"
#include "import/onnx_graph.h"
#include "ir/fork.h"
#include "mapper/forms.h"
#include "passes/infer.h"
#include "schedule/sensitivity.h"

#include <assert.h>
#include <string.h>

/* --- file -> layers ------------------------------------------------------- */

static bool dims_given(const struct dim_options *dims)
{
	return dims->dim_count || dims->batch_size || dims->input_count ||
		dims->value_count;
}

static bool run_import(struct ctx *ctx, struct compilation *c)
{
	const struct compile_request *request = c->request;
	const struct loc loc = {.file = c->path};
	const struct import_format *format = import_format_of(c->path);
	const struct import_options options = {
		.external_links = request->external_links};
	struct imported imported = {0};
	if (!format->open_dims && dims_given(&request->dims))
		return diag_error(ctx, &loc,
			"%s has no open dimensions: leave out --dim, "
			"--batch-size, --input and --value",
			format->name);
	bool ok = format->read(ctx, c->path, &options, &imported);
	c->model = imported.model;
	c->layers = imported.layers;
	return ok;
}

static bool run_bind(struct ctx *ctx, struct compilation *c)
{
	return !c->model || dims_bind(ctx, c->model, &c->request->dims);
}

static bool run_infer(struct ctx *ctx, struct compilation *c)
{
	return !c->model || shapes_infer(ctx, c->model);
}

static bool run_lower(struct ctx *ctx, struct compilation *c)
{
	return !c->model || lower_model(ctx, c->model, &c->layers);
}

/* No node that the request does not let pass, some layers, and of them those
 * that are wanted. */
static bool run_select(struct ctx *ctx, struct compilation *c)
{
	const struct compile_request *request = c->request;
	const struct loc loc = {.file = c->path};
	if (!layers_admit(ctx, c->path, &c->layers, &request->admission))
		return false;
	layers_tell_unresolved(ctx, c->path, &c->layers);
	if (!c->layers.count)
		return diag_error(ctx, &loc,
			"the model has no convolution or matrix product%s",
			request->purpose ? request->purpose : "");
	layers_tell_left_out(ctx, c->path, &c->layers);
	return (!request->select ||
		       request->select(request->select_arg, ctx, c->path,
			       &c->layers)) &&
		forks_settle(ctx, &c->layers);
}

/* --- layers -> mappings --------------------------------------------------- */

/* Distinct nests, which the machine's numbers can hold. */
static bool run_merge(struct ctx *ctx, struct compilation *c)
{
	const struct arch *arch = c->request->arch;
	enum burst_rule rule = c->request->rule;
	bool ok = true;
	if (arch)
		forms_admit(&c->layers, arch, rule);
	if (!network_make(ctx, &c->layers, &c->network))
		return false;
	for (size_t i = 0; arch && i < c->network.count; i++) {
		const struct distinct_nest *d = &c->network.nests[i];
		const struct loc loc = {.file = c->path, .node = d->example};
		ok &= cost_check(
			ctx, &loc, &d->nest, arch, rule, TILES_PERFECT);
	}
	return ok;
}

static struct search_options search_options_of(const struct compilation *c)
{
	const struct compile_request *request = c->request;
	return (struct search_options){
		.rule = request->rule,
		.tiles = request->tiles,
		.front = request->pareto || request->whole,
		.limits = request->limits,
		.stop = request->stop,
		.watch = {.found = request->watch.found,
			.found_arg = request->watch.arg},
		.pruned = {.exhaustive = search_of(SEARCH_BRUTE),
			.relax = request->relax,
			.least = request->least},
		.network = {.cache = request->cache,
			.progress = request->watch.progress,
			.progress_arg = request->watch.arg},
	};
}

/* Whether a task has no mapping because the search was ended before it found
 * one: says so. */
static bool ended_without(struct ctx *ctx, struct compilation *c)
{
	const struct compile_watch *watch = &c->request->watch;
	for (size_t t = 0; t < c->network.task_count; t++) {
		const struct task *task = &c->network.tasks[t];
		bool found = false, cut = false;
		for (size_t f = 0; f < task->form_count; f++) {
			found |= c->results[task->forms[f].nest].feasible;
			cut |= c->results[task->forms[f].nest].cut;
		}
		if (found || !cut)
			continue;
		const char *cause =
			watch->cause ? watch->cause(watch->arg) : NULL;
		const struct loc loc = {.file = c->path,
			.node = c->network.nests[task->forms[0].nest].example};
		c->empty = true;
		diag_error(ctx, &loc,
			"%s ended the search before a mapping was found: "
			"nothing is written",
			cause ? cause : "the caller");
		return true;
	}
	return false;
}

static bool run_map(struct ctx *ctx, struct compilation *c)
{
	const struct compile_request *request = c->request;
	const struct compile_watch *watch = &request->watch;
	const struct search_options search = search_options_of(c);
	c->results =
		arena_array(&ctx->arena, c->network.count, sizeof *c->results);
	if (watch->begin)
		watch->begin(watch->arg, ctx, c, STAGE_MAP);
	bool ok = search_network(ctx, &c->network, request->arch,
		search_of(request->search), &search, request->threads,
		c->results);
	if (watch->end)
		watch->end(watch->arg);
	return ok && !ended_without(ctx, c) && misfits_settle(ctx, c, &search);
}

/* --- mappings -> plan ----------------------------------------------------- */

/* The layers' forms and mappings, as the goal wants, and the network's
 * trade-offs. */
static bool run_choose(struct ctx *ctx, struct compilation *c)
{
	const struct compile_request *request = c->request;
	const struct loc loc = {.file = c->path};
	c->plan = (struct plan){
		.name = c->plan.name,
		.searched = {&c->layers, &c->network, c->results},
		.arch = request->arch,
		.objective = request->objective,
		.search = search_names[request->search],
		.rule = request->rule,
		.tiles = request->tiles,
		.limits = request->limits,
		.pareto = request->pareto,
	};
	return (request->whole ? plan_choose(
					 ctx, &loc, &c->plan, &request->goal)
			       : plan_settle(ctx, &c->plan)) &&
		(!request->pareto || plan_add_hull(ctx, &loc, &c->plan));
}

static bool run_count(struct ctx *ctx, struct compilation *c)
{
	c->uncounted = plan_count_mapspaces(ctx, &c->plan, c->request->stop,
		c->request->threads);
	return true;
}

static bool run_vary(struct ctx *ctx, struct compilation *c)
{
	const struct compile_request *request = c->request;
	const struct compile_watch *watch = &request->watch;
	const struct search_options search = search_options_of(c);
	if (!request->sensitivity)
		return true;
	if (watch->begin)
		watch->begin(watch->arg, ctx, c, STAGE_VARY);
	bool ok = sensitivity_search(ctx, &c->plan, search_of(request->search),
		&search, request->threads);
	if (watch->end)
		watch->end(watch->arg);
	return ok;
}

static bool run_place(struct ctx *ctx, struct compilation *c)
{
	return plan_place(ctx, &c->plan);
}

static bool run_plan(struct ctx *ctx, struct compilation *c)
{
	if (!plan_finish(ctx, &c->plan))
		return false;
	gains_find(ctx, &c->plan);
	return true;
}

static bool run_write(struct ctx *ctx, struct compilation *c)
{
	assert(c->out);
	return set_write(ctx, &c->plan, c->out);
}

/* --- the pipeline --------------------------------------------------------- */

/* clang-format off */
static const struct stage_row stages[STAGES] = {
	/*                name      run         verify           shown     print */
	[STAGE_IMPORT] = {"import", run_import, verify_graph,    "graph",  dump_graph},
	[STAGE_BIND]   = {"bind",   run_bind,   NULL,            NULL,     NULL},
	[STAGE_INFER]  = {"infer",  run_infer,  verify_shapes,   "shapes", dump_shapes},
	[STAGE_LOWER]  = {"lower",  run_lower,  verify_layers,   "layers", dump_layers},
	[STAGE_SELECT] = {"select", run_select, verify_layers,   NULL,     NULL},
	[STAGE_MERGE]  = {"merge",  run_merge,  verify_nests,    "nests",  dump_nests},
	[STAGE_MAP]    = {"map",    run_map,    verify_mappings, NULL,     NULL},
	[STAGE_CHOOSE] = {"choose", run_choose, NULL,            NULL,     NULL},
	[STAGE_COUNT]  = {"count",  run_count,  NULL,            NULL,     NULL},
	[STAGE_VARY]   = {"vary",   run_vary,   NULL,            NULL,     NULL},
	[STAGE_PLACE]  = {"place",  run_place,  verify_schedule, NULL,     NULL},
	[STAGE_PLAN]   = {"plan",   run_plan,   verify_plan,     "plan",   dump_plan},
	[STAGE_WRITE]  = {"write",  run_write,  NULL,            NULL,     NULL},
};
/* clang-format on */

const char *const dump_names[] = {
	"graph", "shapes", "layers", "nests", "plan", NULL};

bool stages_run(struct ctx *ctx, const struct stage_row rows[STAGES],
	struct compilation *c, enum stage last)
{
	const struct loc loc = {.file = c->path};
	for (; c->next <= last; c->next++) {
		const struct stage_row *row = &rows[c->next];
		if (!row->run(ctx, c))
			return false;
		const char *fault = row->verify ? row->verify(ctx, c) : NULL;
		if (fault)
			return diag_error(ctx, &loc,
				"internal error: after %s: %s", row->name,
				fault);
	}
	return true;
}

bool compile_until(struct ctx *ctx, struct compilation *c, enum stage last)
{
	return stages_run(ctx, stages, c, last);
}

const char *compile_dump(
	struct ctx *ctx, struct compilation *c, const char *what)
{
	struct text text = {.ctx = ctx};
	const struct loc loc = {.file = c->path};
	int s = 0;
	while (!stages[s].shown || strcmp(stages[s].shown, what) != 0)
		s++;
	if (!compile_until(ctx, c, (enum stage)s))
		return NULL;
	if (s < STAGE_LOWER && !c->model) {
		diag_error(ctx, &loc,
			"a model specification has no graph: it begins as "
			"layers");
		return NULL;
	}
	stages[s].print(&text, c);
	return text.bytes ? text.bytes : "";
}

/* --- a compilation from outside ------------------------------------------- */

struct compilation *compile_open(struct ctx *ctx, const char *path,
	const char *name, const struct compile_request *request)
{
	struct compilation *c = arena_alloc(&ctx->arena, sizeof *c);
	*c = (struct compilation){
		.path = path, .request = request, .plan.name = name};
	return c;
}

void compile_close(struct compilation *c)
{
	if (c && c->model)
		onnx_close(c->model);
	if (c)
		c->model = NULL;
}

void compile_into(struct compilation *c, struct out_set *out)
{
	c->out = out;
}

const char *stage_name(enum stage stage)
{
	return stages[stage].name;
}

const char *compile_path(const struct compilation *c)
{
	return c->path;
}

const struct model *compile_model(const struct compilation *c)
{
	return c->model;
}

struct layer_list *compile_layers(struct compilation *c)
{
	return &c->layers;
}

const struct network *compile_network(const struct compilation *c)
{
	return &c->network;
}

const struct plan *compile_plan(const struct compilation *c)
{
	return &c->plan;
}

size_t compile_uncounted(const struct compilation *c)
{
	return c->uncounted;
}

bool compile_empty(const struct compilation *c)
{
	return c->empty;
}
