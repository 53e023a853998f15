/* Text of any origin in XML 1.0. */
#ifndef REPORT_XML_H
#define REPORT_XML_H

#include "base/strbuf.h"

/* Between tags or in a quoted attribute: most controls have no place in XML,
 * not even escaped, and are made visible. */
void xml_text(struct strbuf *into, const char *text);
/* ` name="value"`; NULL is empty. */
void xml_attribute(struct strbuf *into, const char *name, const char *value);

#endif
