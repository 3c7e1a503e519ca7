/* Positions in a JSON text: the text is walked beside the tree that cJSON
 * makes of it, and checked for what cJSON lets pass. */
#include "base/json_doc.h"

#include "base/file.h"
#include "base/text.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	NESTING_MAX = 64,
	NUMBER_CHARS = 63, /* cJSON cuts longer ones off without a word */
};
static const size_t text_bytes_max = (size_t)256 << 20;
static const double whole_max = 9007199254740991; /* 2^53 - 1 */

/* --- memory ----------------------------------------------------------------
 * cJSON's hooks are handed nothing that would tell whose memory it is. */
static _Thread_local struct arena *lender;

static void *lend(size_t size)
{
	return lender ? arena_lend(lender, size) : malloc(size);
}

void json_memory(struct arena *arena)
{
	cJSON_Hooks hooks = {.malloc_fn = lend, .free_fn = free};
	lender = arena;
	cJSON_InitHooks(arena ? &hooks : NULL);
}

/* --- the scanner -----------------------------------------------------------
 * Walks a text by the grammar. With a tree beside it (of the same text, so it
 * has the same shape), it leaves in each item where it stands: in valueint,
 * which cJSON keeps for old callers and nobody reads. */
struct scan {
	const char *text, *at, *end;
	const char *error; /* what is wrong at 'at' */
};

static bool scan_fail(struct scan *s, const char *at, const char *error)
{
	s->at = at;
	s->error = error;
	return false;
}

static int scan_peek(const struct scan *s)
{
	return s->at < s->end ? (unsigned char)*s->at : -1;
}

static void scan_space(struct scan *s)
{
	while (s->at < s->end && strchr(" \t\r\n", *s->at) && *s->at)
		s->at++;
}

static bool scan_digits(struct scan *s)
{
	const char *start = s->at;
	while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
		s->at++;
	return s->at > start ||
		scan_fail(s, s->at, "expected a digit of a number");
}

static bool scan_number(struct scan *s)
{
	const char *start = s->at;
	if (scan_peek(s) == '-')
		s->at++;
	const char *digits = s->at;
	if (!scan_digits(s))
		return false;
	if (*digits == '0' && s->at > digits + 1)
		return scan_fail(
			s, start, "a number must not begin with zeros");
	if (scan_peek(s) == '.') {
		s->at++;
		if (!scan_digits(s))
			return false;
	}
	if (scan_peek(s) == 'e' || scan_peek(s) == 'E') {
		s->at++;
		if (scan_peek(s) == '+' || scan_peek(s) == '-')
			s->at++;
		if (!scan_digits(s))
			return false;
	}
	if (s->at - start > NUMBER_CHARS)
		return scan_fail(s, start, "a number of over 63 characters");
	return true;
}

/* The four hex digits of \uXXXX; -1 where they are none. */
static int scan_hex(const struct scan *s, const char *at)
{
	int value = 0;
	if (s->end - at < 6 || at[0] != '\\' || at[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		const char *digits = "0123456789abcdef";
		int c = at[i] >= 'A' && at[i] <= 'F' ? at[i] + 'a' - 'A'
						     : at[i];
		const char *digit = c ? strchr(digits, c) : NULL;
		if (!digit)
			return -1;
		value = value * 16 + (int)(digit - digits);
	}
	return value;
}

static bool scan_escape(struct scan *s)
{
	if (s->end - s->at < 2 || !s->at[1] || !strchr("\"\\/bfnrtu", s->at[1]))
		return scan_fail(s, s->at, "unknown escape in a string");
	if (s->at[1] != 'u') {
		s->at += 2;
		return true;
	}
	int code = scan_hex(s, s->at);
	if (code < 0)
		return scan_fail(
			s, s->at, "expected four hex digits after \\u");
	if (code == 0)
		return scan_fail(s, s->at, "a NUL character in a string");
	bool pair = code >= 0xd800 && code < 0xdc00;
	int low = pair ? scan_hex(s, s->at + 6) : 0;
	if ((pair && (low < 0xdc00 || low > 0xdfff)) ||
		(code >= 0xdc00 && code <= 0xdfff))
		return scan_fail(s, s->at, "half of a surrogate pair");
	s->at += pair ? 12 : 6;
	return true;
}

/* Bytes of the UTF-8 character at 'at'; 0 for an invalid one. */
static int utf8_bytes(const char *at, const char *end)
{
	static const struct {
		unsigned char first, last; /* of the lead byte */
		unsigned char low, high;   /* of the byte behind it */
		int bytes;
	} forms[] = {
		{0x00, 0x7f, 0,    0,    1},
		{0xc2, 0xdf, 0x80, 0xbf, 2},
		{0xe0, 0xe0, 0xa0, 0xbf, 3},
		{0xe1, 0xec, 0x80, 0xbf, 3},
		{0xed, 0xed, 0x80, 0x9f, 3}, /* no surrogates */
		{0xee, 0xef, 0x80, 0xbf, 3},
		{0xf0, 0xf0, 0x90, 0xbf, 4},
		{0xf1, 0xf3, 0x80, 0xbf, 4},
		{0xf4, 0xf4, 0x80, 0x8f, 4},
	};
	const unsigned char *p = (const unsigned char *)at;
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		if (p[0] < forms[i].first || p[0] > forms[i].last)
			continue;
		int n = forms[i].bytes;
		if (end - at < n ||
			(n > 1 &&
				(p[1] < forms[i].low || p[1] > forms[i].high)))
			return 0;
		for (int b = 2; b < n; b++)
			if (p[b] < 0x80 || p[b] > 0xbf)
				return 0;
		return n;
	}
	return 0;
}

static bool scan_string(struct scan *s)
{
	const char *start = s->at++; /* the quote */
	while (s->at < s->end && *s->at != '"') {
		unsigned char c = (unsigned char)*s->at;
		if (c == '\n')
			break;
		if (c < 0x20)
			return scan_fail(
				s, s->at, "a control character in a string");
		if (c == '\\') {
			if (!scan_escape(s))
				return false;
			continue;
		}
		int bytes = utf8_bytes(s->at, s->end);
		if (!bytes)
			return scan_fail(s, s->at, "a string is not UTF-8");
		s->at += bytes;
	}
	if (scan_peek(s) != '"')
		return scan_fail(
			s, start, "a string without its closing quote");
	s->at++;
	return true;
}

static bool scan_value(struct scan *s, cJSON *node, int depth);

/* The members between the brackets; node: the container's item. */
static bool scan_members(struct scan *s, cJSON *node, int depth)
{
	bool object = *s->at == '{';
	char close = object ? '}' : ']';
	const char *open = s->at++;
	cJSON *child = node ? node->child : NULL;
	if (depth == NESTING_MAX)
		return scan_fail(s, open, "nested more than 64 deep");
	scan_space(s);
	if (scan_peek(s) == close) {
		s->at++;
		return true;
	}
	for (;; child = child ? child->next : NULL) {
		scan_space(s);
		if (child)
			child->valueint = (int)(s->at - s->text);
		if (object) {
			if (scan_peek(s) != '"')
				return scan_fail(s, s->at,
					"expected a key in double quotes");
			if (!scan_string(s))
				return false;
			scan_space(s);
			if (scan_peek(s) != ':')
				return scan_fail(s, s->at,
					"expected ':' behind the key");
			s->at++;
		}
		if (!scan_value(s, child, depth + 1))
			return false;
		scan_space(s);
		int next = scan_peek(s);
		if (next != ',' && next != close)
			return scan_fail(s, s->at,
				object ? "expected ',' or '}'"
				       : "expected ',' or ']'");
		s->at++;
		if (next == close)
			return true;
	}
}

static bool scan_word(struct scan *s)
{
	static const char *const words[] = {"true", "false", "null"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		size_t n = strlen(words[i]);
		if ((size_t)(s->end - s->at) >= n &&
			memcmp(s->at, words[i], n) == 0) {
			s->at += n;
			return true;
		}
	}
	return scan_fail(s, s->at, "expected a value");
}

/* depth: containers around the value; the recursion ends at NESTING_MAX. */
static bool scan_value(struct scan *s, cJSON *node, int depth)
{
	scan_space(s);
	if (node && !node->string)
		node->valueint = (int)(s->at - s->text);
	int c = scan_peek(s);
	if (c == '{' || c == '[')
		return scan_members(s, node, depth);
	if (c == '"')
		return scan_string(s);
	if (c == '-' || (c >= '0' && c <= '9'))
		return scan_number(s);
	return scan_word(s);
}

/* The whole text: one value and nothing else. */
static bool scan_text(struct scan *s, cJSON *root)
{
	if (s->end - s->at >= 3 && memcmp(s->at, "\xef\xbb\xbf", 3) == 0)
		s->at += 3; /* a byte order mark, as some editors write */
	if (!scan_value(s, root, 0))
		return false;
	scan_space(s);
	return s->at == s->end ||
		scan_fail(s, s->at, "expected the end of the file");
}

/* Where the text is at its bytes 0, MARK_BYTES, 2 * MARK_BYTES, ...: a place is
 * found from the one before it, so that those of a million items do not cost a
 * million walks through the text. */
struct json_mark {
	int line, column;
};

enum { MARK_BYTES = 1024 };

static void place_walk(struct json_mark *mark, const char *from, const char *to)
{
	for (const char *p;
		(p = memchr(from, '\n', (size_t)(to - from))) != NULL;
		from = p + 1) {
		mark->line++;
		mark->column = 1;
	}
	for (; from < to; from++)
		mark->column += ((unsigned char)*from & 0xc0) != 0x80;
}

static void marks_make(struct ctx *ctx, struct json_doc *doc)
{
	size_t count = doc->length / MARK_BYTES + 1;
	struct json_mark mark = {1, 1};
	doc->marks = arena_array(&ctx->arena, count, sizeof *doc->marks);
	if (doc->length >= 3 && memcmp(doc->text, "\xef\xbb\xbf", 3) == 0)
		mark.column = 0; /* the byte order mark has no column */
	for (size_t k = 0; k < count; k++) {
		const char *from = doc->text + k * MARK_BYTES;
		doc->marks[k] = mark;
		if (k + 1 < count)
			place_walk(&mark, from, from + MARK_BYTES);
	}
}

static struct loc place(const struct json_doc *doc, const char *at)
{
	size_t k = (size_t)(at - doc->text) / MARK_BYTES;
	struct json_mark mark = doc->marks[k];
	place_walk(&mark, doc->text + k * MARK_BYTES, at);
	return (struct loc){.file = doc->path,
		.line = mark.line,
		.column = mark.column};
}

struct loc json_loc(const struct json_doc *doc, const cJSON *item)
{
	if (!item)
		return (struct loc){.file = doc->path};
	return place(doc, doc->text + item->valueint);
}

/* --- reading ---------------------------------------------------------------
 */

struct member {
	const cJSON *item;
	size_t index;
};

static int member_compare(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int order = strcmp(x->item->string, y->item->string);
	return order ? order : (x->index > y->index) - (x->index < y->index);
}

/* Sorted, so that an object of a million keys takes no hours. */
static bool keys_differ(
	struct ctx *ctx, const struct json_doc *doc, const cJSON *node)
{
	size_t count = 0, i = 0;
	for (const cJSON *c = node->child; c; c = c->next) {
		if (c->child && !keys_differ(ctx, doc, c))
			return false;
		count++;
	}
	if (!cJSON_IsObject(node) || count < 2)
		return true;
	struct member *all = arena_array(&ctx->arena, count, sizeof *all);
	for (const cJSON *c = node->child; c; c = c->next, i++)
		all[i] = (struct member){c, i};
	qsort(all, count, sizeof *all, member_compare);
	for (i = 1; i < count; i++) {
		if (strcmp(all[i - 1].item->string, all[i].item->string) != 0)
			continue;
		struct loc first = json_loc(doc, all[i - 1].item);
		struct loc again = json_loc(doc, all[i].item);
		return diag_error(ctx, &again,
			"key '%s' stands here a second time, first at %d:%d",
			diag_quote(ctx, all[i].item->string), first.line,
			first.column);
	}
	return true;
}

static bool syntax_error(
	struct ctx *ctx, const struct json_doc *doc, const struct scan *scan)
{
	struct loc loc = place(doc, scan->at);
	const char *found = "the end of the file";
	if (scan->at < scan->end) {
		unsigned char c = (unsigned char)*scan->at;
		found = arena_printf(&ctx->arena,
			c > 0x20 && c < 0x7f ? "'%c'" : "byte 0x%02x", c);
	}
	return diag_error(
		ctx, &loc, "not valid JSON: %s, found %s", scan->error, found);
}

/* doc->text is set and in the arena. */
static bool doc_parse(struct ctx *ctx, struct json_doc *doc)
{
	struct loc file = {.file = doc->path};
	struct scan scan = {
		doc->text, doc->text, doc->text + doc->length, NULL};
	scan_space(&scan);
	if (scan.at == scan.end)
		return diag_error(
			ctx, &file, "the file is empty, expected JSON");
	if (doc->length > text_bytes_max)
		return diag_error(
			ctx, &file, "larger than 256 MiB, too large for JSON");
	scan.at = doc->text;
	marks_make(ctx, doc);
	if (!scan_text(&scan, NULL))
		return syntax_error(ctx, doc, &scan);
	doc->root = cJSON_ParseWithLength(doc->text, doc->length + 1);
	if (!doc->root)
		return diag_error(ctx, &file,
			"not enough memory for a JSON text of %zu bytes",
			doc->length);
	scan.at = doc->text;
	scan_text(&scan, doc->root);
	if (keys_differ(ctx, doc, doc->root))
		return true;
	json_release(doc);
	return false;
}

bool json_parse(struct ctx *ctx, const char *path, const char *text,
	size_t length, struct json_doc *doc)
{
	*doc = (struct json_doc){.path = path,
		.text = arena_strndup(&ctx->arena, text, length),
		.length = length};
	return doc_parse(ctx, doc);
}

bool json_read(struct ctx *ctx, const char *path, struct json_doc *doc)
{
	struct loc file = {.file = path};
	struct file_bytes read = {0};
	*doc = (struct json_doc){.path = path};
	switch (file_read(&ctx->arena, path, text_bytes_max, &read)) {
	case FILE_UNOPENED:
		return diag_error(
			ctx, &file, "cannot be opened: %s", strerror(errno));
	case FILE_UNREAD:
		return diag_error(
			ctx, &file, "cannot be read: %s", strerror(errno));
	case FILE_GOOD:
	case FILE_LARGE: /* which doc_parse refuses */
		break;
	}
	doc->text = (const char *)read.bytes;
	doc->length = read.length;
	return doc_parse(ctx, doc);
}

void json_release(struct json_doc *doc)
{
	cJSON_Delete(doc->root);
	doc->root = NULL;
}

/* --- members ---------------------------------------------------------------
 */

const char *json_kind(const cJSON *item)
{
	static const struct {
		int type;
		const char *name;
	} kinds[] = {
		{cJSON_False,  "false"    },
		{cJSON_True,   "true"     },
		{cJSON_NULL,   "null"     },
		{cJSON_Number, "a number" },
		{cJSON_String, "a string" },
		{cJSON_Array,  "an array" },
		{cJSON_Object, "an object"},
	};
	for (size_t i = 0; item && i < sizeof kinds / sizeof *kinds; i++)
		if ((item->type & 0xff) == kinds[i].type)
			return kinds[i].name;
	return "nothing";
}

/* What a message calls an item: "key 'N'", or "the value" in an array. */
static const char *item_name(struct ctx *ctx, const cJSON *item)
{
	if (!item->string)
		return "the value";
	return arena_printf(
		&ctx->arena, "key '%s'", diag_quote(ctx, item->string));
}

/* What was found in the place of a number or a string. */
static const char *item_text(struct ctx *ctx, const cJSON *item)
{
	if (cJSON_IsNumber(item) && isfinite(item->valuedouble))
		return json_double(ctx, item->valuedouble);
	if (cJSON_IsNumber(item))
		return "a number beyond double";
	if (cJSON_IsString(item))
		return arena_printf(&ctx->arena, "the string '%s'",
			diag_quote(ctx, item->valuestring));
	return json_kind(item);
}

static bool wrong(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *item, const char *expected)
{
	struct loc loc = json_loc(doc, item);
	return diag_error(ctx, &loc, "%s: expected %s, found %s",
		item_name(ctx, item), expected, item_text(ctx, item));
}

const cJSON *json_member(const cJSON *object, const char *key)
{
	if (!cJSON_IsObject(object))
		return NULL;
	return cJSON_GetObjectItemCaseSensitive(object, key);
}

const cJSON *json_need(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, const char *key)
{
	if (!object)
		return NULL;
	if (!cJSON_IsObject(object)) {
		wrong(ctx, doc, object, "an object");
		return NULL;
	}
	const cJSON *item = json_member(object, key);
	if (!item) {
		struct loc loc = json_loc(doc, object);
		diag_error(ctx, &loc, "key '%s' is missing", key);
	}
	return item;
}

static const cJSON *need_kind(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, const char *key, int type, const char *expected)
{
	const cJSON *item = json_need(ctx, doc, object, key);
	if (item && (item->type & 0xff) != type) {
		wrong(ctx, doc, item, expected);
		return NULL;
	}
	return item;
}

const cJSON *json_object(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, const char *key)
{
	return need_kind(ctx, doc, object, key, cJSON_Object, "an object");
}

const cJSON *json_array(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, const char *key)
{
	return need_kind(ctx, doc, object, key, cJSON_Array, "an array");
}

const char *json_string(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, const char *key)
{
	const cJSON *item =
		need_kind(ctx, doc, object, key, cJSON_String, "a string");
	return item ? item->valuestring : NULL;
}

bool json_int(struct ctx *ctx, const struct json_doc *doc, const cJSON *item,
	int64_t min, int64_t max, int64_t *out)
{
	if (!item)
		return false;
	double value = item->valuedouble;
	if (cJSON_IsNumber(item) && value >= -whole_max && value <= whole_max &&
		value == floor(value) && (int64_t)value >= min &&
		(int64_t)value <= max) {
		*out = (int64_t)value;
		return true;
	}
	int64_t limit = (int64_t)whole_max;
	const char *range = max < limit
		? arena_printf(&ctx->arena, "a whole number from %lld to %lld",
			  (long long)min, (long long)max)
		: arena_printf(&ctx->arena,
			  "a whole number from %lld to 2^53 - 1",
			  (long long)(min < -limit ? -limit : min));
	return wrong(ctx, doc, item, range);
}

bool json_number(struct ctx *ctx, const struct json_doc *doc, const cJSON *item,
	double min, double max, double *out)
{
	if (!item)
		return false;
	if (cJSON_IsNumber(item) && isfinite(item->valuedouble) &&
		item->valuedouble >= min && item->valuedouble <= max) {
		*out = item->valuedouble;
		return true;
	}
	return wrong(ctx, doc, item,
		arena_printf(&ctx->arena, "a number from %s to %s",
			json_double(ctx, min), json_double(ctx, max)));
}

bool json_bool(struct ctx *ctx, const struct json_doc *doc, const cJSON *item,
	bool *out)
{
	if (!item)
		return false;
	if (!cJSON_IsBool(item))
		return wrong(ctx, doc, item, "true or false");
	*out = cJSON_IsTrue(item);
	return true;
}

bool json_ints(struct ctx *ctx, const struct json_doc *doc, const cJSON *item,
	int count, int64_t min, int64_t max, int64_t *out)
{
	if (!item)
		return false;
	if (!cJSON_IsArray(item))
		return wrong(ctx, doc, item,
			arena_printf(
				&ctx->arena, "an array of %d numbers", count));
	int found = cJSON_GetArraySize(item);
	if (found != count) {
		struct loc loc = json_loc(doc, item);
		return diag_error(ctx, &loc,
			"%s: expected %d numbers, found %d",
			item_name(ctx, item), count, found);
	}
	int i = 0;
	for (const cJSON *c = item->child; c; c = c->next)
		if (!json_int(ctx, doc, c, min, max, &out[i++]))
			return false;
	return true;
}

bool json_keys(struct ctx *ctx, const struct json_doc *doc, const cJSON *object,
	const char *const *known)
{
	bool ok = true;
	if (!object)
		return false;
	if (!cJSON_IsObject(object))
		return wrong(ctx, doc, object, "an object");
	for (const cJSON *c = object->child; c; c = c->next) {
		size_t i = 0;
		while (known[i] && strcmp(known[i], c->string) != 0)
			i++;
		if (known[i])
			continue;
		struct loc loc = json_loc(doc, c);
		const char *nearest = diag_nearest(c->string, known);
		ok = nearest ? diag_error(ctx, &loc,
				       "unknown key '%s', did you mean '%s'?",
				       diag_quote(ctx, c->string), nearest)
			     : diag_error(ctx, &loc, "unknown key '%s'",
				       diag_quote(ctx, c->string));
	}
	return ok;
}

/* --- writing ---------------------------------------------------------------
 */

cJSON *json_whole(int64_t value)
{
	char text[24];
	snprintf(text, sizeof text, "%lld", (long long)value);
	return cJSON_CreateRaw(text);
}

const char *json_double(struct ctx *ctx, double value)
{
	char text[40];
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof text, "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	return arena_strdup(&ctx->arena, text);
}

const char *json_quote(struct ctx *ctx, const char *s)
{
	char *quoted = arena_alloc(&ctx->arena, 6 * strlen(s) + 3), *p = quoted;
	*p++ = '"';
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		if (c == '"' || c == '\\')
			*p++ = '\\';
		if (c < 0x20)
			p += sprintf(p, "\\u%04x", c);
		else
			*p++ = (char)c;
	}
	strcpy(p, "\"");
	return quoted;
}

static bool is_container(const cJSON *item)
{
	return cJSON_IsObject(item) || cJSON_IsArray(item);
}

static bool holds_object(const cJSON *item)
{
	for (const cJSON *c = item->child; c; c = c->next)
		if (cJSON_IsObject(c) || holds_object(c))
			return true;
	return false;
}

static void text_scalar(struct text *text, const cJSON *item)
{
	const char *s = json_kind(item);
	if (cJSON_IsString(item))
		s = json_quote(text->ctx, item->valuestring);
	else if (cJSON_IsNumber(item))
		s = isfinite(item->valuedouble)
			? json_double(text->ctx, item->valuedouble)
			: "null";
	else if (cJSON_IsRaw(item))
		s = item->valuestring;
	text_add(text, "%s", s);
}

/* Everything on one line. Trees that are printed are our own, or parsed and so
 * no deeper than NESTING_MAX: the recursion is bounded, here and below. */
static void text_inline(struct text *text, const cJSON *item)
{
	if (!is_container(item)) {
		text_scalar(text, item);
		return;
	}
	text_add(text, cJSON_IsObject(item) ? "{" : "[");
	for (const cJSON *c = item->child; c; c = c->next) {
		if (cJSON_IsObject(item))
			text_add(
				text, "%s: ", json_quote(text->ctx, c->string));
		text_inline(text, c);
		if (c->next)
			text_add(text, ", ");
	}
	text_add(text, cJSON_IsObject(item) ? "}" : "]");
}

enum { INLINE_COLUMNS = 72 };

/* An array without objects takes one line however long, an object without
 * objects where that is a short one. False, and nothing added, otherwise. */
static bool text_line(struct text *text, const cJSON *item)
{
	if (holds_object(item))
		return false;
	size_t length = text->length;
	text_inline(text, item);
	if (cJSON_IsArray(item) || text->length - length <= INLINE_COLUMNS)
		return true;
	text->length = length;
	return false;
}

static void text_item(struct text *text, const cJSON *item, int depth)
{
	if (!is_container(item)) {
		text_scalar(text, item);
		return;
	}
	if (text_line(text, item))
		return;
	text_add(text, cJSON_IsObject(item) ? "{" : "[");
	for (const cJSON *c = item->child; c; c = c->next) {
		text_add(text, "\n%*s", 2 * (depth + 1), "");
		if (cJSON_IsObject(item))
			text_add(
				text, "%s: ", json_quote(text->ctx, c->string));
		text_item(text, c, depth + 1);
		if (c->next)
			text_add(text, ",");
	}
	text_add(text, "\n%*s%s", 2 * depth, "",
		cJSON_IsObject(item) ? "}" : "]");
}

const char *json_text(struct ctx *ctx, cJSON *item)
{
	struct text text = {.ctx = ctx};
	text_item(&text, item, 0);
	text_add(&text, "\n");
	cJSON_Delete(item);
	return text.bytes;
}

const char *json_line(struct ctx *ctx, const cJSON *item)
{
	struct text text = {.ctx = ctx};
	text_inline(&text, item);
	return text.bytes;
}
