/* The board of this example, played by a host: memories as arrays, DMA as
 * copies. */
#include "board.h"

#include <string.h>

/* What a word holds before it is written. */
static double unfilled(void)
{
	return nwcfg_double(UINT64_C(0x7ff8000000000bad));
}

void board_reset(struct board *board)
{
	size_t i;
	for (i = 0; i < BOARD_SPM_BYTES; i++)
		board->spm[i] = unfilled();
	for (i = 0; i < BOARD_WORDS; i++)
		board->rf[i] = unfilled();
	board->faults = board->moves = board->passes = board->macs = 0;
}

/* --- elements in DRAM ----------------------------------------------------- */

static uint64_t bits_at(const unsigned char *at, int bytes)
{
	uint64_t bits = 0;
	while (bytes-- > 0)
		bits = bits << 8 | at[bytes];
	return bits;
}

double board_get(const unsigned char *at, uint32_t type)
{
	float f;
	uint32_t word;
	switch (type) {
	case NWCFG_TYPE_INT8:
		return (double)(int8_t)at[0];
	case NWCFG_TYPE_UINT8:
		return at[0];
	case NWCFG_TYPE_INT16:
		return (double)(int16_t)bits_at(at, 2);
	case NWCFG_TYPE_INT32:
		return (double)(int32_t)(uint32_t)bits_at(at, 4);
	default:
		word = (uint32_t)bits_at(at, 4);
		memcpy(&f, &word, sizeof f);
		return (double)f;
	}
}

void board_put(unsigned char *at, uint32_t type, double value)
{
	float f = (float)value;
	uint32_t bits;
	int bytes = 4, i;
	if (type == NWCFG_TYPE_FLOAT)
		memcpy(&bits, &f, sizeof f);
	else
		bits = (uint32_t)(int32_t)value;
	if (type == NWCFG_TYPE_INT8 || type == NWCFG_TYPE_UINT8)
		bytes = 1;
	if (type == NWCFG_TYPE_INT16)
		bytes = 2;
	for (i = 0; i < bytes; i++)
		at[i] = (unsigned char)(bits >> (8 * i));
}

/* --- DMA ------------------------------------------------------------------ */

static void board_move(void *self, const struct runtime_move *move)
{
	struct board *board = self;
	unsigned char *region = move->region == NWCFG_REGION_ARENA
		? board->arena
		: board->constants;
	int64_t dram = (int64_t)move->dram;
	uint64_t i;
	board->moves++;
	for (i = 0; i < move->elems; i++) {
		uint64_t spm = move->spm + i * move->word_bytes;
		if (spm >= BOARD_SPM_BYTES || dram < 0 ||
			dram + move->elem_bytes > BOARD_DRAM_BYTES) {
			board->faults++;
			return;
		}
		if (move->zero) {
			board->spm[spm] = 0;
			continue;
		}
		if (move->store) {
			board->faults += board->spm[spm] != board->spm[spm];
			board_put(region + dram, move->type, board->spm[spm]);
		} else {
			board->spm[spm] = board_get(region + dram, move->type);
		}
		dram += move->dram_step;
	}
}

/* --- the PE array and its sequencer --------------------------------------- */

struct array {
	struct board *board;
	const struct runtime_pass *pass;
	struct nwcfg_arch arch;
	struct nwcfg_counter counter[RUNTIME_COUNTERS];
	uint64_t at[RUNTIME_COUNTERS];
	struct nwcfg_operand operand[3];
	struct nwcfg_axis axis[3][RUNTIME_AXES];
	uint32_t spm, spatial, rf, end; /* where the levels' counters start */
};

static int turn(struct array *a, uint32_t first, uint32_t end)
{
	while (end-- > first) {
		if (++a->at[end] < a->counter[end].trips)
			return 1;
		a->at[end] = 0;
	}
	return 0;
}

/* A word of a PE's registers. */
static double *reg(struct array *a, uint64_t pe, int o, uint64_t word)
{
	uint64_t size = a->arch.rf_bytes / a->arch.elem_bytes;
	uint64_t at = a->operand[o].rf_offset + word;
	if (at >= size || pe * size + at >= BOARD_WORDS) {
		a->board->faults++;
		return &a->board->rf[0];
	}
	return &a->board->rf[pe * size + at];
}

/* A word of the operand's tile in the scratchpad. */
static double *pad(struct array *a, int o, uint64_t word)
{
	uint64_t at = a->pass->spm[o] + word * a->arch.elem_bytes;
	if (word >= a->operand[o].spm_words || at >= BOARD_SPM_BYTES) {
		a->board->faults++;
		return &a->board->spm[0];
	}
	return &a->board->spm[at];
}

enum way { SEND, CLEAR, RETURN, ADD };

/* Real iterations of the loops in the RF tile of the PE at the SPATIAL
 * counters.
 */
static void pe_size(const struct array *a, uint64_t size[7])
{
	memcpy(size, a->pass->size, 7 * sizeof *size);
	nwcfg_clip_tile(
		&a->counter[a->spm], &a->at[a->spm], a->rf - a->spm, size);
}

/* The RF tile of the PE at the SPATIAL counters: from the scratchpad, to zero,
 * back, or added to what came back. Beyond an edge the PE gets zeros, and
 * nothing comes back. */
static void tile_move(struct array *a, int o, uint64_t pe, enum way way)
{
	const struct nwcfg_operand *operand = &a->operand[o];
	uint64_t in[RUNTIME_AXES] = {0}, real[RUNTIME_AXES], size[7];
	uint64_t from = 0, n;
	uint32_t k, d;
	pe_size(a, size);
	for (d = 0; d < operand->axis_count; d++)
		real[d] = nwcfg_axis_indices(
			a->pass->program, a->axis[o][d].index, size);
	for (k = a->spm; k < a->rf; k++)
		from += a->at[k] * a->counter[k].step[o];
	for (n = 0; n < operand->rf_words; n++) {
		uint64_t source = from, target = 0;
		int inside = 1;
		for (d = 0; d < operand->axis_count; d++) {
			source += in[d] * a->axis[o][d].spm_stride;
			target += in[d] * a->axis[o][d].rf_stride;
			inside &= in[d] < real[d];
		}
		switch (way == SEND && !inside ? CLEAR : way) {
		case SEND:
			*reg(a, pe, o, target) = *pad(a, o, source);
			break;
		case CLEAR:
			*reg(a, pe, o, target) = 0;
			break;
		case RETURN:
			if (inside)
				*pad(a, o, source) = *reg(a, pe, o, target);
			break;
		case ADD:
			if (inside)
				*pad(a, o, source) += *reg(a, pe, o, target);
			break;
		}
		for (d = operand->axis_count; d-- > 0;) {
			if (++in[d] < a->axis[o][d].rf)
				break;
			in[d] = 0;
		}
	}
}

/* Is the PE at the SPATIAL counters the first of its reduction group? */
static int leads(const struct array *a)
{
	uint32_t k;
	for (k = a->spatial; k < a->rf; k++)
		if (a->at[k] && a->counter[k].axis[NWCFG_O] == NWCFG_NONE)
			return 0;
	return 1;
}

/* Were the elements of O at the counters worked on before? */
static int touched(const struct array *a)
{
	uint32_t k;
	if (a->pass->touched)
		return 1;
	for (k = a->spm; k < a->spatial; k++)
		if (a->at[k] && a->counter[k].axis[NWCFG_O] == NWCFG_NONE)
			return 1;
	return 0;
}

static uint64_t pe_number(const struct array *a)
{
	uint64_t pe = 0;
	uint32_t k;
	for (k = a->spatial; k < a->rf; k++)
		pe += a->at[k] * a->counter[k].pe_step;
	return pe;
}

static void send(struct array *a, int o)
{
	do {
		int sums = o != NWCFG_O || (touched(a) && leads(a));
		tile_move(a, o, pe_number(a), sums ? SEND : CLEAR);
	} while (turn(a, a->spatial, a->rf));
}

/* Adds O up over the groups: the first PE of each returns its sums, then the
 * others' are added to them. */
static void collect(struct array *a)
{
	int first;
	for (first = 1; first >= 0; first--)
		do {
			if (leads(a) == first)
				tile_move(a, NWCFG_O, pe_number(a),
					first ? RETURN : ADD);
		} while (turn(a, a->spatial, a->rf));
}

/* Is the iteration at the RF counters, of those that 'size' has for the PE, one
 * of the nest? */
static int is_real(const struct array *a, const uint64_t size[7])
{
	uint64_t one[7];
	uint32_t l;
	memcpy(one, size, sizeof one);
	nwcfg_clip_tile(&a->counter[a->rf], &a->at[a->rf], a->end - a->rf, one);
	for (l = 0; l < 7; l++)
		if (!one[l])
			return 0;
	return 1;
}

static void compute(struct array *a)
{
	int gated = (a->arch.flags & NWCFG_ARCH_FLAG_GATED) != 0, o;
	uint32_t k;
	do {
		uint64_t pe = pe_number(a), size[7];
		pe_size(a, size);
		do {
			double *word[3];
			if (gated && !is_real(a, size))
				continue;
			for (o = 0; o < 3; o++) {
				uint64_t at = 0;
				for (k = a->rf; k < a->end; k++)
					at += a->at[k] * a->counter[k].step[o];
				word[o] = reg(a, pe, o, at);
				a->board->faults += *word[o] != *word[o];
			}
			*word[NWCFG_O] += *word[NWCFG_I] * *word[NWCFG_W];
			a->board->macs++;
		} while (turn(a, a->rf, a->end));
	} while (turn(a, a->spatial, a->rf));
}

static int array_load(struct array *a)
{
	const struct nwcfg *cfg = a->pass->cfg;
	const struct nwcfg_program *program = a->pass->program;
	uint32_t k, o, d;
	if (nwcfg_get_arch(cfg, 0, &a->arch) ||
		program->counter_count > RUNTIME_COUNTERS ||
		a->arch.pes > BOARD_PES)
		return 0;
	a->spm = program->level_counters[NWCFG_LEVEL_DRAM];
	a->spatial = a->spm + program->level_counters[NWCFG_LEVEL_SPM];
	a->rf = a->spatial + program->level_counters[NWCFG_LEVEL_SPATIAL];
	a->end = program->counter_count;
	for (k = 0; k < a->end; k++) {
		a->at[k] = 0;
		if (nwcfg_get_counter(
			    cfg, program->counters + k, &a->counter[k]))
			return 0;
	}
	for (o = 0; o < 3; o++) {
		if (nwcfg_get_operand(
			    cfg, program->operands + o, &a->operand[o]) ||
			a->operand[o].axis_count > RUNTIME_AXES)
			return 0;
		for (d = 0; d < a->operand[o].axis_count; d++)
			if (nwcfg_get_axis(cfg, a->operand[o].axes + d,
				    &a->axis[o][d]))
				return 0;
	}
	return 1;
}

static void board_pass(void *self, const struct runtime_pass *pass)
{
	struct board *board = self;
	struct array a;
	uint64_t n;
	int o;
	a.board = board;
	a.pass = pass;
	board->passes++;
	if (!array_load(&a)) {
		board->faults++;
		return;
	}
	for (n = 0; n < pass->program->rf_passes; n++) {
		const struct nwcfg_operand *sums = &a.operand[NWCFG_O];
		int held = (sums->flags & NWCFG_OPERAND_FLAG_HELD) != 0;
		for (o = 0; o < 3; o++) {
			const struct nwcfg_operand *operand = &a.operand[o];
			if (n % operand->spm_reuse)
				continue;
			if (pass->fresh[o] ||
				!(operand->flags & NWCFG_OPERAND_FLAG_HELD))
				send(&a, o);
		}
		compute(&a);
		if ((n + 1) % sums->spm_reuse == 0 &&
			(!held || pass->last[NWCFG_O]))
			collect(&a);
		turn(&a, a.spm, a.spatial);
	}
}

static int board_host(void *self, const struct nwcfg *cfg,
	const struct nwcfg_step *step, int after)
{
	struct board *board = self;
	return board->host ? board->host(self, cfg, step, after) : 0;
}

struct runtime_board board_hooks(struct board *board)
{
	struct runtime_board hooks;
	hooks.self = board;
	hooks.move = board_move;
	hooks.pass = board_pass;
	hooks.host = board_host;
	return hooks;
}
