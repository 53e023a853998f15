#include "stack/readiness.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/number.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* One try of HTTP: longer than any answer of a service that is up takes, and
 * short enough to notice soon when it died. */
#define HTTP_TRY (2 * CLOCK_SEC)

static bool try_http(const struct probe *probe, struct http_client *client,
		     char answer[PROBE_ANSWER])
{
	struct http_request request = {
		.url = probe->target,
		.timeout = probe->answer_within ? probe->answer_within
						: HTTP_TRY,
	};
	struct http_response response;
	struct error err = ERROR_INIT;

	if (http_perform(client, &request, &response, &err) < 0) {
		snprintf(answer, PROBE_ANSWER, "%.*s", PROBE_ANSWER - 1,
			 err.message);
		return false;
	}
	int status = response.status;
	http_response_release(&response);
	snprintf(answer, PROBE_ANSWER, "HTTP %d", status);
	return status >= 200 && status < 300;
}

static bool try_tcp(const char *port, char answer[PROBE_ANSWER])
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	_cleanup_(close_fd) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC,
					    0);
	int64_t number = 0;

	number_parse_int(port, 1, 65535, &number);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons((uint16_t)number);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address,
			       sizeof(address)) == 0)
		return true;
	snprintf(answer, PROBE_ANSWER, "%s", strerror(errno));
	return false;
}

static bool try_file(const char *path, char answer[PROBE_ANSWER])
{
	struct stat st;

	if (stat(path, &st) == 0 && st.st_size > 0)
		return true;
	snprintf(answer, PROBE_ANSWER, "not written yet");
	return false;
}

static bool try_database(const char *conninfo, char answer[PROBE_ANSWER])
{
	static const char *const words[] = {
		[PQPING_OK] = "it takes connections",
		[PQPING_REJECT] = "it is starting",
		[PQPING_NO_RESPONSE] = "no server answers",
		[PQPING_NO_ATTEMPT] = "the connection string is wrong",
	};
	PGPing ping = PQping(conninfo);

	snprintf(answer, PROBE_ANSWER, "%s", words[ping]);
	return ping == PQPING_OK;
}

bool probe_try(const struct probe *probe, struct http_client *client,
	       char answer[PROBE_ANSWER])
{
	switch (probe->kind) {
	case PROBE_HTTP:
		return try_http(probe, client, answer);
	case PROBE_TCP:
		return try_tcp(probe->target, answer);
	case PROBE_FILE:
		return try_file(probe->target, answer);
	case PROBE_DATABASE:
		return try_database(probe->target, answer);
	case PROBE_NONE:
		break;
	}
	return true;
}

const char *probe_describe(const struct probe *probe, char *buf, size_t size)
{
	static const char *const forms[] = {
		[PROBE_NONE] = "%s", [PROBE_HTTP] = "GET %s",
		[PROBE_TCP] = "a connection to port %s",
		[PROBE_FILE] = "the file %s", [PROBE_DATABASE] = "`%s`",
	};

	snprintf(buf, size, forms[probe->kind],
		 probe->target ? probe->target : "");
	return buf;
}
