#include "passes/lower.h"

#include "ir/checked.h"

/* Open addressing over indices of the network's nests, +1; 0: free. At most
 * half full, so that probes end soon. */
struct nest_table {
	size_t slots; /* power of two */
	size_t *slot;
};

static size_t *table_find(const struct nest_table *table,
	const struct network *network, const struct nest *nest)
{
	size_t i = (size_t)nest_hash(nest) & (table->slots - 1);
	while (table->slot[i] &&
		!nest_equal(&network->nests[table->slot[i] - 1].nest, nest))
		i = (i + 1) & (table->slots - 1);
	return &table->slot[i];
}

static bool instances_add(struct ctx *ctx, const struct layer *layer,
	const struct layer_nest *ln, struct distinct_nest *distinct)
{
	int64_t more;
	if (mul_ok(ln->instances, layer->executions, &more) &&
		add_ok(distinct->instances, more, &distinct->instances))
		return true;
	struct loc loc = {.node = layer->name, .op = layer->op};
	return diag_error(ctx, &loc, "its nest runs more than 2^63 times");
}

bool dedup_layers(
	struct ctx *ctx, const struct layer_list *list, struct network *out)
{
	size_t total = 0;
	for (size_t i = 0; i < list->count; i++)
		total += list->layers[i].nest_count;
	struct nest_table table = {.slots = 16};
	while (table.slots < 2 * total)
		table.slots *= 2;
	table.slot = arena_array(&ctx->arena, table.slots, sizeof *table.slot);
	*out = (struct network){
		.nests = arena_array(&ctx->arena, total, sizeof *out->nests)};
	for (size_t i = 0; i < list->count; i++) {
		const struct layer *layer = &list->layers[i];
		for (size_t k = 0; k < layer->nest_count; k++) {
			struct layer_nest *ln = &layer->nests[k];
			size_t *slot = table_find(&table, out, &ln->nest);
			if (!*slot) {
				out->nests[out->count] =
					(struct distinct_nest){.nest = ln->nest,
						.example = layer->name};
				*slot = ++out->count;
			}
			ln->distinct = *slot - 1;
			if (!layer->aside &&
				!instances_add(ctx, layer, ln,
					&out->nests[ln->distinct]))
				return false;
		}
	}
	return true;
}
