#include "model/packed_tree.h"
#include "model/ranks.h"
#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>

/* The key of the largest float that is no more than a threshold: a float is
 * <= that exactly where it is <= the threshold. Nothing is <= NaN. */
static uint32_t threshold_key(double threshold)
{
	float f = (float)threshold;

	if (isnan(threshold))
		return 0;
	return rank_key(f) - (f > threshold);
}

/* The number of bits in a link that are kept for the feature; 0: too large. */
static unsigned int bits_for(size_t node_count, size_t n_features)
{
	static const unsigned int bits[] = {8, 16};

	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (n_features < (size_t)1 << bits[i] &&
		    node_count <= (size_t)1 << (32 - bits[i]))
			return bits[i];
	return 0;
}

/* Gives number `next` to a child; false where it has a parent already. */
static bool number_child(uint32_t *number, int64_t child, uint32_t next)
{
	if (number[child])
		return false;
	number[child] = next;
	return true;
}

static bool pack(struct packed_tree *p, const struct tree *tree,
		 uint32_t leaf_feature, uint32_t *number)
{
	uint32_t next = 1;

	for (size_t i = 0; i < tree->node_count; i++) {
		const struct tree_node *node = &tree->nodes[i];
		struct packed_node *to = &p->nodes[number[i]];

		if (i && !number[i])
			return false;
		if (node->left_child == TREE_LEAF) {
			to->key = (uint32_t)i;
			to->link = number[i] << p->feature_bits | leaf_feature;
			continue;
		}
		to->key = threshold_key(node->threshold);
		to->link = next << p->feature_bits | (uint32_t)node->feature;
		if (!number_child(number, node->left_child, next) ||
		    !number_child(number, node->right_child, next + 1))
			return false;
		next += 2;
	}
	return true;
}

struct packed_tree *packed_tree_new(const struct tree *tree, size_t n_features)
{
	unsigned int bits = bits_for(tree->node_count, n_features);
	struct packed_tree *p;
	uint32_t *number;

	if (!bits)
		return NULL;
	p = xcalloc(1, sizeof(*p) + tree->node_count * sizeof(p->nodes[0]));
	p->node_count = tree->node_count;
	p->feature_bits = bits;
	number = xcalloc(tree->node_count, sizeof(*number));
	if (!pack(p, tree, (uint32_t)n_features, number)) {
		free(p);
		p = NULL;
	}
	free(number);
	return p;
}

static inline uint32_t step(const struct packed_node *nodes, uint32_t at,
			    const uint32_t *row, unsigned int bits)
{
	uint32_t link = nodes[at].link;

	/* Arithmetic, not a choice, which might become a branch. */
	return (link >> bits) +
	       (nodes[at].key < row[link & ((1u << bits) - 1)]);
}

#define FOR_EACH_LANE(do_lane)                                                 \
	do {                                                                   \
		do_lane(0);                                                    \
		do_lane(1);                                                    \
		do_lane(2);                                                    \
		do_lane(3);                                                    \
		do_lane(4);                                                    \
		do_lane(5);                                                    \
		do_lane(6);                                                    \
		do_lane(7);                                                    \
	} while (0)

/* Eight rows at once: each waits for its own loads only, and there is no
 * branch to be guessed. A row that has arrived stays where it is. */
static inline void walk(const struct packed_node *nodes, const uint32_t *rows,
			size_t width, unsigned int bits, uint32_t *ret)
{
	uint32_t at[PACKED_LANES] = {0}, moved;

#define STEP(lane) at[lane] = step(nodes, at[lane], rows + (lane)*width, bits)
#define STEP_AND_SEE(lane)                                                     \
	do {                                                                   \
		uint32_t next_ = step(nodes, at[lane], rows + (lane)*width,    \
				      bits);                                   \
		moved |= next_ ^ at[lane];                                     \
		at[lane] = next_;                                              \
	} while (0)
	for (int depth = 0; depth < 8; depth++)
		FOR_EACH_LANE(STEP);
	do {
		moved = 0;
		FOR_EACH_LANE(STEP);
		FOR_EACH_LANE(STEP_AND_SEE);
	} while (moved);
	for (size_t lane = 0; lane < PACKED_LANES; lane++)
		ret[lane] = nodes[at[lane]].key;
}

void packed_tree_apply(const struct packed_tree *p, const uint32_t *rows,
		       size_t n_features, size_t n, uint32_t *ret)
{
	size_t width = n_features + 1;

	for (size_t i = 0; i < n; i += PACKED_LANES)
		if (p->feature_bits == 8)
			walk(p->nodes, rows + i * width, width, 8, ret + i);
		else
			walk(p->nodes, rows + i * width, width, 16, ret + i);
}
