#include "report/xml.h"

#include "format/utf8.h"

#include <string.h>

/* Line feeds and tabs are written as references, since an attribute's are
 * read as spaces. */
void xml_text(struct strbuf *into, const char *text)
{
	struct strbuf visible = STRBUF_INIT(STRBUF_TEXT);

	utf8_add_visible(&visible, text, strlen(text), "\n\t");
	for (const char *s = visible.buf; *s; s++) {
		if (strchr("<>&\"'\n\t", *s))
			strbuf_addf(into, "&#%d;", *s);
		else
			strbuf_addch(into, *s);
	}
	strbuf_release(&visible);
}

void xml_attribute(struct strbuf *into, const char *name, const char *value)
{
	strbuf_addf(into, " %s=\"", name);
	xml_text(into, value ? value : "");
	strbuf_addch(into, '"');
}
