/* Which of the nodes that are no layers would have multiplied, and how much of
 * the model that is. */
#include "ir/left_out.h"

#include "base/checked.h"
#include "base/diag.h"

#include <string.h>

bool is_left_out(const struct unmapped *unmapped)
{
	return !unmapped->skipped && !unmapped->aside &&
		(unmapped->compute || unmapped->unresolved);
}

struct left_out left_out_of(const struct layer_list *list)
{
	struct left_out out = {.nodes = 0};
	for (size_t i = 0; i < list->unmapped_count; i++) {
		const struct unmapped *u = &list->unmapped[i];
		if (!is_left_out(u))
			continue;
		out.nodes++;
		if (u->macs < 0 || !add_ok(out.macs, u->macs, &out.macs))
			out.open++;
	}
	return out;
}

const char *left_out_ops(struct ctx *ctx, const struct layer_list *list)
{
	enum { NAMES = 8 };
	const char *name[NAMES], *text = "";
	size_t count[NAMES], names = 0, more = 0;
	for (size_t i = 0; i < list->unmapped_count; i++) {
		const struct unmapped *u = &list->unmapped[i];
		size_t k = 0;
		if (!is_left_out(u))
			continue;
		while (k < names && strcmp(name[k], u->op) != 0)
			k++;
		if (k == NAMES) {
			more++;
			continue;
		}
		if (k == names) {
			name[names] = u->op;
			count[names++] = 0;
		}
		count[k]++;
	}
	for (size_t k = 0; k < names; k++)
		text = arena_printf(&ctx->arena, "%s%s%zu %s", text,
			k ? ", " : "", count[k], diag_quote(ctx, name[k]));
	return more ? arena_printf(&ctx->arena, "%s, %zu others", text, more)
		    : text;
}

double share_of_model(const struct layer_list *list, double macs)
{
	struct left_out left = left_out_of(list);
	double all = (double)list->total_macs + (double)left.macs;
	return left.open || all <= 0 ? -1 : macs / all;
}
