/* The compose driver: private images, and the file that is handed to the
 * engine. */
#include "stack/compose.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/path.h"
#include "scenario/validate.h"
#include "stack/compose_config.h"
#include "stack/compose_rewrite.h"
#include "stack/dockerfile.h"
#include "stack/image_cache.h"
#include "stack/program.h"
#include "stack/tree_digest.h"

#include <glob.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { TAIL_LINES = 30, LINE_MOST = 160, TAIL_MOST = 1600 };

/* What is kept of built images: 40 GB. */
#define CACHE_MOST (INT64_C(40) * 1000 * 1000 * 1000)

/* Private images: their tags say what they were built from. */

static int digest_of(struct compose_stack *c, const struct compose_service *s,
		     char ret[SHA256_HEX], struct error *err)
{
	const json_t *build = json_object_get(s->config, "build");
	const struct role_search search = { c->config, c->copy,
					    c->stack->arena };
	const char *context = compose_unescape(
		c->stack->arena,
		json_string_value(json_object_get(build, "context")));
	const char *dockerfile = role_dockerfile(&search, s->config);
	json_t *plain = json_deep_copy(build);
	struct sha256 hash;

	json_object_del(plain, "context");
	char *text = json_dumps(plain, JSON_COMPACT | JSON_SORT_KEYS);
	sha256_init(&hash);
	sha256_add(&hash, text, strlen(text) + 1);
	if (dockerfile)
		sha256_add(&hash, dockerfile, strlen(dockerfile));
	int rc = tree_digest_add(&hash, context, err);
	sha256_finish(&hash, ret);
	free(text);
	json_decref(plain);
	return rc;
}

int compose_name_images(struct compose_stack *c, struct error *err)
{
	struct arena *arena = c->stack->arena;

	for (size_t i = 0; i < c->services.len; i++) {
		struct compose_service *s = &c->services.at[i];
		char digest[SHA256_HEX], name[40];
		size_t n = 0;
		if (!json_object_get(s->config, "build"))
			continue;
		if (digest_of(c, s, digest, err) < 0)
			return -1;
		for (const char *p = s->name; *p && n + 1 < sizeof(name); p++)
			if ((*p >= 'a' && *p <= 'z') ||
			    (*p >= '0' && *p <= '9'))
				name[n++] = *p;
		name[n] = '\0';
		s->digest = arena_strdup(arena, digest);
		s->tag = arena_printf(arena, COMPOSE_CACHE_TAG "built-%s:%.32s",
				      name, digest);
	}
	return 0;
}

/* What is handed to the engine. */

static const char *const *settings_of(struct compose_stack *c)
{
	const json_t *list = json_object_get(c->stack->file.args,
					     "environment"), *item;
	const char *as_of = c->as_of;
	struct arena *arena = c->stack->arena;
	const char **env = arena_array(arena, json_array_size(list) + 3,
				       sizeof(*env));
	size_t i, n = 0;

	json_array_foreach(list, i, item)
		env[n++] = json_string_value(item);
	if (as_of) {
		env[n++] = arena_printf(arena, "PIP_UPLOADED_PRIOR_TO=%s",
					as_of);
		env[n++] = arena_printf(arena, "UV_EXCLUDE_NEWER=%s", as_of);
	}
	return env;
}

/* A folder with Debian's libfaketime of this machine and what mends its sleep,
 * or NULL: copies, since the engine may see other folders than we do. */
static const char *copy_faketime(struct compose_stack *c)
{
	struct arena *arena = c->stack->arena;
	const char *folder = path_join(arena, path_dirname(arena, c->file),
				       "faketime");
	const char *sleep = program_find(arena, "clock_sleep.so");
	glob_t found;
	bool copied = false;

	if (glob("/usr/lib/*/faketime/libfaketime.so.1", 0, NULL, &found) == 0)
		/* For whoever a container runs as, whatever our umask is. */
		copied = io_make_folders(folder, 0755, NULL) == 0 &&
			chmod(folder, 0755) == 0 &&
			io_copy_file(found.gl_pathv[0],
				     path_join(arena, folder,
					       "libfaketime.so.1"),
				     0644, NULL) == 0;
	globfree(&found);
	if (!copied)
		return NULL;
	if (sleep)
		io_copy_file(sleep, path_join(arena, folder, "clock_sleep.so"),
			     0644, NULL);
	return folder;
}

static int write_file(struct compose_stack *c, struct error *err)
{
	struct arena *arena = c->stack->arena;
	const json_t *limits = json_object_get(c->stack->file.args, "limits");
	const char *memory = json_string_value(json_object_get(limits,
							       "memory"));
	const char *cpus = json_string_value(json_object_get(limits, "cpus"));
	const json_t *pids = json_object_get(limits, "pids");
	size_t n = c->services.len;
	const char **names = arena_array(arena, n + 1, sizeof(*names));
	struct private_port *ports = arena_array(arena, n + 1,
						 sizeof(*ports));
	struct private_image *images = arena_array(arena, n + 1,
						   sizeof(*images));
	struct compose_private how = {
		.token = c->supervisor.token, .services = names,
		.ports = ports, .images = images, .env = settings_of(c),
		.memory = memory ? memory : "6g", .cpus = cpus ? cpus : "2",
		.pids = pids ? (int)json_integer_value(pids) : 4000,
		.mtu = c->engine.mtu, .arena = arena,
		.offline = c->stack->options.offline_run,
		.faketime = copy_faketime(c),
	};

	for (size_t i = 0; i < n; i++) {
		const struct compose_service *s = &c->services.at[i];
		names[i] = s->name;
		if (s->host_port)
			ports[how.port_count++] = (struct private_port){
				s->name, s->port, s->host_port };
		if (s->tag)
			images[how.image_count++] = (struct private_image){
				s->name, s->tag, s->digest };
	}
	json_t *private = compose_make_private(c->config, &how);
	json_t *command = compose_database_command(c);
	c->set_up_by_command = command != NULL;
	if (command)
		json_object_set_new(
			json_object_get(compose_services(private),
					compose_database_service(c)->name),
			"command", command);
	char *text = json_dumps(private, JSON_INDENT(1));
	json_decref(private);
	int rc = io_write_file(c->file, text, strlen(text), 0600, err);
	free(text);
	return rc;
}

/* Building. */

/* The start of the line that ends before `end`. */
static size_t line_start(const char *text, size_t end)
{
	while (end && text[end - 1] != '\n')
		end--;
	return end;
}

/* The last lines of a text, as many as an error has room for, each as far as
 * it is of use: engines repeat whole commands in one. Arena. */
static const char *last_lines(struct arena *arena, const char *text)
{
	_cleanup_(strbuf_release) struct strbuf sb = STRBUF_INIT(16 * 1024);
	size_t end = strlen(text), start, used = 0;
	int lines = 0;

	while (end && text[end - 1] == '\n')
		end--;
	for (start = end; start && lines < TAIL_LINES; lines++) {
		size_t from = line_start(text, start - 1);
		size_t len = start - from < LINE_MOST ? start - from
						      : LINE_MOST;
		if (used + len > TAIL_MOST)
			break;
		used += len;
		start = from;
	}
	for (const char *at = text + start; at < text + end;) {
		size_t len = strcspn(at, "\n");
		size_t shown = len < LINE_MOST ? len : LINE_MOST;
		while (shown < len && shown && (at[shown] & 0xc0) == 0x80)
			shown--;
		strbuf_add(&sb, at, shown);
		strbuf_addch(&sb, '\n');
		at += len + (at[len] == '\n');
	}
	strbuf_rtrim(&sb);
	return arena_strdup(arena, sb.buf);
}

static int build_failed(struct compose_stack *c,
			const struct engine_result *result, struct error *err)
{
	struct arena *arena = c->stack->arena;
	const char *all = arena_printf(arena, "%s%s%s", result->out,
				       *result->out ? "\n" : "", result->err);
	const char *day = dockerfile_complaint(all);

	c->lacks_pip |= dockerfile_lacks_pip(all);
	if (day)
		return error_set(err, ERROR_UNAVAILABLE, "packages as of %s: "
				 "%s", c->as_of, day);
	if (result->timed_out)
		return error_set(err, ERROR_TIMEOUT, "building does not come "
				 "to an end\nIts last lines:\n%s",
				 last_lines(arena, all));
	/* The engine's own words, or those of a command in the build. */
	if (strcasestr(all, "no space left on device"))
		return error_set(err, ERROR_LIMIT, "the disk is full: `docker "
				 "system df` shows what the engine holds, "
				 "`bis clean --images` removes what Bis keeps "
				 "of it");
	const char *lines = last_lines(arena, all);
	/* The last of them first: a summary shows the first line alone. */
	return error_set(err, ERROR_UNAVAILABLE, "building failed: %s\nIts "
			 "last lines:\n%s",
			 lines + line_start(lines, strlen(lines)), lines);
}

static int build_images(struct compose_stack *c, struct error *err)
{
	struct arena *arena = c->stack->arena;
	const char **words = arena_array(arena, c->services.len + 3,
					 sizeof(*words));
	struct engine_result result;
	size_t n = 0, images = 0;

	words[n++] = "build";
	/* Or a build that fails leaves the container of its last step. */
	if (c->engine.v1)
		words[n++] = "--force-rm";
	for (size_t i = 0; i < c->services.len; i++)
		if (c->services.at[i].tag) {
			words[n++] = c->services.at[i].name;
			images++;
		}
	if (!images)
		return 0;
	event_phase(c->stack->options.sinks, "building %zu image%s", images,
		    images == 1 ? "" : "s");
	if (compose_command(c, words, "building", validate_duration(
				    c->stack->file.args, "build_within",
				    30 * 60 * CLOCK_SEC),
			    c->build_log, &result, err) < 0)
		return -1;
	return result.exit_code || result.timed_out
		? build_failed(c, &result, err) : 0;
}

/* What other submissions were built of is kept, up to a size. */
static void cap_cache(struct compose_stack *c)
{
	size_t n = c->services.len, own = 0;
	const char **tags = arena_array(c->stack->arena, n + 1, sizeof(*tags));

	for (size_t i = 0; i < n; i++)
		if (c->services.at[i].tag)
			tags[own++] = c->services.at[i].tag;
	image_cache_cap(&c->engine, COMPOSE_CACHE_TAG "built-*", tags, own,
			CACHE_MOST);
}

bool compose_has_image(struct compose_stack *c, const char *image)
{
	const char *const look[] = { "image", "inspect", "--format", "{{.Id}}",
				     image, NULL };

	return engine_ask(&c->engine, look, NULL, NULL) == 0;
}

/* Images that aren't built must be there, or come from a registry. */
static int pull_image(struct compose_stack *c, const char *image,
		      struct error *err)
{
	const char *const argv[] = { "pull", image, NULL };
	const struct engine_command command = {
		.argv = argv, .timeout = 15 * 60 * CLOCK_SEC,
		.what = arena_printf(c->stack->arena, "fetching %s", image),
		.log = c->build_log,
	};
	struct engine_result result;

	if (compose_has_image(c, image))
		return 0;
	event_phase(c->stack->options.sinks, "fetching %s", image);
	if (engine_run(&c->engine, &command, &result, err) < 0)
		return -1;
	if (!result.exit_code && !result.timed_out)
		return 0;
	c->cannot_fetch = true;
	return error_set(err, ERROR_UNAVAILABLE, "the image %s is not here "
			 "and can't be fetched (`bis images build` makes the "
			 "lab's without a hub): %s", image,
			 last_lines(c->stack->arena, result.err));
}

const char *compose_foreign_image(const struct compose_stack *c,
				  const struct compose_service *s)
{
	const json_t *image = json_object_get(s->config, "image");
	bool built = s->tag;

	for (size_t i = 0; image && i < c->services.len; i++)
		built |= c->services.at[i].tag &&
			json_equal(image, json_object_get(
					   c->services.at[i].config, "image"));
	return built ? NULL : json_string_value(image);
}

/* Those that its Dockerfile starts from, unless a variable says which. */
static int pull_bases(struct compose_stack *c, const struct compose_service *s,
		      struct error *err)
{
	const struct role_search search = { c->config, c->copy,
					    c->stack->arena };
	const char *text = s->tag ? role_dockerfile(&search, s->config) : NULL;
	const char *images = text ? dockerfile_images(text, c->stack->arena)
				  : "";

	const char *image;
	while ((image = arena_line(c->stack->arena, &images)))
		if (!strchr(image, '$') && pull_image(c, image, err) < 0)
			return -1;
	return 0;
}

static int pull_images(struct compose_stack *c, struct error *err)
{
	for (size_t i = 0; i < c->services.len; i++) {
		const struct compose_service *s = &c->services.at[i];
		const char *image = compose_foreign_image(c, s);
		if ((image && pull_image(c, image, err) < 0) ||
		    pull_bases(c, s, err) < 0)
			return -1;
	}
	return 0;
}

static int build_once(struct compose_stack *c, struct error *err)
{
	c->lacks_pip = false;
	if (compose_keep_to_day(c, err) < 0 || compose_name_images(c, err) < 0 ||
	    pull_images(c, err) < 0 || write_file(c, err) < 0 ||
	    build_images(c, err) < 0)
		return -1;
	return compose_check_day(c, err);
}

int compose_build(struct compose_stack *c, struct error *err)
{
	struct error why = ERROR_INIT;

	if (build_once(c, &why) < 0) {
		if (!c->lacks_pip || c->local_index)
			return error_set(err, why.kind, "%s", why.message);
		c->local_index = true;
		compose_note(c, "packages", "a Python before 3.10 runs no pip "
			     "that knows a day: its packages come from a "
			     "local index, filtered by upload time");
		if (build_once(c, err) < 0)
			return -1;
	}
	cap_cache(c);
	return 0;
}
