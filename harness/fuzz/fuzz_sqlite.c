/* Any bytes as a SQLite database (a tracking server's): read, or refused. */
#include "fuzz/targets.h"

#include "base/io.h"
#include "format/sqlite.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* SQLite opens what a path leads to, and nothing leads to a memfd: a file. */
static char path[64];

static void remove_file(void)
{
	unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct sqlite_limits limits = { 50, 10000, 65536 };
	json_t *json = NULL;

	if (!path[0]) {
		snprintf(path, sizeof(path), "/dev/shm/fuzz_sqlite.%d",
			 (int)getpid());
		atexit(remove_file);
	}
	if (io_write_file(path, data, size, 0600, NULL) < 0)
		abort();
	if (sqlite_read(path, &limits, &json, NULL) == 0)
		json_decref(json);
	return 0;
}
