/*
 * The perturb entries of a scenario: worlds that must not matter, or must.
 *
 * They come after the graded checks. The state is saved; each entry starts
 * from it (proved: every table's rows and their order are the same), changes
 * one thing, shows that the change took effect, trains again, and compares
 * with the control. Where they differ, the cause is looked for (explain.h) and
 * a fix is tried on the running stack; then the state is put back.
 */
#ifndef DIAGNOSE_DIAGNOSE_H
#define DIAGNOSE_DIAGNOSE_H

#include "run/runner.h"

/* The changes that a perturb entry may name, for scenario_load(). */
extern const struct step_syntax change_syntaxes[];
extern const size_t change_count;

/* -1 only when interrupted or internally broken. */
int diagnose_run(struct runner *runner, struct error *err);

#endif
