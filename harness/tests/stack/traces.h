/*
 * What a run has in the system (folder, processes, shared memory), seen before
 * it is killed, and that none of it is left afterwards. `place` is the TMPDIR
 * that the run was given for itself.
 */
#ifndef TESTS_STACK_TRACES_H
#define TESTS_STACK_TRACES_H

#include "tests/test.h"

#include "base/clock.h"
#include "stack/private_folder.h"
#include "stack/process_table.h"
#include "stack/segment.h"

#include <dirent.h>
#include <limits.h>
#include <sys/ipc.h>
#include <sys/shm.h>

/* How long what was orphaned may take to go. */
#define PATIENCE (60 * CLOCK_SEC)

/* The run's private folder, if it has one by now. */
static inline bool find_folder(const char *place, char folder[PATH_MAX])
{
	DIR *dir = opendir(place);
	struct dirent *entry;
	bool found = false;

	while (dir && (entry = readdir(dir)))
		if (!strncmp(entry->d_name, PRIVATE_FOLDER_PREFIX,
			     strlen(PRIVATE_FOLDER_PREFIX))) {
			snprintf(folder, PATH_MAX, "%s/%s", place,
				 entry->d_name);
			found = true;
		}
	if (dir)
		closedir(dir);
	return found;
}

/* What a run has in the system, seen before it is killed. */
struct traces {
	char folder[PATH_MAX], token[PRIVATE_FOLDER_TOKEN];
	struct recorded_segment segment;
	bool has_segment;
	pid_t supervisor;
};

static inline void look(const char *place, struct traces *t)
{
	struct folder_state state;

	memset(t, 0, sizeof(*t));
	if (!find_folder(place, t->folder))
		return;
	t->has_segment = segment_of_cluster(t->folder, &t->segment);
	if (folder_state_read(t->folder, &state, NULL) < 0)
		return;
	snprintf(t->token, sizeof(t->token), "%s", state.token);
	t->supervisor = state.supervisor;
	folder_state_release(&state);
}

static inline size_t processes_of(const struct traces *t)
{
	struct process_table table = { VEC_INIT };
	size_t n;

	if (!t->token[0])
		return 0;
	process_table_read(&table);
	n = process_table_mark(&table, t->folder, t->token, NULL, 0);
	process_table_release(&table);
	return n;
}

static inline bool segment_is_there(const struct traces *t)
{
	struct shmid_ds ds;

	return t->has_segment &&
		shmctl(t->segment.id, IPC_STAT, &ds) == 0 &&
		ds.shm_perm.__key == t->segment.key &&
		ds.shm_perm.uid == t->segment.uid;
}

static inline void expect_nothing_left(const char *place,
				const struct traces *t)
{
	int64_t deadline = clock_monotonic() + PATIENCE;
	char folder[PATH_MAX];

	while ((find_folder(place, folder) || processes_of(t) ||
		segment_is_there(t)) && clock_monotonic() < deadline)
		clock_sleep(5 * CLOCK_MSEC);
	ck_assert_msg(!find_folder(place, folder), "%s is still there", folder);
	ck_assert_uint_eq(processes_of(t), 0);
	ck_assert(!segment_is_there(t));
}

#endif
