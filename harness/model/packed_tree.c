#include "model/packed_tree.h"
#include "model/ranks.h"
#include "base/alloc.h"
#include "base/compiler.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	TOP_DEPTH = 12, /* levels that lie breadth first */
	SMALL_DEPTH = 9, /* steps that hardly any row does not go */
	LARGE_TREE = 16384, /* nodes: more than the nearest cache holds */
	LARGE_GROUP = 2048, /* rows that it is worth to put in order */
};

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

/* What is known of a tree while it is packed. */
struct packing {
	struct packed_tree *p;
	const struct tree *tree;
	size_t n_classes;
	uint32_t leaf_feature;
	uint32_t *number;       /* by the tree's own */
	uint32_t *table;        /* of shares: one more than their row, or 0 */
	size_t mask;            /* of the table's indices */
	size_t share_alloc;
};

/* Numbers the children of node i as next and next + 1; false where they have
 * a parent already, or come before it. */
static bool number_children(struct packing *k, size_t i, uint32_t next)
{
	const struct tree_node *node = &k->tree->nodes[i];
	const int64_t children[] = {node->left_child, node->right_child};

	for (uint32_t c = 0; c < 2; c++) {
		if (children[c] <= (int64_t)i || k->number[children[c]])
			return false;
		k->number[children[c]] = next + c;
	}
	return true;
}

/* The first levels, breadth first. */
static bool number_top(struct packing *k)
{
	uint32_t ids[1 << (TOP_DEPTH + 1)];
	uint32_t level = 0, end = 1;

	ids[0] = 0;
	for (int depth = 0; depth < TOP_DEPTH; depth++) {
		uint32_t next = end;

		for (; level < end; level++) {
			const struct tree_node *node =
				&k->tree->nodes[ids[level]];

			if (node->left_child == TREE_LEAF)
				continue;
			if (!number_children(k, ids[level], next))
				return false;
			ids[next++] = (uint32_t)node->left_child;
			ids[next++] = (uint32_t)node->right_child;
		}
		end = next;
	}
	k->p->below = level;
	k->p->top_count = end;
	return true;
}

/* All others, each part below a node of the top by itself, since the nodes
 * are numbered depth first. */
static bool number_rest(struct packing *k)
{
	uint32_t next = k->p->top_count;

	for (size_t i = 0; i < k->tree->node_count; i++) {
		if (i && !k->number[i])
			return false;
		if (k->tree->nodes[i].left_child == TREE_LEAF ||
		    k->number[i] < k->p->below)
			continue;
		if (!number_children(k, i, next))
			return false;
		next += 2;
	}
	return true;
}

/* The row of these shares in the table, added where it is new. */
static uint32_t number_of_shares(struct packing *k, const double *shares)
{
	size_t bytes = k->n_classes * sizeof(*shares);
	struct packed_tree *p = k->p;
	uint64_t hash = 0, bits;
	size_t at;

	for (size_t c = 0; c < k->n_classes; c++) {
		memcpy(&bits, &shares[c], sizeof(bits));
		hash = (hash ^ bits) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 32;
	}
	for (at = hash & k->mask; k->table[at]; at = (at + 1) & k->mask)
		if (!memcmp(p->shares + (k->table[at] - 1) * k->n_classes,
			    shares, bytes))
			return k->table[at] - 1;
	if (p->share_count == k->share_alloc) {
		k->share_alloc = k->share_alloc * 2 + 4;
		p->shares = xreallocarray(p->shares, k->share_alloc, bytes);
	}
	memcpy(p->shares + p->share_count * k->n_classes, shares, bytes);
	k->table[at] = (uint32_t)++p->share_count;
	return k->table[at] - 1;
}

static void fill(struct packing *k)
{
	unsigned int bits = k->p->feature_bits;

	for (size_t i = 0; i < k->tree->node_count; i++) {
		const struct tree_node *node = &k->tree->nodes[i];
		struct packed_node *to = &k->p->nodes[k->number[i]];

		if (node->left_child == TREE_LEAF) {
			to->key = number_of_shares(
				k, k->tree->values + i * k->n_classes);
			to->link = k->number[i] << bits | k->leaf_feature;
		} else {
			to->key = threshold_key(node->threshold);
			to->link = k->number[node->left_child] << bits |
				   (uint32_t)node->feature;
		}
	}
}

struct packed_tree *packed_tree_new(const struct tree *tree, size_t n_features,
				    size_t n_classes)
{
	unsigned int bits = bits_for(tree->node_count, n_features);
	struct packing k = {.tree = tree,
			    .n_classes = n_classes,
			    .leaf_feature = (uint32_t)n_features,
			    .mask = 1};

	if (!bits)
		return NULL;
	k.p = xcalloc(1, sizeof(*k.p) +
				 tree->node_count * sizeof(k.p->nodes[0]));
	k.p->node_count = tree->node_count;
	k.p->feature_bits = bits;
	k.number = xcalloc(tree->node_count, sizeof(*k.number));
	while (k.mask < tree->node_count) /* twice as many as leaves */
		k.mask = k.mask * 2 + 1;
	if (number_top(&k) && number_rest(&k)) {
		k.table = xcalloc(k.mask + 1, sizeof(*k.table));
		fill(&k);
		k.p->shares = xreallocarray(k.p->shares, k.p->share_count,
					    n_classes * sizeof(double));
	} else {
		packed_tree_free(k.p);
		k.p = NULL;
	}
	free(k.table);
	free(k.number);
	return k.p;
}

void packed_tree_free(struct packed_tree *p)
{
	if (!p)
		return;
	free(p->shares);
	free(p);
}

ALWAYS_INLINE uint32_t step(const struct packed_node *nodes, uint32_t at,
			    const uint32_t *row, unsigned int bits)
{
	const struct packed_node *node = &nodes[at];
	uint32_t link = node->link, left = link >> bits;
	uint32_t value = row[link & ((1u << bits) - 1)];

	/* Arithmetic, not a choice, which might become a branch; the operands
	 * first, so that it is a comparison and an addition with carry. */
	COMPUTED_BY_NOW(left);
	COMPUTED_BY_NOW(value);
	return left + (node->key < value);
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

/* All of this is inlined twice, so that the number of bits is known. Eight
 * rows go at once: each waits for its own loads only, and there is no
 * branch to be guessed. A row that has arrived stays where it is. */
#define STEP(lane) at[lane] = step(nodes, at[lane], ROW(lane), bits)
#define STEP_AND_SEE(lane)                                                     \
	do {                                                                   \
		uint32_t next_ = step(nodes, at[lane], ROW(lane), bits);       \
		moved |= next_ ^ at[lane];                                     \
		at[lane] = next_;                                              \
	} while (0)

/* From the root to the leaves. */
#define ROW(lane) (rows + (lane)*width)
ALWAYS_INLINE void walk(const struct packed_node *nodes, const uint32_t *rows,
			size_t width, unsigned int bits, uint32_t *ret)
{
	uint32_t at[PACKED_LANES] = {0}, moved;

	for (int depth = 0; depth < SMALL_DEPTH; depth++)
		FOR_EACH_LANE(STEP);
	do {
		moved = 0;
		FOR_EACH_LANE(STEP);
		FOR_EACH_LANE(STEP_AND_SEE);
	} while (moved);
	for (size_t lane = 0; lane < PACKED_LANES; lane++)
		ret[lane] = nodes[at[lane]].key;
}

/* From the root to where they are after TOP_DEPTH steps. */
ALWAYS_INLINE void walk_top(const struct packed_node *nodes,
			    const uint32_t *rows, size_t width,
			    unsigned int bits, uint32_t *ret)
{
	uint32_t at[PACKED_LANES] = {0};

	for (int depth = 0; depth < TOP_DEPTH; depth++)
		FOR_EACH_LANE(STEP);
	memcpy(ret, at, sizeof(at));
}
#undef ROW

/* From there on, rows of any numbers. */
#define ROW(lane) row[lane]
ALWAYS_INLINE void walk_on(const struct packed_node *nodes,
			   const uint32_t *rows, size_t width,
			   unsigned int bits, const uint32_t *numbers,
			   const uint32_t *from, uint32_t *ret)
{
	const uint32_t *row[PACKED_LANES];
	uint32_t at[PACKED_LANES], moved;

	for (size_t lane = 0; lane < PACKED_LANES; lane++) {
		row[lane] = rows + numbers[lane] * width;
		at[lane] = from[lane];
	}
	do {
		moved = 0;
		FOR_EACH_LANE(STEP);
		FOR_EACH_LANE(STEP_AND_SEE);
	} while (moved);
	for (size_t lane = 0; lane < PACKED_LANES; lane++)
		ret[numbers[lane]] = nodes[at[lane]].key;
}
#undef ROW

/* Puts the rows in order of the nodes that they have reached, which is that
 * of the parts below these; rows that have arrived come first. */
static void order_rows(const struct packed_tree *p, size_t n,
		       const uint32_t *at, struct packed_order *order)
{
	uint32_t next[(1 << TOP_DEPTH) + 1], sum = 0;
	size_t buckets = p->top_count - p->below + 1;

	memset(next, 0, buckets * sizeof(*next));
	for (size_t i = 0; i < n; i++)
		next[at[i] >= p->below ? at[i] - p->below + 1 : 0]++;
	for (size_t b = 0; b < buckets; b++) {
		uint32_t count = next[b];

		next[b] = sum;
		sum += count;
	}
	for (size_t i = 0; i < n; i++) {
		uint32_t to = next[at[i] >= p->below ? at[i] - p->below + 1
						     : 0]++;

		order->row[to] = (uint32_t)i;
		order->at[to] = at[i];
	}
}

static inline void prefetch_rows(const uint32_t *rows, size_t width,
				 const uint32_t *numbers)
{
	for (size_t lane = 0; lane < PACKED_LANES; lane++) {
		const uint32_t *row = rows + numbers[lane] * width;

		__builtin_prefetch(row);
		__builtin_prefetch(row + 16);
	}
}

/* Rows that go through the same part of a large tree, one behind the other,
 * find it in the cache. */
ALWAYS_INLINE void apply_ordered(const struct packed_tree *p,
				 const uint32_t *rows, size_t width, size_t n,
				 unsigned int bits, struct packed_order *order,
				 uint32_t *ret)
{
	for (size_t i = 0; i < n; i += PACKED_LANES)
		walk_top(p->nodes, rows + i * width, width, bits, ret + i);
	order_rows(p, n, ret, order);
	for (size_t i = 0; i < n; i += PACKED_LANES) {
		if (i + PACKED_LANES < n)
			prefetch_rows(rows, width,
				      order->row + i + PACKED_LANES);
		walk_on(p->nodes, rows, width, bits, order->row + i,
			order->at + i, ret);
	}
}

ALWAYS_INLINE void apply(const struct packed_tree *p, const uint32_t *rows,
			 size_t width, size_t n, unsigned int bits,
			 struct packed_order *order, uint32_t *ret)
{
	bool is_large = p->node_count >= LARGE_TREE;

	for (size_t i = 0, some; i < n; i += some) {
		some = n - i < PACKED_ORDERED ? n - i : PACKED_ORDERED;
		if (is_large && some >= LARGE_GROUP) {
			apply_ordered(p, rows + i * width, width, some, bits,
				      order, ret + i);
			continue;
		}
		for (size_t j = i; j < i + some; j += PACKED_LANES)
			walk(p->nodes, rows + j * width, width, bits, ret + j);
	}
}

void packed_tree_apply(const struct packed_tree *p, const uint32_t *rows,
		       size_t n_features, size_t n, struct packed_order *order,
		       uint32_t *ret)
{
	if (p->feature_bits == 8)
		apply(p, rows, n_features + 1, n, 8, order, ret);
	else
		apply(p, rows, n_features + 1, n, 16, order, ret);
}
