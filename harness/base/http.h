/*
 * HTTP requests, by libcurl. Only http:// and https://, no redirect to
 * another host, no proxy from the environment, no .netrc, no cookie.
 *
 * An answer of any status is an answer; an error is "no answer": refused,
 * timed out, cut, or larger than its cap.
 */
#ifndef BASE_HTTP_H
#define BASE_HTTP_H

#include "base/error.h"
#include "base/strbuf.h"

#include <stdint.h>

/* Keeps connections alive between requests. Not for two threads at once. */
struct http_client {
	void *curl; /* CURL */
	int64_t spent; /* microseconds in requests, since the start */
};

int http_client_init(struct http_client *client, struct error *err);
void http_client_release(struct http_client *client); /* also when zeroed */

struct http_request {
	const char *method; /* NULL: GET, or POST where there is a body */
	const char *url;
	const char *const *headers; /* "Name: value", NULL-terminated, or NULL */
	const char *body;
	size_t body_len;
	int64_t timeout;  /* microseconds; 0: 30 s */
	size_t cap;       /* of the body; 0: 16 MiB */
	const char *save; /* write the body to this file instead of `body` */
};

struct http_response {
	int status;
	struct strbuf headers; /* "name: value\n", names in lower case */
	struct strbuf body;    /* empty where it was saved to a file */
	int64_t duration;
};

int http_perform(struct http_client *client, const struct http_request *request,
		 struct http_response *ret, struct error *err);
void http_response_release(struct http_response *response);

/* Percent-encodes for a path segment or a query value: all but unreserved
 * characters (RFC 3986, 2.3). */
void http_add_escaped(struct strbuf *into, const char *text);

#endif
