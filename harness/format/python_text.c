#include "format/python_text.h"

#include "format/utf8.h"

/* U+D800 to U+DFFF as three bytes, which strict UTF-8 does not have. */
static bool is_surrogate(const unsigned char *s, size_t len)
{
	return len >= 3 && s[0] == 0xed && s[1] >= 0xa0 && s[1] <= 0xbf &&
	       (s[2] & 0xc0) == 0x80;
}

bool python_text_is_valid(const char *s, size_t len)
{
	for (size_t i = 0; i < len;) {
		uint32_t c;
		size_t n = 1;
		if ((unsigned char)s[i] >= 0x80 &&
		    !utf8_decode(s + i, len - i, &c, &n)) {
			if (!is_surrogate((const unsigned char *)s + i,
					  len - i))
				return false;
			n = 3;
		}
		i += n;
	}
	return true;
}

void python_text_quote(struct strbuf *sb, const char *s, size_t len,
		       size_t max_chars)
{
	size_t i = 0, chars = 0;

	while (i < len && chars++ < max_chars) {
		uint32_t c;
		size_t n;
		utf8_decode(s + i, len - i, &c, &n);
		i += n;
	}
	strbuf_addch(sb, '\'');
	utf8_add_visible(sb, s, i, NULL);
	strbuf_addstr(sb, i < len ? "...'" : "'");
}
