#include "sim/verify.h"

#include "sim/verify_step.h"

#include <pthread.h>
#include <string.h>

/* Shared by the workers; the lock guards what follows it. */
struct crew {
	struct ctx *ctx;
	const char *path;
	const struct nwcfg *cfg;
	const struct verify_options *options;
	struct verified *out;
	pthread_mutex_t lock;
	size_t next, done; /* layers begun, finished */
	bool failed, out_of_memory;
};

bool verified_layer_holds(const struct verified_layer *layer)
{
	return !layer->fault && !layer->different &&
		account_holds(&layer->account);
}

/* --- one layer ------------------------------------------------------------ */

/* Runs out of memory by returning false with *memory set. */
static bool guarded_verify(struct crew *crew, struct ctx *ctx,
	struct verified_layer *layer, bool *memory)
{
	jmp_buf guard;
	struct step_run run = {.ctx = ctx,
		.cfg = crew->cfg,
		.options = crew->options,
		.layer = layer->layer,
		.out = layer};
	const struct loc loc = {
		.file = crew->path, .node = layer->name, .op = layer->op};
	ctx_init(ctx, crew->ctx->messages, &guard);
	*memory = setjmp(guard) != 0;
	if (*memory)
		return false;
	nwcfg_load_step(
		nwcfg_record(crew->cfg, NWCFG_STEP, layer->step), &run.step);
	return step_verify(&run, &loc);
}

/* Moves a text of the result from the layer's memory to the caller's, without
 * its jump: this may be another thread. */
static void keep(struct crew *crew, const char **text)
{
	if (!*text)
		return;
	size_t size = strlen(*text) + 1;
	char *copy = arena_try_alloc(&crew->ctx->arena, size);
	crew->out_of_memory |= !copy;
	*text = copy ? memcpy(copy, *text, size) : NULL;
}

static void layer_verify(struct crew *crew, size_t index)
{
	struct verified_layer *layer = &crew->out->layer[index];
	struct ctx ctx;
	bool memory;
	bool ok = guarded_verify(crew, &ctx, layer, &memory);
	pthread_mutex_lock(&crew->lock);
	keep(crew, &layer->note);
	keep(crew, &layer->fault);
	keep(crew, &layer->first);
	crew->failed |= !ok;
	crew->out_of_memory |= memory;
	crew->done++;
	if (crew->options->progress)
		crew->options->progress(crew->options->progress_arg, crew->done,
			crew->out->count);
	pthread_mutex_unlock(&crew->lock);
	ctx_release(&ctx);
}

static void *crew_work(void *arg)
{
	struct crew *crew = arg;
	for (;;) {
		bool ended = search_stopped(crew->options->stop);
		pthread_mutex_lock(&crew->lock);
		bool more = !crew->failed && !ended &&
			crew->next < crew->out->count;
		size_t index = crew->next;
		crew->next += more;
		pthread_mutex_unlock(&crew->lock);
		if (!more)
			return NULL;
		layer_verify(crew, index);
	}
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
	struct crew crew = {.ctx = ctx,
		.path = path,
		.cfg = cfg,
		.options = options,
		.out = out};
	int threads = options->threads, helpers = 0;
	pthread_t *helper = arena_array(&ctx->arena,
		threads > 1 ? (size_t)threads - 1 : 1, sizeof *helper);
	pthread_mutex_init(&crew.lock, NULL);
	if (options->progress)
		options->progress(options->progress_arg, 0, out->count);
	while (helpers < threads - 1 && (size_t)helpers + 1 < out->count &&
		pthread_create(&helper[helpers], NULL, crew_work, &crew) == 0)
		helpers++;
	crew_work(&crew);
	for (int i = 0; i < helpers; i++)
		pthread_join(helper[i], NULL);
	pthread_mutex_destroy(&crew.lock);
	if (crew.out_of_memory) /* as if it had been this thread */
		arena_array(&ctx->arena, SIZE_MAX, SIZE_MAX);
	layers_keep(out);
	for (size_t i = 0; i < out->count; i++)
		out->wrong += !verified_layer_holds(&out->layer[i]);
	return !crew.failed;
}
