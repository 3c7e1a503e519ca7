/* The layers of a blob as the pieces of a crew's job. */
#include "sim/verify.h"

#include "base/crew.h"
#include "sim/verify_step.h"

#include <string.h>

struct verification {
	struct ctx *ctx; /* the caller's */
	const char *path;
	const struct nwcfg *cfg;
	const struct verify_options *options;
	struct verified *out;
	size_t next, done; /* layers begun, finished; under the crew's lock */
};

bool verified_layer_holds(const struct verified_layer *layer)
{
	return !layer->fault && !layer->different &&
		account_holds(&layer->account);
}

/* --- one layer ------------------------------------------------------------ */

static size_t layer_next(void *arg)
{
	struct verification *v = arg;
	return v->next < v->out->count && !search_stopped(v->options->stop)
		? v->next++
		: CREW_END;
}

static bool layer_run(void *arg, struct ctx *ctx, size_t index)
{
	struct verification *v = arg;
	struct verified_layer *layer = &v->out->layer[index];
	struct step_run run = {.ctx = ctx,
		.cfg = v->cfg,
		.options = v->options,
		.layer = layer->layer,
		.out = layer};
	const struct loc loc = {
		.file = v->path, .node = layer->name, .op = layer->op};
	nwcfg_load_step(
		nwcfg_record(v->cfg, NWCFG_STEP, layer->step), &run.step);
	return step_verify(&run, &loc);
}

/* Moves a text of the result from the layer's memory to the caller's, without
 * its jump: this may be another thread. */
static bool text_keep(struct verification *v, const char **text)
{
	if (!*text)
		return true;
	size_t size = strlen(*text) + 1;
	char *copy = arena_try_alloc(&v->ctx->arena, size);
	*text = copy ? memcpy(copy, *text, size) : NULL;
	return copy != NULL;
}

static bool layer_keep(void *arg, struct ctx *ctx, size_t index, bool ok)
{
	(void)ctx, (void)ok;
	struct verification *v = arg;
	struct verified_layer *layer = &v->out->layer[index];
	bool note = text_keep(v, &layer->note);
	bool fault = text_keep(v, &layer->fault);
	bool first = text_keep(v, &layer->first);
	v->done++;
	if (v->options->progress)
		v->options->progress(
			v->options->progress_arg, v->done, v->out->count);
	return note && fault && first;
}

/* --- all ------------------------------------------------------------------ */

static bool is_chosen(const struct verify_options *options, size_t index)
{
	for (size_t i = 0; i < options->layer_count; i++)
		if (options->layers[i] == (int64_t)index)
			return true;
	return !options->layer_count;
}

/* The layer of the model that a layer of the blob was made from: the first of
 * its name and operator from *next on, as the blob may have been made of some
 * layers alone. NULL: there is none. */
static const struct layer *layer_find(const struct layer_list *model,
	const char *name, const char *op, size_t *next)
{
	while (*next < model->count) {
		const struct layer *layer = &model->layers[(*next)++];
		if (!strcmp(layer->name, name) && !strcmp(layer->op, op))
			return layer;
	}
	return NULL;
}

/* The layers of the blob that are to be verified. */
static bool layers_list(struct ctx *ctx, const char *path,
	const struct nwcfg *cfg, const struct verify_options *options,
	struct verified *out)
{
	const struct loc loc = {.file = path};
	const struct layer_list *model = options->model;
	uint32_t steps = nwcfg_count(cfg, NWCFG_STEP);
	size_t layers = 0, next = 0;
	*out = (struct verified){0};
	out->layer = arena_array(&ctx->arena, steps, sizeof *out->layer);
	for (uint32_t s = 0; s < steps; s++) {
		struct nwcfg_step step;
		nwcfg_load_step(nwcfg_record(cfg, NWCFG_STEP, s), &step);
		if (step.kind != NWCFG_STEP_LAYER)
			continue;
		const char *name = nwcfg_string(cfg, step.name);
		const char *op = nwcfg_string(cfg, step.op);
		struct verified_layer layer = {.step = s,
			.index = layers,
			.name = diag_quote(ctx, name),
			.op = diag_quote(ctx, op)};
		if (model)
			layer.layer = layer_find(model, name, op, &next);
		if (model && !layer.layer)
			return diag_error(ctx, &loc,
				"not made from %s: layer %zu of the blob, %s "
				"'%s', is none of its %zu layers, or stands "
				"elsewhere among them",
				model->model, layers, layer.op, layer.name,
				model->count);
		if (is_chosen(options, layers))
			out->layer[out->count++] = layer;
		layers++;
	}
	for (size_t i = 0; i < options->layer_count; i++)
		if (options->layers[i] >= (int64_t)layers)
			return diag_error(ctx, &loc,
				"there is no layer %lld: the blob has %zu, "
				"numbered from 0",
				(long long)options->layers[i], layers);
	return true;
}

/* Leaves those alone that came to an end. */
static void layers_keep(struct verified *out)
{
	size_t kept = 0;
	for (size_t i = 0; i < out->count; i++)
		if (out->layer[i].done)
			out->layer[kept++] = out->layer[i];
	out->ended = out->count - kept;
	out->count = kept;
}

bool verify_run(struct ctx *ctx, const char *path, const struct nwcfg *cfg,
	const struct verify_options *options, struct verified *out)
{
	if (!layers_list(ctx, path, cfg, options, out))
		return false;
	struct verification v = {.ctx = ctx,
		.path = path,
		.cfg = cfg,
		.options = options,
		.out = out};
	const struct crew_job job = {&v, layer_next, layer_run, layer_keep};
	int threads = options->threads;
	if (options->progress)
		options->progress(options->progress_arg, 0, out->count);
	bool ok = crew_run(ctx, &job,
		(size_t)threads < out->count ? threads : (int)out->count);
	layers_keep(out);
	for (size_t i = 0; i < out->count; i++)
		out->wrong += !verified_layer_holds(&out->layer[i]);
	return ok;
}
