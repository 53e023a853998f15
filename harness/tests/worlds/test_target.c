#include "worlds/target.h"
#include "base/compiler.h"
#include "tests/test.h"

static struct worlds_lab lab;

static struct metric_target parsed(const char *text, struct arena *arena)
{
	struct metric_target t;
	struct error err = ERROR_INIT;

	ck_assert_msg(metric_target_parse(&t, text, &lab, arena, &err) == 0,
		      "%s: %s", text, err.message);
	return t;
}

START_TEST(a_number_is_what_rounds_to_it)
{
	static const struct {
		const char *target;
		double value;
		bool is;
	} cases[] = {
		{"auc=.6208", 0.62075378654455793, true},
		{"auc=0.6208", 0.62084999, true},
		{"auc=0.6208", 0.62086, false},
		{"auc=0.6208", 0.62074, false},
		{"auc=0.62", 0.6208, true},
		{"auc=0.62080", 0.62075378654455793, false},
		{"F1=1", 1, true},
		{"f1=1", 0.5, true},
		{"auc=1.000", 0.9996, true},
		{"log_loss=2.5", 2.54, true},
	};
	struct arena arena = ARENA_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct metric_target t = parsed(cases[i].target, &arena);

		ck_assert_msg(metric_target_is(&t, cases[i].value) ==
				      cases[i].is,
			      "%s and %.17g", cases[i].target, cases[i].value);
	}
	arena_release(&arena);
}
END_TEST

START_TEST(what_is_no_metric_and_number_is_refused)
{
	static const char *const cases[][2] = {
		{"auc", "auc=.6208"},
		{"=.5", "auc=.6208"},
		{"acu=.5", "did you mean `auc`?"},
		{"auc=", "no number"},
		{"auc=.62e1", "no number"},
		{"auc=-.5", "no number"},
		{"auc=nan", "no number"},
		{"auc=1.2", "more than 1"},
		{"auc=.", "no number"},
	};
	struct arena arena = ARENA_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = ERROR_INIT;
		struct metric_target t;

		ck_assert_int_eq(metric_target_parse(&t, cases[i][0], &lab,
						     &arena, &err),
				 -1);
		ck_assert_msg(strstr(err.message, cases[i][1]) != NULL,
			      "%s: %s", cases[i][0], err.message);
	}
	arena_release(&arena);
}
END_TEST

/* Orders whose AUC is .79, .80, ... */
static struct world make_world(struct world_order *orders, size_t n,
			       double first)
{
	memset(orders, 0, n * sizeof(*orders));
	for (size_t i = 0; i < n; i++)
		orders[i].metrics[LAB_AUC] = first + (double)i / 100;
	return (struct world){"month_001", "month_000", 100, orders, n};
}

START_TEST(at_or_beyond_is_counted_on_the_side_of_the_number)
{
	struct arena arena = ARENA_INIT;
	struct world_order orders[10];
	struct world world = make_world(orders, 10, 0.79);
	static const struct {
		const char *target;
		size_t reached, same;
	} cases[] = {
		{"auc=.6208", 0, 0}, {"auc=.900", 0, 0},  {"auc=.79", 1, 1},
		{"auc=.81", 3, 1},   {"auc=.87", 2, 1}, {"auc=.875", 1, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct metric_target t = parsed(cases[i].target, &arena);
		struct metric_standing s = metric_standing(&t, &world);

		ck_assert_msg(s.reached == cases[i].reached &&
				      s.same == cases[i].same,
			      "%s: %zu, %zu", cases[i].target, s.reached,
			      s.same);
		ck_assert_uint_eq(s.orders, 10);
	}
	arena_release(&arena);
}
END_TEST

START_TEST(the_sentence_gives_counts_and_ranges)
{
	struct arena arena = ARENA_INIT;
	struct strbuf text = STRBUF_INIT(STRBUF_LINE);
	struct world_order orders[10];
	struct world world = make_world(orders, 10, 0.79);
	struct metric_target t = parsed("auc=.6208", &arena);
	struct metric_standing s;

	orders[9].failed = true; /* not counted */
	s = metric_standing(&t, &world);
	metric_standing_say(&s, &t, &world, &text);
	ck_assert_str_eq(text.buf,
			 ".6208: 0 of 9 row orders in the world "
			 "labels=month_001, features=month_000 reach it "
			 "(.790 to .870)");
	strbuf_release(&text);
	arena_release(&arena);
}
END_TEST

START_TEST(the_best_world_comes_first)
{
	struct arena arena = ARENA_INIT;
	struct world_order near[10], far[10], exact[10];
	struct world list[] = {make_world(far, 10, 0.2),
			       make_world(near, 10, 0.59),
			       make_world(exact, 10, 0.6)};
	struct worlds worlds = {list, 3};
	struct metric_target t = parsed("auc=.6208", &arena);
	struct world_standing *s;

	exact[0].name = "key order";
	exact[0].metrics[LAB_AUC] = 0.62084;
	s = worlds_judge(&worlds, &t, 1, NULL, &arena);
	ck_assert_ptr_eq(s[0].world, &list[2]);
	ck_assert_str_eq(s[0].exact, "key order");
	ck_assert_ptr_eq(s[1].world, &list[1]);
	ck_assert(s[1].reached && !s[1].exact);
	ck_assert_ptr_eq(s[2].world, &list[0]);
	ck_assert(!s[2].reached);
	/* The model itself beats any number. */
	far[3].name = "file order of month_000/labels";
	memset(far[3].git_blob, 'a', SHA1_HEX - 1);
	s = worlds_judge(&worlds, &t, 1,
			 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &arena);
	ck_assert_ptr_eq(s[0].world, &list[0]);
	ck_assert_str_eq(s[0].model, "file order of month_000/labels");
	arena_release(&arena);
}
END_TEST

TESTS_MAIN("worlds/target", a_number_is_what_rounds_to_it,
	   what_is_no_metric_and_number_is_refused,
	   at_or_beyond_is_counted_on_the_side_of_the_number,
	   the_sentence_gives_counts_and_ranges, the_best_world_comes_first)
