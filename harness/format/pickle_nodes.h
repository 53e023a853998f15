/* One tree of a decoded forest, as lines for a person. */
#ifndef FORMAT_PICKLE_NODES_H
#define FORMAT_PICKLE_NODES_H

#include "format/pickle.h"

#include <jansson.h>

/*
 * Appends tree `index` of the model's estimators_ (or the model's own tree_):
 *
 *	tree 17 of 300: 157 nodes, 12 deep
 *	0 net_service=Fiber optic <= 0.5  (gini 0.499, 5282 samples)
 *	  1 months_active <= 17.5  (...)
 *	    2 leaf [0.82, 0.18]  (...)
 *
 * `invalid`: no such tree, or one whose nodes can't be read.
 */
int pickle_nodes_print(const struct pickle *p, size_t index,
		       struct strbuf *into, struct error *err);

/* The columns that the last step of a Pipeline gets, by name: those that a
 * one-hot encoder makes are "column=category". NULL where they can't be told.
 * A new reference. */
json_t *pickle_encoded_columns(const struct pickle_value *model);

#endif
