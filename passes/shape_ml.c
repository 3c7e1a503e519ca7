/* ai.onnx.ml, and operators on text. */
#include "passes/shape_rule.h"

#include <string.h>

/* Numbers or strings of an attribute; 0 without it. */
static int64_t attr_count(const struct node *node, const char *name)
{
	const struct attr *attr = node_attr(node, name);
	return attr ? (int64_t)attr->count : 0;
}

/* The last axis becomes size. */
static bool last_becomes(struct infer *inf, struct node *node, int64_t size)
{
	const struct shape *in = in_shape(node, 0);
	int64_t dims[RANK_MAX];
	if (in->rank < 1)
		return true;
	dims_copy(dims, in->dim, in->rank);
	dims[in->rank - 1] = size;
	return out_shape(inf, node, 0, in->rank, dims);
}

bool shape_array_feature_extractor(struct infer *inf, struct node *node)
{
	int64_t count = DIM_UNKNOWN;
	const struct shape *at = in_shape(node, 1);
	if (at->rank != RANK_UNKNOWN &&
		!dims_product(at->dim, at->rank, &count))
		return node_overflow(inf, node);
	if (in_rank(node, 0) == 1)
		return out_shape(inf, node, 0, 2, (int64_t[]){1, count});
	return last_becomes(inf, node, count);
}

/* Element-wise through a table; its values' type is the output's. */
bool shape_label_encoder(struct infer *inf, struct node *node)
{
	(void)inf;
	static const struct {
		const char *name;
		enum dtype type;
	} values[] = {
		{"values_int64s",  DTYPE_INT64 },
		{"values_floats",  DTYPE_FLOAT },
		{"values_strings", DTYPE_STRING},
	};
	const struct attr *table = node_attr(node, "values_tensor");
	if (table && table->kind == ATTR_TENSOR && table->as.tensor)
		out_type(node, 0, table->as.tensor->type);
	else
		out_type(node, 0,
			in_type(node, 0) == DTYPE_STRING ? DTYPE_INT64
							 : DTYPE_STRING);
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		if (node_attr(node, values[i].name))
			out_type(node, 0, values[i].type);
	return out_like(node, 0, in_shape(node, 0));
}

/* Rows of features: a vector is one row. */
static int64_t rows_of(const struct node *node)
{
	return in_rank(node, 0) == 1 ? 1 : in_dim(node, 0, 0);
}

/* Labels [rows] and scores [rows][classes]. */
bool shape_classifier(struct infer *inf, struct node *node)
{
	static const char *const names[] = {"classlabels_strings",
		"classlabels_ints", "classlabels_int64s"};
	int64_t classes = 0, rows = rows_of(node);
	int form = 2;
	for (int i = 2; i >= 0; i--)
		if (attr_count(node, names[i])) {
			classes = attr_count(node, names[i]);
			form = i;
		}
	int64_t scores[] = {rows, classes ? classes : DIM_UNKNOWN};
	out_type(node, 0, form == 0 ? DTYPE_STRING : DTYPE_INT64);
	out_type(node, 1, DTYPE_FLOAT);
	return out_shape(inf, node, 0, 1, &rows) &&
		out_shape(inf, node, 1, 2, scores);
}

bool shape_regressor(struct infer *inf, struct node *node)
{
	int64_t targets;
	const char *name =
		node_attr(node, "n_targets") ? "n_targets" : "targets";
	if (!node_attr_int(inf->ctx, node, name, 1, &targets))
		return false;
	if (targets < 1)
		return node_refuse(inf, node, "attribute '%s' is %lld", name,
			(long long)targets);
	return out_shape(inf, node, 0, 2, (int64_t[]){rows_of(node), targets});
}

/* An axis of categories more. */
bool shape_one_hot_encoder(struct infer *inf, struct node *node)
{
	const struct shape *in = in_shape(node, 0);
	int64_t dims[RANK_MAX + 1];
	int64_t count = attr_count(node, "cats_int64s") +
		attr_count(node, "cats_strings");
	if (in->rank == RANK_UNKNOWN)
		return true;
	dims_copy(dims, in->dim, in->rank);
	dims[in->rank] = count;
	return out_shape(inf, node, 0, in->rank + 1, dims);
}

bool shape_feature_vectorizer(struct infer *inf, struct node *node)
{
	size_t count;
	const int64_t *sizes;
	int64_t sum = 0;
	if (!node_attr_ints(inf->ctx, node, "inputdimensions", &count, &sizes))
		return false;
	for (size_t i = 0; i < count; i++)
		if (sizes[i] < 0 || !add_ok(sum, sizes[i], &sum))
			return node_refuse(inf, node,
				"attribute 'inputdimensions' has %lld",
				(long long)sizes[i]);
	return out_shape(inf, node, 0, 2,
		(int64_t[]){rows_of(node), count ? sum : DIM_UNKNOWN});
}

/* Counts of n-grams: one column for each index that they are given. */
bool shape_tf_idf(struct infer *inf, struct node *node)
{
	size_t count;
	const int64_t *index;
	int64_t columns = 0;
	if (!node_attr_ints(inf->ctx, node, "ngram_indexes", &count, &index))
		return false;
	for (size_t i = 0; i < count; i++)
		if (index[i] >= columns && !add_ok(index[i], 1, &columns))
			return node_overflow(inf, node);
	if (in_rank(node, 0) == 1)
		return out_shape(inf, node, 0, 1, &columns);
	return last_becomes(inf, node, columns);
}

/* Parts, as many as the longest text has, and how many each has. */
bool shape_string_split(struct infer *inf, struct node *node)
{
	const struct shape *in = in_shape(node, 0);
	int64_t dims[RANK_MAX + 1];
	out_type(node, 1, DTYPE_INT64);
	if (in->rank == RANK_UNKNOWN)
		return true;
	dims_copy(dims, in->dim, in->rank);
	dims[in->rank] = DIM_UNKNOWN;
	return out_shape(inf, node, 0, in->rank + 1, dims) &&
		out_like(node, 1, in);
}
