/* Shape and value rules, one node at a time: tests/shape_cases*.txt, whose
 * shapes onnx's own inference confirms (tests/tools/shape_oracle.py), and the
 * same nodes with their numbers spoilt. */
#include "passes/infer.h"

#include "tests/cmocka.h"
#include "tests/shape_case.h"
#include "tests/times.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 1024 };

static const char *const case_files[] = {
	"tests/shape_cases.txt", "tests/shape_cases_signed.txt",
	"tests/shape_cases_sequence.txt"};
enum { CASE_FILES = sizeof case_files / sizeof *case_files };

static FILE *cases_open(const char *name)
{
	FILE *file = fopen(name, "r");
	if (!file)
		fail_msg("no %s: run from the repository's top", name);
	return file;
}

static bool line_next(FILE *file, char line[LINE_BYTES])
{
	while (fgets(line, LINE_BYTES, file))
		if (line[0] != '#' && line[0] != '\n')
			return true;
	return false;
}

static bool element_is(const struct tensor *tensor, int64_t i, const char *want)
{
	bool known = !tensor->unknown || !tensor->unknown[i];
	if (*want == 'u')
		return !known;
	if (!known)
		return false;
	if (tensor->ints)
		return tensor->ints[i] == strtoll(want, NULL, 10);
	return tensor->floats[i] == strtod(want, NULL);
}

/* "(2x3+4x3)", "()", and of unknown length "(..2x?)" */
static const char *sequence_text(struct ctx *ctx, const struct value *value)
{
	const struct sequence *s = value->sequence;
	if (!s)
		return arena_printf(&ctx->arena, "(..%s)",
			value->shape.rank == RANK_UNKNOWN
				? "*"
				: shape_text(ctx, &value->shape));
	const char *text = "(";
	for (int64_t i = 0; i < s->length; i++)
		text = arena_printf(&ctx->arena, "%s%s%s", text, i ? "+" : "",
			shape_text(ctx, &s->element[i].shape));
	return arena_printf(&ctx->arena, "%s)", text);
}

static bool output_is(
	struct ctx *ctx, const struct value *out, const char *want)
{
	char text[LINE_BYTES];
	snprintf(text, sizeof text, "%s", want);
	if (out->is_sequence || *want == '(')
		return out->is_sequence &&
			strcmp(sequence_text(ctx, out), want) == 0;
	char *equals = strchr(text, '=');
	if (equals)
		*equals = '\0';
	char *word = strtok(text, " ");
	if (isalpha((unsigned char)*word)) {
		if (strcmp(word, dtype_name(out->type)) != 0)
			return false;
		word = strtok(NULL, " ");
	}
	struct shape shape = shape_case_dims(ctx, word);
	if (shape.rank != out->shape.rank)
		return false;
	for (int i = 0; i < shape.rank; i++)
		if (shape.dim[i] != out->shape.dim[i])
			return false;
	if (!equals)
		return true;
	if (!out->data || out->data->type != out->type)
		return false;
	int64_t i = 0;
	for (char *number = strtok(equals + 1, " ,"); number;
		number = strtok(NULL, " ,"))
		if (i >= out->data->count ||
			!element_is(out->data, i++, number))
			return false;
	return i == out->data->count;
}

/* What became of an output, for the message of a failure. */
static void output_print(struct ctx *ctx, const struct value *out)
{
	print_error("    %s is %s %s", out->name, dtype_name(out->type),
		out->is_sequence ? sequence_text(ctx, out)
				 : shape_text(ctx, &out->shape));
	for (int64_t i = 0; out->data && i < out->data->count; i++) {
		const struct tensor *t = out->data;
		print_error(i ? "," : " = ");
		if (t->unknown && t->unknown[i])
			print_error("u");
		else if (t->ints)
			print_error("%lld", (long long)t->ints[i]);
		else
			print_error("%.17g", t->floats[i]);
	}
	print_error("\n");
}

static bool case_holds(const char *line)
{
	struct ctx ctx;
	struct shape_case c;
	char *messages = NULL;
	size_t length = 0;
	FILE *sink = open_memstream(&messages, &length);
	ctx_init(&ctx, sink, NULL);
	shape_case_read(&ctx, line, &c);
	bool refused = !shapes_infer(&ctx, &c.model);
	fflush(sink);
	bool holds = c.node.op;
	if (c.want[0][0] == '!') {
		holds = holds && refused && ctx.errors == 1 &&
			strstr(messages, c.want[0] + 2);
	} else {
		holds = holds && !refused;
		for (size_t k = 0; k < c.want_count; k++)
			holds = holds && output_is(&ctx, &c.out[k], c.want[k]);
	}
	if (!holds) {
		print_error("%s    %s", line, messages);
		for (size_t k = 0; k < c.want_count; k++)
			output_print(&ctx, &c.out[k]);
	}
	fclose(sink);
	free(messages);
	ctx_release(&ctx);
	return holds;
}

static void every_case_holds(void **state)
{
	(void)state;
	char line[LINE_BYTES];
	int bad = 0, count = 0;
	for (int f = 0; f < CASE_FILES; f++) {
		FILE *file = cases_open(case_files[f]);
		for (; line_next(file, line); count++)
			bad += !case_holds(line);
		fclose(file);
	}
	print_message("%d cases\n", count);
	assert_int_equal(bad, 0);
}

/* --- spoilt numbers ------------------------------------------------------ */

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static int64_t odd_number(uint64_t *state)
{
	static const int64_t numbers[] = {0, 1, -1, 2, -2, 3, 5, 7, 31, 32, 33,
		64, 255, 65536, 65537, INT32_MAX, INT32_MIN, (int64_t)1 << 53,
		(int64_t)1 << 62, INT64_MAX, INT64_MIN, INT64_MIN + 1};
	return numbers[next_random(state) %
		(sizeof numbers / sizeof numbers[0])];
}

static void tensor_spoil(struct ctx *ctx, struct tensor *t, uint64_t *state)
{
	if (!t || !t->count)
		return;
	size_t i = (size_t)(next_random(state) % (uint64_t)t->count);
	if (next_random(state) % 4 == 0) {
		if (!t->unknown)
			t->unknown = arena_alloc(&ctx->arena, (size_t)t->count);
		t->unknown[i] = 1;
		if (t->ints)
			t->ints[i] = -1 - (int64_t)(next_random(state) % 3);
	} else if (t->ints) {
		t->ints[i] = odd_number(state);
	} else {
		static const double numbers[] = {0, -1, 1e-30, 1e30, 1e300, 0.5,
			INFINITY, -INFINITY, NAN};
		t->floats[i] = numbers[next_random(state) % 9];
	}
}

/* A dimension, a rank, a constant or an attribute is no longer what the node
 * was made for. */
static void case_spoil(struct ctx *ctx, struct shape_case *c, uint64_t *state)
{
	struct node *node = &c->node;
	size_t k = next_random(state) % CASE_IO;
	struct value *in = k < node->input_count ? node->input[k] : NULL;
	switch (next_random(state) % 8) {
	case 0:
	case 1:
		if (in && in->sequence && in->sequence->length) {
			size_t i = next_random(state) %
				(uint64_t)in->sequence->length;
			struct shape *shape = &in->sequence->element[i].shape;
			int64_t dim = odd_number(state);
			if (shape->rank > 0)
				shape->dim[0] = dim < -4 ? -1 : dim;
		} else if (in && in->shape.rank > 0 && !in->data) {
			int64_t dim = odd_number(state);
			size_t i =
				next_random(state) % (uint64_t)in->shape.rank;
			in->shape.dim[i] = dim < -4 ? -1 : dim;
		}
		break;
	case 2:
		if (in && !in->data) {
			int64_t dims[RANK_MAX];
			int rank = (int)(next_random(state) % (RANK_MAX + 1));
			for (int i = 0; i < rank; i++)
				dims[i] = (int64_t)(next_random(state) % 4);
			in->shape = shape_make(ctx, rank, dims);
		}
		break;
	case 3:
		if (in && next_random(state) % 4 == 0)
			node->input[k] = NULL;
		else if (in)
			in->data = NULL;
		break;
	case 4:
		if (node->input_count && next_random(state) % 4 == 0)
			node->input_count--;
		else if (k < node->output_count)
			node->output[k] = NULL;
		break;
	case 5:
		tensor_spoil(ctx, in ? in->data : NULL, state);
		break;
	default:
		if (!node->attr_count)
			break;
		struct attr *attr =
			&node->attr[next_random(state) % node->attr_count];
		int64_t *ints = NULL;
		if (attr->kind == ATTR_INT || attr->kind == ATTR_INTS)
			ints = arena_memdup(&ctx->arena, attr->as.ints,
				attr->count * sizeof *ints);
		if (ints && next_random(state) % 6 == 0)
			attr->count = attr->kind == ATTR_INTS
				? next_random(state) % (attr->count + 1)
				: 1;
		if (ints && attr->count)
			ints[next_random(state) % attr->count] =
				odd_number(state);
		if (ints)
			attr->as.ints = ints;
		break;
	}
}

/* Nothing crashes, and what comes out is a shape. */
static void file_is_survived(const char *name, uint64_t random)
{
	enum { CASES = 80 };
	char line[LINE_BYTES];
	FILE *file = cases_open(name), *sink = fopen("/dev/null", "w");
	while (line_next(file, line))
		for (unsigned i = 0; i < CASES * times_wanted(); i++) {
			struct ctx ctx;
			struct shape_case c;
			ctx_init(&ctx, sink, NULL);
			shape_case_read(&ctx, line, &c);
			size_t times = 1 + next_random(&random) % 4;
			for (size_t k = 0; k < times; k++)
				case_spoil(&ctx, &c, &random);
			bool ok = shapes_infer(&ctx, &c.model);
			assert_int_equal(ok, ctx.errors == 0);
			for (size_t k = 0; k < c.want_count; k++)
				assert_in_range(c.out[k].shape.rank + 1, 0,
					RANK_MAX + 1);
			ctx_release(&ctx);
		}
	fclose(sink);
	fclose(file);
}

static void spoilt_cases_are_survived(void **state)
{
	(void)state;
	for (int f = 0; f < CASE_FILES; f++)
		file_is_survived(case_files[f], 88172645463325252u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_case_holds),
		cmocka_unit_test(spoilt_cases_are_survived),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
