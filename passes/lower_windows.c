/* A convolution given by its windows -> a nest. */
#include "passes/lower_rules.h"

#include "base/checked.h"

static const int64_t elems_max = (int64_t)1 << 53;

struct window window_absent(void)
{
	return (struct window){.in_size = 1,
		.out_size = 1,
		.filter_size = 1,
		.outs = 1,
		.out_step = 1,
		.in_span = 1,
		.stride = 1,
		.taps = 1,
		.dilation = 1,
		.tap_step = 1};
}

/* Elements from one index to the next in an image tensor. */
struct image_pitch {
	int64_t batch, channel, space[SPACE_COUNT];
};

/* False when the image has more elements than a nest may have. */
static bool image_pitches(int64_t batch, int64_t channels,
	const int64_t size[SPACE_COUNT], bool channels_last,
	struct image_pitch *out)
{
	int64_t elems = channels_last ? channels : 1;
	out->channel = 1;
	for (int s = SPACE_COUNT - 1; s >= 0; s--) {
		out->space[s] = elems;
		if (!mul_ok(elems, size[s], &elems) || elems > elems_max)
			return false;
	}
	if (!channels_last) {
		out->channel = elems;
		if (!mul_ok(elems, channels, &elems))
			return false;
	}
	out->batch = elems;
	return mul_ok(elems, batch, &elems) && elems <= elems_max;
}

/* The tensors of one convolution: O, I with and without padding, and W, whose
 * first index is 'batch' here, its second 'channel'. */
struct conv_pitches {
	struct image_pitch out, in, padded, filter;
};

static int64_t pad_before(const struct window *w)
{
	return w->in_first < 0 ? -w->in_first : 0;
}

static int64_t pad_after(const struct window *w)
{
	int64_t after = w->in_first + w->in_span - w->in_size;
	return after > 0 ? after : 0;
}

static bool pitches_find(const struct channels *ch,
	const struct window window[SPACE_COUNT], struct conv_pitches *p)
{
	int64_t out[SPACE_COUNT], in[SPACE_COUNT], padded[SPACE_COUNT];
	int64_t filter[SPACE_COUNT], ins, outs;
	for (int s = 0; s < SPACE_COUNT; s++) {
		const struct window *w = &window[s];
		out[s] = w->out_size;
		in[s] = w->in_size;
		filter[s] = w->filter_size;
		if (!add_ok(w->in_size, pad_before(w), &padded[s]) ||
			!add_ok(padded[s], pad_after(w), &padded[s]))
			return false;
	}
	bool last = ch->channels_last;
	return mul_ok(ch->groups, ch->in, &ins) &&
		mul_ok(ch->groups, ch->out, &outs) &&
		image_pitches(ch->batch, outs, out, last, &p->out) &&
		image_pitches(ch->batch, ins, in, last, &p->in) &&
		image_pitches(ch->batch, ins, padded, last, &p->padded) &&
		image_pitches(ch->filter_in_first ? ins : outs,
			ch->filter_in_first ? ch->out : ch->in, filter, false,
			&p->filter);
}

static const enum index out_index[] = {
	[SPACE_ROWS] = INDEX_OX, [SPACE_COLUMNS] = INDEX_OY};
static const enum index filter_index[] = {
	[SPACE_ROWS] = INDEX_FX, [SPACE_COLUMNS] = INDEX_FY};
static const enum index window_index[] = {
	[SPACE_ROWS] = INDEX_ROWS, [SPACE_COLUMNS] = INDEX_COLUMNS};

static void put_out(struct layer_nest *ln, const struct channels *ch,
	const struct window window[SPACE_COUNT], const struct conv_pitches *p,
	bool depthwise)
{
	int64_t n = p->out.batch, m = p->out.channel;
	nest_put_dim(ln, OPND_O, INDEX_N, ch->batch, n, n);
	for (int channels = 0; channels < 2; channels++) {
		if (channels == ch->channels_last) {
			if (depthwise)
				nest_put_dim(ln, OPND_O, INDEX_C, ch->groups,
					m * ch->out, m * ch->out);
			nest_put_dim(ln, OPND_O, INDEX_M, ch->out, m, m);
			continue;
		}
		for (int s = SPACE_ROWS; s < SPACE_COUNT; s++) {
			const struct window *w = &window[s];
			int64_t pitch = p->out.space[s] * w->out_step;
			nest_put_dim(ln, OPND_O, out_index[s], w->outs, pitch,
				pitch);
		}
	}
}

/* The channels that C runs over: of the group, or of all groups. */
static int64_t c_channels(const struct channels *ch, bool depthwise)
{
	return depthwise ? ch->groups : ch->in;
}

static void put_in(struct layer_nest *ln, const struct channels *ch,
	const struct window window[SPACE_COUNT], const struct conv_pitches *p,
	bool depthwise)
{
	const struct window *z = &window[SPACE_DEPTH];
	/* A dilation without a second tap may be anything. */
	int64_t step = z->taps > 1 ? z->dilation : 0;
	struct two c = {c_channels(ch, depthwise), z->taps};
	nest_put_dim(
		ln, OPND_I, INDEX_N, ch->batch, p->padded.batch, p->in.batch);
	for (int channels = 0; channels < 2; channels++) {
		if (channels == ch->channels_last) {
			nest_put_joined(ln, OPND_I, INDEX_C, c,
				(struct two){p->padded.channel,
					p->padded.space[SPACE_DEPTH] * step},
				(struct two){p->in.channel,
					p->in.space[SPACE_DEPTH] * step});
			continue;
		}
		for (int s = SPACE_ROWS; s < SPACE_COUNT; s++)
			nest_put_dim(ln, OPND_I, window_index[s],
				window[s].in_span, p->padded.space[s],
				p->in.space[s]);
	}
}

static void put_filter(struct layer_nest *ln, const struct channels *ch,
	const struct window window[SPACE_COUNT], const struct conv_pitches *p,
	bool depthwise)
{
	int64_t first = p->filter.batch, second = p->filter.channel;
	const struct window *z = &window[SPACE_DEPTH];
	int64_t depth = p->filter.space[SPACE_DEPTH] * z->tap_step;
	bool in_first = ch->filter_in_first || depthwise;
	struct two size = {c_channels(ch, depthwise), z->taps};
	struct two c = {ch->filter_in_first ? first : second, depth};
	int64_t m = ch->filter_in_first ? second : first;
	/* W[groups * out][1] and W[groups][out] lie alike. */
	if (depthwise && !ch->filter_in_first)
		c.outer = first * ch->out;
	if (!in_first)
		nest_put_dim(ln, OPND_W, INDEX_M, ch->out, m, m);
	nest_put_joined(ln, OPND_W, INDEX_C, size, c, c);
	if (in_first)
		nest_put_dim(ln, OPND_W, INDEX_M, ch->out, m, m);
	for (int s = SPACE_ROWS; s < SPACE_COUNT; s++) {
		int64_t pitch = p->filter.space[s] * window[s].tap_step;
		nest_put_dim(ln, OPND_W, filter_index[s], window[s].taps, pitch,
			pitch);
	}
}

static bool put_instances(struct lowering *lo, struct layer_nest *ln,
	const struct channels *ch, const struct window *z,
	const struct conv_pitches *p, bool depthwise)
{
	if (!depthwise &&
		!nest_put_instances(lo, ln, ch->groups,
			p->out.channel * ch->out, p->in.channel * ch->in,
			p->filter.batch *
				(ch->filter_in_first ? ch->in : ch->out)))
		return false;
	if (!ch->has_depth)
		return true;
	ln->depth = (struct depth_window){.loop = ln->instance_loops,
		.taps = z->taps,
		.stride = z->stride,
		.dilation = z->dilation,
		.pad_before = -z->in_first,
		.size = z->in_size};
	/* Present even with one trip: the depth window refers to it. */
	ln->instances *= z->outs;
	ln->instance_loop[ln->instance_loops++] = (struct instance_loop){
		.trips = z->outs,
		.pitch = {p->out.space[SPACE_DEPTH] * z->out_step,
			  z->outs > 1 ? p->in.space[SPACE_DEPTH] * z->stride : 0,
			  0}
        };
	return true;
}

bool windows_lower(struct lowering *lo, const struct channels *ch,
	const struct window window[SPACE_COUNT])
{
	const struct window *z = &window[SPACE_DEPTH];
	struct conv_pitches p;
	if (!pitches_find(ch, window, &p))
		return diag_error(lo->ctx, &lo->loc,
			"a tensor with its padding has more than 2^53 "
			"elements");
	/* Filter depth would join C, which indexes a depthwise output. */
	bool depthwise = ch->groups > 1 && ch->in == 1 && z->taps == 1;
	struct layer_nest *ln = lower_add_nest(lo);
	struct nest *nest = &ln->nest;
	nest->bound[LOOP_N] = ch->batch;
	nest->bound[LOOP_M] = ch->out;
	nest->bound[LOOP_C] = c_channels(ch, depthwise) * z->taps;
	for (int a = 0; a < AXIS_COUNT; a++) {
		const struct window *w = &window[SPACE_ROWS + a];
		nest->bound[a ? LOOP_OY : LOOP_OX] = w->outs;
		nest->bound[a ? LOOP_FY : LOOP_FX] = w->taps;
		nest->stride[a] = w->stride;
		nest->dilation[a] = w->dilation;
		ln->pad_before[a] = pad_before(w);
		ln->pad_after[a] = pad_after(w);
	}
	put_out(ln, ch, window, &p, depthwise);
	put_in(ln, ch, window, &p, depthwise);
	put_filter(ln, ch, window, &p, depthwise);
	for (int s = 0; s < SPACE_COUNT; s++) {
		const struct window *w = &window[s];
		ln->place[OPND_O].base += p.out.space[s] * w->out_first;
		ln->place[OPND_I].base += p.in.space[s] * w->in_first;
		ln->place[OPND_W].base += p.filter.space[s] * w->tap_first;
	}
	return put_instances(lo, ln, ch, z, &p, depthwise) &&
		lower_close_nest(lo, ln);
}
