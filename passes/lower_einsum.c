/* Einsum of two operands that is a matrix product, batched or not. */
#include "passes/lower_rules.h"

#include <ctype.h>
#include <string.h>

enum { LETTERS = 52, LABELS = LETTERS + RANK_MAX };

/* What stands in one term of the equation: per dimension of the operand a
 * label. Letters are 0 .. 51; the dimensions of an ellipsis are LETTERS +
 * their distance from the last one, so that they align as broadcasting does. */
struct term {
	int count;
	int label[RANK_MAX];
};

static int letter_label(char c)
{
	if (c >= 'a' && c <= 'z')
		return c - 'a';
	return c >= 'A' && c <= 'Z' ? 26 + c - 'A' : -1;
}

/* Reads a term of length characters without spaces; ellipsis: how many
 * dimensions stand for "...", -1: as many as the rank leaves. */
static bool term_read(struct lowering *lo, const char *text, size_t length,
	int rank, int ellipsis, struct term *term)
{
	int letters = 0;
	for (size_t i = 0; i < length; i++)
		letters += text[i] != '.';
	if (ellipsis < 0)
		ellipsis = rank - letters;
	term->count = 0;
	for (size_t i = 0; i < length; i++) {
		int label = letter_label(text[i]);
		if (label >= 0 && term->count < RANK_MAX) {
			term->label[term->count++] = label;
		} else if (label < 0 && i + 2 < length &&
			!memcmp(text + i, "...", 3) && ellipsis >= 0 &&
			term->count + ellipsis <= RANK_MAX) {
			i += 2;
			for (int d = ellipsis - 1; d >= 0; d--)
				term->label[term->count++] = LETTERS + d;
		} else {
			return diag_error(lo->ctx, &lo->loc,
				"equation has a term '%s' that cannot be read",
				diag_quote(lo->ctx,
					arena_strndup(&lo->ctx->arena, text,
						length)));
		}
	}
	if (rank >= 0 && term->count != rank)
		return diag_error(lo->ctx, &lo->loc,
			"equation gives an operand %d dimensions, it has %d",
			term->count, rank);
	return true;
}

enum { OPERANDS = 2 };

struct equation {
	struct term in[OPERANDS], out;
};

/* Without "->" the result has the ellipsis and, in alphabetical order, the
 * letters that occur once. */
static void implied_result(struct equation *e, int operands, int ellipsis)
{
	int uses[LETTERS] = {0};
	for (int k = 0; k < operands; k++)
		for (int d = 0; d < e->in[k].count; d++)
			if (e->in[k].label[d] < LETTERS)
				uses[e->in[k].label[d]]++;
	for (int d = ellipsis - 1; d >= 0; d--)
		e->out.label[e->out.count++] = LETTERS + d;
	/* Upper case comes first in the alphabet of characters. */
	for (int i = 0; i < LETTERS; i++) {
		int label = (i + 26) % LETTERS;
		if (uses[label] == 1 && e->out.count < RANK_MAX)
			e->out.label[e->out.count++] = label;
	}
}

static bool equation_read(struct lowering *lo, const struct shape *const *shape,
	struct equation *e)
{
	const char *given;
	if (!node_attr_string(lo->ctx, lo->node, "equation", "", &given))
		return false;
	char *text = arena_strdup(&lo->ctx->arena, given), *end = text;
	for (const char *c = given; *c; c++)
		if (!isspace((unsigned char)*c))
			*end++ = *c;
	*end = 0;
	*e = (struct equation){.out.count = 0};
	char *arrow = strstr(text, "->"), *at = text;
	size_t left = arrow ? (size_t)(arrow - text) : strlen(text);
	int ellipsis = 0;
	for (int k = 0; k < OPERANDS; k++) {
		char *comma = memchr(at, ',', left);
		if (!comma != (k == OPERANDS - 1))
			return diag_error(lo->ctx, &lo->loc,
				"equation '%s' is not of %d operands",
				diag_quote(lo->ctx, given), OPERANDS);
		size_t length = comma ? (size_t)(comma - at) : left;
		if (!term_read(lo, at, length, shape[k]->rank, -1, &e->in[k]))
			return false;
		for (int d = 0; d < e->in[k].count; d++)
			if (e->in[k].label[d] - LETTERS >= ellipsis)
				ellipsis = e->in[k].label[d] - LETTERS + 1;
		at += length + 1;
		left -= comma ? length + 1 : length;
	}
	if (arrow)
		return term_read(lo, arrow + 2, strlen(arrow + 2), -1, ellipsis,
			&e->out);
	implied_result(e, OPERANDS, ellipsis);
	return true;
}

/* Sizes of all labels; false where operands disagree beyond broadcasting. */
static bool label_sizes(struct lowering *lo, const struct shape *const *shape,
	const struct equation *e, int64_t size[LABELS])
{
	memset(size, 0, LABELS * sizeof *size);
	for (int k = 0; k < OPERANDS; k++)
		for (int d = 0; d < e->in[k].count; d++) {
			int64_t *s = &size[e->in[k].label[d]];
			int64_t own = shape[k]->dim[d];
			if (*s > 1 && own > 1 && *s != own)
				return diag_error(lo->ctx, &lo->loc,
					"an index of the equation is %lld in "
					"one place and %lld in another",
					(long long)*s, (long long)own);
			if (own > *s)
				*s = own;
		}
	bool seen[LABELS] = {false};
	for (int d = 0; d < e->out.count; d++) {
		int label = e->out.label[d];
		if (size[label] == 0)
			return diag_error(lo->ctx, &lo->loc,
				"the equation's result has an index that no "
				"operand has");
		if (seen[label])
			return diag_error(lo->ctx, &lo->loc,
				"the equation's result has an index twice");
		seen[label] = true;
	}
	return true;
}

/* Adds to pitch[label] what a step of it moves in a dense tensor. */
static void label_pitches(
	const struct term *term, const int64_t *dims, int64_t pitch[LABELS])
{
	int64_t elems = 1;
	memset(pitch, 0, LABELS * sizeof *pitch);
	for (int d = term->count - 1; d >= 0; d--) {
		if (dims[d] > 1)
			pitch[term->label[d]] += elems;
		elems *= dims[d];
	}
}

/* Every index is one of both operands and of the result. */
static bool element_wise(
	const int64_t size[LABELS], int64_t pitch[OPND_COUNT][LABELS])
{
	bool some = false;
	for (int l = 0; l < LABELS; l++) {
		if (size[l] <= 1)
			continue;
		if (!pitch[OPND_O][l] || !pitch[OPND_I][l] || !pitch[OPND_W][l])
			return false;
		some = true;
	}
	return some;
}

/* Sums, diagonals and transpositions: a layer that multiplies nothing. */
static enum outcome one_operand(struct lowering *lo)
{
	const struct value *x = node_input(lo->node, 0);
	enum outcome outcome = lower_take(lo, x, "operand");
	if (outcome != OUTCOME_LAYER)
		return outcome;
	lo->layer.input_shape = x->shape;
	const struct value *result = lower_result(lo->node);
	if (result)
		lo->layer.output_shape = result->shape;
	return OUTCOME_LAYER;
}

enum outcome lower_einsum(struct lowering *lo)
{
	if (lo->node->input_count == 1)
		return one_operand(lo);
	if (lo->node->input_count != OPERANDS)
		return lower_leave(lo, true,
			arena_printf(&lo->ctx->arena, "Einsum of %zu operands",
				lo->node->input_count));
	enum outcome outcome = lower_take_operands(lo, 0, 1);
	if (outcome != OUTCOME_LAYER)
		return outcome;
	const struct shape *const shape[OPERANDS] = {
		&lo->layer.input_shape, &lo->layer.weight_shape};
	struct equation e;
	int64_t size[LABELS], pitch[OPND_COUNT][LABELS], out[RANK_MAX];
	if (!equation_read(lo, shape, &e) || !label_sizes(lo, shape, &e, size))
		return OUTCOME_ERROR;
	for (int d = 0; d < e.out.count; d++)
		out[d] = size[e.out.label[d]];
	outcome = lower_set_output(lo, e.out.count, out);
	if (outcome != OUTCOME_LAYER)
		return outcome;
	label_pitches(&e.out, out, pitch[OPND_O]);
	label_pitches(&e.in[0], shape[0]->dim, pitch[OPND_I]);
	label_pitches(&e.in[1], shape[1]->dim, pitch[OPND_W]);
	if (element_wise(size, pitch))
		return lower_leave(
			lo, false, "an element-wise product: sums nothing");
	struct product product = {0};
	for (int l = 0; l < LABELS; l++)
		if (size[l] > 1)
			product_put(&product, size[l], pitch[OPND_O][l],
				pitch[OPND_I][l], pitch[OPND_W][l]);
	return product_lower(lo, &product);
}
