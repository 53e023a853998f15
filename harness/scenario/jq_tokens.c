#include "scenario/jq_tokens.h"

#include "base/compiler.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MOST_TOKENS = 4000, MOST_LEVELS = 60, MOST_BYTES = 16 * 1024 };

static const char *const keywords[] = {
	"__loc__", "and", "as", "break", "catch", "def", "elif", "else", "end",
	"foreach", "if", "import", "include", "label", "module", "or",
	"reduce", "then", "try",
};

/* They read the clock, other input, the environment or files, print, or end
 * the program. */
static const char *const refused_words[] = {
	"$ENV", "$__loc__", "$__prog_args", "debug", "env", "get_search_list",
	"halt", "halt_error", "import", "include", "input", "input_filename",
	"input_line_number", "inputs", "localtime", "module", "modulemeta",
	"now", "stderr", "strflocaltime",
};

bool jq_is_keyword(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(keywords); i++)
		if (!strcmp(keywords[i], word))
			return true;
	return false;
}

struct lexer {
	const char *text;
	size_t at;
	struct jq_tokens *to;
	struct jq_fault *fault;
	size_t open[MOST_LEVELS]; /* indices of open tokens */
	size_t depth;
};

static int fault_at(struct lexer *l, size_t offset, size_t width,
		    const char *fmt, ...) PRINTF_LIKE(4, 5);
static int fault_at(struct lexer *l, size_t offset, size_t width,
		    const char *fmt, ...)
{
	va_list ap;

	l->fault->offset = offset;
	l->fault->width = width ? width : 1;
	va_start(ap, fmt);
	vsnprintf(l->fault->message, sizeof(l->fault->message), fmt, ap);
	va_end(ap);
	return -1;
}

static struct jq_token *add(struct lexer *l, enum jq_token_type type,
			    size_t offset)
{
	struct jq_token *t = vec_push(&l->to->list);

	t->type = type;
	t->offset = offset;
	t->len = l->at - offset;
	return t;
}

static int open_bracket(struct lexer *l, enum jq_token_type type,
			size_t offset)
{
	if (l->depth == MOST_LEVELS)
		return fault_at(l, offset, 1, "nested too deeply");
	add(l, type, offset);
	l->open[l->depth++] = l->to->list.len - 1;
	return 0;
}

/* The character that opened the innermost bracket: ( [ { i " or 0. */
static char innermost(const struct lexer *l)
{
	if (l->depth == 0)
		return '\0';
	return l->text[l->to->list.at[l->open[l->depth - 1]].offset];
}

static int close_bracket(struct lexer *l, enum jq_token_type type,
			 size_t offset, char opened_by)
{
	size_t open;

	if (innermost(l) != opened_by)
		return fault_at(l, offset, l->at - offset,
				"`%.*s` closes nothing",
				(int)(l->at - offset), l->text + offset);
	open = l->open[--l->depth];
	add(l, type, offset)->match = open;
	l->to->list.at[open].match = l->to->list.len - 1;
	return 0;
}

/* From behind the opening quote, or behind the `)` of a \( ), to the end of
 * the string or the next \(. `first` is where the string began. */
static int read_string(struct lexer *l, size_t first, bool continued)
{
	const char *s = l->text;

	for (; s[l->at]; l->at++) {
		if (s[l->at] == '"') {
			l->at++;
			if (continued)
				return close_bracket(l, JQ_STRING_CLOSE,
						     l->at - 1, '"');
			add(l, JQ_STRING, first);
			return 0;
		}
		if (s[l->at] != '\\')
			continue;
		if (s[l->at + 1] == '(') {
			if (!continued &&
			    open_bracket(l, JQ_STRING_OPEN, first) < 0)
				return -1;
			l->at += 2;
			/* Its offset is the backslash: not '('. */
			return open_bracket(l, JQ_OPEN, l->at - 2);
		}
		if (s[l->at + 1])
			l->at++;
	}
	return fault_at(l, first, 1, "a string without its closing quote");
}

static int read_close(struct lexer *l, size_t offset)
{
	char c = l->text[offset];

	if (c == ')' && innermost(l) == '\\') {
		if (close_bracket(l, JQ_CLOSE, offset, '\\') < 0)
			return -1;
		return read_string(
			l, l->to->list.at[l->open[l->depth - 1]].offset, true);
	}
	return close_bracket(l, JQ_CLOSE, offset,
			     c == ')' ? '(' : c == ']' ? '[' : '{');
}

static bool starts_word(char c)
{
	return isalpha((unsigned char)c) || c == '_';
}

static void skip_word(struct lexer *l)
{
	while (isalnum((unsigned char)l->text[l->at]) ||
	       l->text[l->at] == '_')
		l->at++;
}

/* Whether the word that ends here is a key: {word: ...} or {word}. */
static bool is_key_place(const struct lexer *l)
{
	const struct jq_token *before =
		l->to->list.len ? &l->to->list.at[l->to->list.len - 1] : NULL;

	return innermost(l) == '{' && before &&
	       (l->text[before->offset] == '{' ||
		l->text[before->offset] == ',');
}

static int refuse_word(struct lexer *l, size_t offset)
{
	size_t len = l->at - offset;

	for (size_t i = 0; i < ARRAY_SIZE(refused_words); i++)
		if (strlen(refused_words[i]) == len &&
		    !strncmp(refused_words[i], l->text + offset, len))
			return fault_at(l, offset, len,
					"`%s` is not for a scenario: an "
					"expression sees its input and the "
					"variables, nothing else",
					refused_words[i]);
	return 0;
}

static int read_word(struct lexer *l, size_t offset)
{
	const char *s = l->text;
	bool key = is_key_place(l);

	skip_word(l);
	while (s[l->at] == ':' && s[l->at + 1] == ':' &&
	       starts_word(s[l->at + 2])) {
		l->at += 2;
		skip_word(l);
	}
	if (key) {
		add(l, JQ_KEY, offset);
		return 0;
	}
	if (refuse_word(l, offset) < 0)
		return -1;
	if (l->at - offset == 2 && !strncmp(s + offset, "if", 2))
		return open_bracket(l, JQ_OPEN, offset);
	if (l->at - offset == 3 && !strncmp(s + offset, "end", 3))
		return close_bracket(l, JQ_CLOSE, offset, 'i');
	add(l, JQ_WORD, offset);
	return 0;
}

static int read_variable(struct lexer *l, size_t offset)
{
	if (!starts_word(l->text[l->at]))
		return fault_at(l, offset, 1, "a `$` without a name");
	skip_word(l);
	if (refuse_word(l, offset) < 0)
		return -1;
	if (l->text[offset + 1] == '_' && l->text[offset + 2] == '_')
		return fault_at(l, offset, l->at - offset,
				"names that begin with __ are taken");
	add(l, JQ_VARIABLE, offset);
	return 0;
}

static void read_number(struct lexer *l, size_t offset)
{
	const char *s = l->text;

	while (isdigit((unsigned char)s[l->at]))
		l->at++;
	if (s[l->at] == '.') {
		l->at++;
		while (isdigit((unsigned char)s[l->at]))
			l->at++;
	}
	size_t e = l->at;
	if (s[e] == 'e' || s[e] == 'E') {
		e++;
		e += s[e] == '+' || s[e] == '-';
		if (isdigit((unsigned char)s[e])) {
			while (isdigit((unsigned char)s[e]))
				e++;
			l->at = e;
		}
	}
	add(l, JQ_NUMBER, offset);
}

static void read_dot(struct lexer *l, size_t offset)
{
	const char *s = l->text;

	if (isdigit((unsigned char)s[offset + 1])) {
		read_number(l, offset);
		return;
	}
	l->at++;
	if (s[l->at] == '.') {
		l->at++;
		add(l, JQ_RECURSE, offset);
	} else if (starts_word(s[l->at])) {
		skip_word(l);
		add(l, JQ_FIELD, offset);
	} else {
		add(l, JQ_DOT, offset);
	}
}

static int read_operator(struct lexer *l, size_t offset)
{
	static const char *const operators[] = {
		"?//", "//=", "!=", "==", "//", "|=", "+=", "-=", "*=",
		"/=", "%=", "<=", ">=", "=", "<", ">", "|", ",", "?", ":",
		";", "+", "-", "*", "/", "%",
	};

	for (size_t i = 0; i < ARRAY_SIZE(operators); i++) {
		size_t len = strlen(operators[i]);

		if (strncmp(l->text + offset, operators[i], len) != 0)
			continue;
		l->at = offset + len;
		add(l, JQ_OPERATOR, offset);
		return 0;
	}
	if (l->text[offset] == '#')
		return fault_at(l, offset, 1,
				"a comment can't stand in an expression");
	if (l->text[offset] == '\'')
		return fault_at(l, offset, 1,
				"a text in jq has double quotes, \"...\"");
	return fault_at(l, offset, 1, "jq does not know this character");
}

static int read_token(struct lexer *l)
{
	size_t offset = l->at;
	char c = l->text[offset];

	if (isdigit((unsigned char)c)) {
		read_number(l, offset);
		return 0;
	}
	if (c == '.') {
		read_dot(l, offset);
		return 0;
	}
	if (starts_word(c))
		return read_word(l, offset);
	l->at++;
	switch (c) {
	case '"':
		return read_string(l, offset, false);
	case '(':
	case '[':
	case '{':
		return open_bracket(l, JQ_OPEN, offset);
	case ')':
	case ']':
	case '}':
		return read_close(l, offset);
	case '$':
		return read_variable(l, offset);
	case '@':
		skip_word(l);
		add(l, JQ_FORMAT, offset);
		return 0;
	default:
		return read_operator(l, offset);
	}
}

int jq_tokens_read(const char *text, struct jq_tokens *ret,
		   struct jq_fault *ret_fault)
{
	struct lexer l = { .text = text, .to = ret, .fault = ret_fault };

	*ret = (struct jq_tokens){ .text = text, .list = VEC_INIT };
	if (strlen(text) > MOST_BYTES)
		return fault_at(&l, 0, 1, "an expression of more than %d bytes",
				MOST_BYTES);
	for (;;) {
		l.at += strspn(text + l.at, " \t\r\n");
		if (!text[l.at])
			break;
		if (ret->list.len >= MOST_TOKENS)
			return fault_at(&l, l.at, 1, "an expression of more "
					"than %d words", MOST_TOKENS);
		if (read_token(&l) < 0)
			return -1;
	}
	if (l.depth) {
		const struct jq_token *open =
			&ret->list.at[l.open[l.depth - 1]];

		return fault_at(&l, open->offset, open->len,
				"`%.*s` is not closed", (int)open->len,
				text + open->offset);
	}
	if (ret->list.len == 0)
		return fault_at(&l, 0, 1, "an empty expression");
	return 0;
}

void jq_tokens_release(struct jq_tokens *tokens)
{
	vec_release(&tokens->list);
}

bool jq_token_is(const struct jq_tokens *tokens, size_t i, const char *text)
{
	const struct jq_token *t;

	if (i >= tokens->list.len)
		return false;
	t = &tokens->list.at[i];
	return (t->type == JQ_OPERATOR || t->type == JQ_WORD ||
		t->type == JQ_OPEN || t->type == JQ_CLOSE) &&
	       t->len == strlen(text) &&
	       !strncmp(tokens->text + t->offset, text, t->len);
}
