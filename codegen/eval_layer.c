/* Kinds of layers and their keys, as a table, and the nests that they are. */
#include "codegen/eval_layer.h"

#include <string.h>

/* Sizes go in through this struct; which of them a kind has, its keys say. */
struct sizes {
	int64_t n, m, c, k, in, kernel, padding, stride;
};

static struct nest build_conv(const struct sizes *s)
{
	const int64_t image[2] = {
		s->in + 2 * s->padding, s->in + 2 * s->padding};
	const int64_t kernel[2] = {s->kernel, s->kernel};
	const int64_t stride[2] = {s->stride, s->stride}, one[2] = {1, 1};
	return nest_conv(s->n, s->m, s->c, image, kernel, stride, one);
}

static struct nest build_depthwise(const struct sizes *s)
{
	const int64_t image[2] = {
		s->in + 2 * s->padding, s->in + 2 * s->padding};
	const int64_t kernel[2] = {s->kernel, s->kernel};
	const int64_t stride[2] = {s->stride, s->stride}, one[2] = {1, 1};
	return nest_depthwise(s->n, 1, s->c, image, kernel, stride, one);
}

static struct nest build_gemm(const struct sizes *s)
{
	return nest_gemm(s->m, s->n, s->k, false, false);
}

#define SIZE(field) offsetof(struct sizes, field)
#define N LOOP_N
#define M LOOP_M
#define C LOOP_C
#define OX LOOP_OX
#define OY LOOP_OY
#define FX LOOP_FX
#define FY LOOP_FY
#define END LOOP_COUNT

/* clang-format off */
static const struct eval_kind kinds[] = {
	{.name = "CONV",
		.keys = {{"N", SIZE(n), 1, true}, {"C", SIZE(c), 1, false},
			{"M", SIZE(m), 1, false}, {"in", SIZE(in), 1, false},
			{"kernel", SIZE(kernel), 1, false},
			{"padding", SIZE(padding), 0, false},
			{"stride", SIZE(stride), 1, false}},
		.loops = 7,
		.loop = {N, M, C, OX, OY, FX, FY},
		.loop_name = {"N", "M", "C", "Ox", "Oy", "Fx", "Fy"},
		.address = {{N, M, OX, OY, END}, {N, C, OX, FX, OY, FY, END},
			{M, C, FX, FY, END}},
		.build = build_conv},
	{.name = "DW_CONV",
		.keys = {{"N", SIZE(n), 1, true}, {"C", SIZE(c), 1, false},
			{"in", SIZE(in), 1, false},
			{"kernel", SIZE(kernel), 1, false},
			{"padding", SIZE(padding), 0, false},
			{"stride", SIZE(stride), 1, false}},
		.loops = 7,
		.loop = {N, M, C, OX, OY, FX, FY},
		.loop_name = {"N", "M", "C", "Ox", "Oy", "Fx", "Fy"},
		.address = {{N, C, OX, OY, END}, {N, C, OX, FX, OY, FY, END},
			{C, FX, FY, END}},
		.build = build_depthwise},
	{.name = "GEMM",
		.keys = {{"M", SIZE(m), 1, false}, {"N", SIZE(n), 1, false},
			{"K", SIZE(k), 1, false}},
		.loops = 3,
		.loop = {N, M, C},
		.loop_name = {"X", "Y", "K"},
		.address = {{N, M, END}, {N, C, END}, {C, M, END}},
		.build = build_gemm},
};
/* clang-format on */
enum { KIND_COUNT = sizeof kinds / sizeof *kinds };

#undef N
#undef M
#undef C
#undef OX
#undef OY
#undef FX
#undef FY
#undef END

/* No size of a layer is larger, so that sums and strides of them stay in
 * int64_t; their products are nest_verify's. */
static const int64_t size_max = (int64_t)1 << 31;

static const struct eval_kind *kind_read(
	struct ctx *ctx, const struct json_doc *doc, const cJSON *layer)
{
	const char *type = json_string(ctx, doc, layer, "type");
	if (!type)
		return NULL;
	for (int k = 0; k < KIND_COUNT; k++)
		if (strcmp(kinds[k].name, type) == 0)
			return &kinds[k];
	struct loc loc = json_loc(doc, json_member(layer, "type"));
	diag_error(ctx, &loc,
		"key 'type': expected CONV, DW_CONV or GEMM, found '%s'",
		diag_quote(ctx, type));
	return NULL;
}

static bool sizes_read(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *layer, const struct eval_kind *kind, struct sizes *sizes)
{
	const char *known[SIZE_KEYS + 2] = {"type"};
	for (int k = 0; kind->keys[k].name; k++)
		known[k + 1] = kind->keys[k].name;
	if (!json_keys(ctx, doc, layer, known))
		return false;
	*sizes = (struct sizes){0};
	for (int k = 0; kind->keys[k].name; k++) {
		const struct size_key *key = &kind->keys[k];
		int64_t *to = (int64_t *)(void *)((char *)sizes + key->offset);
		*to = 1;
		if (key->optional && !json_member(layer, key->name))
			continue;
		if (!json_int(ctx, doc, json_need(ctx, doc, layer, key->name),
			    key->min, size_max, to))
			return false;
	}
	return true;
}

const struct eval_kind *eval_layer_read(struct ctx *ctx,
	const struct json_doc *doc, const cJSON *layer, struct nest *nest)
{
	struct sizes sizes;
	const struct eval_kind *kind = kind_read(ctx, doc, layer);
	if (!kind || !sizes_read(ctx, doc, layer, kind, &sizes))
		return NULL;
	struct loc loc = json_loc(doc, layer);
	if (sizes.kernel > sizes.in + 2 * sizes.padding) {
		diag_error(ctx, &loc,
			"the kernel of %lld does not fit the padded input of "
			"%lld",
			(long long)sizes.kernel,
			(long long)(sizes.in + 2 * sizes.padding));
		return NULL;
	}
	*nest = kind->build(&sizes);
	return nest_verify(ctx, &loc, nest) ? kind : NULL;
}
