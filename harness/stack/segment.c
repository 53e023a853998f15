#include "stack/segment.h"

#include "base/clock.h"
#include "base/io.h"

#include <limits.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

/* A process that was just killed lets go of it a moment after it is seen
 * dead: whoever reads its /proc files at that time holds its memory. */
#define PATIENCE (5 * CLOCK_SEC)

/* Whether it is still the one that was written down, and who has it. */
static bool is_same(const struct recorded_segment *segment,
		    struct shmid_ds *ds)
{
	return shmctl(segment->id, IPC_STAT, ds) == 0 &&
		ds->shm_perm.__key == segment->key &&
		ds->shm_perm.uid == segment->uid;
}

/* How PostgreSQL's segment begins: src/include/storage/pg_shmem.h, the same
 * from 9.4 to 17. */
struct postgres_segment {
	int32_t magic;
	pid_t creator;
	size_t total_size, free_offset;
	uint32_t dsm_control;
};
#define POSTGRES_MAGIC 679834894

/* A server that was killed leaves the shared memory that its segment names
 * in /dev/shm. Ours don't have any, but the one that initdb runs first, to try
 * out a size, is told by initdb to. */
static void remove_dynamic(const struct recorded_segment *segment,
			   const struct shmid_ds *ds)
{
	char path[64];
	struct stat st;
	uint32_t handle = 0;

	if (ds->shm_segsz < sizeof(struct postgres_segment))
		return;
	const struct postgres_segment *header =
		shmat(segment->id, NULL, SHM_RDONLY);
	if ((intptr_t)header == -1)
		return;
	if (header->magic == POSTGRES_MAGIC)
		handle = header->dsm_control;
	shmdt(header);
	snprintf(path, sizeof(path), "/dev/shm/PostgreSQL.%u", handle);
	if (handle && lstat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_uid == segment->uid)
		unlink(path);
}

static void remove_segment(const struct recorded_segment *segment)
{
	int64_t deadline = clock_monotonic() + PATIENCE;
	struct shmid_ds ds;

	while (is_same(segment, &ds)) {
		if (ds.shm_nattch == 0) {
			remove_dynamic(segment, &ds);
			shmctl(segment->id, IPC_RMID, NULL);
			return;
		}
		if (clock_monotonic() > deadline)
			return; /* somebody lives with it: not ours */
		clock_sleep(5 * CLOCK_MSEC);
	}
}

bool segment_of_cluster(const char *folder, struct recorded_segment *ret)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT(4096);
	char path[PATH_MAX];
	struct stat st;
	const char *line;

	snprintf(path, sizeof(path), "%s/run/pg/postmaster.pid", folder);
	if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode) ||
	    io_read_file(path, &text, NULL) < 0)
		return false;
	line = text.buf;
	for (int i = 1; i < 7 && line; i++) {
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	unsigned key;
	if (!line || sscanf(line, "%u %d", &key, &ret->id) != 2)
		return false;
	ret->key = (int)key;
	ret->uid = st.st_uid;
	return true;
}

void segments_remove(const char *folder, const struct folder_state *state)
{
	struct recorded_segment own;

	for (size_t i = 0; i < state->segments.len; i++)
		remove_segment(&state->segments.at[i]);
	if (segment_of_cluster(folder, &own))
		remove_segment(&own);
}
