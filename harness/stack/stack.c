#include "stack/stack.h"

#include "base/clock.h"
#include "base/number.h"
#include "stack/action_output.h"
#include "stack/machine.h"
#include "stack/reaper.h"
#include "stack/stack_state.h"

#include <stdio.h>

const char *stack_scalar_text(struct arena *arena, const json_t *value)
{
	char number[NUMBER_TEXT];

	switch (json_typeof(value)) {
	case JSON_STRING:
		return json_string_value(value);
	case JSON_INTEGER:
		return arena_printf(arena, "%lld",
				    (long long)json_integer_value(value));
	case JSON_REAL:
		return arena_strdup(arena, number_format_double(
					    json_real_value(value), number));
	case JSON_TRUE:
		return "true";
	case JSON_FALSE:
		return "false";
	default:
		return NULL;
	}
}

static const char *look_up(void *self, const char *name)
{
	const struct stack_scope *scope = self;
	struct stack *stack = scope->stack;
	const json_t *value = json_object_get(scope->params, name);

	if (!value || json_is_null(value))
		value = json_object_get(stack->vars, name);
	if (value)
		return stack_scalar_text(stack->arena, value);
	return stack->file.driver->look_up(stack, scope->service, name);
}

const char *stack_expand(const struct stack_scope *scope, const char *text,
			 struct error *err)
{
	_cleanup_(strbuf_release) struct strbuf sb = STRBUF_INIT(STRBUF_TEXT);
	struct template_names names = { (void *)scope, look_up };

	if (!strchr(text, '$'))
		return text;
	if (template_expand(text, &names, &sb, NULL, err) < 0) {
		error_context(err, "%s: `%.200s`", scope->stack->file.path,
			      text);
		return NULL;
	}
	return arena_strdup(scope->stack->arena, sb.buf);
}

const char **stack_expand_all(const struct stack_scope *scope,
			      const char *const *texts, size_t room,
			      size_t *ret_len, struct error *err)
{
	size_t n = 0;

	while (texts && texts[n])
		n++;
	const char **list = arena_array(scope->stack->arena, n + room + 1,
					sizeof(*list));
	for (size_t i = 0; i < n; i++) {
		list[i] = stack_expand(scope, texts[i], err);
		if (!list[i])
			return NULL;
	}
	*ret_len = n;
	return list;
}

int stack_open(const struct stack_options *options, struct stack **ret,
	       struct error *err)
{
	static const struct sinks nobody = { NULL, 0 };
	struct stack *stack = xcalloc(1, sizeof(*stack));

	stack->options = *options;
	if (!stack->options.sinks)
		stack->options.sinks = &nobody;
	stack->arena = options->arena;
	if (stack_file_load(options->file, options->arena, &stack->file,
			    err) < 0) {
		free(stack);
		return -1;
	}
	stack->vars = json_deep_copy(stack->file.vars);
	stack_set_vars(stack, options->vars);
	*ret = stack;
	return 0;
}

const json_t *stack_vars(const struct stack *stack)
{
	return stack->file.vars;
}

const json_t *stack_submission(const struct stack *stack)
{
	return json_object_get(stack->file.args, "submission");
}

const char *stack_driver_name(const struct stack *stack)
{
	return stack->file.driver->name;
}

const char *stack_file_digest(const struct stack *stack)
{
	return stack->file.digest;
}

void stack_set_vars(struct stack *stack, const json_t *vars)
{
	if (!stack->vars)
		stack->vars = json_object();
	if (vars)
		json_object_update_existing(stack->vars, (json_t *)vars);
}

int stack_plan(struct stack *stack, struct stack_plan *ret, struct error *err)
{
	const struct stack_file *file = &stack->file;

	*ret = (struct stack_plan){ .file = NULL };
	if (file->driver->plan)
		return file->driver->plan(stack, ret, err);
	for (size_t i = 0; i < file->services.len; i++) {
		const struct service *s = &file->services.at[i];
		if (s->role)
			*vec_push(&ret->services) = (struct fact){ s->role,
								   s->name };
	}
	return 0;
}

void stack_plan_release(struct stack_plan *plan)
{
	vec_release(&plan->services);
	vec_release(&plan->images);
}

int stack_up(struct stack *stack, struct error *err)
{
	struct reaped reaped;

	reaper_clean(&reaped);
	if (reaped.folders)
		event_note(stack->options.sinks, "removed what %zu earlier, "
			   "killed run%s left behind", reaped.folders,
			   reaped.folders == 1 ? "" : "s");
	if (reaped.stubborn)
		event_note(stack->options.sinks, "an earlier, killed run left "
			   "behind what can't be removed: %s",
			   reaped.why.message);
	if (stack->file.driver->up(stack, err) < 0)
		return error_context(err, "bringing up %s",
				     stack->file.path);
	stack->up = true;
	return 0;
}

void stack_close(struct stack *stack)
{
	if (!stack)
		return;
	if (stack->up)
		stack->file.driver->down(stack);
	stack_file_release(&stack->file);
	json_decref(stack->vars);
	free(stack);
}

/* What callers ask about a service, by role or name. */

static const struct service *service_of(const struct stack *stack,
					const char *role)
{
	return role ? stack_file_service(&stack->file, role) : NULL;
}

static const struct service *need_service(const struct stack *stack,
					  const char *role, struct error *err)
{
	const struct service *service = service_of(stack, role);

	if (!service)
		error_set(err, ERROR_UNAVAILABLE,
			  "this stack has no service `%s`", role);
	return service;
}

const char *stack_url(const struct stack *stack, const char *role)
{
	const struct service *service = service_of(stack, role);

	return service && stack->up ?
		stack->file.driver->url((struct stack *)stack, service) : NULL;
}

const char *stack_database(const struct stack *stack, const char *name)
{
	return stack->up ? stack->file.driver->database((struct stack *)stack,
							name) : NULL;
}

const char *stack_service(const struct stack *stack, const char *role)
{
	const struct service *service = service_of(stack, role);

	return service ? service->name : NULL;
}

const char *stack_by_hand(struct stack *stack, const char *role)
{
	return stack->file.driver->by_hand(stack, service_of(stack, role));
}

const char *stack_exec_by_hand(struct stack *stack, const char *role)
{
	const struct stack_driver *driver = stack->file.driver;

	return driver->exec_by_hand
		? driver->exec_by_hand(stack, service_of(stack, role), NULL)
		: driver->by_hand(stack, service_of(stack, role));
}

const char *stack_restart_by_hand(struct stack *stack, const char *role)
{
	const struct service *service = service_of(stack, role);

	if (service && stack->file.driver->restart_by_hand)
		return stack->file.driver->restart_by_hand(stack, service);
	return arena_printf(stack->arena, "bis stack restart %s", role);
}

const char *stack_export_name(struct stack *stack, const char *service)
{
	char *name = arena_printf(stack->arena, "BIS_%s", service);

	for (char *p = name; *p; p++) {
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
		else if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789", *p))
			*p = '_';
	}
	return name;
}

void stack_exports(struct stack *stack, struct fact **ret, size_t *ret_count)
{
	*ret = NULL;
	*ret_count = 0;
	if (stack->up && stack->file.driver->exports)
		stack->file.driver->exports(stack, ret, ret_count);
}

const char *stack_folder(const struct stack *stack)
{
	return stack->up ? stack->file.driver->folder((struct stack *)stack)
			 : NULL;
}

int stack_run(struct stack *stack, const struct stack_command *command,
	      struct subprocess_result *ret, struct error *err)
{
	return stack->file.driver->run(stack, command, ret, err);
}

int stack_ps(struct stack *stack, struct service_state **ret,
	     size_t *ret_count, struct error *err)
{
	return stack->file.driver->ps(stack, ret, ret_count, err);
}

int stack_restart(struct stack *stack, const char *role, struct error *err)
{
	const struct service *service = need_service(stack, role, err);

	return service ? stack->file.driver->restart(stack, service->name, err)
		       : -1;
}

int stack_log(struct stack *stack, const char *role, int64_t *offset,
	      struct strbuf *into, struct error *err)
{
	const struct service *service = need_service(stack, role, err);

	return service ? stack->file.driver->log(stack, service->name, offset,
						 into, err) : -1;
}

/* It becomes part of the names of databases, folders and volumes. */
static int check_state_name(const char *name, struct error *err)
{
	if (*name && !name[strspn(name, "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789_-")] && strlen(name) < 24)
		return 0;
	return error_set(err, ERROR_INVALID,
			 "`%s` can't be the name of a state", name);
}

int stack_save(struct stack *stack, const char *name, struct error *err)
{
	if (check_state_name(name, err) < 0 ||
	    stack->file.driver->save(stack, name, err) < 0)
		return error_context(err, "saving the state `%s`", name);
	return 0;
}

int stack_restore(struct stack *stack, const char *name, struct error *err)
{
	if (check_state_name(name, err) < 0 ||
	    stack->file.driver->restore(stack, name, err) < 0)
		return error_context(err, "restoring the state `%s`", name);
	return 0;
}

int stack_wake(struct stack *stack, struct error *err)
{
	const struct stack_driver *driver = stack->file.driver;

	return driver->wake ? driver->wake(stack, err) : 0;
}

int stack_facts(struct stack *stack, struct fact **ret, size_t *ret_count,
		struct error *err)
{
	struct fact *own = NULL;
	size_t count = 0;

	if (stack->up &&
	    stack->file.driver->facts(stack, &own, &count, err) < 0)
		return -1;
	struct fact *facts = arena_array(stack->arena, count + MACHINE_FACTS,
					 sizeof(*facts));
	if (count)
		memcpy(facts, own, count * sizeof(*facts));
	*ret_count = count + machine_facts(stack->arena, facts + count);
	*ret = facts;
	return 0;
}

void stack_spent(const struct stack *stack, int64_t *ret_engine,
		 int64_t *ret_waits)
{
	*ret_engine = *ret_waits = 0;
	if (stack->up && stack->file.driver->spent)
		stack->file.driver->spent(stack, ret_engine, ret_waits);
}

/* Actions. */

bool stack_has_action(const struct stack *stack, const char *name)
{
	return stack_file_action(&stack->file, name) != NULL;
}

/* Whether a value of it would get there: every name beside it is known. */
static bool can_be_handed(const struct stack *stack,
			  const struct optional_words *o)
{
	json_t *params = json_pack("{s:s}", o->param, "");
	const struct stack_scope scope = { .stack = (struct stack *)stack,
					   .params = params };
	bool known = true;

	for (const char *const *w = o->words; *w && known; w++)
		known = stack_expand(&scope, *w, NULL) != NULL;
	json_decref(params);
	return known;
}

bool stack_action_takes(const struct stack *stack, const char *name,
			const char *param)
{
	const struct action *action = stack_file_action(&stack->file, name);

	if (!action)
		return false;
	for (size_t i = 0; i < action->params.len; i++)
		if (!strcmp(action->params.at[i], param))
			return true;
	for (size_t i = 0; i < action->optional.at.len; i++)
		if (!strcmp(action->optional.at.at[i].param, param))
			return true;
	for (size_t i = 0; i < action->optional_env.at.len; i++)
		if (!strcmp(action->optional_env.at.at[i].param, param))
			return can_be_handed(stack,
					     &action->optional_env.at.at[i]);
	return false;
}

static bool is_given(const json_t *params, const char *name)
{
	const json_t *value = json_object_get(params, name);

	return value && !json_is_null(value);
}

static int check_params(const struct stack *stack, const struct action *action,
			const json_t *params, struct error *err)
{
	const json_t *value;
	const char *name;

	for (size_t i = 0; i < action->params.len; i++)
		if (!is_given(params, action->params.at[i]))
			return error_set(err, ERROR_INVALID, "action `%s` "
					 "needs the parameter `%s`",
					 action->name, action->params.at[i]);
	json_object_foreach((json_t *)params, name, value) {
		if (!stack_action_takes(stack, action->name, name))
			return error_set(err, ERROR_INVALID, "action `%s` has "
					 "no parameter `%s`", action->name,
					 name);
	}
	return 0;
}

/* Texts, then those of the optional parameters that were given, then `more`. */
static const char **with_optional(const struct stack_scope *scope,
				  const char *const *first,
				  const struct optional_list *optional,
				  const char *const *more, struct error *err)
{
	size_t room = 0, len, added = 0, n;

	while (more && more[added])
		added++;
	for (size_t i = 0; i < optional->at.len; i++)
		for (const char *const *w = optional->at.at[i].words; *w; w++)
			room++;
	const char **list = stack_expand_all(scope, first, room + added, &len,
					     err);
	for (size_t i = 0; list && i < optional->at.len; i++) {
		const struct optional_words *o = &optional->at.at[i];
		if (!is_given(scope->params, o->param))
			continue;
		const char **words = stack_expand_all(scope, o->words, 0, &n,
						      err);
		if (!words)
			return NULL;
		memcpy(list + len, words, n * sizeof(*words));
		len += n;
	}
	if (list && added)
		memcpy(list + len, more, added * sizeof(*list));
	return list;
}

/* What a person types for the same: where it runs, with what environment and
 * on which processors. */
static const char *command_by_hand(const struct stack_scope *scope,
				   const struct stack_command *command,
				   const struct action_options *options)
{
	struct stack *stack = scope->stack;
	const struct stack_driver *driver = stack->file.driver;
	_cleanup_(strbuf_release) struct strbuf sb = STRBUF_INIT(STRBUF_TEXT);
	struct fact *exports;
	size_t count;

	stack_exports(stack, &exports, &count);
	if (driver->exec_by_hand && scope->service)
		strbuf_addf(&sb, "%s ", driver->exec_by_hand(
				    stack, scope->service, command->env));
	else if (options && options->env && *options->env)
		strbuf_addf(&sb, "env %s ", action_command_line(
				    stack->arena, options->env, exports,
				    count));
	for (size_t i = 0; i < command->cpu_count; i++)
		strbuf_addf(&sb, "%s%d", i ? "," : "taskset -c ",
			    command->cpus[i]);
	if (command->cpu_count)
		strbuf_addch(&sb, ' ');
	strbuf_addstr(&sb, action_command_line(stack->arena, command->argv,
					       exports, count));
	return arena_strdup(stack->arena, sb.buf);
}

static int run_action(const struct stack_scope *scope,
		      const struct action *action,
		      const struct action_options *options,
		      struct action_outcome *ret, struct error *err)
{
	struct stack *stack = scope->stack;
	struct subprocess_result result;
	struct stack_command command = {
		.service = action->service,
		.timeout = options && options->timeout ? options->timeout
						       : action->within,
	};

	command.argv = with_optional(scope, action->run, &action->optional,
				     NULL, err);
	command.env = with_optional(scope, action->env, &action->optional_env,
				    options ? options->env : NULL, err);
	if (!command.argv || !command.env)
		return -1;
	if (options) {
		command.cpus = options->cpus;
		command.cpu_count = options->cpu_count;
	}
	ret->command = command_by_hand(scope, &command, options);
	if (stack_run(stack, &command, &result, err) < 0)
		return error_context(err, "action `%s`", action->name);
	ret->exit_code = result.exit_code;
	ret->signal = result.signal;
	ret->timed_out = result.timed_out;
	ret->duration = result.duration;
	ret->out = arena_strndup(stack->arena, result.out.buf, result.out.len);
	ret->err_text = arena_strndup(stack->arena, result.err.buf,
				      result.err.len);
	bool interrupted = result.interrupted;
	subprocess_result_release(&result);
	if (interrupted)
		return error_set(err, ERROR_CANCELLED,
				 "action `%s` was interrupted", action->name);
	return action_read_values(action, ret->out, ret->values, err);
}

/* A service that does not come back is what the action did: an outcome. What
 * has to do with us is an error. */
static int restart_services(const struct stack_scope *scope,
			    const struct action *action,
			    struct action_outcome *ret, struct error *err)
{
	for (const char *const *r = action->restart; r && *r; r++) {
		struct error why = ERROR_INIT;
		const char *name = stack_expand(scope, *r, err);
		if (!name)
			return -1;
		if (!ret->command)
			ret->command = stack_restart_by_hand(
				scope->stack, name);
		if (stack_restart(scope->stack, name, &why) == 0)
			continue;
		if (why.kind == ERROR_CANCELLED || why.kind == ERROR_INTERNAL)
			return error_set(err, why.kind, "%s", why.message);
		ret->exit_code = 1;
		ret->err_text = arena_printf(scope->stack->arena, "%s%s",
					     ret->err_text ? ret->err_text : "",
					     why.message);
		return 0;
	}
	return 0;
}

int stack_action(struct stack *stack, const char *name, const json_t *params,
		 const struct action_options *options,
		 struct action_outcome *ret, struct error *err)
{
	const struct action *action = stack_file_action(&stack->file, name);
	struct action_outcome outcome = { .known = action != NULL };
	int64_t started = clock_monotonic();

	if (!action) {
		*ret = outcome;
		return 0;
	}
	struct stack_scope scope = {
		.stack = stack, .params = params,
		.service = service_of(stack, action->service),
	};
	if (check_params(stack, action, params, err) < 0)
		return -1;
	outcome.values = json_object();
	outcome.out = outcome.err_text = "";
	if ((action->run &&
	     run_action(&scope, action, options, &outcome, err) < 0) ||
	    (outcome.exit_code == 0 &&
	     restart_services(&scope, action, &outcome, err) < 0)) {
		json_decref(outcome.values);
		return -1;
	}
	outcome.duration = clock_monotonic() - started;
	*ret = outcome;
	return 0;
}
