#include "grade/merge.h"

#include "base/io.h"
#include "base/path.h"
#include "grade/entries.h"
#include "grade/journal.h"
#include "grade/student_folder.h"

#include <string.h>

/* The part's head without its share: the whole is none. */
static json_t *whole_head(const json_t *head)
{
	json_t *whole = json_copy((json_t *)head);

	json_object_set_new(whole, "shard", json_null());
	return whole;
}

static int check_heads(const struct journal *whole, const struct journal *part,
		       struct error *err)
{
	static const char *const names[] = { "scenario", "digest",
					     "arguments" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!json_equal(json_object_get(whole->head, names[i]),
				json_object_get(part->head, names[i])))
			return error_set(err, ERROR_INVALID,
					 "%s was graded with another %s than "
					 "what is in %s", part->path, names[i],
					 whole->path);
	return 0;
}

static json_t *graded(const struct journal_student *student)
{
	return json_pack("{s:s, s:s, s:s}", "event", "graded", "id",
			 student->id, "sha256", student->sha256);
}

/* Why somebody could not be graded, where nobody else could either. */
static int take_problem(struct journal *whole,
			const struct journal_student *student,
			struct error *err)
{
	return journal_add(whole, json_pack("{s:s, s:s, s:s, s:s}",
					    "event", "error", "id",
					    student->id, "problem",
					    student->kind, "why",
					    student->problem), err);
}

/* Copied beside its place first, so that a kill leaves no half of it. */
static int take_student(struct journal *whole, const char *out,
			const char *part, const struct journal_student *student,
			struct error *err)
{
	struct arena *arena = whole->arena;
	const char *slug = entry_slug(arena, student->id);
	struct student_folder from = student_folder_of(arena, part, slug);
	struct student_folder to = student_folder_of(arena, out, slug);

	if (io_remove_tree(to.work, err) < 0 ||
	    io_copy_tree(from.run, to.work, err) < 0 ||
	    journal_add(whole, graded(student), err) < 0)
		return -1;
	switch (student_folder_settle(&to, student->sha256, err)) {
	case 1:
		return 0;
	case 0:
		return error_set(err, ERROR_INVALID,
				 "%s is not the result that %s/journal.jsonl "
				 "tells of", from.result, part);
	default:
		return -1;
	}
}

static int take_all(struct journal *whole, const char *out,
		    const struct journal *part, const char *folder,
		    size_t *ret_added, struct error *err)
{
	for (size_t i = 0; i < part->students.len; i++) {
		const struct journal_student *s = part->students.at[i];
		const struct journal_student *known =
			journal_find(whole, s->id);

		if (!s->graded) {
			if (s->problem && !(known && known->graded) &&
			    take_problem(whole, s, err) < 0)
				return -1;
			continue;
		}
		if (known && known->graded && strcmp(known->sha256, s->sha256))
			return error_set(err, ERROR_INVALID,
					 "`%s` was graded twice, in %s and in "
					 "another part, with two results",
					 s->id, folder);
		if (known && known->graded)
			continue;
		if (take_student(whole, out, folder, s, err) < 0)
			return -1;
		++*ret_added;
	}
	return 0;
}

int merge(const char *out, const char *part, struct arena *arena,
	  size_t *ret_added, struct error *err)
{
	struct journal whole = JOURNAL_INIT, from = JOURNAL_INIT;
	const char *given = path_join(arena, part, "given");
	const char *to = path_join(arena, out, "given");
	int rc = 0;

	*ret_added = 0;
	if (!io_exists(path_join(arena, part, "journal.jsonl")))
		return error_set(err, ERROR_INVALID,
				 "%s holds no results of `bis grade`", part);
	if (io_make_folders(path_join(arena, out, "work"), 0755, err) < 0)
		return -1;
	rc = journal_open(&from, part, arena, err);
	if (!rc)
		rc = journal_open(&whole, out, arena, err);
	if (!rc && !whole.head)
		rc = journal_add(&whole, whole_head(from.head), err);
	if (!rc)
		rc = check_heads(&whole, &from, err);
	if (!rc && io_exists(given) && !io_exists(to))
		rc = io_copy_tree(given, to, err);
	if (!rc)
		rc = take_all(&whole, out, &from, part, ret_added, err);
	journal_close(&whole);
	journal_close(&from);
	return rc;
}
