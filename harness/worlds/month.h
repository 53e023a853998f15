/*
 * One month's files, as far as the model needs them: features and label of
 * every user, in the file order of the first feature's table, and in which
 * order each table has them.
 *
 * The files are read with format/csv.h and its caps. A user must not stand
 * twice in a table. Who has no row in one of the features' tables has no
 * features; who has none in the label's table, or an empty cell there, no
 * label: such a user is in no world.
 */
#ifndef WORLDS_MONTH_H
#define WORLDS_MONTH_H

#include "base/arena.h"
#include "base/error.h"
#include "base/map.h"
#include "worlds/lab.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LABEL_NONE = 2 }; /* beside 0 (False) and 1 (True) */

struct month_order {
	const char *table;
	const char *what;  /* "file order of month_000/labels" */
	const char **keys; /* as the file has them */
	size_t n;
};

struct month {
	const char *name;  /* its folder's */
	const char *as_of; /* or NULL */
	const char **keys; /* of the users, by row */
	size_t n_rows;
	struct map rows; /* key -> &keys[row] */
	/* By feature of the lab: one of the two. A text is NULL, a number
	 * NaN where the cell is empty and nothing stands for it. */
	double **numbers;
	const char ***texts;
	bool *whole;     /* by row: every feature's table has it */
	uint8_t *labels; /* by row: 0, 1, LABEL_NONE */
	struct month_order *orders; /* one a table, the first feature's first */
	size_t n_orders;
};

/* Reads DIR/month.folder, empty cells as in that reading of them. `unavailable` where a file isn't there, `invalid`
 * with FILE:LINE:COLUMN where a cell isn't what the lab says. */
int month_read(struct month *ret, const struct worlds_lab *lab,
	       const struct lab_month *month, size_t reading, const char *dir,
	       struct arena *arena, struct error *err);
void month_release(struct month *month); /* the rest is the arena's */

/* Appends to month->orders how the lab's tables lie in the database after
 * this month alone was ingested, where the lab says what they are. */
int month_read_heap(struct month *month, const struct worlds_lab *lab,
		    const char *dir, struct arena *arena, struct error *err);

/* The row of a user, or SIZE_MAX. */
size_t month_row(const struct month *month, const char *key);

#endif
