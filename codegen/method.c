/* The pairs of files of a plan, a layer each. */
#include "codegen/method.h"

#include <string.h>

enum { INDEX_DIGITS = 3 };

/* Digits of the largest layer index. */
static int index_digits(const struct layer_list *list)
{
	size_t largest = list->count ? list->layers[list->count - 1].index : 0;
	int digits = 1;
	for (; largest >= 10; largest /= 10)
		digits++;
	return digits < INDEX_DIGITS ? INDEX_DIGITS : digits;
}

const char *method_name(
	struct ctx *ctx, const struct plan *plan, const struct layer *layer)
{
	return arena_printf(&ctx->arena, "%0*zu_%s", index_digits(plan->layers),
		layer->index, out_safe_name(ctx, layer->name));
}

/* Whether an earlier run may have written the file: III_LAYER.json or .txt. */
static bool is_method_file(const char *name)
{
	static const char *const ends[] = {".json", ".txt"};
	size_t digits = strspn(name, "0123456789"), length = strlen(name);
	if (digits < INDEX_DIGITS || name[digits] != '_')
		return false;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		size_t n = strlen(ends[i]);
		if (length > digits + 1 + n &&
			strcmp(name + length - n, ends[i]) == 0)
			return true;
	}
	return false;
}

bool methods_write(
	struct ctx *ctx, const struct plan *plan, struct out_set *out)
{
	const char *folder =
		arena_printf(&ctx->arena, "%s_methods", plan->name);
	out_sweep(ctx, out, folder, is_method_file);
	for (size_t i = 0; i < plan->layers->count; i++) {
		const struct layer *layer = &plan->layers->layers[i];
		const char *path = arena_printf(&ctx->arena, "%s/%s", folder,
			method_name(ctx, plan, layer));
		const char *json = method_json(ctx, plan, layer);
		const char *text = method_text(ctx, plan, layer);
		if (!out_write(ctx, out,
			    arena_printf(&ctx->arena, "%s.json", path), json,
			    strlen(json)) ||
			!out_write(ctx, out,
				arena_printf(&ctx->arena, "%s.txt", path), text,
				strlen(text)))
			return false;
	}
	return true;
}
