/*
 * Pickles that Python wrote, against what Python says of them: digests.tsv
 * and pairs.tsv in fixtures/vectors were computed by loading the files there
 * (`make vectors`), by a program that shares no code with this one.
 */
#include "tests/test.h"

#include "base/arena.h"
#include "base/vec.h"
#include "base/io.h"
#include "compare/ladder.h"


enum { MAX_FIELDS = 4 };

static struct arena arena;

/* A file of lines of fields, as the arena's texts. */
static size_t read_lines(const char *name, const char *(**ret)[MAX_FIELDS])
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);
	struct error err = ERROR_INIT;
	VEC(const char *) fields = VEC_INIT;

	ck_assert_msg(io_read_file(arena_printf(&arena,
		"%s/fixtures/vectors/%s", tests_srcdir(), name), &text,
		&err) == 0, "%s", err.message);
	char *at = arena_strdup(&arena, text.buf);
	while (*at) {
		for (int i = 0; i < MAX_FIELDS; i++) {
			*vec_push(&fields) = at;
			at += strcspn(at, "\t\n");
			bool last = *at == '\n';
			*at++ = '\0';
			for (; last && i < MAX_FIELDS - 1; i++)
				*vec_push(&fields) = "";
		}
	}
	strbuf_release(&text);
	*ret = (const char *(*)[MAX_FIELDS])fields.at;
	return fields.len / MAX_FIELDS;
}

static const char *vector_path(const char *name)
{
	return arena_printf(&arena, "%s/fixtures/vectors/%s", tests_srcdir(),
			    name);
}

START_TEST(every_vector_has_the_digest_that_python_computes)
{
	const char *(*lines)[MAX_FIELDS];
	size_t n = read_lines("digests.tsv", &lines);
	struct error err = ERROR_INIT;
	char hex[SHA256_HEX];

	ck_assert_uint_ge(n, 150);
	for (size_t i = 0; i < n; i++) {
		const char *path = vector_path(lines[i][1]);
		ck_assert_msg(compare_canonical_digest(path, hex, &err) == 0,
			      "%s", err.message);
		ck_assert_msg(strcmp(hex, lines[i][0]) == 0, "%s: %s, not %s",
			      path, hex, lines[i][0]);
	}
	free(lines);
}
END_TEST

static void check_pair(const char *const fields[MAX_FIELDS])
{
	const char *left = vector_path(fields[0]);
	const char *right = vector_path(fields[1]);
	const char *expected = fields[2];
	struct comparison c = COMPARISON_INIT;
	struct error err = ERROR_INIT;

	ck_assert_msg(compare_paths(left, right, NULL, &c, &err) == 0, "%s",
		      err.message);
	const struct difference *first = comparison_first(&c);
	if (strcmp(expected, "canonical") == 0) {
		ck_assert_msg(c.rung >= RUNG_CANONICAL, "%s and %s: %s: %s",
			      left, right, rung_name(c.rung),
			      first ? first->path : "");
	} else {
		ck_assert_msg(first && c.rung < RUNG_CANONICAL, "%s and %s",
			      left, right);
		ck_assert_str_eq(first->path, fields[3]);
	}
	if (strstr(fields[1], "-ulp")) {
		ck_assert(first->has_ulps);
		ck_assert_uint_eq(first->ulps, 1);
		ck_assert_uint_eq(c.counts[DIFFERENCE_VALUE], 1);
		/* Features are singles: none lies between the two. */
		ck_assert_int_eq(c.rung, RUNG_PREDICTIONS);
	}
	if (strstr(fields[1], "-seed")) {
		ck_assert(c.predictions_apply);
		ck_assert_int_eq(c.rung, RUNG_NONE);
	}
	comparison_release(&c);
}

START_TEST(pairs_agree_on_the_rung_that_they_must)
{
	const char *(*lines)[MAX_FIELDS];
	size_t n = read_lines("pairs.tsv", &lines);

	ck_assert_uint_ge(n, 100);
	for (size_t i = 0; i < n; i++)
		check_pair(lines[i]);
	free(lines);
}
END_TEST

START_TEST(a_model_is_the_same_under_numpy_1_and_2)
{
	static const char *const pairs[][MAX_FIELDS] = {
		{ "sk1.5.2-np1.26.4/forest.p5.pkl",
		  "sk1.5.2-np2.0.2/forest.p5.pkl", "canonical", "" },
		{ "sk1.7.2-np1.26.4/forest.joblib.pkl",
		  "sk1.7.2-np2.3.5/forest.p2.pkl", "canonical", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		check_pair(pairs[i]);
}
END_TEST

TESTS_MAIN("compare/vectors", every_vector_has_the_digest_that_python_computes,
	   pairs_agree_on_the_rung_that_they_must,
	   a_model_is_the_same_under_numpy_1_and_2)
