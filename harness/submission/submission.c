#include "submission/submission.h"

#include "base/compiler.h"
#include "base/io.h"
#include "submission/data.h"
#include "submission/evidence.h"
#include "submission/map_file.h"
#include "submission/source.h"
#include "submission/tree_digest.h"

#include <stdlib.h>
#include <string.h>

void submission_note(struct submission *submission, const char *en,
		     const char *fr)
{
	*vec_push(&submission->notes) = (struct bilingual){ en, fr };
}

/* By path: folders are read in no order. */
static int by_path(const void *a, const void *b)
{
	json_t *const *x = a, *const *y = b;

	return strcmp(json_string_value(json_object_get(*x, "path")),
		      json_string_value(json_object_get(*y, "path")));
}

static void sort_by_path(json_t **array)
{
	size_t count = json_array_size(*array), i;
	json_t **items = xcalloc(count + 1, sizeof(*items)), *item;
	json_t *sorted = json_array();

	json_array_foreach(*array, i, item)
		items[i] = item;
	qsort(items, count, sizeof(json_t *), by_path);
	for (i = 0; i < count; i++)
		json_array_append(sorted, items[i]);
	json_decref(*array);
	*array = sorted;
	free(items);
}

static int take_digest(struct submission *s, struct error *err)
{
	struct tree_files files = { VEC_INIT };
	char digest[SHA256_HEX];
	int rc = tree_files_read(s->root, s->arena, &files, err);

	if (rc == 0 && !files.at.len)
		rc = error_set(err, ERROR_INVALID, "%s is no submission: it "
			       "holds no files", s->source);
	if (rc == 0) {
		tree_files_digest(&files, digest);
		s->digest = arena_strdup(s->arena, digest);
	}
	vec_release(&files.at);
	return rc;
}

int submission_open(const struct submission_options *options,
		    struct submission *ret, struct error *err)
{
	struct scratch_cleaned cleaned;

	*ret = (struct submission){
		.source = options->source, .arena = options->arena,
		.scratch = SCRATCH_INIT, .left_out = json_array(),
		.owner = options->owner,
	};
	scratch_clean(&cleaned);
	if (scratch_make(&ret->scratch, &options->owner, err) < 0 ||
	    source_take(ret, options, err) < 0 || take_digest(ret, err) < 0)
		return -1;
	sort_by_path(&ret->left_out);
	return map_file_read(ret, err);
}

int submission_prepare(struct submission *submission, const json_t *layout,
		       const char *data, struct error *err)
{
	if (evidence_collect(submission, layout, err) < 0)
		return -1;
	return data_place(submission, json_object_get(layout, "data"), data,
			  err);
}

void submission_describe(const struct submission *submission,
			 struct result *result)
{
	struct hand_in *hand_in = arena_new(result->arena, struct hand_in);

	hand_in->root = submission->root;
	hand_in->commit = submission->commit;
	hand_in->chosen_by = submission->chosen_by;
	hand_in->date = submission->date;
	hand_in->dated_by = submission->dated_by;
	hand_in->digest = submission->digest;
	hand_in->left_out = json_incref(submission->left_out);
	hand_in->recorded = json_incref(submission->recorded);
	for (size_t i = 0; i < submission->notes.len; i++)
		*vec_push(&hand_in->notes) = submission->notes.at[i];
	result->hand_in = hand_in;
	result->submission = submission->source;
	result->data_digest = submission->data_digest;
}

int submission_release(struct submission *submission, struct error *err)
{
	int rc = scratch_end(&submission->scratch, err);

	json_decref(submission->files);
	json_decref(submission->left_out);
	json_decref(submission->maps);
	json_decref(submission->recorded);
	vec_release(&submission->notes);
	*submission = (struct submission){ .scratch = SCRATCH_INIT };
	return rc;
}
