/* needs-a-look.md: what a person has to decide, for the instructor alone. */
#include "report/class_report.h"

#include "report/markup.h"
#include "report/words.h"

static void heading(struct strbuf *into, enum language language,
		    const char *words)
{
	strbuf_addf(into, "## %s\n\n", language_say(language, words));
}

static void add_problems(const struct class_result *c, enum language language,
			 struct strbuf *into)
{
	bool any = false;

	for (size_t i = 0; i < c->students.len; i++) {
		const struct class_student *s = &c->students.at[i];

		if (!s->problem)
			continue;
		if (!any)
			heading(into, language,
				WORDS("Could not be graded"));
		any = true;
		strbuf_addstr(into, "- ");
		markup_text(into, s->id);
		strbuf_addstr(into, words_colon(language));
		markup_text(into, s->problem);
		strbuf_addch(into, '\n');
	}
	strbuf_addstr(into, any ? "\n" : "");
}

static void add_oddities(const struct class_result *c, enum language language,
			 struct strbuf *into)
{
	if (!c->oddities.len)
		return;
	heading(into, language, WORDS("To decide"));
	words_add(into, language, "What is decided goes into an overrides.csv "
		  "(id,check,points,reason,who,date) and `--overrides FILE`.");
	strbuf_addf(into, "\n\n| %s | ", language_say(language, "student"));
	strbuf_addf(into, "%s | ", language_say(language, "check"));
	strbuf_addf(into, "%s | |\n|---|---|---:|---|\n",
		    language_say(language, "pending"));
	for (size_t i = 0; i < c->oddities.len; i++) {
		const struct class_oddity *o = &c->oddities.at[i];
		const struct class_student *s = &c->students.at[o->student];

		strbuf_addstr(into, "| [");
		markup_text(into, s->id);
		strbuf_addf(into, "](<%s/report.md>) | ", s->folder);
		if (o->check)
			markup_cell_code(into, o->check);
		strbuf_addstr(into, " | ");
		if (o->pending > 0)
			words_add_points(into, o->pending);
		strbuf_addstr(into, " | ");
		markup_text(into, o->text);
		strbuf_addstr(into, " |\n");
	}
	strbuf_addch(into, '\n');
}

static void add_identities(const struct class_result *c,
			   enum language language, struct strbuf *into)
{
	if (!c->identities)
		return;
	heading(into, language, WORDS("Who has the same model"));
	words_add(into, language, "Their first models are equal value by "
		  "value. Where the lab is pinned (the same data, seed and "
		  "parameters) that is expected, and says nothing about how "
		  "they worked.");
	strbuf_addstr(into, "\n\n");
	for (size_t n = 1; n <= c->identities; n++) {
		bool any = false;

		strbuf_addf(into, "%zu. ", n);
		for (size_t i = 0; i < c->students.len; i++) {
			if (c->students.at[i].identity != n)
				continue;
			strbuf_addstr(into, any ? ", " : "");
			markup_text(into, c->students.at[i].id);
			any = true;
		}
		strbuf_addch(into, '\n');
	}
	strbuf_addch(into, '\n');
}

void class_needs_a_look(const struct class_result *c,
			const struct class_options *options,
			struct strbuf *into)
{
	enum language language = options->language;

	strbuf_addf(into, "# %s\n\n",
		    language_say(language, "Needs a look"));
	words_add(into, language, "For the instructor alone.");
	strbuf_addstr(into, "\n\n");
	add_problems(c, language, into);
	add_oddities(c, language, into);
	add_identities(c, language, into);
}
