/* What predicts must be the tree that was grown, or decoded from a file that
 * anybody may have written. */
#include "model/packed_tree.h"
#include "model/random_state.h"
#include "model/ranks.h"
#include "tests/test.h"

#include <math.h>

static struct packed_order order;

enum { LEAVES = 40, NODES = 2 * LEAVES - 1, ROWS = 64 };

static struct tree_node leaf(void)
{
	return (struct tree_node){.left_child = TREE_LEAF,
				  .right_child = TREE_LEAF,
				  .feature = TREE_UNDEFINED,
				  .threshold = TREE_UNDEFINED};
}

static struct tree_node inner(int64_t left, int64_t right, int64_t feature,
			      double threshold)
{
	return (struct tree_node){.left_child = left,
				  .right_child = right,
				  .feature = feature,
				  .threshold = threshold};
}

/* Thresholds that floats lie on, between, and beyond. */
static double some_threshold(struct random_state *rs)
{
	static const double odd[] = {0.0,   -0.0,      1e-50, -1e-50, 1e300,
				     -1e300, INFINITY, NAN,   0.1,    0.5};
	uint32_t i = random_state_randint(rs, 20);

	return i < 10 ? odd[i] : (double)random_state_randint(rs, 9) / 8;
}

static float some_value(struct random_state *rs)
{
	static const float odd[] = {0.0f,     -0.0f, 1e-45f, -1e-45f,
				    3.4e38f, -3.4e38f, 0.1f,  0.5f};
	uint32_t i = random_state_randint(rs, 16);

	return i < 8 ? odd[i] : (float)random_state_randint(rs, 9) / 8;
}

/* Splits leaves at random until there are LEAVES; numbers are given in the
 * order of splitting, as best first does. */
static void grow(struct random_state *rs, struct tree_node nodes[NODES],
		 size_t n_features)
{
	size_t n = 1;

	nodes[0] = leaf();
	while (n < NODES) {
		size_t i = random_state_randint(rs, (uint32_t)n);
		int64_t feature =
			random_state_randint(rs, (uint32_t)n_features);

		if (nodes[i].left_child != TREE_LEAF)
			continue;
		nodes[i] = inner((int64_t)n, (int64_t)n + 1, feature,
				 some_threshold(rs));
		nodes[i].missing_go_to_left =
			(uint8_t)random_state_randint(rs, 2);
		nodes[n++] = leaf();
		nodes[n++] = leaf();
	}
}

static uint32_t walk(const struct tree_node *nodes, const float *row)
{
	int64_t i = 0;

	while (nodes[i].left_child != TREE_LEAF)
		i = (isnan(row[nodes[i].feature])
			     ? nodes[i].missing_go_to_left
			     : row[nodes[i].feature] <= nodes[i].threshold)
			    ? nodes[i].left_child
			    : nodes[i].right_child;
	return (uint32_t)i;
}

/* One class, whose share of a node is the node's number: so it is seen where a
 * row ends. */
static double *numbers(size_t n)
{
	double *values = calloc(n, sizeof(*values));

	for (size_t i = 0; i < n; i++)
		values[i] = (double)i;
	return values;
}

/* Some of the values missing, or none. */
static void expect_same_leaves(struct random_state *rs, size_t n_features,
			       bool missing)
{
	struct tree_node nodes[NODES];
	struct tree tree = {.nodes = nodes,
			    .node_count = NODES,
			    .values = numbers(NODES)};
	size_t width = n_features + 1, stride = missing ? 2 * width : width;
	float *values = calloc(ROWS * n_features, sizeof(*values));
	uint32_t *keys = calloc(ROWS * stride, sizeof(*keys));
	uint32_t leaves[ROWS];
	struct packed_tree *p;

	grow(rs, nodes, n_features);
	for (size_t i = 0; i < ROWS; i++)
		for (size_t f = 0; f < n_features; f++) {
			bool nan = missing && random_state_randint(rs, 3) == 0;
			float v = nan ? NAN : some_value(rs);
			uint32_t *row = keys + i * stride;

			values[i * n_features + f] = v;
			row[f] = nan ? PACKED_GOES_RIGHT : rank_key(v);
			if (missing)
				row[width + f] =
					nan ? PACKED_GOES_LEFT : row[f];
		}
	p = packed_tree_new(&tree, n_features, 1);
	ck_assert_ptr_nonnull(p);
	packed_tree_apply(p, keys, n_features, missing, ROWS, &order, leaves);
	for (size_t i = 0; i < ROWS; i++)
		ck_assert_uint_eq((size_t)p->shares[leaves[i]],
				  walk(nodes, values + i * n_features));
	packed_tree_free(p);
	free(tree.values);
	free(keys);
	free(values);
}

START_TEST(rows_end_in_the_leaves_of_the_tree)
{
	static const size_t widths[] = {1, 3, 15, 255, 256, 3000};
	struct random_state rs;

	random_state_seed(&rs, 4);
	for (int round = 0; round < 600; round++)
		expect_same_leaves(&rs, widths[round % 6], round % 2);
}
END_TEST

START_TEST(a_tree_of_one_leaf_is_walked_down_too)
{
	struct tree_node nodes[] = {leaf()};
	double share = 0.25;
	struct tree tree = {.nodes = nodes, .node_count = 1, .values = &share};
	struct packed_tree *p = packed_tree_new(&tree, 1, 1);
	uint32_t keys[PACKED_LANES * 2] = {7}, leaves[PACKED_LANES];

	packed_tree_apply(p, keys, 1, false, PACKED_LANES, &order, leaves);
	ck_assert_uint_eq(leaves[0], 0);
	ck_assert_double_eq(p->shares[0], share);
	packed_tree_free(p);
}
END_TEST

/* Of two classes: those of all leaves are kept once each, and exactly. */
START_TEST(equal_shares_are_kept_once)
{
	struct tree_node nodes[] = {inner(1, 4, 0, 0.5), inner(2, 3, 0, 0.25),
				    leaf(), leaf(), leaf()};
	double values[] = {.5, .5, .5, .5, 0, 1, 1, 0, 0, 1};
	struct tree tree = {
		.nodes = nodes, .node_count = 5, .values = values};
	struct packed_tree *p = packed_tree_new(&tree, 1, 2);
	uint32_t keys[PACKED_LANES * 2] = {0}, at[PACKED_LANES];

	for (size_t i = 0; i < 3; i++) /* to nodes 2, 3 and 4 */
		keys[2 * i] = rank_key((float)i * 0.3f);
	ck_assert_uint_eq(p->share_count, 2);
	packed_tree_apply(p, keys, 1, false, PACKED_LANES, &order, at);
	ck_assert_uint_eq(at[0], at[2]);
	ck_assert_uint_ne(at[0], at[1]);
	ck_assert_double_eq(p->shares[2 * at[0] + 1], 1);
	ck_assert_double_eq(p->shares[2 * at[1] + 1], 0);
	packed_tree_free(p);
}
END_TEST

/* Rows go through a large tree in another order, whole groups and a rest. */
START_TEST(many_rows_end_in_the_leaves_of_a_large_tree)
{
	enum {
		DEPTH = 14,
		INNER = (1 << DEPTH) - 1,
		N = PACKED_ORDERED + 3000,
	};
	size_t count = 2 * INNER + 1;
	struct tree_node *nodes = calloc(count, sizeof(*nodes));
	struct tree tree = {.nodes = nodes,
			    .node_count = count,
			    .values = numbers(count)};
	float *values = calloc(N * 3, sizeof(*values));
	uint32_t *keys = calloc(N * 4, sizeof(*keys));
	uint32_t *leaves = calloc(N, sizeof(*leaves));
	struct random_state rs;
	struct packed_tree *p;

	random_state_seed(&rs, 5);
	for (size_t i = 0; i < count; i++)
		nodes[i] = i < INNER ? inner((int64_t)(2 * i + 1),
					     (int64_t)(2 * i + 2),
					     (int64_t)(i % 3),
					     random_state_randint(&rs, 100))
				     : leaf();
	for (size_t i = 0; i < N * 3; i++) {
		values[i] = (float)random_state_randint(&rs, 100);
		keys[i / 3 * 4 + i % 3] = rank_key(values[i]);
	}
	p = packed_tree_new(&tree, 3, 1);
	packed_tree_apply(p, keys, 3, false, N, &order, leaves);
	for (size_t i = 0; i < N; i++)
		ck_assert_uint_eq((size_t)p->shares[leaves[i]],
				  walk(nodes, values + i * 3));
	packed_tree_free(p);
	free(tree.values);
	free(leaves);
	free(keys);
	free(values);
	free(nodes);
}
END_TEST

static void expect_no_tree(struct tree_node *nodes, size_t n)
{
	double value = 0;
	struct tree tree = {
		.nodes = nodes, .node_count = n, .values = &value};

	ck_assert_ptr_null(packed_tree_new(&tree, 2, 1));
}

START_TEST(nodes_that_share_a_child_are_no_tree)
{
	struct tree_node shared[] = {inner(1, 2, 0, 0), inner(3, 4, 0, 0),
				     inner(3, 4, 0, 0), leaf(), leaf()};
	struct tree_node twice[] = {inner(1, 1, 0, 0), inner(2, 2, 0, 0),
				    inner(3, 3, 0, 0), leaf()};
	struct tree_node chain[] = {inner(1, 3, 0, 0), inner(2, 3, 0, 0),
				    inner(3, 3, 0, 0), leaf()};

	expect_no_tree(shared, 5);
	expect_no_tree(twice, 4);
	expect_no_tree(chain, 4);
}
END_TEST

START_TEST(a_node_without_a_parent_is_no_tree)
{
	struct tree_node nodes[] = {inner(1, 3, 0, 0), leaf(), leaf(), leaf()};

	expect_no_tree(nodes, 4);
}
END_TEST

/* The number of the tree's nodes and that of features share 32 bits. */
START_TEST(too_many_nodes_or_features_are_not_packed)
{
	struct tree_node nodes[] = {leaf()};
	struct tree many = {.nodes = nodes, .node_count = 65537};
	struct tree one = {.nodes = nodes, .node_count = 1};

	ck_assert_ptr_null(packed_tree_new(&many, 256, 1));
	ck_assert_ptr_null(packed_tree_new(&one, 65536, 1));
}
END_TEST

TESTS_MAIN("model/packed_tree", rows_end_in_the_leaves_of_the_tree,
	   many_rows_end_in_the_leaves_of_a_large_tree,
	   a_tree_of_one_leaf_is_walked_down_too, equal_shares_are_kept_once,
	   nodes_that_share_a_child_are_no_tree,
	   a_node_without_a_parent_is_no_tree,
	   too_many_nodes_or_features_are_not_packed)
