/* The compose driver: what it would bring up, looked at and not started. */
#include "stack/compose.h"

#include "base/path.h"

#include <limits.h>
#include <stdlib.h>

/* It is known without an engine, which may not be there. */
static void name_file(struct stack *stack, struct stack_plan *ret)
{
	const char *root = stack->options.submission;
	struct compose_files files = { .root = NULL };
	char real[PATH_MAX];

	if (root && realpath(root, real) &&
	    compose_files_find(real, NULL, stack->arena, &files, NULL) == 0)
		ret->file = arena_strdup(stack->arena, files.paths.at[0] +
					 strlen(real) + 1);
	compose_files_release(&files);
}

static void add_images(struct compose_stack *c, struct stack_plan *ret)
{
	for (size_t i = 0; i < c->services.len; i++) {
		const struct compose_service *s = &c->services.at[i];
		const char *image = s->tag ? s->tag
					   : compose_foreign_image(c, s);
		if (image)
			*vec_push(&ret->images) = (struct planned_image){
				arena_strdup(c->stack->arena, image),
				s->tag != NULL, compose_has_image(c, image) };
	}
}

int compose_plan(struct stack *stack, struct stack_plan *ret,
		 struct error *err)
{
	int rc;

	name_file(stack, ret);
	rc = compose_begin(stack, err);
	struct compose_stack *c = compose_of(stack);
	if (rc == 0)
		rc = compose_open(c, err);
	for (size_t i = 0; i < c->facts.len; i++)
		*vec_push(&ret->services) = c->facts.at[i];
	if (rc == 0)
		rc = compose_keep_to_day(c, err);
	if (rc == 0)
		rc = compose_name_images(c, err);
	if (rc == 0)
		add_images(c, ret);
	compose_end(stack);
	return rc;
}
