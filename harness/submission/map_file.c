#include "submission/map_file.h"

#include "base/clock.h"
#include "base/compiler.h"
#include "base/confined.h"
#include "base/io.h"
#include "base/path.h"
#include "format/utf8.h"
#include "format/yaml.h"

#include <string.h>

#define NAME "bis.yaml"

static const struct yaml_limits limits = {
	.bytes = 64 * 1024, .line = 1024, .keys = 100, .nodes = 500,
	.depth = 4,
};

static int read_in_child(void *self, struct strbuf *answer, struct error *err)
{
	struct arena arena = ARENA_INIT;
	const struct yaml_node *root;
	int rc = yaml_read_file(self, NAME, &limits, &arena, &root, err);

	if (!rc) {
		json_t *value = yaml_to_json(root);
		char *text = json_dumps(value, JSON_ENCODE_ANY);
		strbuf_addstr(answer, text ? text : "null");
		free(text);
		json_decref(value);
	}
	arena_release(&arena);
	return rc;
}

static bool is_name(const char *text)
{
	size_t len = strlen(text);

	return len && len <= 100 &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz"
		      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == len;
}

static const char *visible(struct arena *arena, const char *text)
{
	_cleanup_(strbuf_release) struct strbuf sb = STRBUF_INIT(400);

	utf8_add_visible(&sb, text, strnlen(text, 100), "");
	return arena_strdup(arena, sb.buf);
}

static void ignore(struct submission *s, const char *what)
{
	const char *shown = visible(s->arena, what);

	submission_note(s, arena_printf(s->arena, NAME ": `%s` is ignored: it "
					"may map roles and names, and nothing "
					"else", shown),
			arena_printf(s->arena, NAME " : `%s` est ignoré : il "
				     "peut associer des rôles et des noms, rien "
				     "d'autre", shown));
}

/* {"api": "backend"}: what is no pair of names is ignored. */
static json_t *pairs(struct submission *s, const char *name, json_t *from)
{
	json_t *into = json_object(), *value;
	const char *key;

	if (from && !json_is_object(from))
		ignore(s, name);
	json_object_foreach(from, key, value) {
		const char *text = json_string_value(value);
		if (is_name(key) && text && is_name(text))
			json_object_set(into, key, value);
		else
			ignore(s, key);
	}
	return into;
}

int map_file_read(struct submission *submission, struct error *err)
{
	_cleanup_(strbuf_release) struct strbuf answer =
		STRBUF_INIT(1024 * 1024);
	struct submission *s = submission;
	struct error why = ERROR_INIT;
	char *path = path_join(s->arena, s->root, NAME);
	const struct confined_spec spec = {
		.name = NAME, .timeout = 20 * CLOCK_SEC,
		.memory = (size_t)256 << 20, .drop = s->owner.drop,
		.uid = s->owner.uid, .gid = s->owner.gid,
	};
	const char *key;
	json_t *root, *value;

	if (!io_exists(path))
		return 0;
	if (confined_run(&spec, read_in_child, path, &answer, &why) < 0) {
		if (why.kind == ERROR_CANCELLED)
			return error_set(err, why.kind, "%s", why.message);
		const char *shown = visible(s->arena, why.message);
		submission_note(s, arena_printf(s->arena, NAME " is ignored: "
						"%s", shown),
				arena_printf(s->arena, NAME " est ignoré : %s",
					     shown));
		return 0;
	}
	root = json_loadb(answer.buf, answer.len, JSON_DECODE_ANY, NULL);
	if (!json_is_object(root))
		ignore(s, NAME);
	json_object_foreach(root, key, value)
		if (strcmp(key, "roles") && strcmp(key, "names"))
			ignore(s, key);
	s->maps = json_pack("{s:o,s:o}", "roles",
			    pairs(s, "roles", json_object_get(root, "roles")),
			    "names",
			    pairs(s, "names", json_object_get(root, "names")));
	json_decref(root);
	return 0;
}
