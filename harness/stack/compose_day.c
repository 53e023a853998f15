/* The compose driver: packages as they were on a day. */
#include "stack/compose.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/path.h"
#include "stack/compose_config.h"
#include "stack/compose_rewrite.h"
#include "stack/dockerfile.h"
#include "stack/package_day.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Nothing of the index is newer than what was asked for: then a day can't be
 * seen to be kept, and need not. */
#define FRESH (7 * 24 * 3600 * CLOCK_SEC)

static bool is_past(const char *as_of)
{
	char then[CLOCK_TEXT];

	return strcmp(as_of, clock_format_iso(clock_now() - FRESH, then)) < 0;
}

/* The image of the first service that installs packages, or NULL. */
static const char *image_with_pip(struct compose_stack *c)
{
	const struct role_search search = { c->config, c->copy,
					    c->stack->arena };

	for (size_t i = 0; i < c->services.len; i++) {
		const char *text = role_dockerfile(&search,
						   c->services.at[i].config);
		if (!text || !dockerfile_installs(text))
			continue;
		const char *images = dockerfile_images(text, c->stack->arena);
		return arena_strndup(c->stack->arena, images,
				     strcspn(images, "\n"));
	}
	return NULL;
}

/* A day later: all files of that release were there. */
static const char *day_after(struct arena *arena, const char *time)
{
	char iso[CLOCK_TEXT];
	int64_t at;

	if (!clock_parse_time(time, &at))
		return NULL;
	return arena_strdup(arena, clock_format_iso(
		at + INT64_C(24) * 3600 * CLOCK_SEC, iso));
}

void compose_date_by_pins(struct compose_stack *c)
{
	struct arena *arena = c->stack->arena;
	const char *image = image_with_pip(c);
	struct stat st = { 0 };

	stat(c->copy, &st);
	const char *const argv[] = {
		"run", "--rm", "--cap-drop", "ALL", "--security-opt",
		"no-new-privileges", "--memory", "1g", "--pids-limit", "200",
		"--label", arena_printf(arena, COMPOSE_RUN_LABEL "=%s",
					c->supervisor.token),
		"--user", arena_printf(arena, "%u:%u", st.st_uid, st.st_gid),
		"-v", arena_printf(arena, "%s:/copy:ro", c->copy),
		"--entrypoint", "python3", image, "-c", package_day_program,
		"/copy", NULL };
	const struct engine_command command = {
		.argv = argv, .what = "dating its pins",
		.timeout = 5 * 60 * CLOCK_SEC, .capture = 64 * 1024,
	};
	struct engine_result result;
	char time[20], name[100], version[100];

	if (!image || engine_run(&c->engine, &command, &result, NULL) < 0)
		return;
	const char *found = strstr(result.out, "bis: newest pin ");
	if (!found || sscanf(found, "bis: newest pin %19s%*[^ ] "
			     "%99[A-Za-z0-9._-] %99[A-Za-z0-9.+!_-]", time,
			     name, version) != 3)
		return;
	const char *day = day_after(arena, time);
	if (!day)
		return;
	c->as_of = day;
	compose_note(c, "dated by its pins", "%s %s (%s)", name, version,
		     time);
}

static int write_dockerfile(const char *path, const struct strbuf *text,
			    struct error *err)
{
	/* It may be a link within the copy: what it names is written. */
	return io_write_file(path, text->buf, text->len, 0644, err);
}

static int keep_to_day(struct compose_stack *c, struct compose_service *s,
		       const char *as_of, struct error *err)
{
	const struct role_search search = { c->config, c->copy,
					    c->stack->arena };
	const char *path = role_dockerfile_path(&search, s->config);
	const char *text = role_dockerfile(&search, s->config);
	_cleanup_(strbuf_release) struct strbuf kept =
		STRBUF_INIT(STRBUF_TEXT);

	if (!text || !dockerfile_installs(text))
		return 0;
	if (strstr(text, "poetry") && path && !io_exists(arena_printf(
		    c->stack->arena, "%s/poetry.lock",
		    path_dirname(c->stack->arena, path))))
		compose_note(c, "packages", "%s: Poetry without a lock file "
			     "resolves as of now", s->name);
	const struct package_day day = { as_of, is_past(as_of),
					 c->local_index };
	dockerfile_keep_to(text, &day, &kept);
	if (path)
		return write_dockerfile(path, &kept, err);
	/* It stands in the Compose file: a `$` is escaped there. */
	_cleanup_(strbuf_release) struct strbuf escaped =
		STRBUF_INIT(STRBUF_TEXT);
	for (size_t i = 0; i < kept.len; i++) {
		strbuf_addch(&escaped, kept.buf[i]);
		if (kept.buf[i] == '$')
			strbuf_addch(&escaped, '$');
	}
	json_object_set_new(json_object_get(s->config, "build"),
			    "dockerfile_inline", json_string(escaped.buf));
	return 0;
}

/* A service of a bare image that installs packages each time it starts: it
 * gets an image of its own, in which they are kept to the day as well. */
static void build_on_image(struct compose_stack *c, struct compose_service *s)
{
	const char *image = json_string_value(
		json_object_get(s->config, "image"));
	const char *command = compose_words(s->config, c->stack->arena);
	const char *empty = arena_printf(c->stack->arena, "%s/.bis-context",
					 c->copy);

	if (json_object_get(s->config, "build") || !image ||
	    !dockerfile_installs(command) ||
	    io_make_folders(empty, 0755, NULL) < 0)
		return;
	json_object_set_new(
		(json_t *)s->config, "build",
		json_pack("{s:s,s:o}", "context", empty, "dockerfile_inline",
			  json_sprintf("FROM %s\n", image)));
	/* Others may name the bare image, too. */
	json_object_del((json_t *)s->config, "image");
}

int compose_keep_to_day(struct compose_stack *c, struct error *err)
{
	const char *as_of = c->as_of;

	if (!as_of)
		return 0;
	compose_note(c, "packages as of", "%s", as_of);
	for (size_t i = 0; i < c->services.len; i++) {
		build_on_image(c, &c->services.at[i]);
		if (keep_to_day(c, &c->services.at[i], as_of, err) < 0)
			return -1;
	}
	return 0;
}

/* An environment of its own comes with a pip of its own, which may be too old
 * to know the day, and then installs what is newest without a word. */
static int check_environment(struct compose_stack *c,
			     const struct compose_service *s,
			     struct error *err)
{
	const struct role_search search = { c->config, c->copy,
					    c->stack->arena };
	const char *text = s->tag ? role_dockerfile(&search, s->config) : NULL;
	const char *const argv[] = {
		"run", "--rm", "--network", "none", "--label", arena_printf(
			c->stack->arena, COMPOSE_RUN_LABEL "=%s",
			c->supervisor.token),
		"--entrypoint", "sh", s->tag, "-c", "pip --version", NULL };
	const char *out;

	if (!c->as_of || !text || !is_past(c->as_of) ||
	    !dockerfile_installs(text) || !strstr(text, "venv") ||
	    engine_ask(&c->engine, argv, &out, NULL) < 0 ||
	    strncmp(out, "pip ", 4) || atoi(out + 4) >= 26)
		return 0;
	return error_set(err, ERROR_UNAVAILABLE, "packages as of %s: `%s` of "
			 "service `%s` does not know the day; --packages-as-of "
			 "now builds with today's", c->as_of, out, s->name);
}

int compose_check_day(struct compose_stack *c, struct error *err)
{
	for (size_t i = 0; i < c->services.len; i++)
		if (check_environment(c, &c->services.at[i], err) < 0)
			return -1;
	return 0;
}
