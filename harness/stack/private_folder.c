#include "stack/private_folder.h"

#include "base/clock.h"
#include "base/compiler.h"
#include "base/io.h"

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

void private_folder_places(const char *ret_places[3])
{
	const char *tmpdir = getenv("TMPDIR");
	size_t n = 0;

	if (tmpdir && tmpdir[0] == '/' && strcmp(tmpdir, "/tmp"))
		ret_places[n++] = tmpdir;
	ret_places[n++] = "/tmp";
	ret_places[n] = NULL;
}

/* Whether `uid` may go through every folder of the path. Groups are left
 * out: an unprivileged service has none. */
static bool may_enter(const char *path, uid_t uid)
{
	char prefix[PATH_MAX];
	size_t len = strlen(path);

	if (uid == geteuid() || len >= sizeof(prefix))
		return true;
	for (size_t i = 1; i <= len; i++) {
		struct stat st;
		if (i < len && path[i] != '/')
			continue;
		memcpy(prefix, path, i);
		prefix[i] = '\0';
		if (stat(prefix, &st) < 0)
			return false;
		if (!(st.st_mode & (st.st_uid == uid ? S_IXUSR : S_IXOTH)))
			return false;
	}
	return true;
}

static const char *choose_place(uid_t entered_by)
{
	const char *places[3];

	private_folder_places(places);
	for (size_t i = 0; places[i]; i++)
		if (fits(places[i]) && may_enter(places[i], entered_by))
			return places[i];
	return "/tmp";
}

/* Locks the folder, unless somebody who clears up was faster. */
static int lock_folder(struct private_folder *folder)
{
	struct stat by_name, by_fd;
	int fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
		      O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 || fstat(fd, &by_fd) < 0 ||
	    stat(folder->path, &by_name) < 0 ||
	    by_name.st_ino != by_fd.st_ino) {
		close(fd);
		return -1;
	}
	folder->lock = fd;
	return 0;
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
	for (int tries = 0; tries < 10; tries++) {
		snprintf(folder->path, sizeof(folder->path), "%s/%sXXXXXX",
			 place, PRIVATE_FOLDER_PREFIX);
		if (!mkdtemp(folder->path)) {
			int errnum = errno;
			folder->path[0] = '\0';
			return error_errno(err, errnum,
					   "making a folder in %s", place);
		}
		if (lock_folder(folder) < 0)
			continue; /* taken for a leftover in that instant */
		if (fchmod(folder->lock, mode) == 0 &&
		    open_state(folder, err) == 0)
			return 0;
		if (!err || err->kind == ERROR_NONE)
			error_errno(err, errno, "%s", folder->path);
		io_remove_tree(folder->path, NULL);
		private_folder_release(folder);
		return -1;
	}
	return error_set(err, ERROR_UNAVAILABLE,
			 "could not lock a folder in %s", place);
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
		{ "run/state", 0700, true }, { "run/save", 0700, true },
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
