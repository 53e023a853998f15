/*
 * The processes of this machine, as /proc shows them: which of them belong to
 * a run. A process belongs where it carries the run's marker in its
 * environment, is a child of PostgreSQL with the run's name in its title (these
 * overwrite their environment), runs a program out of the run's folder, was
 * recorded with its start time, or descends from one of these.
 */
#ifndef STACK_PROCESS_TABLE_H
#define STACK_PROCESS_TABLE_H

#include "base/vec.h"
#include "stack/private_folder.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct process_entry {
	pid_t pid, parent;
	uint64_t start;
	char state; /* 'R', 'S', 'Z', ... */
	bool belongs;
	bool postgres; /* a server that was recorded as one */
};

struct process_table {
	VEC(struct process_entry) entries;
};

/* As it is now; a process that ends meanwhile is not in it. */
void process_table_read(struct process_table *table);
void process_table_release(struct process_table *table);

/* When that process was started, or 0 where there is none. */
uint64_t process_start_time(pid_t pid);

/* Sets `belongs`; neither ourselves nor `except` ever does. state may be NULL
 * where nothing was recorded. Gives how many. */
size_t process_table_mark(struct process_table *table, const char *folder,
			  const char *token, const struct folder_state *state,
			  pid_t except);

/* The name by which PostgreSQL's children show in a process list:
 * cluster_name is "bis-stack-TOKEN". */
#define POSTGRES_TITLE_PREFIX "postgres: " PRIVATE_FOLDER_PREFIX

#endif
