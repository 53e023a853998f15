#include "base/http.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/interrupt.h"

#include <ctype.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

int http_client_init(struct http_client *client, struct error *err)
{
	client->curl = curl_easy_init();
	if (!client->curl)
		return error_set(err, ERROR_INTERNAL, "libcurl can't start");
	return 0;
}

void http_client_release(struct http_client *client)
{
	if (client->curl)
		curl_easy_cleanup(client->curl);
	client->curl = NULL;
}

/* Where the body goes, and whether it was too much. */
struct receiver {
	struct strbuf *into;
	FILE *file;
	size_t received, cap;
	bool too_large;
	int write_errno;
};

static size_t take_body(char *data, size_t size, size_t count, void *context)
{
	struct receiver *r = context;
	size_t len = size * count;

	r->received += len;
	if (r->received > r->cap) {
		r->too_large = true;
		return 0;
	}
	if (!r->file) {
		strbuf_add(r->into, data, len);
	} else if (fwrite(data, 1, len, r->file) != len) {
		r->write_errno = errno;
		return 0;
	}
	return len;
}

static size_t take_header(char *data, size_t size, size_t count, void *context)
{
	struct strbuf *into = context;
	size_t len = size * count;
	const char *colon = memchr(data, ':', len);

	if (!strncmp(data, "HTTP/", 5 < len ? 5 : len))
		strbuf_reset(into); /* a new answer after 100 or a redirect */
	if (!colon)
		return len;
	for (const char *p = data; p < colon; p++)
		strbuf_addch(into, (char)tolower((unsigned char)*p));
	strbuf_add(into, colon, len - (size_t)(colon - data));
	strbuf_rtrim(into);
	strbuf_addch(into, '\n');
	return len;
}

static int check_interrupt(void *context, curl_off_t a, curl_off_t b,
			   curl_off_t c, curl_off_t d)
{
	(void)context;
	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return interrupt_signal();
}

static void set_options(CURL *curl, const struct http_request *request)
{
	int64_t timeout = request->timeout ? request->timeout : 30 * CLOCK_SEC;

	curl_easy_reset(curl);
	curl_easy_setopt(curl, CURLOPT_URL, request->url);
	/* What a check asks for is what is asked: no "../" is resolved here. */
	curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, 512L * 1024);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
			 (long)(timeout / CLOCK_MSEC));
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, check_interrupt);
	if (request->body) {
		curl_easy_setopt(curl, CURLOPT_POST, 1L);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
				 (curl_off_t)request->body_len);
	}
	if (request->method)
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
}

static int explain(CURLcode code, const char *detail,
		   const struct http_request *request,
		   const struct receiver *receiver, struct error *err)
{
	enum error_kind kind = ERROR_UNAVAILABLE;

	if (receiver->too_large)
		return error_set(err, ERROR_LIMIT,
				 "%s: the answer is larger than %zu bytes",
				 request->url, receiver->cap);
	if (receiver->write_errno)
		return error_errno(err, receiver->write_errno, "writing %s",
				   request->save);
	if (code == CURLE_OPERATION_TIMEDOUT)
		kind = ERROR_TIMEOUT;
	else if (code == CURLE_ABORTED_BY_CALLBACK)
		kind = ERROR_CANCELLED;
	else if (code == CURLE_URL_MALFORMAT ||
		 code == CURLE_UNSUPPORTED_PROTOCOL)
		kind = ERROR_INVALID;
	return error_set(err, kind, "%s: %s", request->url,
			 *detail ? detail : curl_easy_strerror(code));
}

int http_perform(struct http_client *client, const struct http_request *request,
		 struct http_response *ret, struct error *err)
{
	size_t cap = request->cap ? request->cap : (size_t)16 * 1024 * 1024;
	struct http_response response = {
		.headers = STRBUF_INIT(STRBUF_LINE), .body = STRBUF_INIT(cap),
	};
	struct receiver receiver = { .into = &response.body, .cap = cap };
	struct curl_slist *headers = NULL;
	char detail[CURL_ERROR_SIZE] = "";
	CURL *curl = client->curl;
	int64_t started = clock_monotonic();

	if (request->save) {
		receiver.file = fopen(request->save, "wbe");
		if (!receiver.file)
			return error_errno(err, errno, "writing %s",
					   request->save);
		/* libcurl hands over large pieces: no copy of them. */
		setvbuf(receiver.file, NULL, _IONBF, 0);
	}
	for (const char *const *h = request->headers; h && *h; h++)
		headers = curl_slist_append(headers, *h);
	set_options(curl, request);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &receiver);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, &response.headers);
	CURLcode code = curl_easy_perform(curl);
	client->spent += clock_monotonic() - started;
	curl_slist_free_all(headers);
	if (receiver.file && fclose(receiver.file) && code == CURLE_OK) {
		code = CURLE_WRITE_ERROR;
		receiver.write_errno = errno;
	}
	if (code != CURLE_OK) {
		explain(code, detail, request, &receiver, err);
		http_response_release(&response);
		return -1;
	}
	long status = 0;
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	response.status = (int)status;
	response.duration = clock_monotonic() - started;
	*ret = response;
	return 0;
}

void http_response_release(struct http_response *response)
{
	strbuf_release(&response->headers);
	strbuf_release(&response->body);
}

void http_add_escaped(struct strbuf *into, const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		if (isalnum(*p) || strchr("-._~", *p))
			strbuf_addch(into, (char)*p);
		else
			strbuf_addf(into, "%%%02X", *p);
	}
}
