#include "event/class_result.h"

struct class_result *class_result_new(struct arena *arena)
{
	struct class_result *c = arena_new(arena, struct class_result);

	c->arena = arena;
	return c;
}

void class_result_release(struct class_result *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->mistakes.len; i++)
		vec_release(&c->mistakes.at[i].students);
	vec_release(&c->exercises);
	vec_release(&c->checks);
	vec_release(&c->students);
	vec_release(&c->mistakes);
	vec_release(&c->oddities);
}
