/*
 * Whether a value fits a JSON Schema, as far as doc/result.schema.json uses
 * the language: type, enum, required, properties, additionalProperties,
 * items, minimum and $ref into $defs. A keyword that is not in this list
 * fails the check, so that the schema cannot say more than is tested.
 */
#ifndef TESTS_REPORT_SCHEMA_H
#define TESTS_REPORT_SCHEMA_H

#include "base/strbuf.h"

#include <jansson.h>
#include <stdbool.h>

/* complaints gets a line for each misfit: "exercises[0].points: not number" */
bool schema_fits(const json_t *schema, const json_t *value,
		 struct strbuf *complaints);

#endif
