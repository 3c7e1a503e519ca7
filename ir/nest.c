/* Nests made of convolutions and products, verified, compared and printed. */
#include "ir/nest.h"

#include "base/checked.h"
#include "base/hash.h"
#include "base/text.h"

#include <string.h>

static const char *const loop_names[LOOP_COUNT] = {
#define LOOP(id, name, meaning) [LOOP_##id] = name,
#include "ir/loops.def"
#undef LOOP
};

/* The two loops of each window, and their axis. */
static const struct {
	enum loop out, filter;
} windows[AXIS_COUNT] = {
	[AXIS_ROWS] = {LOOP_OX, LOOP_FX},
	[AXIS_COLUMNS] = {LOOP_OY, LOOP_FY},
};

const char *loop_name(enum loop loop)
{
	assert(loop < LOOP_COUNT);
	return loop_names[loop];
}

enum loop loop_by_name(const char *name)
{
	int l = 0;
	while (l < LOOP_COUNT && strcmp(loop_names[l], name) != 0)
		l++;
	return (enum loop)l;
}

const char *operand_name(enum operand operand)
{
	static const char *const names[OPND_COUNT] = {"O", "I", "W"};
	return names[operand];
}

int64_t index_extent(const struct nest *nest, enum index index,
	const int64_t extent[LOOP_COUNT])
{
	if (index < INDEX_ROWS)
		return extent[index];
	int axis = (int)index - INDEX_ROWS;
	return (extent[windows[axis].out] - 1) * nest->stride[axis] +
		(extent[windows[axis].filter] - 1) * nest->dilation[axis] + 1;
}

int64_t index_swept(const struct nest *nest, enum index index,
	const int64_t tiles[LOOP_COUNT])
{
	if (index < INDEX_ROWS)
		return nest->bound[index];
	/* A tile of a outputs and b taps covers (a-1)s + (b-1)d + 1 elements;
	 * the a of all tiles add up to the bound, and so do the b. */
	int axis = (int)index - INDEX_ROWS;
	enum loop out = windows[axis].out, filter = windows[axis].filter;
	int64_t steps = (nest->bound[out] - tiles[out]) * nest->stride[axis];
	int64_t taps =
		(nest->bound[filter] - tiles[filter]) * nest->dilation[axis];
	return steps * tiles[filter] + taps * tiles[out] +
		tiles[out] * tiles[filter];
}

unsigned index_loops(enum index index)
{
	if (index < INDEX_ROWS)
		return LOOP_BIT(index);
	int axis = (int)index - INDEX_ROWS;
	return LOOP_BIT(windows[axis].out) | LOOP_BIT(windows[axis].filter);
}

int64_t nest_footprint(const struct nest *nest, enum operand operand,
	const int64_t extent[LOOP_COUNT])
{
	const struct nest_tensor *t = &nest->tensor[operand];
	int64_t elems = 1;
	for (int d = 0; d < t->dims; d++)
		elems *= index_extent(nest, t->dim[d].index, extent);
	return elems;
}

int64_t nest_swept(const struct nest *nest, enum operand operand,
	const int64_t tiles[LOOP_COUNT])
{
	const struct nest_tensor *t = &nest->tensor[operand];
	int64_t elems = 1;
	for (int d = 0; d < t->dims; d++)
		elems *= index_swept(nest, t->dim[d].index, tiles);
	return elems;
}

int64_t nest_macs(const struct nest *nest)
{
	int64_t macs = 1;
	for (int l = 0; l < LOOP_COUNT; l++)
		macs *= nest->bound[l];
	return macs;
}

void nest_tensor_pack(struct nest_tensor *tensor)
{
	int64_t pitch = 1;
	for (int d = tensor->dims - 1; d >= 0; d--) {
		tensor->dim[d].pitch = pitch;
		/* An absurd size is nest_verify's to report. */
		if (!mul_ok(pitch, tensor->dim[d].size, &pitch))
			pitch = INT64_MAX;
	}
}

void nest_finish(struct nest *nest)
{
	for (int o = 0; o < OPND_COUNT; o++) {
		nest->indexes[o] = 0;
		for (int d = 0; d < nest->tensor[o].dims; d++)
			nest->indexes[o] |=
				index_loops(nest->tensor[o].dim[d].index);
		for (int l = 0; l < LOOP_COUNT; l++)
			if (nest->bound[l] == 1)
				nest->indexes[o] &= ~LOOP_BIT(l);
	}
}

/* What an operand's dimensions are, outermost first; ends at INDEX_COUNT. */
typedef const enum index dim_list[NEST_DIMS + 1];

static void tensor_fill(struct nest *nest, enum operand operand, dim_list list,
	const int64_t image[2])
{
	struct nest_tensor *t = &nest->tensor[operand];
	for (t->dims = 0; list[t->dims] != INDEX_COUNT; t->dims++) {
		enum index index = list[t->dims];
		t->dim[t->dims] = (struct nest_dim){.index = index,
			.size = index < INDEX_ROWS ? nest->bound[index]
						   : image[index - INDEX_ROWS]};
	}
	nest_tensor_pack(t);
	t->type = DTYPE_FLOAT;
}

static int64_t out_size(
	int64_t image, int64_t filter, int64_t stride, int64_t dilation)
{
	return floor_div(image - ((filter - 1) * dilation + 1), stride) + 1;
}

static struct nest window_nest(int64_t n, int64_t m, int64_t c,
	const int64_t image[2], const int64_t filter[2],
	const int64_t stride[2], const int64_t dilation[2])
{
	struct nest nest = {
		.bound = {[LOOP_N] = n, [LOOP_M] = m, [LOOP_C] = c}
        };
	for (int a = 0; a < AXIS_COUNT; a++) {
		nest.stride[a] = stride[a];
		nest.dilation[a] = dilation[a];
		nest.bound[windows[a].out] =
			out_size(image[a], filter[a], stride[a], dilation[a]);
		nest.bound[windows[a].filter] = filter[a];
	}
	return nest;
}

struct nest nest_conv(int64_t n, int64_t m, int64_t c, const int64_t image[2],
	const int64_t filter[2], const int64_t stride[2],
	const int64_t dilation[2])
{
	static dim_list dims[OPND_COUNT] = {
		[OPND_O] = {INDEX_N, INDEX_M, INDEX_OX,   INDEX_OY,      INDEX_COUNT},
		[OPND_I] = {INDEX_N, INDEX_C, INDEX_ROWS, INDEX_COLUMNS,
			    INDEX_COUNT					     },
		[OPND_W] = {INDEX_M, INDEX_C, INDEX_FX,   INDEX_FY,      INDEX_COUNT},
	};
	struct nest nest =
		window_nest(n, m, c, image, filter, stride, dilation);
	for (int o = 0; o < OPND_COUNT; o++)
		tensor_fill(&nest, (enum operand)o, dims[o], image);
	nest_finish(&nest);
	return nest;
}

struct nest nest_depthwise(int64_t n, int64_t multiplier, int64_t c,
	const int64_t image[2], const int64_t filter[2],
	const int64_t stride[2], const int64_t dilation[2])
{
	static dim_list dims[OPND_COUNT] = {
		[OPND_O] = {INDEX_N, INDEX_C, INDEX_M, INDEX_OX,         INDEX_OY,
			    INDEX_COUNT},
		[OPND_I] = {INDEX_N,       INDEX_C,        INDEX_ROWS,  INDEX_COLUMNS,
			    INDEX_COUNT},
		[OPND_W] = {INDEX_C,       INDEX_M,        INDEX_FX,  INDEX_FY,   INDEX_COUNT       },
	};
	struct nest nest =
		window_nest(n, multiplier, c, image, filter, stride, dilation);
	for (int o = 0; o < OPND_COUNT; o++)
		tensor_fill(&nest, (enum operand)o, dims[o], image);
	nest_finish(&nest);
	return nest;
}

struct nest nest_gemm(
	int64_t rows, int64_t cols, int64_t depth, bool trans_a, bool trans_b)
{
	static dim_list out = {INDEX_N, INDEX_M, INDEX_COUNT};
	static dim_list a[2] = {
		{INDEX_N, INDEX_C, INDEX_COUNT},
		{INDEX_C, INDEX_N, INDEX_COUNT}
        };
	static dim_list b[2] = {
		{INDEX_C, INDEX_M, INDEX_COUNT},
		{INDEX_M, INDEX_C, INDEX_COUNT}
        };
	static const int64_t one[2] = {1, 1};
	struct nest nest = {
		.bound = {rows, cols, depth, 1, 1, 1, 1},
		.stride = {1,   1     },
		.dilation = {1,   1      }
        };
	tensor_fill(&nest, OPND_O, out, one);
	tensor_fill(&nest, OPND_I, a[trans_a], one);
	tensor_fill(&nest, OPND_W, b[trans_b], one);
	nest_finish(&nest);
	return nest;
}

enum { MACS_BITS = 50, ELEMS_BITS = 53 };

const char *nest_fault(struct ctx *ctx, const struct nest *nest)
{
	struct arena *arena = &ctx->arena;
	int64_t macs = 1, limit = (int64_t)1 << MACS_BITS;
	for (int l = 0; l < LOOP_COUNT; l++) {
		if (nest->bound[l] < 1)
			return arena_printf(arena,
				"loop %s has %lld trips, expected 1 or more",
				loop_names[l], (long long)nest->bound[l]);
		if (!mul_ok(macs, nest->bound[l], &macs) || macs > limit)
			return arena_printf(arena,
				"more than 2^%d multiplications in one nest",
				MACS_BITS);
	}
	/* Windows may overlap nothing and skip pixels: an RF tile of one output
	 * then covers up to stride x dilation elements a MAC. */
	for (int a = 0; a < AXIS_COUNT; a++) {
		int64_t s = nest->stride[a], d = nest->dilation[a];
		if (s < 1 || d < 1)
			return arena_printf(arena,
				"stride %lld, dilation %lld, expected 1 or "
				"more",
				(long long)s, (long long)d);
		if (nest->bound[windows[a].out] == 1)
			s = 1;
		if (nest->bound[windows[a].filter] == 1)
			d = 1;
		if (!mul_ok(macs, s > d ? s : d, &macs) || macs > limit)
			return arena_printf(arena,
				"multiplications times stride or dilation pass "
				"2^%d",
				MACS_BITS);
	}
	for (int l = 0; l < LOOP_COUNT; l++) {
		int operands = 0;
		for (int o = 0; o < OPND_COUNT; o++)
			operands += (nest->indexes[o] & LOOP_BIT(l)) != 0;
		if (nest->bound[l] > 1 && operands < 2)
			return arena_printf(arena,
				"loop %s indexes %d operands, expected 2 or 3",
				loop_names[l], operands);
	}
	for (int o = 0; o < OPND_COUNT; o++) {
		const struct nest_tensor *t = &nest->tensor[o];
		int64_t elems = 1;
		for (int d = 0; d < t->dims; d++) {
			const struct nest_dim *dim = &t->dim[d];
			int64_t used =
				index_extent(nest, dim->index, nest->bound);
			if (dim->size < used)
				return arena_printf(arena,
					"%s has %lld elements along dimension "
					"%d, the nest reads %lld",
					operand_name((enum operand)o),
					(long long)dim->size, d,
					(long long)used);
			if (!mul_ok(elems, dim->size, &elems) ||
				elems > (int64_t)1 << ELEMS_BITS)
				return arena_printf(arena,
					"%s has more than 2^%d elements",
					operand_name((enum operand)o),
					ELEMS_BITS);
			if (o == OPND_O && dim->index >= INDEX_ROWS)
				return arena_printf(arena,
					"the output is indexed by a window");
		}
	}
	return NULL;
}

bool nest_verify(
	struct ctx *ctx, const struct loc *loc, const struct nest *nest)
{
	const char *fault = nest_fault(ctx, nest);
	return !fault || diag_error(ctx, loc, "%s", fault);
}

bool nest_equal(const struct nest *a, const struct nest *b)
{
	if (memcmp(a->bound, b->bound, sizeof a->bound) != 0 ||
		memcmp(a->stride, b->stride, sizeof a->stride) != 0 ||
		memcmp(a->dilation, b->dilation, sizeof a->dilation) != 0)
		return false;
	for (int o = 0; o < OPND_COUNT; o++) {
		const struct nest_tensor *s = &a->tensor[o], *t = &b->tensor[o];
		if (s->dims != t->dims || s->type != t->type)
			return false;
		for (int d = 0; d < s->dims; d++) {
			const struct nest_dim *p = &s->dim[d], *q = &t->dim[d];
			if (p->index != q->index || p->size != q->size ||
				p->pitch != q->pitch || p->split != q->split ||
				p->split_pitch != q->split_pitch)
				return false;
		}
	}
	return true;
}

static void hash_add(uint64_t *hash, int64_t value)
{
	*hash = hash_word(*hash, (uint64_t)value);
}

uint64_t nest_hash(const struct nest *nest)
{
	uint64_t hash = HASH_START;
	for (int l = 0; l < LOOP_COUNT; l++)
		hash_add(&hash, nest->bound[l]);
	for (int a = 0; a < AXIS_COUNT; a++) {
		hash_add(&hash, nest->stride[a]);
		hash_add(&hash, nest->dilation[a]);
	}
	for (int o = 0; o < OPND_COUNT; o++) {
		const struct nest_tensor *t = &nest->tensor[o];
		hash_add(&hash, t->dims);
		hash_add(&hash, t->type);
		for (int d = 0; d < t->dims; d++) {
			hash_add(&hash, t->dim[d].index);
			hash_add(&hash, t->dim[d].size);
			hash_add(&hash, t->dim[d].pitch);
			hash_add(&hash, t->dim[d].split);
			hash_add(&hash, t->dim[d].split_pitch);
		}
	}
	return hash;
}

const char *nest_text(struct ctx *ctx, const struct nest *nest)
{
	char text[(LOOP_COUNT + AXIS_COUNT) * (DIGITS_MAX + 4)];
	char *at = text;
	for (int l = 0; l < LOOP_COUNT; l++) {
		if (nest->bound[l] <= 1 && l != LOOP_N)
			continue;
		if (at > text)
			*at++ = ' ';
		for (const char *name = loop_names[l]; *name;)
			*at++ = *name++;
		at = digits_put(at, nest->bound[l]);
	}
	if (nest->stride[0] > 1 || nest->stride[1] > 1) {
		memcpy(at, " / ", 3);
		at = digits_put(at + 3, nest->stride[0]);
		*at++ = 'x';
		at = digits_put(at, nest->stride[1]);
	}
	return arena_strndup(&ctx->arena, text, (size_t)(at - text));
}
