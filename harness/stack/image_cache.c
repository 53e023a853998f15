#include "stack/image_cache.h"

#include "stack/engine.h"

#include <stdlib.h>
#include <string.h>

enum { IMAGES_MOST = 1000 };

int64_t image_cache_bytes(const char *text)
{
	static const struct {
		const char *name;
		double bytes;
	} units[] = {
		{ "B", 1 }, { "kB", 1e3 }, { "KB", 1e3 }, { "MB", 1e6 },
		{ "GB", 1e9 }, { "TB", 1e12 }, { "PB", 1e15 },
	};
	size_t digits = strspn(text, "0123456789.");
	double number = 0, place = 0;

	if (!digits || digits > 20)
		return -1;
	for (size_t i = 0; i < digits; i++) {
		if (text[i] == '.') {
			place = 1;
			continue;
		}
		number = number * 10 + (text[i] - '0');
		place *= 10;
	}
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (!strcmp(text + digits, units[i].name))
			return (int64_t)(number / (place > 1 ? place : 1) *
					 units[i].bytes);
	return -1;
}

static int measure(struct engine *engine, int64_t *ret, struct error *err)
{
	static const char *const argv[] = {
		"system", "df", "--format", "{{.Type}} {{.Size}}", NULL,
	};
	const char *out, *size;

	if (engine_ask(engine, argv, &out, err) < 0)
		return -1;
	size = strncmp(out, "Images ", 7) ? strstr(out, "\nImages ") : out;
	if (size) {
		size += *size == '\n';
		size = arena_strndup(engine->arena, size + 7,
				     strcspn(size + 7, "\n"));
		*ret = image_cache_bytes(size);
	}
	if (size && *ret >= 0)
		return 0;
	return error_set(err, ERROR_UNAVAILABLE, "the engine does not say how "
			 "much room its images take");
}

int image_cache_trim(const char *const *tags, size_t count, int64_t most,
		     size_t *ret_removed, int64_t *ret_bytes,
		     struct error *err)
{
	struct arena arena = ARENA_INIT;
	struct engine engine = { .arena = &arena, .home = "/nonexistent" };
	size_t removed = 0;
	int64_t bytes = 0;
	int rc = engine_find(&engine, err);

	if (!rc)
		rc = measure(&engine, &bytes, err);
	for (size_t i = 0; !rc && i < count && bytes > most; i++) {
		const char *const argv[] = { "image", "rm", tags[i], NULL };

		if (engine_ask(&engine, argv, NULL, NULL) < 0)
			continue;
		removed++;
		rc = measure(&engine, &bytes, err);
	}
	if (!rc) {
		*ret_removed = removed;
		*ret_bytes = bytes;
	}
	arena_release(&arena);
	return rc;
}

/* An image that is kept for the next submission. */
struct cached_image {
	const char *name;
	const char *tagged; /* when it was last built, sortable as text */
	int64_t size;
	size_t place; /* in the engine's list */
};

static int by_last_build(const void *a, const void *b)
{
	const struct cached_image *x = a, *y = b;
	int order = strcmp(y->tagged, x->tagged);

	return order ? order : (x->place > y->place) - (x->place < y->place);
}

/* Their sizes, and when each got its tag: an image is as old as its layers
 * are, however lately it was built of them. podman does not say the latter;
 * the engine's list, newest first, decides then. false: no answer. */
static bool inspect(struct engine *engine, struct cached_image *images,
		    size_t count)
{
	const char **argv = arena_array(engine->arena, count + 4,
					sizeof(*argv));
	const char *said;

	argv[0] = "image";
	argv[1] = "inspect";
	argv[2] = "--format={{.Size}} {{.Metadata.LastTagTime}}";
	for (size_t i = 0; i < count; i++)
		argv[3 + i] = images[i].name;
	if (engine_ask(engine, argv, &said, NULL) < 0) {
		argv[2] = "--format={{.Size}}";
		if (engine_ask(engine, argv, &said, NULL) < 0)
			return false;
	}
	for (size_t i = 0; i < count; i++) {
		const char *line = arena_line(engine->arena, &said);
		char *rest;

		images[i].size = strtoll(line ? line : "", &rest, 10);
		images[i].tagged = rest;
	}
	return true;
}

static bool is_kept(const char *const *keep, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(keep[i], name))
			return true;
	return false;
}

void image_cache_cap(struct engine *engine, const char *pattern,
		     const char *const *keep, size_t keep_count, int64_t most)
{
	const char *const list[] = {
		"image", "ls", "--format", "{{.Repository}}:{{.Tag}}",
		"--filter", arena_printf(engine->arena, "reference=%s",
					 pattern), NULL,
	};
	struct cached_image *images = arena_array(engine->arena, IMAGES_MOST,
						  sizeof(*images));
	const char *names;
	int64_t sum = 0;
	size_t n = 0;

	if (engine_ask(engine, list, &names, NULL) < 0)
		return;
	while (n < IMAGES_MOST &&
	       (images[n].name = arena_line(engine->arena, &names))) {
		images[n].place = n;
		n++;
	}
	if (!n || !inspect(engine, images, n))
		return;
	qsort(images, n, sizeof(*images), by_last_build);
	for (size_t i = 0; i < n; i++) {
		const char *const remove[] = { "image", "rm", images[i].name,
					       NULL };
		sum += images[i].size;
		if (sum > most && !is_kept(keep, keep_count, images[i].name))
			engine_ask(engine, remove, NULL, NULL);
	}
}
