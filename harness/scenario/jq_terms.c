#include "scenario/jq_terms.h"

#include "base/number.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct reading {
	const struct jq_tokens *tokens;
	struct arena *arena;
	VEC(struct jq_path) paths;
	VEC(struct jq_name) names;
	VEC(const char *) bound;
};

static const struct jq_token *token(const struct reading *r, size_t i)
{
	return &r->tokens->list.at[i];
}

static bool is(const struct reading *r, size_t i, size_t to, const char *text)
{
	return i < to && jq_token_is(r->tokens, i, text);
}

static bool is_type(const struct reading *r, size_t i, size_t to,
		    enum jq_token_type type)
{
	return i < to && token(r, i)->type == type;
}

/* Past the token, and past its close token where it opens something. */
static size_t past(const struct reading *r, size_t i)
{
	enum jq_token_type type = token(r, i)->type;

	return (type == JQ_OPEN || type == JQ_STRING_OPEN ? token(r, i)->match
							  : i) + 1;
}

/* The first top-level token in [i, to) that is this one, or `to`. */
static size_t find(const struct reading *r, size_t i, size_t to,
		   const char *text)
{
	while (i < to && !jq_token_is(r->tokens, i, text))
		i = past(r, i);
	return i < to ? i : to;
}

/* ------------------------------------------------------------- one path */

/* The text of a plain string token, its escapes read; NULL where it is not
 * plain JSON. */
static const char *string_value(const struct reading *r, size_t i)
{
	const struct jq_token *t = token(r, i);
	json_t *value = json_loadb(r->tokens->text + t->offset, t->len,
				   JSON_DECODE_ANY, NULL);
	const char *text = arena_strdup(r->arena, json_string_value(value));

	json_decref(value);
	return text;
}

static bool index_value(const struct reading *r, size_t i, size_t to,
			int64_t *ret)
{
	bool negative = is(r, i, to, "-");
	char text[24];

	i += negative;
	if (i + 1 != to || !is_type(r, i, to, JQ_NUMBER) ||
	    token(r, i)->len >= sizeof(text))
		return false;
	memcpy(text, r->tokens->text + token(r, i)->offset, token(r, i)->len);
	text[token(r, i)->len] = '\0';
	if (!number_parse_int(text, 0, INT_MAX, ret))
		return false;
	*ret = negative ? -*ret : *ret;
	return true;
}

static void read_pipe(struct reading *r, size_t from, size_t to);

/* What stands in [ ] behind a term, tokens (open, close). False where it can't
 * be said before it runs. */
static bool bracket_step(struct reading *r, size_t open, size_t close,
			 struct jq_path_step *ret)
{
	*ret = (struct jq_path_step){ JQ_STEP_EACH, NULL, 0 };
	if (close == open + 1)
		return true;
	if (close == open + 2 && is_type(r, open + 1, close, JQ_STRING)) {
		ret->type = JQ_STEP_FIELD;
		ret->field = string_value(r, open + 1);
		return ret->field != NULL;
	}
	ret->type = JQ_STEP_INDEX;
	if (index_value(r, open + 1, close, &ret->index))
		return true;
	/* Computed from the same input: what it reads must be there too. */
	read_pipe(r, open + 1, close);
	return false;
}

static void add_path(struct reading *r, const struct jq_path_step *steps,
		     size_t count)
{
	struct strbuf text = STRBUF_INIT(STRBUF_LINE);
	struct jq_path_step *copy;

	jq_path_text(steps, count, &text);
	for (size_t i = 0; i < r->paths.len; i++) {
		if (!strcmp(r->paths.at[i].text, text.buf))
			count = 0;
	}
	if (count) {
		copy = arena_array(r->arena, count, sizeof(*copy));
		memcpy(copy, steps, count * sizeof(*copy));
		*vec_push(&r->paths) = (struct jq_path){
			arena_strndup(r->arena, text.buf, text.len), copy, count,
		};
	}
	strbuf_release(&text);
}

static struct jq_path_step field_step(const struct reading *r, size_t i)
{
	const struct jq_token *t = token(r, i);

	return (struct jq_path_step){
		JQ_STEP_FIELD,
		arena_strndup(r->arena, r->tokens->text + t->offset + 1,
			      t->len - 1), 0,
	};
}

/* The next postfix at *i, if one is there: .name ."name" [...] ? . *ret_known
 * where it is a step that is written out. */
static bool take_postfix(struct reading *r, size_t *i, size_t to,
			 struct jq_path_step *ret, bool *ret_known)
{
	size_t at = *i;

	*ret_known = true;
	if (is_type(r, at, to, JQ_FIELD)) {
		*ret = field_step(r, at);
	} else if (is_type(r, at, to, JQ_DOT) &&
		   is_type(r, at + 1, to, JQ_STRING)) {
		ret->type = JQ_STEP_FIELD;
		ret->field = string_value(r, ++at);
		*ret_known = ret->field != NULL;
	} else if (is_type(r, at, to, JQ_DOT) &&
		   is_type(r, at + 1, to, JQ_STRING_OPEN)) {
		at++;
		*ret_known = false;
	} else if (is(r, at, to, "[") ||
		   (is_type(r, at, to, JQ_DOT) && is(r, at + 1, to, "["))) {
		at += is_type(r, at, to, JQ_DOT);
		*ret_known = bracket_step(r, at, token(r, at)->match, ret);
	} else if (is(r, at, to, "?")) {
		*ret_known = false;
	} else {
		return false;
	}
	*i = past(r, at);
	return true;
}

/* A term that starts with `.`, at i. */
static void read_path(struct reading *r, size_t i, size_t to)
{
	VEC(struct jq_path_step) steps = VEC_INIT;
	struct jq_path_step step = { JQ_STEP_EACH, NULL, 0 };
	bool known = true, whole = true;

	if (is_type(r, i, to, JQ_DOT) && !is_type(r, i + 1, to, JQ_STRING) &&
	    !is_type(r, i + 1, to, JQ_STRING_OPEN))
		i++;
	while (take_postfix(r, &i, to, &step, &known)) {
		whole = whole && known;
		if (whole)
			*vec_push(&steps) = step;
	}
	if (steps.len)
		add_path(r, steps.at, steps.len);
	vec_release(&steps);
}

/* --------------------------------------------------------- terms of a part */

/* The end of the term at i, with its postfixes; *ret_optional: one is a `?`. */
static size_t term_end(const struct reading *r, size_t i, size_t to,
		       bool *ret_optional)
{
	enum jq_token_type type = token(r, i)->type;

	*ret_optional = false;
	i = past(r, i);
	if ((type == JQ_WORD && is(r, i, to, "(")) ||
	    (type == JQ_DOT && (is_type(r, i, to, JQ_STRING) ||
				is_type(r, i, to, JQ_STRING_OPEN))))
		i = past(r, i);
	for (; i < to; i = past(r, i)) {
		if (is(r, i, to, "?"))
			*ret_optional = true;
		else if (is_type(r, i, to, JQ_DOT) && i + 1 < to &&
			 (is_type(r, i + 1, to, JQ_STRING) ||
			  is_type(r, i + 1, to, JQ_STRING_OPEN)))
			i++;
		else if (!is_type(r, i, to, JQ_FIELD) &&
			 !is(r, i, to, "[") && !is_type(r, i, to, JQ_DOT))
			break;
	}
	return i < to ? i : to;
}

/* {key: value, "key": value, (computed): value, $name, key} */
static void read_object(struct reading *r, size_t from, size_t to)
{
	while (from < to) {
		size_t end = find(r, from, to, ",");
		size_t colon = find(r, from, end, ":");

		if (is(r, from, end, "("))
			read_pipe(r, from + 1, token(r, from)->match);
		if (colon < end)
			read_pipe(r, colon + 1, end);
		from = end + 1;
	}
}

/* The \( ) of a string. */
static void read_interpolations(struct reading *r, size_t from, size_t to)
{
	for (size_t i = from; i < to; i = past(r, i))
		if (is_type(r, i, to, JQ_OPEN))
			read_pipe(r, i + 1, token(r, i)->match);
}

static void read_brackets(struct reading *r, size_t i)
{
	size_t close = token(r, i)->match;

	if (token(r, i)->type == JQ_STRING_OPEN)
		read_interpolations(r, i + 1, close);
	else if (jq_token_is(r->tokens, i, "{"))
		read_object(r, i + 1, close);
	else if (jq_token_is(r->tokens, i, "if"))
		read_pipe(r, i + 1, find(r, i + 1, close, "then"));
	else
		read_pipe(r, i + 1, close);
}

/* Postfixes of a term that is no path: only what they compute is read. */
static void read_postfixes(struct reading *r, size_t i, size_t to)
{
	struct jq_path_step step;
	bool known;

	while (take_postfix(r, &i, to, &step, &known))
		;
}

static void read_term(struct reading *r, size_t i, size_t end)
{
	switch (token(r, i)->type) {
	case JQ_DOT:
	case JQ_FIELD:
		read_path(r, i, end);
		return;
	case JQ_OPEN:
	case JQ_STRING_OPEN:
		read_brackets(r, i);
		read_postfixes(r, past(r, i), end);
		return;
	case JQ_WORD:
		i = past(r, i);
		if (is(r, i, end, "("))
			i = past(r, i);
		read_postfixes(r, i, end);
		return;
	default:
		read_postfixes(r, i + 1, end);
		return;
	}
}

static size_t skip_term(const struct reading *r, size_t i, size_t to)
{
	bool optional;

	return i < to ? term_end(r, i, to, &optional) : to;
}

/* Behind `as`: patterns, and the ( ) of reduce and foreach. */
static size_t skip_patterns(const struct reading *r, size_t i, size_t to)
{
	while (is_type(r, i, to, JQ_VARIABLE) || is(r, i, to, "[") ||
	       is(r, i, to, "{") || is(r, i, to, "?//"))
		i = past(r, i);
	return is(r, i, to, "(") ? past(r, i) : i;
}

static bool may_make_or_miss(const struct reading *r, size_t from, size_t to)
{
	static const char *const operators[] = {
		"//", "//=", "=", "|=", "+=", "-=", "*=", "/=", "%=",
	};

	for (size_t i = 0; i < sizeof(operators) / sizeof(*operators); i++)
		if (find(r, from, to, operators[i]) < to)
			return true;
	return false;
}

/* What stands between two commas. */
static void read_part(struct reading *r, size_t i, size_t to)
{
	bool optional;

	if (may_make_or_miss(r, i, to))
		return;
	while (i < to) {
		if (token(r, i)->type == JQ_OPERATOR || is(r, i, to, "and") ||
		    is(r, i, to, "or") || is(r, i, to, "reduce") ||
		    is(r, i, to, "foreach")) {
			i++;
		} else if (is(r, i, to, "try") || is(r, i, to, "catch")) {
			i = skip_term(r, i + 1, to);
		} else if (is(r, i, to, "as")) {
			i = skip_patterns(r, i + 1, to);
		} else {
			size_t end = term_end(r, i, to, &optional);

			if (!optional)
				read_term(r, i, end);
			i = end;
		}
	}
}

/* Past `def name(...): body;`, which may hold others. */
static size_t skip_definition(const struct reading *r, size_t i, size_t to)
{
	i = find(r, i + 1, to, ":") + 1;
	while (i < to && !is(r, i, to, ";"))
		i = is(r, i, to, "def") ? skip_definition(r, i, to)
					: past(r, i);
	return i < to ? i + 1 : to;
}

static void read_pipe(struct reading *r, size_t from, size_t to)
{
	while (is(r, from, to, "def"))
		from = skip_definition(r, from, to);
	to = find(r, from, to, "|");
	while (from < to) {
		size_t end = find(r, from, to, ",");

		read_part(r, from, end);
		from = end + 1;
	}
}

/* ------------------------------------------------------------------- names */

static const char *variable_name(const struct reading *r, size_t i)
{
	const struct jq_token *t = token(r, i);

	return arena_strndup(r->arena, r->tokens->text + t->offset + 1,
			     t->len - 1);
}

static void bind_all(struct reading *r, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (token(r, i)->type == JQ_VARIABLE)
			*vec_push(&r->bound) = variable_name(r, i);
}

/* Names that the expression itself gives: as, def, label. Their scope is not
 * followed: a name that is bound somewhere counts as bound everywhere, and jq
 * refuses what is left. */
static void find_bound(struct reading *r)
{
	size_t count = r->tokens->list.len;

	for (size_t i = 0; i < count; i++) {
		if (is(r, i, count, "as")) {
			size_t end = i + 1;

			while (is_type(r, end, count, JQ_VARIABLE) ||
			       is(r, end, count, "[") ||
			       is(r, end, count, "{") ||
			       is(r, end, count, "?//"))
				end = past(r, end);
			bind_all(r, i + 1, end);
		} else if (is(r, i, count, "def")) {
			bind_all(r, i, find(r, i + 1, count, ":"));
			if (is(r, i + 2, count, "("))
				bind_all(r, i + 2, token(r, i + 2)->match);
		} else if (is(r, i, count, "label") ||
			   is(r, i, count, "break")) {
			bind_all(r, i + 1, i + 2 < count ? i + 2 : count);
		}
	}
}

static bool is_listed(const struct reading *r, const char *name)
{
	for (size_t i = 0; i < r->bound.len; i++)
		if (!strcmp(r->bound.at[i], name))
			return true;
	for (size_t i = 0; i < r->names.len; i++)
		if (!strcmp(r->names.at[i].name, name))
			return true;
	return false;
}

static void find_names(struct reading *r)
{
	find_bound(r);
	for (size_t i = 0; i < r->tokens->list.len; i++) {
		if (token(r, i)->type != JQ_VARIABLE)
			continue;
		const char *name = variable_name(r, i);
		if (!is_listed(r, name))
			*vec_push(&r->names) = (struct jq_name){
				name, token(r, i)->offset,
			};
	}
}

static void *keep(struct arena *arena, const void *at, size_t len, size_t size)
{
	void *copy = arena_array(arena, len + 1, size);

	if (len)
		memcpy(copy, at, len * size);
	return copy;
}

int jq_terms_read(const char *text, struct arena *arena,
		  const struct jq_terms **ret, struct jq_fault *ret_fault)
{
	struct jq_tokens tokens;
	struct reading r = { .tokens = &tokens, .arena = arena };
	int rc = jq_tokens_read(text, &tokens, ret_fault);

	if (rc == 0) {
		struct jq_terms *terms = arena_new(arena, struct jq_terms);

		read_pipe(&r, 0, tokens.list.len);
		find_names(&r);
		terms->path_count = r.paths.len;
		terms->paths = keep(arena, r.paths.at, r.paths.len,
				    sizeof(*r.paths.at));
		terms->name_count = r.names.len;
		terms->names = keep(arena, r.names.at, r.names.len,
				    sizeof(*r.names.at));
		*ret = terms;
	}
	vec_release(&r.paths);
	vec_release(&r.names);
	vec_release(&r.bound);
	jq_tokens_release(&tokens);
	return rc;
}
