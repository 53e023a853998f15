#include "cli/run_plan.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/path.h"
#include "format/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What was measured on two cores, in minutes: grading the lab's scenario on
 * containers and on processes; building, and fetching, an image. */
#define MINUTES_CONTAINERS 4.0
#define MINUTES_PROCESSES 0.2
#define MINUTES_BUILD 1.5
#define MINUTES_FETCH 1.0
/* Databases, artifacts, reports. */
#define RUN_GIGABYTES 0.3

struct plan {
	struct session *session;
	struct stack_plan stack;
	struct result *result; /* holds the repairs */
	const char *refused;   /* why it would not come up, or NULL */
};

/* As bis run would: what a remedy repairs is no obstacle. */
static void look(struct plan *p)
{
	enum { MOST_REPAIRS = 5 };
	struct session *session = p->session;
	const struct remedy_scene scene = {
		session_repair_scene(session), p->result, &session->sinks,
	};

	for (int i = 0;; i++) {
		struct error err = ERROR_INIT;

		stack_plan_release(&p->stack);
		if (stack_plan(session->stack, &p->stack, &err) == 0)
			return;
		const struct failure failure = { "up", "up", -1, err.message };
		if (i == MOST_REPAIRS || !session->has_remedies ||
		    !remedies_apply(&session->remedies, &failure, &scene)) {
			p->refused = arena_strdup(&session->arena,
						  err.message);
			return;
		}
	}
}

/* ------------------------------------------------------------- what it says */

static const char *data_of(const struct session *session)
{
	if (argument_value(session->arguments, "data"))
		return "given by --data";
	if (!session->has_submission)
		return "made by the stack";
	return session->submission.no_data ? session->submission.no_data
					   : "its own";
}

/* Before a remedy makes one. */
static const char *env_of(const struct session *session, struct arena *arena)
{
	static const char *const examples[] = {
		".env.example", ".env.sample", ".env.template", ".env.dist",
		"env.example", "example.env",
	};

	if (!session->has_submission)
		return NULL;
	if (io_exists(path_join(arena, session->submission.root, ".env")))
		return "there";
	for (size_t i = 0; i < ARRAY_SIZE(examples); i++)
		if (io_exists(path_join(arena, session->submission.root,
					examples[i])))
			return arena_printf(arena, "none, but %s",
					    examples[i]);
	return "none";
}

static void add_images(const struct plan *p, json_t *into)
{
	const struct stack_plan *plan = &p->stack;
	double gigabytes = RUN_GIGABYTES, minutes =
		strcmp(stack_driver_name(p->session->stack), "compose")
		? MINUTES_PROCESSES : MINUTES_CONTAINERS;
	json_t *images = json_array();

	for (size_t i = 0; i < plan->images.len; i++) {
		const struct planned_image *image = &plan->images.at[i];

		json_array_append_new(
			images, json_pack("{s:s, s:b, s:b}", "name",
					  image->name, "built", image->built,
					  "here", image->here));
		if (image->here)
			continue;
		minutes += image->built ? MINUTES_BUILD : MINUTES_FETCH;
		gigabytes += PLAN_IMAGE_GIGABYTES;
	}
	json_object_set_new(into, "images", images);
	json_object_set_new(into, "minutes", json_real(minutes));
	json_object_set_new(into, "gigabytes", json_real(gigabytes));
}

static json_t *plan_json(const struct plan *p, const char *env)
{
	struct session *session = p->session;
	const struct submission *s = session->has_submission
		? &session->submission : NULL;
	json_t *services = json_array(), *repairs = json_array();
	char date[CLOCK_TEXT] = "";

	if (s && s->date)
		clock_format_iso(s->date, date);
	for (size_t i = 0; i < p->stack.services.len; i++)
		json_array_append_new(
			services, json_pack("[s, s]",
					    p->stack.services.at[i].name,
					    p->stack.services.at[i].value));
	for (size_t i = 0; i < p->result->remedies.len; i++)
		json_array_append_new(
			repairs, json_string(p->result->remedies.at[i].id));
	json_t *plan = json_pack(
		"{s:s*, s:s*, s:s*, s:s*, s:s*, s:s, s:s*, s:s*, s:o, s:o}",
		"submission", session->source, "commit", s ? s->commit : NULL,
		"chosen_by", s ? s->chosen_by.en : NULL,
		"date", *date ? date : NULL, "file", p->stack.file,
		"data", data_of(session), "env", env, "refused", p->refused,
		"services", services, "repairs", repairs);
	if (plan)
		add_images(p, plan);
	return plan;
}

static void add_text(struct strbuf *text, const json_t *value)
{
	utf8_add_visible(text, json_string_value(value),
			 json_string_length(value), NULL);
}

/* A service is a role and a name, an image an object, a repair a text. */
static void add_item(struct strbuf *text, const json_t *item)
{
	if (json_is_array(item)) {
		add_text(text, json_array_get(item, 0));
		strbuf_addstr(text, " is ");
		add_text(text, json_array_get(item, 1));
	} else if (json_is_object(item)) {
		bool built = json_is_true(json_object_get(item, "built"));
		bool here = json_is_true(json_object_get(item, "here"));

		add_text(text, json_object_get(item, "name"));
		strbuf_addstr(text, here ? " (here already)"
				    : built ? " (to be built)"
					    : " (to be fetched)");
	} else {
		add_text(text, item);
	}
}

/* A line each, the lists a line an item. */
static void print(const json_t *plan)
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);
	const char *key;
	json_t *value, *item;
	size_t i;

	json_object_foreach((json_t *)plan, key, value) {
		if (json_is_string(value)) {
			strbuf_addf(&text, "%s: ", key);
			add_text(&text, value);
			strbuf_addch(&text, '\n');
		} else if (json_is_real(value)) {
			strbuf_addf(&text, "%s: about %.1f\n", key,
				    json_real_value(value));
		}
		json_array_foreach(value, i, item) {
			strbuf_addf(&text, "%s: ", key);
			add_item(&text, item);
			strbuf_addch(&text, '\n');
		}
	}
	fputs(text.buf, stdout);
	strbuf_release(&text);
}

int run_plan(struct session *session)
{
	struct plan p = { .session = session };
	const char *format = argument_value(session->arguments, "format");
	int code = session_load(session);

	if (code)
		return code;
	p.result = result_new(&session->arena);
	const char *env = env_of(session, &session->arena);
	look(&p);
	if (!p.refused && session->has_submission)
		p.refused = session->submission.no_data;
	json_t *plan = plan_json(&p, env);
	if (plan && format && !strcmp(format, "json")) {
		char *text = json_dumps(plan, JSON_INDENT(1));
		puts(text ? text : "{}");
		free(text);
	} else if (plan) {
		print(plan);
	}
	json_decref(plan);
	stack_plan_release(&p.stack);
	result_release(p.result);
	return p.refused ? EXIT_NOT_CHECKED : EXIT_ALL_PASSED;
}
