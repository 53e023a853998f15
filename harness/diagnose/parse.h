/* One SQL statement, as PostgreSQL's own parser sees it (libpg_query). */
#ifndef DIAGNOSE_PARSE_H
#define DIAGNOSE_PARSE_H

#include "diagnose/statements.h"

/* Fills reads_only, ordered, query and reads from statement->text. A text
 * that does not parse is left as it is: it reads nothing we know of. */
void parse_statement(struct arena *arena, const struct tables *tables,
		     struct statement *statement);

#endif
