/*
 * What is wrong with an expression, by jq's own parser, and at which word.
 *
 * jq says which line, not which word. But a parser of its kind stops at the
 * first word that can't follow what was read, so a beginning of the expression
 * that is refused only for ending too early is still good: the culprit is
 * found by halving.
 */
#ifndef SCENARIO_JQ_SYNTAX_H
#define SCENARIO_JQ_SYNTAX_H

#include "base/strbuf.h"
#include "scenario/scenario.h"

/* Compiles a program and puts jq's complaint into answer, or nothing. */
typedef int (*jq_try)(void *self, const char *program, struct strbuf *answer,
		      struct error *err);

/* -1 with the place, the line and a caret where jq refuses the expression
 * alone; `names` is what must stand before it so that its variables are
 * known. */
int jq_syntax_check(const struct expression *expression, const char *names,
		    jq_try compile, void *self, struct error *err);

#endif
