/* bis inspect --predict: what a model answers for the rows of a CSV file. */
#ifndef CLI_INSPECT_PREDICT_H
#define CLI_INSPECT_PREDICT_H

#include "base/error.h"
#include "format/pickle.h"

/*
 * Prints CSV: one line a row of the data, with the class that predict() gives
 * and the probability of each class as predict_proba() does. Columns are
 * found by name; where the model was fitted without names, the file's columns
 * are taken in order. An empty cell of a number is a missing value; True and
 * False are 1 and 0.
 *
 * Nothing of the model is executed: see model/from_pickle.h for what is
 * understood. `invalid`: another estimator, a column that isn't there, a cell
 * that is no number.
 */
int inspect_predict(const struct pickle *p, const char *model_path,
		    const char *data_path, struct error *err);

#endif
