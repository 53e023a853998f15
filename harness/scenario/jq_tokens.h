/*
 * The words of a jq expression, as jq's own lexer cuts them (lexer.l of jq
 * 1.6 and 1.7). jq takes apart only whole programs, so what Bis wants to know
 * of an expression before it runs (which paths it reads, which names) it reads
 * itself. What is refused here never reaches jq: brackets that don't pair,
 * since expressions are compiled together as one program, comments, and
 * functions that reach outside their input.
 */
#ifndef SCENARIO_JQ_TOKENS_H
#define SCENARIO_JQ_TOKENS_H

#include "base/error.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>

enum jq_token_type {
	JQ_DOT,      /* . */
	JQ_RECURSE,  /* .. */
	JQ_FIELD,    /* .name */
	JQ_NUMBER,
	JQ_STRING,   /* "...", no \( ) in it */
	JQ_STRING_OPEN,  /* a string that has \( ): up to its end, `match`, */
	JQ_STRING_CLOSE, /* lie pairs of JQ_OPEN and JQ_CLOSE for each \( ) */
	JQ_FORMAT,   /* @base64 */
	JQ_WORD,     /* a function or keyword */
	JQ_KEY,      /* a word that is a key of an object: {word: ...} */
	JQ_VARIABLE, /* $name */
	JQ_OPERATOR,
	JQ_OPEN,     /* ( [ { and the keyword if */
	JQ_CLOSE,    /* ) ] } and the keyword end */
};

struct jq_token {
	enum jq_token_type type;
	size_t offset, len; /* in the text */
	size_t match;       /* of an open token: the index of its close token,
			     * and back */
};

struct jq_tokens {
	const char *text; /* borrowed */
	VEC(struct jq_token) list;
};

/* What is wrong with an expression, and where. */
struct jq_fault {
	size_t offset, width; /* bytes; width at least 1 */
	char message[200];
};

/* -1 with *ret_fault where the text is refused; release in any case. */
int jq_tokens_read(const char *text, struct jq_tokens *ret,
		   struct jq_fault *ret_fault);
void jq_tokens_release(struct jq_tokens *tokens);

/* Whether a token is exactly this operator, word or bracket. */
bool jq_token_is(const struct jq_tokens *tokens, size_t i, const char *text);

/* Whether jq 1.6 or a later one keeps the word for itself (so that it can't be
 * a variable). */
bool jq_is_keyword(const char *word);

#endif
