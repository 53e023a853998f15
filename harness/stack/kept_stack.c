#include "stack/kept_stack.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/path.h"
#include "stack/process_table.h"

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
	private_folder_places(places);
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
	if (ret.pid)
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
