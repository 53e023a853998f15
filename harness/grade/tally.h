/*
 * A class's results, read back one after the other, with what the template
 * takes away and what people decided, and added up.
 */
#ifndef GRADE_TALLY_H
#define GRADE_TALLY_H

#include "event/class_result.h"
#include "grade/batch.h"
#include "grade/overrides.h"

/* Each student's result as it is to be reported: called once a student, the
 * result is gone afterwards. */
struct tally_listener {
	int (*result)(struct tally_listener *self,
		      const struct class_student *student,
		      struct result *result, struct error *err);
};

struct tally_options {
	const struct batch *batch;
	const struct result *given;         /* the template's, or NULL */
	const struct overrides *overrides;  /* or NULL */
	const char *salt; /* of the aliases: nobody can tell them from ids */
	struct tally_listener *listener;    /* or NULL */
};

/* Fills an empty class_result. A check fails "for most" where more than half
 * of at least TALLY_QUESTION students fail it or don't reach it. */
enum { TALLY_QUESTION = 4 };
int tally(const struct tally_options *options, struct class_result *into,
	  struct error *err);

#endif
