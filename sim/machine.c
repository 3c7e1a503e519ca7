/* The run of a placement: DMA, networks and PEs, pass by pass. */
#include "sim/machine.h"

#include "sim/machine_parts.h"

#include <string.h>

/* --- passes --------------------------------------------------------------- */

static int buffer_of(
	const struct reference *m, const struct unit *u, uint64_t pass)
{
	return (int)(pass / u->operand.dram_reuse % m->arch.spm_buffers);
}

static bool stands_first(
	const struct reference *m, const uint64_t *at, uint32_t counters)
{
	for (uint32_t k = 0; k < counters; k++)
		if (at[k] && m->counter[k].axis[NWCFG_O] == NWCFG_NONE)
			return false;
	return true;
}

/* New tiles for a pass, whose DRAM counters are m->ahead. */
static bool load_tiles(struct reference *m, uint64_t pass)
{
	for (int o = 0; o < OPERANDS; o++) {
		struct unit *u = &m->unit[o];
		int buffer = buffer_of(m, u, pass);
		if (pass % u->operand.dram_reuse)
			continue;
		u->mark[buffer] = ++m->marks;
		if (o == NWCFG_O && stands_first(m, m->ahead, m->spm_first)) {
			m->counts->first_tiles++;
			continue;
		}
		if (!dma_load(m, o, m->ahead, buffer))
			return false;
	}
	return true;
}

static bool is_held(const struct unit *u)
{
	return u->operand.flags & NWCFG_OPERAND_FLAG_HELD;
}

static bool rf_pass(struct reference *m, uint64_t pass, uint64_t n)
{
	if (search_stopped(m->job->stop))
		return false;
	edge_of_pass(m);
	for (int o = 0; o < OPERANDS; o++) {
		const struct unit *u = &m->unit[o];
		bool due = is_held(u)
			? n == 0 && pass % u->operand.dram_reuse == 0
			: n % u->operand.spm_reuse == 0;
		if (due &&
			!network_send(m, o, buffer_of(m, u, pass),
				o == NWCFG_O &&
					stands_first(m, m->at, m->pe_first)))
			return false;
	}
	if (!pes_compute(m))
		return false;
	m->counts->rf_passes++;
	const struct unit *u = &m->unit[NWCFG_O];
	bool last = is_held(u) ? n + 1 == m->program.rf_passes &&
			(pass + 1) % u->operand.dram_reuse == 0
			       : (n + 1) % u->operand.spm_reuse == 0;
	return !last || network_return(m, buffer_of(m, u, pass));
}

/* While a pass computes, DMA fills the other buffers for the next one; where
 * there is one buffer alone, it does so afterwards. */
static bool spm_pass(struct reference *m, uint64_t pass)
{
	const struct unit *u = &m->unit[NWCFG_O];
	uint64_t n = 0;
	bool more = machine_turn(m, m->ahead, 0, m->spm_first);
	bool apart = m->arch.spm_buffers == 1;
	if (more && !apart && !load_tiles(m, pass + 1))
		return false;
	do {
		if (!rf_pass(m, pass, n++))
			return false;
	} while (machine_turn(m, m->at, m->spm_first, m->pe_first));
	m->counts->spm_passes++;
	if ((pass + 1) % u->operand.dram_reuse == 0 &&
		!dma_store(m, m->at, buffer_of(m, u, pass)))
		return false;
	return !more || !apart || load_tiles(m, pass + 1);
}

static bool run(struct reference *m)
{
	uint64_t pass = 0;
	for (int o = 0; o < OPERANDS; o++) {
		struct unit *u = &m->unit[o];
		u->sent = u->waiting = false;
		u->run_base = u->descriptor.base;
		for (uint32_t k = 0; k < m->placement.instance_count; k++)
			u->run_base +=
				(int64_t)m->trip[k] * m->instance[k].step[o];
	}
	memset(m->at, 0, sizeof m->at);
	memset(m->ahead, 0, sizeof m->ahead);
	if (!load_tiles(m, 0))
		return false;
	do {
		if (!spm_pass(m, pass++))
			return false;
	} while (machine_turn(m, m->at, 0, m->spm_first));
	return true;
}

static bool next_run(struct reference *m)
{
	for (uint32_t k = m->placement.instance_count; k-- > 0;) {
		if (++m->trip[k] < m->instance[k].trips)
			return true;
		m->trip[k] = 0;
	}
	return false;
}

bool machine_run(struct ctx *ctx, const struct machine_job *job,
	struct machine_counts *counts, struct machine_fault *fault)
{
	struct reference *m = arena_alloc(&ctx->arena, sizeof *m);
	*m = (struct reference){
		.ctx = ctx, .job = job, .counts = counts, .fault = fault};
	fault->text[0] = 0;
	if (!machine_load(m))
		return false;
	do {
		if (job->before_run)
			job->before_run(job->arg, m->trip);
		if (!run(m))
			return false;
	} while (next_run(m));
	return true;
}
