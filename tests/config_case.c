/* Mappings that are dealt out at random as far as they fit, and the cases by
 * name. */
#include "tests/config_case.h"

#include "base/checked.h"
#include "passes/lower.h"
#include "tests/cmocka.h"
#include "tests/seed_tiling.h"

#include <string.h>

void case_open(struct config_case *c)
{
	memset(c, 0, sizeof *c);
	c->sink = tmpfile();
	assert_non_null(c->sink);
	ctx_init(&c->ctx, c->sink, NULL);
	small_init(&c->ctx, &c->small);
	c->arch = arch_default();
	c->arch.pes = 16;
}

void case_close(struct config_case *c)
{
	ctx_release(&c->ctx);
	fclose(c->sink);
}

const char *case_printed(struct config_case *c)
{
	static char text[4000];
	rewind(c->sink);
	size_t length = fread(text, 1, sizeof text - 1, c->sink);
	text[length] = 0;
	return text;
}

/* --- mappings ------------------------------------------------------------- */

int64_t case_random(uint64_t *state, int64_t n)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (int64_t)((*state * 0x2545f4914f6cdd1du >> 33) % (uint64_t)n);
}

static bool tiling_fits(const struct nest *nest, const struct arch *arch,
	const struct tiling *tiling)
{
	static const struct limits none = {0};
	return tiling_fits_spatial(nest, arch, tiling, &none) &&
		tiling_fits_rf(nest, arch, tiling, &none) &&
		tiling_fits_spm(nest, arch, tiling, &none) &&
		tiling_fits_dataflow(arch, nest, tiling);
}

/* Deals the prime factors of the bounds out over the levels; what does not fit
 * the machine goes to DRAM, where everything fits. */
static void perfect_draw(const struct nest *nest, const struct arch *arch,
	uint64_t *state, struct tiling *t)
{
	*t = tiling_none;
	memcpy(t->factor[0], nest->bound, sizeof t->factor[0]);
	for (int l = 0; l < LOOP_COUNT; l++)
		for (int64_t rest = nest->bound[l], p = 2; rest > 1;) {
			if (rest % p) {
				p++;
				continue;
			}
			rest /= p;
			int slot = (int)case_random(state, SEED_SLOTS);
			struct tiling before = *t;
			t->factor[SLOT_DRAM][l] /= p;
			t->factor[slot][l] *= p;
			if (!tiling_fits(nest, arch, t))
				*t = before;
		}
}

/* Cuts each loop into tiles of any sizes, several times anew where they do not
 * fit beside those of the loops before. */
static void padded_draw(const struct nest *nest, const struct arch *arch,
	uint64_t *state, struct tiling *t)
{
	enum { TRIES = 6 };
	*t = tiling_none;
	memcpy(t->factor[0], nest->bound, sizeof t->factor[0]);
	for (int n = 0; n < TRIES * LOOP_COUNT; n++) {
		struct tiling before = *t;
		int l = n % LOOP_COUNT;
		int64_t size = nest->bound[l];
		for (int s = 0; s < SLOT_RF; s++) {
			int64_t tile = 1 + case_random(state, size);
			int64_t trips = ceil_div(size, tile);
			t->factor[s][l] = trips;
			size = ceil_div(size, trips);
		}
		t->factor[SLOT_RF][l] = size;
		if (!tiling_fits(nest, arch, t))
			*t = before;
	}
}

static void mapping_draw(const struct nest *nest, const struct arch *arch,
	uint64_t *state, struct mapping *out)
{
	*out = mapping_none;
	if (case_random(state, 2))
		perfect_draw(nest, arch, state, &out->tiling);
	else
		padded_draw(nest, arch, state, &out->tiling);
	for (int s = 0; s < SEED_ORDERED; s++)
		for (int i = 0; i < LOOP_COUNT; i++) {
			int64_t j = case_random(state, i + 1);
			out->order[s][i] = out->order[s][j];
			out->order[s][j] = (uint8_t)i;
		}
}

/* Takes a mapping as the n-th distinct nest's best. */
static void result_set(
	struct config_case *c, size_t n, const struct mapping *mapping)
{
	const struct nest *nest = &c->network.nests[n].nest;
	struct candidate *winner = &c->results[n].best[OBJ_EDP].winner;
	assert_true(mapping_valid(nest, mapping));
	c->results[n].feasible = true;
	winner->mapping = *mapping;
	cost_mapping(nest, &c->arch, mapping, BURST_TRUE, &winner->estimate);
}

static void results_draw(struct config_case *c, uint64_t seed)
{
	uint64_t state = seed * 0x9e3779b97f4a7c15u;
	/* On a grid of 4 rows at times, where M and O's rows lie on columns. */
	bool grid = seed % 3 == 0 && c->arch.pes % 4 == 0;
	c->arch.pe_rows = grid ? 4 : 1;
	c->arch.dataflow = (struct dataflow){.grid = grid,
		.axis[GRID_ROWS].barred = LOOP_BIT(LOOP_M) | LOOP_BIT(LOOP_OX)};
	for (size_t n = 0; n < c->network.count; n++) {
		struct mapping mapping;
		mapping_draw(
			&c->network.nests[n].nest, &c->arch, &state, &mapping);
		result_set(c, n, &mapping);
	}
}

static void forms_take(struct config_case *c)
{
	for (size_t i = 0; i < c->layers.count; i++)
		for (size_t k = 0; k < c->layers.layers[i].nest_count; k++) {
			struct layer_nest *ln = &c->layers.layers[i].nests[k];
			if (i == 0 && k == 0)
				c->forms = ln->form_count;
			if (c->form < ln->form_count)
				*ln = ln->forms[c->form];
		}
}

static bool layers_lower(struct config_case *c)
{
	bool ok = lower_model(&c->ctx, &c->small.model, &c->layers);
	if (ok)
		forms_take(c);
	return ok;
}

static void case_lower(struct config_case *c)
{
	if (!layers_lower(c) || !network_make(&c->ctx, &c->layers, &c->network))
		fail_msg("refused: %s", case_printed(c));
	c->results = arena_array(
		&c->ctx.arena, c->network.count, sizeof *c->results);
}

void case_emit(struct config_case *c)
{
	c->plan = (struct plan){.name = "small",
		.layers = &c->layers,
		.network = &c->network,
		.arch = &c->arch,
		.results = c->results,
		.objective = OBJ_EDP,
		.search = "exact",
		.rule = BURST_TRUE};
	if (!plan_place(&c->ctx, &c->plan) ||
		!plan_finish(&c->ctx, &c->plan) ||
		!config_build(&c->ctx, &c->plan, &c->bytes, &c->length))
		fail_msg("refused: %s", case_printed(c));
}

void case_build(struct config_case *c, uint64_t seed)
{
	static const struct search_options options = {.rule = BURST_TRUE};
	case_lower(c);
	if (seed)
		results_draw(c, seed);
	else
		for (size_t n = 0; n < c->network.count; n++)
			assert_true(
				search_exact(&c->ctx, &c->network.nests[n].nest,
					&c->arch, &options, &c->results[n]));
	case_emit(c);
}

/* --- models --------------------------------------------------------------- */

struct node *case_node(struct config_case *c, const char *op, const char *x,
	const char *w, const char *y, const char *attrs)
{
	struct value *in[] = {
		small_value(&c->small, x), small_value(&c->small, w), NULL};
	struct value *out[] = {small_value(&c->small, y), NULL};
	struct node *node = small_node(&c->small, op, in, out);
	small_attrs(&c->small, node, attrs);
	return node;
}

void case_smallest(struct config_case *c)
{
	case_open(c);
	case_node(c, "MatMul", "a float 2x3", "b float 3x4", "y float 2x4", "");
	case_build(c, 0);
}

/* Makes three values the model's input, one of its constants, its output. */
static void model_ends(struct config_case *c, struct value *input,
	struct value *constant, struct value *output)
{
	struct arena *arena = &c->ctx.arena;
	struct graph *graph = &c->small.graph;
	graph->inputs = arena_array(arena, 1, sizeof *graph->inputs);
	graph->outputs = arena_array(arena, 1, sizeof *graph->outputs);
	graph->inputs[0] = input;
	graph->outputs[0] = output;
	graph->input_count = graph->output_count = 1;
	input->is_input = output->is_output = true;
	constant->init = arena_alloc(arena, sizeof *constant->init);
}

void case_example(struct config_case *c)
{
	case_open(c);
	c->arch.pes = 4;
	c->arch.rf_bytes = 24;
	c->arch.spm_banks = 4;
	c->arch.bank_bytes = 64;
	c->arch.dma_init_cycles = 16;
	struct node *node = case_node(c, "Conv", "x int16 1x2x4x6",
		"w int16 4x2x3x3", "y int32 1x4x4x6", "pads=1,1,1,1");
	model_ends(c, node->input[0], node->input[1], node->output[0]);
	case_build(c, 0);
}

void case_edges(struct config_case *c)
{
	/* clang-format off */
	static const struct seed_mapping listed = {
		.factor = {
			{1, 1, 2, 2, 1, 1, 1},
			{1, 2, 1, 1, 1, 3, 1},
			{1, 2, 2, 3, 4, 1, 3},
			{1, 2, 1, 1, 2, 1, 1},
		},
		.order = {
			{LOOP_N, LOOP_M, LOOP_OX, LOOP_OY, LOOP_FX, LOOP_FY, LOOP_C},
			{LOOP_N, LOOP_M, LOOP_C, LOOP_OX, LOOP_OY, LOOP_FX, LOOP_FY},
		},
	};
	/* clang-format on */
	const struct mapping mapping = seed_mapping(&listed);
	case_open(c);
	c->arch.pes = 4;
	struct node *node = case_node(c, "Conv", "x int16 1x3x5x7",
		"w int16 5x3x3x3", "y int32 1x5x5x7", "pads=1,1,1,1");
	model_ends(c, node->input[0], node->input[1], node->output[0]);
	case_lower(c);
	result_set(c, 0, &mapping);
	case_emit(c);
}

void case_network(struct config_case *c)
{
	case_open(c);
	struct small_graph *s = &c->small;
	struct value *x = small_value(s, "x float 1x3x11x9");
	struct value *w1 = small_value(s, "w1 float 4x3x3x3");
	struct value *y1 = small_value(s, "y1 float 1x4x6x5");
	struct value *r1 = small_value(s, "r1 float 1x4x6x5");
	struct value *w2 = small_value(s, "w2 float 4x2x3x3");
	struct value *y2 = small_value(s, "y2 float 1x4x6x5");
	struct value *sum = small_value(s, "sum float 1x4x6x5");
	struct value *w3 = small_value(s, "w3 float 4x2x3x3");
	struct value *y3 = small_value(s, "y3 float 1x2x12x10");
	struct value *bias = small_value(s, "bias float 2");
	model_ends(c, x, w1, y3);
	w2->init = w3->init = bias->init = w1->init;

	small_attrs(s,
		small_node(s, "Conv", (struct value *[]){x, w1, NULL},
			(struct value *[]){y1, NULL}),
		"strides=2,2 pads=1,1,1,1");
	small_node(s, "Relu", (struct value *[]){y1, NULL},
		(struct value *[]){r1, NULL});
	small_attrs(s,
		small_node(s, "Conv", (struct value *[]){r1, w2, NULL},
			(struct value *[]){y2, NULL}),
		"group=2 pads=1,1,1,1");
	small_node(s, "Add", (struct value *[]){r1, y2, NULL},
		(struct value *[]){sum, NULL});
	small_attrs(s,
		small_node(s, "ConvTranspose",
			(struct value *[]){sum, w3, bias, NULL},
			(struct value *[]){y3, NULL}),
		"strides=2,2 pads=1,1,1,1 output_padding=1,1");
	case_build(c, 0);
}
