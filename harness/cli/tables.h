/* The tables that the language is handed by the layers below it. */
#ifndef CLI_TABLES_H
#define CLI_TABLES_H

#include "diagnose/diagnose.h"
#include "step/step.h"

static inline struct scenario_tables cli_tables(void)
{
	return (struct scenario_tables){
		step_syntaxes(), step_kind_count, change_syntaxes,
		change_count,
	};
}

#endif
