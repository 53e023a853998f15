/* A second stack like a session's, from nothing. */
#include "cli/session.h"

struct second {
	struct second_stack base; /* first */
	struct session *session;
	struct submission submission;
	bool has_submission;
};

static int make(struct second_stack *base, struct error *err)
{
	struct second *second = (struct second *)base;
	struct session *session = second->session;
	struct stack_options options = session_stack_options(session);

	options.keep = false;
	options.run_folder = NULL;
	base->repair = session_repair_scene(session);
	if (session->has_submission) {
		second->has_submission = true;
		if (session_copy_submission(session, &second->submission,
					    err) < 0)
			return error_context(err, "another copy of the "
					     "submission");
		options.submission = second->submission.root;
		base->repair.root = second->submission.root;
	}
	if (stack_open(&options, &base->stack, err) < 0)
		return -1;
	stack_set_vars(base->stack, session->scenario->vars);
	base->repair.stack = base->stack;
	return 0;
}

static void end(struct second_stack *base)
{
	struct second *second = (struct second *)base;
	struct error err = ERROR_INIT;

	stack_close(base->stack);
	base->stack = NULL;
	if (second->has_submission &&
	    submission_release(&second->submission, &err) < 0)
		session_complain(second->session, &err, 0);
	second->has_submission = false;
}

struct second_stack *session_second_stack(struct session *session)
{
	struct second *second = arena_new(&session->arena, struct second);

	second->session = session;
	second->base.make = make;
	second->base.end = end;
	return &second->base;
}
