#include "stack/postgres.h"

#include "base/alloc.h"
#include "base/io.h"
#include "base/path.h"
#include "base/subprocess.h"

#include <dirent.h>
#include <errno.h>
#include <libpq-fe.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INSTALLATIONS "/usr/lib/postgresql"

static bool has_server(const char *bindir)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/postgres", bindir);
	if (access(path, X_OK) < 0)
		return false;
	snprintf(path, sizeof(path), "%s/initdb", bindir);
	return access(path, X_OK) == 0;
}

/* The first line that a program prints, or NULL. */
static const char *first_line(struct arena *arena, const char *program,
			      const char *option)
{
	struct subprocess_spec spec = SUBPROCESS_SPEC_INIT;
	struct subprocess_result result;
	const char *line = NULL;

	spec.argv = (const char *const[]){ program, option, NULL };
	if (subprocess_run(&spec, &result, NULL) < 0)
		return NULL;
	if (result.exit_code == 0 && result.out.len)
		line = arena_strndup(arena, result.out.buf,
				     strcspn(result.out.buf, "\n"));
	subprocess_result_release(&result);
	return line;
}

/* The newest of the installed versions. */
static const char *newest_bindir(struct arena *arena)
{
	DIR *dir = opendir(INSTALLATIONS);
	const char *newest = NULL;
	struct dirent *entry;
	int best = 0;

	while (dir && (entry = readdir(dir))) {
		const char *bindir = arena_printf(arena, INSTALLATIONS
						  "/%s/bin", entry->d_name);
		int version = atoi(entry->d_name);
		if (version > best && has_server(bindir)) {
			best = version;
			newest = bindir;
		}
	}
	if (dir)
		closedir(dir);
	return newest;
}

static const char *find_bindir(struct arena *arena)
{
	const char *pg_config = getenv("BIS_PG_CONFIG");
	const char *bindir = first_line(arena, pg_config ? pg_config :
					"pg_config", "--bindir");

	if (bindir && has_server(bindir))
		return bindir;
	/* Told to look there, and nowhere else. */
	return pg_config ? NULL : newest_bindir(arena);
}

int postgres_find(struct arena *arena, struct postgres_programs *ret,
		  struct error *err)
{
	const char *bindir = find_bindir(arena);
	const char *line;

	if (!bindir)
		return error_set(err, ERROR_UNAVAILABLE,
				 "PostgreSQL's server is not installed: "
				 POSTGRES_INSTALL);
	ret->bindir = bindir;
	ret->postgres = path_join(arena, bindir, "postgres");
	ret->initdb = path_join(arena, bindir, "initdb");
	ret->share = first_line(arena, path_join(arena, bindir, "pg_config"),
				"--sharedir");
	/* "postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)" */
	line = first_line(arena, ret->postgres, "--version");
	line = line ? strstr(line, ") ") : NULL;
	if (!line)
		return error_set(err, ERROR_UNAVAILABLE,
				 "%s does not run", ret->postgres);
	ret->version = arena_strndup(arena, line + 2, strcspn(line + 2, " "));
	ret->major = atoi(ret->version);
	if (!ret->share)
		ret->share = arena_printf(arena, "/usr/share/postgresql/%d",
					  ret->major);
	return 0;
}

static const char *const *copy_list(struct arena *arena,
				    const char *const *list, size_t len)
{
	const char **copy = arena_array(arena, len, sizeof(*copy));

	memcpy(copy, list, len * sizeof(*copy));
	return copy;
}
#define LIST(...) \
	copy_list(arena, (const char *const[]){ __VA_ARGS__, NULL }, \
		  ARRAY_SIZE(((const char *const[]){ __VA_ARGS__, NULL })))

const char *const *postgres_initdb_argv(struct arena *arena,
					const struct postgres_programs *programs,
					const struct postgres_cluster *cluster)
{
	return LIST(programs->initdb, "-D", cluster->data, "-U",
		    POSTGRES_SUPERUSER, "-A", "trust", "-E", "UTF8",
		    "--locale=C.UTF-8", "--no-sync", "--no-instructions",
		    "--wal-segsize=1", "-L", cluster->share);
}

const char *const *postgres_server_argv(struct arena *arena,
					const struct postgres_programs *programs,
					const struct postgres_cluster *cluster)
{
	return LIST(programs->postgres, "-D", cluster->data);
}

static const char settings[] =
	"fsync = off\n"
	"synchronous_commit = off\n"
	"full_page_writes = off\n"
	"wal_level = minimal\n"
	"max_wal_senders = 0\n"
	"max_logical_replication_workers = 0\n"
	"wal_init_zero = off\n"
	"max_wal_size = 1GB\n"
	"shared_buffers = 32MB\n"
	"max_connections = 60\n"
	"dynamic_shared_memory_type = mmap\n"
	"huge_pages = off\n"
	"autovacuum = off\n"
	"jit = off\n"
	"timezone = 'UTC'\n"
	"log_timezone = 'UTC'\n"
	"logging_collector = on\n"
	"log_filename = 'server.log'\n"
	"log_rotation_age = 0\n"
	"log_rotation_size = 0\n"
	"log_file_mode = 0640\n"
	"log_statement = none\n"
	"log_checkpoints = off\n"
	"log_error_verbosity = default\n";

/* A string of postgresql.conf. */
static void add_quoted(struct strbuf *sb, const char *name, const char *value)
{
	strbuf_addf(sb, "%s = '", name);
	for (; *value; value++) {
		if (*value == '\'' || *value == '\\')
			strbuf_addch(sb, *value == '\'' ? '\'' : '\\');
		strbuf_addch(sb, *value);
	}
	strbuf_addstr(sb, "'\n");
}

static void add_settings(struct strbuf *sb,
			 const struct postgres_programs *programs,
			 const struct postgres_cluster *cluster)
{
	strbuf_addch(sb, '\n');
	strbuf_addstr(sb, settings);
	add_quoted(sb, "unix_socket_directories", cluster->socket_dir);
	add_quoted(sb, "listen_addresses", cluster->tcp ? "127.0.0.1" : "");
	add_quoted(sb, "cluster_name", cluster->title);
	add_quoted(sb, "log_directory", cluster->log_dir);
	add_quoted(sb, "log_destination",
		   programs->major >= 15 ? "jsonlog" : "csvlog");
	strbuf_addf(sb, "port = %d\n", cluster->port);
}

/* Lines of comments: nine of ten, and every process of the server reads the
 * file anew whenever a setting changes. */
static void drop_comments(struct strbuf *sb)
{
	_cleanup_(strbuf_release) struct strbuf kept =
		STRBUF_INIT(1024 * 1024);

	for (const char *line = sb->buf; line && *line;) {
		size_t len = strcspn(line, "\n");
		len += line[len] == '\n';
		if (*line != '#' && *line != '\n')
			strbuf_add(&kept, line, len);
		line += len;
	}
	strbuf_reset(sb);
	strbuf_add(sb, kept.buf, kept.len);
}

int postgres_reconfigure(const struct postgres_programs *programs,
			 const struct postgres_cluster *cluster,
			 const struct account *account, struct error *err)
{
	_cleanup_(strbuf_release) struct strbuf sb =
		STRBUF_INIT(1024 * 1024);
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/postgresql.conf", cluster->data);
	if (io_read_file(path, &sb, err) < 0)
		return -1;
	drop_comments(&sb);
	add_settings(&sb, programs, cluster);
	if (io_write_file(path, sb.buf, sb.len, 0600, err) < 0)
		return -1;
	return account_own(account, path, err);
}

/* initdb copies this file into the cluster; of two lines the last wins. */
#define SAMPLE "postgresql.conf.sample"

static int write_sample(const struct postgres_programs *programs,
			const struct postgres_cluster *cluster,
			struct error *err)
{
	_cleanup_(strbuf_release) struct strbuf sb =
		STRBUF_INIT(1024 * 1024);
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/" SAMPLE, programs->share);
	if (io_read_file(path, &sb, err) < 0)
		return -1;
	add_settings(&sb, programs, cluster);
	snprintf(path, sizeof(path), "%s/" SAMPLE, cluster->share);
	return io_write_file(path, sb.buf, sb.len, 0644, err);
}

static int link_entry(const struct postgres_programs *programs,
		      const struct postgres_cluster *cluster,
		      const char *name, struct error *err)
{
	char target[PATH_MAX], link[PATH_MAX];

	snprintf(target, sizeof(target), "%s/%s", programs->share, name);
	snprintf(link, sizeof(link), "%s/%s", cluster->share, name);
	if (symlink(target, link) < 0)
		return error_errno(err, errno, "%s", link);
	return 0;
}

int postgres_configure(const struct postgres_programs *programs,
		       const struct postgres_cluster *cluster,
		       struct error *err)
{
	DIR *dir = opendir(programs->share);
	struct dirent *entry;
	int result = 0;

	if (!dir)
		return error_errno(err, errno, "%s", programs->share);
	if (mkdir(cluster->share, 0755) < 0)
		result = error_errno(err, errno, "%s", cluster->share);
	while (!result && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, SAMPLE))
			result = link_entry(programs, cluster, entry->d_name,
					    err);
	closedir(dir);
	return result ? result : write_sample(programs, cluster, err);
}

const char *postgres_log_path(struct arena *arena,
			      const struct postgres_programs *programs,
			      const struct postgres_cluster *cluster)
{
	return path_join(arena, cluster->log_dir, programs->major >= 15 ?
			 "server.json" : "server.csv");
}

/* A value of a connection string: quoted, it may hold anything. */
static const char *quoted(struct arena *arena, const char *value)
{
	_cleanup_(strbuf_release) struct strbuf sb = STRBUF_INIT(STRBUF_LINE);

	if (!value[strcspn(value, " '\\\t")] && value[0])
		return value;
	strbuf_addch(&sb, '\'');
	for (; *value; value++) {
		if (*value == '\'' || *value == '\\')
			strbuf_addch(&sb, '\\');
		strbuf_addch(&sb, *value);
	}
	strbuf_addch(&sb, '\'');
	return arena_strdup(arena, sb.buf);
}

const char *postgres_conninfo(struct arena *arena,
			      const struct postgres_cluster *cluster,
			      const char *database)
{
	return arena_printf(arena, "host=%s port=%d user=" POSTGRES_SUPERUSER
			    " dbname=%s", quoted(arena, cluster->socket_dir),
			    cluster->port, quoted(arena, database));
}

static void release_connection(PGconn **connection)
{
	PQfinish(*connection);
}

static void ignore_notice(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

/* libpq's messages end in a newline. */
static int database_error(PGconn *connection, struct error *err)
{
	const char *message = PQerrorMessage(connection);
	size_t len = strlen(message);

	while (len && message[len - 1] == '\n')
		len--;
	return error_set(err, ERROR_UNAVAILABLE, "PostgreSQL: %.*s", (int)len,
			 message);
}

static int execute(PGconn *connection, const char *sql, struct error *err)
{
	PGresult *result = PQexec(connection, sql);
	ExecStatusType status = PQresultStatus(result);

	PQclear(result);
	if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ||
	    status == PGRES_EMPTY_QUERY)
		return 0;
	database_error(connection, err);
	return error_context(err, "%.200s", sql);
}

static PGconn *connect_to(const char *conninfo, struct error *err)
{
	PGconn *connection = PQconnectdb(conninfo);

	if (PQstatus(connection) == CONNECTION_OK) {
		PQsetNoticeProcessor(connection, ignore_notice, NULL);
		return connection;
	}
	database_error(connection, err);
	PQfinish(connection);
	return NULL;
}

int postgres_execute(const char *conninfo, const char *sql, struct error *err)
{
	_cleanup_(release_connection) PGconn *connection =
		connect_to(conninfo, err);

	return connection ? execute(connection, sql, err) : -1;
}

/* "name" as SQL writes an identifier. */
static void add_identifier(struct strbuf *sb, const char *name)
{
	strbuf_addch(sb, '"');
	for (; *name; name++) {
		if (*name == '"')
			strbuf_addch(sb, '"');
		strbuf_addch(sb, *name);
	}
	strbuf_addch(sb, '"');
}

/* Who still sits in `database` is shown out, until it is empty: a session
 * that was told to end takes a moment to. */
static int end_sessions(PGconn *connection, const char *database,
			struct error *err)
{
	const char *params[] = { database };
	PGresult *result = PQexecParams(
		connection,
		"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
		" WHERE datname = $1 AND pid <> pg_backend_pid()",
		1, NULL, params, NULL, NULL, 0);
	ExecStatusType status = PQresultStatus(result);

	PQclear(result);
	return status == PGRES_TUPLES_OK ? 0 : database_error(connection, err);
}

static void add_create(struct strbuf *sql, PGconn *connection,
		       const char *name, const char *from)
{
	strbuf_addstr(sql, "CREATE DATABASE ");
	add_identifier(sql, name);
	if (from) {
		strbuf_addstr(sql, " TEMPLATE ");
		add_identifier(sql, from);
	}
	/* Before 15 the only way; since then the default writes every page
	 * to the log, too, which nobody here will ever read. */
	if (PQserverVersion(connection) >= 150000)
		strbuf_addstr(sql, " STRATEGY file_copy");
}

static void add_drop(struct strbuf *sql, const char *name)
{
	strbuf_addstr(sql, "DROP DATABASE IF EXISTS ");
	add_identifier(sql, name);
	strbuf_addstr(sql, " WITH (FORCE)");
}

int postgres_create_database(const char *conninfo, const char *name,
			     const char *from, struct error *err)
{
	_cleanup_(strbuf_release) struct strbuf sql = STRBUF_INIT(4096);
	_cleanup_(release_connection) PGconn *connection =
		connect_to(conninfo, err);

	if (!connection ||
	    (from && end_sessions(connection, from, err) < 0))
		return -1;
	add_create(&sql, connection, name, from);
	return execute(connection, sql.buf, err);
}

/* Sends one statement a copy, and waits for all of them. */
static int execute_all(PGconn **connections,
		       const struct database_copy *copies, size_t count,
		       bool drop, struct error *err)
{
	_cleanup_(strbuf_release) struct strbuf sql = STRBUF_INIT(4096);
	int rc = 0;

	for (size_t i = 0; i < count && rc == 0; i++) {
		strbuf_reset(&sql);
		if (drop)
			add_drop(&sql, copies[i].to);
		else
			add_create(&sql, connections[i], copies[i].to,
				   copies[i].from);
		if (!PQsendQuery(connections[i], sql.buf))
			rc = database_error(connections[i], err);
	}
	for (size_t i = 0; i < count; i++) {
		PGresult *result;
		while ((result = PQgetResult(connections[i]))) {
			if (PQresultStatus(result) != PGRES_COMMAND_OK &&
			    rc == 0)
				rc = database_error(connections[i], err);
			PQclear(result);
		}
	}
	return rc;
}

/* Where none is open yet, or the server was started anew. */
static int connect_session(PGconn **session, const char *conninfo,
			   struct error *err)
{
	if (*session && execute(*session, "DISCARD ALL", NULL) == 0)
		return 0;
	PQfinish(*session);
	*session = connect_to(conninfo, err);
	return *session ? 0 : -1;
}

int postgres_copy_databases(struct postgres_sessions *sessions,
			    const struct database_copy *copies, size_t count,
			    struct error *err)
{
	int rc = 0;

	while (sessions->at.len < count)
		*vec_push(&sessions->at) = NULL;
	for (size_t i = 0; i < count && rc == 0; i++) {
		PGconn **session = &sessions->at.at[i];
		if (connect_session(session, sessions->conninfo, err) < 0 ||
		    end_sessions(*session, copies[i].from, err) < 0)
			rc = -1;
	}
	if (rc == 0)
		rc = execute_all(sessions->at.at, copies, count, true, err);
	if (rc == 0)
		rc = execute_all(sessions->at.at, copies, count, false, err);
	return rc < 0 ? error_context(err, "copying databases") : 0;
}

void postgres_sessions_release(struct postgres_sessions *sessions)
{
	for (size_t i = 0; i < sessions->at.len; i++)
		PQfinish(sessions->at.at[i]);
	vec_release(&sessions->at);
}
