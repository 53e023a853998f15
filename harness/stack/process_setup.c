/* The process driver, before anything runs: folders, programs, ports. */
#include "stack/process.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/path.h"
#include "scenario/validate.h"
#include "stack/loopback_port.h"
#include "stack/memory_folder.h"
#include "stack/program.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

/* Programs. */

static int copy_programs(struct process_stack *p, struct error *err)
{
	json_t *programs = json_object_get(p->stack->file.args, "programs");
	struct arena *arena = p->stack->arena;
	const json_t *value;
	const char *name;

	json_object_foreach(programs, name, value) {
		const char *wanted = stack_scalar_text(arena, value);
		const char *found = wanted ? program_find(arena, wanted)
					   : NULL;
		const char *copy = arena_printf(arena, "%s/bin/%s", p->folder,
						name);
		if (!found)
			return error_set(err, ERROR_UNAVAILABLE,
					 "program `%s` is neither beside bis, "
					 "nor in " BIS_LIBEXECDIR ", nor in "
					 "PATH: `make` builds it",
					 wanted ? wanted : name);
		if (io_copy_file(found, copy, 0755, err) < 0)
			return -1;
	}
	return 0;
}

const char *process_program(struct process_stack *p, const char *name)
{
	json_t *programs = json_object_get(p->stack->file.args, "programs");

	if (!json_object_get(programs, name))
		return name;
	return arena_printf(p->stack->arena, "%s/bin/%s", p->folder, name);
}

/* Environment. */

static void put_env(const char **env, size_t *len, const char *entry)
{
	size_t name = strcspn(entry, "=") + 1;

	for (size_t i = 0; i < *len; i++)
		if (!strncmp(env[i], entry, name)) {
			env[i] = entry;
			return;
		}
	env[(*len)++] = entry;
}

static size_t list_length(const char *const *list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

const char **process_env(struct process_stack *p,
			 const struct process_service *s,
			 const char *const *added, struct error *err)
{
	struct arena *arena = p->stack->arena;
	struct stack_scope scope = { p->stack, s ? s->service : NULL, NULL };
	const json_t *own = s ? json_object_get(s->service->args, "env") : NULL;
	const char *const base[] = {
		arena_printf(arena, "PATH=%s/bin:%s:" SYSTEM_PATH, p->folder,
			     p->programs.bindir ? p->programs.bindir : "/bin"),
		"LC_ALL=C.UTF-8", "TZ=UTC",
		arena_printf(arena, "HOME=%s", s ? s->home : p->data),
		arena_printf(arena, "TMPDIR=%s/run", p->folder),
	};
	const char **env = arena_array(arena, ARRAY_SIZE(base) +
				       json_array_size(own) +
				       list_length(added) + 1, sizeof(*env));
	size_t len = 0;

	for (size_t i = 0; i < ARRAY_SIZE(base); i++)
		put_env(env, &len, base[i]);
	for (size_t i = 0; i < json_array_size(own); i++) {
		const char *entry = stack_expand(
			&scope, json_string_value(json_array_get(own, i)),
			err);
		if (!entry)
			return NULL;
		put_env(env, &len, entry);
	}
	for (size_t i = 0; added && added[i]; i++)
		put_env(env, &len, added[i]);
	return env;
}

/* One service's folders and addresses. */

static int set_up_postgres(struct process_stack *p, struct process_service *s,
			   const json_t *args, struct error *err)
{
	struct arena *arena = p->stack->arena;
	const json_t *databases = json_object_get(args, "databases");
	const json_t *name;
	size_t i;

	s->is_postgres = true;
	json_array_foreach(databases, i, name)
		*vec_push(&p->databases) = json_string_value(name);
	if (postgres_find(arena, &p->programs, err) < 0)
		return -1;
	p->cluster = (struct postgres_cluster){
		.data = arena_printf(arena, "%s/run/pg", p->folder),
		.share = arena_printf(arena, "%s/bin/share", p->folder),
		.socket_dir = arena_printf(arena, "%s/run/s", p->folder),
		.log_dir = arena_printf(arena, "%s/log/pg", p->folder),
		.title = arena_printf(arena, PRIVATE_FOLDER_PREFIX "%s",
				      p->supervisor.token),
		.port = s->port ? s->port : 5432,
		.tcp = s->port != 0,
	};
	if (postgres_configure(&p->programs, &p->cluster, err) < 0)
		return -1;
	p->server_log = postgres_log_path(arena, &p->programs, &p->cluster);
	s->probe.kind = PROBE_DATABASE;
	s->probe.target = postgres_conninfo(arena, &p->cluster, "postgres");
	return 0;
}

static int own_folder_at(struct process_stack *p, const char *path,
			 struct error *err)
{
	if (io_make_folders(path, 0700, err) < 0)
		return -1;
	return account_own(&p->account, path, err);
}

static bool wants_port(const struct process_service *s)
{
	const json_t *ready = json_object_get(s->service->args, "ready");
	const json_t *postgres = json_object_get(s->service->args, "postgres");

	if (postgres)
		return json_is_true(json_object_get(postgres, "tcp"));
	return json_object_get(s->service->args, "port") ||
		json_object_get(ready, "http") || json_object_get(ready, "tcp");
}

static int set_up_probe(struct process_stack *p, struct process_service *s,
			struct error *err)
{
	const json_t *ready = json_object_get(s->service->args, "ready");
	const char *http = json_string_value(json_object_get(ready, "http"));
	const char *file = json_string_value(json_object_get(ready, "file"));
	struct stack_scope scope = { p->stack, s->service, NULL };
	struct arena *arena = p->stack->arena;

	s->probe.within = validate_duration(ready, "within", 30 * CLOCK_SEC);
	if (http) {
		const char *path = stack_expand(&scope, http, err);
		if (!path)
			return -1;
		s->probe.kind = PROBE_HTTP;
		s->probe.target = path_join(arena, s->url, path + (*path == '/'));
	} else if (json_is_true(json_object_get(ready, "tcp"))) {
		s->probe.kind = PROBE_TCP;
		s->probe.target = arena_printf(arena, "%d", s->port);
	} else if (file) {
		s->probe.kind = PROBE_FILE;
		s->probe.target = stack_expand(&scope, file, err);
		if (!s->probe.target)
			return -1;
	}
	return 0;
}

static int set_up_service(struct process_stack *p, struct process_service *s,
			  struct error *err)
{
	const json_t *args = s->service->args;
	const json_t *postgres = json_object_get(args, "postgres"), *state;
	struct arena *arena = p->stack->arena;
	const char *name = s->service->name;
	size_t i;

	s->home = arena_printf(arena, "%s/run/home/%s", p->folder, name);
	s->log = arena_printf(arena, "%s/log/%s.log", p->folder, name);
	if (wants_port(s) &&
	    loopback_port_keep((int)json_integer_value(
				       json_object_get(args, "port")),
			       name, &s->port_fd, &s->port, err) < 0)
		return -1;
	if (s->port && !postgres)
		s->url = arena_printf(arena, "http://127.0.0.1:%d", s->port);
	json_array_foreach(json_object_get(args, "state"), i, state)
		if (own_folder_at(p, arena_printf(
			    arena, "%s/run/state/%s", p->folder,
			    json_string_value(state)), err) < 0)
			return -1;
	if (own_folder_at(p, s->home, err) < 0 ||
	    set_up_probe(p, s, err) < 0)
		return -1;
	return postgres ? set_up_postgres(p, s, postgres, err) : 0;
}

/* The data: the caller's, copied where services would not get in; else a
 * folder that `prepare:` fills. */
static int set_up_data(struct process_stack *p, struct error *err)
{
	const char *given = p->stack->options.data;
	char real[PATH_MAX];

	p->data = arena_printf(p->stack->arena, "%s/run/data", p->folder);
	if (!given)
		return 0;
	if (!realpath(given, real))
		return error_errno(err, errno, "the data, %s", given);
	if (!p->account.drop) {
		p->data = arena_strdup(p->stack->arena, real);
		return 0;
	}
	if (io_remove_tree(p->data, err) < 0 ||
	    io_copy_tree(real, p->data, err) < 0)
		return -1;
	return account_own(&p->account, p->data, err);
}

/* Data that was given needs no making. */
static void set_up_preparations(struct process_stack *p)
{
	const json_t *list = json_object_get(p->stack->file.args, "prepare");
	const json_t *args;
	size_t i;

	json_array_foreach(list, i, args) {
		struct preparation *prep;
		if (p->stack->options.data && json_object_get(args, "makes"))
			continue;
		prep = vec_push(&p->preparations);
		prep->args = args;
		prep->log = arena_printf(p->stack->arena,
					 "%s/log/prepare-%zu.log", p->folder,
					 i + 1);
	}
}

static const char *note_called(void *self, const char *name)
{
	struct process_stack *p = self;
	const char *service = process_after(name, "url.");
	const struct service *found =
		service ? stack_file_service(&p->stack->file, service) : NULL;

	if (found)
		process_service(p, found->name)->called = true;
	return "";
}

/* Which services the commands of actions talk to. */
static void find_called(struct process_stack *p)
{
	const struct template_names names = { p, note_called };
	const struct stack_file *file = &p->stack->file;

	for (size_t i = 0; i < file->actions.len; i++) {
		const char *const *lists[] = { file->actions.at[i].run,
					       file->actions.at[i].env };
		for (size_t j = 0; j < 2; j++)
			for (size_t k = 0; lists[j] && lists[j][k]; k++) {
				_cleanup_(strbuf_release) struct strbuf text =
					STRBUF_INIT(STRBUF_TEXT);
				template_expand(lists[j][k], &names, &text,
						NULL, NULL);
			}
	}
}

/* What is written and removed most. */
static int set_up_memory(struct process_stack *p, struct error *err)
{
	struct arena *arena = p->stack->arena;
	const char *const paths[] = {
		arena_printf(arena, "%s/run/pg", p->folder),
		arena_printf(arena, "%s/run/state", p->folder),
		arena_printf(arena, "%s/run/save", p->folder),
		NULL,
	};

	return memory_folder_make(&p->supervisor, &p->account, paths, err);
}

int process_setup(struct process_stack *p, struct error *err)
{
	const struct stack_file *file = &p->stack->file;

	if (account_choose(&p->account, err) < 0 ||
	    supervisor_start(&p->supervisor, file->path, p->account.uid,
			     err) < 0)
		return -1;
	p->folder = p->supervisor.folder;
	if (private_folder_lay_out(p->folder, &p->account, err) < 0 ||
	    set_up_memory(p, err) < 0 || http_client_init(&p->http, err) < 0 ||
	    copy_programs(p, err) < 0 || set_up_data(p, err) < 0)
		return -1;
	for (size_t i = 0; i < file->services.len; i++) {
		struct process_service *s = vec_push(&p->services);
		s->service = &file->services.at[i];
		s->port_fd = -1;
	}
	for (size_t i = 0; i < p->services.len; i++)
		if (set_up_service(p, &p->services.at[i], err) < 0)
			return -1;
	set_up_preparations(p);
	find_called(p);
	return 0;
}
