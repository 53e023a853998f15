/* Any bytes as a SQLite database (a tracking server's): read, or refused. */
#include "fuzz/targets.h"

#include "format/sqlite.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct sqlite_limits limits = { 50, 10000, 65536 };
	int fd = memfd_create("database", 0);
	char path[64];
	json_t *json = NULL;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (sqlite_read(path, &limits, &json, NULL) == 0)
		json_decref(json);
	close(fd);
	return 0;
}
