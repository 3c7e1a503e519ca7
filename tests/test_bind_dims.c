/* --dim, --batch-size and --input against the model's inputs. */
#include "passes/bind_dims.h"

#include "tests/cmocka.h"

#include <stdlib.h>
#include <string.h>

/* x: batch x 3 x height x height, y: batch x 5 (no name: symbol 2) x 0,
 * z: 1 x 7 */
enum { BATCH = -2, HEIGHT = -3, NAMELESS = -4 };

struct fixture {
	struct ctx ctx;
	struct model model;
	struct graph graph;
	struct value x, y, z;
	struct value *values[3], *inputs[3];
	struct symbol symbols[3];
	char *messages;
	size_t length;
};

static struct value input(
	struct ctx *ctx, const char *name, int rank, const int64_t *dims)
{
	return (struct value){.name = name,
		.shape = shape_make(ctx, rank, dims),
		.stored = shape_make(ctx, rank, dims),
		.is_input = true};
}

static void begin(struct fixture *f)
{
	*f = (struct fixture){
		.symbols = {
			    {"batch", "x", 0}, {"height", "x", 2}, {NULL, "y", 1}}
        };
	ctx_init(&f->ctx, open_memstream(&f->messages, &f->length), NULL);
	f->x = input(&f->ctx, "x", 4, (int64_t[]){BATCH, 3, HEIGHT, HEIGHT});
	f->y = input(&f->ctx, "y", 3, (int64_t[]){BATCH, NAMELESS, 0});
	f->z = input(&f->ctx, "z", 2, (int64_t[]){1, 7});
	f->values[0] = f->inputs[0] = &f->x;
	f->values[1] = f->inputs[1] = &f->y;
	f->values[2] = f->inputs[2] = &f->z;
	f->graph = (struct graph){.file = "m.onnx",
		.inputs = f->inputs,
		.input_count = 3,
		.values = f->values,
		.value_count = 3,
		.model = &f->model};
	f->model = (struct model){.file = "m.onnx",
		.graph = &f->graph,
		.symbols = f->symbols,
		.symbol_count = 3};
}

static void end(struct fixture *f)
{
	fclose(f->ctx.messages);
	ctx_release(&f->ctx);
	free(f->messages);
}

struct bind_case {
	struct dim_value dims[3];
	int64_t batch;
	struct {
		const char *name;
		int rank;
		int64_t dims[4];
	} input;
	const char *x, *y; /* shapes afterwards */
	const char *error; /* or what the message holds */
};

static void options_reach_the_inputs(void **state)
{
	(void)state;
	const struct bind_case cases[] = {
		{.dims = {{"batch", 4}, {"height", 9}, {"y:2", 6}},
                 .x = "4x3x9x9",
                 .y = "4x?x6"},
		{.dims = {{"y:1", 8}, {"y:2", 6}},
                 .x = "?x3x?x?",
                 .y = "?x8x6"},
		{.dims = {{"x:2", 9}, {"y:2", 6}},
                 .batch = 2,
                 .x = "2x3x9x9",
                 .y = "2x?x6"},
		{.dims = {{"batch", 4}, {"y:2", 6}},
                 .batch = 2,
                 .x = "4x3x?x?",
                 .y = "4x?x6"},
		{.dims = {{"y:2", 6}},
                 .input = {"x", 4, {2, 3, 20, 20}},
                 .x = "2x3x20x20",
                 .y = "2x?x6"},
		{.batch = 2,
                 .error = "input 'y' is 2x?x0: dimension 2 is 0; give "
				 "its size with --dim y:2=N"							       },
		{.dims = {{"bach", 4}},
                 .error = "--dim bach=4: the model has no such "
				 "dimension; open are: batch, height, y:1"                                          },
		{.dims = {{"x:4", 4}},					      .error = "has no such axis"                                                             },
		{.dims = {{"x:", 4}},               .error = "has no such axis"},
		{.dims = {{"x:-1", 4}}, .error = "has no such axis"},
		{.dims = {{"x:1", 4}},
                 .error = "dimension 1 is 3 in the file and cannot "
				 "become 4"},
		{.dims = {{"batch", 0}},
                 .error = "--dim batch=0: expected a size of at least "
				 "1"								},
		{.dims = {{"batch", 4}, {"x:0", 5}},
                 .error = "dimension 'batch' is given as 4 and as 5"                                                                       },
		{.input = {"w", 1, {2}},
                 .error = "no such input; it has: x, y, z"													    },
		{.input = {"x", 3, {2, 3, 4}},
                 .error = "2x3x4 has 3 dimensions"},
		{.input = {"x", 4, {2, 3, 4, 5}},
                 .error = "dimension 'height' is given as 4 and as 5"},
		{.input = {"x", 4, {2, 3, 0, 5}},
                 .error = "size 0 of dimension 2"},
		{.input = {"z", 2, {1, 8}},
                 .error = "dimension 1 is 7 in the file"                                                  },
		{.batch = -1,      .error = "--batch-size -1"								      },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct bind_case *c = &cases[i];
		struct fixture f;
		begin(&f);
		struct input_shape given = {.name = c->input.name,
			.shape = shape_make(
				&f.ctx, c->input.rank, c->input.dims)};
		struct dim_options options = {.dims = c->dims,
			.batch_size = c->batch,
			.inputs = &given,
			.input_count = c->input.name ? 1 : 0};
		while (options.dim_count < 3 && c->dims[options.dim_count].name)
			options.dim_count++;
		bool ok = dims_bind(&f.ctx, &f.model, &options);
		fflush(f.ctx.messages);
		if (c->error) {
			if (ok || !strstr(f.messages, c->error))
				fail_msg("case %zu: expected '%s', found "
					 "'%s'",
					i, c->error, f.messages);
		} else {
			if (!ok)
				fail_msg("case %zu: %s", i, f.messages);
			assert_string_equal(
				shape_text(&f.ctx, &f.x.shape), c->x);
			assert_string_equal(
				shape_text(&f.ctx, &f.y.shape), c->y);
		}
		end(&f);
	}
}

/* A batch size for a model whose first dimensions are all fixed. */
static void a_fixed_batch_is_not_changed(void **state)
{
	(void)state;
	const struct {
		int64_t size;
		bool ok;
	} cases[] = {
		{1, true },
                {2, false}
        };
	for (size_t i = 0; i < 2; i++) {
		struct fixture f;
		begin(&f);
		f.inputs[0] = &f.z;
		f.graph.input_count = 1;
		const struct dim_options options = {
			.batch_size = cases[i].size};
		assert_int_equal(
			dims_bind(&f.ctx, &f.model, &options), cases[i].ok);
		fflush(f.ctx.messages);
		if (!cases[i].ok)
			assert_non_null(strstr(f.messages,
				"--batch-size 2: input 'z' is 1x7, its first "
				"dimension is fixed in the file"));
		end(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_reach_the_inputs),
		cmocka_unit_test(a_fixed_batch_is_not_changed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
