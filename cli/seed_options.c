/* dMazeRunner's options put in terms of ours. */
#include "cli/seed_options.h"

#include "base/checked.h"
#include "codegen/spec_text.h"

#include <string.h>

const char *const frontend_names[] = {"mxnet", "keras", NULL};
const char *const operation_names[] = {"CONV", "GEMM", "DW_CONV", NULL};

bool take_texts(struct ctx *ctx, const struct option *option, const char *value,
	int k, void *field)
{
	(void)k;
	struct text_list *list = field;
	if (!*value)
		return option_error(ctx, option, "an empty name");
	list->texts = arena_grow(&ctx->arena, list->texts, list->count,
		&list->capacity, list->count + 1, sizeof *list->texts);
	list->texts[list->count++] = value;
	return true;
}

bool take_choices(struct ctx *ctx, const struct option *option,
	const char *value, int k, void *field)
{
	int choice;
	if (!take_choice(ctx, option, value, k, &choice))
		return false;
	*(unsigned *)field |= 1u << choice;
	return true;
}

/* How a network of a framework becomes an ONNX file. */
static const char *export_text(
	struct ctx *ctx, int frontend, const char *network)
{
	network = diag_quote(ctx, network);
	if (frontend == FRONTEND_KERAS - 1)
		return arena_printf(&ctx->arena,
			"save it in Keras as %s.keras, run 'python -m "
			"tf2onnx.convert --keras %s.keras --output %s.onnx'",
			network, network, network);
	return arena_printf(&ctx->arena,
		"hybridize and export('%s') it in MXNet, call "
		"mxnet.onnx.export_model('%s-symbol.json', '%s-0000.params', "
		"in_shapes=[(1, 3, 224, 224)], onnx_file_path='%s.onnx')",
		network, network, network, network);
}

bool seed_options_agree(struct ctx *ctx, const struct command *command,
	const struct seed_options *options, int operands, enum status *status)
{
	*status = STATUS_USAGE;
	bool models = operands || options->specs.count;
	if (options->frontend < 0 && options->names.count)
		return usage_error(ctx, command,
			"option '--models' names networks of a framework and "
			"goes with --frontend; a file is named without an "
			"option");
	if (options->frontend >= 0 && !options->names.count)
		return usage_error(ctx, command,
			"option '--frontend' wants --models NAME...");
	if (options->frontend >= 0 && models)
		return usage_error(ctx, command,
			"option '--frontend' only tells how to export networks "
			"to ONNX: leave it out where there are files to "
			"compile");
	*status = STATUS_REFUSED;
	for (size_t i = 0; i < options->names.count; i++)
		diag_error(ctx, NULL,
			"network '%s' of %s: Nestwright downloads nothing; %s "
			"and compile %s.onnx",
			diag_quote(ctx, options->names.texts[i]),
			frontend_names[options->frontend],
			export_text(ctx, options->frontend,
				options->names.texts[i]),
			diag_quote(ctx, options->names.texts[i]));
	if (options->names.count)
		return false;
	*status = STATUS_USAGE;
	if (!models)
		return usage_error(ctx, command, "MODEL... is missing");
	*status = STATUS_DONE;
	return true;
}

/* A specification says its layers' kinds; of an ONNX model they are what they
 * would be in one. */
static const char *layer_kind(const struct layer *layer)
{
	if (!layer->node || !layer->nest_count)
		return layer->op;
	return spec_kind(&layer->nests[0].nest);
}

static bool is_wanted(const struct layer *layer, unsigned operations)
{
	for (int i = 0; operation_names[i]; i++)
		if ((operations & 1u << i) &&
			!strcmp(operation_names[i], layer_kind(layer)))
			return true;
	return !operations;
}

static bool nests_equal(const struct layer_nest *a, const struct layer_nest *b)
{
	if (a->instances != b->instances || a->form_count != b->form_count ||
		!nest_equal(&a->nest, &b->nest))
		return false;
	for (size_t f = 0; f < a->form_count; f++)
		if (!nests_equal(&a->forms[f], &b->forms[f]))
			return false;
	return true;
}

static bool layers_equal(const struct layer *a, const struct layer *b)
{
	if (a->nest_count != b->nest_count || strcmp(a->op, b->op) != 0)
		return false;
	for (size_t i = 0; i < a->nest_count; i++)
		if (!nests_equal(&a->nests[i], &b->nests[i]))
			return false;
	return true;
}

/* The first kept layer that equals this one; NULL: none. */
static struct layer *equal_find(
	const struct layer_list *list, size_t kept, const struct layer *layer)
{
	for (size_t i = 0; i < kept; i++)
		if (layers_equal(&list->layers[i], layer))
			return &list->layers[i];
	return NULL;
}

bool seed_layers_select(struct ctx *ctx, const struct seed_options *options,
	const char *path, struct layer_list *list)
{
	const struct loc loc = {.file = path};
	size_t kept = 0, node = 0, count = list->count;
	if (options->filter_redundant && count && list->layers[0].node)
		return diag_error(ctx, &loc,
			"--filter-redundant-layers is for model "
			"specifications: the blob of an ONNX model needs all "
			"of its layers; equal ones are searched once anyway");
	for (size_t i = 0; i < count; i++) {
		const struct layer *layer = &list->layers[i];
		layers_keep_order(list, &node, i, kept);
		if (!is_wanted(layer, options->operations))
			continue;
		struct layer *first = options->filter_redundant
			? equal_find(list, kept, layer)
			: NULL;
		if (!first)
			list->layers[kept++] = *layer;
		else if (!add_ok(first->executions, layer->executions,
				 &first->executions))
			return diag_error(ctx, &loc,
				"layer '%s' and its equals are executed more "
				"than 2^63 times",
				diag_quote(ctx, first->name));
	}
	layers_keep_order(list, &node, count, kept);
	list->count = kept;
	if (count && !kept)
		return diag_error(ctx, &loc,
			"none of its %zu layers is of a kind of --operations",
			count);
	return true;
}
