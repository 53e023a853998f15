/*
 * What a class has: one row for each student, and what the rows add up to.
 * Values only, as in event/result.h: grade/ fills them from the results on
 * disk, one result in memory at a time, and reporters read them. Everything
 * lives in the arena but the arrays, which class_result_release() gives back.
 *
 * Invariant: a student's `verdicts` has one element for each of `checks`, its
 * `points` and `pending` one for each of `exercises`; an ungraded student has
 * neither (NULL) and says why in `problem`.
 */
#ifndef EVENT_CLASS_RESULT_H
#define EVENT_CLASS_RESULT_H

#include "event/result.h"

enum { CLASS_NO_VERDICT = VERDICT_COUNT };

struct class_exercise {
	const char *id;
	struct bilingual title;
	double max_points;
};

/* A check over the class. */
struct class_check {
	const char *id;
	size_t exercise; /* its index */
	struct bilingual title;
	double max_points;
	size_t counts[VERDICT_COUNT];
	size_t inherited; /* of the failed: the template fails it as well */
	size_t students;  /* graded, whose result holds it */
	/* It fails for most of the class: a question to the assignment. */
	bool question;
};

struct class_student {
	const char *id;      /* as the instructor gave it: any text */
	const char *name;    /* or NULL */
	const char *folder;  /* "students/SLUG", below the class's folder */
	const char *slug;
	const char *problem; /* not graded: why; else NULL */
	enum verdict verdict;
	double points, pending, max_points;
	double *exercise_points, *exercise_pending;
	unsigned char *verdicts; /* enum verdict, or CLASS_NO_VERDICT */
	int64_t duration;
	size_t overrides; /* checks whose points a person decided */
	size_t inherited; /* checks that the template fails as well */
	/* From 1: those whose graded models are canonically equal have the
	 * same number; 0: its models are its own, or it has none. */
	size_t identity;
	size_t alias; /* from 1: what it is called in an anonymous report */
};

/* A mistake, and who made it. */
struct class_mistake {
	size_t check;
	const char *cause; /* of its diagnosis, or NULL */
	struct bilingual words;
	VEC(size_t) students; /* indices */
	double points;        /* that it took, in all */
};

/* Something that a person should look at. */
struct class_oddity {
	size_t student;
	const char *check; /* or NULL: of the whole */
	double pending;    /* points that wait for it */
	const char *text;
};

struct class_result {
	struct arena *arena; /* borrowed */
	const char *bis_version;
	const char *scenario, *scenario_digest;
	struct bilingual title;
	double max_points;
	bool given; /* a template was graded first */
	VEC(struct class_exercise) exercises;
	VEC(struct class_check) checks;
	VEC(struct class_student) students; /* in the instructor's order */
	VEC(struct class_mistake) mistakes; /* most students first */
	VEC(struct class_oddity) oddities;
	size_t identities;
};

struct class_result *class_result_new(struct arena *arena);
void class_result_release(struct class_result *c); /* NULL is fine */

#endif
