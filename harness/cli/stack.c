/* bis stack up|down|ps|logs|restart: a stack by itself, for people. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/compiler.h"
#include "base/interrupt.h"
#include "base/io.h"
#include "cli/command.h"
#include "format/utf8.h"
#include "scenario/scenario.h"
#include "stack/kept_containers.h"
#include "stack/kept_stack.h"
#include "stack/stack.h"
#include "stack/stack_file.h"
#include "submission/scratch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int complain(const struct error *err, int code)
{
	fprintf(stderr, "bis: stack: %s\n", err->message);
	return code;
}

/* What goes on, on stderr. */
static void say(struct sink *self, const struct event *event)
{
	(void)self;
	if (event->type == EVENT_PHASE || event->type == EVENT_NOTE)
		fprintf(stderr, "%s\n", event->text);
}

/* "k=v" of --var, for a stack that declares k. */
static int read_vars(const struct arguments *arguments,
		     const struct stack *stack, json_t *into)
{
	size_t count;
	const char *const *vars = argument_values(arguments, "var", &count);

	for (size_t i = 0; i < count; i++) {
		size_t len = strcspn(vars[i], "=");
		json_t *name = json_stringn(vars[i], len);
		bool known = name && vars[i][len] &&
			json_object_get(stack_vars(stack),
					json_string_value(name));
		if (known)
			json_object_set_new(into, json_string_value(name),
					    json_string(vars[i] + len + 1));
		json_decref(name);
		if (!known)
			return command_usage_error(
				"stack", "--var %s: this stack has no such "
				"variable", vars[i]);
	}
	return 0;
}

/* --ui is the variable `ui` of a stack that shows MLflow's web page. */
static int read_ui(const struct arguments *arguments, const struct stack *stack,
		   json_t *into)
{
	const char *given = argument_value(arguments, "ui");

	if (!given)
		return 0;
	if (!json_object_get(stack_vars(stack), "ui"))
		return command_usage_error("stack", "--ui: this stack has no "
					   "variable `ui`");
	_cleanup_(free_pointer) char *folder = realpath(given, NULL);
	if (!folder)
		return command_usage_error("stack", "--ui %s: %s", given,
					   strerror(errno));
	json_object_set_new(into, "ui", json_string(folder));
	return 0;
}

static void print_quoted(const char *text)
{
	putchar('\'');
	for (; *text; text++)
		if (*text == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*text);
	putchar('\'');
}

/* For `eval "$(bis stack up)"`: what commands for people take for granted. */
static void print_exports(struct stack *stack)
{
	struct fact *exports;
	size_t count;

	stack_exports(stack, &exports, &count);
	for (size_t i = 0; i < count; i++) {
		printf("export %s=", exports[i].name);
		print_quoted(exports[i].value);
		putchar('\n');
	}
	/* The stack's own programs, for the commands of its actions. */
	printf("export PATH=\"$PATH:\"");
	print_quoted(stack_folder(stack));
	printf("/bin\n");
}

static int bring_up(struct stack *stack, const struct arguments *arguments)
{
	struct error err = ERROR_INIT;
	json_t *vars = json_object();
	int code = read_vars(arguments, stack, vars);

	if (!code)
		code = read_ui(arguments, stack, vars);
	if (!code) {
		stack_set_vars(stack, vars);
		interrupt_install();
		if (stack_up(stack, &err) < 0)
			code = complain(&err, interrupt_signal() ?
					128 + interrupt_signal() :
					EXIT_NOT_CHECKED);
	}
	json_decref(vars);
	if (code)
		return code;
	if (!stack_folder(stack)) {
		fprintf(stderr, "bis: stack: it is up: somebody else started "
			"it\n");
		return EXIT_ALL_PASSED;
	}
	print_exports(stack);
	fprintf(stderr, "%s is up; `bis stack down` ends it\n",
		strrchr(stack_folder(stack), '/') + 1);
	return EXIT_ALL_PASSED;
}

static int stack_main_up(const struct arguments *arguments)
{
	const char *name = arguments->operand_count > 1
		? arguments->operands[1] : "streamflow/embedded";
	struct sink sink = { say };
	struct sink *const list[] = { &sink };
	const struct sinks sinks = { list, 1 };
	struct arena arena = ARENA_INIT;
	struct stack_options options = {
		.data = argument_value(arguments, "data"), .keep = true,
		.sinks = &sinks, .arena = &arena,
	};
	struct error err = ERROR_INIT;
	struct stack *stack = NULL;
	int code;

	if (scenario_find(name, &arena, &options.file, &err) < 0 ||
	    stack_open(&options, &stack, &err) < 0)
		code = complain(&err, EXIT_BAD_SCENARIO);
	else
		code = bring_up(stack, arguments);
	stack_close(stack);
	arena_release(&arena);
	return code;
}

/* The one that is named, or the only one. */
static const struct kept_stack *choose(const struct kept_stacks *stacks,
				       const char *name, int *ret_code)
{
	*ret_code = EXIT_USAGE;
	for (size_t i = 0; name && i < stacks->at.len; i++)
		if (!strcmp(stacks->at.at[i].name, name))
			return &stacks->at.at[i];
	if (name)
		command_usage_error("stack", "no stack `%s` is up", name);
	else if (!stacks->at.len)
		command_usage_error("stack", "no stack is up");
	else if (stacks->at.len > 1)
		command_usage_error("stack", "%zu stacks are up: `bis stack "
				    "ps` names them", stacks->at.len);
	else
		return &stacks->at.at[0];
	return NULL;
}

static int end_one(const struct kept_stack *stack)
{
	struct scratch_cleaned cleaned;
	struct error err = ERROR_INIT;

	if (kept_stack_down(stack, &err) < 0)
		return complain(&err, EXIT_INTERNAL);
	/* The copy of a submission that it ran. */
	scratch_clean(&cleaned);
	printf("%s is down\n", stack->name);
	return EXIT_ALL_PASSED;
}

static int down(const struct arguments *arguments,
		const struct kept_stacks *stacks, struct arena *arena)
{
	const char *name = argument_value(arguments, "stack");
	int code = EXIT_ALL_PASSED;

	(void)arena;
	if (argument_value(arguments, "all")) {
		for (size_t i = 0; i < stacks->at.len; i++)
			if (end_one(&stacks->at.at[i]))
				code = EXIT_INTERNAL;
		return code;
	}
	if (arguments->operand_count > 1)
		name = arguments->operands[1];
	const struct kept_stack *stack = choose(stacks, name, &code);
	return stack ? end_one(stack) : code;
}

/* That container of a stack of containers; NULL where there is none. */
static const struct kept_container *
container_of(const struct kept_containers *containers, const char *service)
{
	for (size_t i = 0; i < containers->at.len; i++)
		if (!strcmp(containers->at.at[i].service, service))
			return &containers->at.at[i];
	return NULL;
}

/* A service of either kind of stack. */
static int restart_service(const struct kept_stack *stack,
			   const char *service, struct arena *arena,
			   struct error *err)
{
	struct kept_containers containers;
	int rc = kept_containers_list(stack, arena, &containers, err);
	const struct kept_container *one = container_of(&containers, service);

	if (rc == 0)
		rc = one ? kept_container_restart(stack, one, arena, err)
			 : kept_stack_restart(stack, service, err);
	vec_release(&containers.at);
	return rc;
}

static int restart(const struct arguments *arguments,
		   const struct kept_stacks *stacks, struct arena *arena)
{
	struct error err = ERROR_INIT;
	int code = EXIT_ALL_PASSED;

	if (arguments->operand_count != 2)
		return command_usage_error("stack",
					   "restart takes one service");
	const struct kept_stack *stack =
		choose(stacks, argument_value(arguments, "stack"), &code);
	if (!stack)
		return code;
	if (restart_service(stack, arguments->operands[1], arena, &err) < 0)
		return complain(&err, err.kind == ERROR_INVALID ? EXIT_USAGE :
				EXIT_NOT_CHECKED);
	printf("%s runs anew\n", arguments->operands[1]);
	return EXIT_ALL_PASSED;
}

static int print_containers(const struct kept_stack *stack,
			    struct arena *arena)
{
	struct kept_containers containers;
	struct error err = ERROR_INIT;
	int rc = kept_containers_list(stack, arena, &containers, &err);

	for (size_t i = 0; i < containers.at.len; i++) {
		const struct kept_container *c = &containers.at.at[i];
		printf("  %-10s %s  %s\n", c->service, c->state, c->ports);
	}
	vec_release(&containers.at);
	return rc < 0 ? complain(&err, EXIT_NOT_CHECKED) : EXIT_ALL_PASSED;
}

static int ps(const struct arguments *arguments,
	      const struct kept_stacks *stacks, struct arena *arena)
{
	char time[CLOCK_TEXT];
	int code = EXIT_ALL_PASSED;

	(void)arguments;
	for (size_t i = 0; i < stacks->at.len; i++) {
		const struct kept_stack *s = &stacks->at.at[i];
		printf("%s  %s  since %s UTC\n", s->name, s->state.title,
		       clock_format(s->state.started, time));
		for (size_t j = 0; j < s->state.services.len; j++) {
			struct service_state one = kept_stack_service(
				s, &s->state.services.at[j], arena);
			printf("  %-10s %-7s %7ld  %s\n", one.name, one.state,
			       one.pid, one.address);
		}
		int failed = print_containers(s, arena);
		code = failed ? failed : code;
	}
	if (!stacks->at.len)
		printf("no stack is up\n");
	return code;
}

/* A terminal must not be told what to do by a service. */
static void print_text(const char *text, size_t len)
{
	_cleanup_(strbuf_release) struct strbuf seen = STRBUF_INIT(STRBUF_TEXT);

	if (isatty(STDOUT_FILENO))
		utf8_add_visible(&seen, text, len, "\n\t");
	else
		strbuf_add(&seen, text, len);
	fwrite(seen.buf, 1, seen.len, stdout);
}

static int print_log(const struct kept_stack *stack,
		     const struct recorded_service *service)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT(STRBUF_TEXT);
	struct error err = ERROR_INIT;
	char path[PRIVATE_FOLDER_PATH + 80];

	snprintf(path, sizeof(path), "%s/log/%s", stack->folder, service->log);
	if (io_read_file(path, &text, &err) < 0)
		return complain(&err, EXIT_INTERNAL);
	print_text(text.buf, text.len);
	return EXIT_ALL_PASSED;
}

/* Of the containers that are wanted; *ret_found: there were some. */
static int print_container_logs(const struct kept_stack *stack,
				const char *wanted, struct arena *arena,
				bool *ret_found)
{
	struct kept_containers containers;
	struct error err = ERROR_INIT;
	int rc = kept_containers_list(stack, arena, &containers, &err);

	for (size_t i = 0; rc == 0 && i < containers.at.len; i++) {
		const struct kept_container *c = &containers.at.at[i];
		const char *text;
		if (wanted && strcmp(c->service, wanted))
			continue;
		*ret_found = true;
		if (!wanted)
			printf("== %s ==\n", c->service);
		rc = kept_container_log(stack, c, arena, &text, &err);
		if (rc == 0)
			print_text(text, strlen(text));
	}
	vec_release(&containers.at);
	return rc < 0 ? complain(&err, EXIT_NOT_CHECKED) : EXIT_ALL_PASSED;
}

static int logs(const struct arguments *arguments,
		const struct kept_stacks *stacks, struct arena *arena)
{
	const char *wanted = arguments->operand_count > 1
		? arguments->operands[1] : NULL;
	int code = EXIT_ALL_PASSED;
	bool found = false;
	const struct kept_stack *stack =
		choose(stacks, argument_value(arguments, "stack"), &code);

	if (!stack)
		return code;
	code = print_container_logs(stack, wanted, arena, &found);
	for (size_t i = 0; i < stack->state.services.len && !code; i++) {
		const struct recorded_service *s = &stack->state.services.at[i];
		if (wanted && strcmp(s->name, wanted) &&
		    strcmp(s->role, wanted))
			continue;
		found = true;
		if (!wanted)
			printf("== %s ==\n", s->name);
		code = print_log(stack, s);
	}
	if (!found && !code)
		return command_usage_error("stack", "%s has no service `%s`",
					   stack->name, wanted ? wanted : "");
	return code;
}

static const struct {
	const char *name;
	int (*run)(const struct arguments *arguments,
		   const struct kept_stacks *stacks, struct arena *arena);
} verbs[] = {
	{ "down", down }, { "logs", logs }, { "ps", ps },
	{ "restart", restart },
};

static int stack_main(const struct arguments *arguments)
{
	const char *verb = arguments->operand_count ? arguments->operands[0]
						    : "";
	struct kept_stacks stacks;
	struct arena arena = ARENA_INIT;
	int code = -1;

	if (!strcmp(verb, "up"))
		return stack_main_up(arguments);
	kept_stacks_list(&arena, &stacks);
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (!strcmp(verbs[i].name, verb))
			code = verbs[i].run(arguments, &stacks, &arena);
	kept_stacks_release(&stacks);
	arena_release(&arena);
	if (code >= 0)
		return code;
	return command_usage_error("stack", "%s%s%s: one of up, down, ps, logs, "
				   "restart",
				   *verb ? "no `" : "what", verb,
				   *verb ? "`" : "");
}

static const struct option_spec options[] = {
	{ .name = "all", .help = "down: every stack that is up" },
	{ .name = "data", .argument = "DIR",
	  .help = "up: the lab's data, instead of making some" },
	{ .name = "stack", .argument = "NAME",
	  .help = "down, logs, restart: which one, as `bis stack ps` names it" },
	{ .name = "ui", .argument = "DIR",
	  .help = "up: MLflow's web page, mlflow/server/js/build of an "
		  "installed mlflow" },
	{ .name = "var", .argument = "K=V", .repeats = true,
	  .help = "up: sets a variable of the stack file" },
	{ 0 },
};

const struct command command_stack = {
	.name = "stack",
	.summary = "Bring a stack up by itself, look at it, end it",
	.usage = "stack up [FILE] | down [NAME] | ps | logs [SERVICE] | "
		"restart SERVICE",
	.details =
		"`up` leaves the stack running in the background under a "
		"supervisor and prints\nwhere its services are; FILE is a "
		"stack file or its name: streamflow/embedded\nwhere it isn't "
		"given.",
	.options = options,
	.main = stack_main,
};
