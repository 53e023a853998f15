/*
 * What is allowed to differ, by declaration: fields that hold a run's id or
 * its time, and parameters of estimators that change nothing of the result.
 * Both are shown where they differ.
 */
#ifndef COMPARE_DECLARED_H
#define COMPARE_DECLARED_H

#include <stdbool.h>
#include <stddef.h>

/* A field of files: shell patterns (fnmatch(3), where `*` also takes '/' and
 * '.') of the file's path and of the field's path in it. A file's pattern
 * matches at the end of its path too, after a '/': "MLmodel" is any MLmodel.
 * field NULL is the file as a whole. */
struct volatile_field {
	const char *file;
	const char *field;
	const char *why; /* shown */
};

struct declared {
	const struct volatile_field *fields;
	size_t n_fields;
	const char *const *metrics; /* patterns of names that may differ */
	size_t n_metrics;
	const char *const *parameters; /* of estimators, that change nothing */
	size_t n_parameters;
};

/* MLflow's (2.x and 3.x) and scikit-learn's. */
extern const struct declared declared_mlflow;

/* Why the field may differ, or NULL where it may not. field "" asks for the
 * file as a whole. */
const char *declared_volatile(const struct declared *d, const char *file,
			      const char *field);
bool declared_volatile_metric(const struct declared *d, const char *name);
bool declared_non_semantic(const struct declared *d, const char *name,
			   size_t len);

#endif
