/* The PEs: all do the same turn of their counters at the same time, each on its
 * own register file. Word n of PE p is rf[n * pes + p], so that a turn runs
 * over neighbouring words. */
#include "sim/machine_parts.h"

/* Brings the PEs what was sent to them. */
static void deliver(struct reference *m, struct unit *u)
{
	size_t pes = (size_t)m->program.pes;
	const uint32_t *pe_from = u->pe_from;
	u->waiting = false;
	for (uint64_t n = 0; n < u->operand.rf_words; n++) {
		double *row = &m->rf[u->box_to[n] * pes];
		const double *from = &m->spm[u->sent_word + u->box_from[n]];
		if (u->edge.whole)
			for (size_t pe = 0; pe < pes; pe++)
				row[pe] = from[pe_from[pe]];
		else
			for (size_t pe = 0; pe < pes; pe++)
				row[pe] = edge_has(u, n, pe) ? from[pe_from[pe]]
							     : 0;
	}
}

static void turn(double *restrict o, const double *restrict i,
	const double *restrict w, size_t pes)
{
	for (size_t pe = 0; pe < pes; pe++)
		o[pe] += i[pe] * w[pe];
}

/* All turns of the RF counters from counter k on, the words at o, i, w. */
static void turns(struct reference *m, uint32_t k, double *o, const double *i,
	const double *w)
{
	size_t pes = (size_t)m->program.pes;
	if (k == m->program.counter_count) {
		turn(o, i, w, pes);
		return;
	}
	const struct nwcfg_counter *c = &m->counter[k];
	for (uint64_t t = 0; t < c->trips; t++) {
		if (k + 1 == m->program.counter_count)
			turn(o, i, w, pes);
		else
			turns(m, k + 1, o, i, w);
		o += c->step[NWCFG_O] * pes;
		i += c->step[NWCFG_I] * pes;
		w += c->step[NWCFG_W] * pes;
	}
}

bool pes_compute(struct reference *m)
{
	struct unit *u = m->unit;
	size_t pes = (size_t)m->program.pes;
	double *first[OPERANDS];
	for (int o = 0; o < OPERANDS; o++) {
		if (!u[o].sent)
			return machine_stop(m, m->at,
				"the PEs read their words of %c, which nothing "
				"has sent",
				"OIW"[o]);
		if (u[o].waiting && m->computing)
			deliver(m, &u[o]);
		first[o] = &m->rf[u[o].operand.rf_offset * pes];
	}
	if (m->computing)
		turns(m, m->rf_first, first[NWCFG_O], first[NWCFG_I],
			first[NWCFG_W]);
	uint64_t macs = m->program.pes * m->program.work;
	if (m->arch.flags & NWCFG_ARCH_FLAG_GATED) {
		macs = 1;
		for (int l = 0; l < LOOPS; l++)
			macs *= m->size[l];
	}
	m->counts->macs += macs;
	/* All are read, O is written, but for what comes word by word. */
	for (int o = 0; o < OPERANDS; o++)
		if (!(u[o].operand.flags & NWCFG_OPERAND_FLAG_STREAM))
			m->counts->rf_accesses += macs * (o == NWCFG_O ? 2 : 1);
	return true;
}
