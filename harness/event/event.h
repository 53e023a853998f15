/*
 * What happens in a run, as it happens: values that the runner sends to every
 * sink. Progress shows them; a reporter waits for the last, which carries the
 * whole result. A sink is told everything and asked nothing.
 */
#ifndef EVENT_EVENT_H
#define EVENT_EVENT_H

#include "event/result.h"

enum event_type {
	EVENT_RUN_STARTED,  /* result: title, vars */
	EVENT_PHASE,        /* text: what goes on now, "PostgreSQL starts" */
	EVENT_PROGRESS,     /* text: how far that is, once a second or so */
	EVENT_STEP_STARTED, /* text: the step's id; index of total */
	EVENT_CHECK_DONE,   /* check */
	EVENT_NOTE,         /* text: something to know, not an outcome */
	EVENT_RUN_FINISHED, /* result: whole */
};

struct event {
	enum event_type type;
	int64_t time; /* microseconds UTC; event_send() fills it */
	const char *text;
	size_t index, total;
	const struct check_result *check;
	const struct result *result;
};

struct sink {
	/* self is the sink itself, embedded in the reporter's own struct. */
	void (*handle)(struct sink *self, const struct event *event);
};

/* The sinks of a run: borrowed. */
struct sinks {
	struct sink *const *at;
	size_t len;
};

void event_send(const struct sinks *sinks, struct event event);
void event_phase(const struct sinks *sinks, const char *fmt, ...)
	PRINTF_LIKE(2, 3);
void event_progress(const struct sinks *sinks, const char *fmt, ...)
	PRINTF_LIKE(2, 3);
void event_note(const struct sinks *sinks, const char *fmt, ...)
	PRINTF_LIKE(2, 3);

#endif
