/* The values of the options with which a model is read. */
#include "cli/model.h"

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

struct compile_request model_request(const struct model_options *options)
{
	return (struct compile_request){.dims = options->dims,
		.external_links = options->external_links};
}
