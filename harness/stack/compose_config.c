#include "stack/compose_config.h"

#include "base/number.h"
#include "base/strbuf.h"
#include "format/yaml.h"

#include <stdio.h>
#include <string.h>

/* What a person's file of a hundred services makes of itself stays far below
 * this. */
static const struct yaml_limits limits = {
	.bytes = 4 * 1024 * 1024, .line = 256 * 1024, .keys = 2000,
	.nodes = 200000, .depth = 40,
};

/* "SOURCE:TARGET[:MODE]": sources are absolute here, or names. */
static json_t *long_volume(const char *text)
{
	const char *colon = strchr(text, ':');
	json_t *mount = json_object();

	if (!colon) {
		json_object_set_new(mount, "type", json_string("volume"));
		json_object_set_new(mount, "target", json_string(text));
		return mount;
	}
	const char *target = colon + 1;
	const char *mode = strchr(target, ':');
	json_object_set_new(mount, "type", json_string(
				    strchr("/.~", *text) ? "bind" : "volume"));
	json_object_set_new(mount, "source",
			    json_stringn(text, (size_t)(colon - text)));
	json_object_set_new(mount, "target", json_stringn(
				    target, mode ? (size_t)(mode - target)
						 : strlen(target)));
	for (; mode; mode = strchr(mode + 1, ','))
		if (!strncmp(mode + 1, "ro", 2) &&
		    (!mode[3] || mode[3] == ','))
			json_object_set_new(mount, "read_only", json_true());
		else if (strncmp(mode + 1, "rw", 2))
			json_object_set_new(mount, "mode",
					    json_string(mode + 1));
	return mount;
}

/* "[[IP:]PUBLISHED:]TARGET[/PROTOCOL]" */
static json_t *long_port(const char *text)
{
	const char *slash = strrchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	size_t at = len;
	json_t *port = json_object();

	while (at > 0 && text[at - 1] != ':')
		at--;
	json_object_set_new(port, "target",
			    json_stringn(text + at, len - at));
	if (slash)
		json_object_set_new(port, "protocol", json_string(slash + 1));
	if (at > 0)
		json_object_set_new(port, "published",
				    json_stringn(text, at - 1));
	return port;
}

static void each_long(json_t *service, const char *key,
		      json_t *(*long_form)(const char *))
{
	json_t *list = json_object_get(service, key), *item;
	size_t i;

	json_array_foreach(list, i, item) {
		char number[32];
		const char *text = json_string_value(item);
		if (json_is_integer(item)) {
			snprintf(number, sizeof(number), "%lld",
				 (long long)json_integer_value(item));
			text = number;
		}
		if (text)
			json_array_set_new(list, i, long_form(text));
	}
}

/* A list of names, or of NAME=value, as a mapping. */
static void as_mapping(json_t *parent, const char *key)
{
	json_t *list = json_object_get(parent, key), *item, *mapping;
	size_t i;

	if (!json_is_array(list))
		return;
	mapping = json_object();
	json_array_foreach(list, i, item) {
		const char *text = json_string_value(item);
		const char *equals = text ? strchr(text, '=') : NULL;
		if (!text)
			continue;
		json_t *name = json_stringn(text, equals
					    ? (size_t)(equals - text)
					    : strlen(text));
		json_object_set_new(mapping, json_string_value(name),
				    equals ? json_string(equals + 1)
					   : json_null());
		json_decref(name);
	}
	json_object_set_new(parent, key, mapping);
}

static void target_as_number(json_t *service)
{
	json_t *port;
	size_t i;

	json_array_foreach(json_object_get(service, "ports"), i, port) {
		const char *text = json_string_value(
			json_object_get(port, "target"));
		int64_t number;
		if (text && number_parse_int(text, 1, 65535, &number))
			json_object_set_new(port, "target",
					    json_integer(number));
	}
}

static void need(json_t *needs, const char *service)
{
	if (!json_object_size(json_object_get(needs, service)))
		json_object_set_new(needs, service, json_pack(
			"{s:s}", "condition", "service_started"));
}

/* Each with its condition; a link to a service needs it, too. */
static void shape_needs(json_t *service)
{
	const json_t *links = json_object_get(service, "links"), *link;
	json_t *needs, *one;
	const char *name;
	size_t i;

	as_mapping(service, "depends_on");
	if (!json_object_get(service, "depends_on") && json_array_size(links))
		json_object_set_new(service, "depends_on", json_object());
	needs = json_object_get(service, "depends_on");
	json_object_foreach(needs, name, one)
		need(needs, name);
	json_array_foreach(links, i, link) {
		const char *text = json_string_value(link);
		json_t *target = json_stringn(text ? text : "", strcspn(
						      text ? text : "", ":"));
		need(needs, json_string_value(target));
		json_decref(target);
	}
}

static void shape_service(json_t *service)
{
	json_t *build = json_object_get(service, "build");
	const char *key;
	void *next;
	json_t *value;

	if (json_is_string(build))
		json_object_set_new(service, "build",
				    json_pack("{s:O}", "context", build));
	as_mapping(json_object_get(service, "build"), "args");
	as_mapping(service, "environment");
	as_mapping(service, "networks");
	shape_needs(service);
	each_long(service, "volumes", long_volume);
	each_long(service, "ports", long_port);
	target_as_number(service);
	/* The newer engine writes what is not there as null. */
	json_object_foreach_safe(service, next, key, value)
		if (json_is_null(value))
			json_object_del(service, key);
}

int compose_config_shape(json_t *config, struct error *err)
{
	json_t *services = json_object_get(config, "services"), *service;
	const char *name;

	if (!json_is_object(config) || !json_is_object(services) ||
	    !json_object_size(services))
		return error_set(err, ERROR_INVALID,
				 "the Compose file has no services");
	json_object_foreach(services, name, service) {
		if (!json_is_object(service))
			return error_set(err, ERROR_INVALID, "the service "
					 "`%s` is empty", name);
		shape_service(service);
	}
	return 0;
}

int compose_config_read(const char *text, size_t len, json_t **ret,
			struct error *err)
{
	struct arena arena = ARENA_INIT;
	const struct yaml_node *root;
	json_t *config = NULL;

	/* JSON is YAML, too, but for its escapes: jansson knows those. */
	if (len && text[0] == '{')
		config = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	else if (yaml_read("config", text, len, &limits, &arena, &root,
			   err) < 0)
		goto failed;
	else
		config = yaml_to_json(root);
	if (!config) {
		error_set(err, ERROR_INTERNAL,
			  "what `config` prints is no JSON");
		goto failed;
	}
	arena_release(&arena);
	if (compose_config_shape(config, err) < 0) {
		json_decref(config);
		return -1;
	}
	*ret = config;
	return 0;
failed:
	arena_release(&arena);
	return -1;
}

json_t *compose_services(const json_t *config)
{
	return json_object_get(config, "services");
}

const json_t *compose_get(const json_t *object, const char *key,
			  const char *below)
{
	return json_object_get(json_object_get(object, key), below);
}

bool compose_has_port(const json_t *service, int port)
{
	const json_t *item;
	char text[16];
	size_t i;

	snprintf(text, sizeof(text), "%d", port);
	json_array_foreach(json_object_get(service, "ports"), i, item)
		if (json_integer_value(json_object_get(item, "target")) ==
		    port)
			return true;
	json_array_foreach(json_object_get(service, "expose"), i, item)
		if ((json_is_string(item) &&
		     !strcmp(json_string_value(item), text)) ||
		    json_integer_value(item) == port)
			return true;
	return false;
}

const char *compose_env(const json_t *service, const char *name)
{
	return json_string_value(compose_get(service, "environment", name));
}

static void add_words(struct strbuf *sb, const json_t *words)
{
	const json_t *word;
	size_t i;

	if (json_is_string(words))
		strbuf_addf(sb, "%s%s", sb->len ? " " : "",
			    json_string_value(words));
	json_array_foreach(words, i, word)
		if (json_is_string(word))
			strbuf_addf(sb, "%s%s", sb->len ? " " : "",
				    json_string_value(word));
}

const char *compose_words(const json_t *service, struct arena *arena)
{
	_cleanup_(strbuf_release) struct strbuf sb = STRBUF_INIT(STRBUF_LINE);

	add_words(&sb, json_object_get(service, "entrypoint"));
	add_words(&sb, json_object_get(service, "command"));
	return arena_strdup(arena, sb.buf);
}

const char *compose_unescape(struct arena *arena, const char *text)
{
	char *copy = arena_strdup(arena, text), *to = copy;

	for (const char *from = copy; *from; from++) {
		if (from[0] == '$' && from[1] == '$')
			from++;
		*to++ = *from;
	}
	*to = '\0';
	return copy;
}
