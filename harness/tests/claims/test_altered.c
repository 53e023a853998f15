/*
 * The reference report beside its evidence: every claim is confirmed. Each of
 * the edits of altered.tsv makes one claim wrong: that claim is contradicted
 * (or holds in another history only), and every other is still confirmed.
 */
#include "base/io.h"
#include "base/path.h"
#include "claims/claims.h"
#include "tests/test.h"

enum { EDITS_AT_LEAST = 12 };

struct setting {
	struct arena arena;
	struct claim_kinds kinds;
	struct truth truth;
	struct strbuf report;
};

static const char *fixture(struct setting *s, const char *name)
{
	return path_join(&s->arena,
			 path_join(&s->arena, tests_srcdir(),
				   "fixtures/claims/reference"),
			 name);
}

static void set_up(struct setting *s)
{
	struct error err = ERROR_INIT;
	json_t *recorded;

	ck_assert_msg(claim_kinds_read(
			      path_join(&s->arena, tests_srcdir(),
					"scenarios/streamflow/claims.yaml"),
			      &s->arena, &s->kinds, &err) == 0,
		      "%s", err.message);
	ck_assert_msg(truth_read_result(&s->truth, fixture(s, "result.json"),
					&err) == 0,
		      "%s", err.message);
	recorded = json_load_file(fixture(s, "recorded.json"), 0, NULL);
	ck_assert_ptr_nonnull(recorded);
	truth_take_recorded(&s->truth, fixture(s, ""), recorded, &s->arena);
	json_decref(recorded);
	strbuf_init(&s->report, STRBUF_TEXT);
	ck_assert_int_eq(io_read_file(fixture(s, "rapport.md"), &s->report,
				      NULL),
			 0);
}

static void tear_down(struct setting *s)
{
	strbuf_release(&s->report);
	truth_release(&s->truth);
	claim_kinds_release(&s->kinds);
	arena_release(&s->arena);
}

/* What is not confirmed, into `wrong`; gives how many there are. */
static size_t judge(struct setting *s, const struct strbuf *report,
		    struct judged_claim *wrong, size_t most)
{
	struct report_text text;
	struct pieces pieces;
	struct found_claims found;
	struct judgement judgement;
	struct error err = ERROR_INIT;
	size_t n = 0;

	ck_assert_int_eq(report_text_make(&text, report->buf, report->len,
					  &s->arena, &err),
			 0);
	ck_assert_int_eq(pieces_read(&text.text, &s->arena, &pieces, &err), 0);
	ck_assert_int_eq(
		claims_find(&s->kinds, &pieces, &s->arena, &found, &err), 0);
	claims_judge(&found, &s->truth, &s->arena, &judgement);
	ck_assert_uint_gt(judgement.len, 25);
	for (size_t i = 0; i < judgement.len; i++) {
		struct judged_claim j = judgement.at[i];
		struct claim *copy = arena_new(&s->arena, struct claim);

		/* Not in the record and not in the run: the number of the
		 * experiment, and a command of another stack. */
		if (j.verdict == CLAIM_CONFIRMED ||
		    !strcmp(j.claim->kind->id, "experiment-id") ||
		    !strcmp(j.claim->kind->id, "command"))
			continue;
		*copy = *j.claim;
		j.claim = copy;
		if (n < most)
			wrong[n] = j;
		n++;
	}
	found_claims_release(&found);
	report_text_release(&text);
	return n;
}

static void replace(const struct strbuf *report, size_t line, const char *from,
		    const char *to, struct strbuf *ret)
{
	const char *at = report->buf, *found;

	while (--line)
		at = strchr(at, '\n') + 1;
	found = strstr(at, from);
	ck_assert_msg(found && found < at + strcspn(at, "\n"),
		      "`%s` does not stand there", from);
	strbuf_add(ret, report->buf, (size_t)(found - report->buf));
	strbuf_addstr(ret, to);
	strbuf_addstr(ret, found + strlen(from));
}

START_TEST(the_reference_report_is_confirmed_whole)
{
	struct setting s = {0};
	struct judged_claim wrong[1];

	set_up(&s);
	ck_assert_msg(judge(&s, &s.report, wrong, 1) == 0,
		      "line %zu, %s `%s`: %s", wrong[0].claim->line,
		      wrong[0].claim->kind->id, wrong[0].claim->value,
		      wrong[0].why);
	tear_down(&s);
}
END_TEST

static void check_edit(struct setting *s, char *edit)
{
	const char *kind = strsep(&edit, "\t");
	size_t line = strtoul(strsep(&edit, "\t"), NULL, 10);
	const char *from = strsep(&edit, "\t"), *to = strsep(&edit, "\n");
	struct strbuf altered = STRBUF_INIT(STRBUF_TEXT);
	struct judged_claim wrong[4];
	size_t n;

	replace(&s->report, line, from, to, &altered);
	n = judge(s, &altered, wrong, 4);
	ck_assert_msg(n == 1, "%s, line %zu, `%s`: %zu claims are wrong%s%s "
			      "%s%s",
		      kind, line, to, n, n ? ": " : "",
		      n ? wrong[0].claim->kind->id : "",
		      n > 1 ? wrong[1].claim->kind->id : "",
		      n > 1 ? wrong[1].why : "");
	ck_assert_msg(!strcmp(wrong[0].claim->kind->id, kind) &&
			      wrong[0].claim->line == line,
		      "%s, line %zu: %s, line %zu is wrong: %s", kind, line,
		      wrong[0].claim->kind->id, wrong[0].claim->line,
		      wrong[0].why);
	ck_assert_msg(wrong[0].verdict == CLAIM_CONTRADICTED ||
			      wrong[0].verdict == CLAIM_OTHER_WORLD,
		      "%s, line %zu, `%s` is %s: %s", kind, line, to,
		      claim_verdict_name(wrong[0].verdict), wrong[0].why);
	strbuf_release(&altered);
}

START_TEST(an_edit_contradicts_its_claim_and_no_other)
{
	struct setting s = {0};
	struct strbuf edits = STRBUF_INIT(STRBUF_TEXT);
	size_t n = 0;

	set_up(&s);
	ck_assert_int_eq(io_read_file(fixture(&s, "altered.tsv"), &edits, NULL),
			 0);
	for (char *at = edits.buf, *line; (line = strsep(&at, "\n"));) {
		if (!*line || *line == '#')
			continue;
		check_edit(&s, line);
		n++;
	}
	ck_assert_uint_ge(n, EDITS_AT_LEAST);
	strbuf_release(&edits);
	tear_down(&s);
}
END_TEST

START_TEST(a_number_of_another_history_is_said_to_be_of_it)
{
	struct setting s = {0};
	struct strbuf altered = STRBUF_INIT(STRBUF_TEXT);
	struct judged_claim wrong[1];

	set_up(&s);
	replace(&s.report, 20, "AUC=0.8267", "AUC=0.8297", &altered);
	ck_assert_uint_eq(judge(&s, &altered, wrong, 1), 1);
	ck_assert_int_eq(wrong[0].verdict, CLAIM_OTHER_WORLD);
	ck_assert_ptr_nonnull(strstr(wrong[0].why, "as-of-matters"));
	strbuf_release(&altered);
	tear_down(&s);
}
END_TEST

START_TEST(without_evidence_only_the_report_speaks_against_itself)
{
	struct setting s = {0};
	struct strbuf altered = STRBUF_INIT(STRBUF_TEXT);
	struct judged_claim wrong[60];
	size_t n, contradicted = 0, which = 0;

	set_up(&s);
	truth_release(&s.truth);
	s.truth = (struct truth){0};
	replace(&s.report, 21, "runs/9f4eab60", "runs/9f4eab61", &altered);
	n = judge(&s, &altered, wrong, 60);
	for (size_t i = 0; i < n; i++)
		if (wrong[i].verdict != CLAIM_UNCHECKED) {
			contradicted++;
			which = i;
		}
	ck_assert_uint_eq(contradicted, 1);
	ck_assert_uint_eq(wrong[which].claim->line, 21);
	ck_assert_str_eq(wrong[which].source, "report");
	strbuf_release(&altered);
	tear_down(&s);
}
END_TEST

TESTS_MAIN("claims/altered", the_reference_report_is_confirmed_whole,
	   an_edit_contradicts_its_claim_and_no_other,
	   a_number_of_another_history_is_said_to_be_of_it,
	   without_evidence_only_the_report_speaks_against_itself)
