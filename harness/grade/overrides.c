#include "grade/overrides.h"

#include "base/number.h"
#include "format/csv.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { COLUMN_ID, COLUMN_CHECK, COLUMN_POINTS, COLUMN_REASON, COLUMN_WHO,
       COLUMN_DATE, COLUMN_COUNT };
static const char *const columns[COLUMN_COUNT] = {
	"id", "check", "points", "reason", "who", "date",
};

static int read_header(const struct csv *csv, size_t at[COLUMN_COUNT],
		       struct error *err)
{
	for (size_t c = 0; c < COLUMN_COUNT; c++) {
		size_t i = 0;

		while (i < csv->cells.len &&
		       strcmp(csv->cells.at[i].text, columns[c]) != 0)
			i++;
		if (i == csv->cells.len)
			return csv_complain(csv, &csv->cells.at[0], err,
					    "no column `%s`: an override is "
					    "id, check, points, reason, who, "
					    "date", columns[c]);
		at[c] = i;
	}
	return 0;
}

/* YYYY-MM-DD */
static bool is_date(const char *text)
{
	static const char form[] = "dddd-dd-dd";

	if (strlen(text) != sizeof(form) - 1)
		return false;
	for (size_t i = 0; form[i]; i++)
		if (form[i] == 'd' ? !isdigit((unsigned char)text[i])
				   : text[i] != form[i])
			return false;
	return true;
}

static int read_row(const struct csv *csv, const size_t at[COLUMN_COUNT],
		    const struct entries *entries, struct arena *arena,
		    struct overrides *into, struct error *err)
{
	const char *cells[COLUMN_COUNT];
	double points;

	for (size_t c = 0; c < COLUMN_COUNT; c++) {
		const struct csv_cell *cell = &csv->cells.at[at[c]];

		if (!cell->len)
			return csv_complain(csv, cell, err,
					    "an override without `%s`",
					    columns[c]);
		cells[c] = arena_strdup(arena, cell->text);
	}
	if (!number_parse_double(cells[COLUMN_POINTS], &points) ||
	    !(points >= 0))
		return csv_complain(csv, &csv->cells.at[at[COLUMN_POINTS]], err,
				    "`%s` is no number of points",
				    cells[COLUMN_POINTS]);
	if (!is_date(cells[COLUMN_DATE]))
		return csv_complain(csv, &csv->cells.at[at[COLUMN_DATE]], err,
				    "`%s` is no date like 2026-11-20",
				    cells[COLUMN_DATE]);
	if (entries && !entries_find(entries, cells[COLUMN_ID]))
		return csv_complain(csv, &csv->cells.at[at[COLUMN_ID]], err,
				    "nobody in this class has the id `%s`",
				    cells[COLUMN_ID]);
	for (size_t i = 0; i < into->len; i++)
		if (!strcmp(into->at[i].id, cells[COLUMN_ID]) &&
		    !strcmp(into->at[i].check, cells[COLUMN_CHECK]))
			return csv_complain(csv, &csv->cells.at[at[COLUMN_ID]],
					    err, "%s decided the same check "
					    "of the same student",
					    into->at[i].where);
	*vec_push(into) = (struct override_row){
		.id = cells[COLUMN_ID], .check = cells[COLUMN_CHECK],
		.where = arena_printf(arena, "%s:%zu", csv->path,
				      csv->cells.at[0].line),
		.record = { .points = points, .reason = cells[COLUMN_REASON],
			    .who = cells[COLUMN_WHO],
			    .date = cells[COLUMN_DATE] },
	};
	return 0;
}

int overrides_read(const char *path, const struct entries *entries,
		   struct arena *arena, struct overrides *into,
		   struct error *err)
{
	const struct csv_limits limits = { (size_t)16 << 20, 100 * 1000, 64,
					   16 * 1024 };
	size_t at[COLUMN_COUNT];
	struct csv csv;
	int rc = csv_open(&csv, path, &limits, err);

	if (!rc) {
		rc = csv_next(&csv, err);
		if (rc > 0)
			rc = read_header(&csv, at, err) < 0 ? -1 : 1;
		else if (!rc)
			rc = error_set(err, ERROR_INVALID, "%s: it is empty",
				       path);
	}
	while (rc > 0) {
		rc = csv_next(&csv, err);
		if (rc > 0 && read_row(&csv, at, entries, arena, into, err) < 0)
			rc = -1;
	}
	csv_close(&csv);
	return rc;
}

int overrides_apply(const struct overrides *overrides, const char *id,
		    struct result *result, size_t *ret_count,
		    struct error *err)
{
	size_t count = 0;

	for (size_t i = 0; i < overrides->len; i++) {
		const struct override_row *row = &overrides->at[i];
		struct check_result *check;
		struct override_record *record;

		if (strcmp(row->id, id) != 0)
			continue;
		check = result_find_check(result, row->check);
		if (!check)
			return error_set(err, ERROR_INVALID,
					 "%s: the scenario has no check `%s`",
					 row->where, row->check);
		if (row->record.points > check->max_points)
			return error_set(err, ERROR_INVALID,
					 "%s: `%s` gives %g points at most, "
					 "not %g", row->where, row->check,
					 check->max_points,
					 row->record.points);
		record = arena_new(result->arena, struct override_record);
		*record = row->record;
		record->automatic_points = check->points;
		check->override = record;
		check->points = record->points;
		count++;
	}
	*ret_count = count;
	return 0;
}

/* Failed by both; or reached by neither, since an inherited one failed. */
static bool is_inherited(const struct check_result *before,
			 const struct check_result *check,
			 const struct result *result)
{
	const struct check_result *blocker;

	if (!before || before->verdict != check->verdict)
		return false;
	if (check->verdict == VERDICT_FAILED)
		return true;
	if (check->verdict != VERDICT_BLOCKED || !check->blocked_by)
		return false;
	blocker = result_find_check(result, check->blocked_by);
	return blocker && blocker->inherited;
}

size_t inherit(const struct result *given, struct result *result)
{
	size_t count = 0;

	for (size_t i = 0; i < result->exercises.len; i++) {
		struct exercise_result *e = result->exercises.at[i];

		for (size_t j = 0; j < e->checks.len; j++) {
			struct check_result *check = e->checks.at[j];

			if (!is_inherited(result_find_check(given, check->id),
					  check, result))
				continue;
			check->inherited = true;
			check->points = check->max_points;
			count++;
		}
	}
	return count;
}

static bool is_pending(const struct check_result *check)
{
	return verdict_is_pending(check->verdict) && !check->override;
}

void totals_add_up(struct result *result)
{
	result->points = result->pending = 0;
	for (size_t i = 0; i < result->exercises.len; i++) {
		struct exercise_result *e = result->exercises.at[i];

		e->points = e->pending = 0;
		for (size_t j = 0; j < e->checks.len; j++) {
			const struct check_result *check = e->checks.at[j];

			e->points += check->points;
			if (is_pending(check))
				e->pending += check->max_points;
		}
		result->points += e->points;
		result->pending += e->pending;
	}
}
