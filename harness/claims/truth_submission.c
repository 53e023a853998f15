/* What a submission recorded: its author's runs, and the services that its
 * compose file names. */
#include "claims/truth.h"

#include "base/compiler.h"
#include "base/io.h"
#include "base/path.h"
#include "format/yaml.h"

#include <string.h>

static const char *const compose_files[] = {
	"compose.yaml", "compose.yml", "docker-compose.yml",
	"docker-compose.yaml"};

/* Runs and versions of every database that was committed. */
static void add_databases(struct truth *truth, const json_t *recorded,
			  json_t *runs, json_t *versions, struct arena *arena)
{
	json_t *database;
	size_t i;

	json_array_foreach(json_object_get(recorded, "databases"), i,
			   database) {
		const char *why = json_string_value(
			json_object_get(database, "error"));
		const char *path = json_string_value(
			json_object_get(database, "path"));

		json_array_extend(runs, json_object_get(database, "runs"));
		json_array_extend(versions,
				  json_object_get(database, "versions"));
		if (why)
			*vec_push(&truth->notes) = arena_printf(
				arena, "The submission's %s could not be "
				       "read: %s",
				path ? path : "database", why);
	}
}

static json_t *services_of(struct truth *truth, const char *root,
			   struct arena *arena)
{
	json_t *services = json_array();
	struct error err = ERROR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(compose_files); i++) {
		const char *path = path_join(arena, root, compose_files[i]);
		const struct yaml_node *document, *list;

		if (!io_exists(path))
			continue;
		if (yaml_read_file(path, compose_files[i], NULL, arena,
				   &document, &err) < 0) {
			*vec_push(&truth->notes) = arena_printf(
				arena, "The submission's %s", err.message);
			return services;
		}
		list = yaml_get(document, "services");
		for (size_t s = 0; list && list->type == YAML_MAPPING &&
				   s < list->count;
		     s++)
			json_array_append_new(
				services, json_string(list->pairs[s].key->text));
		return services;
	}
	return services;
}

void truth_take_recorded(struct truth *truth, const char *root,
			 const json_t *recorded, struct arena *arena)
{
	json_t *files = json_object_get(recorded, "files");
	json_t *runs = json_array(), *versions = json_array();
	json_t *services = services_of(truth, root, arena);
	size_t n = json_array_size(services);

	add_databases(truth, recorded, runs, versions, arena);
	truth->recorded = json_pack("{s:o, s:o, s:o, s:O?}", "runs", runs,
				    "versions", versions, "services", services,
				    "files", files);
	if (n)
		json_object_set_new(truth->recorded, "service_count",
				    json_integer((json_int_t)n));
}
