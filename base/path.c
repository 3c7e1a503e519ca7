/* Paths taken apart and put together; no file is asked. */
#include "base/path.h"

#include <string.h>

const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

const char *path_folder(struct arena *arena, const char *path)
{
	const char *base = path_base(path);
	return base == path ? "."
		: base == path + 1
		? "/"
		: arena_strndup(arena, path, (size_t)(base - path) - 1);
}

const char *path_stem(struct arena *arena, const char *path, const char *ending)
{
	const char *base = path_base(path);
	size_t length = strlen(base), n = strlen(ending);
	if (length > n && !strcmp(base + length - n, ending))
		length -= n;
	return arena_strndup(arena, base, length);
}

const char *path_join(struct arena *arena, const char *folder, const char *name)
{
	size_t n = strlen(folder);
	const char *slash = n && folder[n - 1] == '/' ? "" : "/";
	return arena_printf(arena, "%s%s%s", folder, slash, name);
}

const char *path_beside(
	struct arena *arena, const char *file, const char *relative)
{
	const char *base = path_base(file);
	if (base == file || *relative == '/')
		return arena_strdup(arena, relative);
	return arena_printf(
		arena, "%.*s%s", (int)(base - file), file, relative);
}
