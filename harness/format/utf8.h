/*
 * Text that came from outside, made fit to show: decoded without trust,
 * measured in terminal columns, and with everything that would act rather
 * than be read (controls, escapes, marks that turn the direction of writing)
 * replaced by something that can be seen.
 */
#ifndef FORMAT_UTF8_H
#define FORMAT_UTF8_H

#include "base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* U+FFFD, what takes the place of a byte that is not UTF-8. */
#define UTF8_REPLACEMENT 0xfffdu

/* Reads one character of s (len > 0): its bytes in *ret_len. Overlong forms,
 * surrogates and what lies past U+10FFFF are not UTF-8: then one byte is
 * taken, and false is returned with *ret_char U+FFFD. */
bool utf8_decode(const char *s, size_t len, uint32_t *ret_char,
		 size_t *ret_len);

/* Appends the character as UTF-8. */
void utf8_add(struct strbuf *sb, uint32_t c);

/* Terminal columns of one character, and of a text as utf8_add_visible()
 * shows it. */
int utf8_char_width(uint32_t c);
size_t utf8_width(const char *s);

/* How a character is shown where it can't stand as it is; false where it can.
 * Controls become their pictures (U+001B: "␛"); marks of direction, line
 * separators and invisible fillers their number ("⟨U+202E⟩"). Tab and line
 * feed can't stand either, a caller that lets them through looks first. */
enum { UTF8_PICTURE = 24 };
bool utf8_picture(uint32_t c, char buf[UTF8_PICTURE]);

/* Appends s with every byte that is not UTF-8 and every character that has a
 * picture replaced. Characters of `keep` (ASCII, may be NULL) stand as they
 * are: "\n\t" for a text of several lines. */
void utf8_add_visible(struct strbuf *sb, const char *s, size_t len,
		      const char *keep);

#endif
