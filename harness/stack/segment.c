#include "stack/segment.h"

#include "base/io.h"

#include <limits.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/stat.h>

static void remove_segment(const struct recorded_segment *segment)
{
	struct shmid_ds ds;

	if (shmctl(segment->id, IPC_STAT, &ds) < 0)
		return; /* gone: the server removed it */
	if (ds.shm_perm.__key == segment->key &&
	    ds.shm_perm.uid == segment->uid && ds.shm_nattch == 0)
		shmctl(segment->id, IPC_RMID, NULL);
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
