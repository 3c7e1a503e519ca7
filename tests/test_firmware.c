/* The runtime and the board of examples/firmware execute blobs in numbers: best
 * and random mappings, against the sums of the layers' own products. */
#include "examples/firmware/board.h"
#include "tests/cmocka.h"
#include "tests/config_case.h"
#include "tests/nest_walk.h"

#include <string.h>

static struct board board;

static unsigned char *tensor_at(const struct nwcfg_tensor *t)
{
	unsigned char *region =
		t->region == NWCFG_REGION_ARENA ? board.arena : board.constants;
	assert_true(t->offset + t->bytes <= BOARD_DRAM_BYTES);
	return region + t->offset;
}

/* Different enough for sums that a swapped element shows; no accident of zero.
 */
static double number_of(uint64_t tensor, uint64_t element)
{
	return (double)((element * 7 + tensor * 3) % 11) - 5.5 + 0.5;
}

static void descriptor_tensor(const struct nwcfg *cfg,
	const struct nwcfg_placement *placement, uint32_t o,
	struct nwcfg_tensor *out, uint32_t *index)
{
	struct nwcfg_descriptor descriptor = {0};
	assert_int_equal(nwcfg_get_descriptor(
				 cfg, placement->descriptors + o, &descriptor),
		NWCFG_OK);
	assert_int_equal(
		nwcfg_get_tensor(cfg, descriptor.tensor, out), NWCFG_OK);
	*index = descriptor.tensor;
}

/* Padding is multiplied where the PEs do not gate it, and nothing else. */
static void assert_multiplied(const struct nwcfg *cfg,
	const struct nwcfg_placement *placement, unsigned long macs,
	unsigned long of_nest)
{
	struct nwcfg_arch arch = {0};
	struct nwcfg_program program = {0};
	nwcfg_get_arch(cfg, 0, &arch);
	nwcfg_get_program(cfg, placement->program, &program);
	if (arch.flags & NWCFG_ARCH_FLAG_GATED)
		assert_int_equal(macs, of_nest);
	else
		assert_int_equal(macs,
			program.spm_passes * program.rf_passes * program.pes *
				program.work * placement->runs);
}

/* Runs one placement on fresh numbers and compares every element of O. */
static void assert_placement(struct config_case *c, const struct nwcfg *cfg,
	uint32_t index, const struct layer_nest *ln, const char *what)
{
	struct nwcfg_placement placement = {0};
	struct nwcfg_tensor tensor[3];
	uint32_t number[3];
	struct products products = {0};
	int64_t macs = 0;
	assert_int_equal(nwcfg_get_placement(cfg, index, &placement), NWCFG_OK);
	for (uint32_t o = 0; o < 3; o++) {
		descriptor_tensor(cfg, &placement, o, &tensor[o], &number[o]);
		for (uint64_t k = 0; k < tensor[o].elems; k++)
			board_put(tensor_at(&tensor[o]) +
					k * tensor[o].elem_bytes,
				tensor[o].type, number_of(number[o], k));
	}
	nest_walk(&c->ctx, ln, &products, &macs);
	double *want = arena_array(
		&c->ctx.arena, (size_t)tensor[0].elems, sizeof *want);
	bool *written = arena_array(
		&c->ctx.arena, (size_t)tensor[0].elems, sizeof *written);
	for (size_t k = 0; k < products.count; k++) {
		const struct product3 *p = &products.list[k];
		want[p->o] += number_of(number[1], (uint64_t)p->i) *
			number_of(number[2], (uint64_t)p->w);
		written[p->o] = true;
	}
	board_reset(&board);
	struct runtime_board hooks = board_hooks(&board);
	assert_int_equal(runtime_place(cfg, &hooks, index), RUNTIME_OK);
	if (board.faults)
		fail_msg("%s: %lu faults", what, board.faults);
	assert_multiplied(cfg, &placement, board.macs, (unsigned long)macs);
	for (uint64_t k = 0; k < tensor[0].elems; k++) {
		double got = board_get(
			tensor_at(&tensor[0]) + k * tensor[0].elem_bytes,
			tensor[0].type);
		/* An output that only padding meets is written, with 0. */
		if (!written[k] && got == 0)
			continue;
		double expect = written[k] ? want[k] : number_of(number[0], k);
		if (got != expect)
			fail_msg("%s: element %d is %g, expected %g", what,
				(int)k, got, expect);
	}
}

static void assert_case(struct config_case *c, const char *what)
{
	struct nwcfg cfg;
	uint32_t placement = 0;
	assert_int_equal(nwcfg_open(&cfg, c->bytes, c->length), NWCFG_OK);
	for (size_t l = 0; l < c->layers.count; l++)
		for (size_t n = 0; n < c->layers.layers[l].nest_count; n++)
			assert_placement(c, &cfg, placement++,
				&c->layers.layers[l].nests[n], what);
}

/* clang-format off */
static const struct {
	const char *op, *x, *w, *y, *attrs;
} operators[] = {
	{"MatMul", "x float 6x4", "w float 4x10", "y float 6x10", ""},
	{"MatMul", "x int8 2x6x4", "w int8 2x4x5", "y float 2x6x5", ""},
	{"Gemm", "x float 4x6", "w float 10x4", "y float 6x10",
		"transA=1 transB=1"},
	{"Conv", "x float 2x4x7x8", "w float 4x4x3x2", "y float 2x4x5x7", ""},
	{"Conv", "x int16 1x2x9x8", "w int16 6x2x3x3", "y int32 1x6x9x8",
		"pads=1,1,1,1"},
	{"Conv", "x float 1x2x9x8", "w float 4x2x3x3", "y float 1x4x4x3",
		"strides=2,3 pads=0,1,1,0"},
	{"Conv", "x float 1x4x9x8", "w float 6x2x3x2", "y float 1x6x5x8",
		"group=2 dilations=2,1 pads=0,1,0,0"},
	{"Conv", "x float 1x4x6x6", "w float 8x1x3x3", "y float 1x8x6x6",
		"group=4 pads=1,1,1,1"},
	{"Conv", "x float 1x2x4x5x6", "w float 4x2x3x3x2",
		"y float 1x4x4x5x5", "pads=1,1,0,1,1,0"},
	{"Conv", "x float 1x2x5x4x4", "w float 4x2x3x2x2",
		"y float 1x4x3x3x3", "strides=2,1,1 pads=1,0,0,1,0,0"},
	{"ConvTranspose", "x float 1x4x4x3", "w float 4x6x3x3",
		"y float 1x6x7x5", "strides=2,2 pads=1,1,1,1"},
};
/* clang-format on */

static void operators_compute(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
		for (uint64_t seed = 0; seed < 24; seed++) {
			struct config_case c;
			char what[200];
			case_open(&c);
			case_node(&c, operators[i].op, operators[i].x,
				operators[i].w, operators[i].y,
				operators[i].attrs);
			c.arch.mac_gating = seed % 5 > 2;
			if (seed % 3) {
				c.arch.rf_bytes = 16 << seed % 4;
				c.arch.bank_bytes = 32;
				c.arch.spm_banks = 8;
			}
			case_build(&c, seed);
			snprintf(what, sizeof what, "%s %s %s, seed %d",
				operators[i].op, operators[i].x, operators[i].w,
				(int)seed);
			assert_case(&c, what);
			case_close(&c);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operators_compute),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
