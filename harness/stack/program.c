#include "stack/program.h"

#include "base/path.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *program_own(struct arena *arena)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	return n > 0 ? arena_strndup(arena, exe, (size_t)n) : "bis";
}

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
		access(path, X_OK) == 0;
}

static const char *in_path(struct arena *arena, const char *name)
{
	const char *path = getenv("PATH");

	for (const char *at = path ? path : SYSTEM_PATH; at && *at;) {
		size_t len = strcspn(at, ":");
		const char *file = arena_printf(arena, "%.*s/%s", (int)len, at,
						name);
		if (len && is_program(file))
			return file;
		at += len + (at[len] == ':');
	}
	return NULL;
}

const char *program_find(struct arena *arena, const char *name)
{
	const char *given = getenv("BIS_PROGRAMS");
	const char *own = path_dirname(arena, program_own(arena));
	const char *candidates[] = {
		given ? path_join(arena, given, name) : "",
		name[0] == '/' ? name : "",
		arena_printf(arena, "%s/fixtures/%s/%s", own, name, name),
		arena_printf(arena, "%s/harness/stack/%s", own, name),
		path_join(arena, BIS_LIBEXECDIR, name),
		arena_printf(arena, BIS_DATADIR "/fixtures/%s/%s", name, name),
	};

	for (size_t i = 0; i < ARRAY_SIZE(candidates); i++)
		if (candidates[i][0] && is_program(candidates[i]))
			return candidates[i];
	return strchr(name, '/') ? NULL : in_path(arena, name);
}
