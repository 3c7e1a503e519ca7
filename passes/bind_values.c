/* Numbers given by the user as constants of an input's type and shape. */
#include "passes/bind_values.h"

#include "passes/value_rule.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int64_t values_count(const char *list)
{
	int64_t count = *list != '\0';
	for (; *list; list++)
		count += *list == ',';
	return count;
}

/* Digits, perhaps with a sign; what leaves 64 bits is out of range, too. */
static bool whole_read(const char *text, int64_t *out, bool *fits)
{
	const char *digits = text + (*text == '-' || *text == '+');
	if (!*digits || digits[strspn(digits, "0123456789")])
		return false;
	errno = 0;
	*out = strtoll(text, NULL, 10);
	*fits = errno == 0;
	return true;
}

static bool bool_read(const char *text, int64_t *out)
{
	*out = !strcasecmp(text, "true") || !strcmp(text, "1");
	return *out || !strcasecmp(text, "false") || !strcmp(text, "0");
}

static bool float_read(const char *text, double *out)
{
	const char *number = text + (*text == '-' || *text == '+');
	bool name = !strcasecmp(number, "inf") || !strcasecmp(number, "nan");
	char *end;
	*out = strtod(text, &end);
	/* No hexadecimal, no blanks. */
	return name ||
		(*text && !*end && !text[strspn(text, "0123456789.eE+-")]);
}

/* Element i of the tensor. */
static bool element_set(struct infer *inf, struct tensor *tensor, int64_t i,
	const char *text, bool *fits)
{
	int64_t whole = 0;
	double real;
	*fits = true;
	if (tensor->floats) {
		if (!float_read(text, &real))
			return false;
		tensor_set_float(tensor, i, real);
		*fits = !isinf(tensor->floats[i]) ||
			strpbrk(text, "iI") != NULL;
		return true;
	}
	if (tensor->type == DTYPE_BOOL ? !bool_read(text, &whole)
				       : !whole_read(text, &whole, fits))
		return false;
	tensor_set_int(inf, tensor, i, whole);
	*fits = *fits && tensor_known(tensor, i) && tensor->ints[i] == whole;
	return true;
}

static const char *literals(enum dtype type)
{
	return type == DTYPE_BOOL      ? "true or false"
		: dtype_is_float(type) ? "a number, as in 0.5"
				       : "a whole number";
}

static bool type_takes_values(enum dtype type)
{
	return dtype_is_integer(type) || type == DTYPE_FLOAT ||
		type == DTYPE_DOUBLE || type == DTYPE_FLOAT16 ||
		type == DTYPE_BFLOAT16;
}

bool values_bind(struct ctx *ctx, const struct loc *loc, struct value *in,
	const char *list)
{
	const char *name = diag_quote(ctx, in->name);
	struct infer inf = {.ctx = ctx, .budget = CONST_ELEMS_MAX};
	int64_t count = values_count(list), elems;
	if (!type_takes_values(in->type))
		return diag_error(ctx, loc,
			"--value %s: input '%s' is of %s, of which values are "
			"not taken",
			name, name, dtype_name(in->type));
	if (!shape_elems(&in->shape, &elems) || elems != count)
		return diag_error(ctx, loc,
			"--value %s: %lld value%s, input '%s' is %s", name,
			(long long)count, count == 1 ? "" : "s", name,
			shape_text(ctx, &in->shape));
	struct tensor *tensor = tensor_make(&inf, in->type, &in->shape);
	if (!tensor)
		return diag_error(ctx, loc,
			"--value %s: input '%s' is %s, values are taken of %d "
			"elements at most",
			name, name, shape_text(ctx, &in->shape),
			CONST_ELEMS_MAX);
	for (int64_t i = 0; i < count; i++, list += strcspn(list, ",") + 1) {
		const char *text =
			arena_strndup(&ctx->arena, list, strcspn(list, ","));
		bool fits;
		if (!element_set(&inf, tensor, i, text, &fits))
			return diag_error(ctx, loc,
				"--value %s: expected %s, input '%s' is of "
				"%s; found '%s'",
				name, literals(in->type), name,
				dtype_name(in->type), diag_quote(ctx, text));
		if (!fits)
			return diag_error(ctx, loc,
				"--value %s: %s is out of range for %s", name,
				diag_quote(ctx, text), dtype_name(in->type));
	}
	in->data = tensor;
	return true;
}
