/*
 * gradebook.csv (RFC 4180), in three shapes.
 *
 * Moodle's import maps columns by hand, and wants a user column and a grade
 * and feedback column: "ID number" and "<item>", "<item> (feedback)"
 * (docs.moodle.org, Grade import). Canvas takes its own export back: Student,
 * ID, SIS User ID, SIS Login ID, Section, the assignment, and a second line
 * "Points Possible" below the header.
 */
#include "report/class_report.h"

#include "report/words.h"

#include <string.h>

bool gradebook_shape_parse(const char *name, enum gradebook_shape *ret)
{
	static const char *const names[] = { "plain", "moodle", "canvas" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(names[i], name)) {
			*ret = (enum gradebook_shape)i;
			return true;
		}
	}
	return false;
}

/* A cell of text from outside: one that a spreadsheet would run as a formula
 * gets an apostrophe before it (OWASP, CSV injection). */
static void add_text(struct strbuf *into, const char *text)
{
	const char *first = text ? text + strspn(text, " \t\r\n") : "";

	strbuf_addch(into, '"');
	if (*first && strchr("=+-@|%", *first))
		strbuf_addch(into, '\'');
	for (const char *s = text ? text : ""; *s; s++) {
		if (*s == '"')
			strbuf_addch(into, '"');
		/* A record is a line, whatever a name holds. */
		strbuf_addch(into, *s == '\n' || *s == '\r' ? ' ' : *s);
	}
	strbuf_addch(into, '"');
}

/* Ours: no quoting needed, none wanted. */
static void add_cell(struct strbuf *into, const char *text)
{
	strbuf_addf(into, ",%s", text);
}

static bool is_settled(const struct class_student *s)
{
	return !s->problem && s->pending <= 0;
}

static void add_grade(struct strbuf *into, const struct class_student *s)
{
	strbuf_addch(into, ',');
	if (is_settled(s))
		words_add_points(into, s->points);
}

/* Why a grade is missing; "" where it is not. */
static void add_note(struct strbuf *into, const struct class_student *s)
{
	struct strbuf note = STRBUF_INIT(STRBUF_LINE);

	if (s->problem) {
		strbuf_addf(&note, "not graded: %s", s->problem);
	} else if (s->pending > 0) {
		words_add_score(&note, LANGUAGE_ENGLISH, s->points, s->pending,
				s->max_points);
		strbuf_addstr(&note, ": a person has to look");
	}
	strbuf_addch(into, ',');
	add_text(into, note.buf);
	strbuf_release(&note);
}

static void add_plain(const struct class_result *c, struct strbuf *into)
{
	strbuf_addstr(into, "id,name,points,pending,max_points");
	for (size_t i = 0; i < c->exercises.len; i++)
		if (c->exercises.at[i].max_points > 0)
			add_cell(into, c->exercises.at[i].id);
	strbuf_addstr(into, ",verdict,note\r\n");
	for (size_t i = 0; i < c->students.len; i++) {
		const struct class_student *s = &c->students.at[i];

		add_text(into, s->id);
		strbuf_addch(into, ',');
		add_text(into, s->name);
		add_grade(into, s);
		strbuf_addch(into, ',');
		if (!s->problem)
			words_add_points(into, s->pending);
		strbuf_addch(into, ',');
		words_add_points(into, c->max_points);
		for (size_t j = 0; j < c->exercises.len; j++) {
			if (c->exercises.at[j].max_points <= 0)
				continue;
			strbuf_addch(into, ',');
			if (!s->problem && s->exercise_pending[j] <= 0)
				words_add_points(into, s->exercise_points[j]);
		}
		add_cell(into, s->problem ? "" : verdict_name(s->verdict));
		add_note(into, s);
		strbuf_addstr(into, "\r\n");
	}
}

static void add_moodle(const struct class_result *c, struct strbuf *into)
{
	struct strbuf feedback = STRBUF_INIT(STRBUF_LINE);

	strbuf_addstr(into, "ID number,");
	add_text(into, c->scenario);
	strbuf_addf(&feedback, "%s (feedback)", c->scenario);
	strbuf_addch(into, ',');
	add_text(into, feedback.buf);
	strbuf_addstr(into, "\r\n");
	strbuf_release(&feedback);
	for (size_t i = 0; i < c->students.len; i++) {
		add_text(into, c->students.at[i].id);
		add_grade(into, &c->students.at[i]);
		add_note(into, &c->students.at[i]);
		strbuf_addstr(into, "\r\n");
	}
}

static void add_canvas(const struct class_result *c, struct strbuf *into)
{
	strbuf_addstr(into, "Student,ID,SIS User ID,SIS Login ID,Section,");
	add_text(into, c->scenario);
	strbuf_addstr(into, "\r\n    Points Possible,,,,,");
	words_add_points(into, c->max_points);
	strbuf_addstr(into, "\r\n");
	for (size_t i = 0; i < c->students.len; i++) {
		const struct class_student *s = &c->students.at[i];

		add_text(into, s->name ? s->name : s->id);
		strbuf_addstr(into, ",,");
		add_text(into, s->id);
		strbuf_addstr(into, ",,");
		add_grade(into, s);
		strbuf_addstr(into, "\r\n");
	}
}

void class_gradebook(const struct class_result *c, enum gradebook_shape shape,
		     struct strbuf *into)
{
	if (shape == GRADEBOOK_MOODLE)
		add_moodle(c, into);
	else if (shape == GRADEBOOK_CANVAS)
		add_canvas(c, into);
	else
		add_plain(c, into);
}
