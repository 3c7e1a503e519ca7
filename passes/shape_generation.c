/* Text generation: searches that run a decoder, which they hold as a graph, and
 * what speech recognition adds. */
#include "passes/shape_rule.h"

#include <string.h>

/* The encoder gets the first input of the node; of the decoders' inputs, which
 * change from step to step, counts what the file says. */
static bool subgraph_infer(struct infer *inf, const struct node *node,
	const char *name, struct graph *graph)
{
	for (size_t k = 0; k < graph->input_count; k++) {
		struct value *in = graph->inputs[k];
		in->shape = in->stored;
		in->data = NULL;
		bool fed = k == 0 && !strcmp(name, "encoder");
		if (fed && in_rank(node, 0) != RANK_UNKNOWN)
			in->shape = *in_shape(node, 0);
	}
	if (inf->depth >= SUBGRAPH_DEPTH_MAX)
		return node_refuse(inf, node,
			"it is nested more than %d graphs deep",
			SUBGRAPH_DEPTH_MAX);
	inf->depth++;
	bool ok = graph_infer(inf, graph);
	inf->depth--;
	return ok;
}

/* A size that an input gives, unknown where that is no constant. */
static int64_t size_given(
	struct infer *inf, const struct node *node, size_t input)
{
	int64_t size;
	return in_scalar(inf, node, input, &size) && size >= 0 ? size
							       : DIM_UNKNOWN;
}

/* Beam searches: sequences [batch][returned][length], their scores, scores of
 * all words [length - first][batch][beams][words]; for Whisper, cross Q K and
 * the probabilities of silence. */
static bool beam_outputs(struct infer *inf, struct node *node)
{
	int64_t batch = in_dim(node, 0, 0), length = size_given(inf, node, 1);
	int64_t returned = size_given(inf, node, 4), words;
	bool whisper = node_is(node, OP_MS_WhisperBeamSearch);
	if (!node_attr_int(inf->ctx, node, "vocab_size", DIM_UNKNOWN, &words))
		return false;
	int64_t sequences[] = {batch, returned, length};
	int64_t scores[] = {DIM_UNKNOWN, batch, size_given(inf, node, 3),
		words > 0 ? words : DIM_UNKNOWN};
	int64_t cross[] = {
		batch, returned, DIM_UNKNOWN, DIM_UNKNOWN, DIM_UNKNOWN};
	for (size_t k = 1; k < 5; k++)
		out_type(node, k, DTYPE_FLOAT);
	return out_shape(inf, node, 0, 3, sequences) &&
		out_shape(inf, node, 1, 2, sequences) &&
		out_shape(inf, node, 2, 4, scores) &&
		(!whisper ||
			(out_shape(inf, node, 3, 5, cross) &&
				out_shape(inf, node, 4, 1, &batch)));
}

/* Greedy ones, with or without sampling: [batch][length]. */
static bool greedy_outputs(struct infer *inf, struct node *node)
{
	int64_t dims[] = {in_dim(node, 0, 0), size_given(inf, node, 1)};
	int64_t logits[] = {dims[0], DIM_UNKNOWN};
	out_type(node, 1, DTYPE_FLOAT);
	return out_shape(inf, node, 0, 2, dims) &&
		out_shape(inf, node, 1, 2, logits);
}

bool shape_generation(struct infer *inf, struct node *node)
{
	bool ok = true;
	for (size_t a = 0; a < node->attr_count; a++)
		if (node->attr[a].kind == ATTR_GRAPH)
			ok = subgraph_infer(inf, node, node->attr[a].name,
				     node->attr[a].as.graph) &&
				ok;
	bool beams = node_is(node, OP_MS_BeamSearch) ||
		node_is(node, OP_MS_WhisperBeamSearch);
	return ok &&
		(beams ? beam_outputs(inf, node) : greedy_outputs(inf, node));
}

/* The cheapest path through a matrix of costs, [2][steps]. */
bool shape_dynamic_time_warping(struct infer *inf, struct node *node)
{
	int64_t dims[] = {2, DIM_UNKNOWN};
	return out_shape(inf, node, 0, 2, dims);
}

/* ids [batch][sequence] -> [batch][sequence][orders * heads], and the ids that
 * the next call needs, [batch][orders]: an order from 2 to max_ngram_size each.
 */
bool shape_ngram_hash(struct infer *inf, struct node *node)
{
	int64_t most, heads, columns;
	if (!node_attr_int(inf->ctx, node, "max_ngram_size", 0, &most) ||
		!node_attr_int(inf->ctx, node, "n_head_per_ngram", 0, &heads) ||
		!in_rank_is(inf, node, 0, 2))
		return false;
	if (most < 2 || heads < 1)
		return node_refuse(inf, node,
			"attributes 'max_ngram_size' and 'n_head_per_ngram' "
			"are %lld and %lld",
			(long long)most, (long long)heads);
	if (!dim_mul(most - 1, heads, &columns))
		return node_overflow(inf, node);
	int64_t dims[] = {in_dim(node, 0, 0), in_dim(node, 0, 1), columns};
	int64_t present[] = {dims[0], most - 1};
	out_type(node, 1, in_type(node, 0));
	return out_shape(inf, node, 0, 3, dims) &&
		out_shape(inf, node, 1, 2, present);
}
