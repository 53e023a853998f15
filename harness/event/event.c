#include "event/event.h"

#include "base/clock.h"

#include <stdio.h>

void event_send(const struct sinks *sinks, struct event event)
{
	event.time = clock_now();
	for (size_t i = 0; i < sinks->len; i++)
		sinks->at[i]->handle(sinks->at[i], &event);
}

static void send_text(const struct sinks *sinks, enum event_type type,
		      const char *fmt, va_list ap)
{
	char text[1024];

	vsnprintf(text, sizeof(text), fmt, ap);
	event_send(sinks, (struct event){ .type = type, .text = text });
}

void event_phase(const struct sinks *sinks, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	send_text(sinks, EVENT_PHASE, fmt, ap);
	va_end(ap);
}

void event_progress(const struct sinks *sinks, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	send_text(sinks, EVENT_PROGRESS, fmt, ap);
	va_end(ap);
}

void event_note(const struct sinks *sinks, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	send_text(sinks, EVENT_NOTE, fmt, ap);
	va_end(ap);
}
