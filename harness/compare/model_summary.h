/* Lines for a person about two models that differ. */
#ifndef COMPARE_MODEL_SUMMARY_H
#define COMPARE_MODEL_SUMMARY_H

#include "compare/pickle_walk.h"

/* "300 of 300 trees differ; parameters, categories and feature order equal;
 * tree 0 parts at node 0: feature 3 != 8". Nothing where they aren't models
 * that it knows. */
void model_summary_say(const struct pickle_walk *walk);

#endif
