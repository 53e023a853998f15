/* Foreign values (jansson) as members of our own JSON (cJSON). */
#ifndef REPORT_FOREIGN_H
#define REPORT_FOREIGN_H

#include <cjson/cJSON.h>
#include <jansson.h>

/* The same value, in the same order: integers with every digit (cJSON would
 * round them past 2^53), reals as the shortest text that reads back, strings
 * with their NULs. NULL gives null. The caller owns it. */
cJSON *foreign_json(const json_t *value);

#endif
