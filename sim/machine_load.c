/* From records to the machine's state. */
#include "sim/machine_parts.h"

#include <string.h>

#define GET(kind, SECTION, m, index, out) \
	nwcfg_load_##kind(                \
		nwcfg_record((m)->job->cfg, NWCFG_##SECTION, index), out)

static void load_program(struct reference *m)
{
	struct arena *arena = &m->ctx->arena;
	GET(arch, ARCH, m, 0, &m->arch);
	GET(placement, PLACEMENT, m, m->job->placement, &m->placement);
	GET(program, PROGRAM, m, m->placement.program, &m->program);
	for (uint32_t k = 0; k < m->program.counter_count; k++)
		GET(counter, COUNTER, m, m->program.counters + k,
			&m->counter[k]);
	m->spm_first = m->program.level_counters[NWCFG_LEVEL_DRAM];
	m->pe_first = m->spm_first + m->program.level_counters[NWCFG_LEVEL_SPM];
	m->rf_first =
		m->pe_first + m->program.level_counters[NWCFG_LEVEL_SPATIAL];
	m->trip = arena_array(
		arena, m->placement.instance_count, sizeof *m->trip);
	m->instance = arena_array(
		arena, m->placement.instance_count, sizeof *m->instance);
	for (uint32_t k = 0; k < m->placement.instance_count; k++)
		GET(instance, INSTANCE, m, m->placement.instances + k,
			&m->instance[k]);
}

static void load_axes(struct reference *m, struct unit *u, uint32_t o)
{
	struct arena *arena = &m->ctx->arena;
	GET(operand, OPERAND, m, m->program.operands + o, &u->operand);
	GET(descriptor, DESCRIPTOR, m, m->placement.descriptors + o,
		&u->descriptor);
	uint32_t axes = u->operand.axis_count;
	u->axis = arena_array(arena, axes, sizeof *u->axis);
	u->extent = arena_array(arena, axes, sizeof *u->extent);
	u->offset = arena_array(arena, axes, sizeof *u->offset);
	u->in = arena_array(arena, axes, sizeof *u->in);
	u->tile = arena_array(arena, axes, sizeof *u->tile);
	for (uint32_t d = 0; d < axes; d++) {
		GET(axis, AXIS, m, u->operand.axes + d, &u->axis[d]);
		GET(extent, EXTENT, m, u->descriptor.extents + d,
			&u->extent[d]);
	}
	u->image = m->job->image[o];
}

/* A table for each axis, of so many numbers. */
static uint32_t **axis_tables(
	struct reference *m, const struct unit *u, uint64_t count)
{
	struct arena *arena = &m->ctx->arena;
	uint32_t **tables =
		arena_array(arena, u->operand.axis_count, sizeof *tables);
	for (uint32_t d = 0; d < u->operand.axis_count; d++)
		tables[d] =
			arena_array(arena, (size_t)count, sizeof *tables[d]);
	return tables;
}

/* SPM and RF word of each word of the RF tile. */
static void load_box(struct reference *m, struct unit *u)
{
	size_t words = (size_t)u->operand.rf_words;
	u->box_from = arena_array(&m->ctx->arena, words, sizeof *u->box_from);
	u->box_to = arena_array(&m->ctx->arena, words, sizeof *u->box_to);
	u->box_at = axis_tables(m, u, words);
	memset(u->in, 0, u->operand.axis_count * sizeof *u->in);
	for (size_t n = 0; n < words; n++) {
		uint64_t from = 0, to = u->operand.rf_offset;
		for (uint32_t d = 0; d < u->operand.axis_count; d++) {
			from += u->in[d] * u->axis[d].spm_stride;
			to += u->in[d] * u->axis[d].rf_stride;
			u->box_at[d][n] = (uint32_t)u->in[d];
		}
		u->box_from[n] = (uint32_t)from;
		u->box_to[n] = (uint32_t)to;
		for (uint32_t d = u->operand.axis_count; d-- > 0;) {
			if (++u->in[d] < u->axis[d].rf)
				break;
			u->in[d] = 0;
		}
	}
}

/* Where each PE takes its words from, and for O whom it adds up with. PEs are
 * numbered as the counters turn; where they stand in the array (pe_step, which
 * the loader has checked) changes no word. */
static void load_pes(struct reference *m, struct unit *u, int o)
{
	struct arena *arena = &m->ctx->arena;
	size_t pes = (size_t)m->program.pes;
	uint64_t at[COUNTERS_MAX] = {0};
	u->pe_from = arena_array(arena, pes, sizeof *u->pe_from);
	u->start = axis_tables(m, u, pes);
	if (o == NWCFG_O) {
		size_t groups = (size_t)u->operand.groups;
		u->group_of = arena_array(arena, pes, sizeof *u->group_of);
		u->leader = arena_array(arena, groups, sizeof *u->leader);
		u->sum = arena_array(arena, groups, sizeof *u->sum);
	}
	for (size_t pe = 0; pe < pes;
		pe++, machine_turn(m, at, m->pe_first, m->rf_first)) {
		uint64_t group = 0, free = 0;
		for (uint32_t k = m->pe_first; k < m->rf_first; k++) {
			const struct nwcfg_counter *c = &m->counter[k];
			uint32_t d = c->axis[o];
			if (d == NWCFG_NONE) {
				free += at[k];
				continue;
			}
			group = group * c->trips + at[k];
			u->pe_from[pe] += (uint32_t)(at[k] * c->step[o]);
			u->start[d][pe] += (uint32_t)(at[k] * c->step[o] /
				u->axis[d].spm_stride);
		}
		if (o != NWCFG_O)
			continue;
		u->group_of[pe] = (uint32_t)group;
		if (!free)
			u->leader[group] = (uint32_t)pe;
	}
}

/* Tables for what edges leave of it. */
static void load_edges(struct reference *m, struct unit *u, int o)
{
	struct arena *arena = &m->ctx->arena;
	uint32_t axes = u->operand.axis_count;
	uint64_t longest = 1;
	for (uint32_t k = 0; k < m->program.counter_count; k++)
		if (m->counter[k].axis[o] != NWCFG_NONE)
			u->edge.loops |= 1u << m->counter[k].loop;
	u->edge.real = axis_tables(m, u, m->program.pes);
	u->edge.taken = arena_array(arena, axes, sizeof *u->edge.taken);
	u->edge.taken_count =
		arena_array(arena, axes, sizeof *u->edge.taken_count);
	u->edge.read = arena_array(
		arena, (size_t)u->operand.array_words, sizeof *u->edge.read);
	for (uint32_t d = 0; d < axes; d++) {
		uint64_t array = u->axis[d].array;
		longest = array > longest ? array : longest;
		u->edge.taken[d] = arena_array(
			arena, (size_t)array, sizeof *u->edge.taken[d]);
		u->offset[d] = arena_array(
			arena, (size_t)u->axis[d].tile, sizeof *u->offset[d]);
	}
	u->edge.seen = arena_alloc(arena, (size_t)longest);
}

static bool overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a < b + b_size && b < a + a_size;
}

/* Two operands in one place would overwrite each other, sooner or later. */
static bool memories_hold(struct reference *m)
{
	for (int a = 0; a < OPERANDS; a++)
		for (int b = a + 1; b < OPERANDS; b++) {
			const struct nwcfg_operand *x = &m->unit[a].operand;
			const struct nwcfg_operand *y = &m->unit[b].operand;
			if (overlap(x->rf_offset, x->rf_words, y->rf_offset,
				    y->rf_words))
				return machine_stop(m, m->at,
					"%c and %c share words of the register "
					"files",
					"OIW"[a], "OIW"[b]);
			if (overlap(x->bank_first, x->bank_count, y->bank_first,
				    y->bank_count))
				return machine_stop(m, m->at,
					"%c and %c share banks of the "
					"scratchpad",
					"OIW"[a], "OIW"[b]);
		}
	return true;
}

/* Memories from their sizes; more than these only a forged blob uses. */
static bool take_memories(
	struct reference *m, uint64_t spm_words, uint64_t rf_words)
{
	const uint64_t most_words = UINT64_C(1) << 26;
	struct arena *arena = &m->ctx->arena;
	uint64_t rf_all = nwcfg_mul(rf_words, m->program.pes);
	if (spm_words > most_words || rf_all > most_words)
		return machine_stop(m, m->at,
			"the machine uses more than 2^26 words of %s",
			spm_words > most_words ? "scratchpad"
					       : "register files");
	m->spm = arena_array(arena, (size_t)spm_words, 2 * sizeof *m->spm);
	m->mark = arena_array(arena, (size_t)spm_words, 2 * sizeof *m->mark);
	m->rf = arena_array(arena, (size_t)rf_all, sizeof *m->rf);
	return true;
}

bool machine_load(struct reference *m)
{
	uint64_t spm_words = 0, rf_words = 0;
	load_program(m);
	/* Words are numbered operand by operand, whatever their width: that the
	 * tiles lie in banks of their own is checked on its own. */
	for (int o = 0; o < OPERANDS; o++) {
		struct unit *u = &m->unit[o];
		load_axes(m, u, (uint32_t)o);
		u->place[0] = spm_words;
		spm_words = nwcfg_add(spm_words, u->operand.spm_words);
		uint64_t end =
			nwcfg_add(u->operand.rf_offset, u->operand.rf_words);
		rf_words = end > rf_words ? end : rf_words;
	}
	if (!take_memories(m, spm_words, rf_words) || !memories_hold(m))
		return false;
	for (int o = 0; o < OPERANDS; o++) {
		struct unit *u = &m->unit[o];
		u->place[1] = u->place[0] + spm_words;
		load_box(m, u);
		load_pes(m, u, o);
		load_edges(m, u, o);
	}
	return true;
}
