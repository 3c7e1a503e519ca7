/* A table written field by field: a header's names first, then rows of values.
 * RFC 4180, with lines ended by a line feed. */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

struct csv {
	struct text text; /* set ctx to begin */
	bool begun;       /* a row */
};

/* A text that may come from a model, made neutral for spreadsheets. */
void csv_field(struct csv *csv, const char *s);
/* A text of ours, as it is. */
void csv_own(struct csv *csv, const char *s);
void csv_whole(struct csv *csv, int64_t value);
/* Reads back equal. */
void csv_number(struct csv *csv, double value);
/* Empty where it is infinite; where it is not above 0. */
void csv_finite(struct csv *csv, double value);
void csv_positive(struct csv *csv, double value);
void csv_bool(struct csv *csv, bool value); /* true, false */
void csv_row_end(struct csv *csv);

#endif
