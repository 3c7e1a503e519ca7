/* The networks between scratchpad and PEs. */
#include "sim/machine_parts.h"

#include <math.h>
#include <string.h>

/* First word, within the tile, of what the SPM counters choose. */
static uint64_t chosen_word(const struct reference *m, int o)
{
	uint64_t word = 0;
	for (uint32_t k = m->spm_first; k < m->pe_first; k++)
		word += m->at[k] * m->counter[k].step[o];
	return word;
}

/* Every word that will be read belongs to this filling of the tile. */
static bool words_filled(
	struct reference *m, int o, int buffer, uint64_t chosen)
{
	const struct unit *u = &m->unit[o];
	const uint32_t *mark = &m->mark[u->place[buffer] + chosen];
	uint32_t want = u->mark[buffer];
	for (uint64_t n = 0; n < u->edge.read_count; n++)
		if (mark[u->edge.read[n]] != want)
			return machine_stop(m, m->at,
				"the network of %c reads SPM word %llu of its "
				"tile, which %s",
				"OIW"[o],
				(unsigned long long)(chosen + u->edge.read[n]),
				mark[u->edge.read[n]] ? "holds something else"
						      : "is not filled");
	return true;
}

static bool send_input(struct reference *m, int o, int buffer)
{
	struct unit *u = &m->unit[o];
	struct machine_counts *n = m->counts;
	uint64_t chosen = chosen_word(m, o);
	edge_of_box(m, o);
	if (!words_filled(m, o, buffer, chosen))
		return false;
	u->sent = u->waiting = true;
	u->sent_word = u->place[buffer] + chosen;
	n->sends[o]++;
	n->spm_reads[o] += u->edge.read_count;
	n->gap_words[o] += u->edge.box_words - u->edge.read_count;
	n->edge_reads[o] += u->operand.array_words - u->edge.box_words;
	n->delivered[o] += u->operand.rf_words * m->program.pes;
	n->rf_fills += u->operand.rf_words * m->program.pes;
	return true;
}

/* Only the first PE of each group goes on from stored sums. */
static void take_sums(struct reference *m)
{
	struct unit *u = &m->unit[NWCFG_O];
	for (uint64_t n = 0; n < u->operand.rf_words; n++) {
		double *row = &m->rf[u->box_to[n] * m->program.pes];
		const double *from = &m->spm[u->back_word + u->box_from[n]];
		for (uint64_t g = 0; g < u->operand.groups; g++)
			if (edge_has(u, n, u->leader[g]))
				row[u->leader[g]] =
					from[u->pe_from[u->leader[g]]];
	}
}

static void clear_sums(struct reference *m)
{
	const struct unit *u = &m->unit[NWCFG_O];
	size_t pes = (size_t)m->program.pes;
	for (uint64_t n = 0; n < u->operand.rf_words; n++)
		memset(&m->rf[u->box_to[n] * pes], 0, pes * sizeof *m->rf);
}

/* Is the tile of sums that run and counters choose one of the sample? The same
 * for all passes that add to it, as only counters that move O decide; the first
 * always is. */
static bool is_sampled(const struct reference *m)
{
	const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t hash = m->job->seed, sum = 0;
	if (m->job->sample <= 1)
		return true;
	for (uint32_t k = 0; k < m->placement.instance_count; k++) {
		hash = (hash ^ m->trip[k]) * odd;
		hash ^= hash >> 29;
		sum += m->trip[k];
	}
	for (uint32_t k = 0; k < m->pe_first; k++) {
		if (m->counter[k].axis[NWCFG_O] == NWCFG_NONE)
			continue;
		hash = (hash ^ m->at[k]) * odd;
		hash ^= hash >> 29;
		sum += m->at[k];
	}
	return !sum || hash % m->job->sample == 0;
}

static bool send_sums(struct reference *m, int buffer, bool fresh)
{
	struct unit *u = &m->unit[NWCFG_O];
	struct machine_counts *n = m->counts;
	uint64_t chosen = chosen_word(m, NWCFG_O);
	uint64_t boxes = u->operand.rf_words * u->operand.groups;
	edge_of_box(m, NWCFG_O);
	if (!fresh && !words_filled(m, NWCFG_O, buffer, chosen))
		return false;
	u->sent = true;
	u->back_word = u->place[buffer] + chosen;
	m->computing = is_sampled(m);
	if (m->computing)
		clear_sums(m);
	n->sends[NWCFG_O]++;
	if (fresh) {
		n->first_sends++;
		return true;
	}
	if (m->computing)
		take_sums(m);
	n->spm_reads[NWCFG_O] += u->edge.sums;
	n->edge_reads[NWCFG_O] += u->operand.array_words - u->edge.sums;
	n->delivered[NWCFG_O] += u->edge.sums;
	n->edge_delivered += boxes - u->edge.sums;
	n->rf_fills += u->edge.sums;
	return true;
}

bool network_send(struct reference *m, int o, int buffer, bool fresh)
{
	return o == NWCFG_O ? send_sums(m, buffer, fresh)
			    : send_input(m, o, buffer);
}

/* Sums of one word of the RF tile, over each group. */
static void reduce(struct reference *m, uint64_t n)
{
	struct unit *u = &m->unit[NWCFG_O];
	const double *row = &m->rf[u->box_to[n] * m->program.pes];
	memset(u->sum, 0, (size_t)u->operand.groups * sizeof *u->sum);
	for (uint64_t pe = 0; pe < m->program.pes; pe++)
		u->sum[u->group_of[pe]] += row[pe];
}

bool network_return(struct reference *m, int buffer)
{
	struct unit *u = &m->unit[NWCFG_O];
	struct machine_counts *c = m->counts;
	uint64_t groups = u->operand.groups;
	for (uint64_t n = 0; n < u->operand.rf_words; n++) {
		uint64_t to = u->back_word + u->box_from[n];
		if (m->computing)
			reduce(m, n);
		for (uint64_t g = 0; g < groups; g++) {
			uint64_t word = to + u->pe_from[u->leader[g]];
			if (!edge_has(u, n, u->leader[g]))
				continue;
			double sum = m->computing ? u->sum[g] : NAN;
			if (m->job->sample > 1 && m->computing && isnan(sum))
				return machine_stop(m, m->at,
					"O adds to sums that other passes of "
					"the sample have not computed");
			m->spm[word] = sum;
			m->mark[word] = u->mark[buffer];
		}
	}
	uint64_t boxes = u->operand.rf_words * groups;
	uint64_t others = u->operand.group_pes - 1;
	uint64_t reduced = u->edge.sums * others;
	c->returns[NWCFG_O]++;
	c->spm_writes[NWCFG_O] += u->edge.sums;
	c->edge_writes[NWCFG_O] += u->operand.array_words - u->edge.sums;
	c->returned[NWCFG_O] += u->edge.sums;
	c->edge_returned += boxes - u->edge.sums;
	c->rf_fills += u->edge.sums;
	c->reductions += reduced;
	c->edge_reductions += (boxes - u->edge.sums) * others;
	if (!(m->arch.flags & NWCFG_ARCH_FLAG_TREE)) {
		c->reduction_cycles += reduced;
		c->edge_reduction_cycles += (boxes - u->edge.sums) * others;
	}
	/* Two sums are read and one is written. */
	c->rf_accesses += 3 * reduced;
	u->sent = false;
	return true;
}
