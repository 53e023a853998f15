/*
 * A PostgreSQL cluster as initdb makes it, kept for the next start: copying it
 * takes a tenth of the time. It holds nothing of anybody: it is kept before the
 * server first runs. And it is ours, closed to the account of services, so that
 * no run can change what the next one begins with.
 *
 * The folder is named by BIS_CLUSTERS, which `bis grade` sets for its runs;
 * otherwise nothing is kept.
 */
#ifndef STACK_KEPT_CLUSTER_H
#define STACK_KEPT_CLUSTER_H

#include "stack/account.h"
#include "stack/postgres.h"

#define KEPT_CLUSTERS "BIS_CLUSTERS"

/* A copy of the kept one of this version, with the settings of this one, in the
 * place of cluster->data, an empty folder. 1: it is there; 0: none is kept. */
int kept_cluster_take(const struct postgres_programs *programs,
		      const struct postgres_cluster *cluster,
		      const struct account *account, struct error *err);

/* Keeps what initdb has just made, where none is kept. What can't be kept is
 * made again the next time. */
void kept_cluster_keep(const struct postgres_programs *programs,
		       const struct postgres_cluster *cluster);

#endif
