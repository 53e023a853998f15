/*
 * A world: a history of the data before a training. Labels of one month,
 * features of one (the months ingested before left them so), and the rows in
 * many orders, since a database promises none: each order gives another split
 * and another forest.
 *
 * worlds_fit() trains the lab's model once for each order, with the same
 * split and seed, and keeps what was measured on the rows held back. Orders
 * that somebody might meet come first and have names: how a file has the
 * users (which is how a database has them after ingesting it), by key, as a
 * given list has them (a logged statement's answer). The others are drawn at
 * random, the same ones every time.
 */
#ifndef WORLDS_WORLD_H
#define WORLDS_WORLD_H

#include "base/arena.h"
#include "base/error.h"
#include "base/hash.h"
#include "worlds/lab.h"

#include <stdbool.h>
#include <stddef.h>

struct world_order {
	const char *name; /* NULL: drawn at random */
	/* Empty cells were read in another way than usual: it can give a
	 * number exactly, and counts in no range. */
	bool other_reading;
	bool failed;      /* it has no metrics: `why` */
	char why[200];
	double metrics[LAB_METRICS];
	/* Of the model as scikit-learn 1.7.2 would pickle it: of named orders,
	 * where digests were asked for; else "". */
	char sha256[SHA256_HEX], git_blob[SHA1_HEX];
	size_t bytes; /* of that pickle */
};

struct world {
	const char *labels, *features; /* months' folders */
	size_t n_rows;                 /* users with features and label */
	struct world_order *orders;
	size_t n_orders;
};

struct worlds {
	struct world *at;
	size_t len;
};

struct worlds_options {
	const char *data;       /* the folder of the months' folders */
	const char *as_of;      /* only features of that day; NULL: of all */
	const char *order_file; /* one key a line; NULL: none */
	size_t orders;          /* 0: as the lab says */
	bool digests;
	/* Called now and then by one of the threads; NULL: nobody asks. */
	void (*progress)(void *context, size_t done, size_t of);
	void *context;
};

/* Reads the months that are there and fits. A month that the lab names and
 * that has no folder is left out; `unavailable` where there is none, or where
 * as_of is no month's; `cancelled` after a signal. Worlds live in the arena. */
int worlds_fit(const struct worlds_lab *lab,
	       const struct worlds_options *options, struct arena *arena,
	       struct worlds *ret, struct error *err);

#endif
