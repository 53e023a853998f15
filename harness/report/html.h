/*
 * report.html and index.html: a Markdown of ours as one page that needs
 * nothing else, neither a server nor the network: it sorts its tables by a
 * click on a header, reads well on a telephone and on paper.
 *
 * The Markdown is rendered by cmark-gfm. What comes from a submission was made
 * text by report/markup.h before; should that ever fail, the page's content
 * security policy lets nothing run but the script in it, by its digest, and
 * loads nothing.
 */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include "base/language.h"
#include "base/strbuf.h"

/* title is plain text. */
void html_page(struct strbuf *into, enum language language, const char *title,
	       const struct strbuf *markdown);

/* Text between tags or in a quoted attribute. */
void html_text(struct strbuf *into, const char *text);

#endif
