#include "base/path.h"

#include <string.h>

char *path_join(struct arena *arena, const char *a, const char *b)
{
	if (!a || !*a || *b == '/')
		return arena_strdup(arena, b);
	return arena_printf(arena, "%s%s%s", a,
			    a[strlen(a) - 1] == '/' ? "" : "/", b);
}

char *path_dirname(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return arena_strdup(arena, ".");
	if (slash == path)
		return arena_strdup(arena, "/");
	return arena_strndup(arena, path, (size_t)(slash - path));
}

const char *path_basename(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool path_is_contained(const char *path)
{
	if (!*path || *path == '/')
		return false;
	for (const char *p = path; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f || *p == '\\')
			return false;
	for (const char *part = path; part;) {
		size_t len = strcspn(part, "/");
		if (len == 2 && part[0] == '.' && part[1] == '.')
			return false;
		part = part[len] ? part + len + 1 : NULL;
	}
	return true;
}
