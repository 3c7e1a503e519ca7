/* All files of an exploration, staged together. */
#include "dse/report_files.h"

#include "dse/page.h"
#include "dse/report.h"
#include "dse/workbook.h"

#include <string.h>

static bool text_write(struct ctx *ctx, struct out_set *out, const char *name,
	const char *bytes)
{
	return out_write(ctx, out, name, bytes, strlen(bytes));
}

bool report_write(struct ctx *ctx, const struct report *r, struct out_set *out)
{
	const struct explore *e = r->explore;
	bool ok = text_write(ctx, out, "designs.csv", designs_csv(ctx, r)) &&
		text_write(
			ctx, out, "sensitivity.csv", variations_csv(ctx, r)) &&
		workbook_write(ctx, r, out) &&
		text_write(ctx, out, "designs.html", designs_html(ctx, r));
	out_remove(ctx, out, "best.json"); /* an earlier run's */
	if (!ok || r->findings->winner == SIZE_MAX)
		return ok;
	struct arch best =
		design_arch(ctx, e->space, e->designs, r->findings->winner);
	return text_write(ctx, out, "best.json", arch_to_json(ctx, &best));
}
