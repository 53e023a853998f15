#include "stack/wire.h"

#include "base/alloc.h"
#include "base/io.h"
#include "base/strbuf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* On the wire: this, the processors, then the strings, each with its NUL. */
struct head {
	uint32_t op, id;
	int32_t number;
	uint32_t kind, drop, uid, gid;
	uint32_t argc, envc, cpu_count;
	uint32_t has_text, has_name, has_cwd, fd_mask;
};

int wire_pair(int ret_ends[2], struct error *err)
{
	int size = WIRE_MAX;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret_ends) < 0)
		return error_errno(err, errno, "a socket for the supervisor");
	for (int i = 0; i < 2; i++)
		setsockopt(ret_ends[i], SOL_SOCKET, SO_SNDBUF, &size,
			   sizeof(size));
	return 0;
}

static uint32_t count(const char *const *list)
{
	uint32_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

static void add_string(struct strbuf *sb, const char *s)
{
	if (s)
		strbuf_add(sb, s, strlen(s) + 1);
}

static void encode(struct strbuf *sb, const struct wire_message *m)
{
	struct head head = {
		.op = m->op, .id = m->id, .number = m->number,
		.kind = m->kind, .drop = m->drop, .uid = m->uid, .gid = m->gid,
		.argc = count(m->argv), .envc = count(m->env),
		.cpu_count = (uint32_t)m->cpu_count,
		.has_text = !!m->text, .has_name = !!m->name,
		.has_cwd = !!m->cwd,
		.fd_mask = (uint32_t)(m->fds[0] >= 0) |
			   (uint32_t)(m->fds[1] >= 0) << 1,
	};

	strbuf_add(sb, &head, sizeof(head));
	if (m->cpu_count)
		strbuf_add(sb, m->cpus, m->cpu_count * sizeof(*m->cpus));
	add_string(sb, m->text);
	add_string(sb, m->name);
	add_string(sb, m->cwd);
	for (uint32_t i = 0; i < head.argc; i++)
		add_string(sb, m->argv[i]);
	for (uint32_t i = 0; i < head.envc; i++)
		add_string(sb, m->env[i]);
}

int wire_send(int socket, const struct wire_message *m, struct error *err)
{
	_cleanup_(strbuf_release) struct strbuf sb = STRBUF_INIT(WIRE_MAX);
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int) * WIRE_FDS)];
	} control;
	int fds[WIRE_FDS];
	size_t fd_count = 0;
	ssize_t sent;

	encode(&sb, m);
	if (sb.truncated)
		return error_set(err, ERROR_LIMIT, "a command line and its "
				 "environment of over %d bytes", WIRE_MAX);
	for (int i = 0; i < WIRE_FDS; i++)
		if (m->fds[i] >= 0)
			fds[fd_count++] = m->fds[i];
	struct iovec data = { sb.buf, sb.len };
	struct msghdr msg = { .msg_iov = &data, .msg_iovlen = 1 };
	if (fd_count) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = control.room;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
		struct cmsghdr *header = CMSG_FIRSTHDR(&msg);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
		memcpy(CMSG_DATA(header), fds, sizeof(int) * fd_count);
	}
	do {
		sent = sendmsg(socket, &msg, MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return error_errno(err, errno, "a message to the supervisor");
	return 0;
}

/* A received message, being taken apart. */
struct cursor {
	const char *at, *end;
};

static const char *take_string(struct cursor *c)
{
	const char *s = c->at;
	const char *nul = c->at < c->end ?
		memchr(s, '\0', (size_t)(c->end - c->at)) : NULL;

	if (!nul)
		return "";
	c->at = nul + 1;
	return s;
}

static const char *const *take_list(struct cursor *c, const char **list,
				    uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		list[i] = take_string(c);
	list[n] = NULL;
	return list;
}

/* `bytes` becomes the message's memory, with room for the two lists behind. */
static int decode(const char *bytes, size_t len, struct wire_message *ret)
{
	struct head head;

	if (len < sizeof(head))
		return -1;
	memcpy(&head, bytes, sizeof(head));
	if (head.argc > len || head.envc > len || head.cpu_count > len ||
	    sizeof(head) + head.cpu_count * sizeof(int) > len)
		return -1;
	size_t lists = (head.argc + head.envc + 2) * sizeof(char *);
	char *memory = xmalloc(lists + len);
	memcpy(memory + lists, bytes, len);
	struct cursor c = { memory + lists + sizeof(head),
			    memory + lists + len };
	*ret = WIRE_MESSAGE(head.op);
	ret->memory = memory;
	ret->id = head.id;
	ret->number = head.number;
	ret->kind = head.kind;
	ret->drop = head.drop;
	ret->uid = head.uid;
	ret->gid = head.gid;
	ret->cpu_count = head.cpu_count;
	ret->cpus = (const int *)(const void *)c.at;
	c.at += head.cpu_count * sizeof(int);
	ret->text = head.has_text ? take_string(&c) : NULL;
	ret->name = head.has_name ? take_string(&c) : NULL;
	ret->cwd = head.has_cwd ? take_string(&c) : NULL;
	const char **strings = (const char **)(void *)memory;
	ret->argv = take_list(&c, strings, head.argc);
	ret->env = take_list(&c, strings + head.argc + 1, head.envc);
	return (int)head.fd_mask;
}

static void place_fds(struct wire_message *m, int mask, const int *fds,
		      size_t fd_count)
{
	size_t next = 0;

	for (int i = 0; i < WIRE_FDS; i++)
		if ((mask >> i & 1) && next < fd_count)
			m->fds[i] = fds[next++];
}

int wire_receive(int socket, struct wire_message *ret, struct error *err)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int) * WIRE_FDS)];
	} control;
	int fds[WIRE_FDS];
	size_t fd_count = 0;
	char *bytes = xmalloc(WIRE_MAX);
	struct iovec data = { bytes, WIRE_MAX };
	struct msghdr msg = { .msg_iov = &data, .msg_iovlen = 1,
			      .msg_control = control.room,
			      .msg_controllen = sizeof(control.room) };
	ssize_t n;
	int result = 1;

	do {
		n = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n <= 0) {
		free(bytes);
		if (n == 0 || errno == ECONNRESET)
			return 0;
		return error_errno(err, errno, "a message of the supervisor");
	}
	struct cmsghdr *header = CMSG_FIRSTHDR(&msg);
	if (header && header->cmsg_type == SCM_RIGHTS) {
		fd_count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(header), fd_count * sizeof(int));
	}
	int mask = decode(bytes, (size_t)n, ret);
	free(bytes);
	if (mask < 0) {
		for (size_t i = 0; i < fd_count; i++)
			close_fd(&fds[i]);
		result = error_set(err, ERROR_INTERNAL,
				   "a message that can't be read");
	} else {
		place_fds(ret, mask, fds, fd_count);
	}
	return result;
}

void wire_release(struct wire_message *message)
{
	for (int i = 0; i < WIRE_FDS; i++)
		close_fd(&message->fds[i]);
	free(message->memory);
	message->memory = NULL;
}
