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
	TOGETHER = 256,     /* rows that go on together in a large tree */
	DEEP_LANES = 2 * PACKED_LANES,
	DEEP_STEPS = 12, /* before it is looked which have arrived */
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
		    node_count <= (size_t)1 << (31 - bits[i]))
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

	/* Pure leaves of two classes need no hash. */
	for (uint32_t i = 0; i < 2 && i < p->share_count; i++)
		if (!memcmp(p->shares + i * k->n_classes, shares, bytes))
			return i;
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
			to->link = k->number[i] << (bits + 1) |
				   k->leaf_feature;
		} else {
			to->key = threshold_key(node->threshold);
			to->link = (k->number[node->left_child] << 1 |
				    (node->missing_go_to_left != 0))
					   << bits |
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

/* Rows, and what is known of them to the compiler, since all that follows is
 * inlined once a kind. */
struct rows {
	const uint32_t *at;
	size_t width; /* of n_features + 1 */
	unsigned int bits;
	bool missing;
};

ALWAYS_INLINE const uint32_t *row_at(const struct rows *rows, size_t i)
{
	return rows->at + i * rows->width * (rows->missing ? 2 : 1);
}

ALWAYS_INLINE struct rows rows_from(struct rows rows, size_t i)
{
	rows.at = row_at(&rows, i);
	return rows;
}

ALWAYS_INLINE uint32_t step(const struct packed_node *nodes, uint32_t at,
			    const struct rows *rows, const uint32_t *row)
{
	const struct packed_node *node = &nodes[at];
	uint32_t link = node->link, left = link >> (rows->bits + 1);
	size_t column = link & ((1u << rows->bits) - 1);
	uint32_t value;

	if (rows->missing)
		column += (link >> rows->bits & 1) * rows->width;
	value = row[column];
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

/* Eight rows go at once: each waits for its own loads only, and there is no
 * branch to be guessed. A row that has arrived stays where it is. */
#define ROW(lane) row_at(&rows, lane)
#define STEP(lane) at[lane] = step(nodes, at[lane], &rows, ROW(lane))
#define STEP_AND_SEE(lane)                                                     \
	do {                                                                   \
		uint32_t next_ = step(nodes, at[lane], &rows, ROW(lane));      \
		moved |= next_ ^ at[lane];                                     \
		at[lane] = next_;                                              \
	} while (0)

ALWAYS_INLINE void steps(const struct packed_node *nodes, struct rows rows,
			 int n, uint32_t *at)
{
	for (int i = 0; i < n; i++)
		FOR_EACH_LANE(STEP);
}

ALWAYS_INLINE void to_leaves(const struct packed_node *nodes, struct rows rows,
			     uint32_t *at)
{
	uint32_t moved;

	do {
		moved = 0;
		FOR_EACH_LANE(STEP);
		FOR_EACH_LANE(STEP_AND_SEE);
	} while (moved);
}

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

ALWAYS_INLINE void prefetch_rows(struct rows rows, const uint32_t *numbers)
{
	for (size_t lane = 0; lane < TOGETHER; lane++) {
		const uint32_t *row = row_at(&rows, numbers[lane]);

		__builtin_prefetch(row);
		__builtin_prefetch(row + 16);
	}
}

#undef ROW
#define ROW(lane) row[lane]

#define STEP_UPPER(lane) STEP(PACKED_LANES + (lane))

/* Some steps with sixteen rows, since each waits for a cache further away than
 * in a small tree. Gives how many are still on their way, and puts these to
 * the front; what is noted for one of them will be written over. */
ALWAYS_INLINE size_t walk_deep(const struct packed_tree *p, struct rows rows,
			       const uint32_t *numbers, const uint32_t *from,
			       uint32_t *ret_numbers, uint32_t *ret_at,
			       uint32_t *ret)
{
	const struct packed_node *nodes = p->nodes;
	const uint32_t *row[DEEP_LANES];
	uint32_t at[DEEP_LANES], number[DEEP_LANES];
	size_t left = 0;

	for (size_t lane = 0; lane < DEEP_LANES; lane++) {
		number[lane] = numbers[lane];
		row[lane] = row_at(&rows, number[lane]);
		at[lane] = from[lane];
	}
	for (int i = 0; i < DEEP_STEPS; i++) {
		FOR_EACH_LANE(STEP);
		FOR_EACH_LANE(STEP_UPPER);
	}
	for (size_t lane = 0; lane < DEEP_LANES; lane++) {
		const struct packed_node *node = &nodes[at[lane]];

		ret[number[lane]] = node->key;
		ret_numbers[left] = number[lane];
		ret_at[left] = at[lane];
		left += node->link >> (rows.bits + 1) != at[lane];
	}
	return left;
}
#undef ROW

/* From where they are to the leaves, n rows of the order from `first`: a few
 * steps with all of them, again with those that have not arrived, and so on,
 * so that few wait for others. */
ALWAYS_INLINE void walk_on(const struct packed_tree *p, struct rows rows,
			   struct packed_order *order, size_t first, size_t n,
			   uint32_t *ret)
{
	uint32_t *numbers = order->row + first, *at = order->at + first;

	while (n) {
		size_t left = 0;

		for (; n % DEEP_LANES; n++) { /* twice the same does no harm */
			numbers[n] = numbers[n - 1];
			at[n] = at[n - 1];
		}
		for (size_t i = 0; i < n; i += DEEP_LANES)
			left += walk_deep(p, rows, numbers + i, at + i,
					  numbers + left, at + left, ret);
		n = left;
	}
}

/* Rows that go through the same part of a large tree, one behind the other,
 * find it in the cache. */
ALWAYS_INLINE void apply_ordered(const struct packed_tree *p, struct rows rows,
				 size_t n, struct packed_order *order,
				 uint32_t *ret)
{
	for (size_t i = 0; i < n; i += PACKED_LANES) {
		uint32_t at[PACKED_LANES] = {0};

		steps(p->nodes, rows_from(rows, i), TOP_DEPTH, at);
		memcpy(ret + i, at, sizeof(at));
	}
	order_rows(p, n, ret, order);
	for (size_t i = 0; i < n; i += TOGETHER) {
		size_t some = n - i < TOGETHER ? n - i : TOGETHER;

		if (i + TOGETHER < n)
			prefetch_rows(rows, order->row + i + TOGETHER);
		walk_on(p, rows, order, i, some, ret);
	}
}

ALWAYS_INLINE void apply_small(const struct packed_tree *p, struct rows rows,
			       size_t n, uint32_t *ret)
{
	for (size_t i = 0; i < n; i += PACKED_LANES) {
		uint32_t at[PACKED_LANES] = {0};

		steps(p->nodes, rows_from(rows, i), SMALL_DEPTH, at);
		to_leaves(p->nodes, rows_from(rows, i), at);
		for (size_t lane = 0; lane < PACKED_LANES; lane++)
			ret[i + lane] = p->nodes[at[lane]].key;
	}
}

ALWAYS_INLINE void apply(const struct packed_tree *p, struct rows rows,
			 size_t n, struct packed_order *order, uint32_t *ret)
{
	for (size_t i = 0, some; i < n; i += some) {
		some = n - i < PACKED_ORDERED ? n - i : PACKED_ORDERED;
		if (p->node_count >= LARGE_TREE && some >= LARGE_GROUP)
			apply_ordered(p, rows_from(rows, i), some, order,
				      ret + i);
		else
			apply_small(p, rows_from(rows, i), some, ret + i);
	}
}

void packed_tree_apply(const struct packed_tree *p, const uint32_t *rows,
		       size_t n_features, bool missing, size_t n,
		       struct packed_order *order, uint32_t *ret)
{
	size_t width = n_features + 1;

#define APPLY(width_, bits_, missing_)                                         \
	apply(p, (struct rows){rows, width_, bits_, missing_}, n, order, ret)
	if (width == 16) /* a line of the cache, as the lab's */
		missing ? APPLY(16, 8, true) : APPLY(16, 8, false);
	else if (p->feature_bits == 8)
		missing ? APPLY(width, 8, true) : APPLY(width, 8, false);
	else
		missing ? APPLY(width, 16, true) : APPLY(width, 16, false);
#undef APPLY
}
