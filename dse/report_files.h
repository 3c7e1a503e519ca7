/* The files of an exploration. */
#ifndef DSE_REPORT_FILES_H
#define DSE_REPORT_FILES_H

#include "codegen/outfile.h"
#include "dse/report.h"

/* Stages designs.csv, sensitivity.csv, designs.xlsx, designs.html and, where
 * there is a winner, best.json. */
bool report_write(
	struct ctx *ctx, const struct report *report, struct out_set *out);

#endif
