#include "scenario/jq_syntax.h"

#include "format/yaml.h"
#include "scenario/jq_tokens.h"

#include <stdio.h>
#include <string.h>

struct checking {
	const struct expression *expression;
	const char *names;
	jq_try compile;
	void *self;
	struct strbuf program, answer;
	struct error *err;
};

/* What jq says of the first `len` bytes, in `before` and `after`. */
static int try_beginning(struct checking *c, size_t len, const char *before,
			 const char *after)
{
	strbuf_reset(&c->program);
	strbuf_addstr(&c->program, c->names);
	strbuf_addstr(&c->program, before);
	strbuf_add(&c->program, c->expression->text, len);
	strbuf_addstr(&c->program, after);
	strbuf_reset(&c->answer);
	return c->compile(c->self, c->program.buf, &c->answer, c->err);
}

static bool ends_early(const struct strbuf *answer)
{
	return strstr(answer->buf, "unexpected $end") ||
	       strstr(answer->buf, "unexpected end of file");
}

static bool is_syntax(const struct strbuf *answer)
{
	return strstr(answer->buf, "syntax error") != NULL;
}

/* The number of words at the beginning that are good. */
static int count_good(struct checking *c, const struct jq_tokens *tokens,
		      size_t *ret)
{
	size_t good = 0, bad = tokens->list.len;

	while (bad - good > 1) {
		size_t middle = good + (bad - good) / 2;
		const struct jq_token *last = &tokens->list.at[middle - 1];

		if (try_beginning(c, last->offset + last->len, "", "") < 0)
			return -1;
		if (is_syntax(&c->answer) && !ends_early(&c->answer))
			bad = middle;
		else
			good = middle;
	}
	*ret = good;
	return 0;
}

/* "jq: error: WHAT (Unix shell ...) at <top-level>, line 1:\n..." to WHAT. */
static void shorten(const char *answer, char *buf, size_t size)
{
	static const char *const ends[] = { " (Unix shell", " at <", "\n" };
	const char *start = answer;
	size_t len;

	if (!strncmp(start, "jq: error: ", 11))
		start += 11;
	len = strlen(start);
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		const char *end = strstr(start, ends[i]);

		if (end && (size_t)(end - start) < len)
			len = (size_t)(end - start);
	}
	snprintf(buf, size, "%.*s", (int)(len < size ? len : size - 1), start);
}

/* "NAME/1 is not defined": where is NAME? */
static const struct jq_token *find_undefined(const struct jq_tokens *tokens,
					     const char *what)
{
	size_t len = strcspn(what, "/ ");

	if (!strstr(what, "is not defined"))
		return NULL;
	for (size_t i = 0; i < tokens->list.len; i++) {
		const struct jq_token *t = &tokens->list.at[i];

		if ((t->type == JQ_WORD || t->type == JQ_VARIABLE) &&
		    t->len == len &&
		    !strncmp(tokens->text + t->offset, what, len))
			return t;
	}
	return NULL;
}

static int complain(struct checking *c, const struct jq_tokens *tokens)
{
	const struct expression *x = c->expression;
	const struct jq_token *at;
	char what[300];
	size_t good = 0;

	shorten(c->answer.buf, what, sizeof(what));
	at = find_undefined(tokens, what);
	if (at)
		return yaml_complain_inside(x->node, at->offset, at->len,
					    c->err, "jq: %s", what);
	if (!is_syntax(&c->answer))
		return yaml_complain_inside(x->node, 0, 1, c->err, "jq: %s",
					    what);
	/* Without the parentheses that it was tried in. */
	if (try_beginning(c, strlen(x->text), "", "") < 0)
		return -1;
	if (!c->answer.len || !is_syntax(&c->answer) ||
	    ends_early(&c->answer)) {
		const struct jq_token *last =
			&tokens->list.at[tokens->list.len - 1];

		return yaml_complain_inside(x->node, last->offset, last->len,
					    c->err, "jq: the expression ends "
					    "too early");
	}
	shorten(c->answer.buf, what, sizeof(what));
	if (count_good(c, tokens, &good) < 0)
		return -1;
	at = &tokens->list.at[good];
	return yaml_complain_inside(x->node, at->offset, at->len, c->err,
				    "jq: %s", what);
}

int jq_syntax_check(const struct expression *expression, const char *names,
		    jq_try compile, void *self, struct error *err)
{
	struct checking c = {
		.expression = expression, .names = names, .compile = compile,
		.self = self, .err = err,
		.program = STRBUF_INIT(STRBUF_TEXT),
		.answer = STRBUF_INIT(STRBUF_LINE),
	};
	struct jq_tokens tokens;
	struct jq_fault fault;
	int rc = try_beginning(&c, strlen(expression->text), "(", "\n)");

	if (rc == 0 && c.answer.len) {
		rc = jq_tokens_read(expression->text, &tokens, &fault);
		rc = rc < 0 ? error_set(err, ERROR_INTERNAL, "%s",
					fault.message)
			    : complain(&c, &tokens);
		jq_tokens_release(&tokens);
	}
	strbuf_release(&c.program);
	strbuf_release(&c.answer);
	return rc;
}
