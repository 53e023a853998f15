/* bis explain: what a check means, why it matters, what to try. */
#include "base/suggest.h"
#include "cli/commands.h"
#include "cli/tables.h"
#include "diagnose/cause.h"
#include "format/utf8.h"
#include "report/words.h"
#include "scenario/find.h"

#include <stdio.h>
#include <string.h>

/* A check, whichever of the two it is. */
struct explained {
	const struct scenario *scenario;
	const struct exercise *exercise;
	const char *id, *summary, *kind;
	const struct bilingual *title, *why, *hint;
	const struct step *step; /* NULL: a perturbation */
	enum asked asked;
	double points;
	struct position at;
};

static struct explained of_step(const struct scenario *s,
				const struct exercise *e,
				const struct step *step)
{
	return (struct explained){
		.scenario = s, .exercise = e, .id = step->id,
		.kind = step->syntax->name, .summary = step->syntax->summary,
		.title = &step->title, .why = &step->why, .hint = &step->hint,
		.step = step, .asked = step->asked, .points = step->points,
		.at = step->at,
	};
}

static struct explained of_perturb(const struct scenario *s,
				   const struct exercise *e,
				   const struct perturb *perturb)
{
	struct explained x = {
		.scenario = s, .exercise = e, .id = perturb->id,
		.kind = perturb->change, .summary = "", .title = &perturb->title,
		.why = &perturb->why, .hint = &perturb->hint,
		.asked = perturb->asked, .points = perturb->points,
		.at = perturb->at,
	};

	for (size_t i = 0; i < change_count; i++)
		if (!strcmp(change_syntaxes[i].name, perturb->change))
			x.summary = change_syntaxes[i].summary;
	return x;
}

struct id_list {
	VEC(const char *) ids;
};

static const char *id_at(const void *list, size_t i)
{
	return ((const struct id_list *)list)->ids.at[i];
}

/* Whether the scenario has the check; every id that it has goes into the
 * list. */
static bool find_check(const struct scenario *s, const char *id,
		       struct id_list *ids, struct explained *ret)
{
	for (size_t i = 0; i < s->exercises.len; i++) {
		const struct exercise *e = s->exercises.at[i];

		for (size_t n = 0; n < e->steps.len; n++) {
			*vec_push(&ids->ids) = e->steps.at[n]->id;
			if (!strcmp(e->steps.at[n]->id, id)) {
				*ret = of_step(s, e, e->steps.at[n]);
				return true;
			}
		}
		for (size_t n = 0; n < e->perturb.len; n++) {
			*vec_push(&ids->ids) = e->perturb.at[n]->id;
			if (!strcmp(e->perturb.at[n]->id, id)) {
				*ret = of_perturb(s, e, e->perturb.at[n]);
				return true;
			}
		}
	}
	return false;
}

static void add_line(struct strbuf *into, const char *label, const char *text)
{
	if (!text || !*text)
		return;
	strbuf_addf(into, "%s: ", label);
	utf8_add_visible(into, text, strlen(text), NULL);
	strbuf_addch(into, '\n');
}

static void explain(const struct explained *x, enum language l,
		    struct strbuf *into)
{
	const char *title = words_of(x->title, l);

	strbuf_addf(into, "%s", x->id);
	if (*title)
		strbuf_addf(into, ": %s", title);
	strbuf_addf(into, "\n%s, ", x->scenario->name);
	words_add(into, l, "exercise %s", x->exercise->id);
	strbuf_addstr(into, ", ");
	words_add(into, l, "%.10g points, asked: %s", x->points,
		  asked_name(x->asked));
	strbuf_addstr(into, "\n\n");
	add_line(into, language_say(l, "why it matters"), words_of(x->why, l));
	add_line(into, language_say(l, "what to try"), words_of(x->hint, l));
	strbuf_addf(into, "%s: %s: %s\n", language_say(l, "how"), x->kind,
		    x->summary);
	if (x->step && x->step->hidden)
		add_line(into, language_say(l, "must hold"),
			 language_say(l, "not told: the scenario hides it"));
	for (size_t i = 0; x->step && !x->step->hidden &&
	     i < x->step->expect.len; i++)
		add_line(into, language_say(l, "must hold"),
			 x->step->expect.at[i].text);
	strbuf_addf(into, "%s: %s:%d\n", language_say(l, "written in"),
		    x->at.file, x->at.line);
	strbuf_addf(into, "%s: bis run %s --only %s\n",
		    language_say(l, "by itself"), x->scenario->name, x->id);
}

/* 1: it has the check, which is printed; 0: it has not; -1: it is invalid. */
static int look_in(const char *path, const char *id, enum language language,
		   struct arena *arena, struct id_list *ids, struct error *err)
{
	const struct scenario_tables tables = cli_tables();
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);
	struct scenario *scenario;
	struct explained found;
	int rc = 0;

	if (scenario_load(path, &tables, NULL, 0, NULL, arena, &scenario,
			  err) < 0)
		return -1;
	if (find_check(scenario, id, ids, &found)) {
		explain(&found, language, &text);
		fputs(text.buf, stdout);
		rc = 1;
	}
	strbuf_release(&text);
	scenario_release(scenario);
	return rc;
}

static int no_check(const char *id, const struct id_list *ids)
{
	const char *near = suggest_name(id, ids, ids->ids.len, id_at);

	return command_usage_error("explain", "no check `%s`%s%s%s", id,
				   near ? "; did you mean `" : "",
				   near ? near : "", near ? "`?" : "");
}

static int explain_in(const char *name, const char *id, enum language language,
		      struct arena *arena, struct id_list *ids)
{
	struct error err = ERROR_INIT;
	const char *path;
	int rc = -1;

	if (scenario_find(name, arena, &path, &err) == 0)
		rc = look_in(path, id, language, arena, ids, &err);
	if (rc < 0) {
		fprintf(stderr, "bis: explain: %s\n", err.message);
		return EXIT_BAD_SCENARIO;
	}
	return rc ? EXIT_ALL_PASSED : no_check(id, ids);
}

/* In the first scenario that has it. One that is invalid is passed over. */
static int explain_anywhere(const char *id, enum language language,
			    struct arena *arena, struct id_list *ids)
{
	struct found_scenarios all = VEC_INIT;
	int rc = 0;

	scenario_list(arena, &all);
	for (size_t i = 0; rc <= 0 && i < all.len; i++)
		rc = look_in(all.at[i].path, id, language, arena, ids, NULL);
	vec_release(&all);
	return rc > 0 ? EXIT_ALL_PASSED : no_check(id, ids);
}

/* A cause is no check, and stands on its own. */
static int explain_cause(const struct cause *cause, enum language language)
{
	printf("%s: %s\n", cause->id, words_of(&cause->words, language));
	if (cause->fix.en)
		printf("  %s\n", words_of(&cause->fix, language));
	return EXIT_ALL_PASSED;
}

static int explain_main(const struct arguments *arguments)
{
	const char *lang = argument_value(arguments, "lang");
	enum language language = language_of_environment();
	struct id_list ids = { VEC_INIT };
	struct arena arena = ARENA_INIT;
	int code;

	if (arguments->operand_count < 1 || arguments->operand_count > 2)
		return command_usage_error("explain", "which check?");
	if (lang && !language_parse(lang, &language))
		return command_usage_error(
			"explain", "no language `%s`: there are en and fr",
			lang);
	const struct cause *cause = arguments->operand_count == 1
		? cause_find(arguments->operands[0]) : NULL;
	if (cause)
		return explain_cause(cause, language);
	if (arguments->operand_count == 2)
		code = explain_in(arguments->operands[1],
				  arguments->operands[0], language, &arena,
				  &ids);
	else
		code = explain_anywhere(arguments->operands[0], language,
					&arena, &ids);
	vec_release(&ids.ids);
	arena_release(&arena);
	return code;
}

static const struct option_spec options[] = {
	{ "lang", 0, "LANG", false, "en or fr" },
	{ 0 },
};

const struct command command_explain = {
	.name = "explain",
	.summary = "Say what a check or a cause means, and what to try",
	.usage = "explain CHECK|CAUSE [SCENARIO]",
	.details = "Without SCENARIO the check is looked for in every scenario "
		   "that `bis list` shows.",
	.options = options,
	.main = explain_main,
};
