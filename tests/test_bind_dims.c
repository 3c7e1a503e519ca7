/* --dim, --batch-size, --input and --value against the model's inputs. */
#include "passes/bind_dims.h"

#include "tests/cmocka.h"

#include <stdlib.h>
#include <string.h>

/* x: batch x 3 x height x height, y: batch x 5 (no name: symbol 2) x another,
 * z: 1 x 7, u: of unknown rank, w: an initializer */
enum { BATCH = -2, HEIGHT = -3, NAMELESS = -4, LAST = -5 };

struct fixture {
	struct ctx ctx;
	struct model model;
	struct graph graph;
	struct value x, y, z, u, w;
	struct initializer init;
	struct value *values[5], *inputs[4];
	struct symbol symbols[4];
	char *messages;
	size_t length;
};

static struct value input(
	struct ctx *ctx, const char *name, int rank, const int64_t *dims)
{
	return (struct value){.name = name,
		.type = DTYPE_INT64,
		.shape = shape_make(ctx, rank, dims),
		.stored = shape_make(ctx, rank, dims),
		.is_input = true};
}

static void begin(struct fixture *f)
{
	*f = (struct fixture){
		.symbols = {{"batch", "x", 0}, {"height", "x", 2},
			    {NULL, "y", 1}, {NULL, "y", 2}}
        };
	ctx_init(&f->ctx, open_memstream(&f->messages, &f->length), NULL);
	f->x = input(&f->ctx, "x", 4, (int64_t[]){BATCH, 3, HEIGHT, HEIGHT});
	f->y = input(&f->ctx, "y", 3, (int64_t[]){BATCH, NAMELESS, LAST});
	f->z = input(&f->ctx, "z", 2, (int64_t[]){1, 7});
	f->values[0] = f->inputs[0] = &f->x;
	f->values[1] = f->inputs[1] = &f->y;
	f->values[2] = f->inputs[2] = &f->z;
	f->u = (struct value){.name = "u",
		.type = DTYPE_INT64,
		.shape = shape_unknown(),
		.stored = shape_unknown(),
		.is_input = true};
	f->values[3] = f->inputs[3] = &f->u;
	f->w = input(&f->ctx, "w", 1, (int64_t[]){2});
	f->w.init = &f->init;
	f->values[4] = &f->w;
	f->graph = (struct graph){.file = "m.onnx",
		.inputs = f->inputs,
		.input_count = 4,
		.values = f->values,
		.value_count = 5,
		.model = &f->model};
	f->model = (struct model){.file = "m.onnx",
		.graph = &f->graph,
		.symbols = f->symbols,
		.symbol_count = 4};
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
	const char *x, *y, *u; /* shapes afterwards; u: "?" if NULL */
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
 /* Empty tensors, and scalars. */
		{.dims = {{"batch", 0}, {"y:2", 0}},
                 .x = "0x3x?x?",
                 .y = "0x?x0"},
		{.dims = {{"height", 0}},
                 .batch = 2,
                 .x = "2x3x0x0",
                 .y = "2x?x?"},
		{.input = {"x", 4, {2, 3, 0, 0}},                                      .x = "2x3x0x0",                                                     .y = "2x?x?"},
		{.input = {"u", 0, {0}},
                 .x = "?x3x?x?",
                 .y = "?x?x?",
                 .u = "[]"},
		{.input = {"u", 2, {0, 4}},
                 .x = "?x3x?x?",
                 .y = "?x?x?",
                 .u = "0x4"},
		{.input = {"z", 0, {0}},
                 .error =
				"[] has 0 dimensions, the input is 1x7 with 2"                                                    },
		{.dims = {{"batch", 0}, {"x:0", 5}},
                 .error = "dimension 'batch' is given as 0 and as 5"},
		{.dims = {{"z:1", 0}},
                 .error = "dimension 1 is 7 in the file and cannot "
				 "become 0"						    },
		{.dims = {{"bach", 4}},
                 .error =
				"--dim bach=4: the model has no such "
				"dimension; open are: batch, height, y:1, y:2"                                                       },
		{.dims = {{"x:4", 4}},                                    .error = "has no such axis"                                                      },
		{.dims = {{"x:", 4}},						 .error = "has no such axis"                                          },
		{.dims = {{"x:-1", 4}},						 .error = "has no such axis"},
		{.dims = {{"x:1", 4}},
                 .error = "dimension 1 is 3 in the file and cannot "
				 "become 4"												},
		{.dims = {{"batch", -1}},
                 .error = "--dim batch=-1: expected a size of at least "
				 "0"},
		{.dims = {{"batch", 4}, {"x:0", 5}},
                 .error = "dimension 'batch' is given as 4 and as 5"},
		{.input = {"w", 1, {2}},
                 .error = "no such input; it has: x, y, z, u"},
		{.input = {"x", 3, {2, 3, 4}},
                 .error = "2x3x4 has 3 dimensions" },
		{.input = {"x", 4, {2, 3, 4, 5}},
                 .error = "dimension 'height' is given as 4 and as 5"                                                                  },
		{.input = {"x", 4, {2, 3, -7, 5}},
                 .error = "size -7 of dimension 2"},
		{.input = {"z", 2, {1, 8}},
                 .error = "dimension 1 is 7 in the file"                                       },
		{.batch = -1,						 .error = "--batch-size -1"                                                     },
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
			assert_string_equal(shape_text(&f.ctx, &f.u.shape),
				c->u ? c->u : "?");
		}
		end(&f);
	}
}

/* A batch size for a model whose first dimensions are all fixed. */
static void a_fixed_batch_is_not_changed(void **state)
{
	(void)state;
	/* clang-format off */
	const struct {
		int64_t size;
		bool ok;
	} cases[] = {
		{1, true},
		{2, false},
	};
	/* clang-format on */
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

/* Values of input z (1x7), x, y, u or w as type. */
struct value_case {
	enum dtype type;
	struct input_value values[2];
	struct dim_value dim;
	const char *input; /* a shape for u: "" a scalar, "3" three elements */
	const char *want;  /* shape and elements of the first, or: */
	const char *error;
};

static const char *tensor_text(struct ctx *ctx, const struct value *value)
{
	const struct tensor *tensor = value->data;
	const char *text = shape_text(ctx, &tensor->shape);
	for (int64_t i = 0; i < tensor->count; i++)
		text = arena_printf(
			&ctx->arena, "%s %.9g", text, tensor_number(tensor, i));
	return text;
}

static void values_become_constants(void **state)
{
	(void)state;
	static const struct value_case cases[] = {
  /* literals of each kind of type */
		{DTYPE_INT64,				      {{"z", "1,-2,+3,4,5,6,7"}},
                 .want = "1x7 1 -2 3 4 5 6 7"									},
		{DTYPE_UINT8,				      {{"z", "0,1,2,3,4,5,255"}},
                 .want = "1x7 0 1 2 3 4 5 255"								       },
		{DTYPE_BOOL,				       {{"z", "true,False,1,0,TRUE,0,1"}},
                 .want = "1x7 1 0 1 0 1 0 1"									 },
		{DTYPE_FLOAT,				      {{"z", "1,-2.5,1e3,.5,inf,-Inf,0.1"}},
                 .want = "1x7 1 -2.5 1000 0.5 inf -inf 0.100000001"                                                  },
		{DTYPE_FLOAT16,				    {{"z", "65504,0.1,0,0,0,0,0"}},
                 .want = "1x7 65504 0.0999755859 0 0 0 0 0"                                                          },
 /* with shapes that are given, and sizes that follow */
		{DTYPE_INT64,				      {{"u", "16000"}},                      .input = "",
                 .want = "[] 16000"},
		{DTYPE_INT64,						{{"u", "4,5,6"}},									   .input = "3",
                 .want = "3 4 5 6"},
		{DTYPE_INT64,				{{"u", ""}},								     .input = "0",								      .want = "0"},
		{DTYPE_INT64,				    {{"y", "1,2,3,4,5,6"}},.dim = {"y:2", 3},
                 .error = "input 'y' has the shape ?x?x?: give --input "
				 "y=SHAPE, too"},
		{DTYPE_INT64,{{"x", "1,2,3,4,5,6"}},                  .dim = {"height", 1},
                 .want = "2x3x1x1 1 2 3 4 5 6"},
		{DTYPE_INT64,				      {{"x", "1,2,3,4"}},							       .dim = {"height", 1},
                 .error = "4 values, input 'x' is ?x3x?x?"},
 /* what cannot be */
		{DTYPE_INT64,						{{"z", "1,2"}},
                 .error = "--value z: 2 values, input 'z' is 1x7"                              },
		{DTYPE_INT64,        {{"z", ""}},
                 .error = "--value z: 0 values, input 'z' is 1x7"                                             },
		{DTYPE_INT64, {{"u", "1"}},
                 .error = "input 'u' has the shape ?: give --input "
				 "u=SHAPE"        },
		{DTYPE_INT64, {{"v", "1"}},
                 .error = "--value v: the model has no such input; it "
				 "has: x, y, z, u"},
		{DTYPE_INT64,                        {{"w", "1,2"}},
                 .error = "--value w: it is an initializer"                                                     },
		{DTYPE_INT64,                {{"z", "1,2,3,4,5,6,7"}, {"z", "1"}},
                 .error = "--value z: its value is given twice"                                                            },
		{DTYPE_INT64,       {{"z", "1,2,3,4,5,6,x"}},
                 .error = "expected a whole number, input 'z' is of "
				 "int64; found 'x'"},
		{DTYPE_INT64,   {{"z", "1,2,3,4,5,,7"}},                                        .error = "found ''"},
		{DTYPE_INT64,               {{"z", "1,2,3,4,5, 6,7"}},                                                    .error = "found ' 6'"                                                             },
		{DTYPE_INT64,                             {{"z", "1,2,3,4,5,6.0,7"}},
                 .error = "expected a whole number"                                               },
		{DTYPE_INT64,                           {{"z", "1,2,3,4,5,9223372036854775808,7"}},
                 .error = "9223372036854775808 is out of range for "
				 "int64"},
		{DTYPE_INT8,               {{"z", "1,2,3,4,5,128,7"}},
                 .error = "128 is out of range for int8"     },
		{DTYPE_UINT64,                          {{"z", "1,2,3,4,5,-1,7"}},
                 .error = "-1 is out of range for uint64"														},
		{DTYPE_UINT4,          {{"z", "1,2,3,4,5,16,7"}},
                 .error = "16 is out of range for uint4"                                         },
		{DTYPE_BOOL,         {{"z", "1,0,1,0,1,0,2"}},
                 .error = "expected true or false"},
		{DTYPE_FLOAT,          {{"z", "1,0,1,0,1,0,0x1"}},
                 .error = "expected a number, as in 0.5"       },
		{DTYPE_FLOAT,                {{"z", "1,0,1,0,1,0,1e39"}},
                 .error = "1e39 is out of range for float"														       },
		{DTYPE_FLOAT16,          {{"z", "1,0,1,0,1,0,65520"}},
                 .error = "65520 is out of range for float16"                                        },
		{DTYPE_STRING,        {{"z", "a,b,c,d,e,f,g"}},
                 .error = "input 'z' is of string, of which values are "
				 "not taken"},
		{DTYPE_UNDEFINED,     {{"z", "1,2,3,4,5,6,7"}},
                 .error = "of undefined" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct value_case *c = &cases[i];
		struct fixture f;
		begin(&f);
		f.x.type = f.y.type = f.z.type = f.u.type = c->type;
		int64_t size = c->input && *c->input ? *c->input - '0' : 0;
		struct input_shape given = {.name = "u"};
		if (c->input)
			given.shape = shape_make(&f.ctx, *c->input != 0, &size);
		const struct dim_options options = {.dims = &c->dim,
			.dim_count = c->dim.name != NULL,
			.inputs = &given,
			.input_count = c->input != NULL,
			.values = c->values,
			.value_count = c->values[1].name ? 2 : 1};
		bool ok = dims_bind(&f.ctx, &f.model, &options);
		fflush(f.ctx.messages);
		if (c->error ? ok || !strstr(f.messages, c->error) : !ok)
			fail_msg("case %zu: expected '%s', found '%s'", i,
				c->error ? c->error : c->want, f.messages);
		for (size_t k = 0; !c->error && k < f.graph.input_count; k++)
			if (!strcmp(f.inputs[k]->name, c->values[0].name))
				assert_string_equal(
					tensor_text(&f.ctx, f.inputs[k]),
					c->want);
		end(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_reach_the_inputs),
		cmocka_unit_test(a_fixed_batch_is_not_changed),
		cmocka_unit_test(values_become_constants),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
