#define PCRE2_CODE_UNIT_WIDTH 8
#include "claims/kinds.h"

#include "base/compiler.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "format/yaml.h"
#include "scenario/validate.h"

#include <pcre2.h>
#include <string.h>

enum { MOST_PATTERNS = 2000, PATTERN_CAP = 16 << 10 };

static const char *const types[] = {"check", "command", "count",
				    "date",  "id",      "member",
				    "number", "text",   NULL};
static const char *const sames[] = {"not", "run", "report", NULL};
static const char *const wheres[] = {"anywhere", "code", NULL};

static const struct key_spec claim_keys[] = {
	{.name = "checks",
	 .type = KEY_VALUES,
	 .doc = "Which check of the scenario is its truth, by value."},
	{.name = "data",
	 .type = KEY_STRING,
	 .doc = "The fact of the data that is its truth."},
	{.name = "id", .type = KEY_NAME, .required = true, .doc = "Its name."},
	{.name = "one_sided",
	 .type = KEY_BOOLEAN,
	 .doc = "Whether sources can confirm it only, not contradict it."},
	{.name = "patterns",
	 .type = KEY_STRINGS,
	 .required = true,
	 .doc = "PCRE2 patterns, each with a group `value`."},
	{.name = "recorded",
	 .type = KEY_STRINGS,
	 .doc = "Paths into what a submission recorded."},
	{.name = "rerun",
	 .type = KEY_STRINGS,
	 .doc = "Paths into the result of a run."},
	{.name = "same",
	 .type = KEY_CHOICE,
	 .choices = sames,
	 .doc = "How far claims of it must agree in a report."},
	{.name = "title",
	 .type = KEY_BILINGUAL,
	 .required = true,
	 .doc = "What people call it."},
	{.name = "type",
	 .type = KEY_CHOICE,
	 .choices = types,
	 .required = true,
	 .doc = "How it compares."},
	{.name = "volatile",
	 .type = KEY_BOOLEAN,
	 .doc = "Whether any two runs differ in it."},
	{.name = "where",
	 .type = KEY_CHOICE,
	 .choices = wheres,
	 .doc = "Where it is looked for."},
	{.name = "words",
	 .type = KEY_LISTS,
	 .doc = "Other spellings of a value."},
	{.name = "worlds",
	 .type = KEY_STRING,
	 .doc = "Its metric in the worlds of the data."},
	{0},
};

static const struct key_spec question_keys[] = {
	{.name = "beside",
	 .type = KEY_STRINGS,
	 .doc = "Kinds of claims to be set beside it."},
	{.name = "id", .type = KEY_NAME, .required = true, .doc = "Its name."},
	{.name = "pattern",
	 .type = KEY_STRING,
	 .required = true,
	 .doc = "What a paragraph that answers it holds."},
	{.name = "title",
	 .type = KEY_BILINGUAL,
	 .required = true,
	 .doc = "The question."},
	{0},
};

static const struct key_spec file_keys[] = {
	{.name = "bis-claims",
	 .type = KEY_INTEGER,
	 .required = true,
	 .doc = "The version of this format: 1."},
	{.name = "claims",
	 .type = KEY_MAPPINGS,
	 .keys = claim_keys,
	 .required = true,
	 .doc = "The kinds of claims."},
	{.name = "define",
	 .type = KEY_VALUES,
	 .doc = "Pieces of patterns: <<name>> stands for them."},
	{.name = "questions",
	 .type = KEY_MAPPINGS,
	 .keys = question_keys,
	 .doc = "Questions in prose, for a person to read."},
	{.name = "worlds",
	 .type = KEY_STRING,
	 .doc = "The file that describes the worlds of the data."},
	{0},
};

const char *claim_type_name(enum claim_type type)
{
	return types[type];
}

const struct claim_kind *claim_kind_find(const struct claim_kinds *kinds,
					 const char *id)
{
	for (size_t i = 0; i < kinds->len; i++)
		if (!strcmp(kinds->at[i].id, id))
			return &kinds->at[i];
	return NULL;
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static struct bilingual title_of(const json_t *object)
{
	const json_t *title = json_object_get(object, "title");
	const char *fr = text_of(title, "fr");

	return (struct bilingual){.en = text_of(title, "en"),
				  .fr = fr ? fr : text_of(title, "en")};
}

static int choice_of(const json_t *object, const char *key,
		     const char *const *choices)
{
	const char *value = text_of(object, key);

	for (int i = 0; value && choices[i]; i++)
		if (!strcmp(choices[i], value))
			return i;
	return 0;
}

/* <<name>> replaced, once: pieces hold no pieces. */
static int expand(const char *pattern, const json_t *pieces,
		  struct strbuf *into, struct error *err)
{
	const char *open, *close;

	while ((open = strstr(pattern, "<<")) && (close = strstr(open, ">>"))) {
		char name[64] = "";
		const char *piece;
		size_t len = (size_t)(close - open) - 2;

		if (len < sizeof(name))
			memcpy(name, open + 2, len);
		piece = text_of(pieces, name);
		if (!piece)
			return error_set(err, ERROR_INVALID,
					 "no piece <<%s>> is defined", name);
		strbuf_add(into, pattern, (size_t)(open - pattern));
		strbuf_addstr(into, piece);
		pattern = close + 2;
	}
	strbuf_addstr(into, pattern);
	if (into->truncated)
		return error_set(err, ERROR_LIMIT, "the pattern is longer than "
						   "%d KiB",
				 PATTERN_CAP >> 10);
	return 0;
}

static int compile(struct claim_pattern *ret, const char *pattern,
		   const json_t *pieces, const char *id, bool needs_value,
		   struct error *err)
{
	struct strbuf text = STRBUF_INIT(PATTERN_CAP);
	PCRE2_SIZE at;
	PCRE2_UCHAR why[256];
	int code, result = expand(pattern, pieces, &text, err);

	ret->text = pattern;
	if (!result) {
		ret->code = pcre2_compile((PCRE2_SPTR)text.buf, text.len,
					  PCRE2_UTF | PCRE2_UCP, &code, &at,
					  NULL);
		if (!ret->code) {
			pcre2_get_error_message(code, why, sizeof(why));
			result = error_set(err, ERROR_INVALID,
					   "%s (at \"%.20s\")", (char *)why,
					   text.buf + at);
		} else if (needs_value &&
			   pcre2_substring_number_from_name(
				   ret->code, (PCRE2_SPTR) "value") ==
				   PCRE2_ERROR_NOSUBSTRING) {
			result = error_set(err, ERROR_INVALID,
					   "it has no group `value`");
		}
	}
	strbuf_release(&text);
	return result < 0 ? error_context(err, "`%s`: pattern %s", id, pattern)
			  : 0;
}

static int read_kind(struct claim_kind *kind, const json_t *from,
		     const json_t *pieces, struct arena *arena,
		     struct error *err)
{
	const json_t *patterns = json_object_get(from, "patterns");

	*kind = (struct claim_kind){
		.id = text_of(from, "id"),
		.title = title_of(from),
		.type = (enum claim_type)choice_of(from, "type", types),
		.same = (enum claim_same)choice_of(from, "same", sames),
		.volatile_ = json_is_true(json_object_get(from, "volatile")),
		.one_sided = json_is_true(json_object_get(from, "one_sided")),
		.only_code = choice_of(from, "where", wheres) == 1,
		.worlds = text_of(from, "worlds"),
		.data = text_of(from, "data"),
		.recorded = json_object_get(from, "recorded"),
		.rerun = json_object_get(from, "rerun"),
		.checks = json_object_get(from, "checks"),
		.words = json_object_get(from, "words"),
	};
	kind->patterns = arena_array(arena, json_array_size(patterns) + 1,
				     sizeof(*kind->patterns));
	for (size_t i = 0; i < json_array_size(patterns); i++)
		if (compile(&kind->patterns[kind->n_patterns++],
			    json_string_value(json_array_get(patterns, i)),
			    pieces, kind->id, true, err) < 0)
			return -1;
	return 0;
}

static int read_kinds(struct claim_kinds *kinds, struct arena *arena,
		      struct error *err)
{
	const json_t *pieces = json_object_get(kinds->document, "define");
	const json_t *list = json_object_get(kinds->document, "claims");
	size_t total = 0;

	kinds->at = arena_array(arena, json_array_size(list) + 1,
				sizeof(*kinds->at));
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *from = json_array_get(list, i);

		if (claim_kind_find(kinds, text_of(from, "id")))
			return error_set(err, ERROR_INVALID,
					 "two claims are called `%s`",
					 text_of(from, "id"));
		total += json_array_size(json_object_get(from, "patterns"));
		if (total > MOST_PATTERNS)
			return error_set(err, ERROR_LIMIT,
					 "more than %d patterns",
					 MOST_PATTERNS);
		kinds->len++;
		if (read_kind(&kinds->at[i], from, pieces, arena, err) < 0)
			return -1;
	}
	return 0;
}

static int read_questions(struct claim_kinds *kinds, struct arena *arena,
			  struct error *err)
{
	const json_t *pieces = json_object_get(kinds->document, "define");
	const json_t *list = json_object_get(kinds->document, "questions");

	kinds->questions = arena_array(arena, json_array_size(list) + 1,
				       sizeof(*kinds->questions));
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *from = json_array_get(list, i);
		struct claim_question *q =
			&kinds->questions[kinds->n_questions++];

		*q = (struct claim_question){
			.id = text_of(from, "id"),
			.title = title_of(from),
			.beside = json_object_get(from, "beside"),
		};
		if (compile(&q->pattern, text_of(from, "pattern"), pieces,
			    q->id, false, err) < 0)
			return -1;
	}
	return 0;
}

static int read_document(struct claim_kinds *kinds,
			 const struct yaml_node *root, struct arena *arena,
			 struct error *err)
{
	const struct yaml_node *version = yaml_get(root, "bis-claims");

	if (!version || version->type != YAML_INTEGER || version->integer != 1)
		return yaml_complain(version ? version : root, err,
				     "not a description of claims: its first "
				     "key must be `bis-claims: 1`");
	if (validate_mapping(root, file_keys, "a description of claims", NULL,
			     &kinds->document, err) < 0)
		return -1;
	kinds->worlds = text_of(kinds->document, "worlds");
	if (kinds->worlds)
		kinds->worlds = path_join(
			arena, path_dirname(arena, kinds->path), kinds->worlds);
	if (read_kinds(kinds, arena, err) < 0 ||
	    read_questions(kinds, arena, err) < 0)
		return error_context(err, "%s", kinds->path);
	return 0;
}

int claim_kinds_read(const char *path, struct arena *arena,
		     struct claim_kinds *ret, struct error *err)
{
	struct claim_kinds kinds = {.path = arena_strdup(arena, path)};
	const struct yaml_node *root;

	if (yaml_read_file(path, NULL, NULL, arena, &root, err) < 0)
		return -1;
	if (read_document(&kinds, root, arena, err) < 0) {
		claim_kinds_release(&kinds);
		return -1;
	}
	*ret = kinds;
	return 0;
}

void claim_kinds_release(struct claim_kinds *kinds)
{
	for (size_t i = 0; i < kinds->len; i++)
		for (size_t p = 0; p < kinds->at[i].n_patterns; p++)
			pcre2_code_free(kinds->at[i].patterns[p].code);
	for (size_t i = 0; i < kinds->n_questions; i++)
		pcre2_code_free(kinds->questions[i].pattern.code);
	json_decref(kinds->document);
	*kinds = (struct claim_kinds){0};
}
