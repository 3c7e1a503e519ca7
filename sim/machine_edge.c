/* Edges: what of a tile is real where tiles do not divide their loops
 * (docs/config-blob.md, "Tiles and their edges"). */
#include "sim/machine_parts.h"

#include <string.h>

void edge_of_tile(struct reference *m, int o, const uint64_t *dram)
{
	struct unit *u = &m->unit[o];
	uint64_t size[LOOPS];
	memcpy(size, m->program.bound, sizeof size);
	nwcfg_clip_tile(m->counter, dram, m->spm_first, size);
	for (uint32_t d = 0; d < u->operand.axis_count; d++)
		u->tile[d] =
			nwcfg_axis_indices(&m->program, u->axis[d].index, size);
}

void edge_of_pass(struct reference *m)
{
	memcpy(m->size, m->program.bound, sizeof m->size);
	nwcfg_clip_tile(m->counter, m->at, m->pe_first, m->size);
}

/* Real indices of each PE's RF tile. */
static void find_real(const struct reference *m, struct unit *u)
{
	uint64_t at[COUNTERS_MAX] = {0};
	u->edge.whole = true;
	for (uint64_t pe = 0; pe < m->program.pes;
		pe++, machine_turn(m, at, m->pe_first, m->rf_first)) {
		uint64_t size[LOOPS];
		memcpy(size, m->size, sizeof size);
		nwcfg_clip_tile(&m->counter[m->pe_first], &at[m->pe_first],
			m->rf_first - m->pe_first, size);
		for (uint32_t d = 0; d < u->operand.axis_count; d++) {
			uint64_t real = nwcfg_axis_indices(
				&m->program, u->axis[d].index, size);
			u->edge.real[d][pe] = (uint32_t)real;
			u->edge.whole = u->edge.whole && real == u->axis[d].rf;
		}
	}
}

/* Indices along axis d that some PE takes, from the array's first on. */
static uint64_t find_taken(
	const struct reference *m, struct unit *u, uint32_t d)
{
	uint64_t count = 0;
	memset(u->edge.seen, 0, (size_t)u->axis[d].array);
	for (uint64_t pe = 0; pe < m->program.pes; pe++)
		if (u->edge.real[d][pe])
			memset(u->edge.seen + u->start[d][pe], 1,
				u->edge.real[d][pe]);
	for (uint64_t i = 0; i < u->axis[d].array; i++)
		if (u->edge.seen[i])
			u->edge.taken[d][count++] = i;
	return count;
}

/* The distinct words that the PEs take together. Each axis has loops of its
 * own, so that they are a box of indices. */
static void find_read(const struct reference *m, struct unit *u)
{
	uint32_t axes = u->operand.axis_count;
	u->edge.read_count = 1;
	u->edge.box_words = 1;
	for (uint32_t d = 0; d < axes; d++) {
		u->edge.taken_count[d] = find_taken(m, u, d);
		u->edge.read_count *= u->edge.taken_count[d];
		u->edge.box_words *= nwcfg_axis_indices(
			&m->program, u->axis[d].index, m->size);
	}
	memset(u->in, 0, axes * sizeof *u->in);
	for (uint64_t n = 0; n < u->edge.read_count; n++) {
		u->edge.read[n] = 0;
		for (uint32_t d = 0; d < axes; d++)
			u->edge.read[n] += u->edge.taken[d][u->in[d]] *
				u->axis[d].spm_stride;
		for (uint32_t d = axes; d-- > 0;) {
			if (++u->in[d] < u->edge.taken_count[d])
				break;
			u->in[d] = 0;
		}
	}
}

/* Real words of O in its groups of PEs. */
static void find_sums(struct unit *u)
{
	u->edge.sums = 0;
	for (uint64_t g = 0; g < u->operand.groups; g++) {
		uint64_t words = 1;
		for (uint32_t d = 0; d < u->operand.axis_count; d++)
			words *= u->edge.real[d][u->leader[g]];
		u->edge.sums += words;
	}
}

void edge_of_box(struct reference *m, int o)
{
	struct unit *u = &m->unit[o];
	bool same = u->edge.known;
	for (int l = 0; l < LOOPS; l++)
		same = same &&
			(u->edge.size[l] == m->size[l] ||
				!(u->edge.loops >> l & 1));
	if (same)
		return;
	memcpy(u->edge.size, m->size, sizeof u->edge.size);
	u->edge.known = true;
	find_real(m, u);
	find_read(m, u);
	if (o == NWCFG_O)
		find_sums(u);
}

bool edge_has(const struct unit *u, uint64_t n, uint64_t pe)
{
	for (uint32_t d = 0; !u->edge.whole && d < u->operand.axis_count; d++)
		if (u->box_at[d][n] >= u->edge.real[d][pe])
			return false;
	return true;
}
