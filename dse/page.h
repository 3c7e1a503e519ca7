/* designs.html. */
#ifndef DSE_PAGE_H
#define DSE_PAGE_H

#include "dse/report.h"

/* One page with a scatter plot of the first two metrics of the front, the
 * front, the best and the winner's sensitivity; needs no network. */
const char *designs_html(struct ctx *ctx, const struct report *report);

#endif
