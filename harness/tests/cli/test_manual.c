/* doc/bis.1 is held to the tables: it names every command and every option,
 * and nothing else. */
#include "cli/commands.h"
#include "tests/test.h"

#include "base/io.h"
#include "base/strbuf.h"

static struct strbuf manual = STRBUF_INIT(STRBUF_TEXT);

static void load(void)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/doc/bis.1", tests_srcdir());
	strbuf_reset(&manual);
	ck_assert_int_eq(io_read_file(path, &manual, NULL), 0);
}

/* The section of a command: from its heading to the next. *ret_len 0 where
 * there is none. */
static const char *section_of(const char *name, size_t *ret_len)
{
	char heading[100];
	const char *from, *to;

	*ret_len = 0;
	snprintf(heading, sizeof(heading), "\n.SS \"bis %s", name);
	from = manual.buf;
	do {
		from = strstr(from + 1, heading);
	} while (from && !strchr(" \"\\", from[strlen(heading)]));
	if (!from)
		return NULL;
	to = strstr(from + 1, "\n.S");
	*ret_len = to ? (size_t)(to - from) : strlen(from);
	return from;
}

/* "--no-predictions" as roff writes it. */
static void roff_option(const char *name, char *buf, size_t size)
{
	size_t n = (size_t)snprintf(buf, size, "\\-\\-");

	for (; *name && n + 3 < size; name++) {
		if (*name == '-')
			buf[n++] = '\\';
		buf[n++] = *name;
	}
	buf[n] = '\0';
}

static bool has(const char *text, size_t len, const char *what)
{
	size_t n = strlen(what);

	for (size_t i = 0; i + n <= len; i++)
		if (!strncmp(text + i, what, n) &&
		    (i + n == len || strchr(" \n,", text[i + n])))
			return true;
	return false;
}

START_TEST(every_command_and_option_is_in_the_manual)
{
	char option[100];
	size_t len;

	load();
	for (size_t i = 0; i < command_count; i++) {
		const char *section = section_of(commands[i]->name, &len);

		if (commands[i]->hidden)
			continue;
		ck_assert_msg(section != NULL, "doc/bis.1 lacks bis %s",
			      commands[i]->name);
		for (const struct option_spec *o = commands[i]->options;
		     o && o->name; o++) {
			roff_option(o->name, option, sizeof(option));
			ck_assert_msg(has(section, len, option),
				      "doc/bis.1 lacks bis %s --%s",
				      commands[i]->name, o->name);
		}
	}
}
END_TEST

static bool is_option(const struct command *command, const char *roff)
{
	char option[100];

	for (const struct option_spec *o = command->options; o && o->name;
	     o++) {
		roff_option(o->name, option, sizeof(option));
		if (!strncmp(roff, option, strlen(option)) &&
		    strchr(" \n", roff[strlen(option)]))
			return true;
	}
	return false;
}

START_TEST(every_option_in_the_manual_is_one)
{
	load();
	for (size_t i = 0; i < command_count; i++) {
		size_t len;
		const char *section = section_of(commands[i]->name, &len);

		for (size_t n = 0; section && n + 8 < len; n++) {
			const char *p = section + n;

			if (strncmp(p, "\n.BI \\-\\-", 9) &&
			    strncmp(p, "\n.B \\-\\-", 8))
				continue;
			p = strchr(p, '\\');
			ck_assert_msg(is_option(commands[i], p),
				      "bis %s has no %.20s", commands[i]->name,
				      p);
		}
	}
}
END_TEST

START_TEST(every_command_in_the_manual_is_one)
{
	size_t count = 0, shown = 0;

	load();
	for (const char *p = manual.buf; (p = strstr(p, "\n.SS \"bis "));
	     p++) {
		char name[40];
		size_t len = strcspn(p + 10, " \"\\");

		snprintf(name, sizeof(name), "%.*s", (int)len, p + 10);
		ck_assert_msg(command_find(name) != NULL, "%s", name);
		count++;
	}
	for (size_t i = 0; i < command_count; i++)
		shown += !commands[i]->hidden;
	ck_assert_uint_eq(count, shown);
}
END_TEST

TESTS_MAIN("cli/manual", every_command_and_option_is_in_the_manual,
	   every_option_in_the_manual_is_one,
	   every_command_in_the_manual_is_one)
