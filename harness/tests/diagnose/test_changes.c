/* Changes of world on a stack that is made up here: what they do, what they
 * say they did, and what a person would type instead. */
#include "tests/test.h"

#include "diagnose/change.h"
#include "diagnose/diagnose.h"
#include "stack/compose.h"
#include "stack/process.h"
#include "stack/stack_state.h"

static struct arena arena;
static struct stack stack;
static struct stack_driver driver;
static struct runner runner;
static struct worlds worlds;
static struct world world;
static int starts;         /* of the one service, so far */
static bool keeps_running; /* a restart that restarts nothing */

static int ps(struct stack *unused, struct service_state **ret,
	      size_t *ret_count, struct error *err)
{
	struct service_state *states =
		arena_array(&arena, 2, sizeof(*states));

	(void)unused;
	(void)err;
	states[0] = (struct service_state){
		.name = "hers", .service = "db", .up = true,
		.pid = 100 + (keeps_running ? 0 : starts) };
	states[1] = (struct service_state){ .name = "down", .service = "api" };
	*ret = states;
	*ret_count = 2;
	return 0;
}

static int restart(struct stack *unused, const char *service,
		   struct error *err)
{
	(void)unused;
	(void)err;
	ck_assert_str_eq(service, "db");
	starts++;
	return 0;
}

static int run(struct stack *unused, const struct stack_command *command,
	       struct subprocess_result *ret, struct error *err)
{
	(void)unused;
	(void)command;
	(void)err;
	memset(ret, 0, sizeof(*ret));
	strbuf_init(&ret->out, 100);
	strbuf_init(&ret->err, 100);
	return 0;
}

static void begin(const struct stack_driver *like)
{
	static const struct sinks nobody = { NULL, 0 };

	arena = (struct arena)ARENA_INIT;
	driver = *like;
	driver.ps = ps;
	driver.restart = restart;
	driver.run = run;
	driver.exports = NULL;
	memset(&stack, 0, sizeof(stack));
	stack.file.driver = &driver;
	stack.arena = &arena;
	stack.options.sinks = &nobody;
	*vec_push(&stack.file.services) = (struct service){ .name = "db" };
	memset(&runner, 0, sizeof(runner));
	runner.options.stack = &stack;
	runner.options.arena = &arena;
	runner.options.sinks = &nobody;
	worlds = (struct worlds){ .runner = &runner };
	world = (struct world){ .worlds = &worlds,
				.commands = STRBUF_INIT(STRBUF_TEXT) };
	starts = 0;
}

static void end(void)
{
	strbuf_release(&world.commands);
	vec_release(&stack.file.services);
	for (size_t i = 0; i < stack.file.actions.len; i++)
		vec_release(&stack.file.actions.at[i].params);
	vec_release(&stack.file.actions);
	arena_release(&arena);
}

static void apply(const char *change)
{
	struct error err = ERROR_INIT;

	ck_assert_msg(!change_find(change)->apply(&world, NULL, &err), "%s",
		      err.message);
}

START_TEST(a_restart_is_shown_by_other_processes)
{
	begin(&stack_driver_process);
	keeps_running = false;
	apply("restart");
	ck_assert(world.bit);
	ck_assert_str_eq(world.proof, "1 of 1 services run as new processes");
	ck_assert_str_eq(world.commands.buf, "bis stack restart db\n");
	end();
}
END_TEST

START_TEST(a_restart_that_restarts_nothing_did_not_bite)
{
	begin(&stack_driver_process);
	keeps_running = true;
	apply("restart");
	ck_assert_int_eq(starts, 1);
	ck_assert(!world.bit);
	ck_assert_str_eq(world.proof, "0 of 1 services run as new processes");
	end();
}
END_TEST

/* The command of an action with other surroundings, as a person types it. */
static const char *typed(const char *service)
{
	static const char *const argv[] = { "python", "train.py", NULL };
	static const char *const env[] = { "TRAIN_AS_OF=2024-01-31", NULL };
	static const char *const given[] = { "TZ=BIS-14", "LC_ALL=tr_TR.UTF-8",
					     NULL };
	static const int cpu = 3;
	const struct action_options options = { .env = given, .cpus = &cpu,
						.cpu_count = 1 };
	struct action_outcome outcome;
	struct error err = ERROR_INIT;

	*vec_push(&stack.file.actions) = (struct action){
		.name = "train", .service = service, .run = argv,
		.env = service ? env : NULL };
	ck_assert_msg(!stack_action(&stack, "train", NULL, &options, &outcome,
				    &err), "%s", err.message);
	json_decref(outcome.values);
	return outcome.command;
}

START_TEST(by_hand_surroundings_are_set_where_the_command_runs)
{
	begin(&stack_driver_process);
	ck_assert_str_eq(typed(NULL), "env TZ=BIS-14 LC_ALL=tr_TR.UTF-8 "
			 "taskset -c 3 python train.py");
	end();
}
END_TEST

START_TEST(by_hand_surroundings_are_set_inside_a_container)
{
	begin(&stack_driver_compose);
	ck_assert_str_eq(typed("db"), "docker compose exec -T "
			 "-e TRAIN_AS_OF=2024-01-31 -e TZ=BIS-14 "
			 "-e LC_ALL=tr_TR.UTF-8 db taskset -c 3 "
			 "python train.py");
	end();
}
END_TEST

START_TEST(every_change_that_others_can_try_has_a_title_in_both_languages)
{
	for (size_t i = 0; i < change_count; i++) {
		const struct change *change = &changes[i];
		ck_assert_str_eq(change->name, change_syntaxes[i].name);
		ck_assert(!change->title.en == !change->title.fr);
	}
}
END_TEST

TESTS_MAIN("diagnose/changes", a_restart_is_shown_by_other_processes,
	   a_restart_that_restarts_nothing_did_not_bite,
	   by_hand_surroundings_are_set_where_the_command_runs,
	   by_hand_surroundings_are_set_inside_a_container,
	   every_change_that_others_can_try_has_a_title_in_both_languages)
