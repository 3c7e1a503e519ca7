#include "cli/model.h"

#include "import/onnx_graph.h"
#include "import/spec_json.h"
#include "passes/infer.h"
#include "passes/lower.h"

#include <string.h>

/* text up to end as a whole number from 0, or -1 when it is none. */
static int64_t size_parse(const char *text, const char *end)
{
	int64_t size = text < end ? 0 : -1;
	for (const char *s = text; s < end; s++) {
		if (*s < '0' || *s > '9' || size > INT64_MAX / 10 - 1)
			return -1;
		size = size * 10 + (*s - '0');
	}
	return size;
}

bool take_dim(struct ctx *ctx, const struct option *option, const char *value,
	int k, void *field)
{
	(void)k;
	struct dim_options *options = field;
	/* A dimension's name may hold '=': the last one counts. */
	const char *equals = strrchr(value, '=');
	if (!equals || equals == value)
		return option_error(ctx, option,
			"expected %s, as in batch=4, found '%s'",
			option->values, diag_quote(ctx, value));
	const char *digits = equals + 1;
	int64_t size = size_parse(digits, digits + strlen(digits));
	if (size < 0)
		return option_error(ctx, option,
			"expected a whole number, 0 or more, after '%s', found "
			"'%s'",
			diag_quote(ctx,
				arena_strndup(&ctx->arena, value,
					(size_t)(digits - value))),
			diag_quote(ctx, digits));
	struct dim_value *dims =
		arena_array(&ctx->arena, options->dim_count + 1, sizeof *dims);
	if (options->dim_count)
		memcpy(dims, options->dims, options->dim_count * sizeof *dims);
	dims[options->dim_count++] = (struct dim_value){
		arena_strndup(&ctx->arena, value, (size_t)(equals - value)),
		size};
	options->dims = dims;
	return true;
}

/* "1x3x224x224"; "" is a scalar's. */
static bool shape_parse(struct ctx *ctx, const char *text, struct shape *out)
{
	int64_t dims[RANK_MAX];
	int rank = 0;
	for (const char *s = text; *text; s++) {
		const char *end = s + strcspn(s, "x");
		int64_t size = size_parse(s, end);
		if (size < 0 || rank == RANK_MAX)
			return false;
		dims[rank++] = size;
		if (!*end)
			break;
		s = end;
	}
	*out = shape_make(ctx, rank, dims);
	return true;
}

bool take_input(struct ctx *ctx, const struct option *option, const char *value,
	int k, void *field)
{
	(void)k;
	struct dim_options *options = field;
	const char *equals = strrchr(value, '=');
	struct shape shape;
	if (!equals || equals == value || !shape_parse(ctx, equals + 1, &shape))
		return option_error(ctx, option,
			"expected %s, as in x=1x3x224x224, found '%s'",
			option->values, diag_quote(ctx, value));
	struct input_shape *inputs = arena_array(
		&ctx->arena, options->input_count + 1, sizeof *inputs);
	if (options->input_count)
		memcpy(inputs, options->inputs,
			options->input_count * sizeof *inputs);
	inputs[options->input_count++] = (struct input_shape){
		arena_strndup(&ctx->arena, value, (size_t)(equals - value)),
		shape};
	options->inputs = inputs;
	return true;
}

bool take_value(struct ctx *ctx, const struct option *option, const char *value,
	int k, void *field)
{
	(void)k;
	struct dim_options *options = field;
	const char *equals = strrchr(value, '=');
	if (!equals || equals == value)
		return option_error(ctx, option,
			"expected %s, as in sr=16000, found '%s'",
			option->values, diag_quote(ctx, value));
	struct input_value *values = arena_array(
		&ctx->arena, options->value_count + 1, sizeof *values);
	if (options->value_count)
		memcpy(values, options->values,
			options->value_count * sizeof *values);
	values[options->value_count++] = (struct input_value){
		arena_strndup(&ctx->arena, value, (size_t)(equals - value)),
		equals + 1};
	options->values = values;
	return true;
}

/* A text whose first character is a brace; an ONNX file cannot begin so. What
 * cannot be opened is left for the reader to report. */
static bool is_json(const char *path)
{
	char head[512];
	FILE *f = fopen(path, "rb");
	if (!f)
		return false;
	size_t n = fread(head, 1, sizeof head - 1, f);
	fclose(f);
	head[n] = '\0';
	const char *s = head;
	if (!strncmp(s, "\xef\xbb\xbf", 3))
		s += 3;
	s += strspn(s, " \t\r\n");
	return *s == '{' || *s == '[';
}

static bool dims_given(const struct dim_options *dims)
{
	return dims->dim_count || dims->batch_size || dims->input_count ||
		dims->value_count;
}

bool model_load(struct ctx *ctx, const char *path,
	const struct model_options *options, struct loaded_model *out)
{
	*out = (struct loaded_model){0};
	if (is_json(path)) {
		const struct loc loc = {.file = path};
		if (dims_given(&options->dims))
			return diag_error(ctx, &loc,
				"a model specification has no open dimensions: "
				"leave out --dim, --batch-size, --input and "
				"--value");
		return spec_read(ctx, path, &out->layers);
	}
	return (options->external_links ? onnx_read_trusted : onnx_read)(
		       ctx, path, &out->model) &&
		dims_bind(ctx, out->model, &options->dims) &&
		shapes_infer(ctx, out->model) &&
		lower_model(ctx, out->model, &out->layers);
}

void model_unload(struct loaded_model *loaded)
{
	if (loaded->model)
		onnx_close(loaded->model);
	*loaded = (struct loaded_model){0};
}
