/* exec: a command in a service, with its output as the value. */
#include "step/step.h"

#include "base/clock.h"

#include <string.h>

static const struct key_spec keys[] = {
	{ .name = "command", .type = KEY_STRINGS, .required = true,
	  .doc = "The argument vector; no shell is involved." },
	{ .name = "env", .type = KEY_VALUES,
	  .doc = "Environment variables to add." },
	{ .name = "service", .type = KEY_STRING, .required = true,
	  .doc = "The service, by its role." },
	{ .name = "timeout", .type = KEY_DURATION,
	  .doc = "How long it may take (2m)." },
	{ 0 },
};

static const char **strings(struct step_context *context, const json_t *list)
{
	size_t count = json_is_array(list) ? json_array_size(list) : 1;
	const char **argv =
		arena_array(context->arena, count + 1, sizeof(*argv));

	for (size_t i = 0; i < count; i++)
		argv[i] = step_scalar(context->arena,
				      json_is_array(list)
					      ? json_array_get(list, i)
					      : list);
	return argv;
}

static const char **environment(struct step_context *context,
				const json_t *env)
{
	const char **lines = arena_array(
		context->arena, json_object_size(env) + 1, sizeof(*lines));
	const char *name;
	json_t *value;
	size_t n = 0;

	json_object_foreach((json_t *)(uintptr_t)env, name, value)
		lines[n++] = arena_printf(context->arena, "%s=%s", name,
					  step_scalar(context->arena, value));
	return lines;
}

static const char *by_hand(struct step_context *context,
			   const char *service, const char *const *argv)
{
	struct strbuf sb = STRBUF_INIT(STRBUF_TEXT);

	strbuf_addstr(&sb, stack_exec_by_hand(context->stack, service));
	for (; *argv; argv++)
		strbuf_addf(&sb, " %s",
			    step_shell_quote(context->arena, *argv));
	const char *text = arena_strdup(context->arena, sb.buf);
	strbuf_release(&sb);
	return text;
}

static int run(struct step_context *context, const struct step *step,
	       const json_t *args, struct step_outcome *ret, struct error *err)
{
	const char *role = step_text(args, "service");
	const char *service = stack_service(context->stack, role);
	const char *timeout = step_text(args, "timeout");
	struct subprocess_result result;

	(void)step;
	if (!service)
		return error_set(err, ERROR_INVALID,
				 "this stack has no service `%s`", role);
	struct stack_command command = {
		.service = service,
		.argv = strings(context, json_object_get(args, "command")),
		.env = environment(context, json_object_get(args, "env")),
		.timeout = 120 * CLOCK_SEC,
	};
	if (timeout)
		clock_parse_duration(timeout, &command.timeout);
	ret->by_hand = by_hand(context, role, command.argv);
	ret->service = role;
	if (stack_run(context->stack, &command, &result, err) < 0)
		return -1;
	json_t *out = json_stringn(result.out.buf, result.out.len);
	json_t *errs = json_stringn(result.err.buf, result.err.len);
	ret->value = json_pack("{s:i,s:i,s:b,s:o*,s:o*}", "exit_code",
			       result.exit_code, "signal", result.signal,
			       "timed_out", (int)result.timed_out, "out", out,
			       "err", errs);
	ret->no_answer = result.timed_out;
	ret->log_tail = step_tail(context->arena, result.err.buf, 15);
	subprocess_result_release(&result);
	return 0;
}

const struct step_kind step_exec = {
	.syntax = { "exec", "Run a command in a service.", keys },
	.run = run,
};
