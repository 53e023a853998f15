/* For fuzz_forest.py: fits each case that stdin has, a JSON object a line as
 * in fixtures/vectors/forest, and answers with the digest of all nodes, values
 * and probabilities. */
#include "base/alloc.h"
#include "base/hash.h"
#include "tests/model/made.h"
#include "tests/test.h"

static void add_proba(struct sha256 *digest, const struct forest *forest,
		      const struct made_rows *rows)
{
	size_t n = rows->n * forest->n_classes;
	double *proba = xcalloc(n, sizeof(*proba));
	struct matrix x = matrix_by_rows(rows->x, rows->n, rows->n_features);
	struct error err = ERROR_INIT;

	if (forest_predict_proba(forest, &x, 2, proba, &err) < 0)
		fprintf(stderr, "forest_digests: %s\n", err.message);
	sha256_add(digest, proba, n * sizeof(*proba));
	free(proba);
}

static void print_digest(const struct forest *forest, const struct made *made)
{
	struct sha256 digest;
	char hex[SHA256_HEX];

	sha256_init(&digest);
	for (size_t t = 0; t < forest->n_trees; t++) {
		const struct tree *tree = &forest->trees[t];

		sha256_add(&digest, tree->nodes,
			   tree->node_count * sizeof(*tree->nodes));
		sha256_add(&digest, tree->values,
			   tree->node_count * forest->n_classes *
				   sizeof(double));
	}
	add_proba(&digest, forest, &made->test);
	sha256_finish(&digest, hex);
	puts(hex);
	fflush(stdout);
}

static void answer(const json_t *one)
{
	struct forest_params params = made_params(one);
	struct error err = ERROR_INIT;
	struct forest forest;
	struct made made;
	struct matrix x;

	made_make(&made, json_object_get(one, "data"));
	x = matrix_by_rows(made.train.x, made.train.n, made.train.n_features);
	if (forest_fit(&forest, &x, made.train.y, made.n_classes, &params, 2,
		       &err) < 0) {
		puts(err.message);
		fflush(stdout);
	} else {
		print_digest(&forest, &made);
		forest_release(&forest);
	}
	made_release(&made);
}

int main(void)
{
	char *line = NULL;
	size_t room = 0;

	while (getline(&line, &room, stdin) > 0) {
		json_error_t problem;
		json_t *one = json_loads(line, 0, &problem);

		if (!one) {
			fprintf(stderr, "forest_digests: %s\n", problem.text);
			return 1;
		}
		answer(one);
		json_decref(one);
	}
	free(line);
	return 0;
}
