#include "passes/lower.h"

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
				"%s (--allow-unresolved leaves it out)",
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
