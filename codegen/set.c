/* The files of a plan, their identity, and files of two sets told apart. */
#include "codegen/set.h"

#include "base/diag.h"
#include "base/digest.h"
#include "base/json_doc.h"
#include "base/path.h"
#include "codegen/config.h"
#include "codegen/config_tables.h"
#include "codegen/method.h"
#include "codegen/pareto.h"
#include "codegen/result_json.h"
#include "codegen/tables_csv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- writing ---------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	const struct out_file *const *x = a, *const *y = b;
	return strcmp((*x)->name, (*y)->name);
}

static void identity_make(
	struct ctx *ctx, const struct out_set *out, char identity[SET_HEX + 1])
{
	const struct out_file **files =
		arena_array(&ctx->arena, out->count, sizeof *files);
	char hex[DIGEST_HEX + 1];
	struct digest digest;
	for (size_t i = 0; i < out->count; i++)
		files[i] = &out->files[i];
	qsort(files, out->count, sizeof *files, by_name);
	digest_begin(&digest);
	for (size_t i = 0; i < out->count; i++) {
		const struct out_file *file = files[i];
		const char *length =
			arena_printf(&ctx->arena, "%zu", file->length);
		digest_add(&digest, file->name, strlen(file->name) + 1);
		digest_add(&digest, length, strlen(length) + 1);
		digest_add(&digest, file->bytes, file->length);
	}
	digest_end(&digest, hex);
	memcpy(identity, hex, SET_HEX);
	identity[SET_HEX] = '\0';
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);
	return n >= m && strcmp(s + n - m, end) == 0;
}

/* The identity in place of SET_EMPTY, in a copy. */
static void file_fill(
	struct ctx *ctx, struct out_file *file, const char *identity)
{
	static const char empty[] = "\"set\": \"" SET_EMPTY "\"";
	if (ends_with(file->name, ".nwcfg")) {
		uint8_t *blob = arena_memdup(
			&ctx->arena, file->bytes, file->length);
		config_set_fill(blob, identity);
		file->bytes = blob;
	} else if (ends_with(file->name, ".json")) {
		char *text = arena_strndup(
			&ctx->arena, file->bytes, file->length);
		char *at = strstr(text, empty);
		if (at)
			memcpy(at + strlen("\"set\": \""), identity, SET_HEX);
		file->bytes = text;
	}
}

static cJSON *files_list(const struct out_set *out, size_t except)
{
	cJSON *list = cJSON_CreateArray();
	for (size_t i = 0; i < out->count; i++) {
		const struct out_file *file = &out->files[i];
		char hex[DIGEST_HEX + 1];
		if (i == except)
			continue;
		cJSON *item = cJSON_CreateObject();
		digest_of(file->bytes, file->length, hex);
		cJSON_AddStringToObject(item, "name", file->name);
		cJSON_AddItemToObject(
			item, "bytes", json_whole((int64_t)file->length));
		cJSON_AddStringToObject(item, "sha256", hex);
		cJSON_AddItemToArray(list, item);
	}
	return list;
}

/* NAME.json is made twice: as it counts for the identity, and as it is. */
static bool result_add(
	struct ctx *ctx, const struct plan *plan, struct out_set *out)
{
	const char *text = result_text(ctx, plan, SET_EMPTY, NULL);
	return text &&
		out_write(ctx, out,
			arena_printf(&ctx->arena, "%s.json", plan->name), text,
			strlen(text));
}

bool set_write(struct ctx *ctx, const struct plan *plan, struct out_set *out)
{
	char identity[SET_HEX + 1];
	if (!methods_write(ctx, plan, out) || !tables_write(ctx, plan, out) ||
		!pareto_write(ctx, plan, out))
		return false;
	size_t result = out->count;
	if (!result_add(ctx, plan, out) || !config_write(ctx, plan, out))
		return false;
	identity_make(ctx, out, identity);
	for (size_t i = 0; i < out->count; i++)
		if (i != result)
			file_fill(ctx, &out->files[i], identity);
	const char *text = result_text(
		ctx, plan, identity, files_list(out, result));
	if (!text)
		return false;
	out->files[result].bytes = text;
	out->files[result].length = strlen(text);
	return true;
}

/* --- reading ---------------------------------------------------------------- */

/* The first bytes of a file as text; "" where there is none. False with a
 * diagnostic where it is there and cannot be read. */
static bool head_read(
	struct ctx *ctx, const char *path, char *head, size_t size)
{
	const struct loc loc = {.file = path};
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd >= 0 ? read(fd, head, size - 1) : -1;
	int error = n < 0 ? errno : 0;
	head[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
	return !error || error == ENOENT || error == ENOTDIR ||
		diag_error(ctx, &loc, "cannot read: %s", strerror(error));
}

/* The "set" of NAME.json in dir, in the arena; NULL where there is no such file
 * or it has none. Other JSON there is no error. */
static bool set_beside(
	struct ctx *ctx, const char *dir, const char *name, const char **set)
{
	static const char key[] = "\"set\": \"";
	char head[256];
	*set = NULL;
	if (!head_read(ctx,
		    arena_printf(&ctx->arena, "%s/%s.json", dir, name), head,
		    sizeof head))
		return false;
	const char *at = strstr(head, key);
	if (strstr(head, "\"" RESULT_FORMAT "\"") && at &&
		strspn(at + sizeof key - 1, "0123456789abcdef") == SET_HEX)
		*set = arena_strndup(
			&ctx->arena, at + sizeof key - 1, SET_HEX);
	return true;
}

static void path_split(struct arena *arena, const char *path, const char **dir,
	const char **base)
{
	*dir = path_folder(arena, path);
	*base = path_base(path);
}

bool set_check(struct ctx *ctx, const char *path, const char *identity)
{
	static const char methods[] = "_methods";
	const struct loc loc = {.file = path};
	const char *dir, *base, *outer, *folder;
	if (!identity || !strcmp(identity, SET_EMPTY))
		return true;
	path_split(&ctx->arena, path, &dir, &base);
	path_split(&ctx->arena, dir, &outer, &folder);
	if (ends_with(folder, methods)) {
		size_t n = strlen(folder) - strlen(methods);
		base = arena_strndup(&ctx->arena, folder, n);
		dir = outer;
	} else {
		const char *dot = strrchr(base, '.');
		base = dot ? arena_strndup(&ctx->arena, base,
				     (size_t)(dot - base))
			   : base;
	}
	const char *other;
	if (!set_beside(ctx, dir, base, &other))
		return false;
	return !other || !strcmp(identity, other) ||
		diag_error(ctx, &loc,
			"files of two sets are mixed: this one is of set %s, "
			"'%s/%s.json' of set %s; compile again",
			identity, diag_quote(ctx, dir), diag_quote(ctx, base),
			other);
}

/* 'A' or 'A/B', within the folder. */
static bool is_inside(const char *name)
{
	return *name && *name != '/' && *name != '.' && !strstr(name, "/.");
}

static bool listed_check(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *item, const char *dir)
{
	const char *name = json_string(ctx, doc, item, "name");
	const char *want = json_string(ctx, doc, item, "sha256");
	int64_t length;
	if (!name || !want ||
		!json_int(ctx, doc, json_need(ctx, doc, item, "bytes"), 0,
			(int64_t)1 << 52, &length))
		return false;
	struct loc loc = json_loc(doc, item);
	if (!is_inside(name))
		return diag_error(ctx, &loc,
			"'%s' is no file beside this one",
			diag_quote(ctx, name));
	const char *path = arena_printf(&ctx->arena, "%s/%s", dir, name);
	char bytes[1 << 16], hex[DIGEST_HEX + 1];
	struct digest digest;
	int64_t sum = 0;
	ssize_t n = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ||
			diag_error(ctx, &loc, "the set's '%s': %s",
				diag_quote(ctx, name), strerror(errno));
	digest_begin(&digest);
	while (sum <= length && (n = read(fd, bytes, sizeof bytes)) > 0) {
		digest_add(&digest, bytes, (size_t)n);
		sum += n;
	}
	close(fd);
	digest_end(&digest, hex);
	return (n == 0 && sum == length && !strcmp(hex, want)) ||
		diag_error(ctx, &loc,
			"'%s' is not the file that this set has (%lld bytes, "
			"SHA-256 %.16s...): it was changed, or is of another "
			"set; compile again",
			diag_quote(ctx, name), (long long)length, want);
}

bool set_check_files(struct ctx *ctx, const struct json_doc *doc)
{
	const cJSON *files = json_member(doc->root, "files");
	const char *dir, *base;
	bool ok = true;
	path_split(&ctx->arena, doc->path, &dir, &base);
	if (!files)
		return true;
	if (!json_array(ctx, doc, doc->root, "files"))
		return false;
	for (const cJSON *item = files->child; item; item = item->next)
		ok &= listed_check(ctx, doc, item, dir);
	return ok;
}
