/* artifact: a logged file, decoded without executing anything. */
#include "step/tracking.h"

#include "base/io.h"
#include "base/path.h"
#include "format/pickle_summary.h"

#include <string.h>

static const struct key_spec keys[] = {
	{ .name = "path", .type = KEY_STRING, .required = true,
	  .doc = "Its path below the run; a bare file name is looked for in "
	  "every folder." },
	{ .name = "run", .type = KEY_STEP, .required = true,
	  .doc = "The id of the train step." },
	{ 0 },
};

enum { TEXT_MAX = 4 * 1024 * 1024 };

/* By its path, or by its name where that is the only one. */
static const struct artifact_record *find(const struct train_record *record,
					  const char *path)
{
	const struct artifact_record *found = NULL;

	for (size_t i = 0; i < record->artifacts.len; i++) {
		const struct artifact_record *a = &record->artifacts.at[i];
		if (!strcmp(a->path, path))
			return a;
		if (strchr(path, '/') ||
		    strcmp(path_basename(a->path), path))
			continue;
		if (found)
			return NULL;
		found = a;
	}
	return found;
}

static bool ends_in(const char *text, const char *end)
{
	size_t a = strlen(text), b = strlen(end);

	return a >= b && !strcmp(text + a - b, end);
}

/* {"json": ...} or {"text": ...} or the summary of a pickle. */
static int decode(const char *file, const char *name, json_t **ret,
		  struct error *err)
{
	struct strbuf text = STRBUF_INIT(TEXT_MAX);
	json_error_t why;
	int rc = 0;

	if (ends_in(name, ".pkl") || ends_in(name, ".joblib") ||
	    ends_in(name, ".pickle"))
		return pickle_summary_file(file, ret, err);
	if (io_read_file(file, &text, err) < 0) {
		strbuf_release(&text);
		return -1;
	}
	if (ends_in(name, ".json")) {
		*ret = json_loadb(text.buf, text.len,
				  JSON_DECODE_ANY | JSON_ALLOW_NUL |
				  JSON_REJECT_DUPLICATES, &why);
		if (!*ret)
			rc = error_set(err, ERROR_INVALID,
				       "%s:%d:%d: %s", name, why.line,
				       why.column, why.text);
	} else {
		json_t *string = json_stringn(text.buf, text.len);
		*ret = string ? json_pack("{s:o}", "text", string)
			      : json_pack("{s:I}", "bytes",
					  (json_int_t)text.len);
	}
	strbuf_release(&text);
	return rc;
}

static int run(struct step_context *context, const struct step *step,
	       const json_t *args, struct step_outcome *ret, struct error *err)
{
	const struct train_record *record =
		step_find_run(context, step_text(args, "run"), ret);
	const char *path = step_text(args, "path");
	struct error why = ERROR_INIT;

	(void)step;
	if (!record)
		return 0;
	const struct artifact_record *artifact = find(record, path);
	ret->expected = arena_printf(context->arena,
				     "the run has an artifact %s", path);
	ret->by_hand = arena_printf(
		context->arena,
		"%s\ncurl -s \"%s/get-artifact?run_uuid=$RUN&path=%s\" -o %s",
		tracking_run_by_hand(context, record),
		stack_by_hand(context->stack, "tracking"),
		artifact ? artifact->path : path, path_basename(path));
	if (!artifact) {
		ret->judged = true;
		ret->verdict = VERDICT_FAILED;
		ret->actual = arena_printf(context->arena,
					   "no such artifact among the %zu of "
					   "the run", record->artifacts.len);
		return 0;
	}
	if (decode(path_join(context->arena, record->folder, artifact->path),
		   artifact->path, &ret->value, &why) == 0)
		return 0;
	if (why.kind != ERROR_INVALID && why.kind != ERROR_LIMIT) {
		*err = why;
		return -1;
	}
	ret->judged = true;
	ret->verdict = VERDICT_FAILED;
	ret->actual = arena_printf(context->arena, "%s can't be read: %s",
				   artifact->path, why.message);
	return 0;
}

const struct step_kind step_artifact = {
	.syntax = { "artifact", "Look into a logged artifact.", keys },
	.run = run,
};
