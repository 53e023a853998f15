/* The object tree of a pickle, as lines for a person. */
#ifndef FORMAT_PICKLE_TREE_H
#define FORMAT_PICKLE_TREE_H

#include "format/pickle.h"

struct pickle_tree_limits {
	int depth;          /* levels that are opened */
	size_t list;        /* elements of a list that are shown */
	size_t lines;       /* in all */
};

/* Appends lines such as
 *
 *	Pipeline (sklearn.pipeline)
 *	  steps: list of 2
 *	    [1]: ('clf', RandomForestClassifier(...))
 *
 * A value met again is named and not opened twice. */
void pickle_tree_print(const struct pickle *p,
		       const struct pickle_tree_limits *limits,
		       struct strbuf *into);

#endif
