/*
 * A PostgreSQL cluster of our own: where its programs are, how it is made and
 * set up, its databases.
 *
 * It listens on a unix socket in the private folder (and on a loopback port
 * only where asked); its superuser is "bis", without a password, since only
 * the run's user gets to the socket. Settings give up durability for speed
 * (it lives for one run), avoid names in /dev/shm (where a server that was
 * killed leaves them, and the one that initdb runs, too: so initdb is given
 * the settings from its first moment on), and keep the plans of
 * queries the same from run to run (no autovacuum, no JIT). It logs to
 * log/pg/ as JSON, or CSV before version 15, so that statements can be read
 * back; log_statement is off until somebody turns it on.
 */
#ifndef STACK_POSTGRES_H
#define STACK_POSTGRES_H

#include "base/arena.h"
#include "base/error.h"
#include "base/vec.h"
#include "stack/account.h"

#include <stdbool.h>

#define POSTGRES_SUPERUSER "bis"
/* The command that installs it, for messages. */
#define POSTGRES_INSTALL "sudo apt-get install postgresql"

/* An installation. */
struct postgres_programs {
	const char *bindir;
	const char *postgres, *initdb;
	const char *share;   /* the folder with postgres.bki */
	const char *version; /* "15.20" */
	int major;
};

/* By BIS_PG_CONFIG or `pg_config --bindir`; where that has no server (only the
 * client library), the newest of /usr/lib/postgresql/VERSION/bin. */
int postgres_find(struct arena *arena, struct postgres_programs *ret,
		  struct error *err);

/* Where a cluster is. All paths are absolute. */
struct postgres_cluster {
	const char *data, *socket_dir, *log_dir;
	const char *share; /* made by postgres_configure() */
	const char *title; /* cluster_name */
	int port;          /* of the socket's name, and of TCP */
	bool tcp;
};

/* Argument vectors, in the arena. */
const char *const *postgres_initdb_argv(struct arena *arena,
					const struct postgres_programs *programs,
					const struct postgres_cluster *cluster);
const char *const *postgres_server_argv(struct arena *arena,
					const struct postgres_programs *programs,
					const struct postgres_cluster *cluster);

/* Before initdb: cluster->share becomes a folder with what initdb reads, as
 * it was installed but for the settings. */
int postgres_configure(const struct postgres_programs *programs,
		       const struct postgres_cluster *cluster,
		       struct error *err);
/* The same settings, and no comments, in the own file of a cluster that is
 * there; it may have been made elsewhere. */
int postgres_reconfigure(const struct postgres_programs *programs,
			 const struct postgres_cluster *cluster,
			 const struct account *account, struct error *err);
/* The file that the server logs to: log_dir/server.json (or .csv). */
const char *postgres_log_path(struct arena *arena,
			      const struct postgres_programs *programs,
			      const struct postgres_cluster *cluster);

/* "host=... port=... user=bis dbname=..." */
const char *postgres_conninfo(struct arena *arena,
			      const struct postgres_cluster *cluster,
			      const char *database);

/* One or more statements, without a result, as the superuser. */
int postgres_execute(const char *conninfo, const char *sql,
		     struct error *err);

/* A new database, empty or with the contents of another; sessions in the
 * other are ended first. Statements run through `conninfo`, which must be
 * neither. */
int postgres_create_database(const char *conninfo, const char *name,
			     const char *from, struct error *err);

/* Sessions that are kept from one copying to the next; `conninfo` is none of
 * the databases that are copied. */
struct postgres_sessions {
	const char *conninfo;
	VEC(struct pg_conn *) at; /* libpq's; NULL: not open */
};
void postgres_sessions_release(struct postgres_sessions *sessions);

/* Each `to` becomes a copy of its `from`, in place of what it was; all of
 * them side by side. Sessions in either are ended. */
struct database_copy {
	const char *from, *to;
};
int postgres_copy_databases(struct postgres_sessions *sessions,
			    const struct database_copy *copies, size_t count,
			    struct error *err);

#endif
