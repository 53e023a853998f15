/*
 * The private folder of a running stack: everything that its services have on
 * disk, below $TMPDIR or /tmp, under a name that begins with "bis-stack-".
 *
 * It is alive while somebody (the supervisor) holds its lock, see
 * base/locked_folder.h. The file `state` in it says what to end and to remove:
 * it only grows, line by line, and belongs to whoever runs bis, never to a
 * service.
 *
 *	state          what was started: see below
 *	bin/           copies of programs, so that an unprivileged user gets in
 *	log/           NAME.log a service; log/pg/ PostgreSQL's own
 *	run/           the services': pg/ (cluster), s/ (its socket), data/,
 *	               state/NAME, save/NAME, home/SERVICE; of these, pg/,
 *	               state/ and save/ are stack/memory_folder.h's to make
 */
#ifndef STACK_PRIVATE_FOLDER_H
#define STACK_PRIVATE_FOLDER_H

#include "base/error.h"
#include "base/vec.h"
#include "stack/account.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PRIVATE_FOLDER_PREFIX "bis-stack-"
enum {
	PRIVATE_FOLDER_PATH = 96,  /* longest path of a folder, with its NUL */
	PRIVATE_FOLDER_TOKEN = 17, /* 16 hexadecimal digits and a NUL */
};

/* Environment variable that every process of a run carries: BIS_RUN=token. */
#define RUN_MARKER "BIS_RUN"

struct private_folder {
	char path[PRIVATE_FOLDER_PATH];
	char token[PRIVATE_FOLDER_TOKEN]; /* random; names this run */
	int lock;  /* the folder, open and flocked; -1: held by another */
	int state; /* the state file, open for appending; -1 */
};
#define PRIVATE_FOLDER_INIT { "", "", -1, -1 }

/* The folders in it, named above; run/ and log/pg/ become the account's. */
int private_folder_lay_out(const char *folder, const struct account *account,
			   struct error *err);

/* Makes a folder and locks it. `entered_by` is the user that services will
 * run as: where he can't get into $TMPDIR, or where its path would be too long
 * for the name of a socket, /tmp serves instead. */
int private_folder_create(struct private_folder *folder, uid_t entered_by,
			  struct error *err);
void private_folder_release(struct private_folder *folder);

/* Appends one line, whole: "process 812 77120 101 api". */
int private_folder_record(const struct private_folder *folder,
			  struct error *err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* A process of the run, as recorded. */
struct recorded_process {
	pid_t pid;
	uint64_t start; /* /proc/PID/stat's starttime: tells it from a later
			 * process with the same number */
	char name[64];
	bool postgres; /* the server: to be asked before it is killed */
};

/* A System V shared memory segment of PostgreSQL. */
struct recorded_segment {
	int id, key;
	uid_t uid;
};

struct recorded_service {
	char name[64], role[64], address[256], log[64];
	int probe;         /* enum probe_kind, and the rest of struct probe */
	int64_t within;
	char target[256];
};

/* What a state file says. */
struct folder_state {
	char token[PRIVATE_FOLDER_TOKEN];
	char title[256];     /* the stack file */
	char memory[PRIVATE_FOLDER_PATH]; /* stack/memory_folder.h; or "" */
	char engine[PRIVATE_FOLDER_PATH]; /* a container engine's client, and */
	char engine_host[256]; /* where it answers, "-": as usual; or "" */
	char copy[1024];       /* what its containers wrote in, and an image */
	char copy_image[256];  /* that can give it back to us; or "" */
	pid_t supervisor;
	uint64_t supervisor_start;
	bool detached;       /* left running on purpose */
	int64_t started;
	VEC(struct recorded_process) processes;
	VEC(struct recorded_segment) segments;
	VEC(struct recorded_service) services; /* the last line of a name wins */
};

/* ERROR_UNAVAILABLE where there is no state file (yet). */
int folder_state_read(const char *folder, struct folder_state *ret,
		      struct error *err);
void folder_state_release(struct folder_state *state);

#endif
