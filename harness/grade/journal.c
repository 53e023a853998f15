#include "grade/journal.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static struct journal_student *student_of(struct journal *journal,
					  const char *id)
{
	struct journal_student *student =
		(struct journal_student *)journal_find(journal, id);

	if (student)
		return student;
	student = arena_new(journal->arena, struct journal_student);
	student->id = arena_strdup(journal->arena, id);
	*vec_push(&journal->students) = student;
	return student;
}

/* What a line says of a student. Lines of a later version are passed over. */
static void take(struct journal *journal, const json_t *line)
{
	const char *event = json_string_value(json_object_get(line, "event"));
	const char *id = json_string_value(json_object_get(line, "id"));
	const char *text;
	struct journal_student *student;

	if (!event || !id)
		return;
	student = student_of(journal, id);
	if (!strcmp(event, "started")) {
		student->tries++;
		student->graded = false;
		student->problem = NULL;
	} else if (!strcmp(event, "graded")) {
		text = json_string_value(json_object_get(line, "sha256"));
		student->graded = true;
		student->problem = NULL;
		student->sha256 = arena_strdup(journal->arena, text);
	} else if (!strcmp(event, "error")) {
		text = json_string_value(json_object_get(line, "why"));
		student->graded = false;
		student->problem = arena_strdup(journal->arena,
						text ? text : "");
		text = json_string_value(json_object_get(line, "problem"));
		student->kind = arena_strdup(journal->arena, text ? text : "");
	}
}

static int read_line(struct journal *journal, const char *text, size_t len,
		     size_t number, struct error *err)
{
	json_error_t why;
	json_t *line = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);

	if (!json_is_object(line)) {
		json_decref(line);
		return error_set(err, ERROR_INVALID,
				 "%s:%zu: this is no line of a journal: %s",
				 journal->path, number,
				 *why.text ? why.text : "no object");
	}
	if (journal->head) {
		take(journal, line);
		json_decref(line);
		return 0;
	}
	journal->head = line;
	if (json_is_string(json_object_get(line, "scenario")))
		return 0;
	return error_set(err, ERROR_INVALID,
			 "%s: its first line names no scenario",
			 journal->path);
}

/* Every whole line; a torn last one is cut off. */
static int read_all(struct journal *journal, struct error *err)
{
	struct strbuf text = STRBUF_INIT((size_t)256 << 20);
	size_t at = 0, number = 0;
	int rc = io_read_file(journal->path, &text, err);

	while (!rc && at < text.len) {
		const char *end = memchr(text.buf + at, '\n', text.len - at);

		if (!end)
			break;
		size_t len = (size_t)(end - text.buf) - at;
		rc = read_line(journal, text.buf + at, len, ++number, err);
		at += len + 1;
	}
	if (!rc && at < text.len && ftruncate(journal->fd, (off_t)at) < 0)
		rc = error_errno(err, errno, "%s: cutting off a torn line",
				 journal->path);
	strbuf_release(&text);
	return rc;
}

/* A batch that was killed this moment may leave a child behind that holds the
 * lock until it has become `bis run`, or has died. */
static bool lock(int fd)
{
	for (int64_t until = clock_monotonic() + 3 * CLOCK_SEC;;) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return true;
		if (clock_monotonic() > until)
			return false;
		clock_sleep(20 * CLOCK_MSEC);
	}
}

int journal_open(struct journal *journal, const char *folder,
		 struct arena *arena, struct error *err)
{
	journal->arena = arena;
	journal->path = path_join(arena, folder, "journal.jsonl");
	journal->fd = open(journal->path,
			   O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
			   0644);
	if (journal->fd < 0)
		return error_errno(err, errno, "opening %s", journal->path);
	if (!lock(journal->fd))
		return error_set(err, ERROR_UNAVAILABLE,
				 "%s: another `bis grade` works in this "
				 "folder: wait for it, or give --out another",
				 folder);
	return read_all(journal, err);
}

void journal_close(struct journal *journal)
{
	close_fd(&journal->fd);
	json_decref(journal->head);
	journal->head = NULL;
	vec_release(&journal->students);
}

int journal_add(struct journal *journal, json_t *event, struct error *err)
{
	char *text = json_dumps(event, JSON_COMPACT);
	struct strbuf line = STRBUF_INIT(STRBUF_TEXT);
	off_t before = lseek(journal->fd, 0, SEEK_END);
	int rc;

	strbuf_addf(&line, "%s\n", text);
	free(text);
	rc = io_write_all(journal->fd, line.buf, line.len, err);
	if (!rc && fsync(journal->fd) < 0)
		rc = error_errno(err, errno, "syncing");
	if (rc) {
		error_context(err, "writing %s", journal->path);
		/* Half a line would hide the next one. */
		if (ftruncate(journal->fd, before) < 0)
			error_context(err, "and it could not be cut back");
		json_decref(event);
	} else if (!journal->head) {
		journal->head = event;
	} else {
		take(journal, event);
		json_decref(event);
	}
	strbuf_release(&line);
	return rc;
}

const struct journal_student *journal_find(const struct journal *journal,
					   const char *id)
{
	for (size_t i = 0; i < journal->students.len; i++)
		if (!strcmp(journal->students.at[i]->id, id))
			return journal->students.at[i];
	return NULL;
}
