/* Einsum of two operands, from its equation. */
#include "sim/op_rules.h"

#include <ctype.h>
#include <string.h>

/* Indices are letters; the dimensions of an ellipsis are numbered from its last
 * one, so that they align as broadcasting does. */
enum { LETTERS = 52, INDICES = LETTERS + RANK_MAX };

struct term {
	int rank;
	int index[RANK_MAX];
};

struct einsum_rule {
	struct term out;
	/* Of every index; pitches add up where an operand has it twice. */
	int64_t size[INDICES], in[INDICES], weight[INDICES];
	bool summed[INDICES];
};

static void einsum_terms(const struct op_product *product, const int64_t *at,
	struct op_terms *terms)
{
	const struct einsum_rule *r = product->rule;
	terms->in = terms->weight = 0;
	for (int d = 0; d < r->out.rank; d++) {
		terms->in += at[d] * r->in[r->out.index[d]];
		terms->weight += at[d] * r->weight[r->out.index[d]];
	}
	for (int i = 0; i < INDICES; i++)
		if (r->summed[i])
			op_put_dim(terms, r->size[i], r->in[i], r->weight[i]);
}

/* a-z A-Z as 0 .. 51, -1 for any other character. */
static int letter_index(char c)
{
	if (c >= 'a' && c <= 'z')
		return c - 'a';
	return c >= 'A' && c <= 'Z' ? 26 + c - 'A' : -1;
}

/* text without spaces; ellipsis: dimensions that "..." stands for. */
static bool term_read(
	const char *text, size_t length, int ellipsis, struct term *out)
{
	out->rank = 0;
	for (size_t i = 0; i < length; i++) {
		int letter = letter_index(text[i]);
		int count = 1;
		if (letter < 0) {
			if (length - i < 3 || memcmp(text + i, "...", 3) != 0)
				return false;
			i += 2;
			count = ellipsis;
		}
		if (count < 0 || count > RANK_MAX - out->rank)
			return false;
		for (int k = count - 1; k >= 0; k--)
			out->index[out->rank++] =
				letter < 0 ? LETTERS + k : letter;
	}
	return true;
}

static int letters_in(const char *text, size_t length)
{
	int count = 0;
	for (size_t i = 0; i < length; i++)
		count += letter_index(text[i]) >= 0;
	return count;
}

/* Without an arrow: the ellipsis, then the letters that occur once, in the
 * order of the alphabet, capitals first. */
static void implied_read(
	const struct term in[2], int ellipsis, struct term *out)
{
	int uses[INDICES] = {0};
	for (int o = 0; o < 2; o++)
		for (int d = 0; d < in[o].rank; d++)
			uses[in[o].index[d]]++;
	out->rank = 0;
	for (int k = ellipsis - 1; k >= 0; k--)
		out->index[out->rank++] = LETTERS + k;
	for (int i = 0; i < LETTERS; i++) {
		int letter = (i + 26) % LETTERS;
		if (uses[letter] == 1 && out->rank < RANK_MAX)
			out->index[out->rank++] = letter;
	}
}

static bool equation_read(const char *given, const int rank[2],
	struct term in[2], struct term *out)
{
	char text[256];
	size_t length = 0;
	for (; *given; given++) {
		if (length == sizeof text - 1)
			return false;
		if (!isspace((unsigned char)*given))
			text[length++] = *given;
	}
	text[length] = '\0';
	const char *arrow = strstr(text, "->");
	const char *end = arrow ? arrow : text + length;
	const char *comma = memchr(text, ',', (size_t)(end - text));
	if (!comma)
		return false;
	const char *start[2] = {text, comma + 1};
	size_t size[2] = {(size_t)(comma - text), (size_t)(end - comma - 1)};
	int most = 0;
	for (int o = 0; o < 2; o++) {
		int ellipsis = rank[o] - letters_in(start[o], size[o]);
		if (!term_read(start[o], size[o], ellipsis, &in[o]) ||
			in[o].rank != rank[o])
			return false;
		if (memchr(start[o], '.', size[o]) && ellipsis > most)
			most = ellipsis;
	}
	if (arrow)
		return term_read(arrow + 2, strlen(arrow + 2), most, out);
	implied_read(in, most, out);
	return true;
}

/* Enters an operand's dimensions; those of size 1 are spread. */
static bool operand_add(struct einsum_rule *r, const struct term *term,
	const struct shape *shape, int64_t pitches[INDICES])
{
	int64_t pitch[RANK_MAX];
	op_pitches(shape, pitch);
	for (int d = 0; d < term->rank; d++) {
		int i = term->index[d];
		int64_t size = shape->dim[d];
		if (size != 1 && r->size[i] > 1 && r->size[i] != size)
			return false;
		if (size != 1 || !r->size[i])
			r->size[i] = size;
		if (size != 1)
			pitches[i] += pitch[d];
		r->summed[i] = true;
	}
	return true;
}

/* What the result has is not summed. */
static bool result_find(struct einsum_rule *r, int64_t dims[RANK_MAX])
{
	for (int d = 0; d < r->out.rank; d++) {
		int i = r->out.index[d];
		if (!r->summed[i])
			return false; /* twice, or of no operand */
		r->summed[i] = false;
		dims[d] = r->size[i];
	}
	return true;
}

bool op_einsum(struct op_work *work)
{
	struct op_product product = {.terms = einsum_terms};
	const char *equation;
	if (work->node->input_count == 1)
		return true; /* adds and moves, and multiplies nothing */
	if (work->node->input_count != 2)
		return op_leave(work, "Einsum of more than two operands");
	if (!op_take(work, 0, &product.in) ||
		!op_take(work, 1, &product.weight))
		return false;
	if (!node_attr_string(work->ctx, work->node, "equation", "", &equation))
		return false;
	const struct shape *a = &product.in.shape, *b = &product.weight.shape;
	struct einsum_rule r = {.out = {0}};
	struct term in[2];
	int64_t dims[RANK_MAX];
	if (!equation_read(equation, (int[]){a->rank, b->rank}, in, &r.out) ||
		!operand_add(&r, &in[0], a, r.in) ||
		!operand_add(&r, &in[1], b, r.weight) || !result_find(&r, dims))
		return op_refuse(work,
			"equation '%s' does not fit operands of %s and %s",
			diag_quote(work->ctx, equation),
			shape_text(work->ctx, a), shape_text(work->ctx, b));
	if (!op_result(work, r.out.rank, dims, &product.out))
		return false;
	op_add(work, &product, &r, sizeof r);
	return true;
}
