#include "stack/reaper.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/locked_folder.h"
#include "stack/container_leftovers.h"
#include "stack/faketime_memory.h"
#include "stack/memory_folder.h"
#include "stack/private_folder.h"
#include "stack/process_table.h"
#include "stack/segment.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* PostgreSQL removes its segment itself when it is let. */
#define POLITE (3 * CLOCK_SEC)
#define PATIENCE (10 * CLOCK_SEC)

int reaper_remove_files(const char *folder, struct error *err)
{
	struct folder_state state = { .started = 0 };

	folder_state_read(folder, &state, NULL);
	segments_remove(folder, &state);
	int rc = container_leftovers_remove(&state, err);
	if (rc == 0)
		rc = memory_folder_remove(folder, &state, err);
	folder_state_release(&state);
	/* The folder last: it says what else there is. */
	if (rc == 0)
		rc = io_remove_tree(folder, err);
	return rc;
}

/* A PostgreSQL server is asked first (SIGQUIT, its immediate shutdown), and
 * ends its own. All others are killed: initdb, asked, would take away the file
 * that names the segment of the server that it was just running. */
static void signal_marked(const struct process_table *table, bool ask)
{
	for (size_t i = 0; i < table->entries.len; i++) {
		const struct process_entry *e = &table->entries.at[i];
		if (!e->belongs)
			continue;
		kill(e->pid, ask && e->postgres ? SIGQUIT : SIGKILL);
		faketime_memory_remove(e->pid);
	}
}

static int end_processes(const char *folder, const struct folder_state *state,
			 size_t *ret_processes, struct error *err)
{
	int64_t start = clock_monotonic();
	struct process_table table = { VEC_INIT };
	size_t left, most = 0;

	for (;;) {
		process_table_read(&table);
		left = process_table_mark(&table, folder, state->token, state,
					  0);
		most = left > most ? left : most;
		int64_t waited = clock_monotonic() - start;
		if (!left || waited > PATIENCE)
			break;
		signal_marked(&table, waited < POLITE);
		clock_sleep(10 * CLOCK_MSEC);
	}
	process_table_release(&table);
	if (ret_processes)
		*ret_processes += most;
	if (left)
		return error_set(err, ERROR_TIMEOUT, "%zu of its processes do "
				 "not end when they are killed", left);
	return 0;
}

int reaper_remove(const char *folder, size_t *ret_processes,
		  struct error *err)
{
	struct folder_state state = { .started = 0 };
	int result = 0;

	if (folder_state_read(folder, &state, NULL) == 0 && state.token[0])
		result = end_processes(folder, &state, ret_processes, err);
	folder_state_release(&state);
	if (reaper_remove_files(folder, result < 0 ? NULL : err) < 0)
		result = -1;
	return result;
}

static void clean_one(const char *path, void *arg)
{
	struct reaped *reaped = arg;
	struct error why = ERROR_INIT;
	char state[PATH_MAX + 8];

	snprintf(state, sizeof(state), "%s/state", path);
	/* Without a state file nothing was started from it, or it isn't a
	 * run's at all: then it goes only when it is empty. Whoever is just
	 * making it notices, and makes another. */
	if (!io_exists(state))
		reaped->folders += rmdir(path) == 0;
	else if (reaper_remove(path, &reaped->processes, &why) == 0)
		reaped->folders++;
	else if (reaped->stubborn++ == 0) {
		error_context(&why, "%s", path);
		reaped->why = why;
	}
}

void reaper_clean(struct reaped *ret)
{
	*ret = (struct reaped){ 0 };
	ret->alive = locked_folder_each_left(PRIVATE_FOLDER_PREFIX, clean_one,
					     ret);
}
