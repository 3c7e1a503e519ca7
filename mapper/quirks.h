/* The seed's quirks: rules by which the cost model charges otherwise than a
 * machine does, by name. mapper/quirks.def is their list. */
#ifndef MAPPER_QUIRKS_H
#define MAPPER_QUIRKS_H

#include "base/ctx.h"

#include <stdbool.h>

enum quirk {
#define QUIRK(id, name, counted, section, charges, does) QUIRK_##id,
#include "mapper/quirks.def"
#undef QUIRK
	QUIRK_COUNT
};

struct quirk_text {
	const char *name;
	bool counted; /* verify explains differences by it */
	const char *section, *charges, *does;
};
extern const struct quirk_text quirk_texts[QUIRK_COUNT];

/* Their table in Markdown, as it stands in docs/cost-model.md; in the arena. */
const char *quirks_markdown(struct ctx *ctx);

#endif
