/*
 * A kill table: what each fault must come to. Of the embedded stack
 * fixtures/streamflow/kill-table.txt, of submissions
 * fixtures/submission/kill-table.txt. A line a fault:
 *
 *	[+]name  exit  failed  blocked  cause  [remedies]  [# note]
 *
 * where the lists are ids between commas, and - is none; as a cause, with one
 * of kill_no_causes behind it: why there is none to name. `+` marks those that
 * are always run. The note is "not caught: why", or "with name=value...", what
 * the scenario is told.
 */
#ifndef TESTS_KILL_TABLE_H
#define TESTS_KILL_TABLE_H

#include "base/arena.h"
#include "base/vec.h"

#include <stdbool.h>

enum kill_field { KILL_NAME, KILL_EXIT, KILL_FAILED, KILL_BLOCKED, KILL_CAUSE,
		  KILL_FIELDS };

extern const char *const kill_field_names[KILL_FIELDS];

/* Why a mistake has no cause of the closed list: the trainings agree. */
struct kill_no_cause {
	const char *word, *reason;
};
extern const struct kill_no_cause kill_no_causes[];
extern const size_t kill_no_cause_count;

struct kill_row {
	const char *fields[KILL_FIELDS]; /* lists sorted */
	const char *no_cause; /* "serving", behind its - ; or NULL */
	const char *remedies; /* sorted; "-" where the line says none */
	const char *note;  /* behind the #, or "" */
	bool always;
	double seconds;    /* of a run; not in the table */
};

struct kill_table {
	VEC(struct kill_row) rows;
};

/* Fails the test where a line is not one of the table. */
void kill_table_read(struct arena *arena, const char *path,
		     struct kill_table *ret);
void kill_table_release(struct kill_table *table);

/* "b,a" to "a,b"; "" to "-". */
const char *kill_sorted(struct arena *arena, const char *list);

/* What a run's result.json came to; -1 where there is none. *ret_pending: the
 * checks in error or inconclusive, "-" where there are none. */
int kill_row_of(struct arena *arena, const char *result, struct kill_row *ret,
		const char **ret_pending);

struct fault_line {
	const char *name, *imitates;
	bool correct;
};
struct fault_list {
	VEC(struct fault_line) at;
};
/* What `streamflow faults` says. */
void fault_list_read(struct arena *arena, struct fault_list *ret);
const struct fault_line *fault_list_find(const struct fault_list *list,
					 const char *name);

/* doc/kill-table.md */
int kill_table_write(const char *path, const struct kill_table *found,
		     const struct kill_table *table,
		     const struct fault_list *faults);

#endif
