#include "grade/regrade_diff.h"

#include "format/utf8.h"

#include <stdlib.h>
#include <string.h>

static void add_visible(struct strbuf *into, const char *text)
{
	utf8_add_visible(into, text, strlen(text), NULL);
}

static bool same(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

/* "  scenario: 276d86... -> 91ab3c..." */
static void add_reason(struct regrade_diff *diff, struct strbuf *into,
		       const char *what, const char *old, const char *new)
{
	if (same(old, new))
		return;
	diff->reasons++;
	strbuf_addf(into, "    %s: ", what);
	add_visible(into, old ? old : "none");
	strbuf_addstr(into, " -> ");
	add_visible(into, new ? new : "none");
	strbuf_addch(into, '\n');
}

static const char *fact(const struct result *result, const char *name)
{
	for (size_t i = 0; i < result->environment.len; i++)
		if (!strcmp(result->environment.at[i].name, name))
			return result->environment.at[i].value;
	return NULL;
}

static void add_environment(struct regrade_diff *diff, struct strbuf *into,
			    const struct result *old, const struct result *new)
{
	for (size_t i = 0; i < new->environment.len; i++) {
		const char *name = new->environment.at[i].name;

		add_reason(diff, into, name, fact(old, name),
			   new->environment.at[i].value);
	}
	for (size_t i = 0; i < old->environment.len; i++)
		if (!fact(new, old->environment.at[i].name))
			add_reason(diff, into, old->environment.at[i].name,
				   old->environment.at[i].value, NULL);
}

static void add_vars(struct regrade_diff *diff, struct strbuf *into,
		     const struct result *old, const struct result *new)
{
	char *a = json_dumps(old->vars, JSON_SORT_KEYS);
	char *b = json_dumps(new->vars, JSON_SORT_KEYS);

	add_reason(diff, into, "variables", a, b);
	free(a);
	free(b);
}

static void add_remedies(struct regrade_diff *diff, struct strbuf *into,
			 const struct result *old, const struct result *new)
{
	struct strbuf a = STRBUF_INIT(STRBUF_LINE);
	struct strbuf b = STRBUF_INIT(STRBUF_LINE);

	for (size_t i = 0; i < old->remedies.len; i++)
		strbuf_addf(&a, "%s%s", i ? ", " : "",
			    old->remedies.at[i].id);
	for (size_t i = 0; i < new->remedies.len; i++)
		strbuf_addf(&b, "%s%s", i ? ", " : "",
			    new->remedies.at[i].id);
	add_reason(diff, into, "remedies", a.len ? a.buf : NULL,
		   b.len ? b.buf : NULL);
	strbuf_release(&a);
	strbuf_release(&b);
}

static void add_reasons(struct regrade_diff *diff, struct strbuf *into,
			const struct result *old, const struct result *new)
{
	add_reason(diff, into, "Bis", old->bis_version, new->bis_version);
	add_reason(diff, into, "scenario", old->scenario, new->scenario);
	add_reason(diff, into, "contents of the scenario",
		   old->scenario_digest, new->scenario_digest);
	add_reason(diff, into, "stack", old->stack, new->stack);
	add_reason(diff, into, "contents of the stack file",
		   old->stack_digest, new->stack_digest);
	add_reason(diff, into, "data", old->data_digest, new->data_digest);
	add_reason(diff, into, "contents of the remedies",
		   old->remedies_digest, new->remedies_digest);
	add_reason(diff, into, "submission", old->submission,
		   new->submission);
	add_reason(diff, into, "contents of the submission",
		   old->hand_in ? old->hand_in->digest : NULL,
		   new->hand_in ? new->hand_in->digest : NULL);
	add_vars(diff, into, old, new);
	add_remedies(diff, into, old, new);
	add_environment(diff, into, old, new);
}

static void add_check(struct regrade_diff *diff, struct strbuf *into,
		      const char *id, const struct check_result *old,
		      const struct check_result *new)
{
	bool decided = (old && old->override) || (new && new->override);

	if (old && new && old->verdict == new->verdict &&
	    old->points == new->points)
		return;
	diff->checks++;
	add_visible(into, id);
	strbuf_addf(into, ": %s: ", new ? new->id : old->id);
	if (old)
		strbuf_addf(into, "%s, %g", verdict_name(old->verdict),
			    old->points);
	else
		strbuf_addstr(into, "not asked");
	strbuf_addstr(into, " -> ");
	if (new)
		strbuf_addf(into, "%s, %g of %g points",
			    verdict_name(new->verdict), new->points,
			    new->max_points);
	else
		strbuf_addstr(into, "not asked");
	if (decided)
		strbuf_addstr(into, " (decided by a person)");
	strbuf_addch(into, '\n');
}

struct regrade_diff regrade_diff(const char *id, const struct result *old,
				 const struct result *new, struct strbuf *into)
{
	struct regrade_diff diff = { 0, 0 };

	for (size_t i = 0; i < new->exercises.len; i++) {
		const struct exercise_result *e = new->exercises.at[i];

		for (size_t j = 0; j < e->checks.len; j++)
			add_check(&diff, into, id,
				  result_find_check(old, e->checks.at[j]->id),
				  e->checks.at[j]);
	}
	for (size_t i = 0; i < old->exercises.len; i++) {
		const struct exercise_result *e = old->exercises.at[i];

		for (size_t j = 0; j < e->checks.len; j++)
			if (!result_find_check(new, e->checks.at[j]->id))
				add_check(&diff, into, id, e->checks.at[j],
					  NULL);
	}
	if (!diff.checks)
		return diff;
	add_reasons(&diff, into, old, new);
	if (!diff.reasons)
		strbuf_addstr(into, "    nothing else differs: the same "
			      "submission behaved differently\n");
	return diff;
}
