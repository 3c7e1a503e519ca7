/* The quirks' texts and their table for the docs. */
#include "mapper/quirks.h"

const struct quirk_text quirk_texts[QUIRK_COUNT] = {
#define QUIRK(id, name, counted, section, charges, does) \
	{name, counted, section, charges, does},
#include "mapper/quirks.def"
#undef QUIRK
};

const char *quirks_markdown(struct ctx *ctx)
{
	const char *text =
		"| quirk | section | charged | a machine | `verify` |\n"
		"|---|---|---|---|---|\n";
	for (int q = 0; q < QUIRK_COUNT; q++) {
		const struct quirk_text *t = &quirk_texts[q];
		text = arena_printf(&ctx->arena,
			"%s| `%s` | %s | %s | %s | %s |\n", text, t->name,
			t->section, t->charges, t->does,
			t->counted ? "counted" : "");
	}
	return text;
}
