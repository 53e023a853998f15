#include "format/utf8.h"

#include <stdio.h>
#include <string.h>

/* How many bytes follow this first one, and the bits it gives; -1 where no
 * character starts so. */
static int continuation_count(unsigned char first, uint32_t *ret_bits)
{
	if (first >= 0xc2 && first <= 0xdf) {
		*ret_bits = first & 0x1fu;
		return 1;
	}
	if (first >= 0xe0 && first <= 0xef) {
		*ret_bits = first & 0x0fu;
		return 2;
	}
	if (first >= 0xf0 && first <= 0xf4) {
		*ret_bits = first & 0x07u;
		return 3;
	}
	return -1;
}

static bool is_scalar(uint32_t c, int bytes)
{
	static const uint32_t smallest[] = { 0, 0x80, 0x800, 0x10000 };

	return c >= smallest[bytes - 1] && c <= 0x10ffff &&
	       !(c >= 0xd800 && c <= 0xdfff);
}

bool utf8_decode(const char *s, size_t len, uint32_t *ret_char,
		 size_t *ret_len)
{
	unsigned char first = (unsigned char)s[0];
	uint32_t c = first;
	int more;

	*ret_len = 1;
	*ret_char = c;
	if (first < 0x80)
		return true;
	*ret_char = UTF8_REPLACEMENT;
	more = continuation_count(first, &c);
	if (more < 0 || (size_t)more >= len)
		return false;
	for (int i = 1; i <= more; i++) {
		unsigned char next = (unsigned char)s[i];

		if ((next & 0xc0) != 0x80)
			return false;
		c = c << 6 | (next & 0x3fu);
	}
	if (!is_scalar(c, more + 1))
		return false;
	*ret_char = c;
	*ret_len = (size_t)more + 1;
	return true;
}

void utf8_add(struct strbuf *sb, uint32_t c)
{
	char bytes[4];
	size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char marks[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = len - 1; i > 0; i--, c >>= 6)
		bytes[i] = (char)(0x80 | (c & 0x3f));
	bytes[0] = (char)(marks[len] | c);
	strbuf_add(sb, bytes, len);
}

/* Characters that show nothing and change how their neighbours are read. */
static bool acts_unseen(uint32_t c)
{
	return c == 0xad || c == 0x61c || c == 0x180e || c == 0x200b ||
	       c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
	       (c >= 0xfff0 && c <= 0xfffb) || (c & 0xfffe) == 0xfffe ||
	       (c >= 0xe0000 && c <= 0xe0fff);
}

bool utf8_picture(uint32_t c, char buf[UTF8_PICTURE])
{
	struct strbuf sb = STRBUF_INIT(UTF8_PICTURE - 1);
	bool shown = true;

	if (c < 0x20)
		utf8_add(&sb, 0x2400 + c);
	else if (c == 0x7f)
		utf8_add(&sb, 0x2421);
	else if ((c >= 0x80 && c <= 0x9f) || acts_unseen(c))
		strbuf_addf(&sb, "⟨U+%04X⟩", (unsigned)c);
	else
		shown = false;
	memcpy(buf, sb.buf, sb.len + 1);
	strbuf_release(&sb);
	return shown;
}

void utf8_add_visible(struct strbuf *sb, const char *s, size_t len,
		      const char *keep)
{
	char picture[UTF8_PICTURE];

	for (size_t i = 0, taken; i < len; i += taken) {
		uint32_t c;

		utf8_decode(s + i, len - i, &c, &taken);
		if (c && c < 0x80 && keep && strchr(keep, (int)c))
			strbuf_addch(sb, (char)c);
		else if (utf8_picture(c, picture))
			strbuf_addstr(sb, picture);
		else
			utf8_add(sb, c);
	}
}

size_t utf8_width(const char *s)
{
	char picture[UTF8_PICTURE];
	size_t len = strlen(s), width = 0;

	for (size_t i = 0, taken; i < len; i += taken) {
		uint32_t c;

		utf8_decode(s + i, len - i, &c, &taken);
		if (utf8_picture(c, picture))
			width += utf8_width(picture);
		else
			width += (size_t)utf8_char_width(c);
	}
	return width;
}
