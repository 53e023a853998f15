/* What report.md says of what was handed in. */
#include "report/markdown.h"

#include <string.h>

enum { ABBREVIATED = 12, LISTED = 8 };

void markdown_commit(const struct markdown *md)
{
	const struct hand_in *hand_in = md->result->hand_in;

	if (hand_in->commit) {
		strbuf_addstr(md->into, ", ");
		markdown_say(md, "commit");
		strbuf_addf(md->into, " `%.*s`", ABBREVIATED, hand_in->commit);
	}
	strbuf_addstr(md->into, " (");
	markup_prose(md->into, words_of(&hand_in->chosen_by, md->language));
	strbuf_addch(md->into, ')');
}

void markdown_remedies(const struct markdown *md)
{
	const struct result *result = md->result;

	if (!result->remedies.len)
		return;
	markdown_say(md, "So that the rest could be graded, this was repaired "
			 "for you:");
	strbuf_addstr(md->into, "\n\n");
	for (size_t i = 0; i < result->remedies.len; i++) {
		const struct remedy_record *r = &result->remedies.at[i];

		strbuf_addstr(md->into, "- ");
		markup_code(md->into, r->id);
		strbuf_addstr(md->into, words_colon(md->language));
		markup_prose(md->into, words_of(&r->words, md->language));
		if (r->repair) {
			strbuf_addstr(md->into, words_colon(md->language));
			markup_code(md->into, r->repair);
		}
		strbuf_addstr(md->into, " (");
		if (r->step) {
			markup_code(md->into, r->step);
			strbuf_addstr(md->into, ", ");
		}
		words_add_points(md->into, r->deduction);
		strbuf_addch(md->into, ' ');
		strbuf_addstr(md->into,
			      language_say_count(md->language, "point off",
						 "points off",
						 r->deduction > 1 ? 2 : 1));
		strbuf_addstr(md->into, ")\n");
	}
	strbuf_addch(md->into, '\n');
}

static void add_maps(const struct markdown *md, const struct hand_in *hand_in)
{
	for (size_t i = 0; i < hand_in->maps.len; i++) {
		const struct map_record *map = &hand_in->maps.at[i];

		strbuf_addstr(md->into, "- ");
		markup_code(md->into, map->name);
		strbuf_addch(md->into, ' ');
		markdown_say(md, "was taken for the role");
		strbuf_addch(md->into, ' ');
		markup_code(md->into, map->role);
		strbuf_addf(md->into, " (%s)\n", map->from);
	}
}

/* ": `a`, `b`, ..." of paths, or of rows with a path and a reason. */
static void add_paths(const struct markdown *md, const json_t *paths)
{
	json_t *item;
	size_t i;

	strbuf_addstr(md->into, words_colon(md->language));
	json_array_foreach(paths, i, item) {
		const char *path = json_string_value(
			json_is_object(item) ? json_object_get(item, "path")
					     : item);
		const char *reason = json_string_value(
			json_object_get(item, "reason"));
		if (i == LISTED) {
			strbuf_addstr(md->into, ", ...");
			break;
		}
		strbuf_addstr(md->into, i ? ", " : "");
		markup_code(md->into, path ? path : "?");
		if (reason)
			strbuf_addf(md->into, " (%s)", reason);
	}
	strbuf_addch(md->into, '\n');
}

static void add_dates(const struct markdown *md, const struct hand_in *hand_in)
{
	if (!hand_in->packages_as_of)
		return;
	strbuf_addstr(md->into, "- ");
	markdown_say(md, "packages as of");
	strbuf_addf(md->into, " %s; ", hand_in->packages_as_of);
	markdown_say(md, "the submission is dated by");
	strbuf_addch(md->into, ' ');
	markup_prose(md->into, words_of(&hand_in->dated_by, md->language));
	strbuf_addch(md->into, '\n');
}

void markdown_hand_in(const struct markdown *md)
{
	const struct hand_in *hand_in = md->result->hand_in;

	if (!hand_in)
		return;
	const json_t *moved = json_object_get(hand_in->recorded, "moved");

	markdown_say(md, "About what was handed in:");
	strbuf_addstr(md->into, "\n\n");
	add_dates(md, hand_in);
	add_maps(md, hand_in);
	if (json_array_size(moved)) {
		strbuf_addstr(md->into, "- ");
		markdown_say(md, "generated state, moved aside before the "
				 "start");
		add_paths(md, moved);
	}
	if (json_array_size(hand_in->left_out)) {
		strbuf_addstr(md->into, "- ");
		markdown_say(md, "left out");
		add_paths(md, hand_in->left_out);
	}
	for (size_t i = 0; i < hand_in->notes.len; i++) {
		strbuf_addstr(md->into, "- ");
		markup_prose(md->into, words_of(&hand_in->notes.at[i],
						md->language));
		strbuf_addch(md->into, '\n');
	}
	strbuf_addch(md->into, '\n');
}
