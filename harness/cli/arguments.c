#include "cli/arguments.h"

#include "base/suggest.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static size_t count_options(const struct option_spec *options)
{
	size_t n = 0;

	while (options && options[n].name)
		n++;
	return n;
}

static const char *option_name_at(const void *list, size_t i)
{
	return ((const struct option_spec *)list)[i].name;
}

/* One pass over argv. */
struct reading {
	const struct option_spec *options;
	size_t count;
	struct arguments *to;
	char **argv;
	int argc, at; /* at: the word being read */
};

static int unknown_option(const struct reading *r, const char *name,
			  struct error *err)
{
	const char *near =
		suggest_name(name, r->options, r->count, option_name_at);

	if (near)
		return error_set(err, ERROR_INVALID,
				 "no option --%s; did you mean --%s?", name,
				 near);
	return error_set(err, ERROR_INVALID, "no option --%s", name);
}

static int keep_value(struct reading *r, size_t option, const char *value,
		      struct error *err)
{
	struct arguments *to = r->to;

	if (to->value_counts[option] && !r->options[option].repeats)
		return error_set(err, ERROR_INVALID, "--%s is given twice",
				 r->options[option].name);
	to->values[option] = value;
	to->all_values[option][to->value_counts[option]++] = value;
	return 0;
}

/* `inside` is the value that stands in the same word, or NULL. */
static int take_option(struct reading *r, size_t option, const char *inside,
		       struct error *err)
{
	const struct option_spec *spec = &r->options[option];

	if (!spec->argument) {
		if (inside)
			return error_set(err, ERROR_INVALID,
					 "--%s takes no value", spec->name);
		return keep_value(r, option, "", err);
	}
	if (inside)
		return keep_value(r, option, inside, err);
	if (r->at + 1 >= r->argc)
		return error_set(err, ERROR_INVALID, "--%s needs a value: %s",
				 spec->name, spec->argument);
	return keep_value(r, option, r->argv[++r->at], err);
}

static int read_long(struct reading *r, struct error *err)
{
	const char *name = r->argv[r->at] + 2;
	size_t len = strcspn(name, "=");
	const char *inside = name[len] ? name + len + 1 : NULL;
	char text[64];

	for (size_t i = 0; i < r->count; i++)
		if (!strncmp(r->options[i].name, name, len) &&
		    !r->options[i].name[len])
			return take_option(r, i, inside, err);
	snprintf(text, sizeof(text), "%.*s", (int)(len < 60 ? len : 60), name);
	return unknown_option(r, text, err);
}

static int read_letters(struct reading *r, struct error *err)
{
	for (const char *p = r->argv[r->at] + 1; *p; p++) {
		size_t i = 0;

		while (i < r->count && r->options[i].letter != *p)
			i++;
		if (i == r->count)
			return error_set(err, ERROR_INVALID, "no option -%c",
					 *p);
		if (r->options[i].argument)
			return take_option(r, i, p[1] ? p + 1 : NULL, err);
		if (take_option(r, i, NULL, err) < 0)
			return -1;
	}
	return 0;
}

static bool asks_for_help(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return true;
	return false;
}

static void make_room(struct reading *r, struct arena *arena)
{
	struct arguments *to = r->to;
	size_t words = (size_t)r->argc;

	*to = (struct arguments){ .options = r->options };
	to->values = arena_array(arena, r->count + 1, sizeof(char *));
	to->all_values = arena_array(arena, r->count + 1, sizeof(char **));
	to->value_counts = arena_array(arena, r->count + 1, sizeof(size_t));
	to->operands = arena_array(arena, words + 1, sizeof(char *));
	/* Switches in one word can outnumber the words: a switch that does
	 * not repeat is refused the second time, before its second value. */
	for (int i = 0; i < r->argc; i++)
		words += r->argv[i][0] == '-' && r->argv[i][1] != '-'
			? strlen(r->argv[i]) : 0;
	for (size_t i = 0; i < r->count; i++)
		to->all_values[i] =
			arena_array(arena, words + 1, sizeof(char *));
}

int arguments_parse(const struct command *command, int argc, char **argv,
		    struct arena *arena, struct arguments *ret, bool *ret_help,
		    struct error *err)
{
	struct reading r = {
		.options = command->options,
		.count = count_options(command->options),
		.to = ret, .argv = argv, .argc = argc,
	};

	make_room(&r, arena);
	*ret_help = asks_for_help(argc, argv);
	if (*ret_help)
		return 0;
	for (; r.at < argc; r.at++) {
		const char *word = argv[r.at];
		int rc = 0;

		if (!strcmp(word, "--")) {
			while (++r.at < argc)
				ret->operands[ret->operand_count++] =
					argv[r.at];
			break;
		}
		if (!strncmp(word, "--", 2))
			rc = read_long(&r, err);
		else if (word[0] == '-' && word[1])
			rc = read_letters(&r, err);
		else
			ret->operands[ret->operand_count++] = word;
		if (rc < 0)
			return -1;
	}
	return 0;
}

static size_t find_option(const struct arguments *arguments, const char *name)
{
	size_t i = 0;

	while (arguments->options && arguments->options[i].name) {
		if (!strcmp(arguments->options[i].name, name))
			return i;
		i++;
	}
	return (size_t)-1;
}

const char *argument_value(const struct arguments *arguments, const char *name)
{
	size_t i = find_option(arguments, name);

	return i == (size_t)-1 ? NULL : arguments->values[i];
}

const char *const *argument_values(const struct arguments *arguments,
				   const char *name, size_t *ret_count)
{
	size_t i = find_option(arguments, name);

	*ret_count = i == (size_t)-1 ? 0 : arguments->value_counts[i];
	return i == (size_t)-1 ? NULL
		: (const char *const *)arguments->all_values[i];
}

void argument_words_add(struct argument_words *words,
			const struct arguments *arguments, const char *name,
			struct arena *arena)
{
	size_t count;
	const char *const *values = argument_values(arguments, name, &count);

	for (size_t i = 0; i < count; i++) {
		*vec_push(&words->at) = arena_printf(arena, "--%s", name);
		/* A switch has no value. */
		if (*values[i])
			*vec_push(&words->at) = values[i];
	}
}

const char *const *argument_words_end(struct argument_words *words,
				      struct arena *arena)
{
	const char **argv = arena_array(arena, words->at.len + 1,
					sizeof(*argv));

	if (words->at.len)
		memcpy(argv, words->at.at, words->at.len * sizeof(*argv));
	vec_release(&words->at);
	return argv;
}

/* Words of `text`, wrapped so that no line passes column 78 and following
 * lines begin at `indent`; the cursor already stands there. */
static void add_wrapped(struct strbuf *into, const char *text, size_t indent)
{
	size_t column = indent;

	while (*text) {
		size_t word = strcspn(text, " ");

		if (column > indent && column + 1 + word > 78) {
			strbuf_addch(into, '\n');
			strbuf_addchars(into, ' ', indent);
			column = indent;
		} else if (column > indent) {
			strbuf_addch(into, ' ');
			column++;
		}
		strbuf_add(into, text, word);
		column += word;
		text += word;
		text += strspn(text, " ");
	}
	strbuf_addch(into, '\n');
}

static void add_option(const struct option_spec *spec, struct strbuf *into)
{
	enum { COLUMN = 26 };
	size_t start = into->len;

	if (spec->letter)
		strbuf_addf(into, "  -%c, ", spec->letter);
	else
		strbuf_addstr(into, "      ");
	strbuf_addf(into, "--%s", spec->name);
	if (spec->argument)
		strbuf_addf(into, " %s", spec->argument);
	size_t used = into->len - start;
	if (used + 2 > COLUMN) {
		strbuf_addch(into, '\n');
		used = 0;
	}
	strbuf_addchars(into, ' ', COLUMN - used);
	add_wrapped(into, spec->help, COLUMN);
}

void arguments_help(const struct command *command, struct strbuf *into)
{
	size_t count = count_options(command->options);

	strbuf_addf(into, "Usage: bis %s\n\n", command->usage);
	add_wrapped(into, command->summary, 0);
	if (command->details)
		strbuf_addf(into, "\n%s\n", command->details);
	strbuf_addstr(into, "\nOptions:\n");
	for (size_t i = 0; i < count; i++)
		add_option(&command->options[i], into);
	add_option(&(struct option_spec){ "help", 'h', NULL, false,
					  "show this and exit" }, into);
}

int command_usage_error(const char *command, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "bis: %s: ", command);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nTry `bis %s --help`.\n", command);
	return EXIT_USAGE;
}
