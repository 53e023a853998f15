/*
 * Expected digests: cloudpickle.dumps() of the same fit by scikit-learn 1.7.2,
 * NumPy 2.4, pandas 2.3, Python 3.11 (fixtures/vectors/make_vectors.py has
 * the larger ones).
 */
#include "base/hash.h"
#include "base/strbuf.h"
#include "model/sklearn_pickle.h"
#include "tests/test.h"

enum { ROWS = 8 };

static const double fees[] = {1.5, 2, 3, 4.25, 5, 6, 7, 8};
static const char *const nets[] = {"DSL", "No",  "Fiber", "DSL",
				   "No",  "DSL", "Fiber", "No"};
static const double tickets[] = {1, 0, 1, 1, 0, 1, 0, 0};
static const uint32_t churned[] = {0, 1, 0, 0, 1, 0, 1, 1};
static const struct table_column columns[] = {
	{.name = "fee", .numbers = fees},
	{.name = "net", .is_text = true, .texts = nets},
	{.name = "tickets", .numbers = tickets},
};
static const struct table table = {columns, 3, ROWS};
static const int64_t zero_one[] = {0, 1};
static const struct labels labels = {
	.kind = LABELS_INT, .integers = zero_one, .n = 2};

static struct pipeline fit(void)
{
	static const char json[] = "{\"n_estimators\": 3, \"n_jobs\": -1, "
				   "\"random_state\": 42, "
				   "\"class_weight\": \"balanced\"}";
	struct forest_params params;
	struct error err = ERROR_INIT;
	struct pipeline pipeline;

	ck_assert_int_eq(forest_params_parse(&params, json, strlen(json), &err),
			 0);
	ck_assert_msg(!pipeline_fit(&pipeline, &table, NULL, ROWS, churned, 2,
				    &params, 0, &err),
		      "%s", err.message);
	return pipeline;
}

START_TEST(a_pipeline_is_written_as_cloudpickle_does)
{
	struct pipeline pipeline = fit();
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);
	struct byte_sink sink = byte_sink_strbuf(&text);
	char hex[SHA256_HEX];

	ck_assert_int_eq(
		sklearn_pickle_pipeline(&pipeline, &labels, &sink, NULL), 0);
	ck_assert_uint_eq(text.len, 4597);
	hash_sha256(text.buf, text.len, hex);
	ck_assert_str_eq(hex, "ad86705e80c9ecb1cf68a1f3b2e800ea"
			      "5806b3b67ba60e07f435a993c08116ab");
	strbuf_release(&text);
	pipeline_release(&pipeline);
}
END_TEST

START_TEST(a_classifier_is_written_by_itself_too)
{
	struct pipeline pipeline = fit();
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);
	struct byte_sink sink = byte_sink_strbuf(&text);
	char hex[SHA256_HEX];

	ck_assert_int_eq(sklearn_pickle_classifier(&pipeline.forest, &labels,
						   &sink, NULL),
			 0);
	hash_sha256(text.buf, text.len, hex);
	ck_assert_str_eq(hex, "5d7897f9a23d25fb7cf710418fe2d0a6"
			      "5f887066f8100fa83c69a324210cc65c");
	strbuf_release(&text);
	pipeline_release(&pipeline);
}
END_TEST

START_TEST(a_full_sink_is_an_error)
{
	struct pipeline pipeline = fit();
	struct strbuf text = STRBUF_INIT(1000);
	struct byte_sink sink = byte_sink_strbuf(&text);
	struct error err = ERROR_INIT;

	ck_assert_int_eq(
		sklearn_pickle_pipeline(&pipeline, &labels, &sink, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_LIMIT);
	strbuf_release(&text);
	pipeline_release(&pipeline);
}
END_TEST

TESTS_MAIN("model/sklearn_pickle", a_pipeline_is_written_as_cloudpickle_does,
	   a_classifier_is_written_by_itself_too, a_full_sink_is_an_error)
