/* Lowering against a literal evaluation of the operators: the multiplications
 * of the nests, padding left out, must be those of the operator, element by
 * element. Every extent has a number of its own, so that swapped axes show. */
#include "passes/lower.h"

#include "tests/cmocka.h"
#include "tests/nest_walk.h"
#include "tests/small_graph.h"

#include <stdlib.h>
#include <string.h>

struct fixture {
	struct ctx ctx;
	FILE *sink;
	struct small_graph small;
};

static void fixture_open(struct fixture *f)
{
	f->sink = tmpfile();
	assert_non_null(f->sink);
	ctx_init(&f->ctx, f->sink, NULL);
	small_init(&f->ctx, &f->small);
}

static void fixture_close(struct fixture *f)
{
	ctx_release(&f->ctx);
	fclose(f->sink);
}

/* What has been printed, as one string. */
static const char *printed(struct fixture *f)
{
	static char text[4000];
	rewind(f->sink);
	size_t length = fread(text, 1, sizeof text - 1, f->sink);
	text[length] = 0;
	return text;
}

/* The layer that the graph's last node becomes. */
static const struct layer *lower_one(struct fixture *f, struct layer_list *list)
{
	if (!lower_model(&f->ctx, &f->small.model, list))
		fail_msg("refused: %s", printed(f));
	if (list->count == 0)
		fail_msg("unmapped: %s", list->unmapped[0].reason);
	return &list->layers[list->count - 1];
}

static void assert_products(struct fixture *f, const char *what,
	const struct layer_nest *nests, size_t count, struct products *want,
	int64_t *macs)
{
	struct products got = {0};
	*macs = 0;
	for (size_t k = 0; k < count; k++)
		nest_walk(&f->ctx, &nests[k], &got, macs);
	products_sort(&got);
	products_sort(want);
	int64_t k = products_differ(&got, want);
	if (k >= 0)
		fail_msg("%s: %zu products, wanted %zu; differ at %lld", what,
			got.count, want->count, (long long)k);
}

static struct value *named(
	struct fixture *f, const char *name, const char *type_and_shape)
{
	return small_value(&f->small,
		arena_printf(&f->ctx.arena, "%s %s", name, type_and_shape));
}

static struct value *floats(
	struct fixture *f, const char *name, const char *shape)
{
	return named(f, name, arena_printf(&f->ctx.arena, "float %s", shape));
}

/* --- convolutions -------------------------------------------------------- */

enum { AXES = 3 };

struct conv_case {
	const char *op, *x, *w, *y, *attrs;
	int64_t before[AXES]; /* padding before each axis, worked out by hand */
	size_t nests;         /* 0: any number */
};

/* Sizes of a value, aligned so that the last axis is the last. */
struct image {
	int64_t batch, channels, size[AXES];
};

static struct image image_of(const struct shape *shape)
{
	struct image image = {
		shape->dim[0], shape->dim[1], {1, 1, 1}
        };
	int axes = shape->rank - 2;
	for (int a = 0; a < axes; a++)
		image.size[AXES - axes + a] = shape->dim[2 + a];
	return image;
}

static int64_t image_element(
	const struct image *image, int64_t n, int64_t c, const int64_t at[AXES])
{
	int64_t e = n * image->channels + c;
	for (int a = 0; a < AXES; a++)
		e = e * image->size[a] + at[a];
	return e;
}

static void axis_numbers(const struct node *node, const char *name, int axes,
	int64_t absent, int64_t out[AXES])
{
	const struct attr *attr = node_attr(node, name);
	for (int a = 0; a < AXES; a++) {
		int own = a - (AXES - axes);
		out[a] = own < 0 || !attr ? absent : attr->as.ints[own];
		if (own < 0)
			out[a] = 1;
	}
}

static bool inside(const struct image *image, const int64_t at[AXES])
{
	for (int a = 0; a < AXES; a++)
		if (at[a] < 0 || at[a] >= image->size[a])
			return false;
	return true;
}

#define FOR(i, n) for (int64_t i = 0; i < (n); i++)
#define FOR3(i, n) FOR(i##0, (n)[0]) FOR(i##1, (n)[1]) FOR(i##2, (n)[2])

/* Conv and ConvTranspose by their definition. */
static void conv_evaluate(struct fixture *f, const struct conv_case *c,
	const struct node *node, size_t weight, struct products *want)
{
	struct image x = image_of(&node->input[0]->shape);
	struct image w = image_of(&node->input[weight]->shape);
	struct image y = image_of(&node->output[0]->shape);
	int axes = node->input[0]->shape.rank - 2;
	int64_t stride[AXES], dilation[AXES], before[AXES] = {0};
	const struct attr *group = node_attr(node, "group");
	int64_t groups = group ? group->as.ints[0] : 1;
	bool transposed = strstr(c->op, "Transpose") != NULL;
	axis_numbers(node, "strides", axes, 1, stride);
	axis_numbers(node, "dilations", axes, 1, dilation);
	for (int a = 0; a < axes; a++)
		before[AXES - axes + a] = c->before[a];
	/* Conv gathers for each output, ConvTranspose scatters each input. */
	const struct image *from = transposed ? &x : &y;
	const struct image *to = transposed ? &y : &x;
	int64_t ins = x.channels / groups, outs = y.channels / groups;
	FOR(n, x.batch)
	FOR(g, groups)
	FOR(m, outs) FOR(ch, ins) FOR3(p, from->size) FOR3(k, w.size)
	{
		const int64_t p[AXES] = {p0, p1, p2}, tap[AXES] = {k0, k1, k2};
		int64_t q[AXES];
		for (int a = 0; a < AXES; a++)
			q[a] = p[a] * stride[a] + tap[a] * dilation[a] -
				before[a];
		if (!inside(to, q))
			continue;
		int64_t i =
			image_element(&x, n, g * ins + ch, transposed ? p : q);
		int64_t o =
			image_element(&y, n, g * outs + m, transposed ? q : p);
		int64_t e = transposed
			? image_element(&w, g * ins + ch, m, tap)
			: image_element(&w, g * outs + m, ch, tap);
		products_add(&f->ctx, want, o, i, e);
	}
}

/* clang-format off */
static const struct conv_case conv_cases[] = {
	/* 1x7 on 20x10, different strides, pads and dilations per axis */
	{"Conv", "2x3x20x10", "4x3x1x7", "2x4x8x2",
	 "strides=3,2 pads=2,1,0,5 dilations=5,2", {2, 1}, 1},
	{"Conv", "1x3x9x11", "2x3x2x3", "1x2x8x9", "", {0}, 1},
	{"Conv", "2x6x7x9", "9x2x3x2", "2x9x4x9",
	 "group=3 strides=2,1 pads=1,0,1,1 kernel_shape=3,2", {1, 0}, 1},
	/* depthwise, multiplier 1 and 3 */
	{"Conv", "2x5x7x8", "5x1x3x2", "2x5x5x4", "group=5 strides=1,2", {0}, 1},
	{"Conv", "2x4x6x8", "12x1x2x3", "2x12x6x9",
	 "group=4 pads=0,2,1,1", {0, 2}, 1},
	/* rows are not all read: (8 - 3) % 2 = 1 */
	{"Conv", "1x2x8x10", "3x2x3x3", "1x3x3x4", "strides=2,2", {0}, 1},
	/* auto_pad: rows ceil(7/2) = 4, 2 of padding; columns ceil(8/3) = 3,
	 * (3-1)*3 + 4 - 8 = 2; with filter 5 rows get 3 */
	{"Conv", "1x2x7x8", "3x2x3x4", "1x3x4x3",
	 "strides=2,3 auto_pad=SAME_UPPER", {1, 1}, 1},
	{"Conv", "1x2x7x8", "3x2x4x5", "1x3x4x3",
	 "strides=2,3 auto_pad=SAME_UPPER", {1, 1}, 1},
	{"Conv", "1x2x7x8", "3x2x4x5", "1x3x4x3",
	 "strides=2,3 auto_pad=SAME_LOWER", {2, 2}, 1},
	{"Conv", "1x2x7x8", "3x2x4x5", "1x3x2x2",
	 "strides=2,3 auto_pad=VALID pads=9,9,9,9", {0}, 1},
	/* a stride past the filter, and filters on padding alone */
	{"Conv", "1x2x9x7", "3x2x1x2", "1x3x3x3", "strides=4,3 pads=0,1,0,1",
	 {0, 1}, 1},
	{"Conv", "1x2x2x3", "2x2x2x2", "1x2x7x6", "pads=3,1,3,3", {3, 1}, 1},
	/* one axis is columns */
	{"Conv", "2x3x17", "4x3x5", "2x4x6", "strides=3 pads=2,1 dilations=1",
	 {2}, 1},
	{"Conv", "2x4x11", "6x2x3", "2x6x9", "group=2 dilations=2 pads=1,1",
	 {1}, 1},
	{"Conv", "1x4x11", "4x1x4", "1x4x8", "group=4", {0}, 1},
	/* depth: in C, out instances */
	{"Conv", "2x3x5x6x7", "4x3x2x3x1", "2x4x3x5x4",
	 "strides=2,1,2 pads=1,0,0,0,1,1", {1, 0, 0}, 1},
	{"Conv", "1x2x7x4x5", "3x2x3x2x2", "1x3x3x3x4",
	 "strides=2,1,1 dilations=2,1,1 pads=1,0,0,1,0,0", {1, 0, 0}, 1},
	{"Conv", "2x4x5x4x3", "6x2x2x3x2", "2x6x5x2x2",
	 "group=2 pads=1,0,0,0,0,0", {1, 0, 0}, 1},
	{"Conv", "2x3x5x4x3", "6x1x2x3x2", "2x6x4x2x2", "group=3", {0}, 1},
	{"Conv", "2x3x5x4x3", "6x1x1x3x2", "2x6x3x2x2", "group=3 strides=2,1,1",
	 {0}, 1},
	{"Conv", "1x2x3x4x5", "3x2x3x2x2", "1x3x1x3x4", "", {0}, 1},
	{"ConvInteger", "1x3x9x11", "2x3x2x3", "1x2x8x9", "", {0}, 1},
	{"DeformConv", "1x3x9x11", "2x3x2x3", "1x2x10x9", "pads=1,0,1,0",
	 {1, 0}, 1},
	{"com.microsoft.FusedConv", "1x3x9x11", "2x3x2x3", "1x2x8x9", "", {0}, 1},

	/* stride 1: one phase */
	{"ConvTranspose", "2x3x5x6", "3x4x3x2", "2x4x7x7", "", {0}, 1},
	{"ConvTranspose", "1x3x5x6", "3x4x3x2", "1x4x4x6",
	 "pads=1,0,2,1", {1, 0}, 1},
	/* 2 x 3 phases of (5-1)*2+3 x (4-1)*3+4 */
	{"ConvTranspose", "2x3x5x4", "3x4x3x4", "2x4x11x13", "strides=2,3", {0},
	 6},
	{"ConvTranspose", "1x2x5x4", "2x3x3x4", "1x3x10x11",
	 "strides=2,3 pads=1,2,1,1 output_padding=1,1", {1, 2}, 6},
	/* stride past the filter: 2 of 3 row phases have taps */
	{"ConvTranspose", "1x2x4x3", "2x3x2x1", "1x3x11x5", "strides=3,2", {0},
	 2},
	/* dilation and stride with a common factor: taps meet half the phases */
	{"ConvTranspose", "1x2x4x5", "2x3x3x2", "1x3x11x12",
	 "strides=2,2 dilations=2,3", {0}, 2},
	{"ConvTranspose", "1x2x4x5", "2x3x3x2", "1x3x23x21",
	 "strides=6,4 dilations=2,4", {0}, 3},
	/* groups, depthwise with multiplier 2 */
	{"ConvTranspose", "2x6x4x5", "6x2x2x3", "2x6x7x10",
	 "group=3 strides=2,2 pads=0,0,1,1", {0}, 4},
	{"ConvTranspose", "2x3x4x5", "3x2x2x3", "2x6x8x11",
	 "group=3 strides=2,2", {0}, 4},
	/* SAME: 4*2 rows, total 0*... rows (4-1)*2+3-8 = 1, columns
	 * (5-1)*3+3-15 = 0 */
	{"ConvTranspose", "1x2x4x5", "2x3x3x3", "1x3x8x15",
	 "strides=2,3 auto_pad=SAME_UPPER", {0, 0}, 6},
	{"ConvTranspose", "1x2x4x5", "2x3x3x3", "1x3x8x15",
	 "strides=2,3 auto_pad=SAME_LOWER", {1, 0}, 6},
	/* output_shape: rows (4-1)*2+4 = 10 to 7, columns (5-1)*2+2 = 10 to 12 */
	{"ConvTranspose", "1x2x4x5", "2x3x4x2", "1x3x7x12",
	 "strides=2,2 output_shape=7,12", {2, 0}, 4},
	{"ConvTranspose", "1x2x4x5", "2x3x4x2", "1x3x7x12",
	 "strides=2,2 output_shape=1,3,7,12 auto_pad=SAME_UPPER", {1, 0}, 4},
	{"ConvTranspose", "2x3x7", "3x2x5", "2x2x22", "strides=3 pads=1,0", {1},
	 3},
	{"ConvTranspose", "1x2x3x4x5", "2x3x3x2x2", "1x3x6x8x6",
	 "strides=2,2,1 pads=1,0,0,0,0,0", {1, 0, 0}, 4},
	{"ConvTranspose", "2x4x3x2x3", "4x2x3x2x1", "2x4x5x4x3",
	 "group=2 strides=1,2,1", {0}, 2},
	{"ConvTranspose", "1x2x3x2x3", "2x3x2x2x1", "1x3x5x2x3",
	 "dilations=2,1,1 pads=0,1,0,0,0,0", {0, 1, 0}, 1},
	{"ConvTranspose", "1x3x3x2x3", "3x2x3x2x1", "1x6x7x3x3",
	 "group=3 strides=2,1,1", {0}, 2},
};
/* clang-format on */

static void convolution_check(struct fixture *f, const struct conv_case *c)
{
	struct layer_list list;
	struct products want = {0};
	struct arena *arena = &f->ctx.arena;
	struct value *in[] = {
		small_value(&f->small, arena_printf(arena, "x float %s", c->x)),
		small_value(&f->small, arena_printf(arena, "w float %s", c->w)),
		NULL};
	struct value *y =
		small_value(&f->small, arena_printf(arena, "y float %s", c->y));
	struct node *node =
		small_node(&f->small, c->op, in, (struct value *[]){y, NULL});
	small_attrs(&f->small, node, c->attrs);
	const char *what =
		arena_printf(arena, "%s %s %s %s", c->op, c->x, c->w, c->attrs);
	const struct layer *layer = lower_one(f, &list);
	conv_evaluate(f, c, node, 1, &want);
	int64_t macs;
	assert_products(f, what, layer->nests, layer->nest_count, &want, &macs);
	if (c->nests && layer->nest_count != c->nests)
		fail_msg("%s: %zu nests", what, layer->nest_count);
	/* Conv counts padding, ConvTranspose input x taps. */
	struct image x = image_of(&in[0]->shape);
	struct image w = image_of(&in[1]->shape);
	int64_t useful = x.batch * x.channels * w.channels;
	for (int a = 0; a < AXES; a++)
		useful *= x.size[a] * w.size[a];
	if (!strstr(c->op, "Transpose"))
		useful = macs;
	assert_int_equal(layer->macs, useful);
}

static void convolutions_multiply_what_they_should(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof conv_cases / sizeof *conv_cases; k++) {
		struct fixture f;
		fixture_open(&f);
		convolution_check(&f, &conv_cases[k]);
		fixture_close(&f);
	}
}

/* Random ones: xorshift, the same on every run. */
static int64_t draw(uint64_t *seed, int64_t low, int64_t high)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return low + (int64_t)(*seed % (uint64_t)(high - low + 1));
}

static const char *dims_text(
	struct fixture *f, int64_t a, int64_t b, const int64_t *size, int axes)
{
	const char *text = arena_printf(
		&f->ctx.arena, "%lldx%lld", (long long)a, (long long)b);
	for (int i = 0; i < axes; i++)
		text = arena_printf(
			&f->ctx.arena, "%sx%lld", text, (long long)size[i]);
	return text;
}

static const char *list_text(struct fixture *f, const int64_t *list, int count)
{
	const char *text = "";
	for (int i = 0; i < count; i++)
		text = arena_printf(&f->ctx.arena, "%s%s%lld", text,
			i ? "," : "", (long long)list[i]);
	return text;
}

/* False where the numbers drawn make no convolution. */
static bool draw_convolution(
	struct fixture *f, uint64_t *seed, struct conv_case *c)
{
	bool transposed = draw(seed, 0, 1) != 0;
	int axes = (int)draw(seed, 1, AXES);
	int64_t x[AXES], w[AXES], y[AXES], stride[AXES], dilation[AXES];
	int64_t pads[2 * AXES], extra[AXES];
	int64_t batch = draw(seed, 1, 2), group = draw(seed, 1, 3);
	int64_t ins = draw(seed, 1, 3), outs = draw(seed, 1, 3);
	for (int a = 0; a < axes; a++) {
		x[a] = draw(seed, 1, axes == 3 ? 5 : 8);
		w[a] = draw(seed, 1, axes == 3 ? 3 : 4);
		stride[a] = draw(seed, 1, 4);
		dilation[a] = draw(seed, 1, 3);
		pads[a] = draw(seed, 0, 3);
		pads[axes + a] = draw(seed, 0, 3);
		extra[a] = transposed ? draw(seed, 0, stride[a] - 1) : 0;
		int64_t extent = (w[a] - 1) * dilation[a] + 1;
		int64_t pad = pads[a] + pads[axes + a];
		if (!transposed && x[a] + pad < extent)
			return false;
		y[a] = transposed
			? (x[a] - 1) * stride[a] + extent + extra[a] - pad
			: (x[a] + pad - extent) / stride[a] + 1;
		if (y[a] < 1)
			return false;
		c->before[a] = pads[a];
	}
	c->op = transposed ? "ConvTranspose" : "Conv";
	c->x = dims_text(f, batch, group * ins, x, axes);
	c->w = transposed ? dims_text(f, group * ins, outs, w, axes)
			  : dims_text(f, group * outs, ins, w, axes);
	c->y = dims_text(f, batch, group * outs, y, axes);
	c->attrs = arena_printf(&f->ctx.arena,
		"strides=%s dilations=%s pads=%s group=%lld%s%s",
		list_text(f, stride, axes), list_text(f, dilation, axes),
		list_text(f, pads, 2 * axes), (long long)group,
		transposed ? " output_padding=" : "",
		transposed ? list_text(f, extra, axes) : "");
	return true;
}

static void random_convolutions_multiply_what_they_should(void **state)
{
	(void)state;
	uint64_t seed = 20;
	for (int k = 0; k < 400; k++) {
		struct fixture f;
		struct conv_case c = {0};
		fixture_open(&f);
		if (draw_convolution(&f, &seed, &c))
			convolution_check(&f, &c);
		fixture_close(&f);
	}
}

/* --- products ------------------------------------------------------------ */

/* An oracle that knows einsum alone: letters over dense tensors. */
struct product_case {
	const char *op, *a, *b, *y, *attrs;
	const char *equation; /* "ik,kj->ij"; a letter of size 1 broadcasts */
	int64_t instances;
};

static int64_t letter_element(const char *term, size_t length,
	const struct shape *shape, const int64_t at[128])
{
	int64_t e = 0;
	for (size_t d = 0; d < length; d++) {
		int64_t size = shape->dim[d];
		int64_t i = at[(unsigned char)term[d]];
		e = e * size + (size == 1 ? 0 : i);
	}
	return e;
}

static void equation_evaluate(struct fixture *f, const char *equation,
	const struct shape *a, const struct shape *b, const struct shape *y,
	struct products *want)
{
	const char *comma = strchr(equation, ','),
		   *arrow = strstr(equation, "->");
	const char *second = comma + 1, *result = arrow + 2;
	size_t la = (size_t)(comma - equation), lb = (size_t)(arrow - second);
	size_t ly = strlen(result);
	int64_t size[128] = {0}, at[128] = {0};
	for (size_t d = 0; d < la; d++)
		size[(unsigned char)equation[d]] = a->dim[d];
	for (size_t d = 0; d < lb; d++)
		if (size[(unsigned char)second[d]] < b->dim[d])
			size[(unsigned char)second[d]] = b->dim[d];
	for (;;) {
		products_add(&f->ctx, want, letter_element(result, ly, y, at),
			letter_element(equation, la, a, at),
			letter_element(second, lb, b, at));
		int c = 0;
		while (c < 128 && (size[c] == 0 || ++at[c] == size[c]))
			at[c++] = 0;
		if (c == 128)
			return;
	}
}

/* The layer's one nest, and every other form of it, multiply what they should.
 */
static void assert_forms(struct fixture *f, const char *what,
	const struct layer *layer, struct products *want)
{
	int64_t macs;
	const struct layer_nest *ln = layer->nests;
	assert_int_equal(layer->nest_count, 1);
	assert_products(f, what, ln, 1, want, &macs);
	assert_int_equal(layer->macs, macs);
	for (size_t k = 0; k < ln->form_count; k++) {
		const struct layer_nest *form = &ln->forms[k];
		assert_products(f,
			arena_printf(&f->ctx.arena, "%s, form %zu", what, k),
			form, 1, want, &macs);
		assert_int_equal(layer->macs, macs);
		/* Most rows first. */
		assert_true(ln->nest.bound[LOOP_N] >= form->nest.bound[LOOP_N]);
		assert_int_equal(form->form_count, 0);
	}
}

/* clang-format off */
static const struct product_case product_cases[] = {
	{"Gemm", "5x7", "7x3", "5x3", "", "ik,kj->ij", 1},
	{"Gemm", "7x5", "7x3", "5x3", "transA=1", "ki,kj->ij", 1},
	{"Gemm", "5x7", "3x7", "5x3", "transB=1", "ik,jk->ij", 1},
	{"Gemm", "7x5", "3x7", "5x3", "transA=1 transB=1", "ki,jk->ij", 1},
	{"Gemm", "1x7", "3x7", "1x3", "transB=1", "ik,jk->ij", 1},
	{"com.microsoft.FusedGemm", "7x5", "7x3", "5x3", "transA=1", "ki,kj->ij", 1},
	{"MatMul", "5x7", "7x3", "5x3", "", "ik,kj->ij", 1},
	{"MatMul", "7", "7x3", "3", "", "k,kj->j", 1},
	{"MatMul", "5x7", "7", "5", "", "ik,k->i", 1},
	{"MatMul", "7", "7", "[]", "", "k,k->", 1},
	{"MatMul", "7", "2x7x3", "2x3", "", "k,akj->aj", 1},
	{"MatMul", "2x4x5x7", "7", "2x4x5", "", "abik,k->abi", 1},
	/* B has no batch: rows */
	{"MatMul", "2x4x5x7", "7x3", "2x4x5x3", "", "abik,kj->abij", 1},
	{"MatMul", "2x4x5x7", "1x1x7x3", "2x4x5x3", "", "abik,xykj->abij", 1},
	{"MatMul", "2x4x5x7", "2x4x7x3", "2x4x5x3", "", "abik,abkj->abij", 8},
	{"MatMul", "2x4x5x7", "2x1x7x3", "2x4x5x3", "", "abik,axkj->abij", 2},
	{"MatMul", "2x4x5x7", "1x4x7x3", "2x4x5x3", "", "abik,xbkj->abij", 4},
	{"MatMul", "4x5x7", "2x4x7x3", "2x4x5x3", "", "bik,abkj->abij", 4},
	{"MatMul", "2x1x5x7", "1x4x7x3", "2x4x5x3", "", "axik,ybkj->abij", 1},
	{"MatMul", "2x1x5x7", "6x7x3", "2x6x5x3", "", "axik,bkj->abij", 1},
	{"MatMulInteger", "5x7", "7x3", "5x3", "", "ik,kj->ij", 1},
	{"com.microsoft.FusedMatMul", "2x7x5", "2x3x7", "2x5x3", "transA=1 transB=1",
	 "aki,ajk->aij", 2},
	{"com.microsoft.FusedMatMul", "5x2x4x7", "2x4x7x3", "2x4x5x3", "transBatchA=1",
	 "iabk,abkj->abij", 8},
	{"com.microsoft.FusedMatMul", "7x2x5", "2x7x3", "2x5x3", "transBatchA=1 transA=1",
	 "kai,akj->aij", 2},

	{"Einsum", "2x5x7", "2x7x3", "2x5x3", "equation=bij,bjk->bik", "aik,akj->aij", 2},
	{"Einsum", "5", "5", "[]", "equation=i,i", "i,i->", 1},
	{"Einsum", "5", "3", "5x3", "equation=i,j", "i,j->ij", 1},
	{"Einsum", "5x7", "7x3", "5x3", "equation=ij,jk", "ik,kj->ij", 1},
	/* letters of the result in alphabetical order */
	{"Einsum", "5x7", "7x3", "3x5", "equation=zj,jk", "ik,kj->ji", 1},
	{"Einsum", "2x5x4x7", "2x6x4x7", "2x4x5x6",
	 "equation=bqhd,bkhd->bhqk", "aqhd,akhd->ahqk", 8},
	{"Einsum", "2x3x4", "4x5x6", "2x3x5x6", "equation=ibh,hnd->ibnd",
	 "ibh,hnd->ibnd", 1},
	{"Einsum", "2x3x5x6", "4x5x6", "2x3x4", "equation=ibnd,hnd->ibh",
	 "ibnd,hnd->ibh", 1},
	/* sums over two indices that lie apart */
	{"Einsum", "3x5x6", "6x4x5", "3x4", "equation=ind,dhn->ih",
	 "ind,dhn->ih", 1},
	{"Einsum", "5x3x6", "6x4x5", "4x3", "equation=nid,dhn->hi",
	 "nid,dhn->hi", 1},
	/* rows that lie apart in the result: the inner one stays a loop */
	{"Einsum", "2x3x7", "7x5", "2x5x3", "equation=abk,kj->ajb",
	 "abk,kj->ajb", 1},
	{"Einsum", "2x3x5x7", "1x3x7x4", "2x3x5x4",
	 "equation=...ij,...jk->...ik", "abik,xbkj->abij", 3},
	{"Einsum", "2x5x7", "7x4", "2x5x4", "equation=...j,jk->...k",
	 "aik,kj->aij", 1},
	/* a diagonal */
	{"Einsum", "5x5x7", "7x3", "5x3", "equation=iij,jk->ik", "iik,kj->ij", 1},
};
/* clang-format on */

static void products_multiply_what_they_should(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof product_cases / sizeof *product_cases;
		k++) {
		const struct product_case *c = &product_cases[k];
		struct fixture f;
		struct layer_list list;
		struct products want = {0};
		fixture_open(&f);
		struct arena *arena = &f.ctx.arena;
		struct value *in[] = {
			small_value(&f.small,
				arena_printf(arena, "a float %s", c->a)),
			small_value(&f.small,
				arena_printf(arena, "b float %s", c->b)),
			NULL};
		struct value *y = small_value(
			&f.small, arena_printf(arena, "y float %s", c->y));
		struct node *node = small_node(
			&f.small, c->op, in, (struct value *[]){y, NULL});
		small_attrs(&f.small, node, c->attrs);
		const char *what = arena_printf(
			arena, "%s %s %s %s", c->op, c->a, c->b, c->attrs);
		const struct layer *layer = lower_one(&f, &list);
		equation_evaluate(&f, c->equation, &in[0]->shape, &in[1]->shape,
			&y->shape, &want);
		assert_forms(&f, what, layer, &want);
		assert_int_equal(layer->nest_count, 1);
		if (layer->nests[0].instances != c->instances)
			fail_msg("%s: %lld instances", what,
				(long long)layer->nests[0].instances);
		fixture_close(&f);
	}
}

/* Random contractions: five indices, each of both operands and the result or of
 * two of them, in any order. */
static const char *shuffled(
	struct fixture *f, uint64_t *seed, const char *letters)
{
	char *text = arena_strdup(&f->ctx.arena, letters);
	for (int i = (int)strlen(text) - 1; i > 0; i--) {
		int k = (int)draw(seed, 0, i);
		char swap = text[i];
		text[i] = text[k];
		text[k] = swap;
	}
	return text;
}

static void random_contractions_multiply_what_they_should(void **state)
{
	(void)state;
	enum { LETTERS = 5 };
	uint64_t seed = 9;
	int layers = 0, several = 0;
	for (int k = 0; k < 400; k++) {
		struct fixture f;
		struct layer_list list;
		struct products want = {0};
		fixture_open(&f);
		struct arena *arena = &f.ctx.arena;
		const char *term[OPND_COUNT] = {"", "", ""};
		const char *shape[OPND_COUNT];
		int64_t size[LETTERS];
		for (int l = 0; l < LETTERS; l++) {
			/* left out of one, or of none */
			int64_t without = draw(&seed, 0, OPND_COUNT);
			size[l] = draw(&seed, 1, 3);
			for (int o = 0; o < OPND_COUNT; o++)
				if (o != without)
					term[o] = arena_printf(arena, "%s%c",
						term[o], 'a' + l);
		}
		for (int o = 0; o < OPND_COUNT; o++) {
			term[o] = shuffled(&f, &seed, term[o]);
			shape[o] = "";
			for (const char *c = term[o]; *c; c++)
				shape[o] = arena_printf(arena, "%s%s%lld",
					shape[o], *shape[o] ? "x" : "",
					(long long)size[*c - 'a']);
			if (!*shape[o])
				shape[o] = "[]";
		}
		const char *equation = arena_printf(arena, "%s,%s->%s",
			term[OPND_I], term[OPND_W], term[OPND_O]);
		struct value *in[] = {floats(&f, "a", shape[OPND_I]),
			floats(&f, "b", shape[OPND_W]), NULL};
		struct value *y = floats(&f, "y", shape[OPND_O]);
		struct node *node = small_node(
			&f.small, "Einsum", in, (struct value *[]){y, NULL});
		small_attrs(&f.small, node,
			arena_printf(arena, "equation=%s", equation));
		if (!lower_model(&f.ctx, &f.small.model, &list))
			fail_msg("%s: %s", equation, printed(&f));
		if (list.count) {
			layers++;
			equation_evaluate(&f, equation, &in[0]->shape,
				&in[1]->shape, &y->shape, &want);
			assert_forms(&f, equation, &list.layers[0], &want);
			several += list.layers[0].nests->form_count > 1;
		}
		fixture_close(&f);
	}
	/* Few sum over three separate indices, or over none. */
	assert_true(layers > 350);
	assert_true(several > 100);
}

/* --- layers of several products ------------------------------------------ */

static struct shape shape_text_read(struct fixture *f, const char *text)
{
	return small_value(
		&f->small, arena_printf(&f->ctx.arena, "t float %s", text))
		->shape;
}

/* One nest of a layer as an equation over tensors seen with these shapes: a
 * row of heads is two dimensions. */
struct nest_equation {
	const char *equation, *i, *w, *o;
};

static void assert_nest(struct fixture *f, const char *what,
	const struct layer_nest *ln, const struct nest_equation *e,
	int64_t i_base, int64_t w_base)
{
	struct shape i = shape_text_read(f, e->i), w = shape_text_read(f, e->w);
	struct shape o = shape_text_read(f, e->o);
	struct products want = {0};
	int64_t macs;
	equation_evaluate(f, e->equation, &i, &w, &o, &want);
	for (size_t k = 0; k < want.count; k++) {
		want.list[k].i += i_base;
		want.list[k].w += w_base;
	}
	assert_products(f,
		arena_printf(&f->ctx.arena, "%s %s", what, e->equation), ln, 1,
		&want, &macs);
}

/* clang-format off */
static const struct rnn_case {
	const char *op, *x, *w, *r, *y, *attrs;
	struct nest_equation input, recurrent;
	int64_t instances;
} rnn_cases[] = {
	/* 5 steps, batch 3, 7 inputs, 2 hidden, 2 directions */
	{"LSTM", "5x3x7", "2x8x7", "2x8x2", "5x2x3x2", "",
	 {"tbk,dgk->dtbg", "5x3x7", "2x8x7", "2x5x3x8"},
	 {"dtbk,dgk->dtbg", "2x5x3x2", "2x8x2", "2x5x3x8"}, 10},
	/* the last gate multiplies what another has made: a run for each gate */
	{"GRU", "5x3x7", "1x6x7", "1x6x2", "5x1x3x2", "",
	 {"tbk,dgk->dtbg", "5x3x7", "1x6x7", "1x5x3x6"},
	 {"dtbk,dgk->dtbg", "1x5x3x2", "1x6x2", "1x5x3x6"}, 15},
	{"GRU", "5x3x7", "1x6x7", "1x6x2", "5x1x3x2", "linear_before_reset=1",
	 {"tbk,dgk->dtbg", "5x3x7", "1x6x7", "1x5x3x6"},
	 {"dtbk,dgk->dtbg", "1x5x3x2", "1x6x2", "1x5x3x6"}, 5},
	{"RNN", "5x1x7", "2x4x7", "2x4x4", "5x2x1x4", "",
	 {"tbk,dgk->dtbg", "5x1x7", "2x4x7", "2x5x1x4"},
	 {"dtbk,dgk->dtbg", "2x5x1x4", "2x4x4", "2x5x1x4"}, 10},
	{"LSTM", "3x5x7", "2x8x7", "2x8x2", "3x5x2x2", "layout=1",
	 {"btk,dgk->dbtg", "3x5x7", "2x8x7", "2x3x5x8"},
	 {"dbtk,dgk->dbtg", "2x3x5x2", "2x8x2", "2x3x5x8"}, 10},
};
/* clang-format on */

static void recurrences_multiply_what_they_should(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof rnn_cases / sizeof *rnn_cases; k++) {
		const struct rnn_case *c = &rnn_cases[k];
		struct fixture f;
		struct layer_list list;
		fixture_open(&f);
		struct value *in[] = {floats(&f, "x", c->x),
			floats(&f, "w", c->w), floats(&f, "r", c->r), NULL};
		struct node *node = small_node(&f.small, c->op, in,
			(struct value *[]){floats(&f, "y", c->y), NULL});
		small_attrs(&f.small, node, c->attrs);
		const struct layer *layer = lower_one(&f, &list);
		assert_int_equal(layer->nest_count, 2);
		assert_nest(&f, c->op, &layer->nests[0], &c->input, 0, 0);
		assert_nest(&f, c->op, &layer->nests[1], &c->recurrent, 0, 0);
		assert_int_equal(layer->nests[1].instances, c->instances);
		assert_int_equal(layer->macs,
			nest_macs(&layer->nests[0].nest) *
					layer->nests[0].instances +
				nest_macs(&layer->nests[1].nest) *
					layer->nests[1].instances);
		assert_null(layer->nests[0].place[OPND_O].value);
		assert_ptr_equal(layer->nests[1].place[OPND_W].value, in[2]);
		fixture_close(&f);
	}
}

/* clang-format off */
static const struct attention_case {
	const char *op, *q, *k, *v, *past_k, *past_v, *y, *attrs;
	struct nest_equation scores, result;
} attention_cases[] = {
	/* batch 2, 3 heads of 5 and 4, 6 queries, 7 keys */
	{"Attention", "2x3x6x5", "2x3x7x5", "2x3x7x4", NULL, NULL, "2x3x6x4", "",
	 {"bhqd,bhkd->bhqk", "2x3x6x5", "2x3x7x5", "2x3x6x7"},
	 {"bhqk,bhkd->bhqd", "2x3x6x7", "2x3x7x4", "2x3x6x4"}},
	{"Attention", "2x6x15", "2x7x15", "2x7x12", NULL, NULL, "2x6x12",
	 "q_num_heads=3 kv_num_heads=3",
	 {"bqhd,bkhd->bhqk", "2x6x3x5", "2x7x3x5", "2x3x6x7"},
	 {"bhqk,bkhd->bqhd", "2x3x6x7", "2x7x3x4", "2x6x3x4"}},
	/* 6 heads of Q share 2 of K */
	{"Attention", "2x6x4x5", "2x2x7x5", "2x2x7x3", NULL, NULL, "2x6x4x3", "",
	 {"bgsqd,bgkd->bgsqk", "2x2x3x4x5", "2x2x7x5", "2x2x3x4x7"},
	 {"bgsqk,bgkd->bgsqd", "2x2x3x4x7", "2x2x7x3", "2x2x3x4x3"}},
	/* a past of 4 keys */
	{"Attention", "2x3x6x5", "2x3x7x5", "2x3x7x4", "2x3x4x5", "2x3x4x4", "2x3x6x4", "",
	 {"bhqd,bhkd->bhqk", "2x3x6x5", "2x3x11x5", "2x3x6x11"},
	 {"bhqk,bhkd->bhqd", "2x3x6x11", "2x3x11x4", "2x3x6x4"}},
	{"com.microsoft.MultiHeadAttention", "2x6x15", "2x7x15", "2x7x12", NULL, NULL, "2x6x12",
	 "num_heads=3",
	 {"bqhd,bkhd->bhqk", "2x6x3x5", "2x7x3x5", "2x3x6x7"},
	 {"bhqk,bkhd->bqhd", "2x3x6x7", "2x7x3x4", "2x6x3x4"}},
};
/* clang-format on */

static void attention_multiplies_what_it_should(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof attention_cases / sizeof *attention_cases;
		k++) {
		const struct attention_case *c = &attention_cases[k];
		struct fixture f;
		struct layer_list list;
		fixture_open(&f);
		struct value *in[] = {floats(&f, "q", c->q),
			floats(&f, "k", c->k), floats(&f, "v", c->v), NULL,
			NULL, NULL, NULL};
		if (c->past_k) {
			in[3] = &small_none;
			in[4] = floats(&f, "pk", c->past_k);
			in[5] = floats(&f, "pv", c->past_v);
		}
		struct node *node = small_node(&f.small, c->op, in,
			(struct value *[]){floats(&f, "y", c->y), NULL});
		small_attrs(&f.small, node, c->attrs);
		const struct layer *layer = lower_one(&f, &list);
		assert_int_equal(layer->nest_count, 2);
		assert_nest(&f, c->op, &layer->nests[0], &c->scores, 0, 0);
		assert_nest(&f, c->op, &layer->nests[1], &c->result, 0, 0);
		fixture_close(&f);
	}
}

static void projecting_attention_multiplies_what_it_should(void **state)
{
	(void)state;
	struct fixture f;
	struct layer_list list;
	fixture_open(&f);
	/* batch 2, 6 rows, width 7; 3 heads of 5 and 4: 15 + 15 + 12 */
	struct node *node = small_node(&f.small, "com.microsoft.Attention",
		(struct value *[]){floats(&f, "x", "2x6x7"),
			floats(&f, "w", "7x42"), NULL},
		(struct value *[]){floats(&f, "y", "2x6x12"), NULL});
	small_attrs(&f.small, node, "num_heads=3 qkv_hidden_sizes=15,15,12");
	const struct layer *layer = lower_one(&f, &list);
	assert_int_equal(layer->nest_count, 3);
	assert_nest(&f, "projection", &layer->nests[0],
		&(struct nest_equation){"ik,kj->ij", "12x7", "7x42", "12x42"},
		0, 0);
	/* Heads inside rows of 42: no dense tensor, so element by element. */
	struct products scores = {0}, result = {0};
	FOR(b, 2) FOR(h, 3) FOR(q, 6) FOR(k, 6)
	{
		FOR(d, 5)
		products_add(&f.ctx, &scores, ((b * 3 + h) * 6 + q) * 6 + k,
			(b * 6 + q) * 42 + h * 5 + d,
			(b * 6 + k) * 42 + 15 + h * 5 + d);
		FOR(d, 4)
		products_add(&f.ctx, &result, (b * 6 + q) * 12 + h * 4 + d,
			((b * 3 + h) * 6 + q) * 6 + k,
			(b * 6 + k) * 42 + 30 + h * 4 + d);
	}
	int64_t macs;
	assert_products(&f, "scores", &layer->nests[1], 1, &scores, &macs);
	assert_products(&f, "result", &layer->nests[2], 1, &result, &macs);
	assert_int_equal(layer->macs,
		12 * 7 * 42 + 2 * 3 * 6 * 6 * 5 + 2 * 3 * 6 * 6 * 4);
	fixture_close(&f);
}

/* Integers where both operands of a product are quantised, else floats. */
static void quantised_attention_moves_integers(void **state)
{
	(void)state;
	static const char *const names[] = {"q", "k", "v"};
	for (int set = 0; set < 8; set++) {
		struct fixture f;
		struct layer_list list;
		fixture_open(&f);
		struct value *in[4] = {NULL}, *stored[3];
		for (int i = 0; i < 3; i++) {
			in[i] = floats(&f, names[i], "2x3x7x5");
			stored[i] = in[i];
			if (!(set >> i & 1))
				continue;
			stored[i] = named(&f,
				arena_printf(&f.ctx.arena, "%sq", names[i]),
				"int8 2x3x7x5");
			small_node(&f.small, "DequantizeLinear",
				(struct value *[]){
					stored[i], floats(&f, "s", "1"), NULL},
				(struct value *[]){in[i], NULL});
		}
		small_node(&f.small, "Attention", in,
			(struct value *[]){floats(&f, "y", "2x3x7x5"), NULL});
		const struct layer *layer = lower_one(&f, &list);
		bool both = (set & 3) == 3;
		const struct layer_nest *scores = &layer->nests[0];
		const struct layer_nest *result = &layer->nests[1];
		for (int i = 0; i < 2; i++) {
			int o = OPND_I + i;
			assert_int_equal(scores->nest.tensor[o].type,
				both ? DTYPE_INT8 : DTYPE_FLOAT);
			assert_ptr_equal(scores->place[o].value,
				both ? stored[i] : in[i]);
		}
		assert_int_equal(scores->nest.tensor[OPND_O].type,
			both ? DTYPE_INT32 : DTYPE_FLOAT);
		assert_int_equal(result->nest.tensor[OPND_W].type, DTYPE_FLOAT);
		assert_ptr_equal(result->place[OPND_W].value, in[2]);
		fixture_close(&f);
	}
}

/* --- what else a node can become ----------------------------------------- */

/* clang-format off */
static const struct outcome_case {
	const char *op, *a, *b, *y, *attrs;
	const char *error;  /* a part of the message, or */
	const char *reason; /* of why it is unmapped, or both NULL: a layer */
	int flags;          /* of unmapped: 1 compute, 2 unresolved */
} outcome_cases[] = {
	{"Relu", "1x3", NULL, "1x3", "", NULL, "no convolution or matrix product", 0},
	{"Frobnicate", "1x3", NULL, "1x3", "", NULL, "unknown operator Frobnicate", 1},
	{"my.own.Conv", "1x3", NULL, "1x3", "", NULL, "unknown operator my.own.Conv", 1},
	{"STFT", "1x3", "1", "1x3", "", NULL, "no lowering for this operator", 1},
	{"Einsum", "3x4", NULL, "4x3", "equation=ij->ji", NULL, NULL, 0},
	{"Einsum", "3x4", "3x4", "3x4", "equation=ij,ij->ij", NULL, "element-wise", 0},
	{"Einsum", "3x4", "4x5", "5", "equation=ij,jk->k", NULL, "index of one operand alone", 1},
	{"Einsum", "3x4", "5x6", "3x6", "equation=ij,jk->ik", "is 4 in one place and 5 in another", NULL, 0},
	{"Einsum", "3x4", "4x6", "3x6", "equation=ij,j->ik", "1 dimensions, it has 2", NULL, 0},
	{"Einsum", "3x4", "4x6", "3x6", "equation=ij,jk->iz", "no operand has", NULL, 0},
	{"Einsum", "3x4", "4x6", "3x6", "equation=i!,jk->ik", "cannot be read", NULL, 0},
	{"Einsum", "3x4", "4x6", "3x3", "equation=ij,jk->ii", "twice", NULL, 0},
	{"MatMul", "3x0", "0x5", "3x5", "", NULL, "no multiplications: first operand is 3x0", 0},
	{"MatMul", "3x4", "5x6", "3x6", "", "the sum runs over 4 of A and 5 of B", NULL, 0},
	{"MatMul", "2x3x4", "3x4x6", "2x3x6", "", "batch sizes 2 and 3 do not agree", NULL, 0},
	{"MatMul", "3x4", "4x6", "3x7", "", "output is 3x7, its operands give 3x6", NULL, 0},
	{"Gemm", "3x4", "6x5", "3x6", "transB=1", "B is 6x5 transposed", NULL, 0},
	{"Gemm", "3x4x1", "4x5", "3x5", "", "expected matrices", NULL, 0},
	{"Conv", "1x3x8x8", "4x3x3x3", "1x4x6x6", "kernel_shape=5,5", "weight is 4x3x3x3, kernel_shape says 5x5", NULL, 0},
	{"Conv", "1x3x8x8", "4x2x3x3", "1x4x6x6", "", "weight is 4x2x3x3 with 2 input channels, expected 3: input 1x3x8x8, group 1", NULL, 0},
	{"Conv", "1x4x8x8", "5x2x3x3", "1x5x6x6", "group=2", "no multiple of group 2", NULL, 0},
	{"Conv", "1x4x8x8", "5x2x3x3", "1x5x6x6", "group=0", "group is 0", NULL, 0},
	{"Conv", "1x3x8x8", "4x3x3", "1x4x6x6", "", "weight is 4x3x3, expected 4 dimensions", NULL, 0},
	{"Conv", "3x8", "4x3", "4x6", "", "expected batch, channels and 1 to 3 axes", NULL, 0},
	{"Conv", "1x3x8x8", "4x3x3x3", "1x4x6x6", "strides=0,1", "strides has 0, expected 1 or more", NULL, 0},
	{"Conv", "1x3x8x8", "4x3x3x3", "1x4x6x6", "strides=1,1,1", "strides has 3 numbers, expected 2", NULL, 0},
	{"Conv", "1x3x8x8", "4x3x3x3", "1x4x6x6", "auto_pad=BIG", "auto_pad is 'BIG'", NULL, 0},
	{"Conv", "1x3x8x8", "4x3x9x3", "1x4x6x6", "", "filter spans 9 on axis 0, the padded input has 8", NULL, 0},
	{"Conv", "1x3x8x8", "4x3x3x3", "1x4x6x6", "group=2", "input is 1x3x8x8, its 3 channels are no multiple of group 2", NULL, 0},
	{"Conv", "1x3x8x8", "4x3x3x3", "1x4x6x6", "strides=wide", "attribute 'strides' is a string", NULL, 0},
	/* sizes from strangers */
	{"Conv", "1x4611686018427387904x8x8", "4x3x3x3", "1x4x6x6", "", "more than 2^53 elements", NULL, 0},
	{"Conv", "1x3x8x8", "4x3x3x3", "?", "pads=4611686018427387904,0,0,0", "more than 2^53 elements", NULL, 0},
	{"Conv", "1x3x8x8", "4x3x3x3", "?", "pads=9223372036854775807,0,9223372036854775807,0", "passes 2^63", NULL, 0},
	{"Conv", "1x3x8x8", "4x3x3x3", "?", "dilations=9223372036854775807,1", "passes 2^63", NULL, 0},
	{"Conv", "1x3x8x8", "4x3x3x3", "?", "strides=9223372036854775807,1 auto_pad=SAME_UPPER", NULL, NULL, 0},
	{"MatMul", "1048576x1048576", "1048576x1048576", "1048576x1048576", "", "more than 2^50 multiplications", NULL, 0},
	{"MatMul", "1099511627776x1", "1x1099511627776", "?", "", "output 1099511627776x1099511627776 has more than 2^53", NULL, 0},
	{"ConvTranspose", "1x2x4x5", "2x3x3x3", "?", "strides=4611686018427387904,1", "passes 2^63", NULL, 0},
	{"ConvTranspose", "1x2x4x5", "2x3x3x3", "?", "pads=9,0,9,0", "padding leaves", NULL, 0},
	{"ConvTranspose", "1x2x4x5", "2x3x99x99", "?", "strides=99,99", NULL, "more than 4096 output phases", 1},
	{"ConvTranspose", "1x2x4x5", "3x3x3x3", "?", "", "expected the 2 input channels", NULL, 0},
};
/* clang-format on */

/* Weights of a few bits, in bytes: 5 columns of 48, in blocks of 32. */
static void packed_weights_multiply_what_they_should(void **state)
{
	(void)state;
	struct fixture f;
	struct layer_list list;
	struct products want = {0};
	fixture_open(&f);
	struct node *node = small_node(&f.small, "com.microsoft.MatMulNBits",
		(struct value *[]){floats(&f, "a", "2x3x48"),
			named(&f, "b", "uint8 5x2x16"), floats(&f, "s", "10"),
			NULL},
		(struct value *[]){floats(&f, "y", "2x3x5"), NULL});
	small_attrs(&f.small, node, "K=48 N=5 bits=4 block_size=32");
	const struct layer *layer = lower_one(&f, &list);
	FOR(r, 6)
	FOR(c, 5)
	FOR(k, 48)
	products_add(&f.ctx, &want, r * 5 + c, r * 48 + k, c * 64 + k);
	int64_t macs;
	assert_products(&f, "packed", layer->nests, 1, &want, &macs);
	assert_int_equal(layer->nests[0].nest.tensor[OPND_W].type, DTYPE_UINT4);
	fixture_close(&f);
}

static void other_nodes_say_why(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof outcome_cases / sizeof *outcome_cases;
		k++) {
		const struct outcome_case *c = &outcome_cases[k];
		struct fixture f;
		struct layer_list list;
		fixture_open(&f);
		struct value *in[] = {floats(&f, "a", c->a),
			c->b ? floats(&f, "b", c->b) : NULL, NULL};
		struct value *y = strcmp(c->y, "?") ? floats(&f, "y", c->y)
						    : floats(&f, "y", "");
		struct node *node = small_node(
			&f.small, c->op, in, (struct value *[]){y, NULL});
		small_attrs(&f.small, node, c->attrs);
		const char *what = arena_printf(&f.ctx.arena, "%s %s %s %s",
			c->op, c->a, c->b ? c->b : "", c->attrs);
		bool good = lower_model(&f.ctx, &f.small.model, &list);
		if (good != !c->error)
			fail_msg("%s: %s '%s'", what,
				good ? "taken" : "refused", printed(&f));
		if (c->error && !strstr(printed(&f), c->error))
			fail_msg("%s: '%s'", what, printed(&f));
		if (c->error)
			assert_int_equal(f.ctx.errors, 1);
		if (c->reason) {
			assert_int_equal(list.unmapped_count, 1);
			const struct unmapped *u = &list.unmapped[0];
			if (!strstr(u->reason, c->reason) ||
				u->compute != (c->flags & 1) ||
				u->unresolved != (c->flags >> 1))
				fail_msg("%s: '%s'", what, u->reason);
		}
		assert_int_equal(list.count, !c->error && !c->reason);
		fixture_close(&f);
	}
}

/* Sizes that are not known. */
/* Pads that are an input decide which products there are. */
static void padding_from_an_input_is_no_layer(void **state)
{
	(void)state;
	struct fixture f;
	struct layer_list list;
	fixture_open(&f);
	small_node(&f.small, "com.microsoft.ConvTransposeWithDynamicPads",
		(struct value *[]){floats(&f, "x", "1x2x5x5"),
			floats(&f, "w", "2x3x3x3"),
			small_value(&f.small, "pads int64 4"), NULL},
		(struct value *[]){floats(&f, "y", "1x3x7x7"), NULL});
	assert_true(lower_model(&f.ctx, &f.small.model, &list));
	assert_int_equal(list.count, 0);
	assert_string_equal(list.unmapped[0].reason,
		"padding that an input gives whose value is "
		"not known");
	assert_true(list.unmapped[0].compute);
	fixture_close(&f);
}

static void open_dimensions_are_named(void **state)
{
	(void)state;
	struct fixture f;
	struct layer_list list;
	fixture_open(&f);
	struct small_graph *s = &f.small;
	struct symbol symbols[] = {
		{"batch", "x", 0},
		{NULL,    "z", 1},
		{"free",  "q", 0},
	};
	s->model.symbols = symbols;
	s->model.symbol_count = 3;
	struct value *x = floats(&f, "x", "?0x7"), *z = floats(&f, "z", "3x?1");
	struct value *w = floats(&f, "w", "7x5"), *r = floats(&f, "r", "?x7");
	struct value *inputs[] = {x, z, w};
	s->graph.inputs = inputs;
	s->graph.input_count = 3;
	/* z loses its symbol on the way; two layers hang on batch. */
	small_node(s, "MatMul", (struct value *[]){x, w, NULL},
		(struct value *[]){floats(&f, "p", "?0x5"), NULL});
	small_node(s, "Relu", (struct value *[]){z, NULL},
		(struct value *[]){r, NULL});
	small_node(s, "MatMul", (struct value *[]){r, w, NULL},
		(struct value *[]){floats(&f, "o", ""), NULL});
	small_node(s, "MatMul", (struct value *[]){x, w, NULL},
		(struct value *[]){floats(&f, "o2", ""), NULL});
	assert_false(lower_model(&f.ctx, &s->model, &list));
	assert_string_equal(printed(&f),
		"small.onnx: node 'n0' (MatMul): error: its size hangs on "
		"dimension 'batch', axis 0 of input 'x', which is open: give "
		"--dim batch=N\n"
		"small.onnx: node 'n2' (MatMul): error: its size hangs on "
		"dimension 1 of input 'z', which is open: give --dim z:1=N\n");
	fixture_close(&f);
}

static void inputs_without_a_shape_are_named(void **state)
{
	(void)state;
	struct fixture f;
	struct layer_list list;
	fixture_open(&f);
	struct small_graph *s = &f.small;
	struct value *x = floats(&f, "x", ""), *w = floats(&f, "w", "7x5");
	struct value *k = named(&f, "k", "int64 2"),
		     *r = floats(&f, "r", "?x7");
	struct value *inputs[] = {x, w, k};
	s->graph.inputs = inputs;
	s->graph.input_count = 3;
	small_node(s, "MatMul", (struct value *[]){x, w, NULL},
		(struct value *[]){floats(&f, "o", ""), NULL});
	small_node(s, "MatMul", (struct value *[]){x, w, NULL},
		(struct value *[]){floats(&f, "p", ""), NULL});
	small_node(s, "Reshape", (struct value *[]){w, k, NULL},
		(struct value *[]){r, NULL});
	small_node(s, "MatMul", (struct value *[]){r, w, NULL},
		(struct value *[]){floats(&f, "q", ""), NULL});
	assert_false(lower_model(&f.ctx, &s->model, &list));
	assert_string_equal(printed(&f),
		"small.onnx: node 'n0' (MatMul): error: its size hangs on "
		"input 'x', which has the shape ?: give --input x=SHAPE, as in "
		"x=1x3x224x224\n");
	assert_string_equal(list.unmapped[list.unmapped_count - 1].reason,
		"data-dependent size: 'r' is ?x7, after input 'k' (--value "
		"may give it)");
	fixture_close(&f);
}

static void data_dependent_sizes_are_unresolved(void **state)
{
	(void)state;
	struct fixture f;
	struct layer_list list;
	fixture_open(&f);
	struct small_graph *s = &f.small;
	struct value *x = floats(&f, "x", "4x7"), *w = floats(&f, "w", "7x5");
	struct value *n = named(&f, "nz", "int64 2x?");
	struct value *g = floats(&f, "g", "?x7"), *u = floats(&f, "u", "");
	small_node(s, "NonZero", (struct value *[]){x, NULL},
		(struct value *[]){n, NULL});
	small_node(s, "GatherND", (struct value *[]){x, n, NULL},
		(struct value *[]){g, NULL});
	small_node(s, "MatMul", (struct value *[]){g, w, NULL},
		(struct value *[]){floats(&f, "o", "?x5"), NULL});
	small_node(s, "a.b.Odd", (struct value *[]){x, NULL},
		(struct value *[]){u, NULL});
	small_node(s, "MatMul", (struct value *[]){u, w, NULL},
		(struct value *[]){floats(&f, "o2", ""), NULL});
	assert_true(lower_model(&f.ctx, &s->model, &list));
	assert_int_equal(list.count, 0);
	assert_int_equal(list.unmapped_count, 5);
	assert_string_equal(list.unmapped[2].reason,
		"data-dependent size: 'g' is ?x7, after NonZero 'n0'");
	assert_true(list.unmapped[2].unresolved && list.unmapped[2].compute);
	assert_string_equal(list.unmapped[4].reason,
		"size not known: 'u' is ?, made from the result of 'n3' by the "
		"unknown operator a.b.Odd");

	const struct admission lax = {.unresolved = true}, plain = {0};
	assert_true(layers_admit(&f.ctx, "small.onnx", &list, &lax));
	assert_false(layers_admit(&f.ctx, "small.onnx", &list, &plain));
	assert_int_equal(f.ctx.errors, 2);
	fixture_close(&f);
}

/* Quantised operands are seen through what turns them into floats. */
static void quantised_tensors_keep_their_types(void **state)
{
	(void)state;
	struct fixture f;
	struct layer_list list;
	fixture_open(&f);
	struct small_graph *s = &f.small;
	struct value *scale = floats(&f, "s", "[]"),
		     *x = floats(&f, "x", "4x7");
	struct value *xq = named(&f, "xq", "uint8 4x7");
	struct value *wq = named(&f, "wq", "int8 5x7");
	struct value *w = floats(&f, "w", "5x7"), *wt = floats(&f, "wt", "7x5");
	small_node(s, "DequantizeLinear", (struct value *[]){xq, scale, NULL},
		(struct value *[]){x, NULL});
	small_node(s, "DequantizeLinear", (struct value *[]){wq, scale, NULL},
		(struct value *[]){w, NULL});
	small_node(s, "Transpose", (struct value *[]){w, NULL},
		(struct value *[]){wt, NULL});
	small_node(s, "MatMul", (struct value *[]){x, wt, NULL},
		(struct value *[]){floats(&f, "y", "4x5"), NULL});
	/* Floats and a quantised weight, which moves as it is stored. */
	struct value *h = floats(&f, "h", "4x7");
	struct node *mixed =
		small_node(s, "Gemm", (struct value *[]){h, w, NULL},
			(struct value *[]){floats(&f, "y2", "4x5"), NULL});
	small_attrs(s, mixed, "transB=1");
	small_node(s, "QLinearMatMul",
		(struct value *[]){xq, scale, scale,
			named(&f, "b", "int16 7x5"), scale, scale, scale, scale,
			NULL},
		(struct value *[]){named(&f, "y3", "uint8 4x5"), NULL});
	assert_true(lower_model(&f.ctx, &s->model, &list));
	static const enum dtype want[][OPND_COUNT] = {
		{DTYPE_INT32, DTYPE_UINT8, DTYPE_INT8 },
		{DTYPE_FLOAT, DTYPE_FLOAT, DTYPE_INT8 },
		{DTYPE_INT32, DTYPE_UINT8, DTYPE_INT16},
	};
	assert_int_equal(list.count, 3);
	for (size_t k = 0; k < 3; k++)
		for (int o = 0; o < OPND_COUNT; o++)
			assert_int_equal(
				list.layers[k].nests[0].nest.tensor[o].type,
				want[k][o]);
	const struct placement *place = list.layers[0].nests[0].place;
	assert_ptr_equal(place[OPND_I].value, xq);
	assert_ptr_equal(place[OPND_W].value, wt); /* moved: not as stored */
	fixture_close(&f);
}

/* Forms that do the same move the same: a product of floats and a weight of few
 * bits, which DequantizeLinear or the operator unpacks; one of bytes that
 * DynamicQuantizeLinear or the operator makes; bytes with and without scales.
 */
static void equal_forms_move_equal_types(void **state)
{
	(void)state;
	struct fixture f;
	struct layer_list list;
	fixture_open(&f);
	struct small_graph *s = &f.small;
	struct value *x = floats(&f, "x", "4x32"),
		     *scale = floats(&f, "s", "[]");
	struct value *w4 = named(&f, "w4", "uint4 32x5");
	struct value *wf = floats(&f, "wf", "32x5");
	struct value *xq = named(&f, "xq", "uint8 4x32");
	struct value *w8 = named(&f, "w8", "int8 32x5");
	small_node(s, "DequantizeLinear", (struct value *[]){w4, scale, NULL},
		(struct value *[]){wf, NULL});
	small_node(s, "MatMul", (struct value *[]){x, wf, NULL},
		(struct value *[]){floats(&f, "y0", "4x5"), NULL});
	struct node *packed = small_node(s, "com.microsoft.MatMulNBits",
		(struct value *[]){
			x, named(&f, "b", "uint8 5x1x16"), scale, NULL},
		(struct value *[]){floats(&f, "y1", "4x5"), NULL});
	small_attrs(s, packed, "K=32 N=5 bits=4 block_size=32");
	small_node(s, "MatMulInteger", (struct value *[]){xq, w8, NULL},
		(struct value *[]){named(&f, "y2", "int32 4x5"), NULL});
	small_node(s, "com.microsoft.DynamicQuantizeMatMul",
		(struct value *[]){x, w8, scale, NULL},
		(struct value *[]){floats(&f, "y3", "4x5"), NULL});
	small_node(s, "com.microsoft.MatMulIntegerToFloat",
		(struct value *[]){xq, w8, scale, scale, NULL},
		(struct value *[]){floats(&f, "y4", "4x5"), NULL});
	assert_true(lower_model(&f.ctx, &s->model, &list));
	static const enum dtype want[][OPND_COUNT] = {
		{DTYPE_FLOAT, DTYPE_FLOAT, DTYPE_UINT4},
		{DTYPE_FLOAT, DTYPE_FLOAT, DTYPE_UINT4},
		{DTYPE_INT32, DTYPE_UINT8, DTYPE_INT8 },
		{DTYPE_INT32, DTYPE_UINT8, DTYPE_INT8 },
		{DTYPE_INT32, DTYPE_UINT8, DTYPE_INT8 },
	};
	assert_int_equal(list.count, 5);
	for (size_t k = 0; k < 5; k++)
		for (int o = 0; o < OPND_COUNT; o++)
			assert_int_equal(
				list.layers[k].nests[0].nest.tensor[o].type,
				want[k][o]);
	fixture_close(&f);
}

/* A subgraph with a product in it, as an attribute of a node. */
static void give_body(struct fixture *f, struct node *owner, const char *name,
	struct graph *body, struct node **nodes)
{
	struct small_graph inside;
	small_init(&f->ctx, &inside);
	nodes[0] = small_node(&inside, "MatMul",
		(struct value *[]){
			floats(f, "a", "2x3"), floats(f, "b", "3x4"), NULL},
		(struct value *[]){floats(f, name, "2x4"), NULL});
	*body = (struct graph){.file = "small.onnx",
		.name = name,
		.nodes = nodes,
		.node_count = 1,
		.parent = &f->small.graph,
		.owner = owner,
		.model = &f->small.model};
	nodes[0]->graph = body;
	owner->attr[owner->attr_count++] = (struct attr){
		.name = name, .kind = ATTR_GRAPH, .as.graph = body};
}

static void subgraphs_stand_where_their_node_does(void **state)
{
	(void)state;
	struct fixture f;
	struct layer_list list;
	fixture_open(&f);
	struct small_graph *s = &f.small;
	struct graph bodies[6];
	struct node *nodes[6][1];
	struct value *c = named(&f, "c", "bool []");
	struct value *const in[] = {c, NULL};
	/* A branch not known, one known, 10 iterations, some iterations. */
	struct node *n = small_node(
		s, "If", in, (struct value *[]){floats(&f, "o0", "2x4"), NULL});
	give_body(&f, n, "then_branch", &bodies[0], nodes[0]);
	give_body(&f, n, "else_branch", &bodies[1], nodes[1]);
	n = small_node(
		s, "If", in, (struct value *[]){floats(&f, "o1", "2x4"), NULL});
	n->branch = 0;
	give_body(&f, n, "then_branch", &bodies[2], nodes[2]);
	give_body(&f, n, "else_branch", &bodies[3], nodes[3]);
	n = small_node(s, "Loop", in,
		(struct value *[]){floats(&f, "o2", "2x4"), NULL});
	n->trips = 10;
	give_body(&f, n, "body", &bodies[4], nodes[4]);
	n = small_node(s, "Scan", in,
		(struct value *[]){floats(&f, "o3", "2x4"), NULL});
	give_body(&f, n, "body", &bodies[5], nodes[5]);

	assert_true(lower_model(&f.ctx, &s->model, &list));
	static const struct {
		const char *condition;
		int64_t executions;
		bool known;
	} want[] = {
		{"If n0: then_branch", 1,  true },
		{"If n0: else_branch", 1,  true },
		{NULL,                 1,  true },
		{NULL,                 10, true },
		{NULL,                 1,  false},
	};
	assert_int_equal(list.count, 5);
	for (size_t k = 0; k < 5; k++) {
		const struct layer *layer = &list.layers[k];
		if (want[k].condition)
			assert_string_equal(
				layer->condition, want[k].condition);
		else
			assert_null(layer->condition);
		assert_int_equal(layer->executions, want[k].executions);
		assert_int_equal(layer->executions_known, want[k].known);
	}
	/* One of the branches that may run counts. */
	assert_int_equal(list.total_macs, 13 * 2 * 3 * 4);
	assert_int_equal(list.folded, 1); /* the branch never taken */
	assert_int_equal(list.unmapped_count, 4);
	assert_int_equal(f.ctx.warnings, 1);
	assert_non_null(strstr(printed(&f), "number of iterations not known"));
	const struct admission strict = {.strict = true};
	assert_false(layers_admit(&f.ctx, "small.onnx", &list, &strict));
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(convolutions_multiply_what_they_should),
		cmocka_unit_test(random_convolutions_multiply_what_they_should),
		cmocka_unit_test(products_multiply_what_they_should),
		cmocka_unit_test(recurrences_multiply_what_they_should),
		cmocka_unit_test(attention_multiplies_what_it_should),
		cmocka_unit_test(
			projecting_attention_multiplies_what_it_should),
		cmocka_unit_test(quantised_attention_moves_integers),
		cmocka_unit_test(packed_weights_multiply_what_they_should),
		cmocka_unit_test(random_contractions_multiply_what_they_should),
		cmocka_unit_test(other_nodes_say_why),
		cmocka_unit_test(padding_from_an_input_is_no_layer),
		cmocka_unit_test(open_dimensions_are_named),
		cmocka_unit_test(inputs_without_a_shape_are_named),
		cmocka_unit_test(data_dependent_sizes_are_unresolved),
		cmocka_unit_test(quantised_tensors_keep_their_types),
		cmocka_unit_test(equal_forms_move_equal_types),
		cmocka_unit_test(subgraphs_stand_where_their_node_does),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
