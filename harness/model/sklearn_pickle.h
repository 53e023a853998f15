/*
 * Writing a fitted model as the pickle that scikit-learn 1.7.2 under Python
 * 3.11 and NumPy 2 would write of it with cloudpickle.dumps(): the same
 * bytes, so that it loads there, and so that its digest can be compared.
 *
 * The pipeline is the one of model/column_encoder.h and model/pipeline.h,
 * fitted to a DataFrame whose columns were read from a file or a database
 * (their names are texts of their own) and whose text columns were picked from
 * the frame's columns; the target is a Series or array of model/pipeline.h's
 * struct labels.
 *
 * Source: scikit-learn 1.7.2's __getstate__ (base.py, tree/_tree.pyx) and what
 * fit() leaves in each object, observed; NumPy 2.x ndarray.__reduce_ex__.
 */
#ifndef MODEL_SKLEARN_PICKLE_H
#define MODEL_SKLEARN_PICKLE_H

#include "base/error.h"
#include "model/forest.h"
#include "model/pickler.h"
#include "model/pipeline.h"

/* Pipeline([("prep", ...), ("clf", ...)]): what production needs, since raw
 * features arrive there. */
int sklearn_pickle_pipeline(const struct pipeline *pipeline,
			    const struct labels *labels,
			    const struct byte_sink *sink, struct error *err);

/* RandomForestClassifier(...) by itself. */
int sklearn_pickle_classifier(const struct forest *forest,
			      const struct labels *labels,
			      const struct byte_sink *sink, struct error *err);

#endif
