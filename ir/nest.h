/* The nest: the one form in which the mapper sees a layer.
 *
 *   for N M C Ox Oy Fx Fy:
 *       O[n][m][ox][oy] += I[n][c][ox*sx + fx*dx][oy*sy + fy*dy]
 *                        * W[m][c][fx][fy]
 *
 * Convolutions, depthwise convolutions and matrix products differ in the
 * numbers of this struct alone; nothing downstream asks which one it has. */
#ifndef IR_NEST_H
#define IR_NEST_H

#include "base/ctx.h"
#include "base/diag.h"
#include "ir/dtype.h"

#include <stdint.h>

enum loop {
#define LOOP(id, name, meaning) LOOP_##id,
#include "ir/loops.def"
#undef LOOP
	LOOP_COUNT
};

/* Bit of a loop in a set of loops. */
#define LOOP_BIT(loop) (1u << (loop))

/* In the order in which the cost model adds them up: the operand that is read
 * and written first. */
enum operand { OPND_O, OPND_I, OPND_W, OPND_COUNT };

enum axis { AXIS_ROWS, AXIS_COLUMNS, AXIS_COUNT };

/* What a dimension of an operand's tensor is indexed by: one loop, with the
 * value of that loop, or the sliding window of an output and a filter loop. */
enum index {
#define LOOP(id, name, meaning) INDEX_##id,
#include "ir/loops.def"
#undef LOOP
	INDEX_ROWS,    /* ox*sx + fx*dx */
	INDEX_COLUMNS, /* oy*sy + fy*dy */
	INDEX_COUNT
};

/* One dimension of an operand's tensor in DRAM. Index i of the nest lies
 *     (i / split) * split_pitch + (i % split) * pitch
 * elements after index 0; split is 0 where one pitch serves all. (A 3-D
 * convolution's C runs over channels and filter depth: split = filter depth.)
 *
 * A burst runs over consecutive addresses, so a dimension extends the burst of
 * the dimensions within it exactly if its pitch equals their elements. */
struct nest_dim {
	enum index index;
	int64_t size; /* declared elements along the dimension, padding included
		       */
	int64_t pitch; /* elements; may be negative, 0 only where size is 1 */
	int64_t split, split_pitch;
};

enum { NEST_DIMS = 5 };

struct nest_tensor {
	int dims;                       /* in use */
	struct nest_dim dim[NEST_DIMS]; /* outermost first: largest |pitch| */
	enum dtype type;
};

struct nest {
	int64_t bound[LOOP_COUNT];    /* trips; 1 where the loop is absent */
	int64_t stride[AXIS_COUNT];   /* step in I for a step of Ox, Oy */
	int64_t dilation[AXIS_COUNT]; /* step in I for a step of Fx, Fy */
	/* Loops that index the operand; set by nest_finish from the tensors'
	 * dimensions, loops of bound 1 left out. Every other loop is free: the
	 * operand is reused over it. */
	unsigned indexes[OPND_COUNT];
	struct nest_tensor tensor[OPND_COUNT];
};

const char *loop_name(enum loop loop);
/* LOOP_COUNT for a name that is none of the seven. */
enum loop loop_by_name(const char *name);
/* "O", "I", "W" */
const char *operand_name(enum operand operand);

/* Elements that a box of the given loop extents covers along an index. */
int64_t index_extent(const struct nest *nest, enum index index,
	const int64_t extent[LOOP_COUNT]);
/* The same summed over all tiles of the nest, with so many tiles along each
 * loop, the last ones clipped at its bound; of a window, over all pairs of
 * tiles of its two loops. */
int64_t index_swept(const struct nest *nest, enum index index,
	const int64_t tiles[LOOP_COUNT]);
/* Elements of all the operand's tiles together, likewise: tiles are boxes, so
 * that the sums along the dimensions multiply. */
int64_t nest_swept(const struct nest *nest, enum operand operand,
	const int64_t tiles[LOOP_COUNT]);
/* The set of loops that an index runs over: one, or two of a window. */
unsigned index_loops(enum index index);
/* Distinct elements of the operand in a box of loop extents (COST_MODEL 3). */
int64_t nest_footprint(const struct nest *nest, enum operand operand,
	const int64_t extent[LOOP_COUNT]);
/* Product of the bounds. */
int64_t nest_macs(const struct nest *nest);

/* The builders fill bounds, steps, and dense tensors (all types float),
 * finished but not verified. */

/* O[n][m][e][e] of I[n][c][rows][cols] (padding included) and W[m][c][fx][fy];
 * the bound of Ox is floor((rows - ((fx-1)*dx+1)) / sx) + 1, of Oy likewise.
 * The caller has checked that (fx-1)*dx+1 stays in int64_t. */
struct nest nest_conv(int64_t n, int64_t m, int64_t c, const int64_t image[2],
	const int64_t filter[2], const int64_t stride[2],
	const int64_t dilation[2]);
/* c channels, each convolved with multiplier filters of its own:
 * O[n][c][m][ox][oy], W[c][m][fx][fy]; M is the multiplier. */
struct nest nest_depthwise(int64_t n, int64_t multiplier, int64_t c,
	const int64_t image[2], const int64_t filter[2],
	const int64_t stride[2], const int64_t dilation[2]);
/* C[rows][cols] = A[rows][depth] B[depth][cols]; with trans_a A is stored
 * [depth][rows], with trans_b B is stored [cols][depth]. N <- rows, M <- cols,
 * C <- depth. */
struct nest nest_gemm(
	int64_t rows, int64_t cols, int64_t depth, bool trans_a, bool trans_b);

/* Dense pitches from the dimensions' sizes. */
void nest_tensor_pack(struct nest_tensor *tensor);
/* Derives indexes from the dimensions. To be called after any change. */
void nest_finish(struct nest *nest);

/* The invariants that all code behind lowering relies on, so that its products
 * need no checks: every bound, size, stride and dilation >= 1; every loop of a
 * bound above 1 indexes at least two operands, O by no window; tiles lie within
 * the declared sizes; the product of all bounds, and MACs x window steps, stay
 * below 2^50 and every tensor's elements below 2^53. False with a diagnostic at
 * loc for a nest that breaks one. */
bool nest_verify(
	struct ctx *ctx, const struct loc *loc, const struct nest *nest);
/* What breaks an invariant, in the arena; NULL: nothing. */
const char *nest_fault(struct ctx *ctx, const struct nest *nest);

bool nest_equal(const struct nest *a, const struct nest *b);
uint64_t nest_hash(const struct nest *nest);

/* "N1 M64 C3 Ox112 Oy112 Fx7 Fy7 / 2x2", loops of bound 1 left out; in the
 * arena. */
const char *nest_text(struct ctx *ctx, const struct nest *nest);

#endif
