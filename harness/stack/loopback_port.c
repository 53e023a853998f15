#include "stack/loopback_port.h"

#include "base/io.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

int loopback_port_keep(int wanted, const char *service, int *ret_fd,
		       int *ret_port, struct error *err)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)wanted),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(address);
	int yes = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return error_errno(err, errno, "a socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(fd, (struct sockaddr *)&address, len) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &len) < 0) {
		int errnum = errno;
		close_fd(&fd);
		if (errnum == EADDRINUSE)
			return error_set(err, ERROR_UNAVAILABLE,
					 "service `%s` needs port %d of "
					 "127.0.0.1, which is already taken "
					 "(`ss -ltnp 'sport = :%d'` says by "
					 "whom)", service, wanted, wanted);
		return error_errno(err, errnum, "port %d", wanted);
	}
	*ret_fd = fd;
	*ret_port = ntohs(address.sin_port);
	return 0;
}
