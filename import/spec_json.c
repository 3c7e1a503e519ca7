/* The three lists entry by entry; all that is wrong is told before it ends. */
#include "import/spec_json.h"

#include "base/checked.h"
#include "base/json_doc.h"
#include "base/path.h"

#include <string.h>

/* What reading shares. */
struct spec {
	struct ctx *ctx;
	const struct json_doc *doc;
	struct layer_list *list;
	size_t capacity;
	const cJSON *entry; /* the layer being read */
};

/* Sizes that nest_verify can look at: it refuses what is too large. */
static const int64_t size_max = (int64_t)1 << 52;

enum { A_SIZES = 4 };

static bool sizes_read(struct spec *s, const char *key, int count, int64_t *out)
{
	return json_ints(s->ctx, s->doc,
		json_need(s->ctx, s->doc, s->entry, key), count, 1, size_max,
		out);
}

/* False when a window does not fit its image. */
static bool window_check(struct spec *s, const int64_t a[A_SIZES],
	const int64_t b[A_SIZES], const int64_t dilation[AXIS_COUNT])
{
	static const char *const axes[2] = {"rows", "columns"};
	for (int i = 0; i < 2; i++) {
		int64_t window;
		if (mul_ok(b[2 + i] - 1, dilation[i], &window) &&
			window < a[2 + i])
			continue;
		struct loc loc = json_loc(
			s->doc, json_member(s->entry, "size_tensor_B"));
		return diag_error(s->ctx, &loc,
			"filter has %lld %s%s, the padded input has %lld",
			(long long)b[2 + i], axes[i],
			dilation[i] == 1 ? "" : " before dilation",
			(long long)a[2 + i]);
	}
	return true;
}

/* A reader fills nest and shapes of the layer from the current entry. */
typedef bool layer_read(struct spec *s, struct layer *layer, struct nest *nest);

static bool window_layer_read(
	struct spec *s, bool depthwise, struct layer *layer, struct nest *nest)
{
	int64_t a[A_SIZES], b[A_SIZES], strides[AXIS_COUNT];
	int64_t dilation[AXIS_COUNT] = {1, 1}, multiplier = 1;
	const cJSON *more = json_member(s->entry, "multiplier");
	if (!sizes_read(s, "size_tensor_A", A_SIZES, a) ||
		!sizes_read(s, "size_tensor_B", A_SIZES, b) ||
		!sizes_read(s, "strides", AXIS_COUNT, strides) ||
		(json_member(s->entry, "dilations") &&
			!sizes_read(s, "dilations", AXIS_COUNT, dilation)) ||
		(more &&
			!json_int(s->ctx, s->doc, more, 1, size_max,
				&multiplier)) ||
		!window_check(s, a, b, dilation))
		return false;
	if (depthwise) {
		struct loc loc = json_loc(s->doc, more);
		if (!mul_ok(a[1], multiplier, &b[0]))
			return diag_error(s->ctx, &loc,
				"channels times multiplier do not fit in 64 "
				"bits");
		b[1] = 1;
		*nest = nest_depthwise(a[0], multiplier, a[1], &a[2], &b[2],
			strides, dilation);
	} else if (a[1] != b[1]) {
		struct loc loc = json_loc(
			s->doc, json_member(s->entry, "size_tensor_B"));
		return diag_error(s->ctx, &loc,
			"size_tensor_B has %lld input channels, size_tensor_A "
			"has %lld",
			(long long)b[1], (long long)a[1]);
	} else {
		*nest = nest_conv(
			a[0], b[0], a[1], &a[2], &b[2], strides, dilation);
	}
	layer->input_shape = shape_make(s->ctx, A_SIZES, a);
	layer->weight_shape = shape_make(s->ctx, A_SIZES, b);
	layer->output_shape = shape_make(s->ctx, A_SIZES,
		(int64_t[]){a[0], b[0], nest->bound[LOOP_OX],
			nest->bound[LOOP_OY]});
	return true;
}

static bool conv_read(struct spec *s, struct layer *layer, struct nest *nest)
{
	return window_layer_read(s, false, layer, nest);
}

static bool depthwise_read(
	struct spec *s, struct layer *layer, struct nest *nest)
{
	layer->name = arena_printf(&s->ctx->arena, "%s_depthwise", layer->name);
	return window_layer_read(s, true, layer, nest);
}

static bool gemm_read(struct spec *s, struct layer *layer, struct nest *nest)
{
	int64_t a[2], b[2];
	if (!sizes_read(s, "size_tensor_A", 2, a) ||
		!sizes_read(s, "size_tensor_B", 2, b))
		return false;
	if (a[1] != b[0]) {
		struct loc loc = json_loc(
			s->doc, json_member(s->entry, "size_tensor_B"));
		return diag_error(s->ctx, &loc,
			"size_tensor_B has %lld rows, size_tensor_A has %lld "
			"columns",
			(long long)b[0], (long long)a[1]);
	}
	*nest = nest_gemm(a[0], b[1], a[1], false, false);
	layer->input_shape = shape_make(s->ctx, 2, a);
	layer->weight_shape = shape_make(s->ctx, 2, b);
	layer->output_shape = shape_make(s->ctx, 2, (int64_t[]){a[0], b[1]});
	return true;
}

/* What dMazeRunner's files say besides, of which it reads nothing. */
#define COMMENTS "names_repeated_layers", "comment"

/* The kinds, in the order in which their lists are read. */
/* clang-format off */
static const struct {
	const char *key;
	layer_read *read;
	const char *const *keys;
} kinds[] = {
	{"CONV", conv_read,
		(const char *const[]){"name", "size_tensor_A", "size_tensor_B",
			"strides", "dilations", "instances", COMMENTS, NULL}},
	{"GEMM", gemm_read,
		(const char *const[]){"name", "size_tensor_A", "size_tensor_B",
			"instances", COMMENTS, NULL}},
	{"DW_CONV", depthwise_read,
		(const char *const[]){"name", "size_tensor_A", "size_tensor_B",
			"strides", "dilations", "multiplier", "instances",
			COMMENTS, NULL}},
};
/* clang-format on */

enum { KINDS = sizeof kinds / sizeof *kinds };

/* Where the layer's operands lie: the spec has no tensors, so pitches are those
 * of the nest. */
static void place_fill(struct layer_nest *ln)
{
	for (int o = 0; o < OPND_COUNT; o++)
		for (int d = 0; d < ln->nest.tensor[o].dims; d++)
			ln->place[o].pitch[d] = ln->nest.tensor[o].dim[d].pitch;
	ln->instances = 1;
	ln->depth.loop = -1;
}

static bool entry_read(struct spec *s, int kind)
{
	struct ctx *ctx = s->ctx;
	struct layer_list *list = s->list;
	struct loc loc = json_loc(s->doc, s->entry);
	if (!cJSON_IsObject(s->entry))
		return diag_error(ctx, &loc, "expected a layer, found %s",
			json_kind(s->entry));
	const char *name = json_string(ctx, s->doc, s->entry, "name");
	if (!json_keys(ctx, s->doc, s->entry, kinds[kind].keys) || !name)
		return false;

	struct layer_nest *ln = arena_alloc(&ctx->arena, sizeof *ln);
	struct layer layer = {.index = list->count,
		.name = arena_strdup(&ctx->arena, name),
		.op = kinds[kind].key,
		.executions = 1,
		.executions_known = true,
		.nest_count = 1,
		.nests = ln};
	const cJSON *instances = json_member(s->entry, "instances");
	if (instances &&
		!json_int(
			ctx, s->doc, instances, 1, size_max, &layer.executions))
		return false;
	if (!kinds[kind].read(s, &layer, &ln->nest) ||
		!nest_verify(ctx, &loc, &ln->nest))
		return false;
	place_fill(ln);
	layer.output_name = layer.name;
	layer.macs = nest_macs(&ln->nest);
	int64_t macs;
	if (!mul_ok(layer.macs, layer.executions, &macs) ||
		!add_ok(list->total_macs, macs, &list->total_macs))
		return diag_error(ctx, &loc,
			"the model has more than 2^63 multiplications");
	list->layers = arena_grow(&ctx->arena, list->layers, list->count,
		&s->capacity, list->count + 1, sizeof *list->layers);
	list->layers[list->count++] = layer;
	return true;
}

static bool doc_read(struct spec *s)
{
	const char *known[KINDS + 2] = {[KINDS] = "comment"};
	for (int k = 0; k < KINDS; k++)
		known[k] = kinds[k].key;
	const cJSON *root = s->doc->root;
	struct loc loc = json_loc(s->doc, root);
	if (!cJSON_IsObject(root))
		return diag_error(s->ctx, &loc,
			"expected a model specification (an object with CONV, "
			"GEMM or DW_CONV lists), found %s",
			json_kind(root));
	bool good = json_keys(s->ctx, s->doc, root, known);
	for (int k = 0; k < KINDS; k++) {
		if (!json_member(root, kinds[k].key))
			continue;
		const cJSON *layers =
			json_array(s->ctx, s->doc, root, kinds[k].key);
		good = layers && good;
		cJSON_ArrayForEach(s->entry, layers) good =
			entry_read(s, k) && good;
	}
	if (good && s->list->count == 0)
		return diag_error(s->ctx, &loc,
			"no layers: expected entries in CONV, GEMM or DW_CONV");
	return good;
}

bool spec_parse(
	struct ctx *ctx, const struct json_doc *doc, struct layer_list *out)
{
	*out = (struct layer_list){.model = path_base(doc->path)};
	return doc_read(&(struct spec){.ctx = ctx, .doc = doc, .list = out});
}

bool spec_read(struct ctx *ctx, const char *path, struct layer_list *out)
{
	struct json_doc doc;
	if (!json_read(ctx, path, &doc))
		return false;
	bool good = spec_parse(ctx, &doc, out);
	json_release(&doc);
	return good;
}
