#include "base/language.h"

#include "base/compiler.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	const struct message *messages;
} languages[] = {
	[LANGUAGE_ENGLISH] = { "en", NULL },
	[LANGUAGE_FRENCH] = { "fr", language_french },
};

bool language_parse(const char *name, enum language *ret_language)
{
	size_t len = strcspn(name, "_.@:-");

	for (size_t i = 0; i < ARRAY_SIZE(languages); i++) {
		if (strlen(languages[i].name) != len ||
		    strncmp(languages[i].name, name, len))
			continue;
		*ret_language = (enum language)i;
		return true;
	}
	return false;
}

const char *language_name(enum language language)
{
	return languages[language].name;
}

enum language language_of_environment(void)
{
	static const char *const variables[] = { "LC_ALL", "LC_MESSAGES",
						 "LANG" };
	enum language language = LANGUAGE_ENGLISH;
	const char *asked = NULL, *list = getenv("LANGUAGE");

	for (size_t i = 0; i < ARRAY_SIZE(variables) && !(asked && *asked); i++)
		asked = getenv(variables[i]);
	if (!asked || !*asked || !strcmp(asked, "C") || !strcmp(asked, "POSIX"))
		return language;
	for (; list && *list; list += strcspn(list, ":")) {
		list += *list == ':';
		if (language_parse(list, &language))
			return language;
	}
	language_parse(asked, &language);
	return language;
}

const struct message *language_messages(enum language language)
{
	return languages[language].messages;
}

static const struct message *find(enum language language, const char *english)
{
	const struct message *m = languages[language].messages;

	/* A few hundred short strings, a few hundred times a report. */
	for (; m && m->english; m++)
		if (!strcmp(m->english, english))
			return m;
	return NULL;
}

const char *language_say(enum language language, const char *english)
{
	const struct message *message = find(language, english);

	return message ? message->text : english;
}

const char *language_say_count(enum language language, const char *one,
			       const char *many, unsigned long count)
{
	const struct message *message = find(language, one);

	/* In French one says "0 point", "1 point", "2 points". */
	if (message && message->many)
		return count > 1 ? message->many : message->text;
	return count == 1 ? one : many;
}
