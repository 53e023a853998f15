#include "cli/inspect_predict.h"

#include "base/number.h"
#include "format/csv.h"
#include "format/pickle_summary.h"
#include "model/from_pickle.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* How the file's columns become the model's. */
struct reading {
	struct csv csv;
	struct decoded_model *model;
	size_t *places;  /* by column of the model: which cell */
	bool *texts;     /* by column of the model */
	struct model_cell *row;
	double *proba;
};

static void reading_release(struct reading *r)
{
	csv_close(&r->csv);
	decoded_model_free(r->model);
	free(r->places);
	free(r->texts);
	free(r->row);
	free(r->proba);
}

static int find_place(struct reading *r, size_t column, struct error *err)
{
	const char *name = decoded_model_column(r->model, column);

	if (!name) {
		r->places[column] = column;
		return column < r->csv.cells.len ? 0
			: error_set(err, ERROR_INVALID,
				    "%s: %zu columns are too few",
				    r->csv.path, r->csv.cells.len);
	}
	for (size_t i = 0; i < r->csv.cells.len; i++) {
		if (strcmp(r->csv.cells.at[i].text, name) == 0) {
			r->places[column] = i;
			return 0;
		}
	}
	return error_set(err, ERROR_INVALID, "%s: no column `%s`",
			 r->csv.path, name);
}

/* Columns whose categories are texts. */
static void find_texts(struct reading *r, const struct pickle *p)
{
	json_t *summary = pickle_summary(p);
	const json_t *categories = json_object_get(summary, "categories");

	for (size_t i = 0; i < decoded_model_columns(r->model); i++) {
		const char *name = decoded_model_column(r->model, i);
		const json_t *list = name ? json_object_get(categories, name)
					  : NULL;
		r->texts[i] = json_is_string(json_array_get(list, 0));
	}
	json_decref(summary);
}

static int prepare(struct reading *r, const struct pickle *p,
		   const char *model_path, const char *data_path,
		   struct error *err)
{
	if (decoded_model_load(model_path, &r->model, err) < 0 ||
	    csv_open(&r->csv, data_path, NULL, err) < 0)
		return -1;
	size_t n = decoded_model_columns(r->model);
	r->places = xcalloc(n, sizeof(*r->places));
	r->texts = xcalloc(n, sizeof(*r->texts));
	r->row = xcalloc(n, sizeof(*r->row));
	r->proba = xcalloc(decoded_model_classes(r->model),
			   sizeof(*r->proba));
	int more = csv_next(&r->csv, err);
	if (more <= 0)
		return more < 0 ? -1 : error_set(err, ERROR_INVALID,
						 "%s: no header", data_path);
	for (size_t i = 0; i < n; i++)
		if (find_place(r, i, err) < 0)
			return -1;
	find_texts(r, p);
	return 0;
}

static int read_cell(const struct reading *r, size_t column,
		     struct model_cell *ret, struct error *err)
{
	const struct csv_cell *cell = &r->csv.cells.at[r->places[column]];
	const char *text = cell->text;

	*ret = (struct model_cell){ .number = NAN };
	if (r->texts[column])
		ret->text = text;
	else if (!strcmp(text, "True") || !strcmp(text, "true"))
		ret->number = 1;
	else if (!strcmp(text, "False") || !strcmp(text, "false"))
		ret->number = 0;
	else if (*text && !number_parse_double(text, &ret->number))
		return csv_complain(&r->csv, cell, err, "no number");
	return 0;
}

static void print_header(const struct reading *r)
{
	printf("prediction");
	for (size_t c = 0; c < decoded_model_classes(r->model); c++)
		printf(",%s", decoded_model_class(r->model, c));
	putchar('\n');
}

static int predict_row(const struct reading *r, struct error *err)
{
	char buf[NUMBER_TEXT];

	for (size_t i = 0; i < decoded_model_columns(r->model); i++)
		if (read_cell(r, i, &r->row[i], err) < 0)
			return -1;
	if (decoded_model_proba(r->model, r->row, r->proba, err) < 0)
		return error_context(err, "%s:%zu", r->csv.path,
				     r->csv.cells.at[0].line);
	printf("%s", decoded_model_class(r->model, decoded_model_argmax(
						 r->model, r->proba)));
	for (size_t c = 0; c < decoded_model_classes(r->model); c++)
		printf(",%s", number_format_double(r->proba[c], buf));
	putchar('\n');
	return 0;
}

int inspect_predict(const struct pickle *p, const char *model_path,
		    const char *data_path, struct error *err)
{
	struct reading r = { .model = NULL };
	int result = prepare(&r, p, model_path, data_path, err);
	int more;

	if (!result)
		print_header(&r);
	while (!result && (more = csv_next(&r.csv, err)) != 0)
		result = more < 0 ? -1 : predict_row(&r, err);
	reading_release(&r);
	return result;
}
