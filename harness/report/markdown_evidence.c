/* What shows why: the diagnosis with its evidence, the perturbations, the
 * screens, the environment. */
#include "report/markdown.h"

#include "base/clock.h"
#include "report/volatile.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static void add_blank_line(const struct markdown *md)
{
	size_t len = md->into->len;

	if (len < 2 || strcmp(md->into->buf + len - 2, "\n\n") != 0)
		strbuf_addch(md->into, '\n');
}

/* A statement; with what the database answered where it failed. */
static void add_statement(const struct markdown *md,
			  const struct evidence *evidence)
{
	struct strbuf sql = STRBUF_INIT(STRBUF_TEXT);
	const char *failure =
		json_string_value(json_object_get(evidence->data, "error"));

	strbuf_addstr(&sql, evidence->text ? evidence->text : "");
	strbuf_rtrim(&sql);
	if (failure)
		strbuf_addstr(&sql, "\n-- ");
	for (const char *s = failure; s && *s; s++)
		strbuf_addch(&sql, *s == '\n' ? ' ' : *s);
	add_blank_line(md);
	markup_fence(md->into, "sql", sql.buf, MARKUP_FENCE_LINES);
	strbuf_addch(md->into, '\n');
	strbuf_release(&sql);
}

static void add_evidence(const struct markdown *md,
			 const struct evidence *evidence)
{
	char *data = NULL;

	if (evidence->kind && strstr(evidence->kind, "statement")) {
		add_statement(md, evidence);
		return;
	}
	if (evidence->text && strchr(evidence->text, '\n')) {
		add_blank_line(md);
		markup_fence(md->into, "text", evidence->text,
			     MARKUP_FENCE_LINES);
		strbuf_addch(md->into, '\n');
		return;
	}
	strbuf_addstr(md->into, "- ");
	if (evidence->text) {
		markdown_sentence(md, evidence->text);
	} else {
		data = json_dumps(evidence->data, JSON_COMPACT);
		markup_text(md->into, evidence->kind);
		strbuf_addch(md->into, ' ');
		markup_code(md->into, data ? data : "");
		free(data);
	}
	strbuf_addch(md->into, '\n');
}

void markdown_diagnosis(const struct markdown *md,
			const struct diagnosis *diagnosis)
{
	markdown_say(md, "**Why** (%s):",
		     words_confidence(diagnosis->confidence, md->language));
	strbuf_addch(md->into, ' ');
	markup_prose(md->into, words_of(&diagnosis->words, md->language));
	strbuf_addstr(md->into, " (");
	markdown_say(md, "cause");
	strbuf_addch(md->into, ' ');
	markup_code(md->into, diagnosis->cause);
	if (diagnosis->stage) {
		strbuf_addstr(md->into, ", ");
		markdown_say(md, "first stage that differs");
		strbuf_addch(md->into, ' ');
		markup_code(md->into, diagnosis->stage);
	}
	strbuf_addstr(md->into, ")\n\n");
	for (size_t i = 0; i < diagnosis->evidence.len; i++)
		add_evidence(md, &diagnosis->evidence.at[i]);
	if (diagnosis->fix_tried) {
		strbuf_addstr(md->into, "- ");
		markdown_say(md, "Tried:");
		strbuf_addch(md->into, ' ');
		markup_prose(md->into, words_of(&diagnosis->fix, md->language));
		strbuf_addstr(md->into, " → ");
		if (diagnosis->fix_worked)
			markdown_say(md, "the result is the same again.");
		else
			markdown_say(md, "the result still differs.");
		strbuf_addch(md->into, '\n');
	}
	strbuf_addch(md->into, '\n');
}

/* Whether two runs that agree on `rung` agree on this one. */
static bool agrees(const char *rung, const char *on)
{
	static const char *const ladder[] = { "none", "metrics", "predictions",
					      "canonical", "bytes" };
	size_t has = 0, needs = 0;

	for (size_t i = 0; i < ARRAY_SIZE(ladder); i++) {
		if (!strcmp(ladder[i], rung))
			has = i;
		if (!strcmp(ladder[i], on))
			needs = i;
	}
	return has >= needs;
}

/* Whether the results agree on a rung; in bold where the check of this
 * perturbation does not hold: a perturbation may be meant to change them. */
static void add_agreement(const struct markdown *md,
			  const struct matrix_row *row, const char *on,
			  bool holds)
{
	const char *bold = holds ? "" : "**";

	if (!row->rung) {
		strbuf_addstr(md->into, " – |");
		return;
	}
	strbuf_addf(md->into, " %s", bold);
	if (agrees(row->rung, on))
		markdown_say(md, "same");
	else
		markdown_say(md, "differs");
	strbuf_addf(md->into, "%s |", bold);
}

/* What was changed: the perturbation's id, and what its check says. */
static void add_change(const struct markdown *md, const char *perturbation,
		       const struct check_result *check)
{
	markup_cell_code(md->into, perturbation);
	if (!strcmp(perturbation, "control")) {
		strbuf_addstr(md->into, words_colon(md->language));
		markdown_say(md, "nothing was changed");
	} else if (check && *words_of(&check->title, md->language)) {
		strbuf_addstr(md->into, words_colon(md->language));
		markup_prose(md->into, words_of(&check->title, md->language));
	}
}

/* Whether the change took effect, and what shows it. */
static void add_proof(const struct markdown *md, const struct matrix_row *row)
{
	if (!strcmp(row->perturbation, "control")) {
		strbuf_addstr(md->into, "–");
		return;
	}
	if (!row->bit) {
		markdown_say(md, "no");
		strbuf_addstr(md->into, row->proof ? words_colon(md->language)
						   : "");
	}
	markdown_sentence(md, row->proof ? row->proof : row->bit ? "–" : NULL);
}

static void add_matrix_row(const struct markdown *md,
			   const struct matrix_row *row)
{
	static const char *const rungs[] = { "bytes", "canonical",
					     "predictions", "metrics" };
	const struct check_result *check =
		result_find_check(md->result, row->perturbation);

	strbuf_addstr(md->into, "| ");
	add_change(md, row->perturbation, check);
	strbuf_addstr(md->into, " | ");
	add_proof(md, row);
	strbuf_addstr(md->into, " |");
	for (size_t i = 0; i < ARRAY_SIZE(rungs); i++)
		add_agreement(md, row, rungs[i],
			      !check || check->verdict != VERDICT_FAILED);
	strbuf_addch(md->into, '\n');
}

static size_t count_trainings(const struct result *result,
			      const char *purpose)
{
	size_t count = 0;

	for (size_t i = 0; i < result->runs.len; i++)
		count += !strcmp(result->runs.at[i]->purpose, purpose);
	return count;
}

static void say_purpose(const struct markdown *md, const char *purpose)
{
	if (!strcmp(purpose, "graded"))
		markdown_say(md, "graded");
	else if (!strcmp(purpose, "control"))
		markdown_say(md, "repeated with nothing changed");
	else if (!strcmp(purpose, "change"))
		markdown_say(md, "in a changed world");
	else if (!strcmp(purpose, "search"))
		markdown_say(md, "to find what changes the result");
	else
		markdown_say(md, "to try a fix");
}

/* How many trainings it took, and what for. */
static void add_training_count(const struct markdown *md)
{
	static const char *const purposes[] = { "graded", "control", "change",
						"search", "fix" };
	const char *comma = "";

	markdown_say(md, "Trainings:");
	for (size_t i = 0; i < ARRAY_SIZE(purposes); i++) {
		size_t count = count_trainings(md->result, purposes[i]);
		if (!count)
			continue;
		strbuf_addf(md->into, "%s %zu ", comma, count);
		say_purpose(md, purposes[i]);
		comma = ",";
	}
	strbuf_addstr(md->into, ".\n");
}

void markdown_matrix(const struct markdown *md)
{
	if (!md->result->matrix.len)
		return;
	strbuf_addstr(md->into, "## ");
	markdown_say(md, "What was changed, and what changed with it");
	strbuf_addstr(md->into, "\n\n| ");
	markdown_say(md, "what was changed | did the change take effect? | "
			 "model, to the byte | model, decoded | predictions | "
			 "metrics");
	strbuf_addstr(md->into, " |\n|---|---|:-:|:-:|:-:|:-:|\n");
	for (size_t i = 0; i < md->result->matrix.len; i++)
		add_matrix_row(md, &md->result->matrix.at[i]);
	strbuf_addch(md->into, '\n');
	add_training_count(md);
	strbuf_addch(md->into, '\n');
}

void markdown_screens(const struct markdown *md)
{
	if (!md->result->screens.len)
		return;
	strbuf_addstr(md->into, "## ");
	markdown_say(md, "Screens");
	strbuf_addstr(md->into, "\n\n");
	for (size_t i = 0; i < md->result->screens.len; i++) {
		const struct screen *screen = &md->result->screens.at[i];
		const char *title = words_of(&screen->title, md->language);

		markup_prose(md->into, *title ? title : screen->id);
		if (screen->taken) {
			strbuf_addstr(md->into, " (");
			markdown_say(md, "taken");
			strbuf_addch(md->into, ' ');
			markup_prose(md->into, screen->taken);
			strbuf_addch(md->into, ')');
		}
		strbuf_addstr(md->into, "\n\n");
		markup_fence(md->into, "text", screen->text,
			     MARKUP_FENCE_LINES);
		strbuf_addch(md->into, '\n');
	}
}

static void add_fact(const struct markdown *md, const char *name,
		     const char *value)
{
	strbuf_addstr(md->into, "| ");
	markup_text(md->into, name);
	strbuf_addstr(md->into, " | ");
	markup_cell_code(md->into, value ? value : "–");
	strbuf_addstr(md->into, " |\n");
}

static void add_variables(const struct markdown *md)
{
	const char *name;
	json_t *value;

	if (!json_object_size(md->result->vars))
		return;
	strbuf_addstr(md->into, "| ");
	markdown_say(md, "variable | value");
	strbuf_addstr(md->into, " |\n|---|---|\n");
	json_object_foreach(md->result->vars, name, value) {
		char *dump = json_is_string(value)
			? NULL : json_dumps(value, JSON_ENCODE_ANY);

		add_fact(md, name, dump ? dump : json_string_value(value));
		free(dump);
	}
	strbuf_addch(md->into, '\n');
}

static void add_volatile_tables(const struct markdown *md)
{
	const struct result *result = md->result;
	char buf[CLOCK_TEXT];

	strbuf_addstr(md->into, VOLATILE_BEGIN "\n\n| ");
	markdown_say(md, "what | value");
	strbuf_addstr(md->into, " |\n|---|---|\n");
	for (size_t i = 0; i < result->environment.len; i++)
		add_fact(md, result->environment.at[i].name,
			 result->environment.at[i].value);
	strbuf_addstr(md->into, "\n| ");
	markdown_say(md, "what | took");
	strbuf_addstr(md->into, " |\n|---|---:|\n| ");
	markdown_say(md, "everything");
	strbuf_addf(md->into, " | %s |\n",
		    clock_format_duration(result->duration, buf));
	for (size_t i = 0; i < result->timings.len; i++) {
		strbuf_addstr(md->into, "| ");
		markup_text(md->into, result->timings.at[i].name);
		strbuf_addf(md->into, " | %s |\n",
			    clock_format_duration(
				    result->timings.at[i].duration, buf));
	}
	strbuf_addstr(md->into, "\n" VOLATILE_END "\n\n");
}

void markdown_environment(const struct markdown *md)
{
	struct strbuf commands = STRBUF_INIT(STRBUF_TEXT);

	strbuf_addstr(md->into, "<details><summary>");
	markdown_say(md, "Variables, environment, durations, every command "
			 "that ran");
	strbuf_addstr(md->into, "</summary>\n\n");
	add_variables(md);
	add_volatile_tables(md);
	for (size_t i = 0; i < md->result->commands.len; i++)
		strbuf_addf(&commands, "%s\n", md->result->commands.at[i]);
	if (commands.len)
		markup_fence(md->into, "sh", commands.buf, MARKUP_FENCE_LINES);
	strbuf_addstr(md->into, "\n</details>\n");
	strbuf_release(&commands);
}
