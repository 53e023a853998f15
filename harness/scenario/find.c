/* Scenarios by name. */
#include "scenario/find.h"

#include "base/io.h"
#include "base/path.h"
#include "base/suggest.h"
#include "format/yaml.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_LEVELS = 4, MOST_FOUND = 2000 };

struct scenario_folders {
	const char **at;
	size_t len, alloc;
};

/* The folders that hold scenarios, in order. */
static void add_folders(struct arena *arena, struct scenario_folders *into)
{
	const char *list = getenv("BIS_SCENARIOS");

	*vec_push(into) = "scenarios";
	while (list && *list) {
		size_t len = strcspn(list, ":");

		if (len)
			*vec_push(into) = arena_strndup(arena, list, len);
		list += len + (list[len] == ':');
	}
	*vec_push(into) = BIS_DATADIR "/scenarios";
}

static bool is_scenario(const char *path, struct arena *arena,
			struct found_scenario *ret)
{
	const struct yaml_node *root, *title;

	if (yaml_read_file(path, NULL, NULL, arena, &root, NULL) < 0 ||
	    !yaml_get(root, "bis") ||
	    (!yaml_get(root, "exercises") && !yaml_get(root, "include")))
		return false;
	title = yaml_get(root, "title");
	if (title && title->type == YAML_MAPPING)
		title = yaml_get(title, "en");
	ret->title = title && yaml_is_scalar(title) ? title->text : "";
	return true;
}

static bool has_name(const struct found_scenarios *into, const char *name)
{
	for (size_t i = 0; i < into->len; i++)
		if (!strcmp(into->at[i].name, name))
			return true;
	return false;
}

static void add_file(const char *path, const char *name, struct arena *arena,
		     struct found_scenarios *into)
{
	struct found_scenario found = { .path = path };
	size_t len = strlen(name);

	if (len <= 5 || strcmp(name + len - 5, ".yaml") != 0)
		return;
	found.name = arena_strndup(arena, name, len - 5);
	if (!has_name(into, found.name) && is_scenario(path, arena, &found))
		*vec_push(into) = found;
}

static void walk(const char *folder, const char *below, unsigned int level,
		 struct arena *arena, struct found_scenarios *into)
{
	DIR *dir = opendir(*below ? path_join(arena, folder, below) : folder);
	struct dirent *entry;

	while (dir && into->len < MOST_FOUND && (entry = readdir(dir))) {
		const char *name, *path;
		struct stat st;

		if (entry->d_name[0] == '.')
			continue;
		name = path_join(arena, below, entry->d_name);
		path = path_join(arena, folder, name);
		if (stat(path, &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode) && level < MOST_LEVELS)
			walk(folder, name, level + 1, arena, into);
		else if (S_ISREG(st.st_mode))
			add_file(path, name, arena, into);
	}
	if (dir)
		closedir(dir);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct found_scenario *)a)->name,
		      ((const struct found_scenario *)b)->name);
}

void scenario_list(struct arena *arena, struct found_scenarios *into)
{
	struct scenario_folders folders = VEC_INIT;

	add_folders(arena, &folders);
	for (size_t i = 0; i < folders.len; i++)
		walk(folders.at[i], "", 0, arena, into);
	if (into->len)
		qsort(into->at, into->len, sizeof(*into->at), by_name);
	vec_release(&folders);
}

static const char *found_at(const void *list, size_t i)
{
	return ((const struct found_scenario *)list)[i].name;
}

static int not_found(const char *name, struct arena *arena, struct error *err)
{
	struct found_scenarios all = VEC_INIT;
	const char *near;

	scenario_list(arena, &all);
	near = suggest_name(name, all.at, all.len, found_at);
	vec_release(&all);
	if (near)
		return error_set(err, ERROR_UNAVAILABLE, "no scenario `%s`; "
				 "did you mean `%s`?", name, near);
	return error_set(err, ERROR_UNAVAILABLE, "no scenario `%s`: neither a "
			 "file of that name is here, nor one in scenarios/, "
			 "BIS_SCENARIOS or %s/scenarios", name, BIS_DATADIR);
}

int scenario_find(const char *name, struct arena *arena, const char **ret_path,
		  struct error *err)
{
	struct scenario_folders folders = VEC_INIT;
	const char *file = arena_printf(arena, "%s.yaml", name);
	const char *found = io_exists(name) ? arena_strdup(arena, name)
			  : io_exists(file) ? file : NULL;
	struct stat st;

	/* A folder of that name is not meant. */
	if (found && stat(found, &st) == 0 && S_ISDIR(st.st_mode))
		found = io_exists(file) ? file : NULL;
	add_folders(arena, &folders);
	for (size_t i = 0; !found && i < folders.len; i++) {
		const char *path = path_join(arena, folders.at[i], file);

		if (io_exists(path))
			found = path;
	}
	vec_release(&folders);
	if (!found)
		return not_found(name, arena, err);
	*ret_path = found;
	return 0;
}
