#include "base/strbuf.h"

#include "base/alloc.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char strbuf_empty[1];

void strbuf_init(struct strbuf *sb, size_t cap)
{
	*sb = (struct strbuf)STRBUF_INIT(cap);
}

void strbuf_release(struct strbuf *sb)
{
	if (sb->alloc)
		free(sb->buf);
	strbuf_init(sb, sb->cap);
}

void strbuf_reset(struct strbuf *sb)
{
	sb->len = 0;
	sb->truncated = false;
	if (sb->alloc)
		sb->buf[0] = '\0';
}

char *strbuf_detach(struct strbuf *sb, size_t *ret_len)
{
	char *text = sb->alloc ? sb->buf : xcalloc(1, 1);

	if (ret_len)
		*ret_len = sb->len;
	strbuf_init(sb, sb->cap);
	return text;
}

char *strbuf_room(struct strbuf *sb, size_t extra, size_t *ret_room)
{
	size_t left = sb->cap - sb->len;
	size_t want = extra < left ? extra : left;

	if (sb->len + want + 1 > sb->alloc) {
		size_t alloc = sb->alloc ? sb->alloc : 64;
		while (alloc < sb->len + want + 1)
			alloc += alloc / 2;
		if (alloc - 1 > sb->cap)
			alloc = sb->cap + 1;
		sb->buf = xrealloc(sb->alloc ? sb->buf : NULL, alloc);
		sb->alloc = alloc;
		sb->buf[sb->len] = '\0';
	}
	*ret_room = want;
	return sb->buf + sb->len;
}

void strbuf_grew(struct strbuf *sb, size_t len)
{
	assert(sb->len + len <= sb->cap);
	if (!len)
		return;
	sb->len += len;
	sb->buf[sb->len] = '\0';
}

void strbuf_add(struct strbuf *sb, const void *data, size_t len)
{
	size_t room;

	if (!len)
		return;
	char *to = strbuf_room(sb, len, &room);
	memcpy(to, data, room);
	strbuf_grew(sb, room);
	if (room < len)
		sb->truncated = true;
}

void strbuf_addstr(struct strbuf *sb, const char *s)
{
	strbuf_add(sb, s, strlen(s));
}

void strbuf_addch(struct strbuf *sb, char c)
{
	strbuf_add(sb, &c, 1);
}

void strbuf_addchars(struct strbuf *sb, char c, size_t count)
{
	while (count--)
		strbuf_addch(sb, c);
}

void strbuf_vaddf(struct strbuf *sb, const char *fmt, va_list ap)
{
	char small[512];
	va_list again;

	va_copy(again, ap);
	int len = vsnprintf(small, sizeof(small), fmt, ap);
	if (len >= 0 && (size_t)len < sizeof(small)) {
		strbuf_add(sb, small, (size_t)len);
	} else if (len >= 0) {
		char *large = xmalloc((size_t)len + 1);
		vsnprintf(large, (size_t)len + 1, fmt, again);
		strbuf_add(sb, large, (size_t)len);
		free(large);
	}
	va_end(again);
}

void strbuf_addf(struct strbuf *sb, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(sb, fmt, ap);
	va_end(ap);
}

void strbuf_setlen(struct strbuf *sb, size_t len)
{
	assert(len <= sb->len);
	sb->len = len;
	if (sb->alloc)
		sb->buf[len] = '\0';
}

void strbuf_rtrim(struct strbuf *sb)
{
	size_t len = sb->len;

	while (len && strchr(" \t\r\n", sb->buf[len - 1]))
		len--;
	strbuf_setlen(sb, len);
}
