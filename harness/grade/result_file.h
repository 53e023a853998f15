/*
 * Reads a result.json (doc/result.schema.json) back into a struct result, so
 * that it can be reported again, with what was decided since. What the file
 * doesn't hold (which of the points were shared out, the experiment of a run)
 * is not there; report_json() of what was read gives the same bytes.
 *
 * The file may come from elsewhere: members of another type than the schema's
 * are ERROR_INVALID with their path; unknown ones are passed over.
 */
#ifndef GRADE_RESULT_FILE_H
#define GRADE_RESULT_FILE_H

#include "base/error.h"
#include "event/result.h"

/* The result lives in the arena; result_release() it. */
int result_file_read(const char *path, struct arena *arena,
		     struct result **ret, struct error *err);

/* The same of bytes; `path` is what complaints call them. */
int result_file_parse(const char *path, const char *text, size_t len,
		      struct arena *arena, struct result **ret,
		      struct error *err);

#endif
