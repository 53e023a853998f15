#include "format/npz.h"

#include "base/strbuf.h"
#include "base/vec.h"
#include "format/npy.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ENTRIES = 10000, MAX_NAME = 500 };

static const size_t max_bytes = (size_t)1 << 30;

struct reader {
	struct archive *zip;
	struct npz npz;
	VEC(struct npz_entry) entries;
	struct error *err;
};

bool npz_is(const unsigned char *data, size_t len)
{
	static const unsigned char magic[] = { 'P', 'K', 3, 4 };
	size_t name;

	/* APPNOTE.TXT 4.3.7: the name's length is at 26, the name at 30. */
	if (len < 30 || memcmp(data, magic, sizeof(magic)) != 0)
		return false;
	name = data[26] | (size_t)data[27] << 8;
	return name > 4 && name <= len - 30 &&
	       memcmp(data + 30 + name - 4, ".npy", 4) == 0;
}

static int complain(struct reader *r)
{
	const char *why = archive_error_string(r->zip);

	return error_set(r->err, ERROR_INVALID, ".npz: %s",
			 why ? why : "a damaged zip");
}

/* The whole member, in the arena. */
static int read_member(struct reader *r, unsigned char **ret, size_t *ret_len)
{
	struct strbuf bytes = STRBUF_INIT(max_bytes - r->npz.arena.total);

	for (;;) {
		size_t room;
		char *to = strbuf_room(&bytes, 256 * 1024, &room);
		char one;
		la_ssize_t n = archive_read_data(r->zip, room ? to : &one,
						 room ? room : 1);
		if (n == 0)
			break;
		if (n < 0 || !room) {
			strbuf_release(&bytes);
			return n < 0 ? complain(r)
				: error_set(r->err, ERROR_LIMIT, ".npz: more "
					    "than %zu bytes", max_bytes);
		}
		strbuf_grew(&bytes, (size_t)n);
	}
	*ret = arena_alloc(&r->npz.arena, bytes.len + 1);
	memcpy(*ret, bytes.buf, bytes.len);
	*ret_len = bytes.len;
	strbuf_release(&bytes);
	return 0;
}

static int read_entry(struct reader *r, struct archive_entry *entry)
{
	const char *path = archive_entry_pathname(entry);
	size_t n = path ? strlen(path) : 0, len = 0;
	unsigned char *bytes = NULL;

	if (n < 5 || n > MAX_NAME || strcmp(path + n - 4, ".npy") != 0)
		return error_set(r->err, ERROR_INVALID,
				 ".npz: a member that is no .npy file");
	if (r->entries.len >= MAX_ENTRIES)
		return error_set(r->err, ERROR_LIMIT,
				 ".npz: more than %d arrays", MAX_ENTRIES);
	struct npz_entry *e = vec_push(&r->entries);
	e->name = arena_strndup(&r->npz.arena, path, n - 4);
	if (read_member(r, &bytes, &len) < 0)
		return -1;
	if (npy_decode(&r->npz.arena, bytes, len, &e->array, r->err) < 0)
		return error_context(r->err, "%.100s", e->name);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct npz_entry *)a)->name,
		      ((const struct npz_entry *)b)->name);
}

static int read_all(struct reader *r)
{
	struct archive_entry *entry;
	int status;

	while ((status = archive_read_next_header(r->zip, &entry)) ==
	       ARCHIVE_OK)
		if (read_entry(r, entry) < 0)
			return -1;
	if (status != ARCHIVE_EOF)
		return complain(r);
	struct npz *npz = &r->npz;
	npz->count = r->entries.len;
	npz->entries = arena_array(&npz->arena, npz->count,
				   sizeof(*npz->entries));
	for (size_t i = 0; i < npz->count; i++)
		npz->entries[i] = r->entries.at[i];
	if (npz->count)
		qsort(npz->entries, npz->count, sizeof(*npz->entries),
		      by_name);
	for (size_t i = 1; i < npz->count; i++)
		if (by_name(&npz->entries[i - 1], &npz->entries[i]) == 0)
			return error_set(r->err, ERROR_INVALID,
					 ".npz: `%.100s` is there twice",
					 npz->entries[i].name);
	return 0;
}

int npz_decode(struct npz *ret, const unsigned char *data, size_t len,
	       struct error *err)
{
	struct reader r = { .zip = archive_read_new(), .err = err };
	int result;

	if (!r.zip)
		return error_set(err, ERROR_INTERNAL,
				 "libarchive does not start");
	archive_read_support_format_zip(r.zip);
	if (archive_read_open_memory(r.zip, data, len) != ARCHIVE_OK)
		result = complain(&r);
	else
		result = read_all(&r);
	archive_read_free(r.zip);
	vec_release(&r.entries);
	if (result < 0)
		arena_release(&r.npz.arena);
	else
		*ret = r.npz;
	return result;
}

void npz_release(struct npz *npz)
{
	arena_release(&npz->arena);
	*npz = (struct npz){ .entries = NULL };
}
