#include "stack/private_folder.h"

#include "base/clock.h"
#include "base/compiler.h"
#include "base/io.h"
#include "base/locked_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* The longest name below a folder that is a socket's, for sun_path's 107. */
#define LONGEST_SOCKET "/run/s/.s.PGSQL.65535"
static bool fits(const char *place)
{
	return place[0] == '/' && strlen(place) +
		strlen("/" PRIVATE_FOLDER_PREFIX "XXXXXX" LONGEST_SOCKET) <= 107;
}

static const char *choose_place(uid_t entered_by)
{
	const char *places[3];

	locked_folder_places(places);
	for (size_t i = 0; places[i]; i++)
		if (fits(places[i]) &&
		    locked_folder_may_enter(places[i], entered_by))
			return places[i];
	return "/tmp";
}

static int make_token(char token[PRIVATE_FOLDER_TOKEN], struct error *err)
{
	unsigned char random[8];

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return error_errno(err, errno, "random numbers");
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(token + 2 * i, 3, "%02x", random[i]);
	return 0;
}

static int open_state(struct private_folder *folder, struct error *err)
{
	char path[PRIVATE_FOLDER_PATH + 8];

	snprintf(path, sizeof(path), "%s/state", folder->path);
	folder->state = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND |
			     O_CLOEXEC, 0600);
	if (folder->state < 0)
		return error_errno(err, errno, "%s", path);
	return private_folder_record(folder, err, "token %s", folder->token);
}

int private_folder_create(struct private_folder *folder, uid_t entered_by,
			  struct error *err)
{
	const char *place = choose_place(entered_by);
	mode_t mode = entered_by == geteuid() ? 0700 : 0711;

	if (make_token(folder->token, err) < 0)
		return -1;
	folder->lock = locked_folder_make(place, PRIVATE_FOLDER_PREFIX, mode,
					  folder->path, sizeof(folder->path),
					  err);
	if (folder->lock < 0)
		return -1;
	if (open_state(folder, err) == 0)
		return 0;
	io_remove_tree(folder->path, NULL);
	private_folder_release(folder);
	return -1;
}

void private_folder_release(struct private_folder *folder)
{
	close_fd(&folder->state);
	close_fd(&folder->lock);
}

int private_folder_lay_out(const char *folder, const struct account *account,
			   struct error *err)
{
	static const struct {
		const char *name;
		mode_t mode;
		bool theirs;
	} folders[] = {
		{ "bin", 0755, false }, { "log", 0755, false },
		{ "log/pg", 0700, true }, { "run", 0700, true },
		{ "run/s", 0700, true }, { "run/data", 0700, true },
		{ "run/home", 0700, true },
	};
	char path[PRIVATE_FOLDER_PATH + 16];

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, folders[i].name);
		if (mkdir(path, folders[i].mode) < 0)
			return error_errno(err, errno, "%s", path);
		if (folders[i].theirs && account->drop &&
		    chown(path, account->uid, account->gid) < 0)
			return error_errno(err, errno, "%s", path);
	}
	return 0;
}

int private_folder_record(const struct private_folder *folder,
			  struct error *err, const char *fmt, ...)
{
	_cleanup_(strbuf_release) struct strbuf line = STRBUF_INIT(1024);
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&line, fmt, ap);
	va_end(ap);
	strbuf_addch(&line, '\n');
	if (io_write_all(folder->state, line.buf, line.len, err) < 0)
		return error_context(err, "%s/state", folder->path);
	return 0;
}

/* Reading it back. A line that can't be read is left out: the state of a
 * killed run may end in the middle of one. */

static struct recorded_service *service_of(struct folder_state *state,
					   const char *name)
{
	for (size_t i = 0; i < state->services.len; i++)
		if (!strcmp(state->services.at[i].name, name))
			return &state->services.at[i];
	return vec_push(&state->services);
}

static void read_line(struct folder_state *state, const char *line)
{
	struct recorded_process process = { 0 };
	struct recorded_segment segment = { 0 };
	struct recorded_service service;
	char kind[16];

	if (sscanf(line, "token %16s", state->token) == 1 ||
	    sscanf(line, "title %255[^\n]", state->title) == 1 ||
	    sscanf(line, "memory %95s", state->memory) == 1 ||
	    sscanf(line, "engine %95s %255s", state->engine,
		   state->engine_host) == 2 ||
	    sscanf(line, "copy %255s %1023[^\n]", state->copy_image,
		   state->copy) == 2 ||
	    sscanf(line, "started %" SCNd64, &state->started) == 1 ||
	    sscanf(line, "supervisor %d %" SCNu64, &state->supervisor,
		   &state->supervisor_start) == 2)
		return;
	if (!strcmp(line, "detached"))
		state->detached = true;
	else if (sscanf(line, "process %d %" SCNu64 " %63s %15s", &process.pid,
			&process.start, process.name, kind) == 4) {
		process.postgres = !strcmp(kind, "server");
		*vec_push(&state->processes) = process;
	}
	else if (sscanf(line, "segment %d %d %u", &segment.id, &segment.key,
			&segment.uid) == 3)
		*vec_push(&state->segments) = segment;
	else if (sscanf(line, "service %63s %63s %255s %63s %d %" SCNd64
			" %255[^\n]", service.name, service.role,
			service.address, service.log, &service.probe,
			&service.within, service.target) == 7)
		*service_of(state, service.name) = service;
}

int folder_state_read(const char *folder, struct folder_state *ret,
		      struct error *err)
{
	_cleanup_(strbuf_release) struct strbuf text =
		STRBUF_INIT(4 * 1024 * 1024);
	char path[PATH_MAX];
	struct folder_state state = { .started = 0 };

	snprintf(path, sizeof(path), "%s/state", folder);
	if (io_read_file(path, &text, err) < 0)
		return -1;
	for (char *line = text.buf, *end; line && *line; line = end) {
		end = strchr(line, '\n');
		if (!end)
			break;
		*end++ = '\0';
		read_line(&state, line);
	}
	*ret = state;
	return 0;
}

void folder_state_release(struct folder_state *state)
{
	vec_release(&state->processes);
	vec_release(&state->segments);
	vec_release(&state->services);
}
