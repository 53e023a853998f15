/*
 * What must be known of a lab to train its model again from a month's files:
 * read from a YAML file beside its scenario (`bis-worlds: 1`), so that no name
 * of a table or column stands in the program. All of it lives in the arena.
 */
#ifndef WORLDS_LAB_H
#define WORLDS_LAB_H

#include "base/arena.h"
#include "base/error.h"
#include "model/forest_params.h"
#include "worlds/heap.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum feature_type { FEATURE_BOOLEAN, FEATURE_NUMBER, FEATURE_TEXT };

struct lab_feature {
	const char *table, *column;
	enum feature_type type;
	/* What may stand for an empty cell, the usual first; or none. */
	const char *const *missing;
	size_t n_missing;
};

/* A table that the rows pass through on their way to the training, as the
 * database lays it down: worlds/heap.h. */
struct lab_table {
	const char *name;
	const char **columns;
	enum heap_type *types; /* by column */
	size_t n_columns;
};

struct lab_month {
	const char *folder; /* "month_000" */
	const char *as_of;  /* "2024-01-31", or NULL */
};

/* What is measured of a model. */
enum lab_metric {
	LAB_ACCURACY,
	LAB_AUC,
	LAB_F1,
	LAB_LOG_LOSS,
	LAB_METRICS,
};

struct worlds_lab {
	const char *path;
	const char *key; /* the column that joins the tables */
	const char *target_table, *target_column;
	const struct lab_month *months;
	size_t n_months;
	const struct lab_feature *features; /* in the order of training */
	size_t n_features;
	/* The first is filled from the file of the first feature's table, each
	 * other from the one before; none: nothing is known of it. */
	const struct lab_table *tables;
	size_t n_tables;
	size_t n_readings; /* of empty cells: at least 1 */
	double test_size;
	uint32_t split_seed;
	bool stratify;
	struct forest_params forest;
	size_t orders;
	const char *const *names[LAB_METRICS]; /* each NULL-terminated */
	json_t *document;
};

int worlds_lab_read(const char *path, struct arena *arena,
		    struct worlds_lab *ret, struct error *err);
void worlds_lab_release(struct worlds_lab *lab);

/* Takes parameters, seed and column order from a model file. `invalid` where
 * it is no forest that can be fitted here, or has a feature that the lab does
 * not know. */
int worlds_lab_take_model(struct worlds_lab *lab, const char *model,
			  struct arena *arena, struct error *err);

/* What stands for an empty cell in that reading, or NULL. */
const char *lab_feature_missing(const struct lab_feature *feature,
				size_t reading);

/* "auc", "f1", "accuracy", "log_loss" */
const char *lab_metric_name(enum lab_metric metric);
/* By any of the lab's names, whatever their case. LAB_METRICS: none. */
enum lab_metric lab_metric_find(const struct worlds_lab *lab,
				const char *name);

#endif
