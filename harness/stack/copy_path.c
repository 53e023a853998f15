#include "stack/copy_path.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_below(const char *root, const char *path)
{
	size_t len = strlen(root);

	return !strncmp(path, root, len) &&
		(path[len] == '/' || path[len] == '\0');
}

/* The real path of what is there of it, and the rest as it is; "..", behind
 * what is not there, could lead anywhere once it is, and is refused. */
static char *real_path(const char *path)
{
	char there[PATH_MAX], whole[2 * PATH_MAX];
	size_t len = strlen(path);
	char *real;

	memcpy(there, path, len + 1);
	while (!(real = realpath(there, NULL)) && len > 1) {
		while (len > 1 && there[len - 1] != '/')
			len--;
		while (len > 1 && there[len - 1] == '/')
			len--;
		there[len] = '\0';
	}
	if (!real || !path[len] || !strcmp(path + len, "/"))
		return real;
	snprintf(whole, sizeof(whole), "%s%s", real, path + len);
	bool climbs = strstr(path + len, "..") != NULL;
	free(real);
	return climbs ? NULL : strdup(whole);
}

bool copy_path_is_inside(const char *root, const char *base, const char *path,
			 char **ret_real)
{
	char whole[PATH_MAX];
	int n = *path == '/' ? snprintf(whole, sizeof(whole), "%s", path)
			     : snprintf(whole, sizeof(whole), "%s/%s", base,
					path);
	char *real = n > 0 && n < (int)sizeof(whole) ? real_path(whole) : NULL;
	bool inside = real && is_below(root, real);

	if (inside && ret_real)
		*ret_real = real;
	else
		free(real);
	return inside;
}
