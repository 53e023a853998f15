#include "stack/machine.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The value of the first line that begins with `key`, without quotes. */
static const char *value_in(struct arena *arena, const char *path,
			    const char *key)
{
	FILE *file = fopen(path, "re");
	const char *value = NULL;
	char line[512];

	/* /proc's files have no size: line by line. */
	while (file && !value && fgets(line, sizeof(line), file)) {
		if (strncmp(line, key, strlen(key)))
			continue;
		const char *at = line + strlen(key);
		at += strspn(at, "\t :=\"");
		value = arena_strndup(arena, at, strcspn(at, "\"\n"));
	}
	if (file)
		fclose(file);
	return value;
}

static const char *processors(struct arena *arena)
{
	cpu_set_t set;
	int ours = sched_getaffinity(0, sizeof(set), &set) == 0
		? CPU_COUNT(&set) : 0;

	return arena_printf(arena, "%d", ours);
}

size_t machine_facts(struct arena *arena, struct fact *facts)
{
	struct utsname system;
	const char *name = value_in(arena, "/etc/os-release", "PRETTY_NAME");
	const char *cpu = value_in(arena, "/proc/cpuinfo", "model name");
	const char *memory = value_in(arena, "/proc/meminfo", "MemTotal");
	size_t n = 0;

	if (name)
		facts[n++] = (struct fact){ "system", name };
	if (uname(&system) == 0)
		facts[n++] = (struct fact){
			"kernel", arena_printf(arena, "%s %s %s",
					       system.sysname, system.release,
					       system.machine) };
	if (cpu)
		facts[n++] = (struct fact){ "processor", cpu };
	facts[n++] = (struct fact){ "processors", processors(arena) };
	if (memory)
		facts[n++] = (struct fact){
			"memory", arena_printf(arena, "%lld MiB",
					       atoll(memory) / 1024) };
	return n;
}
