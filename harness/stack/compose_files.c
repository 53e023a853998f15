#include "stack/compose_files.h"

#include "base/io.h"
#include "base/path.h"
#include "stack/copy_path.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

/* What an engine looks for, in its order; two of them are no choice that it
 * should make for a grader. */
static const char *const names[] = {
	"compose.yaml", "compose.yml", "docker-compose.yml",
	"docker-compose.yaml", NULL,
};
static const char *const overrides[] = {
	"compose.override.yaml", "compose.override.yml",
	"docker-compose.override.yml", "docker-compose.override.yaml", NULL,
};
enum { FILES_MAX = 32 };

/* One of a set of files that include each other. */
struct reading {
	struct arena *arena;
	const struct compose_files *files;
	VEC(const char *) paths; /* read, and still to be read */
	struct error *err;
};

static bool is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* Which of the names are in a folder: how many, and the first. */
static size_t look_in(const char *folder, struct arena *arena,
		      const char *ret[2])
{
	size_t n = 0;

	for (size_t i = 0; names[i]; i++) {
		const char *path = path_join(arena, folder, names[i]);
		if (is_file(path) && n++ < 2)
			ret[n - 1] = path;
	}
	return n;
}

/* Folders right below the root. */
static size_t look_below(const char *root, struct arena *arena,
			 const char *ret[2])
{
	DIR *dir = opendir(root);
	struct dirent *entry;
	const char *found[2];
	size_t n = 0;

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || entry->d_type != DT_DIR)
			continue;
		size_t here = look_in(path_join(arena, root, entry->d_name),
				      arena, found);
		for (size_t i = 0; i < here && i < 2; i++)
			if (n++ < 2)
				ret[n - 1] = found[i];
	}
	if (dir)
		closedir(dir);
	return n;
}

static int choose(struct compose_files *files, const char *wanted,
		  struct arena *arena, struct error *err)
{
	size_t skip = strlen(files->root) + 1, n;
	const char *found[2] = { NULL, NULL };

	if (wanted) {
		char *real;
		if (!copy_path_is_inside(files->root, files->root, wanted,
					 &real) || !is_file(real))
			return error_set(err, ERROR_INVALID, "--map compose="
					 "%s: the submission has no such file",
					 wanted);
		*vec_push(&files->paths) = arena_strdup(arena, real);
		free(real);
		return 0;
	}
	n = look_in(files->root, arena, found);
	if (!n)
		n = look_below(files->root, arena, found);
	if (!n)
		return error_set(err, ERROR_INVALID, "the submission has no "
				 "Compose file: neither %s, %s, %s nor %s",
				 names[0], names[1], names[2], names[3]);
	if (n > 1)
		return error_set(err, ERROR_INVALID, "the submission has more "
				 "than one Compose file, %s and %s; say which: "
				 "--map compose=%s", found[0] + skip,
				 found[1] + skip, found[0] + skip);
	*vec_push(&files->paths) = found[0];
	return 0;
}

static void add_override(struct compose_files *files, struct arena *arena)
{
	for (size_t i = 0; overrides[i]; i++) {
		const char *path = path_join(arena, files->folder,
					     overrides[i]);
		if (is_file(path)) {
			*vec_push(&files->paths) = path;
			return;
		}
	}
}

/* Keys that name files. */

static int leads_out(struct reading *r, const struct yaml_node *node,
		     const char *base, const char **ret_real)
{
	char *real = NULL;

	if (ret_real)
		*ret_real = NULL;
	if (!node || !yaml_is_scalar(node) || !*node->text ||
	    strchr(node->text, '$'))
		return 0;
	if (strstr(node->text, "://") || !strncmp(node->text, "git@", 4))
		return yaml_complain(node, r->err, "`%s` is refused: it is "
				     "not in the submission", node->text);
	if (!copy_path_is_inside(r->files->root, base, node->text, &real))
		return yaml_complain(node, r->err, "`%s` is refused: it leads "
				     "out of the submission", node->text);
	if (ret_real)
		*ret_real = arena_strdup(r->arena, real);
	free(real);
	return 0;
}

/* A path, a list of them, or of mappings with one under `key`. */
static int all_inside(struct reading *r, const struct yaml_node *node,
		      const char *key, const char *base, bool read_it)
{
	const char *real;

	if (!node)
		return 0;
	if (node->type == YAML_SEQUENCE) {
		for (size_t i = 0; i < node->count; i++)
			if (all_inside(r, node->items[i], key, base,
				       read_it) < 0)
				return -1;
		return 0;
	}
	if (node->type == YAML_MAPPING)
		return key ? all_inside(r, yaml_get(node, key), NULL, base,
					read_it) : 0;
	if (leads_out(r, node, base, &real) < 0)
		return -1;
	if (read_it && real && is_file(real))
		*vec_push(&r->paths) = real;
	return 0;
}

static int check_build(struct reading *r, const struct yaml_node *build,
		       const char *base)
{
	const struct yaml_node *context = yaml_get(build, "context");
	const char *real;

	if (!build)
		return 0;
	if (yaml_is_scalar(build))
		return leads_out(r, build, base, NULL);
	if (leads_out(r, context, base, &real) < 0)
		return -1;
	return leads_out(r, yaml_get(build, "dockerfile"),
			 real ? real : base, NULL);
}

static int check_service(struct reading *r, const struct yaml_node *service,
			 const char *base)
{
	const struct yaml_node *extends = yaml_get(service, "extends");

	if (all_inside(r, yaml_get(service, "env_file"), "path", base,
		       false) < 0 ||
	    all_inside(r, yaml_get(service, "label_file"), "path", base,
		       false) < 0 ||
	    all_inside(r, yaml_get(extends, "file"), NULL, base, true) < 0)
		return -1;
	return check_build(r, yaml_get(service, "build"), base);
}

static int check_each(struct reading *r, const struct yaml_node *mapping,
		      const char *base)
{
	for (size_t i = 0; mapping && mapping->type == YAML_MAPPING &&
	     i < mapping->count; i++)
		if (leads_out(r, yaml_get(mapping->pairs[i].value, "file"),
			      base, NULL) < 0)
			return -1;
	return 0;
}

static int check_file(struct reading *r, const struct yaml_node *root,
		      const char *base)
{
	const struct yaml_node *services = yaml_get(root, "services");
	const struct yaml_node *include = yaml_get(root, "include");

	if (all_inside(r, include, "path", base, true) < 0 ||
	    all_inside(r, include, "env_file", base, false) < 0 ||
	    check_each(r, yaml_get(root, "configs"), base) < 0 ||
	    check_each(r, yaml_get(root, "secrets"), base) < 0)
		return -1;
	for (size_t i = 0; services && services->type == YAML_MAPPING &&
	     i < services->count; i++)
		if (check_service(r, services->pairs[i].value, base) < 0)
			return -1;
	return 0;
}

static bool was_read(const struct reading *r, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (!strcmp(r->paths.at[j], r->paths.at[i]))
			return true;
	return false;
}

/* The file and whatever it includes or extends. */
static int check_all(struct compose_files *files, struct arena *arena,
		     struct reading *r, struct error *err)
{
	size_t skip = strlen(files->root) + 1;

	for (size_t i = 0; i < files->paths.len; i++)
		*vec_push(&r->paths) = files->paths.at[i];
	for (size_t i = 0; i < r->paths.len; i++) {
		const char *path = r->paths.at[i];
		const struct yaml_node *root;
		if (was_read(r, i))
			continue;
		if (i >= FILES_MAX)
			return error_set(err, ERROR_LIMIT, "the Compose file "
					 "includes more than %d others",
					 FILES_MAX);
		if (yaml_read_file(path, path + skip, NULL, arena, &root,
				   err) < 0 ||
		    check_file(r, root, path_dirname(arena, path)) < 0)
			return -1;
		if (i == 0)
			files->raw = root;
	}
	return 0;
}

static void find_v2_key(struct compose_files *files)
{
	static const char *const keys[] = { "name", "include", "models", NULL };

	for (size_t i = 0; keys[i] && !files->v2_key; i++)
		if (yaml_get(files->raw, keys[i]))
			files->v2_key = keys[i];
}

int compose_files_find(const char *root, const char *wanted,
		       struct arena *arena, struct compose_files *ret,
		       struct error *err)
{
	struct compose_files files = { .root = root };
	struct reading r = { .arena = arena, .files = &files, .err = err };
	int rc = choose(&files, wanted, arena, err);

	if (rc == 0) {
		files.folder = path_dirname(arena, files.paths.at[0]);
		add_override(&files, arena);
		rc = check_all(&files, arena, &r, err);
	}
	vec_release(&r.paths);
	if (rc < 0) {
		compose_files_release(&files);
		return -1;
	}
	find_v2_key(&files);
	*ret = files;
	return 0;
}

void compose_files_release(struct compose_files *files)
{
	vec_release(&files->paths);
}
