#include "claims/claims.h"

#include "base/io.h"
#include "base/path.h"

#include <stdlib.h>
#include <string.h>

/* "a%20b" to "a b", in place. */
static void decode_percent(char *text)
{
	char *to = text;

	for (; *text; text++) {
		char hex[3] = {text[0] == '%' ? text[1] : '\0',
			       text[0] == '%' && text[1] ? text[2] : '\0'};
		char *end;
		long byte = strtol(hex, &end, 16);

		if (hex[0] && hex[1] && !*end && byte > 0) {
			*to++ = (char)byte;
			text += 2;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

/* A picture that lies beside the report and isn't there. Addresses are not
 * looked up, and nor is what lies outside. */
static bool is_missing(const char *report, const char *path,
		       struct arena *arena)
{
	char *decoded = arena_strdup(arena, path);

	if (strstr(path, "://") || !strncmp(path, "data:", 5))
		return false;
	decode_percent(decoded);
	while (!strncmp(decoded, "./", 2))
		decoded += 2;
	if (!path_is_contained(decoded))
		return true;
	return !io_exists(
		path_join(arena, path_dirname(arena, report), decoded));
}

static void look_for_pictures(struct claims *c, const char *path,
			      struct arena *arena)
{
	bool *missing = arena_array(arena, c->pieces.n_pictures + 1,
				    sizeof(*missing));

	for (size_t i = 0; i < c->pieces.n_pictures; i++)
		missing[i] =
			is_missing(path, c->pieces.pictures[i].path, arena);
	c->report.picture_is_missing = missing;
}

int claims_check(struct claims *ret, const char *path,
		 const struct claim_kinds *kinds, const struct truth *truth,
		 struct arena *arena, struct error *err)
{
	struct claims *c = ret;

	*c = (struct claims){0};
	if (report_text_read(&c->text, path, arena, err) < 0)
		return -1;
	if (pieces_read(&c->text.text, arena, &c->pieces, err) < 0 ||
	    claims_find(kinds, &c->pieces, arena, &c->found, err) < 0) {
		report_text_release(&c->text);
		return error_context(err, "reading %s", path);
	}
	claims_judge(&c->found, truth, arena, &c->judgement);
	c->report = (struct claims_report){
		.path = path,
		.text = &c->text,
		.pieces = &c->pieces,
		.found = &c->found,
		.judgement = &c->judgement,
		.truth = truth,
	};
	look_for_pictures(c, path, arena);
	return 0;
}

void claims_release(struct claims *claims)
{
	report_text_release(&claims->text);
	found_claims_release(&claims->found);
}
