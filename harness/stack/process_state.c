/*
 * The process driver: the state that trainings and ingestions change, saved
 * and put back. A database is copied by PostgreSQL itself (CREATE DATABASE
 * ... TEMPLATE), a folder file by file. Both want nobody at it meanwhile, so
 * the services that need PostgreSQL or have state are stopped first, and
 * started again on the same ports: at once those that actions talk to.
 */
#include "stack/process.h"

#include "base/io.h"

#include <stdio.h>
#include <string.h>

#define SAVED "bis_save_%s_%s"

static struct process_service *postgres_of(struct process_stack *p)
{
	for (size_t i = 0; i < p->services.len; i++)
		if (p->services.at[i].is_postgres)
			return &p->services.at[i];
	return NULL;
}

static int stop_holders(struct process_stack *p, struct error *err)
{
	const struct process_service *postgres = postgres_of(p);

	if (postgres &&
	    process_stop_dependants(p, postgres, false, err) < 0)
		return -1;
	for (size_t i = 0; i < p->services.len; i++) {
		struct process_service *s = &p->services.at[i];
		if (json_object_get(s->service->args, "state") &&
		    !s->is_postgres &&
		    process_stop_dependants(p, s, true, err) < 0)
			return -1;
	}
	return 0;
}

static const char *saved_database(struct process_stack *p, const char *name,
				  const char *database)
{
	return arena_printf(p->stack->arena, SAVED, name, database);
}

/* The folders of a name are noted one after the other, as the stack file
 * lists them; a name that is saved anew takes their place. */
static struct state_folder *kept_folder(struct process_stack *p,
					const char *there)
{
	for (size_t i = 0; i < p->kept.len; i++)
		if (p->kept.at[i]->there &&
		    !strcmp(p->kept.at[i]->there, there))
			return p->kept.at[i];
	struct state_folder *folder =
		arena_new(p->stack->arena, struct state_folder);
	*vec_push(&p->kept) = folder;
	return folder;
}

/* Each state folder of each service: from here to there, or back. */
static int copy_folders(struct process_stack *p, const char *name, bool back,
			struct error *err)
{
	struct arena *arena = p->stack->arena;

	for (size_t i = 0; i < p->services.len; i++) {
		const json_t *list = json_object_get(
			p->services.at[i].service->args, "state"), *item;
		size_t j;
		json_array_foreach(list, j, item) {
			const char *state = json_string_value(item);
			const char *here = arena_printf(
				arena, "%s/run/state/%s", p->folder, state);
			const char *there = arena_printf(
				arena, "%s/run/save/%s/%s", p->folder, name,
				state);
			struct state_folder *folder = kept_folder(p, there);
			if ((back ? state_folder_put_back(folder, &p->account,
							  err)
				  : state_folder_keep(folder, here, there,
						      &p->account, err)) < 0)
				return -1;
		}
	}
	return 0;
}

static int copy_state(struct process_stack *p, const char *name, bool back,
		      struct error *err)
{
	size_t count = p->databases.len;
	struct database_copy *copies =
		arena_array(p->stack->arena, count, sizeof(*copies));

	for (size_t i = 0; i < count; i++) {
		const char *here = p->databases.at[i];
		const char *there = saved_database(p, name, here);
		copies[i].from = back ? there : here;
		copies[i].to = back ? here : there;
	}
	if (count)
		p->sessions.conninfo = postgres_of(p)->probe.target;
	if (postgres_copy_databases(&p->sessions, copies, count, err) < 0)
		return -1;
	return copy_folders(p, name, back, err);
}

static int stop_copy_start(struct process_stack *p, const char *name,
			   bool back, struct error *err)
{
	if (stop_holders(p, err) < 0 || copy_state(p, name, back, err) < 0)
		return -1;
	return process_begin_called(p, err);
}

/* Where the copies of a name are said to be complete. */
static const char *save_folder(struct process_stack *p, const char *name)
{
	return arena_printf(p->stack->arena, "%s/run/save/%s", p->folder,
			    name);
}

int process_save(struct stack *stack, const char *name, struct error *err)
{
	struct process_stack *p = process_of(stack);

	if (io_make_folders(save_folder(p, name), 0700, err) < 0)
		return -1;
	return stop_copy_start(p, name, false, err);
}

int process_restore(struct stack *stack, const char *name, struct error *err)
{
	struct process_stack *p = process_of(stack);

	if (!io_exists(save_folder(p, name)))
		return error_set(err, ERROR_UNAVAILABLE,
				 "no state was saved as `%s`", name);
	return stop_copy_start(p, name, true, err);
}

int process_wake(struct stack *stack, struct error *err)
{
	return process_start_stopped(process_of(stack), err);
}
