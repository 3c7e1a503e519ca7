/* Where ONNX Runtime leaves the standard (docs/onnxruntime.md): its reading
 * beside ours, and the note where a file means it. The shapes under 'there' are
 * those that ONNX Runtime 1.30 gives, run by tests/onnxruntime. */
#include "codegen/layers_json.h"
#include "import/onnx_graph.h"
#include "passes/infer.h"
#include "passes/lower.h"

#include "tests/cmocka.h"
#include "tests/onnx_text.h"
#include "tests/said.h"
#include "tests/shape_case.h"

#include <string.h>

static const struct reading {
	const char *line, *ours, *there, *what;
} readings[] = {
  /* min(in * stride, (in - 1) * stride + taps) */
	{"ConvTranspose 11 | float 1x2x4x3; float 2x5x1x3 | strides=2,4, "
	 "auto_pad=SAME_UPPER",				       "1x5x8x12", "1x5x7x11", "strides beyond"              },
	{"ConvTranspose 11 | float 1x2x4; float 2x5x3 | strides=2, "
	 "auto_pad=SAME_LOWER",				       "1x5x8",    NULL,       NULL                          },
	{"ConvTranspose 11 | float 1x2x4; float 2x5x1 | strides=2, "
	 "output_padding=1, auto_pad=SAME_LOWER",		     "1x5x8",    NULL,       NULL                          },
 /* pads as if without dilation: 4 + 2 - 5 */
	{"MaxPool 12 | float 1x1x4x9 | kernel_shape=3,3, dilations=2,1, "
	 "auto_pad=SAME_UPPER",				       "1x1x4x9",  "1x1x2x9",  "dilated"                     },
	{"AveragePool 19 | float 1x1x8 | kernel_shape=4, dilations=3, "
	 "auto_pad=SAME_LOWER",				       "1x1x8",    "1x1x2",    "dilated"                     },
 /* a stride beyond the taps: 8 - 2 - 4 */
	{"MaxPool 12 | float 1x2x8 | kernel_shape=2, strides=4, dilations=3, "
	 "auto_pad=SAME_UPPER",				       "1x2x2",    "1x2x1",    "dilated"                     },
	{"AveragePool 19 | float 1x1x8 | kernel_shape=4, auto_pad=SAME_LOWER",
         "1x1x8",									  NULL,       NULL                          },
	{"AveragePool 12 | float 1x3x5x6 | kernel_shape=3,4, strides=3,4, "
	 "auto_pad=VALID ceil_mode=1",				"1x3x1x1",  "1x3x2x2",  "ceil_mode"                   },
	{"MaxPool 12 | float 1x1x2 | kernel_shape=4, strides=3,",              NULL,       "1x1x1",
         "larger than its padded input"											      },
	{"ms:NhwcMaxPool 1 | uint8 1x2x7x3 | kernel_shape=3,3, strides=4,1,",
         NULL,									     "1x1x5x3",  "larger than its padded input"},
	{"Slice 13 | float 4x5; int64 1 = -1; int64 1 = 2147483647; int64 1 = "
	 "0; int64 1 = -1",					   "0x5",      "4x5",      "backwards"                   },
	{"Slice 13 | float 4; int64 1 = 2; int64 1 = 9223372036854775807; "
	 "int64 1 = 0; int64 1 = -2",				 "0",        "2",        "backwards"                   },
	{"Slice 13 | float 4; int64 1 = 0; int64 1 = 2147483647",              "4",        NULL,
         NULL															},
	{"Squeeze 13 | float 1x3x1; int64 0",                                  "1x3x1",    "3",        "empty list"                  },
	{"NonZero 13 | float []",					      "0x?",      "1x?",      "scalar"                      },
	{"NonZero 13 | float 3",					       "1x?",      NULL,       NULL                          },
	{"Resize 18 | float 4x3; -; -; int64 2 = 1,7 | axes=-2,1, "
	 "keep_aspect_ratio_policy=not_smaller",		      "9x7",      "4x7",      "keep_aspect"                 },
	{"Resize 18 | float 4x3; -; -; int64 2 = 1,7 | axes=0,1, "
	 "keep_aspect_ratio_policy=not_smaller",		      "9x7",      NULL,       NULL                          },
	{"ReduceSum 13 | float 2x0x4; int64 2 = 0,-1",                         "1x0x1",    "1x0x4",
         "no elements"													       },
	{"ReduceSum 13 | float 2x3x4; int64 2 = 0,-1",                         "1x3x1",    NULL,       NULL                          },
	{"ReduceL1 13 | float 3x0 | axes=-2,1, keepdims=0",                    "[]",       "3",
         "no elements"													       },
	{"ArgMax 13 | float 5x0 | axis=-1",                                    "5x1",      "5x0",      "no elements"                 },
};

static void readings_differ(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof readings / sizeof *readings; i++) {
		const struct reading *r = &readings[i];
		struct fixture f;
		struct shape_case c;
		struct shape there;
		fixture_open(&f);
		struct ctx *ctx = &f.ctx;
		const char *bar = strchr(strchr(r->line, '|') + 1, '|');
		shape_case_read(ctx,
			arena_printf(&ctx->arena, "%s%s | *", r->line,
				bar ? "" : " |"),
			&c);
		bool ok = shapes_infer(ctx, &c.model);
		const char *ours = shape_text(ctx, &c.out[0].shape);
		const char *what =
			runtime_read(ctx, &c.model, &c.node, 0, &there);
		const char *text = what ? shape_text(ctx, &there) : "none";
		if (ok != !!r->ours || (ok && strcmp(ours, r->ours)) ||
			!!what != !!r->what ||
			(what &&
				(!strstr(what, r->what) ||
					strcmp(text, r->there))))
			fail_msg("%s: %s, there %s (%s)", r->line, ours, text,
				what ? what : "no other reading");
		/* Ours is as it was. */
		assert_string_equal(ours, shape_text(ctx, &c.out[0].shape));
		fixture_close(&f);
	}
}

/* A transposed convolution, and a pooling that becomes no layer, in a file that
 * stores the sizes that they have in ONNX Runtime. */
static const char meant[] = ONNX_GRAPH(
	"node { name: 'up' op_type: 'ConvTranspose' input: ['x', 'w'] "
	"  output: 't' attribute { name: 'auto_pad' s: 'SAME_UPPER' type: 3 } "
	"  attribute { name: 'strides' ints: [2] type: 7 } } "
	"node { name: 'pool' op_type: 'MaxPool' input: 'x' output: 'y' "
	"  attribute { name: 'auto_pad' s: 'SAME_UPPER' type: 3 } "
	"  attribute { name: 'dilations' ints: [3] type: 7 } "
	"  attribute { name: 'kernel_shape' ints: [2] type: 7 } } " ONNX_VALUE(
		"input", "x",
		ONNX_DIM(1) ONNX_DIM(2) ONNX_DIM(4)) ONNX_VALUE("input", "w",
		ONNX_DIM(2) ONNX_DIM(5) ONNX_DIM(1)) ONNX_VALUE("value_info",
		"t", ONNX_DIM(1) ONNX_DIM(5) ONNX_DIM(7))
		ONNX_VALUE("output", "y", ONNX_DIM(1) ONNX_DIM(2) ONNX_DIM(2)));

static void notes_stand_beside_layers(void **state)
{
	(void)state;
	static const char up[] =
		"the file says that 't' is 1x5x7, as ONNX Runtime reads "
		"auto_pad SAME with strides beyond the window; by the standard "
		"it is 1x5x8";
	struct fixture f;
	struct model *model;
	struct layer_list list;
	size_t length;
	fixture_open(&f);
	struct ctx *ctx = &f.ctx;
	uint8_t *bytes = onnx_text(&ctx->arena, meant, &length);
	assert_true(onnx_read_bytes(ctx, "m.onnx", bytes, length, &model));
	assert_true(shapes_infer(ctx, model));
	assert_true(lower_model(ctx, model, &list));
	assert_int_equal(list.count, 1);
	assert_string_equal(list.layers[0].note, up);
	assert_int_equal(list.unmapped_count, 1);
	assert_non_null(strstr(list.unmapped[0].note, "dilated window"));
	assert_non_null(strstr(layers_text(ctx, &list),
		"node 'pool' (MaxPool): the file says that 'y' is 1x2x2"));
	assert_non_null(strstr(layers_text(ctx, &list),
		"layer 0: the file says that 't' is 1x5x7"));
	assert_non_null(strstr(layers_json(ctx, &list), "\"note\""));
	fflush(ctx->messages);
	assert_non_null(strstr(f.said, up));
	onnx_close(model);
	fixture_close(&f);
}

/* An input whose size is ONNX Runtime's does not fit behind an Abs. */
static const char refused[] = ONNX_GRAPH(
	"node { name: 'up' op_type: 'ConvTranspose' input: ['x', 'w'] "
	"  output: 't' attribute { name: 'auto_pad' s: 'SAME_UPPER' type: 3 } "
	"  attribute { name: 'strides' ints: [2] type: 7 } } "
	"node { op_type: 'Abs' input: 't' output: 'u' } "
	"node { name: 'add' op_type: 'Add' input: ['r', 'u'] output: 'y' "
	"} " ONNX_VALUE("input", "x",
		ONNX_DIM(1) ONNX_DIM(2) ONNX_DIM(4)) ONNX_VALUE("input", "w",
		ONNX_DIM(2) ONNX_DIM(5) ONNX_DIM(1)) ONNX_VALUE("input", "r",
		ONNX_DIM(1) ONNX_DIM(5) ONNX_DIM(7))
		ONNX_VALUE("output", "y", ONNX_DIM(1) ONNX_DIM(5) ONNX_DIM(7)));

static void refusals_name_the_other_reading(void **state)
{
	(void)state;
	struct fixture f;
	struct model *model;
	size_t length;
	fixture_open(&f);
	struct ctx *ctx = &f.ctx;
	uint8_t *bytes = onnx_text(&ctx->arena, refused, &length);
	assert_true(onnx_read_bytes(ctx, "m.onnx", bytes, length, &model));
	assert_false(shapes_infer(ctx, model));
	fflush(ctx->messages);
	assert_non_null(strstr(f.said, "does not broadcast"));
	assert_non_null(strstr(f.said,
		"m.onnx: node 'up' (ConvTranspose): note: ONNX Runtime reads "
		"auto_pad SAME with strides beyond the window otherwise: 't' "
		"is "
		"1x5x7 there, 1x5x8 here"));
	onnx_close(model);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readings_differ),
		cmocka_unit_test(notes_stand_beside_layers),
		cmocka_unit_test(refusals_name_the_other_reading),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
