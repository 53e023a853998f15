#define PCRE2_CODE_UNIT_WIDTH 8
#include "stack/roles.h"

#include "base/io.h"
#include "base/path.h"
#include "base/vec.h"
#include "stack/compose_config.h"
#include "stack/copy_path.h"
#include "stack/dockerfile.h"

#include <dirent.h>
#include <limits.h>
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DEPTH = 4, ENTRIES = 2000, DOCKERFILE_MOST = 1024 * 1024 };

const struct key_spec role_rule_keys[] = {
	{ .name = "command", .type = KEY_STRING,
	  .doc = "A pattern for its command, or for that of its Dockerfile." },
	{ .name = "environment", .type = KEY_STRING,
	  .doc = "A pattern for a line NAME=value of its environment." },
	{ .name = "holds", .type = KEY_STRING,
	  .doc = "A file that a folder which is mounted into it holds." },
	{ .name = "image", .type = KEY_STRING,
	  .doc = "A pattern for its image, or for those it is built from." },
	{ .name = "name", .type = KEY_STRING,
	  .doc = "A pattern for its name." },
	{ .name = "port", .type = KEY_INTEGER,
	  .doc = "A port that the Compose file declares." },
	{ 0 },
};

const char *role_dockerfile_path(const struct role_search *search,
				 const json_t *service)
{
	const char *context = json_string_value(
		compose_get(service, "build", "context"));
	const char *file = json_string_value(
		compose_get(service, "build", "dockerfile"));
	char *real;

	if (!context || compose_get(service, "build", "dockerfile_inline"))
		return NULL;
	context = compose_unescape(search->arena, context);
	file = compose_unescape(search->arena, file ? file : "Dockerfile");
	if (!copy_path_is_inside(search->root, context, file, &real))
		return NULL;
	file = arena_strdup(search->arena, real);
	free(real);
	return file;
}

const char *role_dockerfile(const struct role_search *search,
			    const json_t *service)
{
	_cleanup_(strbuf_release) struct strbuf text =
		STRBUF_INIT(DOCKERFILE_MOST);
	const char *inlined = json_string_value(
		compose_get(service, "build", "dockerfile_inline"));
	const char *path = role_dockerfile_path(search, service);

	if (inlined)
		return compose_unescape(search->arena, inlined);
	if (!path || io_read_file(path, &text, NULL) < 0)
		return NULL;
	return arena_strdup(search->arena, text.buf);
}

/* Whether the pattern is found, and what it found. */
static int match(struct arena *arena, const char *pattern, const char *text,
		 const char **ret, struct error *err)
{
	int code;
	size_t offset;
	pcre2_code *re = pcre2_compile((PCRE2_SPTR)pattern,
				       PCRE2_ZERO_TERMINATED,
				       PCRE2_MULTILINE | PCRE2_CASELESS,
				       &code, &offset, NULL);

	if (!re)
		return error_set(err, ERROR_INVALID,
				 "`%s` is no pattern", pattern);
	pcre2_match_data *data = pcre2_match_data_create(16, NULL);
	pcre2_match_context *limits = pcre2_match_context_create(NULL);
	pcre2_set_match_limit(limits, 200000);
	*ret = NULL;
	if (pcre2_match(re, (PCRE2_SPTR)text, strlen(text), 0, 0, data,
			limits) > 0) {
		/* The line that it was found in. */
		const char *at = text + pcre2_get_ovector_pointer(data)[0];
		while (at > text && at[-1] != '\n')
			at--;
		*ret = arena_strndup(arena, at, strcspn(at, "\n"));
	}
	pcre2_match_context_free(limits);
	pcre2_match_data_free(data);
	pcre2_code_free(re);
	return 0;
}

static bool holds(const char *folder, const char *name, int depth,
		  size_t *entries)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	bool found = false;

	while (dir && !found && (entry = readdir(dir)) &&
	       ++*entries < ENTRIES) {
		char path[PATH_MAX];
		if (entry->d_name[0] == '.')
			continue;
		found = !strcmp(entry->d_name, name) &&
			entry->d_type == DT_REG;
		if (entry->d_type != DT_DIR || depth <= 0 || found)
			continue;
		int n = snprintf(path, sizeof(path), "%s/%s", folder,
				 entry->d_name);
		found = n < (int)sizeof(path) &&
			holds(path, name, depth - 1, entries);
	}
	if (dir)
		closedir(dir);
	return found;
}

static const char *holder(const struct role_search *search,
			  const json_t *service, const char *name)
{
	const json_t *mount;
	size_t i, entries = 0;

	json_array_foreach(json_object_get(service, "volumes"), i, mount) {
		const char *source = json_string_value(
			json_object_get(mount, "source"));
		if (source && *source == '/' &&
		    copy_path_is_inside(search->root, "/", source, NULL) &&
		    holds(source, name, DEPTH, &entries))
			return arena_printf(search->arena, "it holds %s",
					    name);
	}
	return NULL;
}

static const char *environment_of(const json_t *service, struct arena *arena)
{
	_cleanup_(strbuf_release) struct strbuf sb = STRBUF_INIT(STRBUF_LINE);
	const json_t *value;
	const char *name;

	json_object_foreach(json_object_get(service, "environment"), name,
			    value)
		if (json_is_string(value))
			strbuf_addf(&sb, "%s=%s\n", name,
				    json_string_value(value));
	return arena_strdup(arena, sb.buf);
}

/* What a pattern of that key is matched against. */
static const char *text_for(const struct role_search *search,
			    const char *key, const char *name,
			    const json_t *service)
{
	const char *image = json_string_value(
		json_object_get(service, "image"));
	const char *dockerfile = role_dockerfile(search, service);
	struct arena *arena = search->arena;

	if (!strcmp(key, "name"))
		return name;
	if (!strcmp(key, "environment"))
		return environment_of(service, arena);
	if (!strcmp(key, "image"))
		return dockerfile ? dockerfile_images(dockerfile, arena)
				  : image ? image : "";
	return arena_printf(arena, "%s\n%s", compose_words(service, arena),
			    dockerfile ? dockerfile_command(dockerfile, arena)
				       : "");
}

/* One key of a rule; *ret_reason is NULL where it does not hold. */
static int try_key(const struct role_search *search, const char *key,
		   const json_t *wanted, const char *name,
		   const json_t *service, const char **ret_reason,
		   struct error *err)
{
	const char *found = NULL;

	*ret_reason = NULL;
	if (!strcmp(key, "port")) {
		int port = (int)json_integer_value(wanted);
		if (compose_has_port(service, port))
			*ret_reason = arena_printf(search->arena, "port %d",
						   port);
		return 0;
	}
	if (!strcmp(key, "holds")) {
		*ret_reason = holder(search, service,
				     json_string_value(wanted));
		return 0;
	}
	if (match(search->arena, json_string_value(wanted),
		  text_for(search, key, name, service), &found, err) < 0)
		return -1;
	if (found)
		*ret_reason = arena_printf(search->arena, "%s %.80s", key,
					   found);
	return 0;
}

static int try_rule(const struct role_search *search, const json_t *rule,
		    const char *name, const json_t *service,
		    const char **ret_reason, struct error *err)
{
	const char *key, *all = NULL, *reason = NULL;
	const json_t *wanted;

	*ret_reason = NULL;
	json_object_foreach((json_t *)rule, key, wanted) {
		if (try_key(search, key, wanted, name, service, &reason,
			    err) < 0)
			return -1;
		if (!reason)
			return 0;
		all = all ? arena_printf(search->arena, "%s, %s", all, reason)
			  : reason;
	}
	*ret_reason = all;
	return 0;
}

int role_rule_holds(const struct role_search *search, const json_t *rule,
		    const char *service, bool *ret, struct error *err)
{
	const char *reason;

	if (try_rule(search, rule, service,
		     json_object_get(compose_services(search->config),
				     service), &reason, err) < 0)
		return -1;
	*ret = reason != NULL;
	return 0;
}

struct candidates {
	VEC(struct role_match) at;
};

/* Of those in `among` (NULL: all services) the ones that match the rule. */
static int matching(const struct role_search *search, const json_t *rule,
		    const struct candidates *among, struct candidates *ret,
		    struct error *err)
{
	json_t *service;
	const char *name, *reason = NULL;

	json_object_foreach(compose_services(search->config), name, service) {
		bool in = !among;
		for (size_t i = 0; among && i < among->at.len; i++)
			in |= !strcmp(among->at.at[i].service, name);
		if (!in)
			continue;
		if (try_rule(search, rule, name, service, &reason, err) < 0)
			return -1;
		if (reason)
			*vec_push(&ret->at) = (struct role_match){ name,
								   reason };
	}
	return 0;
}

static int ambiguous(const struct role_search *search, const char *role,
		     const struct candidates *c, struct error *err)
{
	const char *names = c->at.at[0].service;

	for (size_t i = 1; i < c->at.len; i++)
		names = arena_printf(search->arena, "%s, %s", names,
				     c->at.at[i].service);
	return error_set(err, ERROR_INVALID, "several services could be the "
			 "%s (%s); say which: --map %s=%s", role, names, role,
			 c->at.at[0].service);
}

int role_find(const struct role_search *search, const char *role,
	      const json_t *rules, struct role_match *ret, struct error *err)
{
	struct candidates left = { VEC_INIT }, next;
	const json_t *rule;
	size_t i;
	int rc = 0;

	*ret = (struct role_match){ NULL, NULL };
	json_array_foreach(rules, i, rule) {
		next = (struct candidates){ VEC_INIT };
		rc = matching(search, rule, left.at.len ? &left : NULL, &next,
			      err);
		if (rc < 0 || !next.at.len) {
			vec_release(&next.at);
		} else {
			vec_release(&left.at);
			left = next;
		}
		if (rc < 0 || left.at.len == 1)
			break;
	}
	if (rc == 0 && left.at.len > 1)
		rc = ambiguous(search, role, &left, err);
	else if (rc == 0 && left.at.len)
		*ret = left.at.at[0];
	vec_release(&left.at);
	return rc;
}
