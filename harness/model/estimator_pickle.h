/*
 * Parts of model/sklearn_pickle.h, inside model/: an estimator's state, key by
 * key. How many keys there are must be said beforehand, since the pickler
 * needs it.
 */
#ifndef MODEL_ESTIMATOR_PICKLE_H
#define MODEL_ESTIMATOR_PICKLE_H

#include "model/column_encoder.h"
#include "model/forest.h"
#include "model/numpy_pickle.h"
#include "model/pipeline.h"

/* An estimator and its state of `count` keys, _sklearn_version counted, which
 * the second of the two writes. */
pickler_id pickle_estimator(struct pickler *p, struct pickler_batch *b,
			    const char *module, const char *name, size_t count);
void pickle_estimator_end(struct pickler *p, struct pickler_batch *b);

/* The key, and with all but the first its value too. */
void pickle_key(struct pickler *p, struct pickler_batch *b, const char *name);
void pickle_key_none(struct pickler *p, struct pickler_batch *b,
		     const char *name);
void pickle_key_bool(struct pickler *p, struct pickler_batch *b,
		     const char *name, bool value);
void pickle_key_int(struct pickler *p, struct pickler_batch *b,
		    const char *name, int64_t value);
void pickle_key_float(struct pickler *p, struct pickler_batch *b,
		      const char *name, double value);
/* text NULL: None. */
void pickle_key_text(struct pickler *p, struct pickler_batch *b,
		     const char *name, const char *text);
void pickle_key_number(struct pickler *p, struct pickler_batch *b,
		       const char *name, const struct forest_number *n);

/* forest_pickle.c: RandomForestClassifier and its trees. */
void pickle_forest(struct numpy_pickle *np, const struct forest *forest,
		   const struct labels *labels);

/* encoder_pickle.c: ColumnTransformer and what it holds. */
void pickle_encoder(struct numpy_pickle *np, const struct column_encoder *e);

#endif
