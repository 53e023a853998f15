#include "stack/image_cache.h"

#include "stack/engine.h"

#include <string.h>

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
