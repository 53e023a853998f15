/*
 * What people decided: overrides.csv of the instructor, applied last.
 *
 *	id,check,points,reason,who,date
 *	al01,twice,4,"her seed is in the compose file",M. Dupont,2026-11-20
 *
 * All six are needed in every row; two rows for the same check of the same
 * student, points below 0 or above what the check gives, and names that
 * nothing has are refused, since a decision that is silently lost is worse
 * than none. The verdict stays the automatic one.
 */
#ifndef GRADE_OVERRIDES_H
#define GRADE_OVERRIDES_H

#include "base/error.h"
#include "base/vec.h"
#include "event/result.h"
#include "grade/entries.h"

struct override_row {
	const char *id, *check, *where;
	struct override_record record;
};

struct overrides {
	struct override_row *at;
	size_t len, alloc;
};

/* vec_release(into) also after a failure. Rows for ids that aren't among the
 * entries are ERROR_INVALID; NULL entries: any id will do. */
int overrides_read(const char *path, const struct entries *entries,
		   struct arena *arena, struct overrides *into,
		   struct error *err);

/* Those of the student `id`, into the result; *ret_count how many. */
int overrides_apply(const struct overrides *overrides, const char *id,
		    struct result *result, size_t *ret_count,
		    struct error *err);

/* Checks that the template fails as well, and those that neither reaches
 * because of one, keep their verdict and take no points. `given` is the template's result. Gives how many. */
size_t inherit(const struct result *given, struct result *result);

/* Adds the checks' points up again, after either. */
void totals_add_up(struct result *result);

#endif
