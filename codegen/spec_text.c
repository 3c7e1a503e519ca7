/* Sizes of an entry are chosen so that reading it gives the nest again. */
#include "codegen/spec_text.h"

#include "base/checked.h"
#include "base/json_doc.h"

enum kind { KIND_CONV, KIND_GEMM, KIND_DW_CONV, KIND_COUNT };
static const char *const kind_names[KIND_COUNT] = {"CONV", "GEMM", "DW_CONV"};

static const struct nest_dim *dim_of(
	const struct nest_tensor *tensor, enum index index)
{
	for (int d = 0; d < tensor->dims; d++)
		if (tensor->dim[d].index == index)
			return &tensor->dim[d];
	return NULL;
}

static enum kind kind_of(const struct nest *nest)
{
	if (dim_of(&nest->tensor[OPND_O], INDEX_C))
		return KIND_DW_CONV;
	const struct nest_tensor *input = &nest->tensor[OPND_I];
	return dim_of(input, INDEX_ROWS) || dim_of(input, INDEX_COLUMNS)
		? KIND_CONV
		: KIND_GEMM;
}

const char *spec_kind(const struct nest *nest)
{
	return kind_names[kind_of(nest)];
}

/* Rows or columns of the padded image, no more than the windows need: from what
 * is left over no further one must fit. */
static int64_t image_size(const struct nest *nest, enum index index)
{
	const struct nest_dim *dim = dim_of(&nest->tensor[OPND_I], index);
	int64_t used = index_extent(nest, index, nest->bound);
	int64_t most = used + nest->stride[index - INDEX_ROWS] - 1;
	int64_t size = dim ? dim->size : used;
	return size < most ? size : most;
}

/* What the reader makes of the entry. */
static struct nest nest_read_back(const struct nest *nest, enum kind kind)
{
	const int64_t *b = nest->bound;
	const int64_t image[2] = {
		image_size(nest, INDEX_ROWS), image_size(nest, INDEX_COLUMNS)};
	const int64_t filter[2] = {b[LOOP_FX], b[LOOP_FY]};
	struct nest made = kind == KIND_GEMM
		? nest_gemm(b[LOOP_N], b[LOOP_M], b[LOOP_C], false, false)
		: (kind == KIND_CONV ? nest_conv : nest_depthwise)(b[LOOP_N],
			  b[LOOP_M], b[LOOP_C], image, filter, nest->stride,
			  nest->dilation);
	for (int o = 0; o < OPND_COUNT; o++)
		made.tensor[o].type = nest->tensor[o].type;
	return made;
}

static void put(cJSON *entry, const char *key, int count, const int64_t *sizes)
{
	cJSON *list = cJSON_AddArrayToObject(entry, key);
	for (int i = 0; i < count; i++)
		cJSON_AddItemToArray(list, json_whole(sizes[i]));
}

static cJSON *entry_make(
	const char *name, const struct nest *nest, enum kind kind, int64_t runs)
{
	const int64_t *b = nest->bound;
	cJSON *entry = cJSON_CreateObject();
	cJSON_AddStringToObject(entry, "name", name);
	if (kind == KIND_GEMM) {
		put(entry, "size_tensor_A", 2,
			(int64_t[]){b[LOOP_N], b[LOOP_C]});
		put(entry, "size_tensor_B", 2,
			(int64_t[]){b[LOOP_C], b[LOOP_M]});
	} else {
		bool depthwise = kind == KIND_DW_CONV;
		put(entry, "size_tensor_A", 4,
			(int64_t[]){b[LOOP_N], b[LOOP_C],
				image_size(nest, INDEX_ROWS),
				image_size(nest, INDEX_COLUMNS)});
		put(entry, "size_tensor_B", 4,
			(int64_t[]){depthwise ? b[LOOP_C] : b[LOOP_M],
				depthwise ? 1 : b[LOOP_C], b[LOOP_FX],
				b[LOOP_FY]});
		put(entry, "strides", AXIS_COUNT, nest->stride);
		if (nest->dilation[AXIS_ROWS] != 1 ||
			nest->dilation[AXIS_COLUMNS] != 1)
			put(entry, "dilations", AXIS_COUNT, nest->dilation);
		if (depthwise && b[LOOP_M] != 1)
			cJSON_AddItemToObject(
				entry, "multiplier", json_whole(b[LOOP_M]));
	}
	if (runs != 1)
		cJSON_AddItemToObject(entry, "instances", json_whole(runs));
	return entry;
}

const char *spec_text(
	struct ctx *ctx, const struct layer_list *list, struct spec_loss *loss)
{
	cJSON *lists[KIND_COUNT] = {0}, *root = cJSON_CreateObject();
	*loss = (struct spec_loss){0};
	bool ok = true;
	for (size_t i = 0; ok && i < list->count; i++) {
		const struct layer *layer = &list->layers[i];
		const struct loc loc = {.file = list->model,
			.node = layer->name,
			.op = layer->op};
		loss->aside += layer->aside;
		if (layer->aside)
			continue;
		for (size_t k = 0; ok && k < layer->nest_count; k++) {
			const struct layer_nest *ln = &layer->nests[k];
			enum kind kind = kind_of(&ln->nest);
			struct nest made = nest_read_back(&ln->nest, kind);
			int64_t runs = 0;
			ok = mul_ok(layer->executions, ln->instances, &runs) ||
				diag_error(ctx, &loc,
					"it runs more than 2^63 times");
			if (!nest_equal(&made, &ln->nest) && !loss->layouts++)
				loss->example = layer->name;
			if (!lists[kind])
				lists[kind] = cJSON_CreateArray();
			cJSON_AddItemToArray(lists[kind],
				entry_make(layer->nest_count == 1
						? layer->name
						: arena_printf(&ctx->arena,
							  "%s#%zu", layer->name,
							  k),
					&ln->nest, kind, runs));
		}
	}
	for (int k = 0; k < KIND_COUNT; k++)
		if (lists[k])
			cJSON_AddItemToObject(root, kind_names[k], lists[k]);
	const char *text = json_text(ctx, root);
	return ok ? text : NULL;
}
