/*
 * The JSON Schema (draft 2020-12) of scenario files, made from the same tables
 * that the loader validates by: for editors, which show it as one types.
 * What a schema can't say (ids, needs, captures, points) `bis check` does.
 */
#ifndef SCENARIO_SCHEMA_H
#define SCENARIO_SCHEMA_H

#include "base/strbuf.h"
#include "scenario/scenario.h"

/* Appends it, indented, ended by a line feed. */
void schema_print(const struct scenario_tables *tables, struct strbuf *into);

#endif
