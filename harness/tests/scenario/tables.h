/* Step kinds and changes for the tests of the language, which needs none of
 * the real ones. */
#ifndef TESTS_SCENARIO_TABLES_H
#define TESTS_SCENARIO_TABLES_H

#include "scenario/scenario.h"

static const struct key_spec test_compare_keys[] = {
	{ "left", KEY_STEP, true, "A training." },
	{ "right", KEY_STEP, true, "Another." },
	{ NULL },
};
static const struct key_spec test_exec_keys[] = {
	{ "command", KEY_STRINGS, true, "Program and arguments." },
	{ "count", KEY_INTEGER, false, "How often." },
	{ "service", KEY_STRING, true, "Where." },
	{ "rows", KEY_EXPRESSION, false, "Which rows." },
	{ NULL },
};
static const struct key_spec test_http_keys[] = {
	{ "body", KEY_ANY, false, "What is sent." },
	{ "get", KEY_STRING, false, "The path to get." },
	{ "headers", KEY_VALUES, false, "More headers." },
	{ "post", KEY_STRING, false, "The path to post to." },
	{ "service", KEY_STRING, true, "Of the stack." },
	{ NULL },
};
static const struct step_syntax test_compare = {
	"compare", "Compares two runs.", test_compare_keys,
};
static const struct step_syntax test_exec = {
	"exec", "Runs a command in a service.", test_exec_keys,
};
static const struct step_syntax test_http = {
	"http", "Asks a service over HTTP.", test_http_keys,
};
static const struct step_syntax *const test_steps[] = {
	&test_compare, &test_exec, &test_http,
};
static const struct key_spec test_month_keys[] = {
	{ "months", KEY_INTEGER, false, "How many." },
	{ NULL },
};
static const struct key_spec test_seed_keys[] = {
	{ "value", KEY_INTEGER, true, "The other seed." },
	{ NULL },
};
static const struct step_syntax test_changes[] = {
	{ "later-month", "Ingests the next month.", test_month_keys },
	{ "seed", "Another seed.", test_seed_keys },
};
static const struct scenario_tables test_tables = {
	test_steps, 3, test_changes, 2,
};

#endif
