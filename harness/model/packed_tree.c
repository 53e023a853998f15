#include "model/packed_tree.h"
#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>

/* The largest float that is no more than a threshold. */
static float round_down(double threshold)
{
	float f = (float)threshold;

	return f > threshold ? nextafterf(f, -INFINITY) : f;
}

bool packed_tree_fits(const struct tree *tree, size_t n_features)
{
	return tree->node_count < (size_t)1 << 30 && n_features < (size_t)1
									  << 28;
}

void packed_tree_init(struct packed_tree *p, const struct tree *tree)
{
	uint32_t *number =
		xreallocarray(NULL, tree->node_count, sizeof(*number));
	uint32_t next = 1;

	p->nodes = xreallocarray(NULL, tree->node_count, sizeof(*p->nodes));
	p->origin = xreallocarray(NULL, tree->node_count, sizeof(*p->origin));
	number[0] = 0;
	for (size_t i = 0; i < tree->node_count; i++) {
		const struct tree_node *node = &tree->nodes[i];
		struct packed_node *to = &p->nodes[number[i]];

		p->origin[number[i]] = (uint32_t)i;
		if (node->left_child == TREE_LEAF) {
			*to = (struct packed_node){INFINITY, 0, 3 * number[i]};
			continue;
		}
		to->threshold = round_down(node->threshold);
		to->value = (uint32_t)node->feature * PACKED_LANES;
		to->left = 3 * next;
		number[node->left_child] = next;
		number[node->right_child] = next + 1;
		next += 2;
	}
	free(number);
}

void packed_tree_release(struct packed_tree *p)
{
	free(p->nodes);
	free(p->origin);
}

/* From the node at three times its number to the next, likewise: nodes are
 * three words, so that the address needs no multiplication. */
static inline uint32_t step(const uint32_t *words, uint32_t at,
			    const float *block)
{
	const struct packed_node *node =
		(const struct packed_node *)(const void *)(words + at);

	/* Arithmetic, not a choice, which might become a branch. */
	return node->left +
	       3u * (uint32_t) !(block[node->value] <= node->threshold);
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
void packed_tree_apply(const struct packed_tree *p, const float *block,
		       uint32_t ret[PACKED_LANES])
{
	const uint32_t *words = (const uint32_t *)(const void *)p->nodes;
	uint32_t at[PACKED_LANES] = {0}, moved;

	do {
		moved = 0;
#define STEP(lane) at[lane] = step(words, at[lane], block + (lane))
#define STEP_AND_SEE(lane)                                                     \
	do {                                                                   \
		uint32_t next_ = step(words, at[lane], block + (lane));        \
		moved |= next_ ^ at[lane];                                     \
		at[lane] = next_;                                              \
	} while (0)
		FOR_EACH_LANE(STEP);
		FOR_EACH_LANE(STEP_AND_SEE);
	} while (moved);
	for (size_t lane = 0; lane < PACKED_LANES; lane++)
		ret[lane] = p->origin[at[lane] / 3];
}
