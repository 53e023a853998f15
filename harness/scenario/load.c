/* The files of a scenario, and what stands at their top. */
#include "scenario/loader.h"

#include "base/hash.h"
#include "base/path.h"
#include "base/suggest.h"
#include "scenario/jq_tokens.h"
#include "scenario/validate.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FILES = 32, MOST_INCLUDES = 8 };

struct position loader_position(const struct yaml_node *node)
{
	return (struct position){ node->source->name, node->line,
				  node->column };
}

const char *loader_suggest(struct loader *l, const char *typed,
			   const char *(*name_of)(const void *list, size_t i),
			   const void *list, size_t count)
{
	const char *near = suggest_name(typed, list, count, name_of);

	return near ? arena_printf(l->arena, "; did you mean `%s`?", near)
		    : "";
}

/* ------------------------------------------------------------------- files */

int loader_enter(struct loader *l, const char *path,
		 const struct yaml_node *from)
{
	char *real = realpath(path, NULL);
	const char *resolved = arena_strdup(l->arena, real ? real : path);

	free(real);
	for (size_t i = 0; i < l->reading.len; i++)
		if (!strcmp(l->reading.at[i], resolved))
			return yaml_complain(from, l->err,
					     "`%s` includes itself", path);
	if (l->reading.len > MOST_INCLUDES)
		return yaml_complain(from, l->err,
				     "more than %d files include each other",
				     MOST_INCLUDES);
	*vec_push(&l->reading) = resolved;
	return 0;
}

void loader_leave(struct loader *l)
{
	l->reading.len--;
}

int loader_read(struct loader *l, const char *path,
		const struct yaml_node *from, const struct yaml_node **ret)
{
	struct error why = ERROR_INIT;

	if (++l->file_count > MOST_FILES)
		return yaml_complain(from, l->err, "more than %d files",
				     MOST_FILES);
	if (yaml_read_file(path, NULL, NULL, l->arena, ret, &why) == 0) {
		*vec_push(&l->roots) = *ret;
		return 0;
	}
	if (from && why.kind != ERROR_INVALID && why.kind != ERROR_LIMIT)
		return yaml_complain(from, l->err, "%s", why.message);
	return error_set(l->err, why.kind, "%s", why.message);
}

const char *loader_relative(struct loader *l, const struct yaml_node *name)
{
	const char *file = name->source->name;

	if (!strchr(file, '/'))
		return name->text;
	return path_join(l->arena, path_dirname(l->arena, file), name->text);
}

static int check_version(struct loader *l, const struct yaml_node *root)
{
	const struct yaml_node *version = yaml_get(root, "bis");

	if (version->integer == 1)
		return 0;
	return yaml_complain(version, l->err,
			     "this Bis reads version 1 of scenarios, not %s",
			     version->text);
}

static int read_scenario_file(struct loader *l, const char *path,
			      const struct yaml_node *from)
{
	const struct yaml_node *root, *include;

	if (loader_enter(l, path, from) < 0 ||
	    loader_read(l, path, from, &root) < 0 ||
	    validate_mapping(root, l->outline->scenario, "a scenario", NULL,
			     NULL, l->err) < 0 ||
	    check_version(l, root) < 0)
		return -1;
	include = yaml_get(root, "include");
	bool list = include && include->type == YAML_SEQUENCE;
	for (size_t i = 0; include && i < (list ? include->count : 1); i++) {
		const struct yaml_node *name = list ? include->items[i]
						    : include;

		if (read_scenario_file(l, loader_relative(l, name), name) < 0)
			return -1;
	}
	loader_leave(l);
	*vec_push(&l->files) = (struct loaded_file){ path, root };
	return 0;
}

const struct yaml_node *loader_field(const struct loader *l, const char *id,
				     const struct yaml_node *node,
				     const char *key)
{
	for (size_t i = l->files.len; i > 0; i--) {
		const struct yaml_node *root = l->files.at[i - 1].root;
		const struct yaml_node *field =
			yaml_get(yaml_get(yaml_get(root, "override"), id),
				 key);
		if (field)
			return field;
	}
	return yaml_get(node, key);
}

static void digest_files(struct loader *l)
{
	char hex[SHA256_HEX], size[32];
	struct sha256 h;

	sha256_init(&h);
	for (size_t i = 0; i < l->roots.len; i++) {
		const struct yaml_source *source = l->roots.at[i]->source;
		int n = snprintf(size, sizeof(size), "%zu\n", source->len);

		sha256_add(&h, size, (size_t)n);
		sha256_add(&h, source->text, source->len);
	}
	sha256_finish(&h, hex);
	l->scenario->digest = arena_strdup(l->arena, hex);
}

/* --------------------------------------------------------------- variables */

const char *loader_bad_name(const char *name)
{
	if (!isalpha((unsigned char)*name) && *name != '_')
		return "begins with a letter";
	if (name[strspn(name, "abcdefghijklmnopqrstuvwxyz"
			"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")])
		return "has letters, digits and _ only";
	if (!strncmp(name, "__", 2) || !strcmp(name, "ENV"))
		return "is not one that jq takes for itself";
	if (jq_is_keyword(name))
		return "is not a keyword of jq";
	if (!strcmp(name, "world"))
		return "is not `world`: that is a perturbation's training";
	return NULL;
}

static int read_vars(struct loader *l, const struct yaml_node *vars)
{
	for (size_t i = 0; vars && i < vars->count; i++) {
		const struct yaml_node *key = vars->pairs[i].key;
		const char *bad = loader_bad_name(key->text);

		if (bad)
			return yaml_complain(key, l->err,
					     "a variable's name %s", bad);
		json_object_set_new(l->scenario->vars, key->text,
				    yaml_to_json(vars->pairs[i].value));
	}
	return 0;
}

/* The names of both objects, for a suggestion. */
struct name_list {
	VEC(const char *) names;
};

static const char *name_at(const void *list, size_t i)
{
	return ((const struct name_list *)list)->names.at[i];
}

static void add_names(struct name_list *list, const json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)object, key, value)
		*vec_push(&list->names) = key;
}

static int unknown_var(struct loader *l, const char *text, const char *name)
{
	struct name_list list = { VEC_INIT };

	add_names(&list, l->scenario->vars);
	add_names(&list, l->extra_vars);
	error_set(l->err, ERROR_INVALID, "--var %s: no variable `%s` in %s%s",
		  text, name, l->scenario->path,
		  loader_suggest(l, name, name_at, &list, list.names.len));
	vec_release(&list.names);
	return -1;
}

static bool same_kind(const json_t *a, const json_t *b)
{
	return json_is_null(a) || (json_is_number(a) && json_is_number(b)) ||
	       (json_is_boolean(a) && json_is_boolean(b)) ||
	       (json_is_string(a) && json_is_string(b));
}

/* "k=v": v as the file would read it; text where the default is text. */
static int take_var(struct loader *l, const char *text)
{
	const char *equals = strchr(text, '=');
	struct yaml_node value = { .type = YAML_STRING };
	const json_t *before;

	if (!equals || equals == text)
		return error_set(l->err, ERROR_INVALID,
				 "--var %s: NAME=VALUE is wanted", text);
	const char *name =
		arena_strndup(l->arena, text, (size_t)(equals - text));
	before = json_object_get(l->scenario->vars, name);
	if (!before)
		before = json_object_get(l->extra_vars, name);
	if (!before)
		return unknown_var(l, text, name);
	value.text = equals + 1;
	if (!json_is_string(before))
		yaml_resolve(&value);
	json_t *json = yaml_to_json(&value);
	if (!json || !same_kind(before, json)) {
		char *was = json_dumps(before, JSON_ENCODE_ANY);

		error_set(l->err, ERROR_INVALID, "--var %s: `%s` is %s, "
			  "as its default %s", text, name,
			  json_is_boolean(before) ? "true or false"
						  : "a number", was);
		free(was);
		json_decref(json);
		return -1;
	}
	json_object_set_new(l->scenario->vars, name, json);
	return 0;
}

/* ----------------------------------------------------------------- the top */

struct bilingual loader_bilingual(const struct yaml_node *node)
{
	struct bilingual b = { NULL, NULL };

	if (node && node->type == YAML_MAPPING) {
		const struct yaml_node *fr = yaml_get(node, "fr");

		b.en = yaml_get(node, "en")->text;
		b.fr = fr ? fr->text : NULL;
	} else if (node) {
		b.en = node->text;
	}
	return b;
}

static void read_names(struct loader *l, const struct yaml_node *names)
{
	for (size_t i = 0; names && i < names->count; i++) {
		const struct yaml_node *list = names->pairs[i].value;
		json_t *array = json_array();

		for (size_t n = 0; n < list->count; n++)
			json_array_append_new(
				array, json_string(list->items[n]->text));
		if (list->type != YAML_SEQUENCE)
			json_array_append_new(array, json_string(list->text));
		json_object_set_new(l->scenario->names,
				    names->pairs[i].key->text, array);
	}
}

static int read_top(struct loader *l, const struct yaml_node *root)
{
	struct scenario *s = l->scenario;
	const struct yaml_node *title = yaml_get(root, "title");
	const struct yaml_node *lab = yaml_get(root, "lab");
	const struct yaml_node *stack = yaml_get(root, "stack");
	const struct yaml_node *submission = yaml_get(root,
						      "submission_stack");

	const struct yaml_node *remedies = yaml_get(root, "remedies");

	if (title)
		s->title = loader_bilingual(title);
	if (lab)
		s->lab = lab->text;
	if (stack)
		s->stack = loader_relative(l, stack);
	if (remedies)
		s->remedies = loader_relative(l, remedies);
	if (submission)
		s->submission_stack = loader_relative(l, submission);
	read_names(l, yaml_get(root, "names"));
	return read_vars(l, yaml_get(root, "vars"));
}

static int read_tops(struct loader *l, const char *const *vars,
		     size_t var_count)
{
	for (size_t i = 0; i < l->files.len; i++)
		if (read_top(l, l->files.at[i].root) < 0)
			return -1;
	if (!l->scenario->title.en)
		return yaml_complain(l->files.at[l->files.len - 1].root, l->err,
				     "a scenario lacks `title`");
	for (size_t i = 0; i < var_count; i++)
		if (take_var(l, vars[i]) < 0)
			return -1;
	return 0;
}

/* "streamflow/tp4" of .../scenarios/streamflow/tp4.yaml; else the name of the
 * file. */
static const char *scenario_name(struct arena *arena, const char *path)
{
	const char *name = path_basename(path), *found = path;
	size_t len;

	while ((found = strstr(found, "scenarios/")) != NULL) {
		if (found == path || found[-1] == '/')
			name = found + strlen("scenarios/");
		found++;
	}
	len = strlen(name);
	if (len > 5 && !strcmp(name + len - 5, ".yaml"))
		len -= 5;
	return arena_strndup(arena, name, len);
}

static void loader_release(struct loader *l)
{
	vec_release(&l->files);
	vec_release(&l->reading);
	vec_release(&l->roots);
	map_release(&l->ids);
	vec_release(&l->identified);
	map_release(&l->captures);
}

int scenario_load(const char *path, const struct scenario_tables *tables,
		  const char *const *vars, size_t var_count,
		  const json_t *extra_vars, struct arena *arena,
		  struct scenario **ret, struct error *err)
{
	struct error unused = ERROR_INIT;
	struct loader l = {
		.tables = tables, .arena = arena, .extra_vars = extra_vars,
		.ids = MAP_INIT, .captures = MAP_INIT,
		.err = err ? err : &unused,
	};
	int rc;

	l.outline = grammar_build(tables, true, arena);
	l.grammar = grammar_build(tables, false, arena);
	l.scenario = arena_new(arena, struct scenario);
	l.scenario->path = arena_strdup(arena, path);
	l.scenario->name = scenario_name(arena, path);
	l.scenario->vars = json_object();
	l.scenario->names = json_object();
	rc = read_scenario_file(&l, l.scenario->path, NULL);
	if (rc == 0)
		rc = read_tops(&l, vars, var_count);
	if (rc == 0)
		rc = loader_build(&l);
	if (rc == 0)
		rc = loader_finish(&l);
	if (rc == 0) {
		digest_files(&l);
		*ret = l.scenario;
	} else {
		scenario_release(l.scenario);
	}
	loader_release(&l);
	return rc;
}
