/* What becomes of a node of every operator: tests/layer_cases.txt. The nests of
 * a layer are walked literally and must multiply what the operator's definition
 * does, element by element. */
#include "passes/infer.h"
#include "passes/lower.h"
#include "passes/lower_rules.h"
#include "sim/op_eval.h"
#include "sim/op_rules.h"

#include "tests/cmocka.h"
#include "tests/nest_walk.h"
#include "tests/shape_case.h"

#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 1024 };

/* --- the definition ------------------------------------------------------ */

/* All terms of one output element. */
static void terms_add(struct ctx *ctx, const struct op_terms *terms, int64_t o,
	struct products *out)
{
	int64_t k[OP_SUM_DIMS] = {0};
	for (int d = 0; d < terms->dims; d++)
		if (terms->dim[d].count <= 0)
			return;
	for (int d = 0; d >= 0;) {
		int64_t in = terms->in, weight = terms->weight;
		for (int i = 0; i < terms->dims; i++) {
			in += k[i] * terms->dim[i].in;
			weight += k[i] * terms->dim[i].weight;
		}
		products_add(ctx, out, o, in, weight);
		for (d = terms->dims - 1; d >= 0; d--) {
			if (++k[d] < terms->dim[d].count)
				break;
			k[d] = 0;
		}
	}
}

static void product_add(
	struct ctx *ctx, const struct op_product *product, struct products *out)
{
	const struct shape *shape = &product->out.shape;
	int64_t elems;
	assert_true(shape_elems(shape, &elems));
	elems = product->end ? product->end : elems;
	for (int64_t e = product->first; e < elems; e++) {
		int64_t at[RANK_MAX], rest = e;
		for (int d = shape->rank - 1; d >= 0; d--) {
			at[d] = rest % shape->dim[d];
			rest /= shape->dim[d];
		}
		struct op_terms terms = {0};
		product->terms(product, at, &terms);
		terms_add(ctx, &terms, e, out);
	}
}

/* --- against the nests --------------------------------------------------- */

/* Nests from first up to the end, as one product. */
static bool nests_are(struct ctx *ctx, const struct layer *layer, size_t first,
	size_t end, const struct op_product *product)
{
	struct products got = {0}, want = {0};
	int64_t macs = 0;
	for (size_t n = first; n < end; n++)
		nest_walk(ctx, &layer->nests[n], &got, &macs);
	product_add(ctx, product, &want);
	products_sort(&got);
	products_sort(&want);
	int64_t k = products_differ(&got, &want);
	if (k >= 0)
		print_error("    nest %zu: %zu products, wanted %zu; differ at "
			    "%lld\n",
			first, got.count, want.count, (long long)k);
	return k < 0;
}

static bool layer_is_defined(struct ctx *ctx, const struct layer *layer)
{
	struct op_products products;
	if (!op_products(ctx, layer->node, &products))
		return false;
	/* Stored in blocks, which the definition does not know. */
	if (!strcmp(layer->node->domain, "com.microsoft.nchwc"))
		return true;
	if (!products.count)
		print_error("    %s\n",
			products.reason ? products.reason : "no products");
	if (products.count == 1)
		return nests_are(
			ctx, layer, 0, layer->nest_count, &products.product[0]);
	bool ok = products.count == layer->nest_count;
	for (size_t n = 0; ok && n < products.count; n++)
		ok = nests_are(ctx, layer, n, n + 1, &products.product[n]);
	return ok;
}

/* --- the tensors --------------------------------------------------------- */

static bool check_fails(struct ctx *ctx, const struct layer *layer)
{
	struct lowering lo = {.ctx = ctx,
		.node = layer->node,
		.loc = node_loc(layer->node),
		.layer = *layer};
	return lower_check(&lo) == OUTCOME_ERROR;
}

/* The elements that nest n touches in an operand's tensor. */
static void touched(struct ctx *ctx, const struct layer *layer, size_t n,
	int operand, int64_t *least, int64_t *most)
{
	struct products walked = {0};
	int64_t macs = 0;
	nest_walk(ctx, &layer->nests[n], &walked, &macs);
	*least = INT64_MAX;
	*most = INT64_MIN;
	for (size_t k = 0; k < walked.count; k++) {
		const struct product3 *p = &walked.list[k];
		int64_t e = operand == OPND_O ? p->o
			: operand == OPND_I   ? p->i
					      : p->w;
		*least = e < *least ? e : *least;
		*most = e > *most ? e : *most;
	}
}

/* Lowering notices a tensor that is one element too small, and an operand that
 * begins before its tensor. */
static bool boxes_are_checked(struct ctx *ctx, const struct layer *layer)
{
	bool ok = !check_fails(ctx, layer);
	for (size_t n = 0; n < layer->nest_count; n++)
		for (int o = 0; o < OPND_COUNT; o++) {
			struct layer_nest *ln = &layer->nests[n];
			struct placement *place = &ln->place[o];
			const struct value *value = place->value;
			int64_t least, most, base = place->base;
			touched(ctx, layer, n, o, &least, &most);
			if (most < least)
				continue;
			place->base -= least + 1;
			ok = ok && check_fails(ctx, layer);
			place->base = base;
			if (!value || value->type != ln->nest.tensor[o].type)
				continue;
			struct value small = *value;
			small.shape = shape_make(ctx, 1, &most);
			place->value = &small;
			ok = ok && check_fails(ctx, layer);
			place->value = value;
			if (!ok)
				print_error("    nest %zu, operand %s is not "
					    "checked\n",
					n, operand_name((enum operand)o));
		}
	return ok;
}

/* --- the table ----------------------------------------------------------- */

static bool shape_is(
	struct ctx *ctx, const struct value *value, const char *want)
{
	char text[LINE_BYTES];
	snprintf(text, sizeof text, "%s", want);
	struct shape shape = shape_case_dims(ctx, text);
	bool same = shape.rank == value->shape.rank;
	for (int d = 0; same && d < shape.rank; d++)
		same = shape.dim[d] == value->shape.dim[d];
	if (!same)
		print_error("    %s is %s\n", value->name,
			shape_text(ctx, &value->shape));
	return same;
}

/* Left to the host, with so many multiplications, or without a number. */
static bool host_is(const struct layer_list *list, const char *want)
{
	if (list->count || list->unmapped_count != 1)
		return false;
	const struct unmapped *u = &list->unmapped[0];
	int64_t macs = *want ? strtoll(want, NULL, 10) : -1;
	if (u->macs != macs)
		print_error("    %lld multiplications, %s\n",
			(long long)u->macs, u->reason);
	return (u->compute || u->unresolved) && u->macs == macs;
}

static bool layer_is(
	struct ctx *ctx, const struct layer_list *list, const char *want)
{
	if (list->count != 1) {
		print_error("    %s\n", list->unmapped[0].reason);
		return false;
	}
	const struct layer *layer = &list->layers[0];
	if (layer->macs != strtoll(want, NULL, 10))
		print_error("    %lld MACs\n", (long long)layer->macs);
	return layer->macs == strtoll(want, NULL, 10) &&
		layer_is_defined(ctx, layer) && boxes_are_checked(ctx, layer);
}

/* *op: the operator of a line that made a layer. */
static bool case_holds(const char *line, const struct op **op)
{
	struct ctx ctx;
	struct shape_case c;
	struct layer_list list = {0};
	char *messages = NULL;
	size_t length = 0;
	FILE *sink = open_memstream(&messages, &length);
	ctx_init(&ctx, sink, NULL);
	char *text = arena_strdup(&ctx.arena, line);
	char *bar = strrchr(text, '|'), *want = bar + 1 + strspn(bar + 1, " ");
	assert_non_null(bar);
	*bar = '\0';
	want[strcspn(want, "\n")] = '\0';
	shape_case_read(&ctx, arena_printf(&ctx.arena, "%s\n", text), &c);
	bool holds = c.node.op && shapes_infer(&ctx, &c.model) &&
		lower_model(&ctx, &c.model, &list);
	for (size_t k = 0; holds && k < c.want_count; k++)
		holds = shape_is(&ctx, &c.out[k], c.want[k]);
	bool host = !strncmp(want, "host", 4);
	if (holds && host)
		holds = host_is(&list, want + 4 + strspn(want + 4, " "));
	else if (holds)
		holds = layer_is(&ctx, &list, want);
	if (holds && !host)
		*op = c.node.op;
	fflush(sink);
	if (!holds)
		print_error("%s    %s", line, messages);
	fclose(sink);
	free(messages);
	ctx_release(&ctx);
	return holds;
}

static void every_layer_operator_makes_one(void **state)
{
	(void)state;
	char line[LINE_BYTES];
	bool made[OP_COUNT] = {false};
	int bad = 0, count = 0;
	FILE *file = fopen("tests/layer_cases.txt", "r");
	if (!file)
		fail_msg("no tests/layer_cases.txt: run from the repository's "
			 "top");
	while (fgets(line, LINE_BYTES, file)) {
		const struct op *op = NULL;
		if (line[0] == '#' || line[0] == '\n')
			continue;
		count++;
		bad += !case_holds(line, &op);
		if (op)
			made[op->id] = true;
	}
	fclose(file);
	for (int id = 0; id < OP_COUNT; id++) {
		const struct op *op = op_row((enum op_id)id);
		if (made[id] || !op_multiplies(op) ||
			!strcmp(op->lowering, "recurrence") ||
			!strcmp(op->lowering, "unsupported"))
			continue;
		print_error("no line makes a layer of %s %s\n", op->domain,
			op->name);
		bad++;
	}
	print_message("%d cases\n", count);
	assert_int_equal(bad, 0);
}

/* --- what is told of them ------------------------------------------------ */

/* What multiplies and is no layer is said, even by a quiet program. */
static void left_out_products_are_told(void **state)
{
	(void)state;
	static const struct unmapped stft = {
		.op = "STFT", .compute = true, .macs = -1};
	static const struct unmapped linear = {
		.op = "LinearAttention", .compute = true, .macs = 300};
	static const struct unmapped open = {
		.op = "Conv", .unresolved = true, .macs = -1};
	static const struct unmapped relu = {.op = "Relu"};
	/* clang-format off */
	const struct {
		struct unmapped unmapped[3];
		const char *want;
	} cases[] = {
		{{relu, relu, relu}, ""},
		{{linear, relu, relu},
			"m.onnx: warning: 1 node that multiplies is left out "
				"(1 LinearAttention): 75 % of the model's MACs "
				"(300)\n"},
		{{linear, stft, linear},
			"m.onnx: warning: 3 nodes that multiply are left out "
				"(2 LinearAttention, 1 STFT): 600 MACs and those of 1 "
				"nodes for which it is not known how many\n"},
		{{relu, open, stft},
			"m.onnx: warning: 2 nodes that multiply are left out "
				"(1 Conv, 1 STFT): it is not known how many MACs\n"},
	};
	/* clang-format on */
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ctx ctx;
		struct unmapped unmapped[3];
		char *said = NULL;
		size_t length = 0;
		FILE *sink = open_memstream(&said, &length);
		ctx_init(&ctx, sink, NULL);
		ctx.quiet = true;
		memcpy(unmapped, cases[i].unmapped, sizeof unmapped);
		const struct layer_list list = {.unmapped_count = 3,
			.unmapped = unmapped,
			.total_macs = 100};
		layers_tell_left_out(&ctx, "m.onnx", &list);
		fflush(sink);
		assert_string_equal(said, cases[i].want);
		ctx_release(&ctx);
		fclose(sink);
		free(said);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(left_out_products_are_told),
		cmocka_unit_test(every_layer_operator_makes_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
