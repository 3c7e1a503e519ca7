/* --layer-index */
#include "cli/layer_choice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_index(const char *text)
{
	return !text[strspn(text, "0123456789")];
}

/* A name in a model specification, which 'layers' shows with an ending. */
static bool names_depthwise(const struct layer *layer, const char *text)
{
	static const char ending[] = "_depthwise";
	size_t length = strlen(text);
	return !layer->node && !strncmp(layer->name, text, length) &&
		!strcmp(layer->name + length, ending);
}

/* Marks the layers that text names; false when there is none. */
static bool named_mark(
	const struct layer_list *list, const char *text, bool *wanted)
{
	bool found = false;
	if (is_index(text)) {
		errno = 0;
		unsigned long long i = strtoull(text, NULL, 10);
		if (!errno && i < list->count)
			found = wanted[i] = true;
		return found;
	}
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->layers[i].name, text) ||
			names_depthwise(&list->layers[i], text))
			found = wanted[i] = true;
	return found;
}

bool layers_select(struct ctx *ctx, const struct text_list *named,
	const char *path, struct layer_list *list)
{
	const struct loc loc = {.file = path};
	bool *wanted = arena_array(&ctx->arena, list->count, sizeof *wanted);
	bool ok = true;
	if (!named->count)
		return true;
	for (size_t i = 0; i < named->count; i++) {
		const char *text = named->texts[i];
		if (named_mark(list, text, wanted))
			continue;
		if (is_index(text))
			ok = diag_error(ctx, &loc,
				"--layer-index %s is out of range: the model "
				"has %zu layer%s, 0 to %zu",
				text, list->count, list->count == 1 ? "" : "s",
				list->count - 1);
		else
			ok = diag_error(ctx, &loc,
				"--layer-index '%s': no layer has that name; "
				"'nestwright layers' lists them",
				diag_quote(ctx, text));
	}
	size_t kept = 0, node = 0;
	for (size_t i = 0; ok && i < list->count; i++) {
		layers_keep_order(list, &node, i, kept);
		if (wanted[i])
			list->layers[kept++] = list->layers[i];
	}
	if (!ok)
		return false;
	layers_keep_order(list, &node, list->count, kept);
	list->count = kept;
	return true;
}
