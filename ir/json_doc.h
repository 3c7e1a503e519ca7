/* A JSON text with positions: cJSON parses, this remembers where things stand,
 * so that a wrong key or value is reported by line and column. Also refuses
 * what cJSON lets pass: duplicate keys, bytes behind the value, nesting
 * beyond 64. */
#ifndef IR_JSON_DOC_H
#define IR_JSON_DOC_H

#include "ir/ctx.h"
#include "ir/diag.h"

#include <cjson/cJSON.h>
#include <stdint.h>

struct json_doc {
	const char *path; /* for diagnostics */
	const char *text; /* [length], NUL behind it */
	size_t length;
	cJSON *root;
};

/* Reads and parses; false with a diagnostic (missing, a directory, larger than
 * 256 MiB, a syntax error with line and column, a duplicate key). */
bool json_read(struct ctx *ctx, const char *path, struct json_doc *doc);
/* The same from memory; the text is copied. */
bool json_parse(struct ctx *ctx, const char *path, const char *text,
	size_t length, struct json_doc *doc);
/* Frees the tree; the arena keeps the text. Safe on a zeroed doc. */
void json_release(struct json_doc *doc);

/* Position of an item of the tree (of its key, where it has one). */
struct loc json_loc(const struct json_doc *doc, const cJSON *item);

/* Members of an object; each reports at the object or at the member, naming the
 * key, what was found and what was expected. The _or forms take a default where
 * the key is absent. */
const cJSON *json_object(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, const char *key);
const cJSON *json_array(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, const char *key);
const char *json_string(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, const char *key);
/* A whole number from min to max (within +-2^53). */
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
/* The tree as text, indented, in the arena; item is deleted. */
const char *json_text(struct ctx *ctx, cJSON *item);

#endif
