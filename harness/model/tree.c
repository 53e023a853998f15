#include "model/tree.h"
#include "model/counting.h"
#include "model/ordered.h"
#include "model/ordered_sort.h"
#include "model/packed_tree.h"
#include "base/alloc.h"
#include "base/vec.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void tree_scratch_init(struct tree_scratch *s, const struct tree_data *data,
		       enum forest_criterion kind, struct counting *counting,
		       const struct rank_block *ranks)
{
	size_t n = counting ? 0 : data->n_samples, k = data->n_classes;
	double *sums = xcalloc(4 * k, sizeof(*sums));

	*s = (struct tree_scratch){
		.counting = counting,
		.ranks = ranks,
		.ordered = ranks ? xcalloc(1, sizeof(*s->ordered)) : NULL,
		.shares = ranks ? xcalloc(n, sizeof(*s->shares)) : NULL,
		.samples = xcalloc(n, sizeof(uint32_t)),
		.feature_values = xcalloc(n, sizeof(float)),
		.weights = xcalloc(n, sizeof(double)),
		.features = xcalloc(data->n_features, sizeof(size_t)),
		.constant_features = xcalloc(data->n_features, sizeof(size_t)),
	};
	s->criterion = (struct criterion){
		.kind = kind,
		.n_classes = k,
		.samples = s->samples,
		.y = data->y,
		.weights = s->weights,
		.sum_total = sums,
		.sum_left = sums + k,
		.sum_right = sums + 2 * k,
		.sum_missing = sums + 3 * k,
	};
}

void tree_scratch_release(struct tree_scratch *s)
{
	counting_free(s->counting);
	free(s->ordered);
	free(s->shares);
	free(s->samples);
	free(s->feature_values);
	free(s->weights);
	free(s->features);
	free(s->constant_features);
	free(s->criterion.sum_total);
	*s = (struct tree_scratch){0};
}

void tree_release(struct tree *tree)
{
	free(tree->nodes);
	free(tree->values);
	packed_tree_free(tree->packed);
	*tree = (struct tree){0};
}

/* The samples of positive weight, and the sum of all weights. */
static size_t begin_samples(struct tree_scratch *s,
			    const struct tree_data *data)
{
	size_t n = 0;
	double total = 0;

	for (size_t i = 0; i < data->n_samples; i++) {
		if (s->weights[i] != 0)
			s->samples[n++] = (uint32_t)i;
		total += s->weights[i];
	}
	s->criterion.weighted_n_samples = total;
	if (s->ranks)
		ordered_weigh(s, data);
	return n;
}

static size_t begin_counting(struct tree_scratch *s,
			     const struct tree_data *data)
{
	size_t n = counting_begin(s->counting, data);

	counting_node(s->counting, &s->criterion, 0, n);
	s->criterion.weighted_n_samples = s->criterion.weighted_n_node_samples;
	return n;
}

/* Splitter.init(); gives how many samples there are. */
static size_t begin(struct tree_scratch *s, const struct tree_data *data,
		    struct random_state *rs)
{
	s->rand_r_state = random_state_randint(rs, 0x7fffffffu);
	for (size_t f = 0; f < data->n_features; f++)
		s->features[f] = f;
	s->criterion.n_missing = 0;
	return s->counting ? begin_counting(s, data) : begin_samples(s, data);
}

static const size_t no_parent = SIZE_MAX;

/* A tree that grows, and the node that is looked at. */
struct grower {
	struct tree *tree;
	struct tree_scratch *s;
	const struct tree_data *data;
	const struct tree_settings *settings;
	bool too_many;
};

static struct tree_node *add_node(struct grower *g, size_t parent, bool is_left)
{
	struct tree *tree = g->tree;
	size_t id = tree->node_count++;

	if (parent != no_parent && is_left)
		tree->nodes[parent].left_child = (int64_t)id;
	else if (parent != no_parent)
		tree->nodes[parent].right_child = (int64_t)id;
	g->too_many = tree->node_count > INT32_MAX;
	memset(&tree->nodes[id], 0, sizeof(tree->nodes[id]));
	return &tree->nodes[id];
}

static void make_leaf(struct tree_node *node)
{
	node->left_child = node->right_child = TREE_LEAF;
	node->feature = TREE_UNDEFINED;
	node->threshold = TREE_UNDEFINED;
}

/* A node to be made of samples[start:end]. */
struct pending {
	size_t start, end;
	size_t parent;
	int64_t depth;
	double impurity;
	size_t n_constant;
	bool is_left;
};

static void measure_node(struct tree_scratch *s, size_t start, size_t end)
{
	if (s->counting)
		counting_node(s->counting, &s->criterion, start, end);
	else if (s->ranks)
		ordered_node(s, start, end);
	else
		criterion_init(&s->criterion, start, end);
}

/* The same result, whichever way. */
static void best_split(struct grower *g, struct pending *p,
		       struct tree_split *ret)
{
	struct tree_scratch *s = g->s;

	(s->counting ? counting_best_split
	 : s->ranks  ? ordered_best_split
		     : tree_best_split)(s, g->data, g->settings, p->start,
				       p->end, p->impurity, &p->n_constant,
				       ret);
}

/* Adds the node and looks for its split; ret->pos is end for a leaf. Gives its
 * number. */
static size_t make_node(struct grower *g, struct pending *p,
			struct tree_split *ret)
{
	const struct tree_settings *st = g->settings;
	struct criterion *c = &g->s->criterion;
	size_t n = p->end - p->start, id = g->tree->node_count;
	struct tree_node *node;
	double weight;
	bool is_leaf;

	measure_node(g->s, p->start, p->end);
	weight = c->weighted_n_node_samples;
	if (p->parent == no_parent)
		p->impurity = criterion_node_impurity(c);
	node = add_node(g, p->parent, p->is_left);
	criterion_node_value(c, g->tree->values + id * g->data->n_classes);
	is_leaf = p->depth >= st->max_depth || n < st->min_samples_split ||
		  n < 2 * st->min_samples_leaf ||
		  weight < 2 * st->min_weight_leaf ||
		  p->impurity <= DBL_EPSILON;
	if (!is_leaf) {
		best_split(g, p, ret);
		is_leaf =
			ret->pos >= p->end || ret->improvement + DBL_EPSILON <
						      st->min_impurity_decrease;
	}
	node->impurity = p->impurity;
	node->n_node_samples = (int64_t)n;
	node->weighted_n_node_samples = weight;
	if (is_leaf) {
		make_leaf(node);
		ret->pos = p->end;
	} else {
		node->feature = (int64_t)ret->feature;
		node->threshold = ret->threshold;
		node->missing_go_to_left = ret->missing_go_to_left;
	}
	return id;
}

/* DepthFirstTreeBuilder.build() */
static void grow_depth_first(struct grower *g, size_t n_samples)
{
	VEC(struct pending) stack = VEC_INIT;

	*vec_push(&stack) =
		(struct pending){.end = n_samples, .parent = no_parent};
	while (stack.len && !g->too_many) {
		struct pending p = stack.at[--stack.len];
		struct tree_split split;
		size_t id = make_node(g, &p, &split);

		if (p.depth > g->tree->max_depth)
			g->tree->max_depth = p.depth;
		if (split.pos >= p.end)
			continue;
		*vec_push(&stack) = (struct pending){
			.start = split.pos,
			.end = p.end,
			.parent = id,
			.depth = p.depth + 1,
			.n_constant = p.n_constant,
			.impurity = split.impurity_right,
		};
		*vec_push(&stack) = (struct pending){
			.start = p.start,
			.end = split.pos,
			.parent = id,
			.depth = p.depth + 1,
			.n_constant = p.n_constant,
			.impurity = split.impurity_left,
			.is_left = true,
		};
	}
	vec_release(&stack);
}

/* A node of the frontier, to be split if it is the best. */
struct frontier_node {
	struct pending p;
	struct tree_split split;
	size_t id;
	double improvement; /* 0 for a leaf */
};

struct frontier {
	struct frontier_node *at;
	size_t len, alloc;
};

/* libstdc++'s __push_heap(): which of equals comes first depends on it. */
static void sift_up(struct frontier_node *at, size_t hole,
		    const struct frontier_node *value)
{
	while (hole > 0) {
		size_t parent = (hole - 1) / 2;

		if (!(at[parent].improvement < value->improvement))
			break;
		at[hole] = at[parent];
		hole = parent;
	}
	at[hole] = *value;
}

static void frontier_push(struct frontier *f, const struct frontier_node *node)
{
	*vec_push(f) = *node;
	sift_up(f->at, f->len - 1, node);
}

/* libstdc++'s __pop_heap(), __adjust_heap(): the hole goes down to a leaf,
 * then the last element up from there. */
static struct frontier_node frontier_pop(struct frontier *f)
{
	struct frontier_node top = f->at[0], last = f->at[--f->len];
	size_t n = f->len, hole = 0, child = 0;

	if (!n)
		return top;
	while (child < (n - 1) / 2) {
		child = 2 * (child + 1);
		if (f->at[child].improvement < f->at[child - 1].improvement)
			child--;
		f->at[hole] = f->at[child];
		hole = child;
	}
	if (n % 2 == 0 && child == (n - 2) / 2) {
		child = 2 * (child + 1);
		f->at[hole] = f->at[child - 1];
		hole = child - 1;
	}
	sift_up(f->at, hole, &last);
	return top;
}

static void make_frontier_node(struct grower *g, struct frontier *f,
			       const struct pending *pending)
{
	struct frontier_node node = {.p = *pending};

	node.id = make_node(g, &node.p, &node.split);
	if (node.split.pos < node.p.end)
		node.improvement = node.split.improvement;
	frontier_push(f, &node);
}

/* BestFirstTreeBuilder.build() */
static void grow_best_first(struct grower *g, size_t n_samples)
{
	struct frontier frontier = VEC_INIT;
	int64_t splits_left = g->settings->max_leaf_nodes - 1;
	struct pending root = {.end = n_samples, .parent = no_parent};

	make_frontier_node(g, &frontier, &root);
	while (frontier.len && !g->too_many) {
		struct frontier_node n = frontier_pop(&frontier);
		struct pending child = {.parent = n.id, .depth = n.p.depth + 1};

		if (n.p.depth > g->tree->max_depth)
			g->tree->max_depth = n.p.depth;
		if (n.split.pos >= n.p.end || splits_left <= 0) {
			make_leaf(&g->tree->nodes[n.id]);
			continue;
		}
		splits_left--;
		child.start = n.p.start;
		child.end = n.split.pos;
		child.impurity = n.split.impurity_left;
		child.is_left = true;
		make_frontier_node(g, &frontier, &child);
		child.start = n.split.pos;
		child.end = n.p.end;
		child.impurity = n.split.impurity_right;
		child.is_left = false;
		make_frontier_node(g, &frontier, &child);
	}
	vec_release(&frontier);
}

/* As many nodes as samples can make: memory that is not touched costs
 * nothing, and growing arrays would leave holes as large as they are. */
static size_t most_nodes(const struct tree_settings *settings, size_t n_samples)
{
	size_t leaves = n_samples / settings->min_samples_leaf;

	if (settings->max_leaf_nodes > 0 &&
	    (uint64_t)settings->max_leaf_nodes < leaves)
		leaves = (size_t)settings->max_leaf_nodes;
	if (leaves > (size_t)INT32_MAX / 2)
		return (size_t)INT32_MAX + 1;
	return leaves > 1 ? 2 * leaves - 1 : 1;
}

static void make_room(struct tree *tree, size_t n_nodes, size_t n_classes)
{
	tree->nodes =
		xreallocarray(tree->nodes, n_nodes, sizeof(*tree->nodes));
	tree->values = xreallocarray(tree->values, n_nodes,
				     n_classes * sizeof(double));
}

bool tree_grow(struct tree *ret, struct tree_scratch *s,
	       const struct tree_data *data,
	       const struct tree_settings *settings, struct random_state *rs)
{
	struct tree tree = {.random_state = ret->random_state};
	struct grower g = {
		.tree = &tree, .s = s, .data = data, .settings = settings};
	size_t n = begin(s, data, rs);

	make_room(&tree, most_nodes(settings, n), data->n_classes);
	if (settings->max_leaf_nodes < 0)
		grow_depth_first(&g, n);
	else
		grow_best_first(&g, n);
	if (g.too_many) {
		tree_release(&tree);
		return false;
	}
	make_room(&tree, tree.node_count, data->n_classes);
	tree.packed = packed_tree_new(&tree, data->n_features,
				      data->n_classes);
	*ret = tree;
	return true;
}
