/* Whether a workbook is whole. libxlsxwriter collects each part of it in a
 * temporary file and does not notice when that one is cut off, as on a full
 * disk: the workbook then holds half a sheet, and no error says so. */
#ifndef DSE_WORKBOOK_CHECK_H
#define DSE_WORKBOOK_CHECK_H

#include "base/ctx.h"

/* Every part of the ZIP archive can be unpacked, and ends with the end tag of
 * the XML element that it begins with. */
bool workbook_is_whole(
	struct ctx *ctx, const unsigned char *bytes, size_t length);

#endif
