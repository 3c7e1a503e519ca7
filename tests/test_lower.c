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

/* --- convolutions -------------------------------------------------------- */

enum { AXES = 3 };

struct conv_case {
	const char *op, *x, *w, *y, *attrs;
	int64_t before[AXES]; /* padding before each axis, worked out by hand */
	size_t nests;
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
	FOR(g, groups) FOR(m, outs) FOR(ch, ins) FOR3(p, from->size)
		FOR3(k, w.size)
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

static void convolutions_multiply_what_they_should(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof conv_cases / sizeof *conv_cases; k++) {
		const struct conv_case *c = &conv_cases[k];
		struct fixture f;
		struct layer_list list;
		struct products want = {0};
		fixture_open(&f);
		struct value *in[] = {
			small_value(&f.small,
				arena_printf(&f.ctx.arena, "x float %s", c->x)),
			small_value(&f.small,
				arena_printf(&f.ctx.arena, "w float %s", c->w)),
			NULL};
		struct value *y = small_value(&f.small,
			arena_printf(&f.ctx.arena, "y float %s", c->y));
		struct node *node = small_node(
			&f.small, c->op, in, (struct value *[]){y, NULL});
		small_attrs(&f.small, node, c->attrs);
		const char *what = arena_printf(&f.ctx.arena, "%s %s %s %s",
			c->op, c->x, c->w, c->attrs);
		const struct layer *layer = lower_one(&f, &list);
		conv_evaluate(&f, c, node, 1, &want);
		int64_t macs, useful = 1;
		assert_products(&f, what, layer->nests, layer->nest_count,
			&want, &macs);
		if (layer->nest_count != c->nests)
			fail_msg("%s: %zu nests", what, layer->nest_count);
		/* Conv counts padding, ConvTranspose input x taps. */
		struct image x = image_of(&in[0]->shape);
		struct image w = image_of(&in[1]->shape);
		useful = x.batch * x.channels * w.channels;
		for (int a = 0; a < AXES; a++)
			useful *= x.size[a] * w.size[a];
		if (!strstr(c->op, "Transpose"))
			useful = macs;
		assert_int_equal(layer->macs, useful);
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
	{"MatMul", "7", "2x7x3", "2x3", "", "k,akj->aj", 2},
	{"MatMul", "2x4x5x7", "7", "2x4x5", "", "abik,k->abi", 1},
	/* B has no batch: rows */
	{"MatMul", "2x4x5x7", "7x3", "2x4x5x3", "", "abik,kj->abij", 1},
	{"MatMul", "2x4x5x7", "1x1x7x3", "2x4x5x3", "", "abik,xykj->abij", 1},
	{"MatMul", "2x4x5x7", "2x4x7x3", "2x4x5x3", "", "abik,abkj->abij", 8},
	{"MatMul", "2x4x5x7", "2x1x7x3", "2x4x5x3", "", "abik,axkj->abij", 2},
	{"MatMul", "2x4x5x7", "1x4x7x3", "2x4x5x3", "", "abik,xbkj->abij", 8},
	{"MatMul", "4x5x7", "2x4x7x3", "2x4x5x3", "", "bik,abkj->abij", 8},
	{"MatMul", "2x1x5x7", "1x4x7x3", "2x4x5x3", "", "axik,ybkj->abij", 8},
	{"MatMul", "2x1x5x7", "6x7x3", "2x6x5x3", "", "axik,bkj->abij", 12},
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
	 "abk,kj->ajb", 2},
	{"Einsum", "2x3x5x7", "1x3x7x4", "2x3x5x4",
	 "equation=...ij,...jk->...ik", "abik,xbkj->abij", 6},
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
		int64_t macs;
		assert_products(&f, what, layer->nests, layer->nest_count,
			&want, &macs);
		assert_int_equal(layer->macs, macs);
		assert_int_equal(layer->nest_count, 1);
		if (layer->nests[0].instances != c->instances)
			fail_msg("%s: %lld instances", what,
				(long long)layer->nests[0].instances);
		fixture_close(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(convolutions_multiply_what_they_should),
		cmocka_unit_test(products_multiply_what_they_should),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
