/* nestwright run: executes a configuration blob on given tensors. */
#include "cli/cli.h"

#include "base/text.h"
#include "cli/model.h"
#include "codegen/config.h"
#include "codegen/nwcfg.h"
#include "codegen/outfile.h"
#include "codegen/set.h"
#include "import/onnx_graph.h"
#include "import/onnx_tensor_file.h"
#include "passes/bind_dims.h"
#include "passes/infer.h"
#include "sim/run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct path_list {
	size_t count, capacity;
	const char **at;
};

struct run_options {
	bool external_links;
	const char *model, *data; /* NULL: not given */
	struct path_list inputs, outputs, expects;
	struct dim_options values; /* of inputs, in place of a file */
	double tolerance;
};

extern const struct command command_run;

static void path_add(struct ctx *ctx, struct path_list *list, const char *path)
{
	list->at = arena_grow(&ctx->arena, list->at, list->count,
		&list->capacity, list->count + 1, sizeof(const char *));
	list->at[list->count++] = path;
}

static bool take_path(struct ctx *ctx, const struct option *option,
	const char *value, int k, void *field)
{
	(void)k;
	if (!*value)
		return option_error(ctx, option, "%s is empty", option->values);
	path_add(ctx, field, value);
	return true;
}

static bool take_tolerance(struct ctx *ctx, const struct option *option,
	const char *value, int k, void *field)
{
	(void)k;
	char *end;
	double x = strtod(value, &end);
	if (end == value || *end || !(x >= 0) || isinf(x))
		return option_error(ctx, option,
			"expected a number, 0 or more, found '%s'",
			diag_quote(ctx, value));
	*(double *)field = x;
	return true;
}

/* --- what is given -------------------------------------------------------- */

/* DIR/input_0.pb and so on, as many as there are. */
static void data_list(struct ctx *ctx, const char *dir, const char *what,
	struct path_list *list)
{
	for (size_t k = 0;; k++) {
		const char *path =
			arena_printf(&ctx->arena, "%s/%s_%zu.pb", dir, what, k);
		if (access(path, F_OK) != 0)
			return;
		path_add(ctx, list, path);
	}
}

/* "x, y" */
static const char *names_text(
	struct ctx *ctx, struct value *const *values, size_t count)
{
	const char *text = "";
	for (size_t i = 0; i < count; i++)
		text = arena_printf(&ctx->arena, "%s%s%s", text, i ? ", " : "",
			diag_quote(ctx, values[i]->name));
	return text;
}

/* The model's inputs or outputs: what each is called, and which. */
struct ends {
	const char *what;
	struct value *const *values;
	size_t count;
};

/* Reads a file for each, in their order. */
static bool tensors_read(struct ctx *ctx, const char *model,
	const struct ends *ends, const struct path_list *paths,
	struct value ***out)
{
	size_t count = ends->count;
	struct loc loc = {.file = model};
	if (paths->count != count)
		return diag_error(ctx, &loc,
			"the model has %zu %s%s (%s), %zu file%s given", count,
			ends->what, count == 1 ? "" : "s",
			names_text(ctx, ends->values, count), paths->count,
			paths->count == 1 ? " is" : "s are");
	*out = arena_array(&ctx->arena, count, sizeof(struct value *));
	for (size_t i = 0; i < count; i++)
		if (!tensor_file_read(ctx, paths->at[i], &(*out)[i]))
			return false;
	return true;
}

/* Is the tensor one that the value can be? Open dimensions fit any. */
static bool tensor_fits(struct ctx *ctx, const char *path, const char *what,
	const struct value *tensor, const struct value *value)
{
	const struct shape *found = &tensor->shape, *wanted = &value->shape;
	struct loc loc = {.file = path};
	bool fits = wanted->rank < 0 || wanted->rank == found->rank;
	for (int d = 0; fits && d < wanted->rank; d++)
		fits = wanted->dim[d] < 0 || wanted->dim[d] == found->dim[d];
	if (value->type != DTYPE_UNDEFINED && value->type != tensor->type)
		fits = false;
	return fits ||
		diag_error(ctx, &loc,
			"it is %s of %s, %s '%s' of the model is %s of %s",
			shape_text(ctx, found), dtype_name(tensor->type), what,
			diag_quote(ctx, value->name), shape_text(ctx, wanted),
			dtype_name(value->type));
}

/* --- results ---------------------------------------------------------------
 */

/* How far two tensors of one shape are apart: |found - wanted|, for floats in
 * relation to |wanted| where that is above 1. */
struct difference {
	double largest;
	int64_t at; /* its element; -1: there is none */
};

static struct difference difference_of(
	const struct tensor *found, const struct tensor *wanted)
{
	struct difference d = {.at = -1};
	for (int64_t i = 0; i < found->count; i++) {
		double x = tensor_number(found, i),
		       y = tensor_number(wanted, i);
		double apart =
			x == y || (isnan(x) && isnan(y)) ? 0 : fabs(x - y);
		if (found->floats && fabs(y) > 1 && !isinf(y))
			apart /= fabs(y);
		if (isnan(apart))
			apart = INFINITY;
		if (apart > d.largest) {
			d.largest = apart;
			d.at = i;
		}
	}
	return d;
}

static bool tensor_save(struct ctx *ctx, const char *path, const char *name,
	const struct tensor *tensor)
{
	uint8_t *bytes;
	size_t length;
	tensor_file_bytes(ctx, name, tensor, &bytes, &length);
	return file_write(ctx, path, bytes, length);
}

/* Everything of one run. */
struct execution {
	const struct run_options *options;
	struct model *model;
	struct path_list inputs, expects; /* those of --data, too */
	struct value **input, **expected; /* expected: NULL without */
	const struct tensor **output;
};

/* Prints a line an output. False when one is not as expected. */
static bool results_print(struct ctx *ctx, const struct execution *x)
{
	enum { COLUMNS = 4 };
	const struct graph *graph = x->model->graph;
	size_t count = graph->output_count;
	const char **cell = arena_array(
		&ctx->arena, (count + 1) * COLUMNS, sizeof(const char *));
	cell[0] = "output";
	cell[1] = "type";
	cell[2] = "shape";
	cell[3] = x->expected ? "largest difference" : "";
	bool ok = true;
	for (size_t i = 0; i < count; i++) {
		const struct tensor *found = x->output[i];
		const char **row = cell + (i + 1) * COLUMNS;
		row[0] = diag_quote(ctx, graph->outputs[i]->name);
		row[1] = dtype_name(found->type);
		row[2] = shape_text(ctx, &found->shape);
		if (!x->expected)
			continue;
		const struct tensor *wanted = x->expected[i]->data;
		struct difference d = difference_of(found, wanted);
		row[3] = arena_printf(&ctx->arena, "%.3g", d.largest);
		if (d.largest <= x->options->tolerance)
			continue;
		struct loc loc = {.file = x->expects.at[i]};
		ok = diag_error(ctx, &loc,
			"element %lld of output '%s' is %.9g, expected %.9g: "
			"the difference is above %g",
			(long long)d.at, row[0], tensor_number(found, d.at),
			tensor_number(wanted, d.at), x->options->tolerance);
	}
	struct text text = {.ctx = ctx};
	text_table(&text, "lllr", (int)count + 1, cell);
	fputs(text.bytes, stdout);
	return ok;
}

static bool results_save(struct ctx *ctx, const struct execution *x)
{
	const struct path_list *paths = &x->options->outputs;
	const struct graph *graph = x->model->graph;
	for (size_t i = 0; i < paths->count; i++)
		if (!tensor_save(ctx, paths->at[i], graph->outputs[i]->name,
			    x->output[i]))
			return false;
	return true;
}

/* --- the run ---------------------------------------------------------------
 */

static bool has_value(const struct dim_options *values, const struct value *in)
{
	for (size_t i = 0; i < values->value_count; i++)
		if (!strcmp(values->values[i].name, in->name))
			return true;
	return false;
}

/* Reads the inputs that no option gives the value of into x->input, where the
 * others are NULL. Of a folder that has all of them theirs are not read. */
static bool inputs_read(struct ctx *ctx, struct execution *x)
{
	const struct run_options *options = x->options;
	const struct graph *graph = x->model->graph;
	size_t count = 0, all = graph->input_count;
	bool folder = options->data && x->inputs.count == all;
	struct path_list paths = {0};
	struct value **missing =
		arena_array(&ctx->arena, all, sizeof(struct value *));
	struct value **read;
	for (size_t i = 0; i < all; i++) {
		if (has_value(&options->values, graph->inputs[i]))
			continue;
		missing[count++] = graph->inputs[i];
		if (folder)
			path_add(ctx, &paths, x->inputs.at[i]);
	}
	if (!folder)
		paths = x->inputs;
	const struct ends ends = {"input", missing, count};
	if (!tensors_read(ctx, options->model, &ends, &paths, &read))
		return false;
	x->input = arena_array(&ctx->arena, all, sizeof(struct value *));
	bool ok = true;
	for (size_t i = 0, k = 0; i < all; i++) {
		if (k == count || graph->inputs[i] != missing[k])
			continue;
		x->input[i] = read[k];
		ok &= tensor_fits(
			ctx, paths.at[k], "input", read[k], graph->inputs[i]);
		k++;
	}
	return ok;
}

/* Reads the tensors, and gives the model's open dimensions their sizes. */
static bool tensors_take(struct ctx *ctx, struct execution *x)
{
	const struct run_options *options = x->options;
	const struct graph *graph = x->model->graph;
	struct dim_options dims = options->values;
	struct input_shape *shapes =
		arena_array(&ctx->arena, graph->input_count, sizeof *shapes);
	if (!inputs_read(ctx, x))
		return false;
	bool ok = true;
	for (size_t i = 0; i < graph->input_count; i++) {
		const struct value *value = graph->inputs[i];
		if (x->input[i] && !shape_known(&value->shape))
			shapes[dims.input_count++] = (struct input_shape){
				value->name, x->input[i]->shape};
	}
	dims.inputs = shapes;
	if (!dims_bind(ctx, x->model, &dims) || !shapes_infer(ctx, x->model))
		return false;
	for (size_t i = 0; i < graph->input_count; i++)
		if (!x->input[i])
			x->input[i] = graph->inputs[i];
	if (!x->expects.count)
		return true;
	const struct ends ends = {
		"output", graph->outputs, graph->output_count};
	if (!tensors_read(
		    ctx, options->model, &ends, &x->expects, &x->expected))
		return false;
	for (size_t i = 0; i < graph->output_count; i++)
		ok &= tensor_fits(ctx, x->expects.at[i], "output",
			x->expected[i], graph->outputs[i]);
	return ok;
}

static bool execute(struct ctx *ctx, const char *path, struct execution *x)
{
	const struct graph *graph = x->model->graph;
	uint8_t *bytes;
	size_t length;
	struct nwcfg cfg;
	struct loc loc = {.file = x->options->model};
	if (x->options->outputs.count > graph->output_count)
		return diag_error(ctx, &loc,
			"the model has %zu output%s (%s), %zu files to write "
			"are given",
			graph->output_count,
			graph->output_count == 1 ? "" : "s",
			names_text(ctx, graph->outputs, graph->output_count),
			x->options->outputs.count);
	if (!out_recover(ctx, path) ||
		!config_read(ctx, path, &bytes, &length) ||
		!config_open(ctx, path, bytes, length, &cfg) ||
		!set_check(ctx, path, config_set(ctx, &cfg)) ||
		!tensors_take(ctx, x))
		return false;
	const struct tensor **inputs = arena_array(
		&ctx->arena, graph->input_count, sizeof(const struct tensor *));
	for (size_t i = 0; i < graph->input_count; i++)
		inputs[i] = x->input[i]->data;
	const struct run_job job = {
		.path = path, .cfg = &cfg, .model = x->model, .inputs = inputs};
	x->output = arena_array(&ctx->arena, graph->output_count,
		sizeof(const struct tensor *));
	return run_blob(ctx, &job, x->output) && results_save(ctx, x) &&
		results_print(ctx, x);
}

static enum status run_run(struct ctx *ctx, const struct arguments *arguments)
{
	const struct run_options *options = arguments->options;
	struct execution x = {.options = options,
		.inputs = options->inputs,
		.expects = options->expects};
	const char *wrong = !options->model ? "--model is missing"
		: options->data && (x.inputs.count || x.expects.count)
		? "give --data, or --input and --expect"
		: NULL;
	if (wrong) {
		usage_error(ctx, &command_run, "%s", wrong);
		return STATUS_USAGE;
	}
	if (options->data) {
		data_list(ctx, options->data, "input", &x.inputs);
		data_list(ctx, options->data, "output", &x.expects);
	}
	if (!(options->external_links ? onnx_read_trusted : onnx_read)(
		    ctx, options->model, &x.model))
		return STATUS_REFUSED;
	bool ok = execute(ctx, arguments->operands[0], &x);
	onnx_close(x.model);
	return ok ? STATUS_DONE : STATUS_REFUSED;
}

#define FIELD(member) offsetof(struct run_options, member)

/* clang-format off */
static const struct option run_rows[] = {
	{.name = "model", .values = "FILE", .take = take_text,
	 .help = "the model that the blob was compiled from; has to be given",
	 .field = FIELD(model)},
	{.name = "data", .values = "DIR", .take = take_text,
	 .help = "take input_0.pb and so on from a folder, and compare with "
		 "its output_0.pb and so on",
	 .field = FIELD(data)},
	{.name = "input", .values = "FILE", .take = take_path,
	 .help = "a file for each input of the model, in its order; for none "
		 "whose value is given",
	 .field = FIELD(inputs)},
	VALUE_OPTION(FIELD(values)),
	LINKS_OPTION(FIELD(external_links)),
	{.name = "output", .values = "FILE", .take = take_path,
	 .help = "write the outputs of the model, in its order",
	 .field = FIELD(outputs)},
	{.name = "expect", .values = "FILE", .take = take_path,
	 .help = "compare with a file for each output of the model",
	 .field = FIELD(expects)},
	{.name = "tolerance", .values = "T", .take = take_tolerance,
	 .help = "largest difference that is accepted, 1e-4 by default; of "
		 "floats above 1, in relation to their size",
	 .field = FIELD(tolerance)},
	{0},
};
/* clang-format on */

static const struct run_options run_defaults = {.tolerance = 1e-4};

const struct command command_run = {
	.name = "run",
	.operands = "FILE.nwcfg",
	.least = 1,
	.most = 1,
	.summary = "execute a configuration blob on given tensors",
	.text = "Runs every layer of a blob on the machine of 'verify', with "
		"the tensors that are given, and does the host's part: bias, "
		"scales, zero points, activation. Tensors are files with one "
		"TensorProto, as the ONNX project records them. Models whose "
		"nodes are all convolutions and matrix products are run; "
		"docs/run.md has the operators. Exit status 1 when an output "
		"differs from what is expected.",
	.options = run_rows,
	.options_bytes = sizeof(struct run_options),
	.defaults = &run_defaults,
	.run = run_run,
};
