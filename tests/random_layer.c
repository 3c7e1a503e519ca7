/* Sizes stay small, so that a literal walk ends. */
#include "tests/random_layer.h"

#include "base/text.h"

#include <string.h>

enum { AXES = 3 };

static int64_t between(uint64_t *state, int64_t low, int64_t high)
{
	return low + case_random(state, high - low + 1);
}

/* Operands of one node as small_graph takes them. */
struct texts {
	struct text x, w, y, attrs;
};

static void texts_init(struct ctx *ctx, struct texts *t, uint64_t *state)
{
	/* clang-format off */
	static const char *const types[][2] = {
		{"float",   "float"},
		{"int8",    "int32"},
		{"int16",   "int32"},
		{"float16", "float16"},
		{"uint8",   "int32"},
		{"double",  "double"},
		{"float",   "float"},
	};
	/* clang-format on */
	size_t type = (size_t)case_random(
		state, (int64_t)(sizeof types / sizeof *types));
	memset(t, 0, sizeof *t);
	t->x.ctx = t->w.ctx = t->y.ctx = t->attrs.ctx = ctx;
	text_add(&t->x, "x %s ", types[type][0]);
	text_add(&t->w, "w %s ", types[type][0]);
	text_add(&t->y, "y %s ", types[type][1]);
	text_add(&t->attrs, "%s", "");
}

static void size_add(struct text *shape, bool first, int64_t size)
{
	text_add(shape, "%s%lld", first ? "" : "x", (long long)size);
}

/* "name=a,b,c" of count numbers, every step-th of the list. */
static void list_add(
	struct text *attrs, const char *name, const int64_t *list, int count)
{
	text_add(attrs, "%s%s=", attrs->length ? " " : "", name);
	for (int k = 0; k < count; k++)
		text_add(attrs, "%s%lld", k ? "," : "", (long long)list[k]);
}

/* Numbers of a convolution, for each of its dimensions. */
struct window {
	int axes;
	int64_t in[AXES], filter[AXES], stride[AXES], dilation[AXES];
	int64_t pads[2 * AXES]; /* before each axis, behind each axis */
	int64_t span[AXES];     /* of the filter with its dilation */
};

static void window_draw(struct window *v, uint64_t *state)
{
	v->axes = (int)between(state, 1, AXES);
	int64_t most = v->axes == 1 ? 17 : v->axes == 2 ? 9 : 5;
	for (int a = 0; a < v->axes; a++) {
		v->filter[a] = between(state, 1, v->axes == 3 ? 3 : 4);
		v->stride[a] = between(state, 1, 3);
		v->dilation[a] = between(state, 1, 3);
		v->span[a] = (v->filter[a] - 1) * v->dilation[a] + 1;
		v->pads[a] = between(state, 0, 2);
		v->pads[v->axes + a] = between(state, 0, 2);
		int64_t least = v->span[a] - v->pads[a] - v->pads[v->axes + a];
		v->in[a] = between(state, least > 1 ? least : 1,
			least > most ? least : most);
	}
}

static void window_attrs(struct text *attrs, const struct window *v)
{
	list_add(attrs, "strides", v->stride, v->axes);
	list_add(attrs, "dilations", v->dilation, v->axes);
	list_add(attrs, "pads", v->pads, 2 * v->axes);
}

/* Channels of a convolution: dense, grouped, or depthwise with a multiplier.
 */
struct channels {
	int64_t batch, groups, in, out; /* of one group */
};

static struct channels channels_draw(uint64_t *state)
{
	struct channels c = {between(state, 1, 2), 1, between(state, 1, 6),
		between(state, 1, 6)};
	int64_t kind = case_random(state, 3);
	if (kind)
		c.groups = between(state, 2, 4);
	if (kind == 1)
		c.in = 1;
	if (kind == 2)
		c.in = between(state, 1, 3);
	return c;
}

static const char *conv_draw(struct texts *t, uint64_t *state, bool transposed)
{
	struct window v;
	struct channels c = channels_draw(state);
	int64_t extra[AXES];
	window_draw(&v, state);
	size_add(&t->x, true, c.batch);
	size_add(&t->x, false, c.groups * c.in);
	size_add(&t->w, true, c.groups * (transposed ? c.in : c.out));
	size_add(&t->w, false, transposed ? c.out : c.in);
	size_add(&t->y, true, c.batch);
	size_add(&t->y, false, c.groups * c.out);
	for (int a = 0; a < v.axes; a++) {
		int64_t pads = v.pads[a] + v.pads[v.axes + a], out;
		extra[a] = 0;
		if (transposed) {
			extra[a] = case_random(state, v.stride[a]);
			out = v.stride[a] * (v.in[a] - 1) + extra[a] +
				v.span[a] - pads;
			if (out < 1) { /* padding eats it all */
				v.pads[a] = v.pads[v.axes + a] = 0;
				out += pads;
			}
		} else {
			out = (v.in[a] + pads - v.span[a]) / v.stride[a] + 1;
		}
		size_add(&t->x, false, v.in[a]);
		size_add(&t->w, false, v.filter[a]);
		size_add(&t->y, false, out);
	}
	window_attrs(&t->attrs, &v);
	list_add(&t->attrs, "group", &c.groups, 1);
	if (transposed)
		list_add(&t->attrs, "output_padding", extra, v.axes);
	return transposed ? "ConvTranspose" : "Conv";
}

static const char *gemm_draw(struct texts *t, uint64_t *state)
{
	int64_t rows = between(state, 1, 12), cols = between(state, 1, 12);
	int64_t depth = between(state, 1, 15), trans[2];
	for (int k = 0; k < 2; k++)
		trans[k] = case_random(state, 2);
	size_add(&t->x, true, trans[0] ? depth : rows);
	size_add(&t->x, false, trans[0] ? rows : depth);
	size_add(&t->w, true, trans[1] ? cols : depth);
	size_add(&t->w, false, trans[1] ? depth : cols);
	size_add(&t->y, true, rows);
	size_add(&t->y, false, cols);
	list_add(&t->attrs, "transA", &trans[0], 1);
	list_add(&t->attrs, "transB", &trans[1], 1);
	return "Gemm";
}

static const char *matmul_draw(struct texts *t, uint64_t *state)
{
	int batches = (int)between(state, 0, 2);
	bool shared = case_random(state, 3) == 0; /* one W for all */
	for (int b = 0; b < batches; b++) {
		int64_t size = between(state, 1, 4);
		bool wide = case_random(state, 4) == 0; /* broadcast X */
		bool one = case_random(state, 4) == 0;  /* broadcast W */
		size_add(&t->x, b == 0, wide && !shared ? 1 : size);
		if (!shared)
			size_add(&t->w, b == 0, one && !wide ? 1 : size);
		size_add(&t->y, b == 0, size);
	}
	int64_t rows = between(state, 1, 8), cols = between(state, 1, 8);
	int64_t depth = between(state, 1, 12);
	size_add(&t->x, !batches, rows);
	size_add(&t->x, false, depth);
	size_add(&t->w, !batches || shared, depth);
	size_add(&t->w, false, cols);
	size_add(&t->y, !batches, rows);
	size_add(&t->y, false, cols);
	return "MatMul";
}

const char *random_layer(struct config_case *c, uint64_t *state)
{
	struct texts t;
	const char *op;
	texts_init(&c->ctx, &t, state);
	switch (case_random(state, 8)) {
	case 0:
		op = gemm_draw(&t, state);
		break;
	case 1:
		op = matmul_draw(&t, state);
		break;
	case 2:
	case 3:
		op = conv_draw(&t, state, true);
		break;
	default:
		op = conv_draw(&t, state, false);
		break;
	}
	case_node(c, op, t.x.bytes, t.w.bytes, t.y.bytes, t.attrs.bytes);
	return arena_printf(&c->ctx.arena, "%s %s, %s -> %s %s", op, t.x.bytes,
		t.w.bytes, t.y.bytes, t.attrs.bytes);
}

/* Words no wider than an element, so that one of each fits. */
static void ports_draw(struct arch *arch, uint64_t *state)
{
	bool own = case_random(state, 2);
	for (int o = 0; o < OPND_COUNT; o++) {
		arch->bits[o] = case_random(state, 2)
			? between(state, 1, 8 * arch->elem_bytes)
			: 0;
		arch->noc_words[o] = between(state, 1, 5);
		arch->spm_bypass[o] = case_random(state, 2);
		arch->rf_bypass[o] = case_random(state, 2);
		arch->operand_banks[o] =
			own ? between(state, 1, arch->spm_banks / 3) : 0;
	}
	arch->spm_buffers = between(state, 1, 2);
	arch->spm_ports = between(state, 0, 3);
	arch->port_words = between(state, 1, 3);
	arch->dma_parallel = case_random(state, 2);
}

void random_machine(struct config_case *c, uint64_t *state)
{
	struct arch *arch = &c->arch;
	arch->pes = between(state, 1, 41);
	arch->elem_bytes = between(state, 1, 4);
	arch->rf_bytes = arch->elem_bytes * between(state, 3, 60) +
		case_random(state, arch->elem_bytes);
	arch->spm_banks = between(state, 3, 11);
	arch->bank_bytes = between(state, arch->elem_bytes, 150);
	arch->dma_elem_bytes = between(state, 1, 4);
	arch->dma_init_cycles = (double)between(state, 0, 300);
	arch->dma_cycles_per_byte = 0.01 * (double)between(state, 0, 200);
	arch->accel_mhz = (double)between(state, 100, 900);
	arch->dma_mhz = (double)between(state, 100, 3000);
	arch->rf_pj = 0.01 * (double)between(state, 0, 300);
	arch->noc_pj = 0.01 * (double)between(state, 0, 300);
	arch->spm_pj = 0.1 * (double)between(state, 0, 300);
	arch->dram_pj = (double)between(state, 0, 300);
	arch->mac_pj = 0.001 * (double)between(state, 0, 300);
	arch->mac_gating = case_random(state, 2);
	if (case_random(state, 2))
		ports_draw(arch, state);
	arch->reduction_tree = *state & 1; /* draws stay as they were */
}
