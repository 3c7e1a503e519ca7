/* A JSON text with positions: cJSON builds the tree, this knows where things
 * stand, so that a wrong key or value is reported by line and column. The text
 * is checked against RFC 8259 before cJSON sees it, which lets much pass:
 * refused are also duplicate keys, invalid UTF-8, NUL bytes, bytes behind the
 * value, numbers beyond 63 characters, nesting beyond 64. */
#ifndef BASE_JSON_DOC_H
#define BASE_JSON_DOC_H

#include "base/ctx.h"
#include "base/diag.h"

#include <cjson/cJSON.h>
#include <stdint.h>

struct json_doc {
	const char *path; /* for diagnostics; borrowed */
	const char *text; /* [length], NUL behind it; in the arena */
	size_t length;
	cJSON *root;
	struct json_mark *marks; /* places along the text; in the arena */
};

/* From here on, where cJSON runs out of memory in the calling thread, it is as if
 * the arena did: a jump to its guard as that is then. Without this, cJSON leaves
 * out what it has no memory for. NULL ends it; the arena stays borrowed. */
void json_memory(struct arena *arena);

/* Reads and parses; false with a diagnostic (missing, a directory, empty,
 * larger than 256 MiB, a syntax error with line and column, a duplicate key),
 * and nothing to release then. */
bool json_read(struct ctx *ctx, const char *path, struct json_doc *doc);
/* The same from memory; the text is copied. */
bool json_parse(struct ctx *ctx, const char *path, const char *text,
	size_t length, struct json_doc *doc);
/* Frees the tree; the arena keeps the text. Safe on a zeroed doc. */
void json_release(struct json_doc *doc);

/* Position of an item of the tree (of its key, where it has one), the column in
 * characters; of the file alone for NULL. (The items' valueint holds it, which
 * cJSON keeps for old callers: read numbers with json_int.) */
struct loc json_loc(const struct json_doc *doc, const cJSON *item);

/* The readers below report what they refuse, naming the key or the place, what
 * was found and what was expected. An item of NULL is refused in silence, so
 * that json_need can stand in the call:
 *   json_int(ctx, doc, json_need(ctx, doc, object, "N"), 1, max, &n) */

/* The member of that name, case and all; NULL where there is none. */
const cJSON *json_member(const cJSON *object, const char *key);
/* The same, with a diagnostic at the object where it is missing, or where
 * object is none. */
const cJSON *json_need(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, const char *key);
/* A needed member that is an object, an array, a string; NULL with a diagnostic
 * otherwise. The string lives as long as the tree. */
const cJSON *json_object(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, const char *key);
const cJSON *json_array(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, const char *key);
const char *json_string(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, const char *key);
/* A whole number from min to max (within +-(2^53 - 1), where every text gives
 * the number it spells). */
bool json_int(struct ctx *ctx, const struct json_doc *doc, const cJSON *item,
	int64_t min, int64_t max, int64_t *out);
/* A finite number from min to max. */
bool json_number(struct ctx *ctx, const struct json_doc *doc, const cJSON *item,
	double min, double max, double *out);
bool json_bool(struct ctx *ctx, const struct json_doc *doc, const cJSON *item,
	bool *out);
/* An array of exactly count whole numbers from min to max. */
bool json_ints(struct ctx *ctx, const struct json_doc *doc, const cJSON *item,
	int count, int64_t min, int64_t max, int64_t *out);
/* Reports every key of object that is not in the NULL-terminated list, with the
 * nearest known one: "unknown key 'RF_SIZ', did you mean 'RF_SIZE'?". */
bool json_keys(struct ctx *ctx, const struct json_doc *doc, const cJSON *object,
	const char *const *known);
/* "a string", "an object", ... */
const char *json_kind(const cJSON *item);

/* Writing: a whole number that cJSON would pass through double. */
cJSON *json_whole(int64_t value);
/* The tree as text in the arena, with a newline at its end: a member a line, but
 * arrays without objects, and short objects without objects, on one line;
 * numbers so that they read back equal. item is deleted. */
const char *json_text(struct ctx *ctx, cJSON *item);
/* The tree on one line, without a newline; item stays. */
const char *json_line(struct ctx *ctx, const cJSON *item);
/* A finite number in the fewest of 15 to 17 digits that read back equal; in the
 * arena. */
const char *json_double(struct ctx *ctx, double value);
/* s as a JSON string with its quotes; in the arena. */
const char *json_quote(struct ctx *ctx, const char *s);

#endif
