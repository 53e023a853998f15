#include "stack/dockerfile.h"

#include "stack/package_day.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define MARK "# bis: packages as of "

/* One instruction, with the lines that continue it. */
struct instruction {
	const char *text;
	size_t len; /* with the end of its last line */
};

static bool continues(const char *line, size_t len)
{
	while (len && isspace((unsigned char)line[len - 1]))
		len--;
	return len && line[len - 1] == '\\';
}

/* The word of a here-document that an instruction opens, or NULL. */
static const char *here_word(const char *line, size_t len, size_t *ret_len)
{
	const char *at = memmem(line, len, "<<", 2), *end;

	if (!at)
		return NULL;
	for (at += 2; at < line + len && strchr("-\"'", *at); at++)
		;
	for (end = at; end < line + len &&
	     (isalnum((unsigned char)*end) || *end == '_'); end++)
		;
	*ret_len = (size_t)(end - at);
	return end > at ? at : NULL;
}

static const char *line_end(const char *at)
{
	const char *end = strchr(at, '\n');

	return end ? end + 1 : at + strlen(at);
}

/* Past the here-document that ends with a line of that word alone. */
static const char *skip_here(const char *at, const char *word, size_t len)
{
	while (*at) {
		const char *end = line_end(at), *start = at;
		while (*start == '\t')
			start++;
		at = end;
		if (!strncmp(start, word, len) &&
		    (start[len] == '\n' || start[len] == '\0' ||
		     start[len] == '\r'))
			break;
	}
	return at;
}

static bool next_instruction(const char **at, struct instruction *ret)
{
	const char *start = *at, *end = start, *word;
	size_t word_len;

	if (!*start)
		return false;
	do {
		const char *line = end;
		end = line_end(line);
		if (!continues(line, (size_t)(end - line)))
			break;
	} while (*end);
	*ret = (struct instruction){ start, (size_t)(end - start) };
	word = strncasecmp(start, "RUN", 3) && strncasecmp(start, "COPY", 4)
		? NULL : here_word(start, ret->len, &word_len);
	if (word)
		end = skip_here(end, word, word_len);
	ret->len = (size_t)(end - start);
	*at = end;
	return true;
}

static bool is_a(const struct instruction *i, const char *name,
		 const char **ret_rest)
{
	const char *at = i->text;
	size_t len = strlen(name);

	while (*at == ' ' || *at == '\t')
		at++;
	if (strncasecmp(at, name, len) || (at[len] != ' ' && at[len] != '\t'))
		return false;
	*ret_rest = at + len;
	return true;
}

/* The image of `FROM [--platform=...] IMAGE [AS NAME]`, and the stage. */
static const char *image_of(const char *rest, size_t *ret_len)
{
	while (*rest == ' ' || *rest == '\t' || *rest == '-')
		rest += *rest == '-' ? strcspn(rest, " \t\n") : 1;
	*ret_len = strcspn(rest, " \t\r\n");
	return rest;
}

/* Stages that were named so far, to tell `FROM builder` from an image. */
static bool is_stage(const char *stages, const char *name, size_t len)
{
	for (const char *at = stages; (at = strchr(at, '\n')); ) {
		at++;
		if (!strncasecmp(at, name, len) && at[len] == '\n')
			return true;
	}
	return false;
}

static void note_stage(const char *rest, struct strbuf *stages)
{
	size_t len;
	const char *at = image_of(rest, &len) + len;

	at += strspn(at, " \t");
	if (strncasecmp(at, "AS", 2) || (at[2] != ' ' && at[2] != '\t'))
		return;
	at += 2 + strspn(at + 2, " \t");
	strbuf_add(stages, at, strcspn(at, " \t\r\n"));
	strbuf_addch(stages, '\n');
}

/* No image of elsewhere. */
static bool is_own(const char *stages, const char *name, size_t len)
{
	return is_stage(stages, name, len) ||
		(len == 7 && !strncmp(name, "scratch", 7));
}

const char *dockerfile_images(const char *text, struct arena *arena)
{
	_cleanup_(strbuf_release) struct strbuf sb = STRBUF_INIT(STRBUF_LINE);
	_cleanup_(strbuf_release) struct strbuf stages =
		STRBUF_INIT(STRBUF_LINE);
	struct instruction i;
	const char *rest;
	size_t len;

	strbuf_addch(&stages, '\n');
	while (next_instruction(&text, &i)) {
		if (!is_a(&i, "FROM", &rest))
			continue;
		const char *image = image_of(rest, &len);
		if (!is_own(stages.buf, image, len))
			strbuf_addf(&sb, "%s%.*s", sb.len ? "\n" : "",
				    (int)len, image);
		note_stage(rest, &stages);
	}
	return arena_strdup(arena, sb.buf);
}

const char *dockerfile_command(const char *text, struct arena *arena)
{
	_cleanup_(strbuf_release) struct strbuf sb = STRBUF_INIT(STRBUF_LINE);
	struct instruction i;
	const char *rest;

	while (next_instruction(&text, &i))
		if (is_a(&i, "CMD", &rest) || is_a(&i, "ENTRYPOINT", &rest))
			strbuf_add(&sb, i.text, i.len);
	return arena_strdup(arena, sb.buf);
}

bool dockerfile_installs(const char *text)
{
	return strstr(text, "pip ") || strstr(text, "pip3 ") ||
		strstr(text, "uv ") || strstr(text, "poetry");
}

/* Python of one line, in a shell's double quotes: no `"` and no `$` in it. */
#define PROOF \
	"import json, os, subprocess, sys\n" \
	"def newest(env):\n" \
	" out = subprocess.run([sys.executable, '-m', 'pip', 'install', " \
	"'--dry-run', '--ignore-installed', '--no-deps', '-q', '--report', " \
	"'-', 'boto3'], env=env, stdout=subprocess.PIPE, check=True).stdout\n" \
	" return json.loads(out)['install'][0]['metadata']['version']\n" \
	"now = dict(os.environ)\n" \
	"then = newest(now)\n" \
	"del now['PIP_UPLOADED_PRIOR_TO']\n" \
	"now = newest(now)\n" \
	"print('bis: boto3 resolves to', then, 'and today to', now)\n" \
	"sys.exit('bis: the day is not kept' if then == now else 0)\n"

static void add_proof(struct strbuf *into)
{
	strbuf_addstr(into, " && python3 -c \"exec('");
	for (const char *c = PROOF; *c; c++)
		if (*c == '\n')
			strbuf_addstr(into, "\\\\n");
		else if (*c == '\'')
			strbuf_addstr(into, "\\\\x27");
		else
			strbuf_addch(into, *c);
	strbuf_addstr(into, "')\"");
}

static void add_newest_pip(struct strbuf *into)
{
	strbuf_addstr(into, "env -u PIP_UPLOADED_PRIOR_TO "
		      "PIP_BREAK_SYSTEM_PACKAGES=1 PIP_NO_CACHE_DIR=1 "
		      "PIP_ROOT_USER_ACTION=ignore "
		      "PIP_DISABLE_PIP_VERSION_CHECK=1 "
		      "python3 -m pip install -q --upgrade ");
}

/* Where no pip 26 can run: the newest that can, and a local index for it. */
static void add_local_index(struct strbuf *into)
{
	const size_t len = strlen(package_day_program);
	size_t room;

	add_newest_pip(into);
	strbuf_addstr(into, "pip && python3 -c \"import base64, os, site; "
		      "at = site.getsitepackages()[0]; "
		      "os.makedirs(at, exist_ok=True); "
		      "open(at + '/package_day.py', 'wb').write("
		      "base64.b64decode('");
	char *to = strbuf_room(into, 4 * (len / 3 + 1) + 1, &room);
	strbuf_grew(into, (size_t)EVP_EncodeBlock(
			    (unsigned char *)to,
			    (const unsigned char *)package_day_program,
			    (int)len));
	strbuf_addstr(into, "')); open(at + '/package_day.pth', 'w')"
		      ".write('import package_day')\"");
}

static void add_settings(const struct package_day *day, struct strbuf *into)
{
	strbuf_addf(into, MARK "%s\n", day->as_of);
	strbuf_addf(into, "ENV PIP_UPLOADED_PRIOR_TO=%s "
		    "UV_EXCLUDE_NEWER=%s\n", day->as_of, day->as_of);
	strbuf_addstr(into, "RUN if command -v python3 >/dev/null 2>&1; then ");
	if (day->local_index)
		strbuf_addstr(into, "if python3 -c 'import sys; sys.exit("
			      "sys.version_info < (3, 10))'; then ");
	add_newest_pip(into);
	strbuf_addstr(into, "'pip>=26' || "
		      "{ echo 'bis: no pip 26 for this Python'; exit 1; }");
	if (day->local_index) {
		strbuf_addstr(into, "; else ");
		add_local_index(into);
		strbuf_addstr(into, " || exit 1; fi");
	}
	if (day->prove)
		add_proof(into);
	strbuf_addstr(into, "; fi\n");
}

/* Of an earlier day: the mark, and the two instructions after it. */
static bool is_ours(const struct instruction *i, int *left)
{
	if (!strncmp(i->text, MARK, strlen(MARK)))
		*left = 3;
	return *left > 0 && (*left)-- > 0;
}

void dockerfile_keep_to(const char *text, const struct package_day *day,
			struct strbuf *into)
{
	_cleanup_(strbuf_release) struct strbuf stages =
		STRBUF_INIT(STRBUF_LINE);
	struct instruction i;
	const char *rest;
	size_t len;
	int ours = 0;

	strbuf_addch(&stages, '\n');
	while (next_instruction(&text, &i)) {
		if (is_ours(&i, &ours))
			continue;
		strbuf_add(into, i.text, i.len);
		if (!is_a(&i, "FROM", &rest))
			continue;
		const char *image = image_of(rest, &len);
		bool own = is_own(stages.buf, image, len);
		note_stage(rest, &stages);
		if (i.len && i.text[i.len - 1] != '\n')
			strbuf_addch(into, '\n');
		if (!own)
			add_settings(day, into);
	}
}

/* As a line of its own, behind whatever the engine puts before it: the command
 * that would print it is in the output of every build that fails. */
static bool says(const char *output, const char *message)
{
	size_t len = strlen(message);

	for (const char *at = output; (at = strstr(at, message)); at += len)
		if (!at[len] || strchr("\r\n", at[len]))
			return true;
	return false;
}

bool dockerfile_lacks_pip(const char *output)
{
	return says(output, "bis: no pip 26 for this Python");
}

const char *dockerfile_complaint(const char *output)
{
	if (dockerfile_lacks_pip(output))
		return "its Python is too old for pip 26, which alone "
			"installs packages as of a day";
	if (says(output, "bis: the day is not kept"))
		return "the package index does not say when its files were "
			"published, so packages can't be kept to a day";
	return NULL;
}
