/* Resolves where a location leads, and refuses what lies outside the model's
 * folders. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "import/onnx_external.h"

#include "base/path.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

const char *external_location_fault(const char *path)
{
	if (!*path)
		return "is empty";
	if (*path == '/')
		return "is an absolute path";
	int depth = 0;
	while (*path) {
		size_t n = strcspn(path, "/");
		if (n == 2 && !memcmp(path, "..", 2))
			depth--;
		else if (n && !(n == 1 && *path == '.'))
			depth++;
		if (depth < 0)
			return "leaves the model's folder";
		path += n + (path[n] == '/');
	}
	return depth ? NULL : "is a folder";
}

/* Bytes of a path up to its last '/', that one included. */
static int folder_bytes(const char *path)
{
	return (int)(path_base(path) - path);
}

/* Without links, '.' and '..'; NULL where there is none. */
static const char *resolved(struct arena *arena, const char *path)
{
	char room[PATH_MAX];
	return realpath(path, room) ? arena_strdup(arena, room) : NULL;
}

/* Folders of a model, resolved and with '/' at their ends; NULL: not there. */
struct folders {
	const char *given; /* of the path as it is given */
	const char *real;  /* of the file that it leads to */
};

static struct folders folders_of(struct arena *arena, const char *model)
{
	int bytes = folder_bytes(model);
	const char *given = resolved(
		arena, bytes ? arena_printf(arena, "%.*s", bytes, model) : ".");
	const char *file = resolved(arena, model);
	struct folders folders = {0};
	if (given)
		folders.given =
			arena_printf(arena, "%s%s", given, given[1] ? "/" : "");
	if (file)
		folders.real =
			arena_printf(arena, "%.*s", folder_bytes(file), file);
	return folders;
}

static bool is_within(const char *path, const char *folder)
{
	return folder && !strncmp(path, folder, strlen(folder));
}

/* A location beside a model. */
struct place {
	const char *path; /* to open; as it is named in messages */
	const char *real; /* the file that it leads to; NULL: not there */
	bool escapes;
};

static struct place place_of(
	struct arena *arena, const char *model, const char *location)
{
	struct folders folders = folders_of(arena, model);
	struct place place = {.path = arena_printf(arena, "%.*s%s",
				      folder_bytes(model), model, location)};
	place.real = resolved(arena, place.path);
	if (!place.real && (errno == ENOENT || errno == ENOTDIR) &&
		folders.real) {
		const char *other =
			arena_printf(arena, "%s%s", folders.real, location);
		place.real = resolved(arena, other);
		if (place.real)
			place.path = other;
	}
	place.escapes = place.real && !is_within(place.real, folders.given) &&
		!is_within(place.real, folders.real);
	return place;
}

bool external_escapes(
	struct arena *scratch, const char *model, const char *location)
{
	return place_of(scratch, model, location).escapes;
}

bool external_file_map(struct arena *arena, const char *model,
	const char *location, bool links, struct onnx_file *file,
	const char **why)
{
	struct place place = place_of(arena, model, location);
	if (place.escapes && !links) {
		*file = (struct onnx_file){.path = place.path};
		*why = "is a link out of the model's folder";
		return false;
	}
	/* What was checked is what is opened. */
	bool ok =
		onnx_file_map(place.real ? place.real : place.path, file, why);
	file->path = place.path;
	return ok;
}
