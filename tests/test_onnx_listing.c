/* What the importer reads of real models, against what python3-onnx reads of
 * them (tests/tools/onnx_listing.py): line by line the same listing. */
#include "import/onnx_graph.h"

#include "tests/cmocka.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { VALUES = 1000, SHOWN = 8 };

/* --- the listing of a model
 * --------------------------------------------------- */

static void print_dims(FILE *f, const struct shape *shape)
{
	fputc('[', f);
	for (int i = 0; i < shape->rank; i++) {
		long long d = shape->dim[i];
		if (i)
			fputc(',', f);
		if (d >= 0)
			fprintf(f, "%lld", d);
		else if (d == DIM_UNKNOWN)
			fputc('?', f);
		else
			fprintf(f, "$%lld", -2 - d);
	}
	fputc(']', f);
}

static void print_shape(FILE *f, const struct shape *shape)
{
	if (shape->rank == RANK_UNKNOWN)
		fputc('?', f);
	else
		print_dims(f, shape);
}

static void print_tensor(
	struct ctx *ctx, FILE *f, struct model *model, struct value *value)
{
	int64_t count;
	fprintf(f, "type %d ", (int)value->type);
	print_dims(f, &value->shape);
	assert_true(shape_elems(&value->shape, &count));
	if (count <= VALUES && value->type != DTYPE_STRING)
		assert_true(model->load(ctx, model, value, VALUES));
	for (int64_t i = 0; value->data && i < count && i < SHOWN; i++)
		if (value->data->floats)
			fprintf(f, " %.9g", value->data->floats[i]);
		else
			fprintf(f, " %lld", (long long)value->data->ints[i]);
	fputc('\n', f);
}

static void print_names(FILE *f, struct value *const *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fprintf(f, "%s%s", i ? " " : "",
			values[i] ? values[i]->name : "-");
}

static void print_graph(
	struct ctx *ctx, FILE *f, const struct graph *graph, int indent);

static void print_attr(
	struct ctx *ctx, FILE *f, const struct node *node, size_t k, int indent)
{
	static const char *const kinds[] = {"float", "int", "string", "tensor",
		"graph", "floats", "ints", "strings", "other"};
	const struct attr *attr = &node->attr[k];
	fprintf(f, "%*s %s %s", indent, "", attr->name, kinds[attr->kind]);
	switch (attr->kind) {
	case ATTR_FLOAT:
	case ATTR_FLOATS:
		for (size_t i = 0; i < attr->count; i++)
			fprintf(f, " %.9g", attr->as.floats[i]);
		break;
	case ATTR_INT:
	case ATTR_INTS:
		for (size_t i = 0; i < attr->count; i++)
			fprintf(f, " %lld", (long long)attr->as.ints[i]);
		break;
	case ATTR_STRING:
	case ATTR_STRINGS:
		for (size_t i = 0; i < attr->count; i++)
			fprintf(f, " %s", attr->as.strings[i]);
		break;
	case ATTR_TENSOR:
		fputc(' ', f);
		print_tensor(ctx, f, node->graph->model, attr->as.tensor);
		return;
	case ATTR_GRAPH:
		assert_ptr_equal(attr->as.graph->owner, node);
		assert_ptr_equal(attr->as.graph->parent, node->graph);
		fprintf(f, " %s\n", attr->as.graph->name);
		print_graph(ctx, f, attr->as.graph, indent + 4);
		return;
	case ATTR_OTHER:
		break;
	}
	fputc('\n', f);
}

static void print_stored(FILE *f, const struct value *value, int indent)
{
	if (!value || value->stored.rank == RANK_UNKNOWN)
		return;
	fprintf(f, "%*s stored %s type %d ", indent, "", value->name,
		(int)value->type);
	print_dims(f, &value->stored);
	fputc('\n', f);
}

static void print_graph(
	struct ctx *ctx, FILE *f, const struct graph *graph, int indent)
{
	for (size_t i = 0; i < graph->input_count; i++) {
		const struct value *v = graph->inputs[i];
		assert_true(v->is_input);
		fprintf(f, "%*sinput %s ", indent, "", v->name);
		if (v->is_sequence) {
			fputs("sequence\n", f);
			continue;
		}
		fprintf(f, "type %d ", (int)v->type);
		print_shape(f, graph->parent ? &v->stored : &v->shape);
		fputc('\n', f);
	}
	for (size_t i = 0; i < graph->value_count; i++) {
		struct value *v = graph->values[i];
		if (!v->init)
			continue;
		fprintf(f, "%*sinitializer %s ", indent, "", v->name);
		print_tensor(ctx, f, graph->model, v);
	}
	for (size_t i = 0; i < graph->node_count; i++) {
		const struct node *n = graph->nodes[i];
		assert_int_equal(n->order, i);
		fprintf(f, "%*snode %zu '%s' %s:%s %lld: ", indent, "",
			n->index, n->name, n->domain, n->op_type,
			(long long)n->opset);
		print_names(f, n->input, n->input_count);
		fputs(" -> ", f);
		print_names(f, n->output, n->output_count);
		fputc('\n', f);
		for (size_t k = 0; k < n->attr_count; k++)
			print_attr(ctx, f, n, k, indent);
		for (size_t k = 0; k < n->output_count; k++)
			print_stored(f, n->output[k], indent);
	}
	for (size_t i = 0; i < graph->output_count; i++)
		fprintf(f, "%*soutput %s\n", indent, "",
			graph->outputs[i]->name);
}

static void print_model(struct ctx *ctx, FILE *f, const struct model *model)
{
	fprintf(f, "ir %lld opset %lld\n", (long long)model->ir_version,
		(long long)model->opset);
	print_graph(ctx, f, model->graph, 0);
}

/* --- comparing
 * ------------------------------------------------------------------ */

/* Folders with models, quoted for the shell: ours, and those beside the
 * repository. */
static const char *folders(void)
{
	static char text[1000];
	struct stat st;
	const char *shared = getenv("NESTWRIGHT_SHARED");
	snprintf(text, sizeof text, "%s/models", shared ? shared : "../shared");
	if (stat(text, &st)) {
		printf("skipped: there is no folder %s\n", text);
		return "examples";
	}
	snprintf(text, sizeof text, "examples '%s/models'",
		shared ? shared : "../shared");
	return text;
}

/* The lines of one model up to the next; *line holds what follows. */
static void compare_model(FILE *theirs, char **line, size_t *room)
{
	struct ctx ctx;
	struct model *model;
	char *path = strdup(*line + strlen("model "));
	path[strcspn(path, "\n")] = '\0';
	char *ours = NULL;
	size_t ours_bytes;
	FILE *f = open_memstream(&ours, &ours_bytes);
	ctx_init(&ctx, stdout, NULL);
	ctx.quiet = true;
	if (!onnx_read(&ctx, path, &model))
		fail_msg("%s is refused", path);
	print_model(&ctx, f, model);
	fclose(f);
	const char *at = ours;
	while (getline(line, room, theirs) > 0 && strncmp(*line, "model ", 6) &&
		strcmp(*line, "end\n")) {
		size_t n = strcspn(at, "\n") + 1;
		if (strlen(*line) != n || memcmp(*line, at, n))
			fail_msg("%s: found    %.*sexpected %s", path, (int)n,
				at, *line);
		at += n;
	}
	if (*at)
		fail_msg("%s: more than expected: %s", path, at);
	onnx_close(model);
	ctx_release(&ctx);
	free(ours);
	free(path);
}

static void models_read_as_python_reads_them(void **state)
{
	(void)state;
	char command[1200], *line = NULL;
	size_t room = 0;
	int count = 0;
	if (system("/usr/bin/python3 -c 'from onnx import numpy_helper' "
		   "2>/dev/null")) {
		printf("skipped: python3-onnx is not installed\n");
		skip();
	}
	snprintf(command, sizeof command,
		"/usr/bin/python3 tests/tools/onnx_listing.py %s", folders());
	FILE *theirs = popen(command, "r");
	assert_non_null(theirs);
	assert_true(getline(&line, &room, theirs) > 0);
	for (; !strncmp(line, "model ", 6); count++)
		compare_model(theirs, &line, &room);
	assert_string_equal(line, "end\n");
	assert_int_equal(pclose(theirs), 0);
	free(line);
	printf("%d models compared\n", count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(models_read_as_python_reads_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
