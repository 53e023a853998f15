/*
 * Is it ready? A probe is one try, without waiting for long; who waits calls
 * it again and again, a few milliseconds apart, up to the probe's `within`.
 */
#ifndef STACK_READINESS_H
#define STACK_READINESS_H

#include "base/http.h"

#include <stdbool.h>
#include <stdint.h>

enum probe_kind {
	PROBE_NONE,     /* ready as soon as it runs */
	PROBE_HTTP,     /* GET target: 2xx */
	PROBE_TCP,      /* 127.0.0.1:target accepts */
	PROBE_FILE,     /* target is there and not empty */
	PROBE_DATABASE, /* target, a conninfo: the server takes connections */
};

struct probe {
	enum probe_kind kind;
	const char *target;
	int64_t within; /* microseconds */
	int64_t answer_within; /* of one try over HTTP; 0: 2 s */
};

enum { PROBE_ANSWER = 160 };

/* One try. `answer` gets what was seen instead: "connection refused",
 * "HTTP 503". */
bool probe_try(const struct probe *probe, struct http_client *client,
	       char answer[PROBE_ANSWER]);

/* "GET http://127.0.0.1:4100/health": for messages. buf is ret. */
const char *probe_describe(const struct probe *probe, char *buf, size_t size);

#endif
