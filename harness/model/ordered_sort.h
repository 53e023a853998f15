/* scikit-learn's introsort of words by their upper 16 bits, inside model/:
 * the very permutation of tree_sort(). */
#ifndef MODEL_ORDERED_SORT_H
#define MODEL_ORDERED_SORT_H

#include <stddef.h>
#include <stdint.h>

void ordered_sort(uint32_t *v, size_t n);

#endif
