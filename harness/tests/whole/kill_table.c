#include "tests/whole/kill_table.h"

#include "tests/test.h"

#include "base/io.h"
#include "base/strbuf.h"
#include "base/subprocess.h"

#include <jansson.h>

const char *const kill_field_names[KILL_FIELDS] = {
	"fault", "exit", "failed", "blocked", "cause",
};

const struct kill_no_cause kill_no_causes[] = {
	{ "logged", "what is logged or printed of them is wrong" },
	{ "model", "each makes the same model, which is not what was asked" },
	{ "registry", "the wrong version is registered or promoted" },
	{ "rows", "each reads the same rows, which are not those asked for" },
	{ "serving", "what is answered is wrong, or nothing is" },
	{ "untrained", "there is none: nothing could be trained on" },
};
const size_t kill_no_cause_count =
	sizeof(kill_no_causes) / sizeof(*kill_no_causes);

static int cmp_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *kill_sorted(struct arena *arena, const char *list)
{
	char *copy = arena_strdup(arena, list);
	VEC(const char *) names = VEC_INIT;
	struct strbuf sb = STRBUF_INIT(STRBUF_TEXT);
	char *save = NULL;

	for (char *name = strtok_r(copy, ",", &save); name;
	     name = strtok_r(NULL, ",", &save))
		*vec_push(&names) = name;
	if (names.len)
		qsort(names.at, names.len, sizeof(*names.at), cmp_texts);
	for (size_t i = 0; i < names.len; i++)
		strbuf_addf(&sb, "%s%s", i ? "," : "", names.at[i]);
	const char *text = arena_strdup(arena, sb.len ? sb.buf : "-");
	vec_release(&names);
	strbuf_release(&sb);
	return text;
}

static void read_row(struct arena *arena, char *line, struct kill_row *ret)
{
	char *hash = strchr(line, '#'), *save = NULL;

	*ret = (struct kill_row){ .note = "" };
	if (hash) {
		*hash = '\0';
		ret->note = arena_strdup(arena, hash + 1 +
					 strspn(hash + 1, " "));
	}
	for (int i = 0; i < KILL_FIELDS; i++) {
		char *field = strtok_r(i ? NULL : line, " \t", &save);
		ck_assert_msg(field != NULL, "a line of the kill table has "
			      "fewer than %d fields", KILL_FIELDS);
		if (i == KILL_NAME && *field == '+') {
			ret->always = true;
			field++;
		}
		if (i == KILL_CAUSE && *field == '-' && field[1]) {
			ret->no_cause = arena_strdup(arena, field + 1);
			field[1] = '\0';
		}
		ret->fields[i] = i < KILL_FAILED ? arena_strdup(arena, field)
						 : kill_sorted(arena, field);
	}
	const char *remedies = strtok_r(NULL, " \t", &save);
	ret->remedies = kill_sorted(arena, remedies ? remedies : "-");
}

void kill_table_read(struct arena *arena, const char *path,
		     struct kill_table *ret)
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);
	struct error err = ERROR_INIT;
	char *save = NULL;

	*ret = (struct kill_table){ VEC_INIT };
	ck_assert_msg(!io_read_file(path, &text, &err), "%s", err.message);
	for (char *line = strtok_r(text.buf, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		if (*line != '#')
			read_row(arena, line, vec_push(&ret->rows));
	strbuf_release(&text);
}

void kill_table_release(struct kill_table *table)
{
	vec_release(&table->rows);
}

static const char *with_verdict(struct arena *arena, const json_t *result,
				const char *verdict)
{
	struct strbuf sb = STRBUF_INIT(STRBUF_TEXT);
	json_t *exercise, *check;
	size_t i, j;

	json_array_foreach(json_object_get(result, "exercises"), i, exercise) {
		json_array_foreach(json_object_get(exercise, "checks"), j,
				   check) {
			const char *is = json_string_value(
				json_object_get(check, "verdict"));
			if (is && !strcmp(is, verdict))
				strbuf_addf(&sb, "%s,",
					    json_string_value(json_object_get(
						    check, "id")));
		}
	}
	const char *text = kill_sorted(arena, sb.buf);
	strbuf_release(&sb);
	return text;
}

/* The texts under `key` of a list's objects. */
static const char *texts_of(struct arena *arena, const json_t *list,
			    const char *key)
{
	struct strbuf sb = STRBUF_INIT(STRBUF_TEXT);
	json_t *object;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, object)
		strbuf_addf(&sb, "%s,",
			    json_string_value(json_object_get(object, key)));
	const char *text = kill_sorted(arena, sb.buf);
	strbuf_release(&sb);
	return text;
}

int kill_row_of(struct arena *arena, const char *result, struct kill_row *ret,
		const char **ret_pending)
{
	json_t *json = json_load_file(result, 0, NULL);

	if (!json)
		return -1;
	const char *error = with_verdict(arena, json, "error");
	const char *inconclusive = with_verdict(arena, json, "inconclusive");
	ret->fields[KILL_FAILED] = with_verdict(arena, json, "failed");
	ret->fields[KILL_BLOCKED] = with_verdict(arena, json, "blocked");
	ret->fields[KILL_CAUSE] = texts_of(
		arena, json_object_get(json, "diagnosis"), "cause");
	ret->remedies = texts_of(arena, json_object_get(json, "remedies"),
				 "id");
	*ret_pending = strcmp(error, "-") ? error : inconclusive;
	json_decref(json);
	return 0;
}

void fault_list_read(struct arena *arena, struct fault_list *ret)
{
	const char *argv[] = {
		arena_printf(arena, "%s/fixtures/streamflow/streamflow",
			     tests_builddir()), "faults", NULL,
	};
	struct subprocess_spec spec = SUBPROCESS_SPEC_INIT;
	struct subprocess_result result;
	struct error err = ERROR_INIT;
	char *save = NULL;

	*ret = (struct fault_list){ VEC_INIT };
	spec.argv = argv;
	ck_assert_msg(!subprocess_run(&spec, &result, &err), "%s", err.message);
	char *text = arena_strdup(arena, result.out.buf);
	subprocess_result_release(&result);
	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char *rest = NULL;
		const char *kind = strtok_r(line, " ", &rest);
		const char *name = strtok_r(NULL, " ", &rest);
		*vec_push(&ret->at) = (struct fault_line){
			name, rest + strspn(rest, " "),
			!strcmp(kind, "correct"),
		};
	}
}

const struct fault_line *fault_list_find(const struct fault_list *list,
					 const char *name)
{
	for (size_t i = 0; i < list->at.len; i++)
		if (!strcmp(list->at.at[i].name, name))
			return &list->at.at[i];
	return NULL;
}

static const struct kill_row *find_row(const struct kill_table *table,
				       const char *name)
{
	for (size_t i = 0; i < table->rows.len; i++)
		if (!strcmp(table->rows.at[i].fields[KILL_NAME], name))
			return &table->rows.at[i];
	return NULL;
}

/* The cause, or "– (serving)". */
static void add_cause(struct strbuf *sb, const char *cause,
		      const struct kill_row *want)
{
	if (strcmp(cause, "-"))
		strbuf_addstr(sb, cause);
	else if (want && want->no_cause)
		strbuf_addf(sb, "– (%s)", want->no_cause);
	else
		strbuf_addstr(sb, "–");
}

static void add_legend(struct strbuf *sb)
{
	strbuf_addstr(sb, "\nCauses say why trainings differ that must not, or "
		      "don't where they must. Where none is named, the\n"
		      "trainings agree, and\n\n");
	for (size_t i = 0; i < kill_no_cause_count; i++)
		strbuf_addf(sb, "- *%s*: %s;\n", kill_no_causes[i].word,
			    kill_no_causes[i].reason);
}

/* "a,b" to "`a` `b`" */
static void add_checks(struct strbuf *sb, const char *list)
{
	while (*list) {
		size_t len = strcspn(list, ",");
		strbuf_addf(sb, "`%.*s` ", (int)len, list);
		list += len + (list[len] == ',');
	}
}

static void add_rows(struct strbuf *sb, const struct kill_table *found,
		     const struct kill_table *table,
		     const struct fault_list *faults, bool correct)
{
	for (size_t i = 0; i < found->rows.len; i++) {
		const struct kill_row *row = &found->rows.at[i];
		const char *const *f = row->fields;
		const struct fault_line *fault =
			fault_list_find(faults, f[KILL_NAME]);
		if (!fault || fault->correct != correct)
			continue;
		strbuf_addf(sb, "| `%s` | %s | ", f[KILL_NAME],
			    fault->imitates);
		if (strcmp(f[KILL_FAILED], "-"))
			add_checks(sb, f[KILL_FAILED]);
		else
			strbuf_addstr(sb, correct ? "– " : "**none** ");
		const struct kill_row *want = find_row(table, f[KILL_NAME]);
		const char *note = want ? want->note : "";
		strbuf_addstr(sb, "| ");
		add_cause(sb, f[KILL_CAUSE], want);
		strbuf_addf(sb, " | %.0f s |", row->seconds);
		strbuf_addf(sb, "%s%s%s\n", *note ? " " : "", note,
			    *note ? " |" : " |");
	}
}

int kill_table_write(const char *path, const struct kill_table *found,
		     const struct kill_table *table,
		     const struct fault_list *faults)
{
	struct strbuf sb = STRBUF_INIT(STRBUF_TEXT);
	struct error err = ERROR_INIT;

	strbuf_addstr(&sb,
		"# Which mistakes Bis catches\n\n"
		"`make kill-table` writes this page: the embedded stack with "
		"one realistic mistake at a\ntime, graded by "
		"`streamflow/tp4-strict`. What each must come to stands in\n"
		"`fixtures/streamflow/kill-table.txt`, and a test holds them "
		"against it; the same runs again\nunder random names, with "
		"tables, metrics and services renamed. Times are of the "
		"machine\nthat ran it.\n\n## Mistakes\n\n"
		"| mutant | imitates | caught by | cause named | time | |\n"
		"|---|---|---|---|---:|---|\n");
	add_rows(&sb, found, table, faults, false);
	add_legend(&sb);
	strbuf_addstr(&sb,
		"\n## Correct, and graded as such\n\n"
		"| variant | what is otherwise | failed | cause named | time "
		"| |\n|---|---|---|---|---:|---|\n");
	add_rows(&sb, found, table, faults, true);
	int result = io_write_file(path, sb.buf, sb.len, 0644, &err);
	if (result < 0)
		fprintf(stderr, "%s\n", err.message);
	strbuf_release(&sb);
	return result;
}
