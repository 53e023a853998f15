/* Sentences that were put together elsewhere, found again by their format. */
#include "base/language.h"

#include "base/compiler.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

enum {
	ARGUMENTS_MAX = 12,
	LETTERS_MIN = 3,      /* a format with fewer says nothing by itself */
	TEXT_MAX = 8192,
	STEPS_MAX = 200000,   /* of one text, over all formats */
};

struct argument {
	const char *at;
	size_t len;
};

struct matching {
	struct argument arguments[ARGUMENTS_MAX];
	size_t count;
	long steps;
};

/* Behind "%zu", "%.10g", "%s": *ret_text says which kind. */
static const char *skip_conversion(const char *format, bool *ret_text)
{
	format += 1 + strspn(format + 1, "0123456789.-+ #");
	format += strspn(format, "zlhj");
	*ret_text = *format == 's' || *format == 'c';
	return format + (*format != '\0');
}

static bool match(struct matching *m, const char *format, const char *text);

static bool match_argument(struct matching *m, const char *format,
			   const char *text)
{
	bool is_text;
	const char *rest = skip_conversion(format, &is_text);
	size_t number = strspn(text, "0123456789.+-e"), slot = m->count;
	size_t from = is_text ? 0 : number, to = is_text ? strlen(text) : number;

	if (slot == ARGUMENTS_MAX || (!is_text && !number))
		return false;
	m->count++;
	for (size_t len = from; len <= to; len++) {
		/* A part of a list is another sentence. */
		if (*rest && len && !strncmp(text + len - 1, "; ", 2))
			break;
		/* A number may end a sentence. */
		if (*rest && *rest != '%' && text[len] != *rest)
			continue;
		m->arguments[slot] = (struct argument){ text, len };
		if (match(m, rest, text + len))
			return true;
	}
	m->count = slot;
	return false;
}

static bool match(struct matching *m, const char *format, const char *text)
{
	for (; *format; format++, text++) {
		if (--m->steps < 0)
			return false;
		if (*format == '%' && format[1] == '%')
			format++;
		else if (*format == '%')
			return match_argument(m, format, text);
		if (*format != *text)
			return false;
	}
	return !*text;
}

/* Letters that stand in the format itself. */
static size_t count_letters(const char *format)
{
	size_t letters = 0;
	bool is_text;

	while (*format) {
		if (*format == '%' && format[1] != '%') {
			format = skip_conversion(format, &is_text);
			continue;
		}
		letters += isalpha((unsigned char)*format++) != 0;
	}
	return letters;
}

static bool add_sentence(enum language language, const char *english,
			 size_t len, int depth, struct strbuf *into);

static void fill(enum language language, const char *format,
		 const struct matching *m, int depth, struct strbuf *into)
{
	size_t used = 0;
	bool is_text;

	while (*format) {
		if (*format == '%' && format[1] != '%') {
			format = skip_conversion(format, &is_text);
			if (used < m->count)
				add_sentence(language, m->arguments[used].at,
					     m->arguments[used].len,
					     depth + 1, into);
			used++;
			continue;
		}
		format += *format == '%';
		strbuf_addch(into, *format++);
	}
}

/* The whole text as one sentence; false: it is none that is known. */
static bool add_known(enum language language, const char *text, int depth,
		      struct strbuf *into)
{
	const struct message *messages = language_messages(language);
	struct matching m = { .steps = STEPS_MAX };

	for (; messages && messages->english; messages++) {
		if (count_letters(messages->english) < LETTERS_MIN)
			continue;
		m.count = 0;
		if (match(&m, messages->english, text)) {
			fill(language, messages->text, &m, depth, into);
			return true;
		}
	}
	return false;
}

/* Behind the first part of a list or of a row of sentences, with what stands
 * between; or NULL. */
static const char *find_part(const char *text, size_t *ret_separator)
{
	const char *semicolon = strstr(text, "; ");
	const char *stop = strstr(text, ". ");

	*ret_separator = 2;
	if (semicolon || !stop)
		return semicolon;
	/* The stop belongs to its sentence. */
	*ret_separator = 1;
	return stop + 1;
}

/* As one, or as parts of a list. false: nothing in it is known. */
static bool add_sentence(enum language language, const char *english,
			 size_t len, int depth, struct strbuf *into)
{
	enum { DEPTH_MAX = 4 };
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT(TEXT_MAX);
	_cleanup_(strbuf_release) struct strbuf rest = STRBUF_INIT(STRBUF_TEXT);
	const char *part = NULL;
	size_t separator = 0;

	strbuf_add(&text, english, len);
	if (!text.truncated && depth <= DEPTH_MAX && len) {
		if (add_known(language, text.buf, depth, into))
			return true;
		part = find_part(text.buf, &separator);
	}
	if (!part) {
		strbuf_add(into, english, len);
		return false;
	}
	size_t first = (size_t)(part - text.buf), next = first + separator;
	bool known = add_sentence(language, english, first, depth + 1, into);
	/* The rest of a list is as deep as the whole. */
	known |= add_sentence(language, english + next, len - next, depth,
			      &rest);
	strbuf_addstr(into, separator == 1 ? " " :
		      known && language == LANGUAGE_FRENCH ? " ; " : "; ");
	strbuf_add(into, rest.buf, rest.len);
	return known;
}

void language_sentence(enum language language, const char *english,
		       struct strbuf *into)
{
	size_t line = strcspn(english, "\n");

	if (!language_messages(language)) {
		strbuf_addstr(into, english);
		return;
	}
	add_sentence(language, english, line, 0, into);
	strbuf_addstr(into, english + line);
}
