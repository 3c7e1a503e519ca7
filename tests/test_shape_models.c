/* Shapes of every layer of the shared models against the lists that other
 * programs made of them (NESTWRIGHT_SHARED/models/truth). */
#include "base/json_doc.h"
#include "import/onnx_graph.h"
#include "passes/bind_dims.h"
#include "passes/infer.h"

#include "tests/cmocka.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

enum { DIMS_MAX = 64 };

static const char *shared_folder(void)
{
	const char *folder = getenv("NESTWRIGHT_SHARED");
	return folder ? folder : "../shared";
}

static const struct node *find_node(const struct graph *graph, const char *name)
{
	const struct node *found = NULL;
	for (size_t i = 0; !found && i < graph->node_count; i++) {
		const struct node *node = graph->nodes[i];
		const struct value *out = node_output(node, 0);
		for (size_t k = 1; !out && k < node->output_count; k++)
			out = node_output(node, k);
		/* A layer whose first result is left out has no name there:
		 * these models have one node. */
		if (out && (!*name || strcmp(out->name, name) == 0))
			return node;
		for (size_t k = 0; !found && k < node->attr_count; k++)
			if (node->attr[k].kind == ATTR_GRAPH)
				found = find_node(node->attr[k].as.graph, name);
	}
	return found;
}

/* Prints and counts a difference; null in the truth is anything. */
static int differs(struct ctx *ctx, const char *model, const char *layer,
	const char *role, const cJSON *want, const struct value *value)
{
	if (!cJSON_IsArray(want))
		return 0;
	const struct shape none = shape_unknown();
	const struct shape *found = value ? &value->shape : &none;
	bool same = found->rank == cJSON_GetArraySize(want);
	for (int i = 0; same && i < found->rank; i++)
		same = (double)found->dim[i] ==
			cJSON_GetArrayItem(want, i)->valuedouble;
	if (same)
		return 0;
	char *text = cJSON_PrintUnformatted(want);
	print_error("%s: %s: %s is %s, expected %s\n", model, layer, role,
		shape_text(ctx, found), text);
	cJSON_free(text);
	return 1;
}

/* Where the second operand of an op stands. */
static size_t weight_input(const struct node *node)
{
	return strcmp(node->op_type, "QLinearConv") == 0 ||
			strcmp(node->op_type, "QLinearMatMul") == 0
		? 3
		: 1;
}

static int check_layers(struct ctx *ctx, const struct model *model,
	const char *name, const cJSON *truth)
{
	int bad = 0;
	const cJSON *layer;
	cJSON_ArrayForEach(layer, cJSON_GetObjectItem(truth, "layers"))
	{
		const char *output =
			cJSON_GetObjectItem(layer, "output_name")->valuestring;
		const struct node *node = find_node(model->graph, output);
		if (!node) {
			print_error("%s: no node makes '%s'\n", name, output);
			bad++;
			continue;
		}
		const struct value *out = node_output(node, 0);
		for (size_t k = 1; !out && k < node->output_count; k++)
			out = node_output(node, k);
		bad += differs(ctx, name, output, "input",
			cJSON_GetObjectItem(layer, "input"),
			node_input(node, 0));
		bad += differs(ctx, name, output, "weight",
			cJSON_GetObjectItem(layer, "weight"),
			node_input(node, weight_input(node)));
		bad += differs(ctx, name, output, "output",
			cJSON_GetObjectItem(layer, "output"), out);
	}
	return bad;
}

/* The graph's outputs as a run made them. */
static int check_outputs(struct ctx *ctx, const struct model *model,
	const char *name, const cJSON *truth)
{
	int bad = 0;
	const cJSON *out;
	cJSON_ArrayForEach(out, cJSON_GetObjectItem(truth, "run_outputs"))
	{
		const char *want =
			cJSON_GetObjectItem(out, "name")->valuestring;
		for (size_t i = 0; i < model->graph->output_count; i++)
			if (strcmp(model->graph->outputs[i]->name, want) == 0)
				bad += differs(ctx, name, want, "output",
					cJSON_GetObjectItem(out, "dims"),
					model->graph->outputs[i]);
	}
	return bad;
}

static int check_model(const char *folder, const char *file)
{
	struct ctx ctx;
	struct json_doc truth = {0};
	struct model *model;
	struct dim_value dims[DIMS_MAX];
	struct dim_options options = {.dims = dims};
	char path[2][1024];
	int bad = 0, length = (int)(strlen(file) - strlen(".json"));
	ctx_init(&ctx, stderr, NULL);
	ctx.quiet = true;
	snprintf(path[0], sizeof path[0], "%s/models/truth/%s/%s",
		shared_folder(), folder, file);
	snprintf(path[1], sizeof path[1], "%s/models/%s/%.*s.onnx",
		shared_folder(), folder, length, file);
	assert_true(json_read(&ctx, path[0], &truth));
	const cJSON *dim;
	cJSON_ArrayForEach(dim,
		cJSON_GetObjectItem(truth.root,
			"bound_dims")) if (options.dim_count < DIMS_MAX)
		dims[options.dim_count++] = (struct dim_value){
			dim->string, (int64_t)dim->valuedouble};
	if (!onnx_read(&ctx, path[1], &model)) {
		bad++;
	} else {
		if (dims_bind(&ctx, model, &options) &&
			shapes_infer(&ctx, model)) {
			bad += check_layers(&ctx, model, file, truth.root);
			bad += check_outputs(&ctx, model, file, truth.root);
		} else {
			bad++;
		}
		onnx_close(model);
	}
	json_release(&truth);
	ctx_release(&ctx);
	return bad;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Every truth file of a folder, sorted. */
static void check_folder(const char *folder)
{
	enum { FILES_MAX = 512 };
	char *files[FILES_MAX], path[1024];
	int bad = 0;
	size_t count = 0;
	snprintf(path, sizeof path, "%s/models/truth/%s", shared_folder(),
		folder);
	DIR *dir = opendir(path);
	if (!dir) {
		print_message("no %s: skipped\n", path);
		skip();
	}
	for (struct dirent *d = readdir(dir); d && count < FILES_MAX;
		d = readdir(dir)) {
		size_t n = strlen(d->d_name);
		if (n > 5 && strcmp(d->d_name + n - 5, ".json") == 0)
			files[count++] = strdup(d->d_name);
	}
	closedir(dir);
	qsort(files, count, sizeof *files, by_name);
	for (size_t i = 0; i < count; i++) {
		bad += check_model(folder, files[i]);
		free(files[i]);
	}
	assert_int_equal(bad, 0);
}

static void exported_models(void **state)
{
	(void)state;
	check_folder(".");
}

static void light_models(void **state)
{
	(void)state;
	check_folder("onnx_light");
}

static void node_tests(void **state)
{
	(void)state;
	check_folder("onnx_node");
}

static void pytorch_tests(void **state)
{
	(void)state;
	check_folder("onnx_pytorch");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exported_models),
		cmocka_unit_test(light_models),
		cmocka_unit_test(node_tests),
		cmocka_unit_test(pytorch_tests),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
