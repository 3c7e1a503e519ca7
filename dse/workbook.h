/* designs.xlsx. */
#ifndef DSE_WORKBOOK_H
#define DSE_WORKBOOK_H

#include "codegen/outfile.h"
#include "dse/report.h"

/* Stages designs.xlsx. The library that writes it needs room for temporary
 * files without names. */
bool workbook_write(
	struct ctx *ctx, const struct report *report, struct out_set *out);

#endif
