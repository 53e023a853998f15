/* Python's texts as its files hold them. */
#ifndef FORMAT_PYTHON_TEXT_H
#define FORMAT_PYTHON_TEXT_H

#include "base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>

/* Whether it is UTF-8, lone surrogates allowed: what Python's codec takes
 * with errors="surrogatepass". */
bool python_text_is_valid(const char *s, size_t len);

/* Appends it between quotes, fit to show, at most max_chars characters of it
 * and then "...". */
void python_text_quote(struct strbuf *sb, const char *s, size_t len,
		       size_t max_chars);

#endif
