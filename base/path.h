/* Paths: the folder, the name and what stands between them. */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include "base/arena.h"

/* What stands behind the last '/': 'b' of 'a/b', '' of 'a/'. */
const char *path_base(const char *path);
/* '.' of 'a', '/' of '/a', 'a' of 'a/b'. */
const char *path_folder(struct arena *arena, const char *path);
/* path_base without the ending, unless that is all of it. */
const char *path_stem(
	struct arena *arena, const char *path, const char *ending);
/* 'a/b' of 'a' and 'b', also of 'a/' and 'b'. */
const char *path_join(
	struct arena *arena, const char *folder, const char *name);
/* A path that is relative to a file's folder: 'a/c' of 'a/b' and 'c'. */
const char *path_beside(
	struct arena *arena, const char *file, const char *relative);

#endif
