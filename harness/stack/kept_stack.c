#include "stack/kept_stack.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/locked_folder.h"
#include "base/path.h"
#include "stack/process_table.h"
#include "stack/readiness.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Longer than the supervisor takes at most. */
#define PATIENCE (30 * CLOCK_SEC)

static bool is_alive(pid_t pid, uint64_t start)
{
	return pid > 0 && process_start_time(pid) == start;
}

static void add_if_kept(struct arena *arena, const char *place,
			const char *name, struct kept_stacks *into)
{
	const char *folder = path_join(arena, place, name);
	struct folder_state state;
	struct stat st;

	if (strncmp(name, PRIVATE_FOLDER_PREFIX,
		    strlen(PRIVATE_FOLDER_PREFIX)) ||
	    lstat(folder, &st) < 0 || !S_ISDIR(st.st_mode) ||
	    st.st_uid != geteuid() ||
	    folder_state_read(folder, &state, NULL) < 0)
		return;
	if (!state.detached ||
	    !is_alive(state.supervisor, state.supervisor_start)) {
		folder_state_release(&state);
		return;
	}
	*vec_push(&into->at) = (struct kept_stack){
		folder, path_basename(folder), state,
	};
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct kept_stack *)a)->name,
		      ((const struct kept_stack *)b)->name);
}

void kept_stacks_list(struct arena *arena, struct kept_stacks *ret)
{
	const char *places[3];

	memset(ret, 0, sizeof(*ret));
	locked_folder_places(places);
	for (size_t i = 0; places[i]; i++) {
		DIR *dir = opendir(places[i]);
		struct dirent *entry;
		while (dir && (entry = readdir(dir)))
			add_if_kept(arena, places[i], entry->d_name, ret);
		if (dir)
			closedir(dir);
	}
	if (ret->at.len)
		qsort(ret->at.at, ret->at.len, sizeof(*ret->at.at), by_name);
}

void kept_stacks_release(struct kept_stacks *stacks)
{
	for (size_t i = 0; i < stacks->at.len; i++)
		folder_state_release(&stacks->at.at[i].state);
	vec_release(&stacks->at);
}

struct service_state kept_stack_service(const struct kept_stack *stack,
					const struct recorded_service *service,
					struct arena *arena)
{
	struct service_state ret = {
		.name = arena_strdup(arena, service->name),
		.state = "exited",
		.address = arena_strdup(arena, service->address),
		.command = "",
	};

	/* The last process of that name is the service's. */
	for (size_t i = 0; i < stack->state.processes.len; i++) {
		const struct recorded_process *p =
			&stack->state.processes.at[i];
		if (!strcmp(p->name, service->name))
			ret.pid = is_alive(p->pid, p->start) ? p->pid : 0;
	}
	ret.up = ret.pid != 0;
	if (ret.up)
		ret.state = "up";
	return ret;
}

int kept_stack_down(const struct kept_stack *stack, struct error *err)
{
	int64_t deadline = clock_monotonic() + PATIENCE;

	if (kill(stack->state.supervisor, SIGTERM) < 0 && errno != ESRCH)
		return error_errno(err, errno, "ending %s", stack->name);
	while (is_alive(stack->state.supervisor,
			stack->state.supervisor_start) &&
	       io_exists(stack->folder)) {
		if (clock_monotonic() > deadline)
			return error_set(err, ERROR_TIMEOUT,
					 "%s does not end", stack->name);
		clock_sleep(5 * CLOCK_MSEC);
	}
	if (io_exists(stack->folder))
		return error_set(err, ERROR_UNAVAILABLE, "%s could not be "
				 "removed wholly: `bis clean` tries again",
				 stack->folder);
	return 0;
}

/* The last process that the state file names for a service; 0: none. */
static uint64_t last_start(const struct kept_stack *stack, const char *name,
			   pid_t *ret_pid)
{
	struct folder_state state;
	uint64_t start = 0;

	*ret_pid = 0;
	if (folder_state_read(stack->folder, &state, NULL) < 0)
		return 0;
	for (size_t i = 0; i < state.processes.len; i++)
		if (!strcmp(state.processes.at[i].name, name)) {
			start = state.processes.at[i].start;
			*ret_pid = state.processes.at[i].pid;
		}
	folder_state_release(&state);
	return start;
}

static int wait_ready(const struct recorded_service *service, pid_t pid,
		      uint64_t start, struct error *err)
{
	const struct probe probe = { (enum probe_kind)service->probe,
				     service->target, service->within };
	int64_t deadline = clock_monotonic() + probe.within;
	struct http_client http;
	char answer[PROBE_ANSWER] = "", text[512];
	int rc = http_client_init(&http, err);

	while (rc == 0 && !probe_try(&probe, &http, answer)) {
		if (!is_alive(pid, start))
			rc = error_set(err, ERROR_UNAVAILABLE, "`%s` ended as "
				       "it started: `bis stack logs %s`",
				       service->name, service->name);
		else if (clock_monotonic() > deadline)
			rc = error_set(err, ERROR_TIMEOUT, "`%s` is not "
				       "ready: %s: %s", service->name,
				       probe_describe(&probe, text,
						      sizeof(text)), answer);
		clock_sleep(5 * CLOCK_MSEC);
	}
	http_client_release(&http);
	return rc;
}

static const struct recorded_service *
find_service(const struct kept_stack *stack, const char *name)
{
	for (size_t i = 0; i < stack->state.services.len; i++) {
		const struct recorded_service *s = &stack->state.services.at[i];
		if (!strcmp(s->name, name) || !strcmp(s->role, name))
			return s;
	}
	return NULL;
}

int kept_stack_restart(const struct kept_stack *stack, const char *name,
		       struct error *err)
{
	const struct recorded_service *service = find_service(stack, name);
	int64_t deadline = clock_monotonic() + PATIENCE;
	char request[PRIVATE_FOLDER_PATH + 16];
	uint64_t before, now;
	pid_t old, pid;

	if (!service)
		return error_set(err, ERROR_INVALID, "%s has no service `%s`",
				 stack->name, name);
	before = last_start(stack, service->name, &old);
	snprintf(request, sizeof(request), "%s/request", stack->folder);
	if (io_write_file(request, service->name, strlen(service->name), 0600,
			  err) < 0)
		return -1;
	if (kill(stack->state.supervisor, SIGUSR1) < 0)
		return error_errno(err, errno, "asking %s", stack->name);
	do {
		clock_sleep(5 * CLOCK_MSEC);
		now = last_start(stack, service->name, &pid);
		if (clock_monotonic() > deadline)
			return error_set(err, ERROR_TIMEOUT, "`%s` was not "
					 "started again", service->name);
	} while (now == before && pid == old);
	return wait_ready(service, pid, now, err);
}
