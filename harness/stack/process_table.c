#include "stack/process_table.h"

#include "base/compiler.h"
#include "base/io.h"
#include "base/number.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* What /proc holds has no size: read until the end or the cap. */
static void read_proc(pid_t pid, const char *what, struct strbuf *into)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, what);
	_cleanup_(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0) {
		size_t room;
		char *at = strbuf_room(into, 4096, &room);
		ssize_t n = room ? read(fd, at, room) : 0;
		if (n <= 0)
			break;
		strbuf_grew(into, (size_t)n);
	}
}

static bool read_stat(pid_t pid, struct process_entry *ret)
{
	_cleanup_(strbuf_release) struct strbuf stat = STRBUF_INIT(4096);

	read_proc(pid, "stat", &stat);
	/* The name, in parentheses, may hold anything, ")" too. */
	const char *rest = strrchr(stat.buf, ')');
	if (!rest)
		return false;
	ret->pid = pid;
	return sscanf(rest + 1, " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u"
		      " %*u %*u %*d %*d %*d %*d %*d %*d %" SCNu64,
		      &ret->state, &ret->parent, &ret->start) == 3;
}

uint64_t process_start_time(pid_t pid)
{
	struct process_entry entry = { 0 };

	return read_stat(pid, &entry) ? entry.start : 0;
}

void process_table_read(struct process_table *table)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	table->entries.len = 0;
	while (proc && (entry = readdir(proc))) {
		struct process_entry process = { 0 };
		int64_t pid;
		if (isdigit((unsigned char)entry->d_name[0]) &&
		    number_parse_int(entry->d_name, 1, INT32_MAX, &pid) &&
		    read_stat((pid_t)pid, &process))
			*vec_push(&table->entries) = process;
	}
	if (proc)
		closedir(proc);
}

void process_table_release(struct process_table *table)
{
	vec_release(&table->entries);
}

static bool has_marker(pid_t pid, const char *token)
{
	_cleanup_(strbuf_release) struct strbuf environ_text =
		STRBUF_INIT(256 * 1024);
	char wanted[sizeof(RUN_MARKER) + PRIVATE_FOLDER_TOKEN];

	snprintf(wanted, sizeof(wanted), RUN_MARKER "=%s", token);
	read_proc(pid, "environ", &environ_text);
	for (size_t i = 0; i < environ_text.len;
	     i += strlen(environ_text.buf + i) + 1)
		if (!strcmp(environ_text.buf + i, wanted))
			return true;
	return false;
}

static bool has_title(pid_t pid, const char *token)
{
	_cleanup_(strbuf_release) struct strbuf title = STRBUF_INIT(256);
	char wanted[sizeof(POSTGRES_TITLE_PREFIX) + PRIVATE_FOLDER_TOKEN];

	snprintf(wanted, sizeof(wanted), POSTGRES_TITLE_PREFIX "%s:", token);
	read_proc(pid, "cmdline", &title);
	return !strncmp(title.buf, wanted, strlen(wanted));
}

static bool runs_from(pid_t pid, const char *folder)
{
	char link[64], exe[PRIVATE_FOLDER_PATH + 8];
	size_t len = strlen(folder);

	snprintf(link, sizeof(link), "/proc/%d/exe", pid);
	ssize_t n = readlink(link, exe, sizeof(exe) - 1);
	if (n <= 0 || !len)
		return false;
	exe[n] = '\0';
	return !strncmp(exe, folder, len) && !strncmp(exe + len, "/bin/", 5);
}

static const struct recorded_process *
recorded(const struct process_entry *entry, const struct folder_state *state)
{
	for (size_t i = 0; state && i < state->processes.len; i++)
		if (state->processes.at[i].pid == entry->pid &&
		    state->processes.at[i].start == entry->start)
			return &state->processes.at[i];
	return NULL;
}

static const struct process_entry *find(const struct process_table *table,
					pid_t pid)
{
	for (size_t i = 0; i < table->entries.len; i++)
		if (table->entries.at[i].pid == pid)
			return &table->entries.at[i];
	return NULL;
}

size_t process_table_mark(struct process_table *table, const char *folder,
			  const char *token, const struct folder_state *state,
			  pid_t except)
{
	size_t count = 0;
	bool more = true;

	for (size_t i = 0; i < table->entries.len; i++) {
		struct process_entry *e = &table->entries.at[i];
		if (e->pid == getpid() || e->pid == except || e->state == 'Z')
			continue;
		const struct recorded_process *known = recorded(e, state);
		e->postgres = known && known->postgres;
		e->belongs = known ||
			has_marker(e->pid, token) || has_title(e->pid, token) ||
			runs_from(e->pid, folder);
		count += e->belongs;
	}
	while (more) {
		more = false;
		for (size_t i = 0; i < table->entries.len; i++) {
			struct process_entry *e = &table->entries.at[i];
			const struct process_entry *parent;
			if (e->belongs || e->pid == getpid() ||
			    e->pid == except || e->state == 'Z')
				continue;
			parent = find(table, e->parent);
			if (parent && parent->belongs)
				e->belongs = more = (bool)++count;
		}
	}
	return count;
}
