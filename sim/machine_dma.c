/* DMA: tiles between DRAM and the scratchpad, burst by burst. */
#include "sim/machine_parts.h"

#include <math.h>
#include <string.h>

#define OUTSIDE INT64_MIN

/* Fills u->offset for the tile at the DRAM counters: false where an index lies
 * beyond the operand. */
static bool tile_offsets(struct reference *m, int o, const uint64_t *at)
{
	struct unit *u = &m->unit[o];
	edge_of_tile(m, o, at);
	for (uint32_t d = 0; d < u->operand.axis_count; d++) {
		const struct nwcfg_extent *e = &u->extent[d];
		const struct nwcfg_descriptor *desc = &u->descriptor;
		uint64_t origin = 0;
		for (uint32_t k = 0; k < m->spm_first; k++)
			if (m->counter[k].axis[o] == d)
				origin += at[k] * m->counter[k].step[o];
		for (uint64_t n = 0; n < u->tile[d]; n++) {
			uint64_t i = origin + n;
			int64_t *out = &u->offset[d][n];
			if (i >= e->size)
				return machine_stop(m, at,
					"%c: index %llu of axis %u is beyond "
					"its size",
					"OIW"[o], (unsigned long long)i,
					(unsigned)d);
			*out = i < e->low || i >= e->high
				? OUTSIDE
				: nwcfg_axis_bytes(e, i);
			if (d != desc->window_axis)
				continue;
			int64_t z = desc->window_start +
				(int64_t)m->trip[desc->window_loop] *
					desc->window_stride +
				(int64_t)(i % e->split) * desc->window_dilation;
			if (z < 0 || z >= (int64_t)desc->window_size)
				*out = OUTSIDE;
		}
	}
	return true;
}

/* A walk over the elements of a tile, as bursts take them. */
struct tile_walk {
	struct reference *m;
	const uint64_t *at;
	struct unit *u;
	int o, buffer;
	int64_t expected; /* byte that the burst goes on at; OUTSIDE: any */
	bool moved;       /* the burst has data so far */
	uint64_t bursts, elems, zeros, empty;
};

/* The element that lies byte behind the run's base; false with a fault. */
static bool element_at(struct tile_walk *w, int64_t byte, uint64_t *element)
{
	const struct image *image = w->u->image;
	uint64_t at = (uint64_t)byte / image->elem_bytes;
	if (byte < 0 || (uint64_t)byte % image->elem_bytes ||
		at >= image->elems)
		return machine_stop(w->m, w->at,
			"DMA of %c: byte %lld is no element of its tensor",
			"OIW"[w->o], (long long)byte);
	if (w->expected != OUTSIDE && byte != w->expected)
		return machine_stop(w->m, w->at,
			"DMA of %c: byte %lld is not next in its burst",
			"OIW"[w->o], (long long)byte);
	w->expected = byte + (int64_t)image->elem_bytes;
	*element = at;
	w->bursts += !w->moved;
	w->moved = true;
	w->elems++;
	return true;
}

static void burst_ends(struct tile_walk *w)
{
	w->empty += !w->moved;
	w->moved = false;
	w->expected = OUTSIDE;
}

typedef bool word_move(struct tile_walk *w, uint64_t word, int64_t byte);

/* OUTSIDE: a zero. */
static bool word_load(struct tile_walk *w, uint64_t word, int64_t byte)
{
	struct reference *m = w->m;
	uint64_t element;
	if (byte == OUTSIDE) {
		m->spm[word] = 0;
		w->zeros++;
		return true;
	}
	if (!element_at(w, byte, &element))
		return false;
	const struct image *image = w->u->image;
	if (image->state && image->state[element] != IMAGE_FILLED) {
		if (image->state[element] == IMAGE_UNFILLED)
			return machine_stop(m, w->at,
				"DMA of %c reads byte %lld of its tensor, "
				"which "
				"nothing has written",
				"OIW"[w->o], (long long)byte);
		m->spm[word] = NAN;
		return true;
	}
	m->spm[word] = image_get(image, element);
	return true;
}

static bool word_store(struct tile_walk *w, uint64_t word, int64_t byte)
{
	struct reference *m = w->m;
	uint64_t element;
	if (m->mark[word] != w->u->mark[w->buffer])
		return machine_stop(m, w->at,
			"DMA stores word %llu of O's tile, which no PE has "
			"returned",
			(unsigned long long)(word - w->u->place[w->buffer]));
	if (byte == OUTSIDE)
		return machine_stop(m, w->at, "DMA stores O in the padding");
	if (!element_at(w, byte, &element))
		return false;
	image_put(w->u->image, element, m->spm[word], m->job->sample > 1);
	return true;
}

/* A row: the last axis of the tile at u->in of the others. */
static bool row_move(struct tile_walk *w, word_move *move, uint64_t word,
	int64_t base, bool outside)
{
	const struct unit *u = w->u;
	uint32_t last = u->operand.axis_count - 1;
	const int64_t *offset = u->offset[last];
	for (uint64_t n = 0; n < u->tile[last]; n++) {
		int64_t byte = outside || offset[n] == OUTSIDE
			? OUTSIDE
			: base + offset[n];
		if (!move(w, word + n * u->axis[last].spm_stride, byte))
			return false;
		if (u->descriptor.burst_axes == 0)
			burst_ends(w);
	}
	return true;
}

/* The axis that the odometer over all but the last axis moved; the tile ends
 * with -1. */
static int next_row(struct unit *u)
{
	for (uint32_t d = u->operand.axis_count - 1; d-- > 0;) {
		if (++u->in[d] < u->tile[d])
			return (int)d;
		u->in[d] = 0;
	}
	return -1;
}

static bool tile_walk(struct tile_walk *w, word_move *move)
{
	struct unit *u = w->u;
	uint64_t place = u->place[w->buffer];
	uint32_t last = u->operand.axis_count - 1;
	int outer = (int)(u->operand.axis_count - u->descriptor.burst_axes);
	if (!tile_offsets(w->m, w->o, w->at))
		return false;
	memset(u->in, 0, (last + 1) * sizeof *u->in);
	w->expected = OUTSIDE;
	for (int moved = 0; moved >= 0;) {
		uint64_t word = place;
		int64_t base = u->run_base;
		bool outside = false;
		for (uint32_t d = 0; d < last; d++) {
			int64_t offset = u->offset[d][u->in[d]];
			word += u->in[d] * u->axis[d].spm_stride;
			if (offset == OUTSIDE)
				outside = true;
			else
				base += offset;
		}
		if (!row_move(w, move, word, base, outside))
			return false;
		moved = next_row(u);
		/* A burst ends where an axis outside it moves. */
		if (moved < outer && u->descriptor.burst_axes)
			burst_ends(w);
	}
	return true;
}

/* Elements of the tile that are real, and bursts that these take. */
static void tile_count(const struct unit *u, uint64_t *elems, uint64_t *bursts)
{
	uint32_t outer = u->operand.axis_count - u->descriptor.burst_axes;
	*elems = *bursts = 1;
	for (uint32_t d = 0; d < u->operand.axis_count; d++) {
		*elems *= u->tile[d];
		if (d < outer)
			*bursts *= u->tile[d];
	}
}

bool dma_load(struct reference *m, int o, const uint64_t *at, int buffer)
{
	struct unit *u = &m->unit[o];
	struct machine_counts *n = m->counts;
	struct tile_walk w = {
		.m = m, .at = at, .u = u, .o = o, .buffer = buffer};
	double *spm = &m->spm[u->place[buffer]];
	uint64_t elems, bursts;
	for (uint64_t k = 0; k < u->operand.spm_words; k++) {
		spm[k] = 0; /* beyond an edge it stays */
		m->mark[u->place[buffer] + k] = u->mark[buffer];
	}
	if (!tile_walk(&w, word_load))
		return false;
	tile_count(u, &elems, &bursts);
	n->tiles_in[o]++;
	n->bursts_in[o] += w.bursts;
	n->elems_in[o] += w.elems;
	n->zero_elems[o] += w.zeros;
	n->edge_elems_in[o] += u->operand.spm_words - elems;
	if (w.elems) {
		n->zero_bursts[o] += w.empty;
		n->edge_bursts_in[o] += u->descriptor.bursts - bursts;
	} else {
		n->zero_tiles[o]++;
	}
	n->spm_filled[o] += u->operand.spm_words;
	return true;
}

bool dma_store(struct reference *m, const uint64_t *at, int buffer)
{
	struct unit *u = &m->unit[NWCFG_O];
	struct machine_counts *n = m->counts;
	struct tile_walk w = {
		.m = m, .at = at, .u = u, .o = NWCFG_O, .buffer = buffer};
	uint64_t elems, bursts;
	if (!tile_walk(&w, word_store))
		return false;
	tile_count(u, &elems, &bursts);
	n->tiles_out[NWCFG_O]++;
	n->bursts_out[NWCFG_O] += w.bursts;
	n->elems_out[NWCFG_O] += w.elems;
	n->edge_elems_out[NWCFG_O] += u->operand.spm_words - elems;
	n->edge_bursts_out[NWCFG_O] += u->descriptor.bursts - bursts;
	n->spm_stored[NWCFG_O] += elems;
	return true;
}
