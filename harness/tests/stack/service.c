/*
 * A service to try the process driver on: answers every HTTP request with a
 * line, or misbehaves as told.
 *
 *	service --port N [--conninfo C]   answers; holds a session in C
 *	service --port N --deaf           listens and never answers
 *	service --port N --stray          also leaves a daemon behind
 *	service --port N --stubborn       ignores SIGTERM
 *	service --die TEXT                says so and exits 3
 */
#include <arpa/inet.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int listen_on(int port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons((unsigned short)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, 16) < 0) {
		perror("service: listen");
		exit(4);
	}
	return fd;
}

/* A daemon as one is made: its own session, no parent. */
static void leave_stray(void)
{
	if (fork())
		return;
	setsid();
	if (fork())
		_exit(0);
	signal(SIGTERM, SIG_IGN);
	for (;;)
		pause();
}

static void serve(int fd)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n"
		"Connection: close\r\n\r\nok\n";
	char request[4096];

	for (;;) {
		int client = accept(fd, NULL, NULL);
		if (client < 0)
			continue;
		if (read(client, request, sizeof(request)) > 0 &&
		    write(client, answer, sizeof(answer) - 1) < 0)
			perror("service: write");
		close(client);
	}
}

int main(int argc, char **argv)
{
	int port = 0, deaf = 0;

	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : "";
		if (!strcmp(argv[i], "--port"))
			port = atoi(value);
		if (!strcmp(argv[i], "--conninfo") &&
		    PQstatus(PQconnectdb(value)) != CONNECTION_OK)
			return 5;
		if (!strcmp(argv[i], "--deaf"))
			deaf = 1;
		if (!strcmp(argv[i], "--stray"))
			leave_stray();
		if (!strcmp(argv[i], "--stubborn"))
			signal(SIGTERM, SIG_IGN);
		if (!strcmp(argv[i], "--die")) {
			printf("first line\n%s\n", value);
			return 3;
		}
	}
	int fd = listen_on(port);
	while (deaf)
		pause();
	serve(fd);
}
