/* http: one request to a service, with its answer as the value. */
#include "step/step.h"

#include "base/alloc.h"
#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

static const struct key_spec keys[] = {
	{ .name = "body", .type = KEY_STRING,
	  .doc = "The body to send, as it is." },
	{ .name = "delete", .type = KEY_STRING, .doc = "DELETE this path." },
	{ .name = "get", .type = KEY_STRING, .doc = "GET this path." },
	{ .name = "headers", .type = KEY_VALUES,
	  .doc = "Headers to send." },
	{ .name = "json", .type = KEY_ANY,
	  .doc = "The body to send, as JSON." },
	{ .name = "post", .type = KEY_STRING, .doc = "POST to this path." },
	{ .name = "put", .type = KEY_STRING, .doc = "PUT to this path." },
	{ .name = "service", .type = KEY_STRING, .required = true,
	  .doc = "The service, by its role: api, tracking, ..." },
	{ .name = "timeout", .type = KEY_DURATION,
	  .doc = "How long one answer may take (30s)." },
	{ 0 },
};

static const char *const methods[] = { "delete", "get", "post", "put" };

/* {"content-type": "..."}; a repeated header is joined by commas. */
static json_t *headers_object(const struct strbuf *headers)
{
	json_t *object = json_object();
	const char *line = headers->buf;

	for (size_t len; *line; line += len + (line[len] == '\n')) {
		len = strcspn(line, "\n");
		const char *colon = memchr(line, ':', len);
		if (!colon)
			continue;
		const char *value = colon + 1 + strspn(colon + 1, " \t");
		json_t *text = json_stringn_nocheck(
			value, len - (size_t)(value - line));
		char *name = xstrndup(line, (size_t)(colon - line));
		json_object_set_new_nocheck(object, name, text);
		free(name);
	}
	return object;
}

/* Text for JSON: invalid UTF-8 is told apart from text. */
static json_t *text_or_null(const struct strbuf *body)
{
	json_t *text = json_stringn(body->buf, body->len);

	return text ? text : json_null();
}

static json_t *answer_value(const struct http_response *response)
{
	json_t *value = json_object();
	json_t *json = json_loadb(response->body.buf, response->body.len,
				  JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

	json_object_set_new(value, "status", json_integer(response->status));
	if (json)
		json_object_set_new(value, "json", json);
	else
		json_object_set_new(value, "body",
				    text_or_null(&response->body));
	json_object_set_new(value, "headers",
			    headers_object(&response->headers));
	return value;
}

static const char *by_hand(struct step_context *context, const char *method,
			   const char *url, const char *body, bool is_json)
{
	struct strbuf sb = STRBUF_INIT(STRBUF_TEXT);

	strbuf_addstr(&sb, "curl -s");
	if (strcmp(method, "GET") && !(body && !strcmp(method, "POST")))
		strbuf_addf(&sb, " -X %s", method);
	strbuf_addf(&sb, " \"%s\"", url);
	if (is_json)
		strbuf_addstr(&sb, " -H 'content-type: application/json'");
	if (body)
		strbuf_addf(&sb, " -d %s",
			    step_shell_quote(context->arena, body));
	const char *text = arena_strdup(context->arena, sb.buf);
	strbuf_release(&sb);
	return text;
}

/* "Name: value" lines from the mapping, and the JSON content type. */
static const char **header_lines(struct step_context *context,
				 const json_t *headers, bool is_json)
{
	size_t count = json_object_size(headers), n = 0;
	const char **lines =
		arena_array(context->arena, count + 2, sizeof(*lines));
	const char *name;
	json_t *value;

	if (is_json)
		lines[n++] = "Content-Type: application/json";
	json_object_foreach((json_t *)(uintptr_t)headers, name, value)
		lines[n++] = arena_printf(context->arena, "%s: %s", name,
					  step_scalar(context->arena, value));
	return lines;
}

static int run(struct step_context *context, const struct step *step,
	       const json_t *args, struct step_outcome *ret, struct error *err)
{
	const char *service = step_text(args, "service");
	const char *base = stack_url(context->stack, service);
	const char *method = NULL, *path = NULL;
	const json_t *json = json_object_get(args, "json");
	const char *body = step_text(args, "body");
	struct http_response response;
	char upper[8] = "";

	(void)step;
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		const char *given = step_text(args, methods[i]);
		if (given && path)
			return error_set(err, ERROR_INVALID,
					 "http takes one of get, post, put, "
					 "delete");
		if (given) {
			method = methods[i];
			path = given;
		}
	}
	if (!path)
		return error_set(err, ERROR_INVALID,
				 "http needs one of get, post, put, delete");
	for (size_t i = 0; method[i] && i < sizeof(upper) - 1; i++)
		upper[i] = (char)(method[i] - 'a' + 'A');
	if (!base)
		return error_set(err, ERROR_INVALID,
				 "this stack has no service `%s`", service);
	char *text = json ? json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY)
			  : NULL;
	if (text)
		body = arena_strdup(context->arena, text);
	free(text);
	struct http_request request = {
		.method = arena_strdup(context->arena, upper),
		.url = arena_printf(context->arena, "%s%s", base, path),
		.headers = header_lines(context,
					json_object_get(args, "headers"),
					json != NULL),
		.body = body,
		.body_len = body ? strlen(body) : 0,
	};
	const char *timeout = step_text(args, "timeout");
	if (timeout)
		clock_parse_duration(timeout, &request.timeout);
	ret->by_hand = by_hand(
		context, upper,
		arena_printf(context->arena, "%s%s",
			     stack_by_hand(context->stack, service), path),
		body, json != NULL);
	ret->service = service;
	ret->expected = arena_printf(context->arena, "%s %s", upper, path);
	struct error why = ERROR_INIT;
	if (http_perform(&context->http, &request, &response, &why) < 0) {
		if (why.kind == ERROR_CANCELLED || why.kind == ERROR_INVALID) {
			*err = why;
			return -1;
		}
		ret->no_answer = true;
		ret->value = json_pack("{s:i,s:s}", "status", 0, "error",
				       why.message);
		ret->actual = arena_strdup(context->arena, why.message);
		return 0;
	}
	ret->value = answer_value(&response);
	http_response_release(&response);
	return 0;
}

const struct step_kind step_http = {
	.syntax = { "http", "Send one request to a service.", keys },
	.run = run,
};
