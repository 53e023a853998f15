#include "step/step.h"

#include "base/number.h"
#include "stack/action_output.h"

#include <stdlib.h>
#include <string.h>

/* Sorted by name; a test checks it. */
const struct step_kind *const step_kinds[] = {
	&step_action,	&step_artifact, &step_claims, &step_compare, &step_exec,
	&step_http,	&step_predict,	&step_recorded, &step_registry,
	&step_run,
	&step_screenshot, &step_sql,	&step_train,   &step_value,
};
const size_t step_kind_count = ARRAY_SIZE(step_kinds);

const struct step_kind *step_kind_of(const struct step *step)
{
	for (size_t i = 0; i < step_kind_count; i++)
		if (&step_kinds[i]->syntax == step->syntax)
			return step_kinds[i];
	return NULL;
}

const struct step_syntax *const *step_syntaxes(void)
{
	static const struct step_syntax *syntaxes[ARRAY_SIZE(step_kinds)];

	for (size_t i = 0; i < step_kind_count; i++)
		syntaxes[i] = &step_kinds[i]->syntax;
	return syntaxes;
}

const char *step_text(const json_t *args, const char *key)
{
	return json_string_value(json_object_get(args, key));
}

const char *step_scalar(struct arena *arena, const json_t *value)
{
	if (json_is_string(value))
		return json_string_value(value);
	char number[NUMBER_TEXT];

	if (json_is_real(value))
		return arena_strdup(arena, number_format_double(
					    json_real_value(value), number));
	char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
	const char *copy = arena_strdup(arena, text ? text : "");
	free(text);
	return copy;
}

struct train_record *step_find_run(struct step_context *context,
				   const char *id, struct step_outcome *ret)
{
	struct train_record *run = result_find_run(context->result, id);

	if (!run) {
		ret->judged = true;
		ret->verdict = VERDICT_BLOCKED;
		ret->blocked_by = id;
	}
	return run;
}

void step_note_action(struct step_context *context, const char *name,
		      const struct action_outcome *action,
		      struct step_outcome *ret)
{
	ret->action = name;
	ret->exit_code = action->exit_code;
	ret->output = arena_printf(context->arena, "%s\n%s", action->out,
				   action->err_text);
}

const char *step_shell_quote(struct arena *arena, const char *text)
{
	struct strbuf sb = STRBUF_INIT(STRBUF_TEXT);

	action_add_shell_word(&sb, text);
	const char *quoted = arena_strdup(arena, sb.buf);
	strbuf_release(&sb);
	return quoted;
}

const char *step_tail(struct arena *arena, const char *text, int lines)
{
	size_t len = strlen(text);

	while (len && text[len - 1] == '\n')
		len--;
	size_t start = len;
	while (start && lines) {
		start--;
		if (text[start] == '\n' && --lines == 0) {
			start++;
			break;
		}
	}
	return arena_strndup(arena, text + start, len - start);
}
