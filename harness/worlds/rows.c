#include "worlds/rows.h"

#include "base/alloc.h"
#include "model/metrics.h"
#include "model/random_state.h"
#include "model/sklearn_pickle.h"
#include "model/split.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLASSES = 2 };
enum { MODEL_CAP = 1 << 30 };

static bool is_row(const struct month *features, const struct month *labels,
		   size_t row, uint8_t *ret_label)
{
	size_t other = features->whole[row]
			       ? month_row(labels, features->keys[row])
			       : SIZE_MAX;

	if (other == SIZE_MAX || labels->labels[other] == LABEL_NONE)
		return false;
	*ret_label = labels->labels[other];
	return true;
}

static void make_columns(struct world_rows *rows, const struct worlds_lab *lab,
			 const struct month *from, const size_t *picked,
			 struct arena *arena)
{
	struct table_column *columns =
		arena_array(arena, lab->n_features, sizeof(*columns));

	for (size_t f = 0; f < lab->n_features; f++) {
		struct table_column *c = &columns[f];

		c->name = lab->features[f].column;
		c->is_text = lab->features[f].type == FEATURE_TEXT;
		if (c->is_text) {
			const char **texts =
				arena_array(arena, rows->n, sizeof(char *));
			for (size_t i = 0; i < rows->n; i++)
				texts[i] = from->texts[f][picked[i]];
			c->texts = texts;
		} else {
			double *numbers =
				arena_array(arena, rows->n, sizeof(double));
			for (size_t i = 0; i < rows->n; i++)
				numbers[i] = from->numbers[f][picked[i]];
			c->numbers = numbers;
		}
	}
	rows->table = (struct table){columns, lab->n_features, rows->n};
}

int world_rows_make(struct world_rows *ret, const struct worlds_lab *lab,
		    const struct month *labels, const struct month *features,
		    struct arena *arena, struct error *err)
{
	struct world_rows rows = {0};
	size_t most = features->n_rows;
	size_t *picked = arena_array(arena, most + 1, sizeof(*picked));
	uint8_t label;

	rows.keys = arena_array(arena, most + 1, sizeof(*rows.keys));
	rows.y = arena_array(arena, most + 1, sizeof(*rows.y));
	for (size_t row = 0; row < most; row++) {
		if (!is_row(features, labels, row, &label))
			continue;
		picked[rows.n] = row;
		rows.keys[rows.n] = features->keys[row];
		rows.y[rows.n++] = label;
	}
	if (!rows.n)
		return error_set(err, ERROR_INVALID,
				 "no user has features in %s and a label in "
				 "%s",
				 features->name, labels->name);
	make_columns(&rows, lab, features, picked, arena);
	if (column_encoder_fit(&rows.encoder, &rows.table, err) < 0)
		return error_context(err, "features of %s", features->name);
	rows.encoded = xreallocarray(NULL, rows.n * rows.encoder.n_outputs + 1,
				     sizeof(*rows.encoded));
	if (column_encoder_transform(&rows.encoder, &rows.table, NULL, rows.n,
				     rows.encoded, err) < 0) {
		world_rows_release(&rows);
		return -1;
	}
	*ret = rows;
	return 0;
}

void world_rows_release(struct world_rows *rows)
{
	column_encoder_release(&rows->encoder);
	free(rows->encoded);
	rows->encoded = NULL;
}

/* What one fit needs. */
struct fitting {
	const struct world_rows *rows;
	const struct worlds_lab *lab;
	size_t *order;
	uint32_t *y; /* in that order */
	struct split split;
	float *x_train, *x_test;
	uint32_t *y_train, *y_test, *predicted;
	double *proba, *score;
	struct forest forest;
};

static void put_in_order(struct fitting *f, const struct row_order *order)
{
	size_t n = f->rows->n;
	struct random_state rs;

	f->order = xcalloc(n, sizeof(*f->order));
	if (order->rows) {
		memcpy(f->order, order->rows, n * sizeof(*f->order));
	} else {
		random_state_seed(&rs, order->seed);
		random_state_permutation(&rs, n, f->order);
	}
	f->y = xcalloc(n, sizeof(*f->y));
	for (size_t i = 0; i < n; i++)
		f->y[i] = f->rows->y[f->order[i]];
}

static float *gather(const struct fitting *f, const size_t *positions, size_t n,
		     uint32_t **ret_y)
{
	const struct world_rows *rows = f->rows;
	size_t columns = rows->encoder.n_outputs;
	float *x = xreallocarray(NULL, n * columns + 1, sizeof(*x));

	*ret_y = xcalloc(n + 1, sizeof(**ret_y));
	for (size_t i = 0; i < n; i++)
		(*ret_y)[i] = f->y[positions[i]];
	for (size_t c = 0; c < columns; c++)
		for (size_t i = 0; i < n; i++)
			x[c * n + i] = rows->encoded[c * rows->n +
						     f->order[positions[i]]];
	return x;
}

/* The encoder learnt from all rows what the training's would have learnt from
 * its own: whether no category is missing there. */
static int check_categories(const struct fitting *f, struct error *err)
{
	const struct column_encoder *e = &f->rows->encoder;

	for (size_t c = 0; c < e->n_columns; c++) {
		const struct encoded_column *column = &e->columns[c];

		for (size_t k = 0; k < column->n_categories; k++) {
			size_t i = 0;

			while (i < f->split.n_train &&
			       strcmp(f->rows->table.columns[c].texts
					      [f->order[f->split.train[i]]],
				      column->categories[k]) != 0)
				i++;
			if (i == f->split.n_train)
				return error_set(err, ERROR_INVALID,
						 "no training row has %s in "
						 "%s",
						 column->categories[k],
						 column->name);
		}
	}
	return 0;
}

static int split_rows(struct fitting *f, struct error *err)
{
	struct split_params params = {
		.test_size = f->lab->test_size,
		.random_state = f->lab->split_seed,
		.stratify = f->lab->stratify ? f->y : NULL,
		.n_classes = CLASSES,
	};

	if (train_test_split(&f->split, f->rows->n, &params, err) < 0 ||
	    check_categories(f, err) < 0)
		return -1;
	f->x_train = gather(f, f->split.train, f->split.n_train, &f->y_train);
	f->x_test = gather(f, f->split.test, f->split.n_test, &f->y_test);
	for (int k = 0; k < CLASSES; k++) {
		size_t i = 0;

		while (i < f->split.n_train && f->y_train[i] != (uint32_t)k)
			i++;
		if (i == f->split.n_train)
			return error_set(err, ERROR_INVALID,
					 "every training row has the same "
					 "label");
	}
	return 0;
}

static int measure(struct fitting *f, double *ret, struct error *err)
{
	size_t n = f->split.n_test;
	struct matrix test =
		matrix_by_columns(f->x_test, n, f->rows->encoder.n_outputs);

	f->proba = xcalloc(n * CLASSES + 1, sizeof(*f->proba));
	f->score = xcalloc(n + 1, sizeof(*f->score));
	f->predicted = xcalloc(n + 1, sizeof(*f->predicted));
	if (forest_predict_proba(&f->forest, &test, 1, f->proba, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		f->score[i] = f->proba[i * CLASSES + 1];
	forest_argmax(f->proba, n, CLASSES, f->predicted);
	if (metrics_roc_auc(f->y_test, f->score, n, &ret[LAB_AUC], err) < 0)
		return -1;
	ret[LAB_F1] = metrics_f1(f->y_test, f->predicted, n);
	ret[LAB_ACCURACY] = metrics_accuracy(f->y_test, f->predicted, n);
	ret[LAB_LOG_LOSS] = metrics_log_loss(f->y_test, f->proba, n, CLASSES);
	return 0;
}

/* What the file of the model would be called by its digests. */
static int digest_model(const struct fitting *f, struct world_order *ret,
			struct error *err)
{
	static const int64_t values[CLASSES] = {0, 1};
	const struct labels labels = {LABELS_BOOL, values, NULL, CLASSES};
	const struct pipeline pipeline = {f->rows->encoder, f->forest};
	struct strbuf bytes = STRBUF_INIT(MODEL_CAP);
	struct byte_sink sink = byte_sink_strbuf(&bytes);
	int result = sklearn_pickle_pipeline(&pipeline, &labels, &sink, err);

	if (!result) {
		ret->bytes = bytes.len;
		hash_sha256(bytes.buf, bytes.len, ret->sha256);
		hash_git_blob(bytes.buf, bytes.len, ret->git_blob);
	}
	strbuf_release(&bytes);
	return result;
}

static int fit(struct fitting *f, bool digest, struct world_order *ret,
	       struct error *err)
{
	struct matrix train;

	if (split_rows(f, err) < 0)
		return -1;
	train = matrix_by_columns(f->x_train, f->split.n_train,
				  f->rows->encoder.n_outputs);
	if (forest_fit(&f->forest, &train, f->y_train, CLASSES, &f->lab->forest,
		       1, err) < 0 ||
	    measure(f, ret->metrics, err) < 0)
		return -1;
	return digest && ret->name ? digest_model(f, ret, err) : 0;
}

void world_rows_fit(const struct worlds_lab *lab, const struct row_order *order,
		    bool digest, struct world_order *ret)
{
	struct fitting f = {.rows = order->of, .lab = lab};
	struct error err = ERROR_INIT;

	ret->name = order->name;
	ret->other_reading = order->other_reading;
	put_in_order(&f, order);
	if (fit(&f, digest, ret, &err) < 0) {
		ret->failed = true;
		snprintf(ret->why, sizeof(ret->why), "%s", err.message);
	}
	forest_release(&f.forest);
	split_release(&f.split);
	free(f.order);
	free(f.y);
	free(f.x_train);
	free(f.x_test);
	free(f.y_train);
	free(f.y_test);
	free(f.predicted);
	free(f.proba);
	free(f.score);
}
