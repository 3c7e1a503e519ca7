/* Fields one by one; a comma goes before all but the first of a row. */
#include "base/csv.h"

#include "base/json_doc.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void csv_own(struct csv *csv, const char *s)
{
	struct text *t = &csv->text;
	text_add(t, "%s", csv->begun ? "," : "");
	csv->begun = true;
	if (!strpbrk(s, ",\"\r\n")) {
		text_add(t, "%s", s);
		return;
	}
	text_add(t, "\"");
	for (; *s; s++)
		text_add(t, *s == '"' ? "\"\"" : "%c", *s);
	text_add(t, "\"");
}

void csv_field(struct csv *csv, const char *s)
{
	csv_own(csv, text_neutral(csv->text.ctx, s));
}

void csv_whole(struct csv *csv, int64_t value)
{
	char digits[24];
	snprintf(digits, sizeof digits, "%" PRId64, value);
	csv_own(csv, digits);
}

void csv_number(struct csv *csv, double value)
{
	csv_own(csv, json_double(csv->text.ctx, value));
}

void csv_finite(struct csv *csv, double value)
{
	if (isinf(value))
		csv_own(csv, "");
	else
		csv_number(csv, value);
}

void csv_positive(struct csv *csv, double value)
{
	if (value > 0)
		csv_number(csv, value);
	else
		csv_own(csv, "");
}

void csv_bool(struct csv *csv, bool value)
{
	csv_field(csv, value ? "true" : "false");
}

void csv_row_end(struct csv *csv)
{
	text_add(&csv->text, "\n");
	csv->begun = false;
}
