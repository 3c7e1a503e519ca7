/* What of a model is no layer: told, counted, and refused where the user wants
 * that. */
#include "passes/lower.h"

#include "ir/left_out.h"

bool layers_admit(struct ctx *ctx, const char *path,
	const struct layer_list *list, const struct admission *admission)
{
	bool ok = true;
	for (size_t i = 0; i < list->unmapped_count; i++) {
		const struct unmapped *u = &list->unmapped[i];
		const struct loc loc = {
			.file = path, .node = u->name, .op = u->op};
		if (u->unresolved && !admission->unresolved)
			ok = diag_error(ctx, &loc,
				"%s (--dim gives such a size, "
				"--allow-unresolved leaves it out)",
				u->reason);
		else if (u->compute && admission->strict)
			ok = diag_error(ctx, &loc, "not mapped: %s (--strict)",
				u->reason);
	}
	for (size_t i = 0; i < list->count && admission->strict; i++) {
		const struct layer *layer = &list->layers[i];
		const struct loc loc = {
			.file = path, .node = layer->name, .op = layer->op};
		if (!layer->executions_known)
			ok = diag_error(ctx, &loc,
				"stands in a loop whose number of iterations "
				"is not known (--strict)");
	}
	return ok;
}

void layers_tell_unresolved(
	struct ctx *ctx, const char *path, const struct layer_list *list)
{
	for (size_t i = 0; i < list->unmapped_count; i++) {
		const struct unmapped *u = &list->unmapped[i];
		const struct loc loc = {
			.file = path, .node = u->name, .op = u->op};
		if (u->unresolved)
			diag_alert(ctx, &loc, "left out: %s (--dim gives such a "
				"size)", u->reason);
	}
}

void layers_tell_left_out(
	struct ctx *ctx, const char *path, const struct layer_list *list)
{
	const struct left_out left = left_out_of(list);
	const struct loc loc = {.file = path};
	double share = share_of_model(list, (double)left.macs);
	const char *much;
	if (left.nodes == 0)
		return;
	if (share >= 0)
		much = arena_printf(&ctx->arena,
			"%.3g %% of the model's MACs (%lld)", 100 * share,
			(long long)left.macs);
	else if (left.macs > 0)
		much = arena_printf(&ctx->arena,
			"%lld MACs and those of %zu nodes for which it is not "
			"known how many",
			(long long)left.macs, left.open);
	else
		much = "it is not known how many MACs";
	diag_alert(ctx, &loc, "%zu node%s that multipl%s left out (%s): %s",
		left.nodes, left.nodes == 1 ? "" : "s",
		left.nodes == 1 ? "ies is" : "y are", left_out_ops(ctx, list),
		much);
}
