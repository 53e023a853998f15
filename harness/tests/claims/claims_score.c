/*
 * How well claims are found: precision and recall over the reports of
 * fixtures/claims/reports, in which somebody marked each by hand:
 *
 *	AUC={{auc|0.8202}} (run_id={{run-id|0123...}})
 *
 * The marks are taken out before the report is read. A claim is found where
 * line, kind and value are those of a mark; what else is found is wrong.
 * Exits with 1 where either is below .95. `make claims-score` prints it.
 */
#include "base/compiler.h"
#include "base/io.h"
#include "base/path.h"
#include "claims/claims.h"
#include "tests/test.h"

#include <dirent.h>

enum { MOST_MARKS = 200, DEEPEST = 4 };

struct mark {
	const char *kind, *value;
	size_t line;
	bool found;
};

struct score {
	struct arena arena;
	struct claim_kinds kinds;
	size_t marks, claims, right;
};

struct marked {
	struct strbuf plain;
	struct mark marks[MOST_MARKS];
	size_t n;
};

/* Takes the marks out; they may stand within one another. */
static void strip(struct marked *m, const char *text, struct arena *arena)
{
	size_t open[DEEPEST], from[DEEPEST], depth = 0, line = 1;

	for (; *text; text++) {
		if (!strncmp(text, "{{", 2) && depth < DEEPEST) {
			size_t len = strcspn(text, "|");

			open[depth] = m->n;
			from[depth++] = m->plain.len;
			m->marks[m->n++] = (struct mark){
				.kind = arena_strndup(arena, text + 2, len - 2),
				.line = line};
			text += len;
		} else if (!strncmp(text, "}}", 2) && depth) {
			struct mark *mark = &m->marks[open[--depth]];

			mark->value =
				arena_strdup(arena, m->plain.buf + from[depth]);
			text++;
		} else {
			line += *text == '\n';
			strbuf_addch(&m->plain, *text);
		}
	}
}

static bool take(struct marked *m, const struct claim *c)
{
	for (size_t i = 0; i < m->n; i++) {
		struct mark *mark = &m->marks[i];

		if (mark->found || mark->line != c->line ||
		    strcmp(mark->kind, c->kind->id) != 0 ||
		    strcmp(mark->value, c->value) != 0)
			continue;
		mark->found = true;
		return true;
	}
	return false;
}

static void compare(struct score *s, const char *name, struct marked *m,
		    const struct found_claims *found)
{
	size_t right = 0;

	for (size_t i = 0; i < found->claims.len; i++) {
		const struct claim *c = &found->claims.at[i];

		if (take(m, c))
			right++;
		else
			printf("%s:%zu: not a claim: %s `%s`\n", name, c->line,
			       c->kind->id, c->value);
	}
	for (size_t i = 0; i < m->n; i++)
		if (!m->marks[i].found)
			printf("%s:%zu: not found: %s `%s`\n", name,
			       m->marks[i].line, m->marks[i].kind,
			       m->marks[i].value);
	s->marks += m->n;
	s->claims += found->claims.len;
	s->right += right;
	printf("%-24s %3zu claims, %3zu found, %3zu of these right\n", name,
	       m->n, found->claims.len, right);
}

static int score_file(struct score *s, const char *dir, const char *name)
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);
	struct marked m = {.plain = STRBUF_INIT(STRBUF_TEXT)};
	struct report_text report;
	struct pieces pieces;
	struct found_claims found;
	struct error err = ERROR_INIT;
	int result = io_read_file(path_join(&s->arena, dir, name), &text, &err);

	strip(&m, text.buf, &s->arena);
	if (!result)
		result = report_text_make(&report, m.plain.buf, m.plain.len,
					  &s->arena, &err);
	if (!result)
		result = pieces_read(&report.text, &s->arena, &pieces, &err);
	if (!result)
		result = claims_find(&s->kinds, &pieces, &s->arena, &found,
				     &err);
	if (result < 0) {
		printf("FAIL: %s: %s\n", name, err.message);
		return -1;
	}
	compare(s, name, &m, &found);
	found_claims_release(&found);
	report_text_release(&report);
	strbuf_release(&text);
	strbuf_release(&m.plain);
	return 0;
}

static int is_report(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 3 && !strcmp(entry->d_name + len - 3, ".md");
}

static bool score_all(struct score *s)
{
	const char *dir = path_join(&s->arena, tests_srcdir(),
				    "fixtures/claims/reports");
	struct dirent **names;
	int n = scandir(dir, &names, is_report, alphasort);
	bool fine = n > 0;

	for (int i = 0; i < n; i++) {
		fine &= score_file(s, dir, names[i]->d_name) == 0;
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return fine;
}

int main(void)
{
	struct score s = {0};
	struct error err = ERROR_INIT;
	double precision, recall;
	bool fine;

	if (claim_kinds_read(path_join(&s.arena, tests_srcdir(),
				       "scenarios/streamflow/claims.yaml"),
			     &s.arena, &s.kinds, &err) < 0) {
		printf("FAIL: %s\n", err.message);
		return 1;
	}
	fine = score_all(&s) && s.claims && s.marks;
	precision = fine ? (double)s.right / (double)s.claims : 0;
	recall = fine ? (double)s.right / (double)s.marks : 0;
	printf("precision %.3f (%zu of %zu), recall %.3f (%zu of %zu)\n",
	       precision, s.right, s.claims, recall, s.right, s.marks);
	claim_kinds_release(&s.kinds);
	arena_release(&s.arena);
	return precision >= .95 && recall >= .95 ? 0 : 1;
}
