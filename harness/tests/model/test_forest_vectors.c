/* Forests, splits and pickles against what scikit-learn 1.7.2 gave: see
 * fixtures/vectors/forest/make_vectors.py. */
#include "base/alloc.h"
#include "base/hash.h"
#include "model/metrics.h"
#include "model/sklearn_pickle.h"
#include "model/split.h"
#include "tests/model/made.h"
#include "tests/test.h"

#include <stddef.h>

static void expect_digest(const json_t *expect, const char *name,
			  const char *hex, size_t number)
{
	const char *wanted = json_string_value(json_object_get(expect, name));

	ck_assert_msg(wanted && !strcmp(wanted, hex),
		      "vector %zu: %s is another", number, name);
}

static void expect_bytes(const json_t *expect, const char *name,
			 const void *data, size_t len, size_t number)
{
	char hex[SHA256_HEX];

	hash_sha256(data, len, hex);
	expect_digest(expect, name, hex, number);
}

/* One number of every node of every tree, in a row. */
static void expect_nodes(const json_t *expect, const char *name,
			 const struct forest *forest, size_t offset,
			 size_t size, size_t number)
{
	struct sha256 digest;
	char hex[SHA256_HEX];

	sha256_init(&digest);
	for (size_t t = 0; t < forest->n_trees; t++) {
		const struct tree *tree = &forest->trees[t];

		for (size_t i = 0; i < tree->node_count; i++)
			sha256_add(&digest,
				   (const char *)&tree->nodes[i] + offset,
				   size);
	}
	sha256_finish(&digest, hex);
	expect_digest(expect, name, hex, number);
}

static void expect_values(const json_t *expect, const struct forest *forest,
			  size_t number)
{
	struct sha256 digest;
	char hex[SHA256_HEX];

	sha256_init(&digest);
	for (size_t t = 0; t < forest->n_trees; t++)
		sha256_add(&digest, forest->trees[t].values,
			   forest->trees[t].node_count * forest->n_classes *
				   sizeof(double));
	sha256_finish(&digest, hex);
	expect_digest(expect, "value", hex, number);
}

static void expect_depths(const json_t *expect, const struct forest *forest,
			  size_t number)
{
	const json_t *depths = json_object_get(expect, "depths");
	const json_t *nodes = json_object_get(expect, "nodes");

	ck_assert_uint_eq(json_array_size(nodes), forest->n_trees);
	for (size_t t = 0; t < forest->n_trees; t++)
		ck_assert_msg(json_integer_value(json_array_get(depths, t)) ==
					      forest->trees[t].max_depth &&
				      (size_t)json_integer_value(
					      json_array_get(nodes, t)) ==
					      forest->trees[t].node_count,
			      "vector %zu: tree %zu has another shape", number,
			      t);
}

#define EXPECT_FIELD(name, field)                                              \
	expect_nodes(expect, name, forest, offsetof(struct tree_node, field),  \
		     sizeof(((struct tree_node *)NULL)->field), number)

static void expect_trees(const json_t *expect, const struct forest *forest,
			 size_t number)
{
	expect_depths(expect, forest, number);
	EXPECT_FIELD("children_left", left_child);
	EXPECT_FIELD("children_right", right_child);
	EXPECT_FIELD("feature", feature);
	EXPECT_FIELD("threshold", threshold);
	EXPECT_FIELD("impurity", impurity);
	EXPECT_FIELD("n_node_samples", n_node_samples);
	EXPECT_FIELD("weighted_n_node_samples", weighted_n_node_samples);
	EXPECT_FIELD("missing_go_to_left", missing_go_to_left);
	expect_values(expect, forest, number);
}

static void expect_number(const json_t *expect, const char *name, double got,
			  size_t number)
{
	const json_t *wanted = json_object_get(expect, name);

	if (wanted)
		ck_assert_msg(json_number_value(wanted) == got,
			      "vector %zu: %s is %.17g, not %.17g", number,
			      name, got, json_number_value(wanted));
}

static void expect_confusion(const json_t *expect, const uint32_t *y,
			     const uint32_t *predicted, size_t n, size_t k,
			     size_t number)
{
	const json_t *wanted = json_object_get(expect, "confusion");
	uint64_t counts[256];

	metrics_confusion(y, predicted, n, k, counts);
	for (size_t i = 0; i < k * k; i++)
		ck_assert_msg((uint64_t)json_integer_value(
				      json_array_get(wanted, i)) == counts[i],
			      "vector %zu: another confusion matrix", number);
}

static void expect_metrics(const json_t *expect, const struct made *made,
			   const double *proba, size_t number)
{
	size_t n = made->test.n, k = made->n_classes;
	uint32_t *predicted = xcalloc(n, sizeof(*predicted));
	double *score = xcalloc(n, sizeof(*score)), auc;

	forest_argmax(proba, n, k, predicted);
	expect_number(expect, "accuracy",
		      metrics_accuracy(made->test.y, predicted, n), number);
	expect_number(expect, "f1", metrics_f1(made->test.y, predicted, n),
		      number);
	expect_number(expect, "log_loss",
		      metrics_log_loss(made->test.y, proba, n, k), number);
	expect_confusion(expect, made->test.y, predicted, n, k, number);
	for (size_t i = 0; i < n; i++)
		score[i] = proba[i * k + k - 1];
	if (json_object_get(expect, "auc")) {
		ck_assert_int_eq(
			metrics_roc_auc(made->test.y, score, n, &auc, NULL), 0);
		expect_number(expect, "auc", auc, number);
	}
	free(predicted);
	free(score);
}

/* By rows and by columns, and with several threads, alike. */
static void fit_case(struct forest *ret, const struct made *made,
		     const struct forest_params *params, size_t number)
{
	const struct made_rows *train = &made->train;
	float *columns = xcalloc(train->n * train->n_features, sizeof(float));
	struct matrix x = matrix_by_rows(train->x, train->n, train->n_features);
	struct error err = ERROR_INIT;

	for (size_t i = 0; i < train->n; i++)
		for (size_t f = 0; f < train->n_features; f++)
			columns[f * train->n + i] = matrix_at(&x, i, f);
	if (number % 2)
		x = matrix_by_columns(columns, train->n, train->n_features);
	ck_assert_msg(!forest_fit(ret, &x, train->y, made->n_classes, params,
				  (unsigned int)(number % 3 + 1), &err),
		      "vector %zu: %s", number, err.message);
	free(columns);
}

static void check_forest(const json_t *one, size_t number)
{
	const json_t *expect = json_object_get(one, "expect");
	struct forest_params params = made_params(one);
	struct error err = ERROR_INIT;
	struct forest forest;
	struct matrix x_test;
	struct made made;
	double *proba;

	made_make(&made, json_object_get(one, "data"));
	expect_bytes(expect, "x", made.train.x,
		     made.train.n * made.train.n_features * sizeof(float),
		     number);
	fit_case(&forest, &made, &params, number);
	expect_trees(expect, &forest, number);
	x_test = matrix_by_rows(made.test.x, made.test.n, made.test.n_features);
	proba = xcalloc(made.test.n * made.n_classes, sizeof(*proba));
	ck_assert_msg(!forest_predict_proba(&forest, &x_test,
					    (unsigned int)(number % 2 + 1),
					    proba, &err),
		      "vector %zu: %s", number, err.message);
	expect_bytes(expect, "proba", proba,
		     made.test.n * made.n_classes * sizeof(*proba), number);
	expect_metrics(expect, &made, proba, number);
	free(proba);
	forest_release(&forest);
	made_release(&made);
}

START_TEST(every_forest_is_scikit_learns_bit_for_bit)
{
	ck_assert_uint_ge(
		made_each_case("vectors/forest/forest.jsonl", check_forest),
		200);
}
END_TEST

static int64_t integer(const json_t *one, const char *name)
{
	return json_integer_value(json_object_get(one, name));
}

/* np.unique(..., return_inverse=True)[1] of floor(u * k); gives how many. */
static size_t unique_classes(uint32_t seed, size_t n, double k, uint32_t *ret)
{
	uint32_t number[8] = {0};
	bool present[8] = {false};
	double *u = made_uniform(seed, n);
	size_t n_classes = 0;

	for (size_t i = 0; i < n; i++)
		present[ret[i] = (uint32_t)(u[i] * k)] = true;
	for (size_t c = 0; c < 8; c++)
		if (present[c])
			number[c] = (uint32_t)n_classes++;
	for (size_t i = 0; i < n; i++)
		ret[i] = number[ret[i]];
	free(u);
	return n_classes;
}

static void expect_split(const json_t *one, const struct split *split,
			 size_t number)
{
	ck_assert_int_eq(integer(one, "n_train"), (int64_t)split->n_train);
	ck_assert_int_eq(integer(one, "n_test"), (int64_t)split->n_test);
	expect_bytes(one, "train", split->train,
		     split->n_train * sizeof(*split->train), number);
	expect_bytes(one, "test", split->test,
		     split->n_test * sizeof(*split->test), number);
}

static void check_split(const json_t *one, size_t number)
{
	size_t n = (size_t)integer(one, "n");
	uint32_t *classes = xcalloc(n, sizeof(*classes));
	struct split_params params = {
		.test_size =
			json_number_value(json_object_get(one, "test_size")),
		.random_state = (uint32_t)integer(one, "seed"),
	};
	struct error err = ERROR_INIT;
	struct split split;
	int result;

	params.n_classes = unique_classes(params.random_state, n,
					  (double)integer(one, "k"), classes);
	if (json_is_true(json_object_get(one, "stratify")))
		params.stratify = classes;
	result = train_test_split(&split, n, &params, &err);
	if (json_object_get(one, "error")) {
		ck_assert_msg(result < 0, "vector %zu is split", number);
		ck_assert_int_eq(err.kind, ERROR_INVALID);
	} else {
		ck_assert_msg(!result, "vector %zu: %s", number, err.message);
		expect_split(one, &split, number);
		split_release(&split);
	}
	free(classes);
}

START_TEST(every_split_is_scikit_learns)
{
	ck_assert_uint_eq(
		made_each_case("vectors/forest/split.jsonl", check_split), 300);
}
END_TEST

static const char *const words[] = {"DSL", "Fiber optic", "No", "x",
				    "\xc3\xa9t\xc3\xa9"};

/* table() of make_vectors.py; the caller frees what it points to. */
static struct table make_table(const json_t *one, uint32_t seed)
{
	const json_t *kinds = json_object_get(one, "kinds");
	size_t n = (size_t)integer(one, "n"), p = json_array_size(kinds);
	struct table_column *columns = xcalloc(p, sizeof(*columns));

	for (size_t j = 0; j < p; j++) {
		double *u = made_uniform(seed + (uint32_t)j, n);
		const char **texts = xcalloc(n, sizeof(*texts));
		char *name = xmalloc(32);

		for (size_t i = 0; i < n; i++)
			texts[i] = words[(size_t)(u[i] * 5)];
		snprintf(name, 32, "column_%zu", j);
		columns[j] = (struct table_column){
			.name = name,
			.is_text = !strcmp(
				json_string_value(json_array_get(kinds, j)),
				"text"),
			.numbers = u,
			.texts = texts,
		};
	}
	return (struct table){columns, p, n};
}

static void table_free(struct table *table)
{
	for (size_t j = 0; j < table->n_columns; j++) {
		free((void *)table->columns[j].name);
		free((void *)table->columns[j].numbers);
		free((void *)table->columns[j].texts);
	}
	free((void *)table->columns);
}

static const int64_t four[] = {0, 1, 2, 3};
static const char *const answers[] = {"no", "often", "yes"};

static struct labels labels_of(const json_t *one)
{
	const char *name = json_string_value(json_object_get(one, "labels"));

	if (!strcmp(name, "int"))
		return (struct labels){LABELS_INT, four, NULL, 4};
	if (!strcmp(name, "bool"))
		return (struct labels){LABELS_BOOL, four, NULL, 2};
	return (struct labels){LABELS_TEXT, NULL, answers, 3};
}

static void expect_pickles(const json_t *one, const struct pipeline *pipeline,
			   const struct labels *labels, size_t number)
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);
	struct byte_sink sink = byte_sink_strbuf(&text);

	ck_assert_int_eq(sklearn_pickle_pipeline(pipeline, labels, &sink, NULL),
			 0);
	ck_assert_int_eq((int64_t)text.len, integer(one, "len"));
	expect_bytes(one, "pipeline", text.buf, text.len, number);
	strbuf_reset(&text);
	ck_assert_int_eq(sklearn_pickle_classifier(&pipeline->forest, labels,
						   &sink, NULL),
			 0);
	expect_bytes(one, "classifier", text.buf, text.len, number);
	strbuf_release(&text);
}

static void check_pickle(const json_t *one, size_t number)
{
	uint32_t seed = (uint32_t)integer(one, "seed");
	struct table table = make_table(one, seed);
	struct labels labels = labels_of(one);
	struct forest_params params = made_params(one);
	struct error err = ERROR_INIT;
	uint32_t *y = xcalloc(table.n_rows, sizeof(*y));
	double *u = made_uniform(seed + 1000, table.n_rows);
	struct pipeline pipeline;

	for (size_t i = 0; i < table.n_rows; i++)
		y[i] = (uint32_t)(u[i] * (double)labels.n);
	ck_assert_msg(!pipeline_fit(&pipeline, &table, NULL, table.n_rows, y,
				    labels.n, &params, 1, &err),
		      "vector %zu: %s", number, err.message);
	expect_pickles(one, &pipeline, &labels, number);
	pipeline_release(&pipeline);
	table_free(&table);
	free(y);
	free(u);
}

START_TEST(every_pickle_is_what_cloudpickle_writes)
{
	ck_assert_uint_ge(
		made_each_case("vectors/forest/pickle.jsonl", check_pickle),
		30);
}
END_TEST

TESTS_MAIN("model/forest vectors", every_forest_is_scikit_learns_bit_for_bit,
	   every_split_is_scikit_learns,
	   every_pickle_is_what_cloudpickle_writes)
