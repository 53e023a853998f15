/* The compose driver: commands in containers. */
#include "stack/compose.h"

#include "base/clock.h"
#include "base/path.h"

#include <stdio.h>
#include <unistd.h>

/* Carried by every process of a command, to end those it leaves at its
 * deadline: whoever ends the client leaves them running. */
#define EXEC_MARKER "BIS_EXEC"
enum { OUTPUT_MOST = 1024 * 1024 };

/* Every process of the container that carries the mark. */
static void end_command(struct compose_stack *c, const char *container,
			const char *mark)
{
	static const char script[] =
		"for p in /proc/[0-9]*; do "
		"if tr '\\0' '\\n' <$p/environ 2>/dev/null | "
		"grep -qx \"$0\"; then kill -9 ${p#/proc/}; fi; done";
	const char *const argv[] = {
		"exec", "-u", "0", container, "sh", "-c", script,
		arena_printf(c->stack->arena, EXEC_MARKER "=%s", mark), NULL,
	};

	engine_ask(&c->engine, argv, NULL, NULL);
}

/* The processors of a whole container: what joblib counts, too. */
static int keep_to_cpus(struct compose_stack *c, const char *container,
			const int *cpus, size_t count, struct error *err)
{
	_cleanup_(strbuf_release) struct strbuf list = STRBUF_INIT(1024);
	const char *const argv[] = { "update", "--cpuset-cpus", NULL,
				     container, NULL };
	const char *words[ARRAY_SIZE(argv)];

	memcpy(words, argv, sizeof(argv));
	for (size_t i = 0; i < count; i++)
		strbuf_addf(&list, "%s%d", i ? "," : "", cpus[i]);
	if (!count)
		strbuf_addf(&list, "0-%ld", sysconf(_SC_NPROCESSORS_CONF) - 1);
	words[2] = list.buf;
	return engine_ask(&c->engine, words, NULL, err);
}

/* `exec` in what runs; a one-off container of the same service where
 * it does not. */
static const char *const *
command_argv(struct compose_stack *c, const struct compose_service *s,
	     bool runs, const struct stack_command *command, const char *mark)
{
	struct arena *arena = c->stack->arena;
	size_t words = 0, envs = 0, n = 0;

	while (command->argv[words])
		words++;
	while (command->env && command->env[envs])
		envs++;
	const char **argv = arena_array(arena, words + 2 * envs + 20,
					sizeof(*argv));
	if (runs) {
		argv[n++] = "exec";
	} else {
		const char *const run[] = {
			"-p", c->project,
			"--project-directory", c->folder, "-f", c->file,
			"run", "--rm", "--no-deps", "-T", "--entrypoint",
			command->argv[0],
		};
		memcpy(argv, run, sizeof(run));
		n = ARRAY_SIZE(run);
	}
	for (size_t i = 0; i < envs; i++) {
		argv[n++] = "-e";
		argv[n++] = command->env[i];
	}
	argv[n++] = "-e";
	argv[n++] = arena_printf(arena, EXEC_MARKER "=%s", mark);
	argv[n++] = runs ? s->container : s->name;
	for (size_t i = runs ? 0 : 1; i < words; i++)
		argv[n++] = command->argv[i];
	return argv;
}

/* "python train_baseline.py": what is said while it runs. */
static const char *short_name(struct arena *arena, const char *const *argv)
{
	return argv[1] && argv[1][0] != '-'
		? arena_printf(arena, "%s %.60s", path_basename(argv[0]),
			       path_basename(argv[1]))
		: path_basename(argv[0]);
}

static int run_in(struct compose_stack *c, struct compose_service *s,
		  const struct stack_command *command,
		  struct subprocess_result *ret, struct error *err)
{
	static unsigned int count;
	bool runs = !strcmp(compose_state(c, s), "running");
	const char *mark = arena_printf(c->stack->arena, "%s-%u",
					c->supervisor.token, ++count);
	const struct engine_command engine_command = {
		.argv = command_argv(c, s, runs, command, mark),
		.compose = !runs, .cwd = c->folder,
		.what = short_name(c->stack->arena, command->argv),
		.timeout = command->timeout, .capture = OUTPUT_MOST,
	};
	struct engine_result result = { .exit_code = -1 };

	if (!runs) {
		compose_note(c, "one-off container", "%s was down when `%s` "
			     "needed it", s->name, command->argv[0]);
		if (policy_check(&c->policy, c->config, err) < 0)
			return -1;
	}
	int rc = engine_run(&c->engine, &engine_command, &result, err);
	if ((rc < 0 || result.timed_out) && runs)
		end_command(c, s->container, mark);
	if (rc < 0)
		return -1;
	*ret = (struct subprocess_result){
		.exit_code = result.exit_code, .signal = result.signal,
		.timed_out = result.timed_out, .duration = result.duration,
		.out = STRBUF_INIT(OUTPUT_MOST),
		.err = STRBUF_INIT(OUTPUT_MOST),
	};
	strbuf_addstr(&ret->out, result.out);
	strbuf_addstr(&ret->err, result.err);
	return 0;
}

int compose_run(struct stack *stack, const struct stack_command *command,
		struct subprocess_result *ret, struct error *err)
{
	struct compose_stack *c = compose_of(stack);
	const struct service *role = command->service
		? stack_file_service(&stack->file, command->service) : NULL;
	struct compose_service *s = role ? compose_player(c, role) : NULL;

	if (!s)
		return error_set(err, ERROR_UNAVAILABLE, "none of the "
				 "submission's services is known to be the "
				 "`%s`; say which: --map %s=SERVICE",
				 command->service ? command->service : "place "
				 "for commands", role ? role->role : "ROLE");
	if (command->cpu_count && s->container &&
	    keep_to_cpus(c, s->container, command->cpus, command->cpu_count,
			 err) < 0)
		return -1;
	int rc = run_in(c, s, command, ret, err);
	if (command->cpu_count && s->container)
		keep_to_cpus(c, s->container, NULL, 0, NULL);
	return rc;
}

/* Files. */

/* The first line that a script of the shell prints there; it is handed the
 * texts. NULL: none. Arena. */
static const char *first_line(struct compose_stack *c,
			      struct compose_service *s, const char *script,
			      const char *self, const json_t *texts)
{
	struct arena *arena = c->stack->arena;
	const char **argv = arena_array(arena, json_array_size(texts) + 5,
					sizeof(*argv));
	const struct stack_command command = { .argv = argv,
					       .timeout = 60 * CLOCK_SEC };
	struct subprocess_result result;
	const json_t *text;
	size_t i, n = 0;

	argv[n++] = "sh";
	argv[n++] = "-c";
	argv[n++] = script;
	argv[n++] = self;
	json_array_foreach(texts, i, text)
		argv[n++] = json_string_value(text);
	if (run_in(c, s, &command, &result, NULL) < 0)
		return NULL;
	const char *found = arena_strndup(arena, result.out.buf,
					  strcspn(result.out.buf, "\r\n"));
	subprocess_result_release(&result);
	return *found ? found : NULL;
}

static const char *look_for(struct compose_stack *c,
			    struct compose_service *s, const json_t *patterns)
{
	static const char script[] =
		"for p; do for f in $p; do if [ -e \"$f\" ]; then "
		"echo \"$f\"; exit; fi; done; done";
	const char *found = first_line(c, s, script, "sh", patterns);

	return found && *found == '/' ? found : NULL;
}

/* The first of the names that a program beside `file` asks its environment
 * for. */
static const char *look_for_name(struct compose_stack *c,
				 struct compose_service *s, const char *file,
				 const json_t *names)
{
	static const char script[] =
		"for n; do if grep -rqIE \"(environ|getenv).*[\\\"']$n[\\\"']\" "
		"\"${0%/*}\"; then echo \"$n\"; exit; fi; done";
	const char *found = first_line(c, s, script, file, names);
	const json_t *name;
	size_t i;

	json_array_foreach(names, i, name)
		if (found && !strcmp(found, json_string_value(name)))
			return found;
	return NULL;
}

static const char *parent_of(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash > path ? arena_strndup(arena, path,
					    (size_t)(slash - path)) : "/";
}

/* A file, as said or as found; NULL: it is nowhere. */
static const char *found_path(struct compose_stack *c, const char *name)
{
	const char *given = json_string_value(
		json_object_get(c->stack->vars, name));

	if (given && *given)
		return given;
	for (size_t i = 0; i < c->found.len; i++)
		if (!strcmp(c->found.at[i].name, name))
			return c->found.at[i].path;
	return NULL;
}

static const char *find_one(struct compose_stack *c,
			    struct compose_service *s, const json_t *file)
{
	const char *beside = json_string_value(
		json_object_get(file, "named_beside"));
	const json_t *any = json_object_get(file, "any");
	const char *path;

	if (beside) {
		path = found_path(c, beside);
		return path ? look_for_name(c, s, path, any) : NULL;
	}
	path = look_for(c, s, any);
	return path && json_is_true(json_object_get(file, "parent"))
		? parent_of(c->stack->arena, path) : path;
}

int compose_find_files(struct compose_stack *c, struct error *err)
{
	json_t *files = json_object_get(c->stack->file.args, "files"), *file;
	const char *name;

	(void)err;
	json_object_foreach(files, name, file) {
		const struct service *role = stack_file_service(
			&c->stack->file, json_string_value(
				json_object_get(file, "service")));
		struct compose_service *s = compose_player(c, role);
		const char *given = json_string_value(
			json_object_get(c->stack->vars, name));
		if (given && *given)
			continue;
		json_object_del(c->stack->vars, name);
		const char *path = s ? find_one(c, s, file) : NULL;
		if (path)
			*vec_push(&c->found) = (struct found_file){ name,
								    path };
		compose_note(c, name, "%s", path ? path : "not found; "
			     "--var says where it is");
	}
	return 0;
}
