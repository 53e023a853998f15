#include "grade/entries.h"

#include "base/hash.h"
#include "base/io.h"
#include "base/map.h"
#include "base/path.h"
#include "base/suggest.h"
#include "format/csv.h"
#include "format/utf8.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { SLUG_SHOWN = 80 };

static bool stays(const char *id, size_t i)
{
	unsigned char c = (unsigned char)id[i];

	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '_' ||
	       (c == '.' && i && id[i + 1]);
}

const char *entry_slug(struct arena *arena, const char *id)
{
	struct strbuf slug = STRBUF_INIT(STRBUF_LINE);
	char hex[SHA256_HEX];

	for (size_t i = 0; id[i]; i++) {
		if (stays(id, i))
			strbuf_addch(&slug, id[i]);
		else
			strbuf_addf(&slug, "~%02x", (unsigned char)id[i]);
	}
	if (slug.len > SLUG_SHOWN) {
		hash_sha256(id, strlen(id), hex);
		strbuf_setlen(&slug, SLUG_SHOWN);
		strbuf_addf(&slug, "~~%.16s", hex);
	}
	const char *text = arena_strdup(arena, slug.buf);
	strbuf_release(&slug);
	return text;
}

/* "ada" of "submissions/ada.tar.gz" and of "submissions/ada/". */
static const char *id_of_path(struct arena *arena, const char *path)
{
	static const char *const endings[] = {
		".tar.gz", ".tar.xz", ".tar.zst", ".tar.bz2", ".tgz", ".tar",
		".zip", ".git", ".7z",
	};
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	char *trimmed = arena_strndup(arena, path, len);
	char *base = arena_strdup(arena, path_basename(trimmed));
	len = strlen(base);
	for (size_t i = 0; i < ARRAY_SIZE(endings); i++) {
		size_t n = strlen(endings[i]);

		if (len > n && !strcasecmp(base + len - n, endings[i])) {
			base[len - n] = '\0';
			break;
		}
	}
	return base;
}

/* A file name may be any bytes; an id is text. */
static const char *as_utf8(struct arena *arena, const char *bytes)
{
	struct strbuf text = STRBUF_INIT(STRBUF_LINE);
	size_t len = strlen(bytes);

	for (size_t i = 0, taken; i < len; i += taken) {
		uint32_t c;

		utf8_decode(bytes + i, len - i, &c, &taken);
		utf8_add(&text, c);
	}
	const char *copy = arena_strdup(arena, text.buf);
	strbuf_release(&text);
	return copy;
}

enum column { COLUMN_ID, COLUMN_NAME, COLUMN_PATH, COLUMN_COMMIT,
	      COLUMN_BEFORE, COLUMN_COUNT };
static const char *const column_names[COLUMN_COUNT] = {
	"id", "name", "path", "commit", "before",
};

/* What each column of a CSV is: one of the four, or a variable. */
struct columns {
	size_t at[COLUMN_COUNT]; /* index + 1; 0: not there */
	VEC(const char *) vars;  /* by column; NULL: not a variable */
	size_t var_count;
};

static const char *column_at(const void *list, size_t i)
{
	return ((const char *const *)list)[i];
}

static int read_header(const struct csv *csv, struct arena *arena,
		       struct columns *columns, struct error *err)
{
	for (size_t i = 0; i < csv->cells.len; i++) {
		const struct csv_cell *cell = &csv->cells.at[i];
		const char **var = vec_push(&columns->vars);
		size_t which = 0;

		if (!strncmp(cell->text, "var:", 4) && cell->text[4]) {
			*var = arena_strdup(arena, cell->text + 4);
			columns->var_count++;
			continue;
		}
		while (which < COLUMN_COUNT &&
		       strcmp(column_names[which], cell->text) != 0)
			which++;
		if (which == COLUMN_COUNT) {
			const char *near = suggest_name(cell->text,
							column_names,
							COLUMN_COUNT,
							column_at);
			return csv_complain(csv, cell, err,
					    "no column `%s`: there are id, "
					    "name, path, commit, before and var:NAME"
					    "%s%s%s", cell->text,
					    near ? "; did you mean `" : "",
					    near ? near : "",
					    near ? "`?" : "");
		}
		if (columns->at[which])
			return csv_complain(csv, cell, err,
					    "two columns `%s`", cell->text);
		columns->at[which] = i + 1;
	}
	if (!columns->at[COLUMN_ID])
		return csv_complain(csv, &csv->cells.at[0], err,
				    "the first line names the columns, and "
				    "there is no `id` among them");
	return 0;
}

static const char *cell_text(const struct csv *csv,
			     const struct columns *columns, enum column which,
			     struct arena *arena)
{
	const struct csv_cell *cell;

	if (!columns->at[which])
		return NULL;
	cell = &csv->cells.at[columns->at[which] - 1];
	return cell->len ? arena_strdup(arena, cell->text) : NULL;
}

static void read_vars(const struct csv *csv, const struct columns *columns,
		      struct arena *arena, struct entry *entry)
{
	entry->vars = arena_array(arena, columns->var_count + 1,
				  sizeof(*entry->vars));
	for (size_t i = 0; i < columns->vars.len; i++)
		if (columns->vars.at[i] && csv->cells.at[i].len)
			entry->vars[entry->var_count++] =
				arena_printf(arena, "%s=%s",
					     columns->vars.at[i],
					     csv->cells.at[i].text);
}

static int read_row(const struct csv *csv, const struct columns *columns,
		    const char *folder, struct arena *arena,
		    struct entries *into, struct error *err)
{
	const struct csv_cell *id = &csv->cells.at[columns->at[COLUMN_ID] - 1];
	const char *path = cell_text(csv, columns, COLUMN_PATH, arena);

	if (!id->len)
		return csv_complain(csv, id, err, "a student without an id");
	*vec_push(into) = (struct entry){
		.id = arena_strdup(arena, id->text),
		.name = cell_text(csv, columns, COLUMN_NAME, arena),
		.path = path ? path_join(arena, folder, path) : NULL,
		.commit = cell_text(csv, columns, COLUMN_COMMIT, arena),
		.before = cell_text(csv, columns, COLUMN_BEFORE, arena),
		.where = arena_printf(arena, "%s:%zu", csv->path, id->line),
	};
	read_vars(csv, columns, arena, &into->at[into->len - 1]);
	return 0;
}

static int read_csv(const char *path, struct arena *arena,
		    struct entries *into, struct error *err)
{
	const struct csv_limits limits = { (size_t)16 << 20, 100 * 1000, 64,
					   4096 };
	const char *folder = path_dirname(arena, path);
	struct columns columns = { .vars = VEC_INIT };
	struct csv csv;
	int rc = csv_open(&csv, path, &limits, err);

	if (!rc) {
		rc = csv_next(&csv, err);
		if (rc == 0)
			rc = error_set(err, ERROR_INVALID, "%s: it is empty",
				       path);
		else if (rc > 0)
			rc = read_header(&csv, arena, &columns, err);
	}
	while (!rc) {
		rc = csv_next(&csv, err);
		if (rc <= 0)
			break;
		/* An empty line between two students. */
		if (csv.cells.len == 1 && !csv.cells.at[0].len &&
		    columns.vars.len > 1)
			rc = 0;
		else
			rc = read_row(&csv, &columns, folder, arena, into, err);
	}
	vec_release(&columns.vars);
	csv_close(&csv);
	return rc < 0 ? -1 : 0;
}

static bool is_csv(const char *path)
{
	size_t len = strlen(path);
	struct stat st;

	return len > 4 && !strcasecmp(path + len - 4, ".csv") &&
	       stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static int check_unique(struct entries *entries, struct arena *arena,
			struct error *err)
{
	struct map seen = MAP_INIT;
	int rc = 0;

	for (size_t i = 0; !rc && i < entries->len; i++) {
		struct entry *entry = &entries->at[i];
		const struct entry *before = map_put(&seen, entry->id, entry);

		entry->slug = entry_slug(arena, entry->id);
		if (before)
			rc = error_set(err, ERROR_INVALID,
				       "two submissions have the id `%s`: %s "
				       "and %s; a CSV (id,path) gives each its "
				       "own", entry->id, before->where,
				       entry->where);
	}
	map_release(&seen);
	return rc;
}

int entries_read(const char *const *operands, size_t count,
		 struct arena *arena, struct entries *into, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		if (is_csv(operands[i])) {
			if (read_csv(operands[i], arena, into, err) < 0)
				return -1;
			continue;
		}
		*vec_push(into) = (struct entry){
			.id = as_utf8(arena, id_of_path(arena, operands[i])),
			.path = operands[i], .where = operands[i],
		};
	}
	if (!into->len)
		return error_set(err, ERROR_INVALID, "nobody to grade");
	return check_unique(into, arena, err);
}

const struct entry *entries_find(const struct entries *entries,
				 const char *id)
{
	for (size_t i = 0; i < entries->len; i++)
		if (!strcmp(entries->at[i].id, id))
			return &entries->at[i];
	return NULL;
}

void entries_keep_shard(struct entries *entries, size_t index, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < entries->len; i++)
		if (i % count == index - 1)
			entries->at[kept++] = entries->at[i];
	entries->len = kept;
}
