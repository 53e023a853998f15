/*
 * Parts of a class that were graded apart (`bis grade --shard I/N`, on
 * whatever machines), put into one folder. `bis grade` of the whole class
 * there then finds everybody graded, grades who is missing, and reports.
 */
#ifndef GRADE_MERGE_H
#define GRADE_MERGE_H

#include "base/arena.h"
#include "base/error.h"

#include <stddef.h>

/* Copies what `part` holds into `out`, which is made where it isn't there; a
 * student that `out` has with the same result is passed over. ERROR_INVALID:
 * another scenario or other arguments, or two different results of the same
 * student. *ret_added: how many came. */
int merge(const char *out, const char *part, struct arena *arena,
	  size_t *ret_added, struct error *err);

#endif
