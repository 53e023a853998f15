#include "cli/grade_plan.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/io.h"
#include "base/map.h"
#include "base/subprocess.h"
#include "cli/run_plan.h"
#include "format/text_table.h"
#include "format/utf8.h"
#include "report/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE (5 * 60 * CLOCK_SEC)

/* One student's. */
struct planned {
	json_t *plan;    /* of `bis run --plan`; NULL: there is none */
	const char *why; /* it can't be graded, or NULL */
	bool graded;
};

/* The class's, so far. */
struct totals {
	double minutes, gigabytes;
	size_t fine, graded;
	struct map images; /* that are not here, each once */
};

/* "bis: run: hand-in.zip is no submission" of what it complained. */
static const char *complaint(const struct subprocess_result *result,
			     struct arena *arena)
{
	const char *line = strstr(result->err.buf ? result->err.buf : "",
				  "bis: run: ");

	if (result->timed_out)
		return "looking at it does not come to an end";
	if (!line)
		return "it could not be looked at";
	line += strlen("bis: run: ");
	return arena_strndup(arena, line, strcspn(line, "\n"));
}

static int look_at(struct grading *g, const struct entry *entry,
		   struct planned *ret, struct error *err)
{
	const struct job job = {
		.entry = entry,
		.folder = student_folder_of(&g->arena, g->out, entry->slug),
	};
	struct subprocess_spec spec = SUBPROCESS_SPEC_INIT;
	struct subprocess_result result;

	*ret = (struct planned){ .graded = io_exists(job.folder.result) };
	if (entry->path && access(entry->path, F_OK) < 0) {
		ret->why = arena_printf(&g->arena, "there is no %s",
					entry->path);
		return 0;
	}
	spec.argv = job_words(&job, &g->batch.options, "--plan", &g->arena);
	spec.env = g->batch.options.env;
	spec.timeout = PATIENCE;
	if (subprocess_run(&spec, &result, err) < 0)
		return -1;
	ret->plan = json_loadb(result.out.buf, result.out.len, 0, NULL);
	if (!ret->plan)
		ret->why = complaint(&result, &g->arena);
	else
		ret->why = json_string_value(json_object_get(ret->plan,
							     "refused"));
	subprocess_result_release(&result);
	return 0;
}

static const char *text(const struct planned *p, const char *key)
{
	const char *value = json_string_value(json_object_get(p->plan, key));

	return value ? value : "";
}

/* "4f1c2ab, 2025-11-30" */
static const char *version(const struct planned *p, struct arena *arena)
{
	const char *commit = text(p, "commit");

	return arena_printf(arena, "%.7s%s%.10s", commit,
			    *commit ? ", " : "", text(p, "date"));
}

/* "api tracking database": the roles that somebody plays. */
static const char *roles(const struct planned *p, struct arena *arena)
{
	struct strbuf list = STRBUF_INIT(STRBUF_LINE);
	const json_t *services = json_object_get(p->plan, "services"), *one;
	size_t i;

	json_array_foreach(services, i, one) {
		const char *role = json_string_value(json_array_get(one, 0));
		const char *who = json_string_value(json_array_get(one, 1));

		if (role && who && !strchr(role, ' ') && *who &&
		    strcmp(who, "none of its services"))
			strbuf_addf(&list, "%s%s", list.len ? " " : "", role);
	}
	const char *copy = arena_strdup(arena, list.buf ? list.buf : "");
	strbuf_release(&list);
	return copy;
}

static void add_row(struct text_table *table, const struct entry *entry,
		    const struct planned *p, struct arena *arena)
{
	const char *minutes = arena_printf(
		arena, "%.1f", json_real_value(json_object_get(p->plan,
							       "minutes")));
	const char *gigabytes = arena_printf(
		arena, "%.1f", json_real_value(json_object_get(p->plan,
							       "gigabytes")));

	text_table_row(table, (const char *const[]){
		entry->id, p->why ? "no" : p->graded ? "graded" : "yes",
		text(p, "file"), version(p, arena), roles(p, arena),
		text(p, "data"), text(p, "env"), p->plan ? minutes : "",
		p->plan ? gigabytes : "" });
}

/* An image that several share is built, and takes room, once. */
static void add_up(struct totals *totals, const struct planned *p)
{
	const json_t *images = json_object_get(p->plan, "images"), *image;
	size_t i, again = 0;

	totals->graded += p->graded;
	totals->fine += !p->why;
	if (p->graded || p->why)
		return;
	json_array_foreach(images, i, image) {
		const char *name = json_string_value(
			json_object_get(image, "name"));

		if (!json_is_true(json_object_get(image, "here")) && name)
			again += map_put(&totals->images, name, totals) != NULL;
	}
	totals->minutes += json_real_value(json_object_get(p->plan,
							   "minutes"));
	totals->gigabytes += json_real_value(json_object_get(p->plan,
							     "gigabytes")) -
		(double)again * PLAN_IMAGE_GIGABYTES;
}

static void add_notes(struct strbuf *notes, const struct entry *entry,
		      const struct planned *p)
{
	const json_t *repairs = json_object_get(p->plan, "repairs"), *repair;
	size_t i;

	if (p->why) {
		utf8_add_visible(notes, entry->id, strlen(entry->id), NULL);
		strbuf_addstr(notes, ": ");
		utf8_add_visible(notes, p->why, strcspn(p->why, "\n"), NULL);
		strbuf_addch(notes, '\n');
	}
	json_array_foreach(repairs, i, repair) {
		utf8_add_visible(notes, entry->id, strlen(entry->id), NULL);
		strbuf_addf(notes, ": %s\n", json_string_value(repair));
	}
}

static void conclude(struct grading *g, const struct totals *totals)
{
	enum language l = g->language;
	size_t all = g->entries.len;

	printf(language_say(l, "%zu of %zu can be graded, %zu are already\n"),
	       totals->fine, all, totals->graded);
	printf(language_say(l, "about %.0f minutes with -j %zu, %.1f GB\n"),
	       totals->minutes / (double)g->batch.jobs, g->batch.jobs,
	       totals->gigabytes);
}

static int look_at_all(struct grading *g, struct text_table *table,
		       struct strbuf *notes, struct totals *totals,
		       struct error *err)
{
	bool live = progress_is_live(STDERR_FILENO);

	for (size_t i = 0; i < g->entries.len; i++) {
		const struct entry *entry = &g->entries.at[i];
		struct planned planned;

		if (interrupt_signal())
			return error_set(err, ERROR_CANCELLED, "interrupted");
		if (live)
			fprintf(stderr, "\r%zu / %zu", i + 1, g->entries.len);
		if (look_at(g, entry, &planned, err) < 0)
			return -1;
		add_row(table, entry, &planned, &g->arena);
		add_notes(notes, entry, &planned);
		add_up(totals, &planned);
		json_decref(planned.plan);
	}
	if (live)
		fputs("\r\033[K", stderr);
	return 0;
}

int grade_plan(struct grading *g)
{
	enum language l = g->language;
	const struct text_column columns[] = {
		{ "id", TEXT_LEFT, 24 },
		{ language_say(l, "can be graded"), TEXT_LEFT, 0 },
		{ language_say(l, "compose file"), TEXT_LEFT, 24 },
		{ language_say(l, "commit, date"), TEXT_LEFT, 0 },
		{ language_say(l, "roles"), TEXT_LEFT, 24 },
		{ language_say(l, "data"), TEXT_LEFT, 20 },
		{ ".env", TEXT_LEFT, 18 },
		{ "min", TEXT_RIGHT, 0 }, { "GB", TEXT_RIGHT, 0 },
	};
	struct strbuf notes = STRBUF_INIT(STRBUF_TEXT);
	struct totals totals = { .images = MAP_INIT };
	struct error err = ERROR_INIT;
	struct text_table table;
	int rc;

	text_table_init(&table, columns, ARRAY_SIZE(columns));
	rc = look_at_all(g, &table, &notes, &totals, &err);
	if (rc == 0) {
		struct strbuf drawn = STRBUF_INIT(STRBUF_TEXT);

		text_table_render(&table, &drawn);
		printf("%s%s", drawn.buf, notes.len ? notes.buf : "");
		conclude(g, &totals);
		strbuf_release(&drawn);
	} else {
		fprintf(stderr, "bis: grade: %s\n", err.message);
	}
	text_table_release(&table);
	strbuf_release(&notes);
	map_release(&totals.images);
	if (rc < 0)
		return interrupt_signal() ? 128 + interrupt_signal()
					  : EXIT_INTERNAL;
	return totals.fine == g->entries.len ? EXIT_ALL_PASSED
					     : EXIT_NOT_CHECKED;
}
